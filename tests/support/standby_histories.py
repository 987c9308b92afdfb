"""Standby in the random histories: who queues, answers and leaves; and nobody waits beside free room."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

from doselane.slotting.v1 import slotting_pb2
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from services.kernel.db import Connection
from services.kernel.errors import GatewayError
from services.slotting import store
from services.slotting.domain import Command, Settle, Standby, StandbyState, UnitOfWork, routing
from services.slotting.domain.places import check_product
from services.slotting.domain.slot import reference_amount
from tests.support.slotting import PARTNERS, a_claim, a_confirm, a_hold, a_release
from tests.support.slotting_standby import a_join, a_leave

# Standbys that contradict their slots.
ASTRAY = """
    SELECT w.id, w.state, s.state AS slot_state FROM standby w LEFT JOIN slot s ON s.id = w.slot_id
    WHERE w.state = 1 AND w.slot_id IS NOT NULL
       OR w.state = 2 AND (s.state IS DISTINCT FROM 1 OR s.risk = 1 OR s.run <> w.run OR s.hold_until <> w.answer_until)
       OR w.state = 3 AND s.state = 1
"""
ADRIFT = """
    SELECT w.id FROM standby w
    LEFT JOIN (
        SELECT subject, array_agg(sequence ORDER BY seq) AS sequences FROM outbox GROUP BY subject
    ) e ON e.subject = 'standbys/' || w.id
    WHERE e.sequences IS DISTINCT FROM ARRAY (SELECT generate_series(1, w.version))
"""

partners = st.sampled_from(PARTNERS)
runs = st.sampled_from((0, 1))
picks = st.integers(0, 10_000)


class StandbyRules:
    """Rules and checks beside those of the histories."""

    runner: asyncio.Runner
    connection: Connection
    counts: Counter[str]
    names: list[str]
    steps: int
    standbys: list[tuple[str, UUID]]
    slots: list[tuple[str, UUID]]

    def run(self, work: Any) -> Any:
        """Wait for the work."""
        raise NotImplementedError

    def ask(self, command: Command) -> bool:
        """Ask, and count how it went."""
        raise NotImplementedError

    def _demand(self, partner: str, run: int, mbq: float) -> Any:
        raise NotImplementedError

    @rule(partner=partners, run=runs, mbq=st.sampled_from((100.0, 7400.0, 14_000.0)))
    def join(self, partner: str, run: int, mbq: float) -> None:
        """Queue an order."""
        self.ask(a_join(self._demand(partner, run, mbq)))

    @precondition(lambda self: self.steps % 4 == 0)
    @rule(partner=partners, run=runs)
    def fill_and_join(self, partner: str, run: int) -> None:
        """Hold all that is left, so that what is queued waits; sooner or later the holds run out."""
        while self.ask(a_hold(self._demand(partner, run, 14_000.0), lasting=timedelta(minutes=15))):
            pass
        self.join(partner, run, 14_000.0)

    @rule(pick=picks)
    def leave(self, pick: int) -> None:
        """Take some order out of the queue."""
        if self.standbys:
            young = self.standbys[-5:]
            partner, standby_id = young[pick % len(young)]
            self.ask(a_leave(standby_id, partner=partner))

    @rule(pick=picks, answer=st.sampled_from((a_confirm, a_release, None)))
    def answer_an_offer(self, pick: int, answer: Any) -> None:
        """Confirm or release what was offered, or let it run out, and somebody comes to hear of it."""
        offered = self.run(self.connection.fetch("SELECT * FROM standby WHERE state = 2 ORDER BY answer_until"))
        if offered and answer:
            one = offered[pick % len(offered)]
            self.slots.append((one["partner"], one["slot_id"]))
            self.ask(answer(one["slot_id"], partner=one["partner"]))
        elif offered:
            until = "UPDATE gateway.clock SET ahead = greatest(ahead, $1 - clock_timestamp())"
            self.run(self.connection.execute(until, offered[0]["answer_until"]))
            self.ask(a_claim(self._demand(PARTNERS[pick % 2], pick // 2 % 2, 100.0)))

    @invariant()
    def nobody_waits_beside_free_room(self) -> None:
        """Of all who wait none fits what is free, and standbys say the same as their slots."""
        assert self.run(self.connection.fetch(ASTRAY)) == []
        waiting = self.run(self.connection.fetch("SELECT DISTINCT run FROM standby WHERE state = 1"))
        if waiting:
            self.counts["waiting"] += 1
            assert self.run(_passed_over(self.connection, [row["run"] for row in waiting])) == []

    def remember_standby(self, answer: bytes) -> None:
        """Keep in mind whose standby it is."""
        standby = slotting_pb2.Standby.FromString(answer)
        known = standby.partner, UUID(standby.name.removeprefix("standbys/"))
        if known not in self.standbys:
            self.standbys.append(known)

    def check_standbys_at_the_end(self) -> None:
        """Every change of a standby has its event, in order."""
        assert self.run(self.connection.fetch(ADRIFT)) == []


async def _passed_over(connection: Connection, runs: list[str]) -> list[str]:
    """Who waits although there is room, by the books as they are stored."""
    while True:  # a hold can run out between the look-up and the lock; the ledger tries again then, and so does this
        try:
            return await _passed_over_now(connection, runs)
        except Exception as fault:
            if not store.passes(fault):
                raise


async def _passed_over_now(connection: Connection, runs: list[str]) -> list[str]:
    transaction = connection.transaction()
    await transaction.start()
    try:
        page, _ = await store.load(connection, [Settle(run) for run in runs])
        return [standby.name for standby in page.queue.standbys.values() if _fits(page, standby)]
    finally:
        await transaction.rollback()


def _fits(page: UnitOfWork, standby: Standby) -> bool:
    book, demand = page.books[standby.demand.run], standby.demand
    own, pool = book.free_for(demand.partner)
    if standby.state is not StandbyState.WAITING or not book.run.takes_claims(page.now):
        return False
    product = page.network.products.get(book.run.product)
    try:
        check_product(product, demand.partner, demand.activity_mbq, book.run, demand.administration_at)
        wanted, allowed = reference_amount(book.run, demand), routing.allowed(demand, book.run, page.network)
    except GatewayError:
        return False
    free = [way for way in allowed if not any(page.rooms[name].full for name in way.reservations.places)]
    return own.plus(pool).covers(wanted) and bool(free)
