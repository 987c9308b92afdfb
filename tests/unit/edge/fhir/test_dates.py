"""FHIR's dates with prefixes, as an interval."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.edge.fhir.dates import StartBound, Starts
from services.kernel.errors import Invalid

CHICAGO = ZoneInfo("America/Chicago")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("texts", "begin", "end"),
    [
        (["ge2026-12-01", "le2026-12-10"], "2026-12-01T06:00:00Z", "2026-12-11T06:00:00Z"),
        (["ge2026-12-01", "lt2026-12-10"], "2026-12-01T06:00:00Z", "2026-12-10T06:00:00Z"),
        (["gt2026-12-01"], "2026-12-02T06:00:00Z", "2026-12-16T06:00:00Z"),
        (["2026-12-01"], "2026-12-01T06:00:00Z", "2026-12-02T06:00:00Z"),
        (["eq2026-12"], "2026-12-01T06:00:00Z", "2027-01-01T06:00:00Z"),
        (["2026"], "2026-01-01T06:00:00Z", "2027-01-01T06:00:00Z"),
        # The day on which clocks go back has 25 hours, the one on which they go forward 23.
        (["2026-11-01"], "2026-11-01T05:00:00Z", "2026-11-02T06:00:00Z"),
        (["2026-03-08"], "2026-03-08T06:00:00Z", "2026-03-09T05:00:00Z"),
        (["ge2026-12-01T08:30:00Z", "lt2026-12-01T09:30Z"], "2026-12-01T08:30:00Z", "2026-12-01T09:30:00Z"),
        (["ge2026-12-01T08:30:00+0000", "le2026-12-01T10:30:00+01:00"], "2026-12-01T08:30:00Z", "2026-12-01T09:30:01Z"),
        (["sa2026-12-01T08:30:00.5Z", "eb2026-12-02T00:00Z"], "2026-12-01T08:30:00.6Z", "2026-12-02T00:00:00Z"),
        (["ge2026-12-01T08:30:00"], "2026-12-01T14:30:00Z", "2026-12-15T14:30:00Z"),
        (
            ["ge2026-12-01", "ge2026-12-03", "le2026-12-10", "le2026-12-05"],
            "2026-12-03T06:00:00Z",
            "2026-12-06T06:00:00Z",
        ),
    ],
)
def test_dates_are_the_centres_and_instants_are_instants(texts: list[str], begin: str, end: str):
    assert Starts.read(texts).interval(CHICAGO) == (at(begin), at(end))


def test_nothing_said_is_no_interval():
    assert Starts.read([]).interval(UTC) is None
    assert Starts.read([]).holds(at("2026-12-01T06:00:00Z"), UTC)


def test_the_end_of_what_was_asked_for_is_outside_of_it():
    day = Starts.read(["2026-12-01"])
    held = [day.holds(at(f"2026-12-0{each}T06:00:00Z"), CHICAGO) for each in (1, 2)]
    assert held == [True, False] and not day.holds(at("2026-12-01T05:59:59Z"), CHICAGO)


@pytest.mark.parametrize(
    "text",
    ["soon", "ge", "ne2026-12-01", "ap2026-12-01", "ge2026-13-01", "ge2026-02-30", "2026-12-01T25:00Z", "0000",
     "2026-12-01T08:30:00 01:00", "ge20261201", "ge2026-12-01T08", "9999", "2026-12-01T08:30:00+25:00"],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str):
    with pytest.raises(Invalid) as refused:
        Starts.read([text]).interval(CHICAGO)
    assert refused.value.facts["field"] == "start"


def test_a_blank_where_a_plus_was_written_is_hinted_at():
    with pytest.raises(Invalid, match="write %2B"):
        Starts.read(["ge2026-12-01T08:30:00 01:00"])


def test_an_end_without_a_beginning_is_refused():
    with pytest.raises(Invalid, match="from when on"):
        Starts.read(["le2026-12-10"])


@given(st.integers(0, 5_000_000_000_000_000), st.integers(-14 * 60, 14 * 60))
def test_an_instant_is_the_same_however_its_offset_is_written(microseconds: int, minutes: int):
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    for colon in ("", ":"):
        text = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}{sign}{hours:02}{colon}{rest:02}"
        first, after = StartBound.read(text).span(CHICAGO)
        assert first == moment - timedelta(minutes=minutes)
        assert after - first == timedelta(microseconds=1)
