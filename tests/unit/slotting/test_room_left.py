"""Quality control, and what is full: which way is taken, and what the refusal says where none has room."""

from datetime import UTC, datetime, time, timedelta

import pytest

from services.kernel.calendar import Weekly
from services.kernel.errors import GatewayError
from services.network import Lane, Licence, Product
from services.slotting.domain import Network, ResourceCounter, ResourceCounters
from services.slotting.domain.places import begins_at
from services.slotting.domain.routing import RoutingOptions, allowed, first_free
from tests.support.slotting import LANE, NOON, SITE, a_demand, a_lane, a_run, a_site
from tests.unit.slotting.networks import (
    MICROSECOND,
    a_departure,
    a_facility,
    a_network,
    a_weekly,
    all_counted,
    found,
    refused,
    run_of,
)


@pytest.mark.parametrize(("late", "first"), [(-MICROSECOND, 2), (timedelta(0), 3)])
def test_a_session_is_missed_from_its_end_on(late: timedelta, first: int):
    network = a_network(a_facility("UTC", a_weekly(time(12), time(14))))
    ends = datetime(2027, 3, 2, 14, tzinfo=UTC)
    (reservations, *_) = found(
        network, run_of(end_of_synthesis_at=ends + late), administration_at=NOON + timedelta(hours=72)
    )
    assert begins_at(reservations.qc) == datetime(2027, 3, first, 12, tzinfo=UTC)


def test_a_dose_waits_for_its_session_and_for_its_results():
    facility = a_facility("UTC", a_weekly(time(14), time(16)))
    product = Product(
        "products/psma-lu177",
        a_run().nuclide,
        frozenset([a_demand().partner]),
        7400.0,
        qc_lasting=timedelta(minutes=45),
    )
    network = a_network(facility).after([])
    network = Network({product.name: product}, network.facilities, network.sites, network.lanes)
    (reservations, *_) = found(network)
    assert reservations.departure_at == datetime(2027, 3, 2, 15, 45, tzinfo=UTC)


def test_without_a_session_in_time_quality_control_is_what_stops_the_dose():
    network = a_network(a_facility("UTC", Weekly(frozenset([7]), time(12), time(13), 5)))
    said = refused(network)
    assert (said.reason, said.facts) == (
        "QC_FULL",
        {"run": "runs/lu-1", "administration_time": "2027-03-03T12:00:00Z"},
    )


def rooms_of(ways: RoutingOptions, **full: bool) -> ResourceCounters:
    """All places of the ways, those of a kind full if it is named."""
    return ResourceCounters(
        {
            place.name: ResourceCounter(
                place.name, place.size, place.size if full.get(place.name.split("/")[2]) else 0, place.at
            )
            for way in ways
            for place in way.places
        }
    )


def test_the_first_way_whose_places_are_all_free_is_taken():
    demand = a_demand(lane=LANE)
    ways = allowed(demand, run_of(), all_counted())
    rooms = rooms_of(ways)
    assert first_free(ways, demand, rooms) == next(iter(ways))
    rooms[next(iter(ways)).reservations.departure].committed = 5
    second = first_free(ways, demand, rooms)
    assert second.reservations.departure_at == datetime(2027, 3, 2, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("full", "reason", "facts"),
    [
        (
            "qcSessions",
            "QC_FULL",
            {
                "run": "runs/lu-1",
                "session_time": "2027-03-02T12:00:00Z",
                "administration_time": "2027-03-03T12:00:00Z",
            },
        ),
        (
            "departures",
            "DEPARTURE_FULL",
            {"lane": LANE, "departure_time": "2027-03-02T14:00:00Z", "administration_time": "2027-03-03T12:00:00Z"},
        ),
        ("windows", "WINDOW_FULL", {"site": SITE, "lane": LANE, "window_start_time": "2027-03-02T00:00:00Z"}),
    ],
)
def test_each_place_that_is_full_has_a_reason_of_its_own(full: str, reason: str, facts: dict[str, str]):
    demand = a_demand(lane=LANE)
    ways = allowed(demand, run_of(), all_counted())
    with pytest.raises(GatewayError) as said:
        first_free(ways, demand, rooms_of(ways, **{full: True}))
    assert (said.value.reason, said.value.facts) == (reason, facts)


def test_of_several_ways_the_one_that_comes_furthest_says_what_is_full():
    demand = a_demand(lane=LANE)
    ways = allowed(demand, run_of(), all_counted())
    rooms = rooms_of(ways, windows=True)
    rooms[next(iter(ways)).reservations.departure].committed = 5
    with pytest.raises(GatewayError) as said:
        first_free(ways, demand, rooms)
    assert said.value.reason == "WINDOW_FULL"


def test_a_licence_that_a_hot_dose_breaks_lets_a_later_departure_through():
    licence = Licence(a_run().nuclide, 7800.0, NOON + timedelta(days=365))
    network = a_network(site=a_site(licences=[licence]), departures=(a_departure(time(14)), a_departure(time(22))))
    assert [reservations.departure_at.hour for reservations in found(network)] == [22]
    colder = a_network(site=a_site(licences=[licence]), departures=(a_departure(time(14)),))
    assert refused(colder).reason == "SITE_LICENCE"


def test_no_instant_is_searched_for_without_end():
    network = a_network(departures=(a_departure(time(14)),))
    far = datetime(9000, 1, 1, tzinfo=UTC)
    assert refused(network, administration_at=far).reason in {"LANE_NOT_VALID", "SITE_WINDOW"}


def test_a_lane_knows_how_long_the_way_takes():
    lane: Lane = a_lane(transit_minutes=61)
    assert lane.transit == timedelta(minutes=61)
