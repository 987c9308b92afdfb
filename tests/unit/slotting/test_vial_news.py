"""What quality tells of vials, as the ledger takes it: all of it, or none."""

from datetime import timedelta
from math import inf, nan
from typing import Any

import pytest
from doselane.quality.v1 import batch_pb2, events_pb2
from doselane.type.v1 import type_pb2

from services.kernel.errors import Invalid
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.slotting.domain import FilledVial, RecordVial
from services.slotting.events import command_of
from tests.support.slotting import NOON

FILLED_AT = NOON - timedelta(hours=1)


def news(*, run: str = "runs/lu-1", mbq: float = 8000.0, **vial: Any) -> Event:
    """A vial was filled."""
    facts: dict[str, Any] = {
        "name": "batches/1/vials/V1",
        "slot": "slots/01a215bf-0000-7000-8000-000000000001",
        "filled": type_pb2.Activity(activity_mbq=mbq),
        "fill_time": stamp(FILLED_AT),
        **vial,
    }
    data = events_pb2.VialChanged(vial=batch_pb2.Vial(**facts), run=run).SerializeToString()
    event_type = "doselane.quality.vial.changed.v1"
    return Event(uuid7(), event_type, "doselane/quality", "batches/1/vials/V1", 4, NOON, data)


def test_a_filled_vial_is_recorded_by_its_slot_and_run():
    slot = "slots/01a215bf-0000-7000-8000-000000000001"
    vial = FilledVial("batches/1/vials/V1", 4, slot, "runs/lu-1", 8000.0, FILLED_AT)
    assert command_of(news()) == RecordVial(vial)
    assert command_of(news(dispatch_time=stamp(NOON))) == RecordVial(vial._replace(left=True))
    assert command_of(news(surplus_time=stamp(NOON))) == RecordVial(vial._replace(surplus=True))
    assert command_of(news(volume_ul=7700)) == RecordVial(vial._replace(volume_ul=7700))


@pytest.mark.parametrize(
    ("lacks", "field"),
    [
        ({"run": ""}, "run"),
        ({"name": ""}, "vial.name"),
        ({"slot": ""}, "vial.slot"),
        ({"mbq": 0.0}, "vial.filled"),
        ({"mbq": -1.0}, "vial.filled"),
        ({"mbq": nan}, "vial.filled"),
        ({"mbq": inf}, "vial.filled"),
        ({"fill_time": None}, "vial.fill_time"),
    ],
)
def test_a_vial_of_which_something_is_not_known_is_refused_with_what_it_lacks(lacks: dict[str, Any], field: str):
    with pytest.raises(Invalid) as refused:
        command_of(news(**lacks))
    assert refused.value.facts["field"] == field
