"""Entries of feeds as they travel: whole, and in the same words by every way."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, from_structured
from cloudevents.core.formats.json import JSONFormat
from doselane.slotting.v1 import events_pb2 as slotting
from doselane.streams.v1.feed_pb2 import SubscribeResponse
from google.protobuf.json_format import MessageToDict

from services.kernel.bus.cloudevents import Record
from services.kernel.timestamps import stamp
from services.streams.domain import FeedEntry
from services.streams.events import (
    binary_record,
    cloud_event,
    copy_of,
    event_message,
    structured_record,
    subscribed,
)
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


@pytest.mark.parametrize("microsecond", [0, 1, 999, 1000, 250_000, 999_999])
@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-9, minutes=-30))])
def test_an_instant_is_written_as_protobuf_writes_it(microsecond: int, zone: tzinfo) -> None:
    at = RECORDED_AT.replace(microsecond=microsecond)
    said = json.loads(cloud_event(replace(ENTRY, recorded_at=at.astimezone(zone))))
    assert said["recordedtime"] == stamp(at).ToJsonString()


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


def test_a_record_carries_the_event_in_either_mode_of_cloud_events() -> None:
    body = cloud_event(ENTRY)
    structured, binary = structured_record(ENTRY, body), binary_record(ENTRY)
    parsed = from_structured(_message(structured), JSONFormat()), from_binary(_message(binary), JSONFormat())
    for each in parsed:
        said = {**json.loads(body), "time": PUBLISHED.time}
        data = said.pop("data")
        assert (each.get_data(), each.get_attributes()) == (data, said)
    for key, _, headers in (structured, binary):
        assert key == b"slots/a"
        assert (dict(headers)["feedposition"], dict(headers)["sequence"]) == (b"2147483648", b"3")
    assert dict(structured[2])["content-type"].startswith(b"application/cloudevents+json")
    assert not any(name.startswith("ce_") for name, _ in structured[2])  # by this a reader knows the mode


def _message(record: Record) -> KafkaMessage:
    key, value, headers = record
    return KafkaMessage(dict(headers), key, value)


def _data() -> dict[str, object]:
    said: dict[str, object] = json.loads(cloud_event(ENTRY))["data"]
    return said
