"""Events as Kafka records: CloudEvents 1.0, binary mode."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.kernel.bus import cloudevents
from services.kernel.event import Event
from tests.support.line import an_event

TEXT = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
INSTANTS = some.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=some.just(UTC))  # noqa: DTZ001

EVENTS = some.builds(
    Event,
    id=some.uuids(version=4),
    type=TEXT,
    source=TEXT,
    subject=TEXT,
    sequence=some.integers(1, 2**63 - 1),
    time=INSTANTS,
    data=some.binary(max_size=200),
    partner=TEXT,
    actor=TEXT,
    reason=TEXT,
    traceparent=TEXT,
)


@given(EVENTS)
def test_what_is_written_is_read_again(event: Event) -> None:
    assert cloudevents.event(cloudevents.headers(event), event.data) == event


def test_the_headers_are_those_of_the_binding() -> None:
    event = an_event()
    assert dict(cloudevents.headers(event)) == {
        "content-type": b"application/protobuf",
        "ce_specversion": b"1.0",
        "ce_id": str(event.id).encode(),
        "ce_type": b"doselane.slotting.slot.confirmed.v1",
        "ce_source": b"doselane/slotting",
        "ce_subject": b"slots/1",
        "ce_time": b"2027-03-01T12:00:00.123456Z",
        "ce_sequence": b"1",
        "ce_partitionkey": b"slots/1",
        "ce_partner": b"partners/northlake",
        "ce_actor": b"northlake-planner",
        "ce_reason": b"patient is ready",
        "traceparent": event.traceparent.encode(),
        "ce_traceparent": event.traceparent.encode(),
    }


def test_an_attribute_without_a_value_is_left_out() -> None:
    names = dict(cloudevents.headers(an_event(partner="", actor="", reason="", traceparent="")))
    assert not {"ce_partner", "ce_actor", "ce_reason", "traceparent", "ce_traceparent"} & set(names)


def test_a_time_in_another_zone_is_written_in_utc() -> None:
    at = datetime(2027, 3, 1, 13, tzinfo=timezone(timedelta(hours=1)))
    headers = cloudevents.headers(an_event(time=at))
    assert dict(headers)["ce_time"] == b"2027-03-01T12:00:00Z"
    assert cloudevents.event(headers, b"").time == at


def test_extensions_that_we_do_not_know_are_ignored() -> None:
    event = an_event()
    assert cloudevents.event([*cloudevents.headers(event), ("ce_colour", b"\xff")], event.data) == event


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("ce_specversion", b"0.3", "ce_specversion is not 1.0"),
        ("ce_specversion", None, "ce_specversion is not 1.0"),
        ("content-type", b"application/json", "not application/protobuf"),
        ("ce_id", None, "ce_id is missing"),
        ("ce_id", b"17", "cannot be read"),
        ("ce_type", None, "ce_type is missing"),
        ("ce_type", b"\xff", "cannot be read"),
        ("ce_time", b"yesterday", "cannot be read"),
        ("ce_time", b"2027-03-01T12:00:00", "no zone"),
        ("ce_sequence", b"one", "cannot be read"),
        ("ce_sequence", b"0", "out of range"),
        ("ce_sequence", b"9" * 30, "out of range"),
        ("ce_sequence", b"9" * 6000, "cannot be read"),
    ],
)
def test_a_record_that_is_no_event_says_why(name: str, value: bytes | None, complaint: str) -> None:
    headers = [(each, kept) for each, kept in cloudevents.headers(an_event()) if each != name]
    with pytest.raises(cloudevents.NotAnEvent, match=complaint):
        cloudevents.event([*headers, (name, value)] if value is not None else headers, b"")


def test_a_record_without_a_value_is_no_event() -> None:
    with pytest.raises(cloudevents.NotAnEvent, match="no value"):
        cloudevents.event(cloudevents.headers(an_event()), None)


def test_headers_of_a_foreign_record_are_readable_whatever_they_hold() -> None:
    assert cloudevents.readable([("a", b"b"), ("c", b"\xff")]) == {"a": "b", "c": "\\xff"}
