"""From the end of synthesis to a patient: quality control, departure, arrival in a window, administration."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

from services.kernel.activity import reference_activity_kbq
from services.kernel.calendar import Span
from services.kernel.errors import Invalid
from services.network import (
    Lane,
    Product,
    Receiving,
    Site,
    filling_of,
    is_licensed,
    leads,
    passages,
    releases,
    sessions_between,
)
from services.planning.domain.resources import World
from services.planning.domain.weeks import WEEK, week_of

# A forecast dose has no hour. It is taken to be administered so long after it arrives.
PREPARATION = timedelta(hours=1)


class Session(NamedTuple):
    """A session of quality control that counts doses."""

    facility: str
    start_at: datetime
    places: int


class RunRelease(NamedTuple):
    """When quality control lets a run's doses go, and the session that counts them, if one does."""

    at: datetime
    session: Session | None


class _Lane(NamedTuple):
    """A lane to one centre, with the journeys that it offers over the horizon; `closes_at` rises with them."""

    lane: Lane
    closes_at: Sequence[datetime]
    delivered_at: Sequence[datetime]


class DoseRouting:
    """Answers when a dose of a run could be administered. Remembers, because a plan asks the same again and again."""

    def __init__(self, world: World) -> None:
        # From the open runs on: what a session that is over has taken of them, it does not take of a later one.
        self._from_at = min((world.from_at, *(run.end_of_synthesis_at for run in world.open_runs)))
        self._until_at = world.until_at + WEEK  # a dose of the last week is not cut off by the horizon's end
        self._facilities = {facility.name: facility for facility in world.facilities}
        self._sites = {site.name: site for site in world.sites}
        self._receiving = {site.name: Receiving(site, self._from_at, self._until_at) for site in world.sites}
        self._lanes: dict[str, list[Lane]] = defaultdict(list)
        for lane in world.lanes:
            self._lanes[lane.site].append(lane)
        self._ways: dict[tuple[str, str], list[_Lane]] = {}
        self._sessions: dict[str, Sequence[Span] | None] = {}
        self._known: dict[tuple[str, str, datetime, datetime | None], dict[date, datetime]] = {}

    def release(self, facility: str, product: Product, end_of_synthesis_at: datetime) -> RunRelease | None:
        """The first session after the end of synthesis; None if none takes place while the product lasts.

        A later session could not release a dose sooner, so all doses of a run are counted in the first one.
        """
        sessions, latest_at = self._sessions_of(facility), end_of_synthesis_at + product.shelf_life
        if sessions:
            sessions = sessions[bisect_right(sessions, end_of_synthesis_at, key=_ends_at) :][:1]
        found = next(releases(sessions, product, end_of_synthesis_at, latest_at), None)
        if found is None:
            return None
        span = found.session
        return RunRelease(found.at, Session(facility, span.start_at, span.places) if span and span.places else None)

    def administrations(
        self, facility: str, product: Product, end_at: datetime, released_at: datetime, sites: Sequence[str]
    ) -> dict[date, datetime]:
        """By week, the earliest instant at which one of the centres could administer a dose of a run that ends then."""
        earliest: dict[date, datetime] = {}
        use_by_at, from_at = end_at + product.shelf_life, _first_use_at(product, end_at)
        for name in sites:
            for week, at in self._at_site(facility, product, released_at, name, from_at).items():
                if at <= use_by_at and (week not in earliest or at < earliest[week]):
                    earliest[week] = at
        return earliest

    def places_by_week(self, sites: Sequence[str], week: date) -> int | None:
        """How many doses some centres can receive in a week at all; None without limit."""
        total = 0
        for name in sites:
            windows = self._receiving[name].spans
            if windows is None:
                return None
            for span in windows:
                if week_of(span.start_at) == week:
                    if not span.places:
                        return None
                    total += span.places
        return total

    def _at_site(
        self, facility: str, product: Product, released_at: datetime, name: str, from_at: datetime | None
    ) -> dict[date, datetime]:
        key = (facility, f"{product.name} {name}", released_at, from_at)
        if key not in self._known:
            self._known[key] = self._find(facility, product, released_at, name, from_at)
        return self._known[key]

    def _find(
        self, facility: str, product: Product, released_at: datetime, name: str, from_at: datetime | None
    ) -> dict[date, datetime]:
        found: dict[date, datetime] = {}
        latest_at, site = released_at + product.shelf_life, self._sites[name]
        for way in self._ways_to(facility, name):
            for at in self._delivered(way, site, released_at + way.lane.dispatch, latest_at):
                administered_at = at + PREPARATION if from_at is None else max(at + PREPARATION, from_at)
                if administered_at > latest_at:
                    continue
                week = week_of(administered_at)
                known = found.get(week)
                if (known is None or administered_at < known) and is_licensed(
                    site, product.nuclide, product.activity_mbq_nominal, administered_at, at
                ):
                    found[week] = administered_at
        return found

    def _delivered(self, way: _Lane, site: Site, ready_at: datetime, latest_at: datetime) -> Sequence[datetime]:
        """When doses that are ready at an instant can be delivered."""
        if way.lane.departures:
            first, last = bisect_left(way.closes_at, ready_at), bisect_right(way.closes_at, latest_at)
            return way.delivered_at[first:last]
        made = passages(way.lane, None, self._receiving[site.name], ready_at, latest_at)
        return [each.delivery_at for each in made if each.received]

    def _ways_to(self, facility: str, name: str) -> list[_Lane]:
        key = (facility, name)
        if key not in self._ways:
            lanes = [lane for lane in self._lanes[name] if leads(lane, facility, name)]
            self._ways[key] = [self._way(facility, name, lane) for lane in lanes]
        return self._ways[key]

    def _way(self, facility: str, site: str, lane: Lane) -> _Lane:
        known, receiving = self._facilities.get(facility), self._receiving[site]
        made = passages(lane, known, receiving, self._from_at, self._until_at) if lane.departures else ()
        offered = sorted((each.closes_at, each.delivery_at) for each in made if each.received)
        return _Lane(lane, [closes_at for closes_at, _ in offered], [at for _, at in offered])

    def _sessions_of(self, name: str) -> Sequence[Span] | None:
        if name not in self._sessions:
            self._sessions[name] = sessions_between(self._facilities.get(name), self._from_at, self._until_at)
        return self._sessions[name]


_ends_at = attrgetter("end_at")


def _first_use_at(product: Product, end_of_synthesis_at: datetime) -> datetime | None:
    """When an ordinary dose first has the least volume that is allowed; None: no volume is too small."""
    filling = filling_of(product, end_of_synthesis_at)
    return filling.interval_for(product.activity_mbq_nominal)[0] if filling else None


def dose_kbq(product: Product, administered_at: datetime, end_of_synthesis_at: datetime) -> int | None:
    """Reference activity of an ordinary dose; None if no vial may hold so much, or not in such a volume."""
    filling = filling_of(product, end_of_synthesis_at)
    if filling and not filling.allows(product.activity_mbq_nominal, administered_at):
        return None
    try:
        kbq = reference_activity_kbq(
            product.activity_mbq_nominal, administered_at, end_of_synthesis_at, product.nuclide, product.loss_fraction
        )
    except Invalid:  # so long after its synthesis that no activity would do
        return None
    return kbq if kbq <= product.vial_kbq_max else None
