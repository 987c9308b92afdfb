"""Instants: which there are, what is cut of them, and what a text must say."""

from datetime import UTC, datetime, timedelta

import pytest
from doselane.slotting.v1.slotting_pb2 import Slot
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel import timestamps
from services.kernel.calendar import EARLIEST, LATEST
from services.kernel.errors import Invalid

SECOND = timedelta(seconds=1)
NOON = "2027-03-01T12:00:00Z"


def at(text: str) -> Timestamp:
    seconds, nanos = timestamps.read(text)
    return Timestamp(seconds=seconds, nanos=nanos)


@pytest.mark.parametrize("edge", [EARLIEST, LATEST])
def test_the_range_includes_its_edges(edge: datetime):
    told = timestamps.stamp(edge)
    assert told is not None and timestamps.instant(told, "at") == edge
    assert at(edge.isoformat()) == told


@pytest.mark.parametrize("beyond", [EARLIEST - SECOND, LATEST + SECOND])
def test_beyond_the_range_the_field_and_the_range_are_named(beyond: datetime):
    told = timestamps.stamp(beyond)
    with pytest.raises(Invalid, match="1900-01-01T00:00:00Z to 2200-01-01T00:00:00Z") as refused:
        timestamps.instant(told or Timestamp(), "use_by_time")
    assert dict(refused.value.facts) == {
        "field": "use_by_time",
        "earliest_time": "1900-01-01T00:00:00Z",
        "latest_time": "2200-01-01T00:00:00Z",
    }
    with pytest.raises(ValueError, match="1900-01-01T00:00:00Z to 2200-01-01T00:00:00Z"):
        timestamps.read(beyond.isoformat())


@pytest.mark.parametrize("nanos", [-1, 1_000_000_000])
def test_a_fraction_that_is_none_is_refused(nanos: int):
    with pytest.raises(Invalid):
        timestamps.instant(Timestamp(seconds=0, nanos=nanos), "at")


@pytest.mark.parametrize(
    "text",
    [
        "9999-12-31T23:59:59Z",  # SAP's end of time
        "0001-01-01T00:00:00Z",  # what a .NET program sends for nothing
        "2026-12-31T23:59:60Z",  # a leap second
        "2027-02-29T00:00:00Z",
        "2027-03-01T24:00:00Z",
    ],
)
def test_a_text_that_names_no_instant_is_refused_with_the_range_named(text: str):
    with pytest.raises(ValueError, match="1900-01-01T00:00:00Z to 2200-01-01T00:00:00Z, its seconds from 00 to 59"):
        timestamps.read(text)


@pytest.mark.parametrize("text", ["2027-03-01", "2027-03-01T08:00:00", "tomorrow", "", 5, None, "2027-03-01 08:00:00Z"])
def test_a_text_in_another_form_is_shown_an_example(text: object):
    with pytest.raises(ValueError, match="such as 2026-12-01T08:30:00Z"):
        timestamps.read(text)


@pytest.mark.parametrize("year", [1969, 2027])
def test_nanoseconds_are_cut_to_the_microsecond_in_which_they_lie(year: int):
    microsecond = datetime(year, 3, 1, 8, 30, 0, 123456, UTC)
    assert timestamps.instant(at(f"{year}-03-01T08:30:00.123456Z"), "at") == microsecond
    assert timestamps.instant(at(f"{year}-03-01T08:30:00.123456999Z"), "at") == microsecond
    assert timestamps.stamp(microsecond) == at(f"{year}-03-01T08:30:00.123456Z")


def test_an_instant_that_may_be_absent_is_never_guessed() -> None:
    never, unset, said = (Slot(hold_until_time=each) for each in (Timestamp(seconds=1 << 60), None, at(NOON)))
    assert [timestamps.known_instant(each, "hold_until_time") for each in (never, unset)] == [None, None]
    assert timestamps.optional_instant(unset, "hold_until_time") is None
    for read in (timestamps.known_instant, timestamps.optional_instant):
        assert read(said, "hold_until_time") == datetime(2027, 3, 1, 12, tzinfo=UTC)
    for named in ((), ("slot.hold_until_time",)):
        with pytest.raises(Invalid) as refused:
            timestamps.optional_instant(never, "hold_until_time", *named)
        assert refused.value.facts["field"] == (named or ("hold_until_time",))[0]
