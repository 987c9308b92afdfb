"""Licences, lanes and receiving windows: each boundary instant, the nights of the clock change, the date line."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from doselane.slotting.v1 import slotting_pb2

from services.kernel.activity import Nuclide, activity_at
from services.kernel.timestamps import stamp
from services.slotting.domain import Lane, Licence, Site
from services.slotting.domain.places import check_lane, check_licence
from services.slotting.domain.refusals import LaneNotValid, SiteLicence, SiteWindow
from services.slotting.events import site_of
from tests.support.slotting import LANE, NOON, SITE, a_lane, a_run, a_site

MICROSECOND = timedelta(microseconds=1)
SYNTHESIS = NOON + timedelta(hours=24)
ADMINISTRATION = NOON + timedelta(hours=48)
ARRIVAL = SYNTHESIS + timedelta(hours=8)
CHICAGO = ZoneInfo("America/Chicago")


def licensed(activity_mbq_max: float = 7400.0, until: datetime = NOON + timedelta(days=365)) -> Site:
    return a_site(licences=[Licence(Nuclide.LU_177, activity_mbq_max, until)])


def admits(site: Site, activity_mbq: float = 7400.0, arrival_at: datetime = ADMINISTRATION, **run: object) -> bool:
    try:
        check_licence(site, a_run(**run), activity_mbq, ADMINISTRATION, arrival_at)
    except SiteLicence:
        return False
    return True


def receives(site: Site, arrival_at: datetime) -> bool:
    """Whether a dose that arrives at this instant is taken in, on a lane made for it."""
    run = a_run(end_of_synthesis_at=arrival_at - timedelta(hours=8))
    try:
        check_lane(a_lane(), LANE, site, run, arrival_at + timedelta(hours=1))
    except SiteWindow:
        return False
    return True


def with_window(start_at: datetime, end_at: datetime) -> Site:
    """A centre with one window, as it comes over the wire."""
    window = slotting_pb2.ReceivingWindow(start_time=stamp(start_at), end_time=stamp(end_at))
    return site_of(slotting_pb2.Site(name=SITE, receiving_windows=[window]))


def test_a_licence_covers_its_nuclide_up_to_its_activity():
    assert admits(licensed())
    assert not admits(licensed(), activity_mbq=7400.001)
    assert not admits(licensed(), nuclide=Nuclide.AC_225)


@pytest.mark.parametrize(("after", "valid"), [(MICROSECOND, True), (timedelta(0), False)])
def test_a_licence_must_outlast_the_administration(after: timedelta, valid: bool):
    assert admits(licensed(until=ADMINISTRATION + after)) is valid


def test_the_licence_must_cover_the_dose_as_it_arrives_when_it_is_hotter():
    at_arrival = activity_at(7400.0, ADMINISTRATION, ARRIVAL, Nuclide.LU_177)
    assert at_arrival > 7900
    assert not admits(licensed(at_arrival - 0.001), arrival_at=ARRIVAL)
    assert admits(licensed(at_arrival), arrival_at=ARRIVAL)


def test_one_of_several_licences_is_enough_and_two_do_not_add_up():
    small = [Licence(Nuclide.LU_177, 5000.0, NOON + timedelta(days=9))] * 2
    assert not admits(a_site(licences=small))
    assert admits(a_site(licences=[*small, Licence(Nuclide.LU_177, 8000.0, NOON + timedelta(days=9))]))


def test_the_refusal_says_what_licence_is_wanted():
    with pytest.raises(SiteLicence) as refusal:
        check_licence(licensed(100.0), a_run(), 7400.0, ADMINISTRATION, ADMINISTRATION)
    assert refusal.value.facts == {
        "site": SITE,
        "nuclide": "Lu-177",
        "activity_mbq": "7400.000",
        "administration_time": "2027-03-03T12:00:00Z",
    }


def test_an_unknown_lane_and_one_to_another_centre_are_answered_alike():
    answers = []
    for lane in (None, a_lane(site="sites/elsewhere")):
        with pytest.raises(LaneNotValid) as refusal:
            check_lane(lane, LANE, a_site(), a_run(), ADMINISTRATION)
        answers.append((refusal.value.message, refusal.value.facts))
    assert answers[0] == answers[1] == ("This lane does not lead to the centre.", {"lane": LANE, "site": SITE})


@pytest.mark.parametrize(("after", "valid"), [(MICROSECOND, True), (timedelta(0), False)])
def test_a_lane_must_be_validated_when_the_dose_departs(after: timedelta, valid: bool):
    departure_at = SYNTHESIS + timedelta(hours=2)
    lane = a_lane(valid_until=departure_at + after)
    if valid:
        check_lane(lane, LANE, a_site(), a_run(), ADMINISTRATION)
        return
    with pytest.raises(LaneNotValid) as refusal:
        check_lane(lane, LANE, a_site(), a_run(), ADMINISTRATION)
    assert refusal.value.facts["departure_time"] == refusal.value.facts["valid_until_time"] == "2027-03-02T14:00:00Z"


@pytest.mark.parametrize(("early", "in_time"), [(timedelta(0), True), (MICROSECOND, False)])
def test_a_dose_must_arrive_by_its_administration(early: timedelta, in_time: bool):
    if in_time:
        check_lane(a_lane(), LANE, a_site(), a_run(), ARRIVAL - early)
        return
    with pytest.raises(LaneNotValid) as refusal:
        check_lane(a_lane(), LANE, a_site(), a_run(), ARRIVAL - early)
    assert refusal.value.facts["arrival_time"] == "2027-03-02T20:00:00Z"


def test_a_window_begins_with_its_first_instant_and_excludes_its_last():
    site = with_window(ARRIVAL, ARRIVAL + timedelta(hours=2))
    found = [
        receives(site, ARRIVAL + after) for after in (-MICROSECOND, timedelta(0), timedelta(hours=2) - MICROSECOND)
    ]
    assert found == [False, True, True]
    assert not receives(site, ARRIVAL + timedelta(hours=2))


def test_outside_all_windows_the_refusal_names_the_arrival():
    site = with_window(ARRIVAL - timedelta(hours=2), ARRIVAL)
    with pytest.raises(SiteWindow) as refusal:
        check_lane(a_lane(), LANE, site, a_run(), ADMINISTRATION)
    assert refusal.value.facts == {"site": SITE, "lane": LANE, "arrival_time": "2027-03-02T20:00:00Z"}


@pytest.mark.parametrize(
    ("day", "opens_utc"),
    [(13, 14), (14, 13)],  # the clocks of Chicago go forward in the night to 14 March 2027
)
def test_a_morning_window_opens_an_hour_earlier_in_utc_once_clocks_went_forward(day: int, opens_utc: int):
    opens = datetime(2027, 3, day, 8, tzinfo=CHICAGO)
    site = with_window(opens, opens.replace(hour=10))
    assert opens.astimezone(UTC).hour == opens_utc
    assert receives(site, datetime(2027, 3, day, opens_utc, tzinfo=UTC))
    assert not receives(site, datetime(2027, 3, day, opens_utc, tzinfo=UTC) - MICROSECOND)
    assert not receives(site, datetime(2027, 3, day, opens_utc + 2, tzinfo=UTC))


def test_a_window_over_the_hour_that_comes_twice_lasts_both_of_them():
    opens = datetime(2027, 11, 7, 1, tzinfo=CHICAGO)  # 06:00 UTC; at 07:00 UTC it is 01:00 again
    site = with_window(opens, datetime(2027, 11, 7, 2, tzinfo=CHICAGO))
    at = [datetime(2027, 11, 7, hour, 30, tzinfo=UTC) for hour in (5, 6, 7, 8)]
    assert [receives(site, each) for each in at] == [False, True, True, False]


def test_a_window_in_the_second_of_the_twin_hours_excludes_the_first():
    opens = datetime(2027, 11, 7, 1, tzinfo=CHICAGO, fold=1)
    site = with_window(opens, datetime(2027, 11, 7, 2, tzinfo=CHICAGO))
    assert [receives(site, datetime(2027, 11, 7, hour, 30, tzinfo=UTC)) for hour in (6, 7)] == [False, True]


@pytest.mark.parametrize(
    ("zone", "utc"),
    [
        ("Pacific/Kiritimati", datetime(2027, 3, 2, 19, tzinfo=UTC)),  # UTC+14: the day before
        ("Pacific/Pago_Pago", datetime(2027, 3, 3, 20, tzinfo=UTC)),  # UTC-11
    ],
)
def test_the_same_local_morning_on_both_sides_of_the_date_line_is_a_day_and_an_hour_apart(zone: str, utc: datetime):
    opens = datetime(2027, 3, 3, 9, tzinfo=ZoneInfo(zone))
    site = with_window(opens, opens + timedelta(hours=1))
    assert receives(site, utc)
    assert not receives(site, utc - MICROSECOND)
    assert not receives(site, utc + timedelta(hours=25))


def test_without_windows_a_centre_receives_at_any_time():
    assert all(receives(a_site(), ARRIVAL + timedelta(hours=hour)) for hour in range(24))


def test_a_lane_knows_when_a_dose_departs_and_arrives():
    lane: Lane = a_lane(dispatch_minutes=90, transit_minutes=61)
    assert lane.departure_at(a_run()) == SYNTHESIS + timedelta(minutes=90)
    assert lane.arrival_at(a_run()) == SYNTHESIS + timedelta(minutes=151)
