"""The locks of one dose, in the order in which all who change doses take them: runs, couriers, doses."""

from services.kernel.db import Connection
from services.status import store
from services.status.domain import Dose
from services.status.usecases.read import dose_not_found


class ShipmentChanged(Exception):
    """Another courier's shipment was attached between the look and the lock; look again."""


async def locked(conn: Connection, dose_id: str, *couriers_concerned: str) -> Dose:
    """The dose, with its lock and those of its courier and of others. Couriers first: so does who takes milestones."""
    seen = await store.find_dose(conn, dose_id, None)
    if seen is None:
        raise dose_not_found(dose_id)
    couriers = {*couriers_concerned} | ({seen.shipment.courier} if seen.shipment else set())
    await store.lock_couriers(conn, couriers)
    dose = (await store.lock_doses(conn, [dose_id]))[dose_id]
    if dose.shipment is not None and dose.shipment.courier not in couriers:
        raise ShipmentChanged
    return dose
