"""Orders by event: bring an order's slot in line with what the partner's system states, and tell what came of it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.kernel import outbox
from services.kernel.db import Connection
from services.kernel.errors import GatewayError, Kind
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.slotting import events, store
from services.slotting.domain import Command, Slot, State, ordering
from services.slotting.domain.offers import find
from services.slotting.domain.ordering import (
    KnownOrder,
    OrderAuthor,
    OrderOutcome,
    OrderRoute,
    OrderStatement,
    OrderStep,
)
from services.slotting.domain.refusals import SlotStale
from services.slotting.events.offers import offer_message
from services.slotting.events.orders import (
    MOVED_TYPES,
    OrderDecision,
    StatedDoseOrder,
    decided_event,
    moved_slot_in,
    slot_id_of,
    slot_in,
    stated_before,
    stated_in,
)
from services.slotting.store.faults import SlotMoved
from services.slotting.usecases.ledger import decide_alone
from services.slotting.usecases.searching import OfferSearch, market_of, nothing_of, wish_of

# What is no answer to the partner, but a reason to begin again.
_AGAIN = (Kind.BUSY, Kind.UNAVAILABLE)


async def take_order(connection: Connection, event: Event) -> None:
    """Decide what a partner's system states of an order, in the consumer's transaction, and publish what came of it;
    or tell it what else has become of the order's slot."""
    if event.type in MOVED_TYPES:
        await _tell_moved(connection, event)
        return
    stated = stated_in(event)
    now = await store.present(connection)
    if stated.stated_at is None:
        # Nobody can say which order it is of: it is answered, and nothing else is to be done.
        refused = OrderDecision(OrderOutcome.REFUSED, reason="INVALID_ARGUMENT", detail=stated.wrong)
        await outbox.append(connection, [decided_event(stated, uuid7(), 1, refused, now)])
        return
    known = await store.lock_order(connection, stated.partner, stated.order_reference)
    if not ordering.counts(known, stated.stated_at, stated.digest):
        return
    version = known.version + 1
    decision = await _Decider(connection, stated, known, version, now).decide()
    slot_version = await store.version_of_slot(connection, decision.slot_id)
    after = KnownOrder(
        id=known.id,
        version=version,
        stated_at=stated.stated_at,
        digest=stated.digest,
        slot_id=decision.slot_id,
        stated_type=event.type,
        stated=event.data,
        slot_version=slot_version,
    )
    await store.save_order(connection, after)
    await outbox.append(connection, [decided_event(stated, known.id, version, decision, now)])


async def _tell_moved(connection: Connection, event: Event) -> None:
    """A rescue or a call moved an order's slot, or put another in the place of a lost one: its system hears of it as
    of what came of the order, so that whoever looks there sees the run and the delivery that are promised now."""
    moved = moved_slot_in(event)
    known = await store.lock_known_order(connection, event.partner, moved.order_reference)
    if known is None or not ordering.is_news(known, slot_id_of(moved.name), event.sequence):
        return
    if moved.replaced_by:
        slot = await store.find_slot(connection, slot_id_of(moved.replaced_by), event.partner)
        if slot is None:
            return  # nobody has another in its place: then there is nothing to tell
        moved, slot_id, slot_version = events.slot_message(slot), slot.id, slot.version
    else:
        slot_id, slot_version = slot_id_of(moved.name), event.sequence
    stated = stated_before(event, known.stated_type, known.stated)
    after = known._replace(version=known.version + 1, slot_id=slot_id, slot_version=slot_version)
    await store.save_order(connection, after)
    decision = OrderDecision(OrderOutcome.MOVED, moved)
    await outbox.append(connection, [decided_event(stated, known.id, after.version, decision, event.time)])


