"""Orders by event in the random histories: stated, changed, withdrawn, late and repeated, beside all calls."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from doselane.slotting.v1 import events_pb2, order_pb2
from hypothesis import strategies as st
from hypothesis.stateful import rule

from services.kernel.db import Connection
from services.slotting import store
from services.slotting.usecases import take_order
from tests.support.slotting import PARTNERS, PRODUCT
from tests.support.slotting_desk import LedgerDesk
from tests.support.slotting_orders import WANTED, WITHDRAWN, Decided, an_order, stated
from tests.support.travel_histories import LANES

# The last is that of all slots that are claimed and held by call.
REFERENCES = ("SO-1", "SO-2", "NL-1001")
ADRIFT = """
    SELECT o.id FROM dose_order o
    LEFT JOIN (
        SELECT subject, array_agg(sequence ORDER BY seq) AS sequences FROM outbox GROUP BY subject
    ) e ON e.subject = 'orders/' || o.id
    WHERE e.sequences IS DISTINCT FROM ARRAY (SELECT generate_series(1, o.version))
"""


class OrderRules:
    """Rules and checks beside those of the histories."""

    runner: asyncio.Runner
    desk: LedgerDesk
    connection: Connection
    counts: Counter[str]
    promised: set[UUID]
    now: datetime
    steps: int

    def run(self, work: Any) -> Any:
        """Wait for the work."""
        raise NotImplementedError

    def _remember(self, slot: Any) -> None:
        raise NotImplementedError

    @rule(
        partner=st.sampled_from(PARTNERS),
        reference=st.sampled_from(REFERENCES),
        what=st.sampled_from((WANTED, WANTED, WANTED, WITHDRAWN)),
        where=st.sampled_from([site for site, _ in LANES]),
        mbq=st.sampled_from((None, 100.0, 3700.0)),
        start=st.sampled_from((30, 36, 60)),
        late=st.sampled_from((0, 0, 0, 1)),
    )
    def order(
        self, partner: str, reference: str, what: Any, where: str, mbq: float | None, start: int, late: int
    ) -> None:
        """A partner's own system states an order, then the same again, and then that it is still so."""
        from_at = self.now + timedelta(hours=start)
        order = an_order(
            self.now + timedelta(minutes=self.steps - 20 * late),
            order_reference=reference,
            state=what,
            product=PRODUCT,
            site=where,
            activity_mbq=mbq,
            interval=(from_at, from_at + timedelta(hours=24)),
        )
        self._state(partner, order)
        self._state(partner, order)
        order.state_time.seconds += 30
        self._state(partner, order)

    def _state(self, partner: str, order: order_pb2.DoseOrder) -> None:
        before = self.run(self.connection.fetchval("SELECT coalesce(max(seq), 0) FROM outbox"))
        self.run(self._taken(stated(order, partner=partner)))
        rows = self.run(self.connection.fetch("SELECT type, data FROM outbox WHERE seq > $1 ORDER BY seq", before))
        found = {row["type"].removeprefix("doselane.slotting.").removesuffix(".v1"): row["data"] for row in rows}
        if "order.decided" not in found:
            self.counts["order ignored"] += 1
            return
        decided = Decided.FromString(found["order.decided"])
        self.counts[f"order {Decided.Outcome.Name(decided.outcome)}"] += 1
        if "slot.released" in found:
            released = events_pb2.SlotReleased.FromString(found["slot.released"]).slot
            assert decided.outcome == Decided.GIVEN_BACK and released.order_reference == order.order_reference
            self._remember(released)
        if decided.HasField("slot"):
            assert (decided.slot.partner, decided.slot.order_reference) == (partner, order.order_reference)
            self._remember(decided.slot)

    async def _taken(self, event: Any) -> None:
        while True:  # as the bus does, when a hold ran out between look-up and lock
            try:
                async with self.desk.database.transaction() as connection:
                    return await take_order(connection, event)
            except Exception as fault:
                if not store.passes(fault):
                    raise

    def check_orders_at_the_end(self) -> None:
        """Every statement that counted has its event, in order."""
        assert self.run(self.connection.fetch(ADRIFT)) == []
