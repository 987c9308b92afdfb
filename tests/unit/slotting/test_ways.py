"""The ways of a dose over a lane: boundary instants, nights in which clocks change, the date line, and each refusal."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from doselane.masterdata.v1 import resources_pb2

from services.kernel.calendar import Span, Weekly
from services.kernel.timestamps import stamp
from services.network import Lane, Licence, Site, leads
from services.network.reading import lane_of
from services.slotting.domain import Network, Reservations
from services.slotting.domain.places import UNLIMITED, begins_at
from services.slotting.domain.routing import allowed
from tests.support.slotting import LANE, NOON, SITE, a_demand, a_lane, a_run, a_site
from tests.unit.slotting.networks import (
    BERLIN,
    CHICAGO,
    FACILITY,
    MICROSECOND,
    SYNTHESIS,
    a_departure,
    a_facility,
    a_network,
    a_weekly,
    found,
    refused,
    run_of,
)


def test_without_anything_counted_a_dose_leaves_when_it_is_ready_and_holds_nothing():
    (reservations,) = found(a_network())
    assert reservations == Reservations("", "", "", SYNTHESIS + timedelta(hours=1), SYNTHESIS + timedelta(hours=7))


def test_a_claim_without_a_lane_goes_through_quality_control_only():
    network = a_network(a_facility("UTC", a_weekly(time(14), time(16))))
    reservations = found(network, lane="")
    assert [each.places for each in reservations] == [
        (f"{FACILITY}/qcSessions/20270302T140000Z",),
    ]
    assert reservations[0].departure_at is None


def test_an_unknown_lane_and_one_to_another_centre_are_answered_alike():
    answers = []
    for network in (Network(sites={SITE: a_site()}), a_network(site=a_site())):
        network = network if not network.lanes else a_network_to_elsewhere()
        said = refused(network)
        answers.append((said.reason, said.message, said.facts))
    assert answers[0] == answers[1]
    assert answers[0][1:] == ("This lane does not lead to the centre.", {"lane": LANE, "site": SITE})


def a_network_to_elsewhere() -> Network:
    return Network(sites={SITE: a_site()}, lanes={LANE: a_lane(site="sites/elsewhere")})


def test_every_carrier_on_a_lane_must_accept_class_7():
    legs = [resources_pb2.Leg(accepts_class_7=True), resources_pb2.Leg(accepts_class_7=False)]
    lane = resources_pb2.Lane(name=LANE, site=SITE, legs=legs, valid_until_time=stamp(NOON + timedelta(days=90)))
    said = refused(a_network(class_7=lane_of(lane).class_7))
    assert (said.reason, said.message) == ("LANE_NOT_VALID", "A carrier on this lane does not accept class 7.")
    del lane.legs[1]
    assert found(a_network(class_7=lane_of(lane).class_7))


def test_a_lane_starts_where_the_run_is_made():
    said = refused(a_network(), a_run(facility="facilities/other"))
    assert (said.reason, said.facts) == ("LANE_NOT_VALID", {"lane": LANE, "facility": "facilities/other"})


@pytest.mark.parametrize(("after", "valid"), [(MICROSECOND, True), (timedelta(0), False)])
def test_a_lane_must_be_validated_when_the_dose_departs(after: timedelta, valid: bool):
    departure_at = SYNTHESIS + timedelta(hours=1)
    network = a_network(valid_until=departure_at + after)
    assert bool(found(network)) is valid
    if not valid:
        said = refused(network)
        assert said.reason == "LANE_NOT_VALID"
        assert said.facts["departure_time"] == said.facts["valid_until_time"] == "2027-03-02T13:00:00Z"


@pytest.mark.parametrize(("early", "in_time"), [(timedelta(0), True), (MICROSECOND, False)])
def test_a_dose_must_arrive_by_its_administration(early: timedelta, in_time: bool):
    at = SYNTHESIS + timedelta(hours=7) - early
    assert bool(found(a_network(), administration_at=at)) is in_time
    if not in_time:
        said = refused(a_network(), administration_at=at)
        assert (said.reason, said.facts["arrival_time"]) == ("LANE_NOT_VALID", "2027-03-02T19:00:00Z")


@pytest.mark.parametrize(("late", "made"), [(timedelta(0), True), (MICROSECOND, False)])
def test_hand_over_closes_at_the_cut_off_and_not_a_microsecond_later(late: timedelta, made: bool):
    network = a_network(departures=(a_departure(time(15)),))  # hand-over until 14:30
    ready_at = datetime(2027, 3, 2, 14, 30, tzinfo=UTC) + late
    run = run_of(end_of_synthesis_at=ready_at - timedelta(hours=1))
    (first, *_) = found(network, run, administration_at=NOON + timedelta(hours=72))
    assert first.departure_at == datetime(2027, 3, 2 if made else 3, 15, tzinfo=UTC)


def test_the_departure_that_is_asked_for_is_the_only_one():
    network = a_network(departures=(a_departure(time(14)), a_departure(time(18))))
    second = datetime(2027, 3, 2, 18, tzinfo=UTC)
    assert [reservations.departure_at for reservations in found(network, departure_at=second)] == [second]


def test_a_departure_that_there_is_not_is_refused_by_its_name():
    network = a_network(departures=(a_departure(time(14)),))
    said = refused(network, departure_at=datetime(2027, 3, 2, 14, 1, tzinfo=UTC))
    assert said.reason == "LANE_NOT_VALID"
    assert said.facts == {
        "lane": LANE,
        "ready_time": "2027-03-02T13:00:00Z",
        "departure_time": "2027-03-02T14:01:00Z",
    }


def test_departures_of_a_facility_that_nobody_knows_take_place_at_no_time():
    network = a_network(departures=(a_departure(time(14)),))
    unknown = Network(sites=network.sites, lanes=network.lanes)
    assert refused(unknown).message == "The lane has no such departure once the dose is ready."


def test_departures_of_a_lane_that_starts_anywhere_are_not_counted():
    network = a_network(departures=(a_departure(time(14)),))
    anywhere = network.lanes[LANE]._replace(facility="")
    (reservations,) = found(Network({}, network.facilities, network.sites, {LANE: anywhere}))
    assert (reservations.departure, reservations.departure_at) == ("", datetime(2027, 3, 2, 14, tzinfo=UTC))


def test_what_has_no_limit_is_counted_without_one():
    network = a_network(departures=(a_departure(time(14), places=0),))
    (way, *_) = allowed(a_demand(lane=LANE), run_of(), network)
    assert [place.size for place in way.places] == [UNLIMITED]


def test_on_a_closed_day_nothing_departs_and_no_session_takes_place():
    closed = a_facility("UTC", a_weekly(time(12), time(13)), closed=frozenset([date(2027, 3, 2)]))
    network = a_network(closed, departures=(a_departure(time(16)),))
    days = {
        reservations.departure_at.date()
        for reservations in found(network, administration_at=NOON + timedelta(hours=96))
    }
    assert date(2027, 3, 2) not in days and date(2027, 3, 3) in days


def with_window(start_at: datetime, end_at: datetime) -> Site:
    return a_site(windows=(Span(start_at, end_at, 3),))


def receives(site: Site, arrival_at: datetime) -> bool:
    """Whether a dose that arrives at this instant is taken in, on a lane made for it."""
    run = run_of(
        end_of_synthesis_at=arrival_at - timedelta(hours=7),
        use_by_at=arrival_at + timedelta(hours=2),
    )
    reservations = found(a_network(site=site), run, administration_at=arrival_at + timedelta(hours=1))
    return bool(reservations) and reservations[0].delivery_at == arrival_at


ARRIVAL = SYNTHESIS + timedelta(hours=7)


def test_a_window_begins_with_its_first_instant_and_excludes_its_last():
    site = with_window(ARRIVAL, ARRIVAL + timedelta(hours=2))
    instants = (-MICROSECOND, timedelta(0), timedelta(hours=2) - MICROSECOND, timedelta(hours=2))
    assert [receives(site, ARRIVAL + after) for after in instants] == [False, True, True, False]


def test_outside_all_windows_the_refusal_names_the_arrival():
    said = refused(a_network(site=with_window(ARRIVAL - timedelta(hours=2), ARRIVAL)))
    assert (said.reason, said.facts) == (
        "SITE_WINDOW",
        {"site": SITE, "lane": LANE, "arrival_time": "2027-03-02T19:00:00Z"},
    )


@pytest.mark.parametrize(
    ("zone", "day", "opens_utc"),
    [
        (CHICAGO, date(2027, 3, 13), 14),
        (CHICAGO, date(2027, 3, 14), 13),  # clocks went forward in the night
        (CHICAGO, date(2027, 11, 6), 13),
        (CHICAGO, date(2027, 11, 7), 14),  # and back
        (BERLIN, date(2027, 3, 27), 7),
        (BERLIN, date(2027, 3, 28), 6),
        (BERLIN, date(2027, 10, 30), 6),
        (BERLIN, date(2027, 10, 31), 7),
    ],
)
def test_a_weekly_window_a_session_and_a_departure_keep_their_local_hour_when_clocks_change(
    zone: str, day: date, opens_utc: int
):
    opens = datetime(day.year, day.month, day.day, opens_utc, tzinfo=UTC)
    site = a_site(
        weekly=(a_weekly(time(8), time(10)),),
        zone=ZoneInfo(zone),
        licences=[Licence(a_run().nuclide, 50_000.0, NOON + timedelta(days=400))],
    )
    lane = {"valid_until": NOON + timedelta(days=400)}
    site_receives = [
        receives_on(site, at, **lane)
        for at in (opens - MICROSECOND, opens, opens + timedelta(hours=2) - MICROSECOND, opens + timedelta(hours=2))
    ]
    assert site_receives == [False, True, True, False]
    leaving = a_network(a_facility(zone), departures=(a_departure(time(8), cutoff=timedelta(0)),), **lane)
    run = run_of(end_of_synthesis_at=opens - timedelta(hours=1), use_by_at=opens + timedelta(days=2))
    (first, *_) = found(leaving, run, administration_at=opens + timedelta(hours=20))
    assert first.departure_at == opens
    session = a_network(a_facility(zone, a_weekly(time(8), time(10))), **lane)
    early = run_of(end_of_synthesis_at=opens - timedelta(hours=1), use_by_at=opens + timedelta(days=2))
    (first, *_) = found(session, early, administration_at=opens + timedelta(hours=20))
    assert begins_at(first.qc) == opens
    assert first.departure_at == opens + timedelta(hours=1)


def receives_on(site: Site, at: datetime, **lane: Any) -> bool:
    run = run_of(end_of_synthesis_at=at - timedelta(hours=7), use_by_at=at + timedelta(hours=2))
    reservations = found(a_network(site=site, **lane), run, administration_at=at + timedelta(hours=1))
    return bool(reservations) and reservations[0].delivery_at == at


def test_a_departure_in_the_hour_that_spring_leaves_out_leaves_when_the_clock_would_have_shown_it():
    network = a_network(
        a_facility(CHICAGO), departures=(a_departure(time(2, 30)),), valid_until=NOON + timedelta(days=99)
    )
    synthesis = datetime(2027, 3, 14, 4, tzinfo=UTC)
    run = run_of(end_of_synthesis_at=synthesis, use_by_at=synthesis + timedelta(days=2))
    (first, *_) = found(network, run, administration_at=synthesis + timedelta(hours=20))
    assert first.departure_at == datetime(2027, 3, 14, 8, 30, tzinfo=UTC)


def test_a_departure_in_the_hour_that_comes_twice_leaves_once():
    network = a_network(
        a_facility(BERLIN), departures=(a_departure(time(2, 30)),), valid_until=NOON + timedelta(days=400)
    )
    synthesis = datetime(2027, 10, 30, 20, tzinfo=UTC)
    run = run_of(end_of_synthesis_at=synthesis, use_by_at=synthesis + timedelta(days=2))
    reservations = found(network, run, administration_at=synthesis + timedelta(hours=20))
    assert [each.departure_at for each in reservations] == [datetime(2027, 10, 31, 0, 30, tzinfo=UTC)]


def test_a_window_over_the_hour_that_comes_twice_lasts_both_of_them():
    site = a_site(weekly=(a_weekly(time(1), time(2)),), zone=ZoneInfo(CHICAGO))
    at = [datetime(2027, 11, 7, hour, 30, tzinfo=UTC) for hour in (5, 6, 7, 8)]
    lane = {"valid_until": NOON + timedelta(days=400)}
    assert [receives_on(site, each, **lane) for each in at] == [False, True, True, False]


@pytest.mark.parametrize(
    ("zone", "utc"),
    [
        ("Pacific/Kiritimati", datetime(2027, 3, 2, 19, tzinfo=UTC)),  # UTC+14: there it is the 3rd
        ("Pacific/Honolulu", datetime(2027, 3, 3, 19, tzinfo=UTC)),  # UTC-10: the 3rd too, a day later
    ],
)
def test_the_same_local_morning_on_both_sides_of_the_date_line_is_a_day_apart(zone: str, utc: datetime):
    wednesday = Weekly(frozenset([3]), time(9), time(10), 5)
    site = a_site(weekly=(wednesday,), zone=ZoneInfo(zone))
    instants = (utc - MICROSECOND, utc, utc + timedelta(hours=1) - MICROSECOND, utc + timedelta(hours=1))
    assert [receives(site, at) for at in instants] == [False, True, True, False]
    assert not receives(site, utc + timedelta(hours=24))


def test_a_closed_date_is_the_centres_own_local_date():
    kiritimati = {"weekly": (a_weekly(time(9), time(10)),), "zone": ZoneInfo("Pacific/Kiritimati")}
    on_the_second = datetime(2027, 3, 2, 19, tzinfo=UTC)  # the 3rd of March there
    assert receives(a_site(**kiritimati), on_the_second)
    assert receives(a_site(**kiritimati, closed=frozenset([date(2027, 3, 2)])), on_the_second)
    assert not receives(a_site(**kiritimati, closed=frozenset([date(2027, 3, 3)])), on_the_second)


def test_a_window_over_midnight_is_that_of_the_day_on_which_it_starts():
    site = a_site(weekly=(a_weekly(time(22), time(2)),))
    at = [datetime(2027, 3, 2, 21, 59, tzinfo=UTC) + timedelta(hours=hours) for hours in (0, 1, 3, 5)]
    assert [receives(site, each) for each in at] == [False, True, True, False]


def test_without_windows_a_centre_receives_at_any_time():
    assert all(receives(a_site(), ARRIVAL + timedelta(hours=hour)) for hour in range(24))


@pytest.mark.parametrize(
    ("lane", "there"),
    [
        (a_lane(), True),
        (a_lane(facility=FACILITY), True),
        (a_lane(class_7=False), False),
        (a_lane(facility="facilities/elsewhere"), False),
        (a_lane(site="sites/elsewhere"), False),
    ],
    ids="any from-there no-class-7 from-elsewhere to-elsewhere".split(),
)
def test_a_lane_leads_from_where_the_run_is_made_to_the_centre_and_carries_class_7(lane: Lane, there: bool):
    assert leads(lane, FACILITY, SITE) is there
