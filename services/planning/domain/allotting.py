"""Agreements applied to the runs of a plan: what is pre-booked of each, and when it returns to the pool."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.network import NOTHING, Agreement, Capacity
from services.planning.domain.plan import Allotted
from services.planning.domain.resources import World
from services.planning.domain.weeks import week_of

# Asks for more to be pledged of a run, by its place, and answers what was.
PledgeMore = Callable[[int, Capacity], Capacity]


@dataclass(slots=True)
class Booking:
    """A run while agreements are applied to it: what sponsors' doses need of it, and what nobody needs yet."""

    product: str
    end_of_synthesis_at: datetime
    claim_cutoff_at: datetime
    needs: Mapping[str, Capacity]
    slack: Capacity


def allot(world: World, bookings: Sequence[Booking], pledge_more: PledgeMore) -> list[tuple[Allotted, ...]]:
    """The allotments of each run, in their order.

    What a sponsor's own doses need of a run counts towards its allotment; the rest comes from what is pledged beyond
    all needs, or is pledged in addition where there is room. An allotment that finds no room is smaller.
    """
    found: list[dict[str, Allotted]] = [{} for _ in bookings]
    for agreement in sorted(world.agreements, key=lambda each: each.name):
        runs = [
            place
            for place, booking in enumerate(bookings)
            if booking.product == agreement.product
            and agreement.valid_from <= booking.end_of_synthesis_at < agreement.valid_until
        ]
        if agreement.per_run is not None:
            for place in runs:
                _give(world, agreement, place, agreement.per_run, bookings, found, pledge_more)
        if agreement.per_week is not None:
            _spread(world, agreement, runs, bookings, found, pledge_more)
    return [tuple(allotted for _, allotted in sorted(each.items())) for each in found]


def _spread(
    world: World,
    agreement: Agreement,
    runs: Sequence[int],
    bookings: Sequence[Booking],
    found: list[dict[str, Allotted]],
    pledge_more: PledgeMore,
) -> None:
    """Spreads a week's pre-booking evenly; what one run has no room for goes on to the next."""
    assert agreement.per_week is not None
    by_week: dict[date, list[int]] = defaultdict(list)
    for place in runs:
        by_week[week_of(bookings[place].end_of_synthesis_at)].append(place)
    for week, places in by_week.items():
        left = agreement.per_week
        for run in world.open_runs:
            if run.product == agreement.product and week_of(run.end_of_synthesis_at) == week:
                for partner, capacity in run.allotments:
                    left = left.minus(capacity.least(left)) if partner == agreement.partner else left
        for turn, place in enumerate(places):
            among = len(places) - turn
            # Rounded up: what is too much here, the last run gets less of.
            part = Capacity(-(-left.kbq // among), -(-left.vials // among))
            left = left.minus(_give(world, agreement, place, part, bookings, found, pledge_more))


def _give(
    world: World,
    agreement: Agreement,
    place: int,
    wanted: Capacity,
    bookings: Sequence[Booking],
    found: list[dict[str, Allotted]],
    pledge_more: PledgeMore,
) -> Capacity:
    booking, partner = bookings[place], agreement.partner
    had = found[place][partner].capacity if partner in found[place] else NOTHING
    # A second agreement of the same sponsor comes on top of the first.
    # A sponsor's doses are claimed from its own allotment first, so that they must not be pledged twice.
    own = booking.needs.get(partner, NOTHING)
    own_left = own.minus(had.least(own))
    beyond = wanted.minus(wanted.least(own_left))
    from_slack = beyond.least(booking.slack)
    more = pledge_more(place, beyond.minus(from_slack))
    booking.slack = booking.slack.minus(from_slack)
    given = wanted.least(own_left).plus(from_slack).plus(more)
    total = had.plus(given)
    if total.kbq > 0 and total.vials > 0:
        back_at = booking.end_of_synthesis_at - agreement.release_back
        # Never before the proposal itself, never after the run has stopped taking claims.
        back_at = min(max(back_at, world.now), booking.claim_cutoff_at)
        found[place][partner] = Allotted(partner, total, back_at, agreement.name)
    return given
