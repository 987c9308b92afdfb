"""Events of runs, which belong to no partner: who may hear of one, and what it sees of it.

Who may see a run is capacity's rule (`Run.visible_to`): it was opened; it had a pool then, or has an allotment that is
the partner's own or was given back; and its product is one that the partner may know.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from doselane.capacity.v1 import capacity_pb2

from services.kernel.event import Event
from services.kernel.timestamps import instant
from services.network.reading import RUN_EVENTS, resource_in, run_in
from services.streams.domain import EventCopy
from services.streams.events.copies import copy_of, redacted

_OPENED, _CUT = "doselane.capacity.run.opened.v1", "doselane.capacity.run.cut.v1"


# Nothing is claimed of these any more, and what is left of the pool would tell what was measured.
_MADE = frozenset({capacity_pb2.Run.IN_PRODUCTION, capacity_pb2.Run.PRODUCED, capacity_pb2.Run.FAILED})


class ToldProduct(NamedTuple):
    """Who may know of a product since a version of it; nobody once it is deleted."""

    name: str
    version: int
    partners: list[str]


class ToldRun(NamedTuple):
    """A run as its last event told it. `pooled`: null before it was opened, then whether it had a pool."""

    name: str
    version: int
    pooled: bool | None
    message: bytes


def product_in(event: Event) -> ToldProduct | None:
    """The product that an event of master data tells of; None for any other."""
    told = resource_in(event)
    if told is None or told.kind != "product":
        return None
    return ToldProduct(told.name, told.version, [] if told.deleted else list(told.message.partners))


def product_of_run(event: Event) -> str:
    """The product that the run of an event makes."""
    found = run_in(event)
    return found[0].product if found else ""


def told_run(event: Event, before: ToldRun | None) -> ToldRun | None:
    """What is known of a run after an event; None if the event is of no run."""
    found = run_in(event)
    if found is None:
        return None
    run, version = found
    pooled = before.pooled if before else None
    if event.type == _OPENED:
        pooled = _is_some(run.pool)
    return ToldRun(run.name, version, pooled, run.SerializeToString())


def run_copies(
    event: Event, told: ToldRun, before: ToldRun | None, products: Mapping[str, ToldProduct]
) -> Iterator[EventCopy]:
    """The copies of all who may hear of an event of a run."""
    said = RUN_EVENTS[event.type].FromString(event.data)
    run, product = said.run, products.get(said.run.product)
    if run.state in _MADE:
        run.ClearField("pool")
    for partner in product.partners if product else ():
        if _sees(partner, run, told, event) and not _same_as_before(event, run, told, before, partner):
            yield copy_of(replace(event, data=said.SerializeToString()), partner)


def _sees(partner: str, run: capacity_pb2.Run, told: ToldRun, event: Event) -> bool:
    if told.pooled is None:
        return False
    return told.pooled or any(
        each.partner == partner
        or (instant(each.release_back_time, "release_back_time") <= event.time and _is_some(each.capacity))
        for each in run.allotments
    )


def _is_some(capacity: object) -> bool:
    return capacity.reference_activity_kbq > 0 and capacity.vials > 0  # type: ignore[attr-defined]


def _same_as_before(event: Event, run: capacity_pb2.Run, told: ToldRun, before: ToldRun | None, partner: str) -> bool:
    """Whether nothing changes that the partner sees: to tell it would tell of another's allotment. A cut of which it is
    not known what it changes counts as such."""
    if before is None or before.version != told.version - 1:
        return event.type == _CUT
    was = capacity_pb2.Run.FromString(before.message)
    if event.type == _CUT:
        was.state = run.state  # which the clock alone may have changed since
    if run.state in _MADE:
        was.ClearField("pool")
    return _seen(event, was, partner) == _seen(event, run, partner)


def _seen(event: Event, run: capacity_pb2.Run, partner: str) -> bytes:
    message = RUN_EVENTS[event.type](run=run)
    return redacted(message.DESCRIPTOR, message.SerializeToString(), partner)
