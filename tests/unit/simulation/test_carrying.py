"""Which doses of a simulation travel together, and whose they are."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from doselane.distribution.v1 import distribution_pb2, shipment_pb2
from doselane.slotting.v1 import slotting_pb2

from services.kernel.timestamps import stamp
from services.local.demo.packing import PackingStation
from services.local.simulation.carrying import Carrying
from services.local.simulation.fate import DrawnOrder, Fate
from services.local.simulation.faults import FaultPlan
from services.local.simulation.promises import MadePromise, PromiseBook
from services.local.world import CENTRES, HARBOR, NORTHLAKE

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
Shipment = shipment_pb2.Shipment


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


class Shipments:
    """Distribution, as far as it is asked here: it lists each shipment that a dose was ever in, the newest first."""

    def __init__(self, *booked: Sequence[str]) -> None:
        self.booked = [(f"shipments/{number}", list(doses)) for number, doses in enumerate(booked, 1)]
        self.ever = {name: set(doses) for name, doses in self.booked}
        self.called_off: set[str] = set()
        self.asked: list[Any] = []

    async def call(self, service: str, method: str, request: Any) -> Any:
        assert service == "DistributionService"
        if method == "ListShipments":
            found = [_shipment(*each) for each in reversed(self.booked) if request.dose in self.ever[each[0]]]
            for each in found:
                each.state = Shipment.CANCELLED if each.name in self.called_off else Shipment.BOOKED
            return distribution_pb2.ListShipmentsResponse(shipments=found)
        self.asked.append(request)
        if method == "CancelShipment":
            self.called_off.add(request.name)
            return _shipment(request.name, [])
        assert method == "BookShipment"
        self.booked.append((f"shipments/{len(self.booked) + 1}", list(request.doses)))
        self.ever[self.booked[-1][0]] = set(request.doses)
        return _shipment(*self.booked[-1])


def _shipment(name: str, doses: Sequence[str]) -> shipment_pb2.Shipment:
    return shipment_pb2.Shipment(name=name, doses=[shipment_pb2.CarriedDose(dose=each) for each in doses])


async def test_the_shipment_that_a_dose_has_left_or_that_was_called_off_is_not_packed_as_its_own() -> None:
    """Seed 43 of `differing-waits.yaml`: two doses travelled together until one was moved, or both were; what they had
    travelled in was packed again, and their own was never."""
    distribution = Shipments(("doses/1", "doses/2"))
    packing = PackingStation(distribution)  # type: ignore[arg-type]
    distribution.booked[0][1].remove("doses/2")
    assert await packing.shipments_of("doses/2") == []
    distribution.booked.append(("shipments/2", ["doses/2"]))
    distribution.ever["shipments/2"] = {"doses/2"}
    for dose, shipment in (("doses/1", "shipments/1"), ("doses/2", "shipments/2")):
        assert [each.name for each in await packing.shipments_of(dose)] == [shipment]
    distribution.called_off.add("shipments/1")  # it keeps the names of those that it would have carried
    assert await packing.shipments_of("doses/1") == []


@pytest.mark.parametrize("missing", [{"doses/2"}, {"doses/2", "doses/3"}])
async def test_a_shipment_leaves_without_the_doses_that_are_not_there(missing: set[str]) -> None:
    distribution = Shipments(("doses/1", "doses/2", "doses/3"))
    fate = Fate(1, FaultPlan())
    carrying = Carrying(distribution, [None] * 4, fate, str, NOON)  # type: ignore[arg-type, list-item]
    leaving = promised(NORTHLAKE)
    assert leaving.dose == "doses/1" and await carrying.leave_behind(leaving, missing)
    call_off, with_it, without = distribution.asked
    assert (type(call_off), call_off.name) == (distribution_pb2.CancelShipmentRequest, "shipments/1")
    assert set(with_it.doses) == {"doses/1", "doses/2", "doses/3"} - missing and set(without.doses) == missing
    assert with_it.courier == without.courier and with_it.references != without.references
