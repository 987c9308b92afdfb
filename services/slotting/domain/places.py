"""What slotting must know of products, facilities, centres and lanes before it promises a dose to one."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.kernel.activity import Nuclide, activity_at
from services.kernel.calendar import Span, Weekly, occurrences
from services.kernel.visibility import visible
from services.slotting.domain import refusals
from services.slotting.domain.book import Run

_UTC = ZoneInfo("UTC")
_INSTANT = "%Y%m%dT%H%M%SZ"
UNLIMITED = 2**31 - 1  # the size of a place without a limit: counted all the same, in case one is set later
_NEXT = timedelta(microseconds=1)  # makes the end of a search inclusive


class Product(NamedTuple):
    """What a product allows. Zero: no limit."""

    name: str
    partners: frozenset[str]
    activity_mbq_nominal: float
    activity_mbq_min: float = 0.0
    activity_mbq_max: float = 0.0
    shelf_life: timedelta = timedelta.max
    qc_lasting: timedelta = timedelta(0)


class Facility(NamedTuple):
    """Where runs are made. Without sessions quality control takes whatever comes, at any time."""

    name: str
    zone: ZoneInfo = _UTC
    qc_sessions: tuple[Weekly, ...] = ()
    closed: frozenset[date] = frozenset()


class Licence(NamedTuple):
    """A licence to receive a nuclide up to an activity, until an instant (exclusive)."""

    nuclide: Nuclide
    activity_mbq_max: float
    valid_until: datetime


class Site(NamedTuple):
    """A treatment centre; sponsors not in `partners` know of none. Without windows it receives at any time."""

    name: str
    partners: frozenset[str]
    licences: Sequence[Licence]
    windows: Sequence[Span] = ()  # at their own instants
    weekly: tuple[Weekly, ...] = ()
    zone: ZoneInfo = _UTC
    closed: frozenset[date] = frozenset()

    def window_at(self, at: datetime, weekly: Sequence[Span] | None = None) -> Span | None:
        """The window in which the centre receives at this instant. None too if it has no windows at all.

        Who asks for many instants can pass the `weekly_between` of them all.
        """
        for window in self.windows:
            if window.start_at <= at < window.end_at:
                return window
        around = self.weekly_between(at, at) if weekly is None else weekly
        return next((window for window in around if window.start_at <= at < window.end_at), None)

    def weekly_between(self, from_at: datetime, until: datetime) -> list[Span]:
        """The weekly windows that overlap [from_at, until], by start."""
        return occurrences(self.weekly, self.zone, self.closed, from_at, until + _NEXT)

    @property
    def receives_at_any_time(self) -> bool:
        """True if no window says otherwise."""
        return not (self.windows or self.weekly)


class Departure(NamedTuple):
    """A departure that takes place every week, in the facility's zone: `weekly.start` is when it leaves."""

    weekly: Weekly
    cutoff: timedelta  # before it leaves; from then on nothing is handed over


class Lane(NamedTuple):
    """A validated way to a centre. Without departures a dose leaves as soon as it is ready.

    `dispatch_minutes` are from the release by quality control to the hand-over; `transit_minutes` are the promised
    percentile's, `transit_minutes_min` the lowest measured.
    """

    name: str
    site: str
    dispatch_minutes: int
    transit_minutes: int
    valid_until: datetime
    facility: str = ""
    departures: tuple[Departure, ...] = ()
    transit_minutes_min: int = 0
    class_7: bool = True  # whether every carrier on it accepts radioactive material

    @property
    def transit(self) -> timedelta:
        """How long the way takes, as promised."""
        return timedelta(minutes=self.transit_minutes)


class Place(NamedTuple):
    """Room that is counted: for so many doses in one session, on one departure, in one window."""

    name: str
    size: int
    at: datetime


