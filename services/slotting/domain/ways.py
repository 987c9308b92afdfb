"""The ways in which a demand could be met beside its run: quality control, a departure, a receiving window."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import NamedTuple

from services.kernel.errors import GatewayError
from services.kernel.visibility import visible
from services.slotting.domain import refusals
from services.slotting.domain.book import Run
from services.slotting.domain.network import Network
from services.slotting.domain.places import (
    Lane,
    Place,
    Site,
    check_lane,
    check_licence,
    departures_of,
    qc_releases,
    routes,
)
from services.slotting.domain.rooms import Rooms
from services.slotting.domain.slot import NO_LEGS, Demand, Legs

# Every weekly departure comes once in so many days, unless it never does.
_A_WEEK_AND_A_DAY = timedelta(days=8)


class Way(NamedTuple):
    """One way: what the slot would hold, and the counted places that must be free, in the order of the journey."""

    legs: Legs
    places: tuple[Place, ...]


def ways(demand: Demand, run: Run, network: Network) -> Iterator[Way]:
    """Every way that is in time, earliest first, whether or not there is room; without a lane, through quality control
    only. What the run itself cannot do has none, so that no instant is searched for without end."""
    until = demand.administration_at
    if not run.end_of_synthesis_at < until <= run.use_by_at:
        return
    product, facility = network.products.get(run.product), network.facilities.get(run.facility)
    if not demand.lane:
        for released_at, qc in qc_releases(run, product, facility, until):
            if released_at <= until:
                yield Way(Legs(qc.name), (qc,)) if qc else _NOTHING_COUNTED
        return
    lane, site = network.lanes.get(demand.lane), network.sites.get(demand.site)
    if lane is None or site is None or not lane.class_7 or lane.facility not in ("", run.facility):
        return
    for route in routes(run, product, facility, lane, site, until):
        if demand.departure_at in (None, route.departure_at):
            held = (_name(route.qc), _name(route.departure), _name(route.receiving))
            yield Way(Legs(*held, route.departure_at, route.delivery_at), route.places)


def allowed(demand: Demand, run: Run, network: Network) -> Sequence[Way]:
    """The ways that centre and lane allow, at least one; raises why there is none."""
    site = network.sites.get(demand.site)
    if site is None or not visible(demand.partner, site.partners):
        raise refusals.SiteUnknown("There is no such treatment centre.", site=demand.site)
    lane = check_lane(network.lanes.get(demand.lane), demand.lane, site, run.facility) if demand.lane else None
    in_time = list(ways(demand, run, network))
    if not in_time:
        raise _why_none(demand, run, network, lane, site)
    licensed: list[Way] = []
    unlicensed: GatewayError | None = None
    for way in in_time:
        try:
            arrival_at = way.legs.delivery_at or demand.administration_at
            check_licence(site, run, demand.activity_mbq, demand.administration_at, arrival_at)
        except refusals.SiteLicence as refusal:
            unlicensed = unlicensed or refusal
        else:
            licensed.append(way)
    if unlicensed is not None and not licensed:
        raise unlicensed
    return licensed


def first_free(ways: Sequence[Way], demand: Demand, rooms: Rooms) -> Way:
    """The first way whose places all have room. Raises what is full: of the way that comes furthest, its first."""
    furthest, full_place = -1, None
    for way in ways:
        for leg, name in enumerate(way.legs[:3]):
            if name and rooms[name].full:
                if leg > furthest:
                    furthest, full_place = leg, rooms[name]
                break
        else:
            return way
    if full_place is None:
        raise AssertionError("Without any way there is none to choose from.")
    if furthest == 0:
        raise refusals.QualityControlFull(
            "No session of quality control that is in time has a place left.",
            run=demand.run,
            session_time=full_place.at,
            administration_time=demand.administration_at,
        )
    if furthest == 1:
        raise refusals.DepartureFull(
            "No departure that arrives in time has a place left.",
            lane=demand.lane,
            departure_time=full_place.at,
            administration_time=demand.administration_at,
        )
    raise refusals.WindowFull(
        "No receiving window that a departure reaches in time has a place left.",
        site=demand.site,
        lane=demand.lane,
        window_start_time=full_place.at,
    )


def _name(place: Place | None) -> str:
    return place.name if place else ""


def _why_none(demand: Demand, run: Run, network: Network, lane: Lane | None, site: Site) -> GatewayError:
    """Why no way is in time: the first thing that stops the dose that is ready first."""
    until = min(demand.administration_at, run.use_by_at)
    product, facility = network.products.get(run.product), network.facilities.get(run.facility)
    released_at = next((at for at, _ in qc_releases(run, product, facility, until) if lane or at <= until), None)
    if released_at is None:
        return refusals.QualityControlFull(
            "Quality control cannot release the dose in time.", run=run.name, administration_time=until
        )
    if lane is None:
        raise AssertionError("Without a lane, a dose that is released in time has a way.")
    ready_at = released_at + timedelta(minutes=lane.dispatch_minutes)
    leaving = departures_of(lane, facility, ready_at, max(until, ready_at) + _A_WEEK_AND_A_DAY)
    made = (leaves_at for closes_at, leaves_at, _ in leaving if closes_at >= ready_at)
    departure_at = next((at for at in made if demand.departure_at in (None, at)), None)
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


_NOTHING_COUNTED = Way(NO_LEGS, ())


def places_of(ways: Iterator[Way]) -> Iterator[Place]:
    """The counted places of all the ways."""
    return chain.from_iterable(way.places for way in ways)
