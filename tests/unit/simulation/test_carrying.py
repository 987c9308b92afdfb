"""Which doses of a simulation travel together, and whose they are."""

from datetime import UTC, datetime, timedelta

from doselane.slotting.v1 import slotting_pb2

from services.kernel.timestamps import stamp
from services.local.simulation.carrying import Carrying
from services.local.simulation.fate import DrawnOrder, Fate
from services.local.simulation.faults import FaultPlan
from services.local.simulation.promises import MadePromise, PromiseBook
from services.local.world import CENTRES, HARBOR, NORTHLAKE

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def promised(partner: str, site: str = CENTRES[0], run: str = "runs/1", departs_at: datetime = NOON) -> MadePromise:
    order = DrawnOrder("d000-lu-01", partner, "lu", site, 7000.0, "d000-lu", 0, timedelta(days=1))
    slot = slotting_pb2.Slot(name="slots/1", run=run, site=site, departure_time=stamp(departs_at))
    return MadePromise(order, slot, NOON)


def test_doses_travel_together_that_have_sponsor_run_centre_and_departure_in_common() -> None:
    carrying = Carrying(None, (), Fate(1, FaultPlan()), str, NOON)  # type: ignore[arg-type]  # nothing is called
    shipment = carrying.shipment(promised(NORTHLAKE))
    assert carrying.shipment(promised(NORTHLAKE)) == shipment
    others = [
        promised(HARBOR),
        promised(NORTHLAKE, CENTRES[1]),
        promised(NORTHLAKE, run="runs/2"),
        promised(NORTHLAKE, departs_at=NOON.replace(hour=18)),
    ]
    assert len({shipment, *map(carrying.shipment, others)}) == 5


def test_an_order_is_found_by_every_slot_that_it_ever_had() -> None:
    book = PromiseBook()
    promise = promised(NORTHLAKE)
    made = book.add(promise.order, promise.slot)
    for name in ("slots/2", "slots/3"):
        made.stands_at(slotting_pb2.Slot(name=name, run="runs/2", departure_time=stamp(NOON)))
    assert [book.of(f"slots/{number}") for number in (1, 2, 3)] == [made] * 3
    assert book.of("slots/4") is None


def test_a_play_that_begins_a_moment_later_has_the_same_departures_cancelled() -> None:
    fate = Fate(1, FaultPlan(cancelled_departure=0.5))
    slots = [promised(NORTHLAKE, departs_at=NOON + HOUR * number) for number in range(40)]
    drawn = []
    for moment in (0, 1, 400_000, 4_000_000):
        begins_at = NOON - HOUR + timedelta(microseconds=moment)
        carrying = Carrying(None, (), fate, str, begins_at)  # type: ignore[arg-type]  # nothing is called
        drawn.append([carrying.is_cancelled(each.slot) for each in slots])
    assert drawn == [drawn[0]] * 4
    assert 5 < sum(drawn[0]) < 35
