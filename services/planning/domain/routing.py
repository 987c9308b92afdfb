"""From the end of synthesis to a patient: quality control, departure, arrival in a window, administration."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import NamedTuple

from services.kernel.activity import activity_at, reference_activity_kbq
from services.kernel.calendar import Span, occurrences
from services.kernel.errors import Invalid
from services.planning.domain.resources import Facility, Lane, Product, Site, World
from services.planning.domain.weeks import WEEK, week_of

# A forecast dose has no hour. It is taken to be administered so long after it arrives.
PREPARATION = timedelta(hours=1)


class Session(NamedTuple):
    """A session of quality control that counts doses."""

    facility: str
    start_at: datetime
    places: int


class Release(NamedTuple):
    """When quality control lets a run's doses go, and the session that counts them, if one does."""

    at: datetime
    session: Session | None


class _Way(NamedTuple):
    """A lane to one centre, with the instants that it offers over the horizon."""

    site: Site
    lane: Lane
    handed_over_by: Sequence[datetime] | None  # rising, one a departure; None: leaves when ready
    delivered_at: Sequence[datetime]  # of each of those


class Routes:
    """Answers when a dose of a run could be administered. Remembers, because a plan asks the same again and again."""

    def __init__(self, world: World) -> None:
        # From the open runs on: what a session that is over has taken of them, it does not take of a later one.
        self._from_at = min((world.from_at, *(run.end_of_synthesis_at for run in world.open_runs)))
        self._until_at = world.until_at + WEEK  # a dose of the last week is not cut off by the horizon's end
        self._facilities = {facility.name: facility for facility in world.facilities}
        self._sites = {site.name: site for site in world.sites}
        self._windows = {site.name: self._receiving(site) for site in world.sites}
        self._reach = {name: _reach_of(windows) for name, windows in self._windows.items() if windows is not None}
        self._lanes: dict[str, list[Lane]] = defaultdict(list)
        for lane in world.lanes:
            self._lanes[lane.site].append(lane)
        self._ways: dict[tuple[str, str], list[_Way]] = {}
        self._sessions: dict[str, list[Span]] = {}
        self._known: dict[tuple[str, str, datetime], dict[date, datetime]] = {}

    def release(self, facility: str, product: Product, end_of_synthesis_at: datetime) -> Release | None:
        """The first session after the end of synthesis; None if none takes place while the product lasts.

        A later session could not release a dose sooner, so all doses of a run are counted in the first one.
        """
        found = self._facilities.get(facility)
        if found is None or not found.qc_sessions:
            return Release(end_of_synthesis_at + product.qc, None)
        sessions = self._sessions_of(found)
        place = bisect_right(sessions, end_of_synthesis_at, key=lambda span: span.end_at)
        if place == len(sessions) or sessions[place].start_at > end_of_synthesis_at + product.shelf_life:
            return None
        span = sessions[place]
        session = Session(facility, span.start_at, span.places) if span.places else None
        return Release(max(end_of_synthesis_at, span.start_at) + product.qc, session)

    def administrations(
        self, facility: str, product: Product, released_at: datetime, use_by_at: datetime, sites: Sequence[str]
    ) -> dict[date, datetime]:
        """By week, the earliest instant at which one of the centres could administer a dose."""
        earliest: dict[date, datetime] = {}
        for name in sites:
            for week, at in self._at_site(facility, product, released_at, name).items():
                if at <= use_by_at and (week not in earliest or at < earliest[week]):
                    earliest[week] = at
        return earliest

    def places_by_week(self, sites: Sequence[str], week: date) -> int | None:
        """How many doses some centres can receive in a week at all; None without limit."""
        total = 0
        for name in sites:
            windows = self._windows[name]
            if windows is None:
                return None
            for span in windows:
                if week_of(span.start_at) == week:
                    if not span.places:
                        return None
                    total += span.places
        return total

    def _at_site(self, facility: str, product: Product, released_at: datetime, name: str) -> dict[date, datetime]:
        key = (facility, f"{product.name} {name}", released_at)
        if key not in self._known:
            self._known[key] = self._find(facility, product, released_at, name)
        return self._known[key]

    def _find(self, facility: str, product: Product, released_at: datetime, name: str) -> dict[date, datetime]:
        found: dict[date, datetime] = {}
        latest_at = released_at + product.shelf_life
        for way in self._ways_to(facility, name):
            ready_at = released_at + way.lane.dispatch
            if way.handed_over_by is None:
                delivered = [ready_at + way.lane.transit] if ready_at < way.lane.valid_until_at else []
                delivered = [at for at in delivered if self._receives(name, at)]
            else:
                first, last = bisect_left(way.handed_over_by, ready_at), bisect_right(way.handed_over_by, latest_at)
                delivered = list(way.delivered_at[first:last])
            for at in delivered:
                administered_at = at + PREPARATION
                if administered_at > latest_at:
                    continue
                week = week_of(administered_at)
                known = found.get(week)
                if (known is None or administered_at < known) and _licensed(way.site, product, at, administered_at):
                    found[week] = administered_at
        return found

    def _ways_to(self, facility: str, name: str) -> list[_Way]:
        key = (facility, name)
        if key not in self._ways:
            lanes = [lane for lane in self._lanes[name] if lane.facility in ("", facility)]
            self._ways[key] = [self._way(facility, self._sites[name], lane) for lane in lanes]
        return self._ways[key]

    def _way(self, facility: str, site: Site, lane: Lane) -> _Way:
        if not lane.departures:
            return _Way(site, lane, None, ())
        place = self._facilities.get(facility)
        if place is None:
            return _Way(site, lane, (), ())
        offered = sorted(
            (span.start_at - departure.cutoff, span.start_at + lane.transit)
            for departure in lane.departures
            for span in occurrences((departure.weekly,), place.zone, place.closed, self._from_at, self._until_at)
            if span.start_at < lane.valid_until_at and self._receives(site.name, span.start_at + lane.transit)
        )
        return _Way(site, lane, [by for by, _ in offered], [at for _, at in offered])

    def _receives(self, name: str, at: datetime) -> bool:
        windows = self._windows[name]
        if windows is None:
            return True
        # Windows may overlap: one is open if, of all that have begun, the one that lasts longest is not over.
        begun = bisect_right(windows, at, key=lambda span: span.start_at)
        return begun > 0 and at < self._reach[name][begun - 1]

    def _receiving(self, site: Site) -> list[Span] | None:
        if not (site.weekly or site.dated):
            return None
        weekly = occurrences(site.weekly, site.zone, site.closed, self._from_at, self._until_at)
        return sorted([*weekly, *site.dated])

    def _sessions_of(self, facility: Facility) -> list[Span]:
        if facility.name not in self._sessions:
            self._sessions[facility.name] = occurrences(
                facility.qc_sessions, facility.zone, facility.closed, self._from_at, self._until_at
            )
        return self._sessions[facility.name]


def _reach_of(windows: Sequence[Span]) -> list[datetime]:
    """How far windows reach that have begun with each of them; they rise by start."""
    return list(accumulate((span.end_at for span in windows), max))


def _licensed(site: Site, product: Product, delivered_at: datetime, administered_at: datetime) -> bool:
    at_arrival = activity_at(product.nominal_mbq, administered_at, delivered_at, product.nuclide)
    return any(
        licence.nuclide is product.nuclide
        and licence.activity_mbq_max >= at_arrival
        and administered_at < licence.valid_until_at
        for licence in site.licences
    )


def dose_kbq(product: Product, administered_at: datetime, end_of_synthesis_at: datetime) -> int | None:
    """Reference activity of an ordinary dose; None if no vial may hold so much."""
    try:
        kbq = reference_activity_kbq(
            product.nominal_mbq, administered_at, end_of_synthesis_at, product.nuclide, product.loss_fraction
        )
    except Invalid:  # so long after its synthesis that no activity would do
        return None
    return kbq if kbq <= product.vial_kbq_max else None
