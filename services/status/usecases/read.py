"""What callers may read. Each answer is bound to the partner: what belongs to another is as if it did not exist."""

from collections.abc import Sequence
from datetime import datetime

from services.kernel.db import Database
from services.kernel.errors import NotFound
from services.kernel.identity import Caller
from services.status import store
from services.status.domain import Dose, Entry


def dose_not_found(dose_id: str) -> NotFound:
    """The one answer for a dose that does not exist and for one of another partner."""
    return NotFound("No dose of this name is known.", name=f"doses/{dose_id}")


async def get_dose(database: Database, caller: Caller, dose_id: str) -> Dose:
    """One dose of the caller."""
    dose = await store.find_dose(database.pool, dose_id, caller.viewer)
    if dose is None:
        raise dose_not_found(dose_id)
    return dose


async def list_doses(
    database: Database, wanted: store.DoseFilter, after: tuple[datetime, str] | None, limit: int
) -> Sequence[Dose]:
    """The next doses of a list; the filter carries the partner."""
    return await store.list_doses(database.pool, wanted, after, limit)


async def list_entries(database: Database, caller: Caller, dose_id: str, after: int, limit: int) -> Sequence[Entry]:
    """The next entries of the timeline of one of the caller's doses."""
    await get_dose(database, caller, dose_id)
    return await store.list_entries(database.pool, dose_id, after, limit)
