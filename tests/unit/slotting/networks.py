"""A network of one facility, one lane and one centre, and the ways that a demand has in it."""

from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.kernel.calendar import Weekly
from services.kernel.errors import GatewayError
from services.network import Departure, Facility, Site
from services.slotting.domain import Network, Reservations, Run
from services.slotting.domain.routing import allowed
from tests.support.slotting import LANE, NOON, PRODUCT, SITE, a_demand, a_lane, a_product, a_run, a_site

MICROSECOND = timedelta(microseconds=1)
FACILITY = "facilities/tidewater"
SYNTHESIS = NOON + timedelta(hours=24)  # a Tuesday
EVERY_DAY = frozenset(range(1, 8))
CHICAGO, BERLIN = "America/Chicago", "Europe/Berlin"


def a_weekly(start: time, end: time, places: int = 5) -> Weekly:
    return Weekly(EVERY_DAY, start, end, places)


def a_departure(at: time, places: int = 5, cutoff: timedelta = timedelta(minutes=30)) -> Departure:
    return Departure(a_weekly(at, at, places), cutoff)


def a_facility(zone: str = "UTC", *sessions: Weekly, closed: frozenset[date] = frozenset()) -> Facility:
    return Facility(FACILITY, ZoneInfo(zone), sessions, closed)


def a_network(facility: Facility | None = None, site: Site | None = None, **lane: Any) -> Network:
    facts: dict[str, Any] = {"facility": FACILITY, "dispatch_minutes": 60, **lane}
    return Network(
        products={PRODUCT: a_product()},
        facilities={FACILITY: facility or a_facility()},
        sites={SITE: site or a_site()},
        lanes={LANE: a_lane(**facts)},
    )


def run_of(**changes: Any) -> Run:
    return a_run(facility=FACILITY, **changes)


def found(network: Network, run: Run | None = None, **demand: Any) -> list[Reservations]:
    """The ways there are; none if there is a refusal."""
    try:
        ways = allowed(a_demand(**{"lane": LANE, **demand}), run or run_of(), network)
    except GatewayError:
        return []
    return [way.reservations for way in ways]


def refused(network: Network, run: Run | None = None, **demand: Any) -> GatewayError:
    with pytest.raises(GatewayError) as refusal:
        allowed(a_demand(**{"lane": LANE, **demand}), run or run_of(), network)
    return refusal.value


def all_counted() -> Network:
    return a_network(
        a_facility("UTC", a_weekly(time(12), time(13))),
        a_site(weekly=(a_weekly(time(0), time(0)),)),
        departures=(a_departure(time(14)), a_departure(time(16))),
    )
