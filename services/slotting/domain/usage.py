"""What has become of a sponsor's allotment in a run, and whether it can still claim something of the run."""

from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

from services.network import NOTHING, Capacity
from services.slotting.domain.book import Book, Run, RunState


class Gone(IntEnum):
    """Why a sponsor can claim nothing more of a run; the numbers are those of the published enum."""

    NOT_GONE = 0
    OWN_ALLOTMENT_USED = 1
    POOL_USED = 2
    CAPACITY_CUT = 3
    CLOSED = 4


class Usage(NamedTuple):
    """One sponsor's share in one run. What is missing between `allotted` and the sum of the next three was cut away."""

    run: Run
    allotted: Capacity
    claimed: Capacity
    returned: Capacity
    free: Capacity
    claimed_from_pool: Capacity
    release_back_at: datetime | None
    gone: Gone


def usage_of(book: Book, partner: str, claimed_from_pool: Capacity, now: datetime) -> Usage:
    """The sponsor's share, from a book that was settled for this instant."""
    own = book.allotments.get(partner)
    return Usage(
        run=book.run,
        allotted=own.pledged if own else NOTHING,
        claimed=own.committed if own else NOTHING,
        returned=own.returned if own else NOTHING,
        free=own.free if own else NOTHING,
        claimed_from_pool=claimed_from_pool,
        release_back_at=own.release_back_at if own else None,
        gone=gone_of(book, partner, now),
    )


def gone_of(book: Book, partner: str, now: datetime) -> Gone:
    """Why the sponsor can claim nothing more: what a refused claim would be told, and nothing of other sponsors."""
    if book.run.state is not RunState.OPEN or now >= book.run.cutoff_at:
        return Gone.CLOSED
    if book.most_for(partner).claimable:
        return Gone.NOT_GONE
    return Gone[book.because(partner)]
