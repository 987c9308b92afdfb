"""Random histories of the ledger on a real database: two runs, two sponsors, and all that they and the clock can do."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from doselane.slotting.v1 import slotting_pb2
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from services.kernel.db import Connection
from services.kernel.errors import GatewayError
from services.network import Capacity
from services.slotting.domain import (
    Asked,
    Claim,
    Command,
    Confirm,
    Cut,
    FilledVial,
    Hold,
    Join,
    Leave,
    Move,
    MoveTogether,
    Project,
    RecordShipment,
    RecordVial,
    Release,
    Revise,
    Settle,
    State,
    Withdraw,
)
from services.slotting.usecases import take_order, take_over
from tests.support.order_histories import OrderRules
from tests.support.slotting import (
    EMPTIED,
    GBQ,
    HARBOR,
    NORTHLAKE,
    PARTNERS,
    a_book,
    a_claim,
    a_confirm,
    a_cut,
    a_demand,
    a_hold,
    a_move,
    a_move_together,
    a_release,
    a_run,
    an_allotment,
)
from tests.support.slotting_desk import LedgerDesk
from tests.support.standby_histories import StandbyRules
from tests.support.travel_histories import RUN_FACTS, TravelRules, openings

# Each way to change the ledger, and the rule of the histories that takes it.
PATHS: Mapping[type, str] = {
    Claim: "claim",
    Hold: "hold",
    Confirm: "confirm",
    Release: "release",
    Join: "join",
    Leave: "leave",
    Move: "move",
    MoveTogether: "move_together",
    Cut: "cut",
    Project: "hear_of_a_newer_version",
    RecordShipment: "ship",
    RecordVial: "fill",
    Revise: "revise",
    Settle: "sweep",
    Withdraw: "withdraw",
}
# Each way by which an event changes the ledger, and the rule that takes it; of those that are commands, one.
EVENT_PATHS: Mapping[Callable[..., Any], str] = {take_over: "hear_of_a_newer_version", take_order: "order"}
# What distribution may tell of a dose, one after the other.
DELIVERED, LOST, WITHDRAWN = State.FULFILLED, State.LOST, State.CONFIRMED
SHIPPED = ((DELIVERED,), (DELIVERED, DELIVERED, WITHDRAWN), (LOST,), (DELIVERED, WITHDRAWN, LOST))
POOLS = (Capacity(90 * GBQ, 9), Capacity(80 * GBQ, 8))
ALLOTTED = {NORTHLAKE: Capacity(20 * GBQ, 2), HARBOR: Capacity(10 * GBQ, 1)}  # on the first run
PLEDGED = (Capacity(120 * GBQ, 12), POOLS[1])
WRONG = """
    SELECT what, run FROM violation WHERE run = ANY ($1) OR what LIKE '%place'
    UNION ALL
    SELECT 'not as pledged', r.name  -- what was delivered or lost keeps its room
    FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS pledged (run, kbq, vials)
    JOIN run r ON r.name = pledged.run LEFT JOIN allotment a ON a.run = r.name
    GROUP BY r.name, pledged.kbq, pledged.vials
    HAVING NOT r.pool_kbq + coalesce(sum(a.size_kbq), 0) BETWEEN pledged.kbq AND pledged.kbq + (
            SELECT coalesce(sum(s.allotment_kbq + s.pool_kbq), 0) FROM slot s
            WHERE s.run = r.name AND s.state IN (3, 6))
        OR NOT r.pool_vials + coalesce(sum(a.size_vials), 0) BETWEEN pledged.vials AND pledged.vials + (
            SELECT count(*) FROM slot s WHERE s.run = r.name AND s.state IN (3, 6))
"""
AS_NEW = f"{EMPTIED}; UPDATE gateway.clock SET ahead = '0'"
ADRIFT = """
    SELECT s.id FROM slot s
    LEFT JOIN (
        SELECT subject, array_agg(sequence ORDER BY seq) AS sequences FROM outbox GROUP BY subject
    ) e ON e.subject = 'slots/' || s.id
    WHERE e.sequences IS DISTINCT FROM ARRAY (SELECT generate_series(1, s.version))
