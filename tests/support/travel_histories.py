"""Journeys in the random histories: counted departures, windows and sessions, and a network that changes."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from doselane.masterdata.v1 import resources_pb2
from doselane.slotting.v1 import events_pb2
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from services.kernel.db import Connection
from services.slotting.domain import Command, Risk, Settle
from services.slotting.usecases import preview
from tests.support.slotting import LANE, PARTNERS, SITE, a_claim, a_demand, a_hold, a_move, put_resources
from tests.support.slotting_desk import LedgerDesk
from tests.support.slotting_network import (
    FACILITY,
    a_facility_resource,
    a_lane_resource,
    a_product_resource,
    a_revise,
    a_site_resource,
    departure,
    weekly,
)

OTHER_SITE, OTHER_LANE = "sites/bayview", "lanes/bayview-road"
LANES = ((SITE, LANE), (OTHER_SITE, OTHER_LANE))
QUARTERS = tuple((time(hour), time((hour + 6) % 24)) for hour in (0, 6, 12, 18))

partners = st.sampled_from(PARTNERS)
runs = st.sampled_from((0, 1))
ways = st.sampled_from(LANES)
picks = st.integers(0, 10_000)
openings = st.sampled_from(
    (
        *("", "", "every_departure_is_full", "every_window_is_full", "quality_control_is_full"),
        *("facility", "site", "hours of the site", "lane", "product"),
    )
)
taken_away = st.sampled_from(("site", "product", "facility", "lane"))

# Each resource that can change, and what each step of a change makes of it: ordinary, small, smallest, closed.
SIZES = {"sessions": (9, 4, 1), "departures": (2, 2, 1), "windows": (5, 2, 1)}


def the_facility(now: datetime, step: int) -> resources_pb2.Resource:
    """Quality control in four sessions a day; closed on the days on which the runs are made."""
    if step == 3:
        return a_facility_resource(qc_sessions=[weekly(time(0), time(0), 9, days=[(now - timedelta(1)).isoweekday()])])
    size = SIZES["sessions"][step]
    return a_facility_resource(qc_sessions=[weekly(*quarter, size) for quarter in QUARTERS])


def a_centre(now: datetime, step: int, name: str) -> resources_pb2.Resource:
    """Windows of a quarter of a day each; closed: without the licence."""
    if step == 3:
        return a_site_resource(now, name=name, licences=[])
    # At one of the two centres the windows are what is short, at the other the departures to it.
    size = SIZES["windows"][step] if name == SITE else 1
    return a_site_resource(now, name=name, weekly_windows=[weekly(*quarter, size) for quarter in QUARTERS])


def a_short_windowed_centre(now: datetime, step: int, name: str) -> resources_pb2.Resource:
    """A centre that receives in some quarters only."""
    return a_site_resource(now, name=name, weekly_windows=[weekly(*quarter, 3) for quarter in QUARTERS[step % 3 :]])


def a_way(now: datetime, step: int, name: str, site: str) -> resources_pb2.Resource:
    """Four departures a day; closed: no departure any more in two quarters."""
    size = SIZES["departures"][min(step, 2)]
    hours = (3, 9, 15, 21) if step < 3 else (3, 15)
    leaving = [departure(time(hour), size) for hour in hours]
    return a_lane_resource(now, name=name, site=site, departures=leaving, transit_minutes=120, dispatch_minutes=30)


def the_product(now: datetime, step: int) -> resources_pb2.Resource:
    """What the runs make; at each step it allows less."""
    return a_product_resource(activity_max_mbq=(None, 14_000.0, 7400.0, 3700.0)[step])


CHANGES: Mapping[str, Callable[[datetime, int], resources_pb2.Resource]] = {
    "facility": the_facility,
    "site": lambda now, step: a_centre(now, step, SITE),
    "other site": lambda now, step: a_centre(now, step, OTHER_SITE),
    "hours of the site": lambda now, step: a_short_windowed_centre(now, step, SITE),
    "lane": lambda now, step: a_way(now, step, LANE, SITE),
    "other lane": lambda now, step: a_way(now, step, OTHER_LANE, OTHER_SITE),
    "product": the_product,
}


class TravelRules:
    """Rules and checks beside those of the histories."""

    runner: asyncio.Runner
    desk: LedgerDesk
    connection: Connection
    counts: Counter[str]
    names: list[str]
    slots: list[tuple[str, UUID]]
    now: datetime
    steps: int

    def run(self, work: Any) -> Any:
        """Wait for the work."""
        raise NotImplementedError

    def ask(self, command: Command) -> bool:
        """Ask, and count how it went."""
        raise NotImplementedError

    def _some_slot(self, pick: int) -> tuple[str, UUID]:
        raise NotImplementedError

    def open_network(self) -> None:
        """A network in which every reservation of every slot is counted."""
        self.revisions: Counter[str] = Counter()
        self.conflicts: Counter[str] = Counter()
        made = [
            CHANGES[name](self.now, 0) for name in ("product", "facility", "site", "other site", "lane", "other lane")
        ]
        self.run(put_resources(self.connection, *made, version=1))

    def open_with(self, opening: str) -> None:
        """What a history begins with: whatever rules are drawn, each way to be full and each risk comes about."""
        if opening in CHANGES:
            self.revise_under_slots(PARTNERS[0], 0, opening, 3)
        elif opening:
            getattr(self, opening)()

    def every_departure_is_full(self) -> None:
        """For a hold, a claim and a move."""
        self.ask(a_claim(self._travelling(PARTNERS[0], 0, (SITE, ""), 100.0)))
        self.crowd_a_lane(0, LANES[0], 1)
        self.move_over(0, 0, LANES[0])

    def every_window_is_full(self) -> None:
        """For a hold, a claim and a move."""
        self.ask(a_claim(self._travelling(PARTNERS[0], 0, (SITE, ""), 100.0)))
        self.crowd_a_lane(0, LANES[1], 1)
        self.move_over(0, 0, LANES[1])

    def quality_control_is_full(self) -> None:
        """For a hold, a claim, and the move of a slot that has lost its place there."""
        demand = self._travelling(PARTNERS[0], 0, (SITE, ""), 100.0)
        for _ in range(3):
            self.ask(a_claim(demand))
        partner, displaced = self.slots[-1]
        self._revise(the_facility(self.now, 2))
        while self.ask(a_hold(demand, lasting=timedelta(minutes=15))):
            pass
        self.ask(a_claim(demand))
        self.ask(a_move(displaced, self.names[0], partner=partner))
        self._revise(the_facility(self.now, 0))

    @rule(partner=partners, run=runs, way=ways, mbq=st.sampled_from((100.0, 3700.0)), held=st.booleans())
    def travel(self, partner: str, run: int, way: tuple[str, str], mbq: float, held: bool) -> None:
        """Claim or hold a slot over a lane."""
        self.ask((a_hold if held else a_claim)(self._travelling(partner, run, way, mbq)))

    @precondition(lambda self: self.steps % 2 == 0)
    @rule(run=runs, way=ways, pick=picks)
    def crowd_a_lane(self, run: int, way: tuple[str, str], pick: int) -> None:
        """Hold slots over one lane until something is full; then it is for a claim and a move too."""
        demand = self._travelling(PARTNERS[run], run, way, 100.0)
        for _ in range(8):
            if not self.ask(a_hold(demand, lasting=timedelta(minutes=15))):
                break
        if pick % 2:
            self.ask(a_claim(demand))
        else:
            self.move_over(pick, run, way)

    @rule(pick=picks, run=runs, way=ways)
    def move_over(self, pick: int, run: int, way: tuple[str, str]) -> None:
        """Move some slot over a lane, perhaps to another centre."""
        if self.slots:
            partner, slot_id = self._some_slot(pick)
            self.ask(a_move(slot_id, self.names[run], partner=partner, site=way[0], lane=way[1]))

    @precondition(lambda self: self.steps % 3 == 0)
    @rule(what=st.sampled_from(sorted(CHANGES)), step=st.sampled_from((0, 0, 1, 2, 3)))
    def revise(self, what: str, step: int) -> None:
        """A resource shrinks, closes, or opens again."""
        self._revise(CHANGES[what](self.now, step))

    @precondition(lambda self: self.steps % 5 == 0)
    @rule(partner=partners, run=runs, what=taken_away, step=st.integers(2, 3))
    def revise_under_slots(self, partner: str, run: int, what: str, step: int) -> None:
        """Two slots are held, what they stand on shrinks or is taken away, and comes back."""
        for mbq in (3700.0, 7400.0):
            self.ask(a_hold(self._travelling(partner, run, LANES[0], mbq), lasting=timedelta(minutes=15)))
        self._revise(CHANGES[what](self.now, step))
        self._revise(CHANGES[what](self.now, 0))

    @precondition(lambda self: self.steps % 11 == 0)
    @rule(way=ways)
    def close_a_lane_and_open_it_again(self, way: tuple[str, str]) -> None:
        """A lane is deleted under the slots that travel on it, and comes back."""
        lane = a_way(self.now, 0, way[1], way[0])
        self._revise(lane, deleted=True)
        self._revise(lane)

    def _revise(self, resource: resources_pb2.Resource, *, deleted: bool = False) -> None:
        """The change puts at risk exactly the slots that its preview names, and nothing is left for a second look."""
        name = getattr(resource, str(resource.WhichOneof("kind"))).name
        self.revisions[name] += 1
        command = a_revise(resource, 1 + self.revisions[name], deleted=deleted)
        # A change expires the overdue holds first, and who waits is offered what they leave; a preview offers nothing.
        self.run(self.desk.ledger.execute([Settle(run) for run in self.names]))
        foreseen = self.run(self._foreseen(command))
        self.run(self.desk.ledger.execute([command]))
        self.counts["Revise ok"] += 1
        assert self.run(self._said(name)) == foreseen
        assert self.run(self._foreseen(command)) == {}
        assert self.run(self._too_full(resource)) == []
        for risk in foreseen.values():
            self.counts[f"risk {Risk(risk).name}"] += 1

    async def _foreseen(self, command: Any) -> dict[str, int]:
        found = await preview(self.connection, [command.change])
        return {each.slot.name: each.risk.value for each in found}

    async def _too_full(self, resource: resources_pb2.Resource) -> list[str]:
        """Places to come of which more is promised than there is, by what the resource says now and nothing else.

        What arrived, or was lost, keeps its place whatever becomes of it; only what may still change must have left.
        """
        message = getattr(resource, str(resource.WhichOneof("kind")))
        sizes = [
            each.places
            for field in ("qc_sessions", "departures", "weekly_windows")
            if hasattr(message, field)
            for each in getattr(message, field)
        ]
        if not sizes:
            return []
        rows = await self.connection.fetch(
            "SELECT name FROM place WHERE starts_with(name, $1) AND committed > $2 AND at > (SELECT present())"
            " AND EXISTS (SELECT FROM slot s WHERE s.state IN (1, 2)"
            " AND place.name IN (s.qc_place, s.departure_place, s.window_place))",
            f"{message.name}/",
            max(sizes),
        )
        return [row["name"] for row in rows]

    async def _said(self, name: str) -> dict[str, int]:
        """The slots that the resource's last conflict names, if there is one that was not seen before."""
        rows = await self.connection.fetch(
            "SELECT data, sequence FROM outbox WHERE subject = $1 AND sequence > $2 ORDER BY sequence",
            f"ledger/{name}",
            self.conflicts[name],
        )
        if not rows:
            return {}
        (row,) = rows
        assert row["sequence"] == self.conflicts[name] + 1
        self.conflicts[name] += 1
        return {each.slot: each.risk for each in events_pb2.NetworkConflicted.FromString(row["data"]).slots}

    def _travelling(self, partner: str, run: int, way: tuple[str, str], mbq: float) -> Any:
        return a_demand(self.names[run], partner=partner, activity_mbq=mbq, now=self.now, site=way[0], lane=way[1])


RUN_FACTS = {"facility": FACILITY}
