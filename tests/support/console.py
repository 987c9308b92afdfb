"""What stands in a gateway that the console looks at: a dose on its way, a run that fails, and words that mean harm."""

from dataclasses import dataclass
from datetime import timedelta

import httpx
from doselane.capacity.v1 import capacity_pb2 as capacity
from doselane.clock.v1 import clock_pb2 as clock
from doselane.distribution.v1 import distribution_pb2 as distribution
from doselane.slotting.v1 import slotting_pb2 as slotting
from doselane.tower.v1 import incident_pb2
from doselane.tower.v1 import tower_pb2 as tower
from google.type.interval_pb2 import Interval

from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.local.world import CENTRES, HARBOR, MANUFACTURER, NORTHLAKE, PERSONS, PLANNER_SCOPES, VAN, VAN_KEY
from tests.support.batches import produce
from tests.support.gateway import Desk
from tests.support.generic_courier import a_milestone, milestones
from tests.support.hearing import require

CANCELLED = incident_pb2.Incident.RUN_CANCELLED
LANE = "lanes/to-lakeside-clinic"
# What somebody might call an order, a place or a shipment who means harm; each would run a script if it were markup.
HOSTILE = '<img src=x onerror="window.hurt=1">'
HOSTILE_WORDS = "<script>window.hurt=1</script><svg onload='window.hurt=1'>"
MESSAGES = 27  # more than a page of the list


@dataclass
class Scene:
    """What stands in the gateway that the console looks at."""

    desk: Desk
    run: str
    doomed: str
    shipment: str
    batch: str
    cancelled: bool = False

    async def cancel(self) -> None:
        """The other run is not made, once."""
        if not self.cancelled:
            await self._cancel(self.doomed)
        self.cancelled = True

    async def lose_a_place(self, order: str) -> str:
        """A dose of a run that is then cancelled, beside one that has room for it; the incident that it makes."""
        lost, _ = [await _a_run(self.desk) for _ in range(2)]
        await _claimed(self.desk, lost, NORTHLAKE, order)
        await self._cancel(lost)
        return await self.incident(lost, doses=1)

    async def _cancel(self, run: str) -> None:
        cancel = capacity.CancelRunRequest(name=run, accept_conflicts=True, request_id=str(uuid7()))
        await self.desk.call("CapacityService/CancelRun", cancel, self.desk.staff)

    async def incident(self, run: str = "", doses: int = 2) -> str:
        """The incident of a run that is not made, once it touches so many doses at least."""

        async def found() -> str:
            listed = await self.desk.call("TowerService/ListIncidents", tower.ListIncidentsRequest(), self.desk.staff)
            of_run = [each for each in listed.incidents if each.subject == (run or self.doomed)]
            # What the ledger takes first makes another incident, of a run that is short, which this one ends.
            named = [each.name for each in of_run if each.kind == CANCELLED and len(each.affected_doses) >= doses]
            await require(bool(named))
            return named[0]

        name: str = await self.desk.until(found)
        return name

    async def advance(self, by: timedelta) -> None:
        """Lets time go by; tokens of before have run out by then."""
        desk, to = self.desk, self.desk.gateway.clock.now() + by
        request = clock.AdvanceClockRequest(time=stamp(to), request_id=str(uuid7()), reason="a test")
        await desk.call("ClockService/AdvanceClock", request, desk.staff)
        desk.now, desk.staff = to, desk.gateway.token(MANUFACTURER, *PLANNER_SCOPES)


def password_of(person: str) -> str:
    """What an account of the sandbox signs in with."""
    return PERSONS[person].password.get_secret_value()


async def a_scene(desk: Desk) -> Scene:
    """One dose made and on its way, told of by a hostile courier; another run with doses of two sponsors."""
    run, doomed = [await _a_run(desk) for _ in range(2)]
    slot = await _claimed(desk, run, NORTHLAKE, HOSTILE)
    for partner, order in ((NORTHLAKE, "NL-DOOMED"), (HARBOR, "HP-DOOMED")):
        await _claimed(desk, doomed, partner, order)
    reference = "VAN-<b>7</b>"
    book = distribution.BookShipmentRequest(
        doses=[slot.name.replace("slots/", "doses/")], courier=VAN, references=[reference], request_id=str(uuid7())
    )
    shipment = await desk.until(lambda: desk.call("DistributionService/BookShipment", book, desk.staff))
    batch = await produce(desk, run)
    await _told_by_the_courier(desk, reference)
    await desk.until(lambda: _on_the_board(desk, run))
    return Scene(desk, run, doomed, shipment.name, batch)


async def _a_run(desk: Desk) -> str:
    ends_at = desk.now + timedelta(hours=6)
    return await desk.open_run(
        line="facilities/tidewater/lines/hot-cell-1",
        end_of_synthesis_time=stamp(ends_at),
        claim_cutoff_time=stamp(ends_at - timedelta(hours=4)),
        use_by_time=stamp(ends_at + timedelta(hours=72)),
    )


async def _claimed(desk: Desk, run: str, partner: str, order: str) -> slotting.Slot:
    """A dose on the first departure that an offer names."""
    until_at = desk.now + timedelta(hours=60)
    search = slotting.SearchOffersRequest(
        product="products/lu-ligand",
        site=CENTRES[0],
        runs=[run],
        lanes=[LANE],
        administration_interval=Interval(start_time=stamp(desk.now), end_time=stamp(until_at)),
    )

    async def found() -> slotting.Offer:
        answer = await desk.call("SlottingService/SearchOffers", search, desk.sponsor(partner))
        await require(len(answer.offers) > 0)
        return min(answer.offers, key=lambda each: each.departure_time.seconds)

    offer = await desk.until(found)
    wanted = {"activity_mbq": 7400.0, "time": offer.administration_time}
    return await desk.claim(
        run,
        desk.sponsor(partner),
        lane=LANE,
        departure_time=offer.departure_time,
        administration=wanted,
        order_reference=order,
    )


async def _told_by_the_courier(desk: Desk, reference: str) -> None:
    """The courier's own system pushes that it has the dose, in words that mean harm, and a page of other messages."""
    now = desk.gateway.clock.now().isoformat()
    collected = a_milestone(
        shipments=[reference], kind="COLLECTED", occurred_at=now, description=HOSTILE_WORDS, event_id="E-HOSTILE"
    )
    others = [a_milestone(shipments=[f"VAN-{n}"], occurred_at=now, event_id=f"E-{n}") for n in range(MESSAGES - 1)]
    async with httpx.AsyncClient(base_url=desk.gateway.rest_url, headers={"x-api-key": VAN_KEY}) as van:
        for each in (*others, collected):
            answer = await van.post("/push/courier/harborline", json=milestones(each))
            assert answer.status_code < 300, answer.text


async def _on_the_board(desk: Desk, run: str) -> None:
    asked = tower.ListBoardEntriesRequest(run=run)
    board = await desk.call("TowerService/ListBoardEntries", asked, desk.staff)
    await require(len(board.board_entries) == 1 and board.board_entries[0].shipment_state >= 2)
    assert board.board_entries[0].batch
