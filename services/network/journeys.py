"""From the end of synthesis to a treatment centre: sessions, departures, transit, windows, licences, class 7.

Instants of an interval are worked out once, and asked for as often as need be.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import NamedTuple

from services.kernel.activity import Nuclide, activity_at
from services.kernel.calendar import Span, occurrences
from services.network.resources import Facility, Lane, Product, Site

_NEXT = timedelta(microseconds=1)  # makes the end of an interval inclusive


class QualityRelease(NamedTuple):
    """When quality control lets a dose go, and the session that counts it, if one does."""

    at: datetime
    session: Span | None


class Leaving(NamedTuple):
    """One departure. `closes_at` is the last instant of hand-over; without a span nothing is scheduled."""

    departure_at: datetime
    closes_at: datetime
    span: Span | None


class Passage(NamedTuple):
    """One journey over a lane, whatever it carries."""

    closes_at: datetime
    departure_at: datetime
    delivery_at: datetime  # at the promised percentile
    received: bool  # whether the centre receives then
    window: Span | None
    span: Span | None  # of the departure


class Receiving:
    """When a centre receives, from one instant up to another."""

    def __init__(self, site: Site, from_at: datetime, until_at: datetime) -> None:
        self._any_time = site.receives_at_any_time
        weekly = occurrences(site.weekly, site.zone, site.closed, from_at, until_at + _NEXT)
        # A window at its own instants comes before a weekly one that is open too.
        self._calendars = tuple(map(_Windows, (sorted(site.windows), weekly)))

    def window_at(self, at: datetime) -> Span | None:
        """The window in which it receives at an instant. None too if it has no windows at all."""
        return next((found for each in self._calendars if (found := each.at(at))), None)

    def receives(self, at: datetime) -> bool:
        """Whether something that arrives at this instant is taken in."""
        return self._any_time or self.window_at(at) is not None

    @property
    def spans(self) -> list[Span] | None:
        """All its windows; None if it receives at any time."""
        return None if self._any_time else sorted(span for each in self._calendars for span in each.spans)


class _Windows:
    """Windows by start. They may overlap: where clocks change, or where a change is only being previewed."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = spans
        self._starts = [span.start_at for span in spans]
        self._reach = list(accumulate((span.end_at for span in spans), max))

    def at(self, at: datetime) -> Span | None:
        """The last to begin of those that are open."""
        place = bisect_right(self._starts, at) - 1
        while place >= 0 and self._reach[place] > at:
            if self.spans[place].end_at > at:
                return self.spans[place]
            place -= 1
        return None


def sessions_between(facility: Facility | None, from_at: datetime, until_at: datetime) -> Sequence[Span] | None:
    """The sessions of quality control that overlap [from_at, until_at], by start; None where it works at any time."""
    if facility is None or not facility.qc_sessions:
        return None
    return occurrences(facility.qc_sessions, facility.zone, facility.closed, from_at, until_at + _NEXT)


def releases(
    sessions: Iterable[Span] | None, product: Product | None, done_at: datetime, until_at: datetime
) -> Iterator[QualityRelease]:
    """When quality control can let a dose go whose synthesis ends at `done_at`, earliest first, in sessions that have
    begun by `until_at`. Of a product that nobody knows it is not known that it needs time."""
    lasting = product.qc_lasting if product else timedelta(0)
    if sessions is None:
        yield QualityRelease(done_at + lasting, None)
        return
    for session in sessions:
        if session.start_at > until_at:
            return
        if done_at < session.end_at:
            yield QualityRelease(max(done_at, session.start_at) + lasting, session)


def departures_between(lane: Lane, facility: Facility | None, from_at: datetime, until_at: datetime) -> list[Leaving]:
    """The departures of a lane in [from_at, until_at], earliest first; without any, one at `from_at` itself."""
    if not lane.departures:
        return [Leaving(from_at, from_at, None)]
    if facility is None:
        return []  # departures are in the facility's zone; without it nobody knows when they are
    return sorted(
        Leaving(span.start_at, span.start_at - departure.cutoff, span)
        for departure in lane.departures
        for span in occurrences((departure.weekly,), facility.zone, facility.closed, from_at, until_at + _NEXT)
        if from_at <= span.start_at <= until_at
    )


def passages(
    lane: Lane, facility: Facility | None, receiving: Receiving, from_at: datetime, until_at: datetime
) -> Iterator[Passage]:
    """The journeys over a lane that leave at `from_at` or later, while it is valid, and are delivered by `until_at`."""
    for departure_at, closes_at, span in departures_between(lane, facility, from_at, until_at - lane.transit):
        delivery_at = departure_at + lane.transit
        if departure_at >= lane.valid_until or delivery_at > until_at:
            return
        window = receiving.window_at(delivery_at)
        received = window is not None or receiving.receives(delivery_at)
        yield Passage(closes_at, departure_at, delivery_at, received, window, span)


def leads(lane: Lane, facility: str, site: str) -> bool:
    """Whether a dose can go this way: it leads from the facility to the centre, and every carrier takes class 7."""
    return lane.class_7 and lane.site == site and lane.facility in ("", facility)


def is_licensed(
    site: Site, nuclide: Nuclide, activity_mbq: float, administration_at: datetime, arrival_at: datetime
) -> bool:
    """Whether the centre may have the dose: the nuclide, the greatest activity there, until administration."""
    greatest_mbq = most_at_centre_mbq(nuclide, activity_mbq, administration_at, arrival_at)
    return any(
        licence.nuclide is nuclide
        and licence.activity_mbq_max >= greatest_mbq
        and administration_at < licence.valid_until
        for licence in site.licences
    )


def most_at_centre_mbq(
    nuclide: Nuclide, activity_mbq: float, administration_at: datetime, arrival_at: datetime
) -> float:
    """The greatest activity that a dose has at the centre: on arrival, as it decays until it is administered."""
    if arrival_at >= administration_at:
        return activity_mbq
    return activity_at(activity_mbq, administration_at, arrival_at, nuclide)