class _Decider:
    """One statement while it is decided."""

    def __init__(
        self, connection: Connection, stated: StatedDoseOrder, known: KnownOrder, version: int, now: datetime
    ) -> None:
        self._connection, self._stated, self._known, self._now = connection, stated, known, now
        event = stated.event
        self._by = OrderAuthor(
            stated.partner, event.actor, event.reason, stated.order_reference, version, stated.digest
        )

    async def decide(self) -> OrderDecision:
        """What came of the statement. A refusal leaves the order's slot as it was."""
        stated = self._stated
        slots = await store.slots_of_order(self._connection, stated.partner, stated.order_reference)
        slot = ordering.slot_of(self._known, slots)
        if stated.statement is None:
            return _refused(slot, "INVALID_ARGUMENT", stated.wrong)
        try:
            if stated.statement.wanted:
                return await self._wanted(stated.statement, slot)
            return await self._withdrawn(slot)
        except GatewayError as refusal:
            if refusal.kind in _AGAIN:
                raise
            return _refused(slot, refusal.reason, refusal.message)

    async def _withdrawn(self, slot: Slot | None) -> OrderDecision:
        if slot is not None:
            await self._durably([ordering.release(self._by, slot)])
        return OrderDecision(OrderOutcome.GIVEN_BACK)

    async def _wanted(self, order: OrderStatement, slot: Slot | None) -> OrderDecision:
        search = OfferSearch(
            order.partner, False, order.product, order.site, order.from_at, order.until_at, order.activity_mbq
        )
        market = await market_of(self._connection, search)
        activity_mbq = order.activity_mbq or market.product.activity_mbq_nominal
        step = ordering.wanted(order, slot, activity_mbq, self._now)
        if slot is not None and step is OrderStep.KEEP:
            return OrderDecision(OrderOutcome.KEPT, events.slot_message(slot))
        if slot is not None and step is OrderStep.CONFIRM:
            return await self._done(OrderOutcome.PROMISED, [ordering.confirm(self._by, slot)])
        wish = wish_of(search, market)
        if slot is not None:
            market = ordering.without(market, slot)
        found = await asyncio.to_thread(find, wish, market)
        routes = ordering.routes(order, slot, activity_mbq, found.offers, market.now)
        decision, refusal = await self._first_free(order, slot, routes[: ordering.ROUTES_TRIED_MAX])
        if decision is not None:
            return decision
        if refusal is not None and found.offers:
            raise refusal
        nothing, wider, there = await nothing_of(self._connection, search, wish, market, found)
        why = (refusal.reason, refusal.message) if refusal else (nothing.why.name, nothing.explanation)
        near = nothing.nearest
        return _refused(slot, *why, near and offer_message(near, None, wider, there))

    async def _first_free(
        self, order: OrderStatement, slot: Slot | None, routes: Sequence[OrderRoute]
    ) -> tuple[OrderDecision | None, GatewayError | None]:
        """What the first way brings that the ledger grants; or why it does not grant the best."""
        first: GatewayError | None = None
        outcome = OrderOutcome.MOVED if slot is not None and slot.state is State.CONFIRMED else OrderOutcome.PROMISED
        for route in routes:
            if slot is None:
                commands = ordering.claim(order, route, self._by, uuid7())
            else:
                commands = ordering.move(order, route, self._by, slot, uuid7())
            try:
                return await self._done(outcome, commands), None
            except GatewayError as refusal:
                if refusal.kind in _AGAIN:
                    raise
                first = first or refusal
        return None, first

    async def _done(self, outcome: OrderOutcome, commands: Sequence[Command]) -> OrderDecision:
        return OrderDecision(outcome, slot_in(await self._durably(commands)))

    async def _durably(self, commands: Sequence[Command]) -> bytes:
        """The last answer of commands of which all are done, or none; raises the refusal. What is refused gives back
        what it has locked."""
        answer: bytes = b""
        async with self._connection.transaction():
            for command in commands:
                said = await decide_alone(self._connection, command, self._stated.event.traceparent)
                if isinstance(said, SlotStale):
                    raise SlotMoved  # by a call, since it was read
                if isinstance(said, GatewayError):
                    raise said
                answer = said
        return answer


def _refused(slot: Slot | None, reason: str, detail: str, nearest: Any = None) -> OrderDecision:
    shown = events.slot_message(slot) if slot is not None else None
    return OrderDecision(OrderOutcome.REFUSED, shown, reason, detail, nearest)
