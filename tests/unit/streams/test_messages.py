"""Entries of feeds as they travel: whole, and in the same words by every way."""

import json
import re
from datetime import UTC, datetime

from doselane.slotting.v1 import events_pb2 as slotting
from doselane.streams.v1.feed_pb2 import SubscribeResponse
from google.protobuf.json_format import MessageToDict

from services.streams.domain import FeedEntry
from services.streams.events import cloud_event, copy_of, event_message, subscribed
from tests.support.status import NORTHLAKE, TRACE, at, slot_event

RECORDED_AT = datetime(2027, 3, 1, 12, 0, 1, 250_000, UTC)
PUBLISHED = slot_event("a", minutes=1)
ENTRY = FeedEntry(copy_of(PUBLISHED, NORTHLAKE), position=2_147_483_648, sequence=3, recorded_at=RECORDED_AT)


def test_an_entry_is_a_cloud_event_in_structured_json() -> None:
    said = json.loads(cloud_event(ENTRY))
    data = said.pop("data")
    assert said == {
        "specversion": "1.0",
        "id": str(PUBLISHED.id),
        "type": "doselane.slotting.slot.confirmed.v1",
        "source": "doselane/slotting",
        "subject": "slots/a",
        "time": "2027-03-01T12:01:00Z",
        "datacontenttype": "application/json",
        "dataschema": "type.googleapis.com/doselane.slotting.v1.SlotConfirmed",
        "partitionkey": "slots/a",
        "sequence": "3",
        "recordedtime": "2027-03-01T12:00:01.250Z",
        "feedposition": "2147483648",
        "traceparent": TRACE,
    }
    assert all(re.fullmatch("[a-z0-9]{1,20}", name) for name in said)  # as CloudEvents wants its attributes named
    whole = slotting.SlotConfirmed.FromString(PUBLISHED.data)
    whole.slot.ClearField("patient_reference")
    assert data == MessageToDict(whole)


def test_the_same_is_said_over_grpc_and_rest() -> None:
    message = event_message(ENTRY)
    shown = MessageToDict(message)
    assert shown.pop("data") == {"@type": "type.googleapis.com/doselane.slotting.v1.SlotConfirmed", **_data()}
    assert shown == {
        "name": "feeds/northlake/events/2147483648",
        "position": "2147483648",
        "id": str(PUBLISHED.id),
        "type": "doselane.slotting.slot.confirmed.v1",
        "source": "doselane/slotting",
        "subject": "slots/a",
        "sequence": "3",
        "time": "2027-03-01T12:01:00Z",
        "recordTime": "2027-03-01T12:00:01.250Z",
        "traceparent": TRACE,
    }
    assert PUBLISHED.time == at(1)
    assert SubscribeResponse.FromString(subscribed(ENTRY, "c")) == SubscribeResponse(cursor="c", event=message)


def _data() -> dict[str, object]:
    said: dict[str, object] = json.loads(cloud_event(ENTRY))["data"]
    return said
