"""In which zone a place is, and what a local time there means."""

from datetime import UTC, datetime
from zoneinfo import available_timezones

import pytest

from adapters import zones
from adapters.zones import civil_time, country_code, of_airport, of_coordinates, of_country, of_locode, of_region


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


NOON, WINTER = local("2026-07-01T12:00:00"), local("2026-12-01T12:00:00")


@pytest.mark.parametrize(("code", "country", "expected"), [
    ("SYD", "AU", ("Australia/Sydney",)), ("akl", "", ("Pacific/Auckland",)), (" LEJ ", "de", ("Europe/Berlin",)),
    ("BNA", "US", ("America/Chicago",)), ("CVG", "US", ("America/New_York",)), ("PHX", "US", ("America/Phoenix",)),
    ("LON", "GB", ("Europe/London",)), ("NYC", "US", ("America/New_York",)),  # cities with several airports
    ("SYD", "CA", ()), ("LEJ", "US", ()),  # a courier's own code that is an airport elsewhere
    ("XZQ", "", ()), ("", "", ()), ("EDDP", "", ()), ("Leipzig", "DE", ()), ("LE", "DE", ()),
])  # fmt: skip
def test_an_airport_has_one_zone_and_only_in_its_country(code: str, country: str, expected: zones.Zones) -> None:
    assert of_airport(code, country) == expected


@pytest.mark.parametrize(("code", "expected"), [
    ("DELEJ", ("Europe/Berlin",)), ("us bna", ("America/Chicago",)), ("GBLON", ("Europe/London",)),
    ("BEMEO", ("Europe/Brussels",)),  # no airport, and a country with one zone
    ("USZZZ", of_country("US")), ("LEJ", ()), ("", ()), ("XXLEJ", ()),
])  # fmt: skip
def test_a_locode_is_an_airport_of_its_country_or_the_country(code: str, expected: zones.Zones) -> None:
    assert of_locode(code) == expected


@pytest.mark.parametrize(("latitude", "longitude", "expected"), [
    (51.4324, 12.2416, ("Europe/Berlin",)),
    (-33.9461, 151.177, ("Australia/Sydney",)),
    (47.585, 7.60, ("Europe/Berlin", "Europe/Paris", "Europe/Zurich")),  # Basel, by the border
    (43.8, 87.6, ("Asia/Shanghai", "Asia/Urumqi")),
    (20.0, -30.0, ()), (0.0, 0.0, ()), (90.1, 0.0, ()), (0.0, 181.0, ()),
    (float("nan"), 8.0, ()), (51.0, float("inf"), ()),
])  # fmt: skip
def test_a_point_on_land_has_its_zone_and_the_ocean_none(
    latitude: float, longitude: float, expected: zones.Zones
) -> None:
    assert of_coordinates(latitude, longitude) == expected


def test_the_edges_of_the_map_are_looked_at_without_a_fault() -> None:
    assert of_coordinates(-16.8, 179.99) == of_coordinates(-16.8, -179.99) == ("Pacific/Fiji",)
    assert of_coordinates(-90.0, 0.0) == ("Antarctica/McMurdo",)
    assert of_coordinates(90.0, 180.0) == ()


@pytest.mark.parametrize(("country", "known"), [
    ("BE", True), ("nl", True), ("DE", True),  # Busingen keeps the time of Berlin
    ("US", False), ("ES", False), ("CN", False), ("AU", False), ("ZZ", False), ("", False), ("UK", False),
])  # fmt: skip
def test_a_country_says_the_time_only_if_all_of_it_agrees(country: str, known: bool) -> None:
    found = civil_time(NOON, of_country(country))
    assert (found.at is not None) == known
    assert found.doubt == ("" if known else "TIME_ZONE_UNKNOWN")


@pytest.mark.parametrize(("country", "region", "hour"), [
    ("US", "IL", 17), ("us", "new jersey", 16), ("US", "CA", 19), ("US", "ME", 16),
    ("CA", "MB", 17), ("CA", "SK", 18),  # a corner of Saskatchewan changes its clocks, and agrees in summer
    ("US", "TN", None), ("US", "KY", None), ("US", "TX", None), ("US", "FL", None), ("US", "OR", None),
    ("US", "", None), ("US", "XX", None), ("DE", "BY", None), ("CA", "IL", None),
])  # fmt: skip
def test_a_state_says_the_time_only_if_all_of_it_agrees(country: str, region: str, hour: int | None) -> None:
    found = civil_time(NOON, of_region(country, region))
    assert (found.at.hour if found.at else None) == hour


