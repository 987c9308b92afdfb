"""Random histories of the ledger, on the real database: no path and no order of paths breaks an invariant.

A run counts how often each outcome came about: a zero that never met its case would prove nothing.
"""

import asyncio
import os
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from doselane.slotting.v1 import slotting_pb2
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.kernel.db import Database
from services.kernel.errors import GatewayError
from services.slotting.domain import Amount, Command
from services.slotting.usecases import Ledger
from tests.support.postgres import Databases
from tests.support.slotting import (
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
    a_release,
    a_run,
    an_allotment,
    projected,
    slotting_schema,
    violations,
)

STEPS = int(os.environ.get("DOSELANE_TEST_STEPS", "10000"))
STEPS_A_HISTORY = 100
MUST_HAPPEN = {
    *("Claim ok", "Claim RUN_FULL", "Claim CUTOFF_PASSED", "Hold ok", "Confirm ok", "Confirm HOLD_EXPIRED"),
    *("Confirm ALREADY_CONFIRMED", "Release ok", "Release ALREADY_RELEASED", "Move ok", "Move RUN_FULL"),
    *("Cut ok", "Cut CAPACITY_CONFLICT", "Confirm SLOT_AT_RISK", "repeated"),
}
partners = st.sampled_from(PARTNERS)
runs = st.sampled_from((0, 1))
activities_mbq = st.sampled_from((100.0, 3700.0, 7400.0, 14_000.0))
picks = st.integers(0, 10_000)


