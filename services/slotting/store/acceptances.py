"""How often doses were accepted on lanes, as distribution tells."""

from collections.abc import Iterable
from functools import lru_cache

from asyncpg import Record

from services.kernel.db import Connection
from services.kernel.projection import Projection
from services.network.lane_figures import AcceptanceRates
from services.slotting import events
from services.slotting.events import LaneAcceptance

_acceptances = Projection("lane_acceptance", LaneAcceptance)
# Parsed once a document: bench case `offers search`.
_rates = lru_cache(maxsize=8192)(events.rates_in)


async def put_acceptance(connection: Connection, told: LaneAcceptance) -> None:
    """Store what was told of a lane, if it is the newest."""
    await _acceptances.put(connection, [told])


def acceptances_of_rows(rows: Iterable[Record]) -> dict[str, AcceptanceRates]:
    """What was counted on these lanes, those without anything left out."""
    return {row["lane"]: rates for row in rows if (rates := _rates(row["document"])) is not None}