@pytest.mark.parametrize(("name", "code"), [
    ("Belgium", "BE"), ("  south   africa ", "ZA"), ("USA", "US"), ("UK", "GB"), ("DE", "DE"), ("XX", ""), ("", ""),
    ("Exampleland", ""),
])  # fmt: skip
def test_a_country_is_known_by_name_or_code(name: str, code: str) -> None:
    assert country_code(name) == code


@pytest.mark.parametrize(("written", "hours"), [
    ("2026-11-22T12:00:00", {-6, -5}), ("2026-11-01T01:30:00", {-6, -5, -4}), ("2026-03-08T02:30:00", set()),
])  # fmt: skip
def test_offsets_are_those_that_clocks_may_have(written: str, hours: set[int]) -> None:
    found = zones.offsets(local(written), ("America/Chicago", "America/New_York"))
    assert {each.total_seconds() / 3600 for each in found} == hours


def test_a_local_time_is_an_instant_by_the_rules_of_its_day() -> None:
    berlin = of_airport("LEJ")
    assert civil_time(NOON, berlin).at == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert civil_time(WINTER, berlin).at == datetime(2026, 12, 1, 11, tzinfo=UTC)
    assert civil_time(local("2026-07-01T12:00:00.123456"), berlin).at == datetime(2026, 7, 1, 10, 0, 0, 123456, UTC)


def test_a_border_between_zones_that_agree_is_none() -> None:
    assert civil_time(WINTER, of_coordinates(47.585, 7.60)).at == datetime(2026, 12, 1, 11, tzinfo=UTC)
    assert civil_time(WINTER, of_coordinates(43.8, 87.6)).doubt == "TIME_ZONE_UNKNOWN"


@pytest.mark.parametrize(("code", "written", "doubt"), [
    ("LEJ", "2026-10-25T02:30:00", "TIME_AMBIGUOUS"), ("LEJ", "2026-03-29T02:30:00", "TIME_SKIPPED"),
    ("BNA", "2026-11-01T01:00:00", "TIME_AMBIGUOUS"), ("BNA", "2026-03-08T02:59:59", "TIME_SKIPPED"),
    ("LDH", "2026-04-05T01:45:00", "TIME_AMBIGUOUS"),  # half an hour of summer time
])  # fmt: skip
def test_an_hour_that_comes_twice_or_not_at_all_is_no_instant(code: str, written: str, doubt: str) -> None:
    found = civil_time(local(written), of_airport(code))
    assert (found.at, found.doubt) == (None, doubt)


@pytest.mark.parametrize(("code", "written"), [
    ("LEJ", "2026-10-25T01:59:59"), ("LEJ", "2026-10-25T03:00:00"), ("LEJ", "2026-03-29T03:00:00"),
    ("PHX", "2026-03-08T02:30:00"),  # no summer time there
])  # fmt: skip
def test_beside_such_an_hour_all_is_well(code: str, written: str) -> None:
    assert civil_time(local(written), of_airport(code)).at is not None


def test_unknown_is_never_utc() -> None:
    assert civil_time(NOON, ()) == zones.CivilTime(None, "TIME_ZONE_UNKNOWN")
    assert civil_time(NOON, ("Mars/Olympus",)).doubt == "TIME_ZONE_UNKNOWN"


@pytest.mark.parametrize(("written", "code"), [("0001-01-01T00:00:00", "SYD"), ("9999-12-31T23:59:59", "HNL")])
def test_a_time_beyond_the_calendar_is_no_instant(written: str, code: str) -> None:
    assert civil_time(local(written), of_airport(code)).at is None


def test_every_zone_of_the_tables_has_its_rules_here() -> None:
    named = {zone for _, found in zones._airports().values() for zone in found}
    named |= {zone for found in zones._countries().values() for zone in found}
    assert len(named) > 400
    assert named <= available_timezones()