class Route(NamedTuple):
    """One way through quality control and over a lane: its instants, and the counted places it takes."""

    ready_at: datetime  # released by quality control and packed
    departure_at: datetime
    delivery_at: datetime  # at the promised percentile
    window: Span | None
    qc: Place | None
    departure: Place | None
    receiving: Place | None

    @property
    def places(self) -> tuple[Place, ...]:
        """The places that must be free."""
        return tuple(place for place in (self.qc, self.departure, self.receiving) if place is not None)


class Passage(NamedTuple):
    """One journey over a lane, whatever it carries."""

    closes_at: datetime  # the last instant of hand-over
    departure_at: datetime
    delivery_at: datetime  # at the promised percentile
    received: bool  # whether the centre receives then
    window: Span | None
    departure: Place | None
    receiving: Place | None


def routes(
    run: Run, product: Product | None, facility: Facility | None, lane: Lane, site: Site, until: datetime
) -> Iterator[Route]:
    """Every way for a dose of the run to be delivered in a window by `until`: earliest first, whether or not there is
    room. Says nothing of licences; the lane's validity at departure is checked."""
    for released_at, qc in qc_releases(run, product, facility, until):
        ready_at = released_at + timedelta(minutes=lane.dispatch_minutes)
        for passage in passages(lane, facility, site, ready_at, until):
            if passage.closes_at >= ready_at and passage.received:
                yield route_of(ready_at, qc, passage)


def route_of(ready_at: datetime, qc: Place | None, passage: Passage) -> Route:
    """The way of a dose that is ready at an instant and goes with this passage."""
    _, departure_at, delivery_at, _, window, departure, receiving = passage
    return Route(ready_at, departure_at, delivery_at, window, qc, departure, receiving)


def passages(
    lane: Lane,
    facility: Facility | None,
    site: Site,
    ready_at: datetime,
    until: datetime,
    weekly: Sequence[Span] | None = None,
) -> Iterator[Passage]:
    """The journeys over a valid lane that leave at `ready_at` or later and are delivered by `until`, earliest first.
    `weekly`: the centre's weekly windows of that time, if they are known."""
    for closes_at, departure_at, departure in departures_of(lane, facility, ready_at, until - lane.transit):
        delivery_at = departure_at + lane.transit
        if departure_at >= lane.valid_until or delivery_at > until:
            break
        window = site.window_at(delivery_at, weekly)
        receiving = window_place(site, window) if window else None
        received = window is not None or site.receives_at_any_time
        yield Passage(closes_at, departure_at, delivery_at, received, window, departure, receiving)


def qc_releases(
    run: Run, product: Product | None, facility: Facility | None, until: datetime
) -> Iterator[tuple[datetime, Place | None]]:
    """When quality control could release a dose for dispatch, and the place that it takes there, earliest first."""
    sessions = qc_sessions(facility, run.end_of_synthesis_at, until)
    return releases_in(sessions, run, product, until)


def qc_sessions(
    facility: Facility | None, from_at: datetime, until: datetime
) -> Sequence[tuple[Span, Place | None]] | None:
    """The sessions that overlap [from_at, until], by start; None where quality control works at any time."""
    if facility is None or not facility.qc_sessions:
        return None
    spans = occurrences(facility.qc_sessions, facility.zone, facility.closed, from_at, until + _NEXT)
    return [(span, _place(f"{facility.name}/qcSessions", span)) for span in spans]


def releases_in(
    sessions: Sequence[tuple[Span, Place | None]] | None, run: Run, product: Product | None, until: datetime
) -> Iterator[tuple[datetime, Place | None]]:
    """The releases of a run's dose in sessions of which some may be too early or too late for it."""
    lasting = product.qc_lasting if product else timedelta(0)
    done_at = run.end_of_synthesis_at
    if sessions is None:
        yield done_at + lasting, None
        return
    for session, place in sessions:
        if session.start_at > until:
            return
        if done_at < session.end_at:
            yield max(done_at, session.start_at) + lasting, place


