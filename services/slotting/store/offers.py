"""What a search of offers is judged on, read in one statement and so true of one instant."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import TypeAlias

from asyncpg import Pool, Record

from services.kernel.db import Connection
from services.kernel.visibility import visible
from services.network import Site
from services.network.refusals import ProductUnknown
from services.slotting.domain import Book
from services.slotting.domain.offers import Market
from services.slotting.domain.places import names_of
from services.slotting.domain.refusals import SiteUnknown
from services.slotting.store.acceptances import acceptances_of_rows
from services.slotting.store.page import books_of_rows, slot_of_row
from services.slotting.store.resources import network_of_rows

# The function is stable, and so reads what the whole statement does: one snapshot.
_READ = """
SELECT m.*, ARRAY (SELECT a FROM unnest(m.resources) n JOIN lane_acceptance a ON a.lane = n.name) AS acceptances
FROM read_market($1, $2, $3, $4, $5, $6, $7) m"""
Reader: TypeAlias = Connection | Pool


async def present(reader: Reader) -> datetime:
    """The present instant, as the ledger goes by it."""
    now: datetime = await reader.fetchval("SELECT present()")
    return now


async def find_market(
    reader: Reader,
    partner: str,
    product: str,
    site: str,
    interval: tuple[datetime, datetime],
    runs: Sequence[str] = (),
    lanes: Sequence[str] = (),
) -> Market:
    """All that could meet a wish for the product at the centre in the interval; of these runs and lanes only, if named.

    Raises ProductUnknown or SiteUnknown for what the partner may not know of.
    """
    row = await reader.fetchrow(_READ, product, site, *interval, partner, runs, lanes)
    network = network_of_rows(row["resources"])
    known, centre = network.products.get(product), network.sites.get(site)
    if known is None or not visible(partner, known.partners):
        raise ProductUnknown("There is no such product.", product=product)
    if centre is None or not visible(partner, centre.partners):
        raise SiteUnknown("There is no such treatment centre.", site=site)
    books = books_of_rows(row["runs"], row["allotments"])
    taken = dict(zip(row["place_names"] or (), row["place_committed"] or (), strict=True))
    taken |= await _of_long_windows(reader, centre, row["since"])
    _settle(books, taken, row)
    return Market(
        now=row["now"],
        product=known,
        site=centre,
        lanes=sorted(network.lanes.values(), key=attrgetter("name")),
        facilities=network.facilities,
        books=list(books.values()),
        taken=taken,
        acceptances=acceptances_of_rows(row["acceptances"]),
    )


def _settle(books: Mapping[str, Book], taken: dict[str, int], row: Record) -> None:
    """Do in books and places what the clock has decided, as a claim would before it looks at them."""
    for slot in map(slot_of_row, row["overdue"]):
        if not slot.in_book:
            continue
        book = books.get(slot.demand.run)
        if book is not None:
            book.give_back(slot.demand.partner, slot.allocation, row["now"])
        for place in slot.reservations.places:
            if place in taken:
                taken[place] -= 1
    for book in books.values():
        book.settle(row["now"])


async def _of_long_windows(reader: Reader, site: Site, since: datetime | None) -> dict[str, int]:
    """How full the windows are that may have begun before those that were read. Few centres have any, so nearly no
    search pays for a second statement."""
    names = names_of(site, [window for window in site.windows if since and window.start_at < since])
    if not names:
        return {}
    rows = await reader.fetch("SELECT name, committed FROM place WHERE name = ANY ($1)", names)
    return {row["name"]: row["committed"] for row in rows}
