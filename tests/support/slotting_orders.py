"""Orders as a partner's CRM or ERP states them, and what slotting decides about them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from doselane.crm.v1 import events_pb2 as crm_events
from doselane.erp.v1 import events_pb2 as erp_events
from doselane.slotting.v1 import events_pb2, order_pb2

from services.kernel.event import Event
from services.kernel.event_log import event_of
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.slotting.domain import Project, State
from services.slotting.usecases import take_order
from tests.support.offers_door import an_interval
from tests.support.offers_world import NOON, NORTHLAKE, PRODUCT, SITE, a_book, a_run, hours
from tests.support.slotting_desk import LedgerDesk

Decided = events_pb2.OrderDecided
WANTED, WITHDRAWN = order_pb2.DoseOrder.WANTED, order_pb2.DoseOrder.WITHDRAWN
REFERENCE = "SO-4711"
INTERVAL = (NOON + hours(36), NOON + hours(60))  # one departure brings a dose in time, half an hour after the start
CRM, ERP = "crm", "erp"
_MESSAGES: Mapping[str, Any] = {CRM: crm_events.OrderChanged, ERP: erp_events.OrderChanged}


def an_order(at: datetime = NOON, **changes: Any) -> order_pb2.DoseOrder:
    """A dose of the product's own activity on the second night, as it is wanted since the instant."""
    interval = changes.pop("interval", INTERVAL)
    facts: dict[str, Any] = {
        "order_reference": REFERENCE,
        "system_reference": "801xx0000004711",
        "state": WANTED,
        "state_time": stamp(at),
        "product": PRODUCT,
        "site": SITE,
        "administration_interval": interval and an_interval(*interval),
    }
    return order_pb2.DoseOrder(**{**facts, **changes})


def a_withdrawal(at: datetime, reference: str = REFERENCE) -> order_pb2.DoseOrder:
    """The order is not wanted any more; nothing else is said of it."""
    return order_pb2.DoseOrder(order_reference=reference, state=WITHDRAWN, state_time=stamp(at))


def stated(order: order_pb2.DoseOrder, partner: str = NORTHLAKE, system: str = CRM) -> Event:
    """What the adapter host publishes of it."""
    told = _MESSAGES[system](partner=partner, adapter="crm_any", message="messages/1", order=order)
    return Event(
        id=uuid7(),
        type=f"doselane.{system}.order.changed.v1",
        source=f"doselane/{system}",
        subject="messages/1",
        sequence=1,
        time=NOON,
        data=told.SerializeToString(),
        partner=partner,
        actor="accounts/northlake-crm",
    )


async def state(desk: LedgerDesk, *heard: Event) -> list[events_pb2.OrderDecided]:
    """Take over what is stated, each in a transaction of its own; what was decided by it."""
    before = len(await decisions(desk))
    for event in heard:
        async with desk.database.transaction() as connection:
            await take_order(connection, event)
    return (await decisions(desk))[before:]


async def published(desk: LedgerDesk, *types: str) -> list[Event]:
    """The events of these types that slotting has published, in their order."""
    rows = await desk.database.pool.fetch("SELECT * FROM outbox WHERE type = ANY ($1) ORDER BY seq", types)
    return [event_of(row) for row in rows]


async def decisions(desk: LedgerDesk) -> list[events_pb2.OrderDecided]:
    """All that was decided, in its order."""
    rows = await desk.database.pool.fetch(
        "SELECT data FROM outbox WHERE type = 'doselane.slotting.order.decided.v1' ORDER BY seq"
    )
    return [Decided.FromString(row["data"]) for row in rows]


async def know(desk: LedgerDesk, name: str = "runs/lu-1", **facts: Any) -> None:
    """A run that the ledger knows."""
    await desk.ledger.execute([Project(a_book(a_run(name, **facts.pop("run", {})), **facts))])


async def decided(desk: LedgerDesk, order: order_pb2.DoseOrder, **facts: Any) -> events_pb2.OrderDecided:
    """What comes of one statement that counts."""
    (told,) = await state(desk, stated(order, **facts))
    assert told.order == order
    return told


async def slots(desk: LedgerDesk) -> list[tuple[State, str]]:
    """State and run of all slots, oldest first."""
    return [
        (State(row["state"]), row["run"])
        for row in await desk.database.pool.fetch("SELECT state, run FROM slot ORDER BY id")
    ]
