"""What is measured of lanes, as every service reckons with it: when minutes differ, how likely a dose is carried."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time, timedelta
from math import floor
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.network.resources import Lane

# Minutes differ by at least so much of the greater ones, and so many: less is the noise of a few shipments.
DIFFERENCE_MIN_FRACTION = 0.05
DIFFERENCE_MIN_MINUTES = 10.0
# A lane that nobody measured is one whose carriers said that they accept class 7: as if so many doses had been
# accepted. So one denial is a tenth, and not all.
PRIOR_DOSES = 10.0
# What was accepted or denied counts half after so many days, as a shipment's transit does.
HALF_LIFE = timedelta(days=90)

# ISO weekday, and local time at the facility, of a departure that takes place every week.
DepartureTime = tuple[int, time]


class AcceptanceCount(NamedTuple):
    """How many doses were accepted and denied; older ones count less."""

    accepted: float
    denied: float


class AcceptanceRates(NamedTuple):
    """What was accepted and denied on a lane, as it was counted at an instant; of single departures too."""

    counted_at: datetime
    lane: AcceptanceCount
    departures: Mapping[DepartureTime, AcceptanceCount]

    def rate(self, departure: DepartureTime | None, now: datetime) -> float:
        """The share of doses that carriers accept on a departure, or else on the lane as a whole.

        A lane begins as one that accepts all, a departure as its lane, and what was counted fades.
        """
        counts_still = 0.5 ** (max(now - self.counted_at, timedelta(0)) / HALF_LIFE)
        whole = _beside(1.0, self.lane, counts_still)
        own = self.departures.get(departure) if departure else None
        return whole if own is None else _beside(whole, own, counts_still)


def _beside(prior: float, count: AcceptanceCount, counts_still: float) -> float:
    accepted, denied = count.accepted * counts_still, count.denied * counts_still
    return (PRIOR_DOSES * prior + accepted) / (PRIOR_DOSES + accepted + denied)


def in_hundredths(rate: float) -> float:
    """A share as sponsors may see it, rounded down: finer, it would count the doses of others."""
    return floor(rate * 100 + 1e-6) / 100


def departure_time(lane: Lane, at: datetime | None, zone: ZoneInfo | None) -> DepartureTime | None:
    """Which of a lane's weekly departures leaves at this instant; None if none does, or the zone is not known."""
    if at is None or zone is None:
        return None
    local = at.astimezone(zone)
    day, clock = local.isoweekday(), local.time()
    known = any(day in each.weekly.days and clock == each.weekly.start for each in lane.departures)
    return (day, clock) if known else None


def minutes_differ(new: Iterable[tuple[int, int]], old: Callable[[int], float]) -> bool:
    """Whether minutes by percentile differ from others enough to speak of it."""
    return any(_differs(minutes, old(percentile)) for percentile, minutes in new)


def _differs(one: float, other: float) -> bool:
    return abs(one - other) >= max(DIFFERENCE_MIN_MINUTES, DIFFERENCE_MIN_FRACTION * max(one, other))
