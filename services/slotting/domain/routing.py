"""The options that a demand has beside its run: quality control, a departure, a receiving window."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter, itemgetter
from typing import NamedTuple

from services.kernel.errors import GatewayError
from services.kernel.visibility import visible
from services.network import (
    Facility,
    Lane,
    Passage,
    Product,
    QualityRelease,
    Receiving,
    Site,
    departures_between,
    leads,
    passages,
    releases,
    sessions_between,
)
from services.slotting.domain import refusals
from services.slotting.domain.book import Run
from services.slotting.domain.network import Network
from services.slotting.domain.places import (
    CountedPlace,
    check_lane,
    check_licence,
    last_use_at,
    place_in_session,
    place_in_window,
    place_on_departure,
)
from services.slotting.domain.rooms import ResourceCounters
from services.slotting.domain.slot import NO_RESERVATIONS, Demand, Reservations

# Every weekly departure comes once in so many days, unless it never does.
_A_WEEK_AND_A_DAY = timedelta(days=8)


class RoutingOption(NamedTuple):
    """One way to meet a demand: what the slot would hold, and the places that must be free, along the journey."""

    reservations: Reservations
    places: tuple[CountedPlace, ...]


class Ready(NamedTuple):
    """A release by quality control: when the dose could be handed over, and the place that it takes for that."""

    at: datetime
    place: CountedPlace | None


class MadeDose(NamedTuple):
    """A dose that exists: nothing of it happens before an instant, and it is released in its own place in quality
    control (empty: it has none, and takes one that is still to come)."""

    at: datetime
    qc: str

    def released(self, ready: Iterable[Ready]) -> list[Ready]:
        """The releases that are still possible for it, and from when on it can travel after them."""
        possible = (each for each in ready if self._may_take(each.place))
        return [each._replace(at=max(each.at, self.at)) for each in possible]

    def _may_take(self, place: CountedPlace | None) -> bool:
        if self.qc:
            return place is None or place.name == self.qc
        return place is None or place.at >= self.at


class CountedPassage(NamedTuple):
    """A passage over the lane, and the places that it takes."""

    passage: Passage
    departure: CountedPlace | None
    window: CountedPlace | None


@dataclass(frozen=True, slots=True)
class RoutingOptions:
    """Every option that is in time, earliest first, whether or not there is room. Releases and journeys stand side by
    side, as their pairs could be a thousand times as many."""

    ready: Sequence[Ready]
    journeys: Sequence[CountedPassage] = ()
    without_lane: bool = False
    scheduled: bool = False  # whether the lane has departures; else each release has a journey of its own

    def __iter__(self) -> Iterator[RoutingOption]:
        for ready in self.ready:
            if self.without_lane:
                yield _option(ready, None)
            for journey in self.of(ready):
                yield _option(ready, journey)

    def of(self, ready: Ready) -> Iterator[CountedPassage]:
        """The journeys that a dose released then can make."""
        for journey in self.journeys[bisect_left(self.journeys, ready.at, key=_departure_at) :]:
            if not self.scheduled and journey.passage.departure_at > ready.at:
                return
            if journey.passage.closes_at >= ready.at:
                yield journey

    def places(self) -> Iterator[CountedPlace]:
        """The counted places of all the options, each once."""
        yield from (ready.place for ready in self.ready if ready.place)
        seen: set[str] = set()
        for _, departure, window in self.journeys:
            for place in (departure, window):
                if place is not None and place.name not in seen:
                    seen.add(place.name)
                    yield place


_NONE = RoutingOptions(())


def options(demand: Demand, run: Run, network: Network, made: MadeDose | None = None) -> RoutingOptions:
    """The options of a demand, or of a dose that is made; without a lane, through quality control only. What the run
    itself cannot do has none, so that no instant is searched for without end."""
    until = demand.administration_at
    product, facility = network.products.get(run.product), network.facilities.get(run.facility)
    if not run.end_of_synthesis_at < until <= last_use_at(run, product):
        return _NONE
    if not demand.lane:
        ready = [each for each in _ready(run, product, facility, None, until, made) if each.at <= until]
        return RoutingOptions(ready, without_lane=True)
    lane, site = network.lanes.get(demand.lane), network.sites.get(demand.site)
    if lane is None or site is None or not leads(lane, run.facility, demand.site):
        return _NONE
    ready = _ready(run, product, facility, lane, until, made)
    asked = [each for each in _journeys(lane, facility, site, ready, until) if _is_asked(demand, each)]
    if not asked:
        return _NONE
    last_at = max(journey.passage.closes_at for journey in asked)
    in_time = [each for each in ready if each.at <= last_at]
    return RoutingOptions(in_time, asked, scheduled=bool(lane.departures))


def _ready(
    run: Run,
    product: Product | None,
    facility: Facility | None,
    lane: Lane | None,
    until: datetime,
    made: MadeDose | None,
) -> list[Ready]:
    """When a dose of the run can be handed over, for each release by quality control, earliest first."""
    done_at, dispatch = run.end_of_synthesis_at, lane.dispatch if lane else timedelta(0)
    released = releases(sessions_between(facility, done_at, until), product, done_at, until)
    ready = [ready_of(facility, each, dispatch) for each in released]
    return ready if made is None else made.released(ready)


def require_site(demand: Demand, network: Network) -> Site:
    """The centre, if the sponsor may know of it."""
    site = network.sites.get(demand.site)
    if site is None or not visible(demand.partner, site.partners):
        raise refusals.SiteUnknown("There is no such treatment centre.", site=demand.site)
    return site


def allowed(demand: Demand, run: Run, network: Network, made: MadeDose | None = None) -> RoutingOptions:
    """The options that centre and lane allow, at least one; raises why there is none."""
    site = require_site(demand, network)
    lane = check_lane(network.lanes.get(demand.lane), demand.lane, site.name, run.facility) if demand.lane else None
    in_time = options(demand, run, network, made)
    if not in_time.ready:
        raise _why_none(demand, run, network, lane, site, made)
    at = demand.administration_at
    if in_time.without_lane:
        check_licence(site, run, demand.activity_mbq, at, at)
        return in_time
    licensed: list[CountedPassage] = []
    unlicensed: GatewayError | None = None
    for journey in in_time.journeys:
        try:
            check_licence(site, run, demand.activity_mbq, at, journey.passage.delivery_at)
        except refusals.SiteLicence as refusal:
            unlicensed = unlicensed or refusal
        else:
            licensed.append(journey)
    if unlicensed is not None and not licensed:
        raise unlicensed
    return replace(in_time, journeys=licensed)


def first_free(options: RoutingOptions, demand: Demand, rooms: ResourceCounters) -> RoutingOption:
    """The first option whose places all have room. Raises what is full: of the one that comes furthest, its first."""
    full: list[tuple[int, CountedPlace]] = []
    for ready in options.ready:
        journey = next(options.of(ready), None)
        if journey is None and not options.without_lane:
            continue
        if ready.place and rooms[ready.place.name].full:
            full.append((_QUALITY_CONTROL, ready.place))
        elif journey is None:
            return _option(ready, None)
        else:
            for journey in options.of(ready):
                obstacle = _obstacle(journey, rooms)
                if obstacle is None:
                    return _option(ready, journey)
                full.append(obstacle)
            if options.scheduled:
                break  # whoever is released later can make no other journeys
    raise _refusal_of(*max(full, key=itemgetter(0)), demand)


_QUALITY_CONTROL, _DEPARTURE, _WINDOW = range(3)
_departure_at = attrgetter("passage.departure_at")


def _obstacle(journey: CountedPassage, rooms: ResourceCounters) -> tuple[int, CountedPlace] | None:
    """The first place of a journey that is full."""
    for kind, place in ((_DEPARTURE, journey.departure), (_WINDOW, journey.window)):
        if place and rooms[place.name].full:
            return kind, place
    return None


def _refusal_of(kind: int, place: CountedPlace, demand: Demand) -> GatewayError:
    if kind == _QUALITY_CONTROL:
        return refusals.QualityControlFull(
            "No session of quality control that is in time has a place left.",
            run=demand.run,
            session_time=place.at,
            administration_time=demand.administration_at,
        )
    if kind == _DEPARTURE:
        return refusals.DepartureFull(
            "No departure that arrives in time has a place left.",
            lane=demand.lane,
            departure_time=place.at,
            administration_time=demand.administration_at,
        )
    return refusals.WindowFull(
        "No receiving window that a departure reaches in time has a place left.",
        site=demand.site,
        lane=demand.lane,
        window_start_time=place.at,
    )


def ready_of(facility: Facility | None, release: QualityRelease, dispatch: timedelta = timedelta(0)) -> Ready:
    """When a dose that is released so can be handed over, after the minutes that this takes."""
    return Ready(release.at + dispatch, place_in_session(facility, release.session))


def journeys(
    lane: Lane, facility: Facility | None, site: Site, receiving: Receiving, from_at: datetime, until: datetime
) -> Iterator[CountedPassage]:
    """The journeys that leave at `from_at` or later and are delivered by `until`, whether or not anybody receives."""
    for passage in passages(lane, facility, receiving, from_at, until):
        yield CountedPassage(passage, place_on_departure(lane, passage.span), place_in_window(site, passage.window))


def _journeys(
    lane: Lane, facility: Facility | None, site: Site, ready: Sequence[Ready], until: datetime
) -> Iterator[CountedPassage]:
    """The journeys that a dose can make which is ready first, and those that are ready later."""
    if not ready:
        return
    receiving = Receiving(site, ready[0].at, max(until, ready[0].at))
    starts = [ready[0].at] if lane.departures else sorted({each.at for each in ready})
    for start_at in starts:
        for journey in journeys(lane, facility, site, receiving, start_at, until):
            if journey.passage.received and journey.passage.closes_at >= start_at:
                yield journey


def _is_asked(demand: Demand, journey: CountedPassage) -> bool:
    return demand.departure_at in (None, journey.passage.departure_at)


def _option(ready: Ready, journey: CountedPassage | None) -> RoutingOption:
    if journey is None:
        return RoutingOption(NO_RESERVATIONS._replace(qc=_name(ready.place)), _known(ready.place))
    passage, departure, window = journey
    held = (_name(ready.place), _name(departure), _name(window))
    reservations = Reservations(*held, passage.departure_at, passage.delivery_at)
    return RoutingOption(reservations, _known(ready.place, departure, window))


def _known(*places: CountedPlace | None) -> tuple[CountedPlace, ...]:
    return tuple(place for place in places if place is not None)


def _name(place: CountedPlace | None) -> str:
    return place.name if place else ""


def _why_none(
    demand: Demand, run: Run, network: Network, lane: Lane | None, site: Site, made: MadeDose | None
) -> GatewayError:
    """Why no option is in time: the first thing that stops the dose that is ready first."""
    product, facility = network.products.get(run.product), network.facilities.get(run.facility)
    until = min(demand.administration_at, last_use_at(run, product))
    ready = _ready(run, product, facility, lane, until, made)
    ready_at = next((each.at for each in ready if lane or each.at <= until), None)
    if ready_at is None:
        return refusals.QualityControlFull(
            "Quality control cannot release the dose in time.", run=run.name, administration_time=until
        )
    if lane is None:
        raise AssertionError("Without a lane, a dose that is released in time has a way.")
    leaving = departures_between(lane, facility, ready_at, max(until, ready_at) + _A_WEEK_AND_A_DAY)
    departures = (each.departure_at for each in leaving if each.closes_at >= ready_at)
    departure_at = next((at for at in departures if demand.departure_at in (None, at)), None)
    if departure_at is None:
        asked = {"departure_time": demand.departure_at} if demand.departure_at else {}
        return refusals.LaneNotValid(
            "The lane has no such departure once the dose is ready.", lane=lane.name, ready_time=ready_at, **asked
        )
    return _why_not(departure_at, until, lane, site)


def _why_not(departure_at: datetime, until: datetime, lane: Lane, site: Site) -> GatewayError:
    """Why this departure does not do."""
    arrival_at = departure_at + lane.transit
    if departure_at >= lane.valid_until:
        return refusals.LaneNotValid(
            "The lane's validation ends before the dose departs.",
            lane=lane.name,
            departure_time=departure_at,
            valid_until_time=lane.valid_until,
        )
    if arrival_at > until:
        return refusals.LaneNotValid(
            "On this lane the dose arrives after its administration.",
            lane=lane.name,
            arrival_time=arrival_at,
            administration_time=until,
        )
    return refusals.SiteWindow(
        "The centre cannot receive when the dose arrives.", site=site.name, lane=lane.name, arrival_time=arrival_at
    )