"""

partners = st.sampled_from(PARTNERS)
runs = st.sampled_from((0, 1))
activities_mbq = st.sampled_from((100.0, 3700.0, 7400.0, 14_000.0))
picks = st.integers(0, 10_000)
Answer = TypeVar("Answer")


class Histories(StandbyRules, TravelRules, OrderRules, RuleBasedStateMachine):
    """One history. What it needs is given to a class of its own for each run of histories, see slotting_play."""

    runner: asyncio.Runner
    desk: LedgerDesk
    connection: Connection
    counts: Counter[str]
    steps = 0

    @initialize(opening=openings)
    def open_runs(self, opening: str) -> None:
        """Two fresh runs, one with an allotment for each sponsor, and what is done with them at once."""
        self.now = datetime.now(UTC)
        self.slots: list[tuple[str, UUID]] = []
        self.standbys: list[tuple[str, UUID]] = []
        self.promised: set[UUID] = set()
        self.asked: list[tuple[Command, bytes]] = []
        self.names = [f"runs/r-{uuid4()}" for _ in range(2)]
        self.versions, self.cancelled, self.pledged = [1, 1], [False, False], list(PLEDGED)
        self.run(self.connection.execute(AS_NEW))
        self.open_network()
        for run in (0, 1):
            self.hear_of_a_newer_version(run)
        self.open_with(opening)

    @rule(partner=partners, run=runs, mbq=activities_mbq)
    def claim(self, partner: str, run: int, mbq: float) -> None:
        """Claim a slot."""
        self.ask(a_claim(self._demand(partner, run, mbq)))

    @rule(partner=partners, run=runs, mbq=activities_mbq, minutes=st.sampled_from((1, 15, 300)))
    def hold(self, partner: str, run: int, mbq: float, minutes: int) -> None:
        """Hold a slot."""
        self.ask(a_hold(self._demand(partner, run, mbq), lasting=timedelta(minutes=minutes)))

    @rule(pick=picks)
    def confirm(self, pick: int) -> None:
        """Confirm some slot."""
        if self.slots:
            partner, slot_id = self._some_slot(pick)
            self.ask(a_confirm(slot_id, partner=partner))

    @rule(pick=picks)
    def release(self, pick: int) -> None:
        """Release some slot."""
        if self.slots:
            partner, slot_id = self._some_slot(pick)
            self.ask(a_release(slot_id, partner=partner))

    @rule(pick=picks, run=runs)
    def move(self, pick: int, run: int) -> None:
        """Move some slot."""
        if self.slots:
            partner, slot_id = self._some_slot(pick)
            self.ask(a_move(slot_id, self.names[run], partner=partner))

    @precondition(lambda self: self.steps % 2 == 1)
    @rule(first=picks, second=picks, run=runs, exchange=st.booleans())
    def move_together(self, first: int, second: int, run: int, exchange: bool) -> None:
        """Move two slots in one step, each to one of the runs, or both to each other's places: both or none."""
        if self.slots:
            pair = [self._some_slot(first), self._some_slot(second)]
            partner = pair[0][0]
            ids = dict.fromkeys(slot_id for whose, slot_id in pair if whose == partner)
            to = (self.names[run], self.names[1 - run])
            moves = [a_move(slot_id, name, partner=partner) for slot_id, name in zip(ids, to, strict=False)]
            self.ask(a_move_together(*moves, partner=partner, exchange=exchange))

    @rule(run=runs, spare=st.integers(-2, 1), accept=st.booleans())
    def cut(self, run: int, spare: int, accept: bool) -> None:
        """Cut a run to about what is taken of it, or somewhat below, with its allotments if they do not fit."""
        taken, size = self.run(self._vials(self.names[run]))
        pledged = Capacity(12 * 8 * GBQ, max(0, min(size, taken + spare)))
        if run == 0:
            sizes = {
                partner: allotted.least(Capacity(10 * GBQ, pledged.vials // 3))
                for partner, allotted in ALLOTTED.items()
            }
        else:
            pledged, sizes = pledged.least(POOLS[1]), {}
        facts = {"allotments": sizes, "accept_conflicts": accept, "base_version": self.versions[run]}
        if self.ask(a_cut(self.names[run], pledged, **facts)):
            self.versions[run], self.pledged[run] = self.versions[run] + 1, pledged

    @precondition(lambda self: self.steps % 2 == 0)
    @rule(partner=partners, run=runs)
    def cut_under_a_hold(self, partner: str, run: int) -> None:
        """The newest slot is a hold, the run is cut, and the hold is confirmed all the same."""
        self.hold(partner, run, 100.0, 300)
        self.cut(run, -1, True)
        self.confirm(-1)

    @precondition(lambda self: self.steps % 4 == 2)
    @rule(partner=partners, run=runs)
    def confirm_too_late(self, partner: str, run: int) -> None:
        """The newest slot is a hold, and is confirmed after its end."""
        self.hold(partner, run, 100.0, 1)
        self.time_passes(1)
        self.confirm(-1)

    @precondition(lambda self: self.steps % 19 == 0)
    @rule(run=runs)
    def cancel(self, run: int) -> None:
        """Withdraw a run; its slots can be moved or released."""
        facts = {"cancel": True, "accept_conflicts": True, "base_version": self.versions[run]}
        if self.ask(a_cut(self.names[run], Capacity(0, 0), **facts)):
            self.versions[run], self.cancelled[run] = self.versions[run] + 1, True
            self.pledged[run] = Capacity(0, 0)
            self.counts["cancelled"] += 1

    @precondition(lambda self: self.steps % 2 == 0)
    @rule(run=runs)
    def hear_of_a_newer_version(self, run: int) -> None:
        """Capacity says what the run can yield: all that it could in the beginning."""
        if not self.cancelled[run]:
            self.versions[run] += 1
            back_at = self.now + timedelta(hours=6)
            allotments = {partner: an_allotment(size, back_at) for partner, size in ALLOTTED.items() if run == 0}
            facts = a_run(self.names[run], now=self.now, version=self.versions[run], **RUN_FACTS)
            self._execute(Project(a_book(facts, pool=POOLS[run], allotments=allotments)))
            self.pledged[run] = PLEDGED[run]

    @precondition(lambda self: self.steps % 4 == 0)
    @rule(run=runs)
    def withdraw(self, run: int) -> None:
        """Quality says that nobody may use what the run yielded."""
        self._execute(Withdraw(self.names[run], "quality", "particles seen"))

    @precondition(lambda self: self.steps % 4 == 1)
    @rule(pick=picks, surplus=st.booleans(), hours=st.sampled_from((0, 1, 30)))
    def fill(self, pick: int, surplus: bool, hours: int) -> None:
        """Quality fills the vial of some slot, or says that nobody wants it; then the slot is to be given later."""
        if self.slots:
            partner, slot_id = self._some_slot(pick)
            row = self.run(self.connection.fetchrow("SELECT run, administration_at FROM slot WHERE id = $1", slot_id))
            run, at = row["run"], row["administration_at"]
            vial = FilledVial(f"batches/1/vials/{slot_id}", self.steps, f"slots/{slot_id}", run, 3700.0, at)
            self._execute(RecordVial(vial._replace(surplus=surplus)))
            self.ask(a_move(slot_id, run, partner=partner, administration=(100.0, at + timedelta(hours=hours))))

    @precondition(lambda self: self.steps % 4 == 3)
    @rule(pick=picks, told=st.sampled_from(SHIPPED))
    def ship(self, pick: int, told: tuple[State, ...]) -> None:
        """The dose of some slot is delivered or lost, or was not delivered after all."""
        if self.slots:
            _, slot_id = self._some_slot(pick)
            if self.promised and pick % 4:
                slot_id = sorted(self.promised)[pick % len(self.promised)]
            for state in told:
                self._execute(RecordShipment((slot_id,), state, "dispatcher", "", ""))
            if told[-1] is not WITHDRAWN:
                self.promised.discard(slot_id)

    @precondition(lambda self: self.steps % 3 == 0)
    @rule(run=runs)
    def sweep(self, run: int) -> None:
        """What the sweeper does."""
        self._execute(Settle(self.names[run]))

    @rule(minutes=st.sampled_from((1, 5, 16, 16, 16, 45, 120, 700)))
    def time_passes(self, minutes: int) -> None:
        """Holds run out, allotments go back, the cut-off comes."""
        self.run(self.connection.execute("UPDATE gateway.clock SET ahead = ahead + $1", timedelta(minutes=minutes)))

    @rule(pick=picks)
    def repeat(self, pick: int) -> None:
        """A repeated request gets the same bytes, whatever has happened since."""
        if self.asked:
            command, answer = self.asked[pick % len(self.asked)]
            assert self.run(self.desk.ledger.execute_one(command)) == answer
            self.counts["repeated"] += 1

    @invariant()
    def nothing_is_overbooked_and_the_book_adds_up(self) -> None:
        """What is committed is what the slots hold and never more than there is, and all sizes are the pledge."""
        self.steps += 1
        pledged = [kbq for kbq, _ in self.pledged], [vials for _, vials in self.pledged]
        assert self.run(self.connection.fetch(WRONG, self.names, *pledged)) == []

    def teardown(self) -> None:
        """Every change has its event, in order, and every promise that was not given back stands."""
        fetch = self.connection.fetch
        assert self.run(fetch("SELECT * FROM violation")) == []
        assert self.run(fetch(ADRIFT)) == []
        self.check_standbys_at_the_end()
        self.check_orders_at_the_end()
        standing = self.run(fetch("SELECT id FROM slot WHERE state = $1", State.CONFIRMED))
        assert self.promised == {row["id"] for row in standing}
        for row in self.run(fetch("SELECT type, count(*) FROM outbox GROUP BY type")):
            self.counts["event " + row["type"].removeprefix("doselane.slotting.").removesuffix(".v1")] += row["count"]

    def ask(self, command: Command) -> bool:
        """Ask, and count how it went."""
        kind = type(command).__name__
        try:
            answer = self.run(self.desk.ledger.execute_one(command))
        except GatewayError as refusal:
            self.counts[f"{kind} {refusal.reason}"] += 1
            return False
        self.counts[f"{kind} ok"] += 1
        self.asked.append((command, answer))
        if isinstance(command, Join | Leave):
            self.remember_standby(answer)
        elif isinstance(command, MoveTogether):
            for slot in slotting_pb2.BatchMoveSlotsResponse.FromString(answer).slots:
                self._remember(slot)
        elif not isinstance(command, Cut):
            self._remember(slotting_pb2.Slot.FromString(answer))
        return True

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Wait for the work."""
        return self.runner.get_loop().run_until_complete(work)

    def _remember(self, slot: slotting_pb2.Slot) -> None:
        slot_id = UUID(slot.name.removeprefix("slots/"))
        if (slot.partner, slot_id) not in self.slots:
            self.slots.append((slot.partner, slot_id))
        if slot.state == slot.CONFIRMED:
            self.promised.add(slot_id)
        else:
            self.promised.discard(slot_id)

    def _execute(self, command: Asked) -> None:
        self.run(self.desk.ledger.execute([command]))
        self.counts[f"{type(command).__name__} ok"] += 1

    async def _vials(self, run: str) -> tuple[int, int]:
        """How many vials are taken of the run, and how many it has."""
        row = await self.connection.fetchrow(
            "SELECT r.pool_committed_vials + coalesce(sum(a.committed_vials), 0) AS taken,"
            " r.pool_vials + coalesce(sum(a.size_vials), 0) AS size"
            " FROM run r LEFT JOIN allotment a ON a.run = r.name WHERE r.name = $1 GROUP BY r.name",
            run,
        )
        return row["taken"], row["size"]

    def _some_slot(self, pick: int) -> tuple[str, UUID]:
        """A slot, more often a young one: what is old is closed, and says no to everything."""
        young = self.slots[-6:]
        return young[pick % len(young)] if pick < 0 or pick % 4 else self.slots[pick % len(self.slots)]

    def _demand(self, partner: str, run: int, mbq: float) -> Any:
        return a_demand(self.names[run], partner=partner, activity_mbq=mbq, now=self.now)