class Histories(RuleBasedStateMachine):
    """Two runs, two sponsors, and everything that they and the clock can do."""

    runner: asyncio.Runner
    database: Database
    ledger: Ledger
    counts: Counter[str]
    pledged: list[Amount] = [Amount(0, 0)]
    steps = 0

    @initialize()
    def open_runs(self) -> None:
        """Two fresh runs, one with an allotment for each sponsor."""
        self.now = datetime.now(UTC)
        self.slots: list[tuple[str, UUID]] = []
        self.asked: list[tuple[Command, bytes]] = []
        self.names = [f"runs/r-{uuid4()}" for _ in range(2)]
        self.versions = [2, 2]
        self.pledged = [Amount(120 * GBQ, 12), Amount(80 * GBQ, 8)]
        self.runner.run(self.database.pool.execute("UPDATE clock SET ahead = '0'"))
        back_at = self.now + timedelta(hours=6)
        allotments = {
            NORTHLAKE: an_allotment(Amount(20 * GBQ, 2), back_at),
            HARBOR: an_allotment(Amount(10 * GBQ, 1), back_at + timedelta(hours=6)),
        }
        self._open(a_book(a_run(self.names[0], now=self.now), pool=Amount(90 * GBQ, 9), allotments=allotments))
        self._open(a_book(a_run(self.names[1], now=self.now), pool=self.pledged[1]))

    def _open(self, book: Any) -> None:
        self.runner.run(self.ledger.execute([projected(book)]))

    @rule(partner=partners, run=runs, mbq=activities_mbq)
    def claim(self, partner: str, run: int, mbq: float) -> None:
        """Claim a slot."""
        self._ask(a_claim(self._demand(partner, run, mbq)))

    @rule(partner=partners, run=runs, mbq=activities_mbq, minutes=st.sampled_from((1, 15, 300)))
    def hold(self, partner: str, run: int, mbq: float, minutes: int) -> None:
        """Hold a slot."""
        self._ask(a_hold(self._demand(partner, run, mbq), lasting=timedelta(minutes=minutes)))

    @rule(pick=picks)
    def confirm(self, pick: int) -> None:
        """Confirm some slot."""
        if self.slots:
            partner, slot_id = self._some_slot(pick)
            self._ask(a_confirm(slot_id, partner=partner))

    @rule(pick=picks)
    def release(self, pick: int) -> None:
        """Release some slot."""
        if self.slots:
            partner, slot_id = self._some_slot(pick)
            self._ask(a_release(slot_id, partner=partner))

    @rule(pick=picks, run=runs)
    def move(self, pick: int, run: int) -> None:
        """Move some slot."""
        if self.slots:
            partner, slot_id = self._some_slot(pick)
            self._ask(a_move(slot_id, self.names[run], partner=partner))

    @precondition(lambda self: self.steps % 7 == 0)
    @rule(run=runs, share=st.sampled_from((0.7, 0.8, 0.95)), accept=st.booleans())
    def cut(self, run: int, share: float, accept: bool) -> None:
        """Cut a run, with its allotments if they no longer fit."""
        was = self.pledged[run]
        pledged = Amount(int(was.kbq * share), int(was.vials * share))
        sizes = {partner: Amount(int(pledged.kbq / 4), int(pledged.vials / 4)) for partner in PARTNERS}
        facts = {"allotments": sizes, "accept_conflicts": accept, "base_version": self.versions[run]}
        if self._ask(a_cut(self.names[run], pledged, **facts)):
            self.pledged[run], self.versions[run] = pledged, self.versions[run] + 1

    @precondition(lambda self: self.steps % 9 == 0)
    @rule(partner=partners, run=runs)
    def cut_under_a_hold(self, partner: str, run: int) -> None:
        """The newest slot is a hold, the run is cut, and the hold is confirmed all the same."""
        if self.pledged[run].vials > 1:
            self.hold(partner, run, 100.0, 300)
            self.cut(run, 0.3, True)
            self.confirm(-1)

    @rule(minutes=st.sampled_from((1, 20, 120, 700)))
    def time_passes(self, minutes: int) -> None:
        """Holds run out, allotments go back, the cut-off comes."""
        self.runner.run(self.database.pool.execute("UPDATE clock SET ahead = ahead + $1", timedelta(minutes=minutes)))

    @rule(pick=picks)
    def repeat(self, pick: int) -> None:
        """A repeated request gets the same bytes, whatever has happened since."""
        if self.asked:
            command, answer = self.asked[pick % len(self.asked)]
            assert self.runner.run(self.ledger.execute_one(command)) == answer
            self.counts["repeated"] += 1

    @invariant()
    def nothing_is_overbooked_and_the_book_adds_up(self) -> None:
        """What is committed is what the slots hold, and never more than there is."""
        self.steps += 1
        assert self.runner.run(self._wrong()) == []

    async def _wrong(self) -> list[Any]:
        async with self.database.pool.acquire() as connection:
            return await violations(connection)

    def _some_slot(self, pick: int) -> tuple[str, UUID]:
        """A slot, more often a young one: what is old is closed, and says no to everything."""
        young = self.slots[-6:]
        return young[pick % len(young)] if pick < 0 or pick % 4 else self.slots[pick % len(self.slots)]

    def _demand(self, partner: str, run: int, mbq: float) -> Any:
        return a_demand(self.names[run], partner=partner, activity_mbq=mbq, now=self.now)

    def _ask(self, command: Command) -> bool:
        kind = type(command).__name__
        try:
            answer = self.runner.run(self.ledger.execute_one(command))
        except GatewayError as refusal:
            self.counts[f"{kind} {refusal.reason}"] += 1
            return False
        self.counts[f"{kind} ok"] += 1
        self.asked.append((command, answer))
        if kind in ("Claim", "Hold"):
            slot = slotting_pb2.Slot.FromString(answer)
            self.slots.append((slot.partner, UUID(slot.name.removeprefix("slots/"))))
        return True


@pytest.mark.timeout(600)
def test_no_random_history_breaks_the_ledger(databases: Databases, capsys: pytest.CaptureFixture[str]):
    with asyncio.Runner() as runner:
        dsn = runner.run(databases.prepared("slotting", slotting_schema))
        database = runner.run(Database.connect(dsn, "slotting", pool_size=4))
        ledger = Ledger(database)
        flusher = runner.get_loop().create_task(ledger.run())
        counts: Counter[str] = Counter()
        machine = type(
            "Bound", (Histories,), {"runner": runner, "database": database, "ledger": ledger, "counts": counts}
        )
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=max(1, STEPS // STEPS_A_HISTORY),
                stateful_step_count=STEPS_A_HISTORY,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
        flusher.cancel()
        with suppress(asyncio.CancelledError):
            runner.run(asyncio.wait_for(flusher, 5))
        runner.run(database.close())
    with capsys.disabled():
        print("\nhistories:", dict(counts.most_common()))
    assert set(counts) >= MUST_HAPPEN
