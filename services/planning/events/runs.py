"""Capacity's runs, as planning takes them."""

from collections.abc import Mapping
from typing import Any

from doselane.capacity.v1 import capacity_pb2
from doselane.capacity.v1 import events_pb2 as capacity_events

from services.kernel.event import Event
from services.kernel.timestamps import instant
from services.network.reading import capacity_of
from services.planning.domain.resources import OpenRun

CAPACITY_TOPIC = "doselane.capacity"
_RUN_EVENTS: Mapping[str, Any] = {
    f"{CAPACITY_TOPIC}.run.created.v1": capacity_events.RunCreated,
    f"{CAPACITY_TOPIC}.run.opened.v1": capacity_events.RunOpened,
    f"{CAPACITY_TOPIC}.run.cut.v1": capacity_events.RunCut,
    f"{CAPACITY_TOPIC}.run.cancelled.v1": capacity_events.RunCancelled,
}
RUN_TYPES = frozenset(_RUN_EVENTS)


def run_in(event: Event) -> tuple[capacity_pb2.Run, int]:
    """The run in one of capacity's events, and its version."""
    message = _RUN_EVENTS[event.type].FromString(event.data)
    return message.run, message.version


def stands(run: capacity_pb2.Run) -> bool:
    """Whether a run takes its line's time."""
    return run.state not in (capacity_pb2.Run.CANCELLED, capacity_pb2.Run.FAILED)


def open_run(run: capacity_pb2.Run, delivery: str) -> OpenRun:
    """A run of capacity's, with the delivery that it uses, if that is known."""
    return OpenRun(
        run.name,
        run.product,
        run.line,
        instant(run.end_of_synthesis_time, "end_of_synthesis_time"),
        capacity_of(run.pledged),
        tuple((allotment.partner, capacity_of(allotment.capacity)) for allotment in run.allotments),
        delivery,
    )
