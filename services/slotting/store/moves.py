"""What moves of slots are judged on, read from one snapshot."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.kernel.db import Connection
from services.kernel.errors import NotFound
from services.kernel.visibility import visible
from services.network import Site
from services.slotting.domain import Slot
from services.slotting.domain.moving import MoveSurvey
from services.slotting.domain.offers import Market
from services.slotting.domain.refusals import SlotUnknown
from services.slotting.store.offers import find_market, present
from services.slotting.store.page import book_of_row, slot_of_row
from services.slotting.store.resources import network_of_rows
from services.slotting.store.vials import load_vials


async def survey_moves(
    connection: Connection, ids: Sequence[UUID], viewer: str | None, delay_max: timedelta, *, other_sites: bool
) -> MoveSurvey:
    """All that the moves of these slots are judged on. Call inside a transaction that sees one snapshot.

    Raises SlotUnknown for a slot that is not the viewer's (None: whoever's).
    """
    now = await present(connection)
    slots = await _slots(connection, ids, viewer)
    names = list({slot.demand.run for slot in slots})
    runs = [book_of_row(row).run for row in await connection.fetch("SELECT * FROM run WHERE name = ANY ($1)", names)]
    vials = await load_vials(connection, (), slots)
    elsewhere = await _elsewhere(connection, slots) if other_sites else {}
    return MoveSurvey(
        now=now,
        slots=slots,
        runs={run.name: run for run in runs},
        vials=tuple(vials.values()),
        markets=await _markets(connection, slots, elsewhere, now, delay_max),
        elsewhere=elsewhere,
    )


async def _slots(connection: Connection, ids: Sequence[UUID], viewer: str | None) -> list[Slot]:
    rows = await connection.fetch(
        "SELECT * FROM slot WHERE id = ANY ($1) AND ($2::text IS NULL OR partner = $2)", list(ids), viewer
    )
    known = {row["id"]: slot_of_row(row) for row in rows}
    for each in ids:
        if each not in known:
            raise SlotUnknown("There is no such slot.", slot=f"slots/{each}")
    return [known[each] for each in ids]


async def _markets(
    connection: Connection,
    slots: Sequence[Slot],
    elsewhere: dict[str, Sequence[str]],
    now: datetime,
    delay_max: timedelta,
) -> dict[tuple[str, str, str], Market]:
    """What there is of each product for each sponsor at each centre, in the time of all the slots concerned."""
    times: defaultdict[tuple[str, str, str], list[datetime]] = defaultdict(list)
    for slot in slots:
        for site in (slot.demand.site, *elsewhere.get(slot.name, ())):
            times[slot.demand.partner, slot.product, site].append(slot.demand.administration_at)
    found: dict[tuple[str, str, str], Market] = {}
    for key, wanted in times.items():
        partner, product, site = key
        interval = (max(min(wanted), now), max(*wanted, now) + delay_max + timedelta(microseconds=1))
        try:
            found[key] = await find_market(connection, partner, product, site, interval)
        except NotFound:
            continue  # master data does not know it any more, or no longer for this sponsor: there is no way to it
    return found


async def _elsewhere(connection: Connection, slots: Sequence[Slot]) -> dict[str, Sequence[str]]:
    """By slot, the other centres of its region that its sponsor may know of."""
    rows = await connection.fetch("SELECT * FROM network WHERE kind = 'site' AND NOT deleted ORDER BY name")
    sites = network_of_rows(rows).sites
    return {slot.name: _of_its_region(slot, sites) for slot in slots}


def _of_its_region(slot: Slot, sites: Mapping[str, Site]) -> list[str]:
    own = sites.get(slot.demand.site)
    if own is None or not own.region:
        return []
    return [
        name
        for name, each in sites.items()
        if each.region == own.region and name != own.name and visible(slot.demand.partner, each.partners)
    ]
