"""The names by which the manufacturer's ERP knows a dose's way join the references of its shipment."""

from collections.abc import Sequence
from datetime import datetime

from services.distribution import events
from services.distribution.domain import refusals
from services.distribution.domain.outbound import DeliveryStatement, joining
from services.distribution.events.deliveries import delivery_refused_event
from services.distribution.store import Unit, deliveries
from services.distribution.usecases.fleet import Fleet
from services.distribution.usecases.naming import REFERENCES_MAX, attach, taken
from services.kernel import outbox
from services.kernel.errors import GatewayError
from services.kernel.provenance import Provenance


async def join(unit: Unit, fleet: Fleet, name: str, now: datetime) -> None:
    """Has a shipment known by the names of the deliveries of its doses; nothing while its courier is not known.

    Call as `naming.attach`. What names another shipment, or is too much, is told once to who stated it.
    """
    if not fleet.shipment(name).courier:
        return
    for stated in await deliveries.of_doses(unit.conn, fleet.shipment(name).dose_ids):
        await _join(unit, fleet, name, stated, now)


async def _join(unit: Unit, fleet: Fleet, name: str, stated: DeliveryStatement, now: datetime) -> None:
    shipment = fleet.shipment(name)
    keys = {each: events.keys_of([each])[0] for each in stated.names}
    known = frozenset(events.keys_of((name, *shipment.references)))
    others = await taken(unit, shipment.courier, list(keys.values()), name)
    found = joining(keys, known, others, REFERENCES_MAX - len(shipment.references))
    if found.joins:
        by = Provenance(stated.adapter, now, f"told by {stated.adapter}")
        await attach(unit, fleet, name, shipment.courier, (*shipment.references, *found.joins), by)
    refused = refusals.ReferenceTaken("The courier's reference names another shipment.")
    await _tell(unit, stated, found.taken, refused, now)
    too_many = refusals.ReferencesTooMany(f"A shipment has {REFERENCES_MAX} references at most.")
    await _tell(unit, stated, found.too_many, too_many, now)


async def _tell(
    unit: Unit, stated: DeliveryStatement, names: Sequence[str], refusal: GatewayError, now: datetime
) -> None:
    news = [name for name in names if name not in stated.refused]
    if news:
        number = await deliveries.refused(unit.conn, stated, news)
        await outbox.append(unit.conn, [delivery_refused_event(stated, news, refusal, number, now)])