def departures_of(
    lane: Lane, facility: Facility | None, ready_at: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime, Place | None]]:
    """When hand-over closes and when it leaves: at once, or each departure from `ready_at` on. Those of a lane that
    starts anywhere are not counted, as nobody knows whose they are."""
    if not lane.departures:
        yield ready_at, ready_at, None
        return
    if facility is None:
        return  # departures are in the facility's zone; without it nobody knows when they are
    leaving = [
        (span, departure.cutoff)
        for departure in lane.departures
        for span in occurrences((departure.weekly,), facility.zone, facility.closed, ready_at, until + _NEXT)
    ]
    for span, cutoff in sorted(leaving):
        if ready_at <= span.start_at <= until:
            place = _place(f"{lane.name}/departures", span) if lane.facility else None
            yield span.start_at - cutoff, span.start_at, place


def _place(collection: str, span: Span) -> Place:
    """The counted place of a span."""
    iso = span.start_at.isoformat()  # _INSTANT put together by hand: a search names many places, and strftime is slow
    name = f"{collection}/{iso[:4]}{iso[5:7]}{iso[8:13]}{iso[14:16]}{iso[17:19]}Z"
    return Place(name, span.places or UNLIMITED, span.start_at)


def begins_at(place: str) -> datetime:
    """When the place of this name begins, to the second."""
    return datetime.strptime(place.rpartition("/")[2], _INSTANT).replace(tzinfo=UTC)


def window_place(site: Site, window: Span) -> Place:
    """The place of a receiving window."""
    return _place(f"{site.name}/windows", window)


def check_product(product: Product | None, partner: str, activity_mbq: float, run: Run, at: datetime) -> None:
    """The sponsor may claim the product, within its activities and its shelf life. An unknown product sets no limit."""
    if product is None:
        return
    if not visible(partner, product.partners):
        raise refusals.RunUnknown("There is no such run.", run=run.name)
    check_activity(product, activity_mbq)
    if at - run.end_of_synthesis_at > product.shelf_life:
        raise refusals.DecayedBelowMinimum(
            "The dose would be administered after its shelf life.",
            run=run.name,
            administration_time=at,
            use_by_time=run.end_of_synthesis_at + product.shelf_life,
        )


def check_activity(product: Product, activity_mbq: float) -> None:
    """A dose must have an activity that the product allows."""
    if activity_mbq < product.activity_mbq_min or 0 < product.activity_mbq_max < activity_mbq:
        raise refusals.ActivityOutOfRange(
            "The product does not allow this activity at administration.",
            product=product.name,
            activity_mbq=activity_mbq,
            activity_min_mbq=product.activity_mbq_min,
            activity_max_mbq=product.activity_mbq_max,
        )


def check_licence(site: Site, run: Run, activity_mbq: float, administration_at: datetime, arrival_at: datetime) -> None:
    """The centre must be licensed for the nuclide and the dose's greatest activity there, until administration."""
    greatest_mbq = activity_mbq
    if arrival_at < administration_at:
        greatest_mbq = activity_at(activity_mbq, administration_at, arrival_at, run.nuclide)
    for licence in site.licences:
        if (
            licence.nuclide is run.nuclide
            and licence.activity_mbq_max >= greatest_mbq
            and administration_at < licence.valid_until
        ):
            return
    raise refusals.SiteLicence(
        "The centre holds no licence for this nuclide, activity and time.",
        site=site.name,
        nuclide=run.nuclide.value,
        activity_mbq=f"{greatest_mbq:.3f}",
        administration_time=administration_at,
    )


def check_lane(lane: Lane | None, name: str, site: Site, facility: str) -> Lane:
    """The lane must lead from the run's facility to the centre, and every carrier on it must take the dose."""
    if lane is None or lane.site != site.name:
        raise refusals.LaneNotValid("This lane does not lead to the centre.", lane=name, site=site.name)
    if lane.facility and lane.facility != facility:
        raise refusals.LaneNotValid("This lane does not start where the run is made.", lane=name, facility=facility)
    if not lane.class_7:
        raise refusals.LaneNotValid("A carrier on this lane does not accept class 7.", lane=name)
    return lane
