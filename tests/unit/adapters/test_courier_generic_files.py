"""What a courier's CSV files, and milestones that are entered by hand, are taken for."""

from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2

from adapters.courier_generic import ADAPTER, csv_file
from adapters.courier_generic.entry import ENTRY
from adapters.courier_generic.translate import CSV
from tests.support.generic_courier import MAPPING, SHIPMENT, a_milestone, a_reader, one, read, refused

Kind = courier_pb2.Milestone.Kind


HEADER = "event_id,shipment,kind,occurred_at,country,temperature_celsius,device\n"


def test_a_row_is_a_milestone() -> None:
    table = (
        HEADER
        + f'E-1,{SHIPMENT},DELIVERED,2026-12-01 09:30,CH,"4,5",LOG-1\r\n\r\n,{SHIPMENT},ARRIVED,2026-12-01T07:00Z,,,\n'
    )
    first, second = read(table, webhook=CSV).facts
    assert first.said == one(a_milestone(
        occurred_at="2026-12-01 09:30", location={"country": "CH"},
        readings=[{"type": "Temperature", "value": 4.5, "unit": "CEL", "device": "LOG-1"}],
    )).said  # fmt: skip
    assert (second.said.kind, second.index) == (Kind.ARRIVED, 1)


def test_a_file_in_the_couriers_own_words_is_read_by_the_mapping() -> None:
    table = "Sendung;Zeit;Ereignis;Bemerkung\nV-1;2026-12-01T08:00Z;zugestellt;x\nV-2;2026-12-01T08:00Z;verloren;\n"
    found = read(table, a_reader(MAPPING), CSV)
    assert [fact.said.kind for fact in found.facts] == [Kind.DELIVERED]
    assert (found.refused[1].reason, found.refused[1].place) == ("ROW_NOT_VALID", "row 3, column Ereignis")
    assert found.remark.startswith("columns that are not read: Bemerkung; must be one of BOOKED")


def test_errors_are_told_by_the_line_of_the_file_and_good_rows_are_taken() -> None:
    table = (
        "shipment,kind,occurred_at,latitude,longitude,other_shipment\n"
        "V-1,DELIVERED,2026-12-01T08:00Z,,,\n"
        "\n"
        "V-2,DELIVERED,2026-12-01T08:00Z\n"
        ",DELIVERED,2026-12-01T08:00Z,,,\n"
        'V-4,DELIVERED,"2026-12-05\nT08:00Z",,,\n'
        "V-5,DELIVERED,2026-12-05T08:00Z,,,\n"
        "V-6,DELIVERED,2026-12-01T08:00Z,north,8.5,\n"
        "V-7,DELIVERED,2026-12-01T08:00Z,47.3,8.5,ours\n"
    )
    found = read(table, webhook=CSV)
    assert [fact.references for fact in found.facts] == [("V-1",), ("V-7", "ours")]
    assert {index: (each.reason, each.place) for index, each in found.refused.items()} == {
        1: ("ROW_NOT_VALID", "row 4"),
        2: ("ROW_NOT_VALID", "row 5, column shipment"),
        3: ("ROW_NOT_VALID", "row 6, column occurred_at"),
        4: ("TIME_IN_FUTURE", "row 8, column occurred_at"),
        5: ("ROW_NOT_VALID", "row 9, column latitude"),
    }


@pytest.mark.parametrize(("table", "reason", "place"), [
    (b"", "BODY_EMPTY", ""),
    (b"\xef\xbb\xbf \r\n", "BODY_EMPTY", ""),
    (HEADER.encode(), "BODY_EMPTY", ""),
    ("shipment,kind,occurred_at\nZürich,DELIVERED,2026".encode("latin-1"), "BODY_NOT_UTF8", ""),
    (b"shipment,kind,occurred_at\nV\0,DELIVERED,2026", "TEXT_NOT_STORABLE", ""),
    (b'shipment,kind,occurred_at\n"V-1,DELIVERED,2026-12-01T08:00Z\n', "BODY_NOT_CSV", "row 2"),
    (b"number,kind,occurred_at\nV-1,DELIVERED,2026-12-01T08:00Z\n", "COLUMN_MISSING", "row 1"),
    (b"shipment,occurred_at\nV-1,2026-12-01T08:00Z\n", "COLUMN_MISSING", "row 1"),
    (b"shipment,kind\nV-1,DELIVERED\n", "COLUMN_MISSING", "row 1"),
    (b"shipment,kind,kind,occurred_at\nV-1,DELIVERED,DELIVERED,2026-12-01T08:00Z\n", "COLUMN_REPEATED", "row 1"),
    (b'{"milestones": []}', "COLUMN_MISSING", "row 1"),
    (b"shipment,kind,occurred_at\n" + b"V-1,DELIVERED,2026-12-01T08:00Z\n" * 5001, "TOO_MANY_MILESTONES", ""),
])  # fmt: skip
def test_a_file_of_which_nothing_can_be_read_is_refused(table: bytes, reason: str, place: str) -> None:
    refusal = refused(table, webhook=CSV)
    assert (refusal.reason, refusal.place) == (reason, place)


def an_entry(**changes: Any) -> dict[str, Any]:
    said = {
        "kind": "DELIVERED",
        "shipmentReferences": [SHIPMENT],
        "time": "2026-12-01T08:30:00Z",
        "description": "Told by telephone",
        "location": {"city": "Zürich", "country": "CH"},
        "temperatures": [{"celsius": 4.5, "device": "LOG-1"}],
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


def entered(*entries: Any) -> Any:
    return {
        "courier": "partners/vega",
        "milestones": list(entries),
        "requestId": "0198c0de-7a3b-7000-8000-000000000001",
    }


def test_what_is_entered_by_hand_is_a_milestone_like_any_other() -> None:
    (fact,) = read(entered(an_entry(expectedDeliveryTime="2026-12-09T10:00:00Z")), webhook=ENTRY).facts
    said = fact.said
    assert (said.kind, said.description, said.location.city) == (Kind.DELIVERED, "Told by telephone", "Zürich")
    assert (said.time, fact.references, fact.ends) == (said.sensor_readings[0].time, (SHIPMENT,), True)
    assert (said.sensor_readings[0].unit, said.sensor_readings[0].value) == ("CEL", 4.5)
    assert said.expected_delivery_time.ToJsonString() == "2026-12-09T10:00:00Z"
    assert said.event_id == fact.key
    again = read(entered(an_entry(), an_entry(expectedDeliveryTime="2026-12-09T10:00:00Z")), webhook=ENTRY)
    assert [each.key == fact.key for each in again.facts] == [False, True]
    (named,) = read(entered(an_entry(eventId="T-1", location=None)), webhook=ENTRY).facts
    assert (named.key, named.said.HasField("location")) == ("T-1", False)


@pytest.mark.parametrize(("changes", "reason", "place"), [
    ({"time": "2026-12-03T08:30:00Z"}, "TIME_IN_FUTURE", "/milestones/1/time"),
    ({"temperatures": [{"celsius": 4, "time": "2026-12-03T08:30:00Z"}]}, "TIME_IN_FUTURE",
     "/milestones/1/temperatures/0/time"),
    ({"kind": "LOST"}, "BODY_NOT_ENTRY", ""),
])  # fmt: skip
def test_of_what_is_entered_all_is_taken_or_none(changes: dict[str, Any], reason: str, place: str) -> None:
    refusal = refused(entered(an_entry(), an_entry(**changes)), webhook=ENTRY)
    assert (refusal.reason, refusal.place) == (reason, place)


def test_a_file_has_as_many_rows_as_it_may_and_no_more_lines_than_twenty_times_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The bounds are lowered, because what counts is where they are, not how long a file may be."""
    monkeypatch.setattr(csv_file, "ROWS_MAX", 3)
    head, row = "shipment,kind,occurred_at\n", "V-{},DELIVERED,2026-12-01T08:00Z\n"
    rows = [row.format(number) for number in range(4)]
    assert len(read(head + "".join(rows[:3]), webhook=CSV).facts) == 3
    assert refused(head + "".join(rows), webhook=CSV).reason == "TOO_MANY_MILESTONES"
    # The header, blank lines and one row: sixty lines, or one more.
    assert len(read(head + "\n" * 57 + rows[0], webhook=CSV).facts) == 1
    assert refused(head + "\n" * 60 + rows[0], webhook=CSV).reason == "TOO_MANY_MILESTONES"


def test_a_second_story_under_one_id_is_answered_as_a_conflict_in_either_format() -> None:
    assert {webhook.path: webhook.changed_event_status for webhook in ADAPTER.webhooks} == {
        "/courier/{account}": 409,
        "/courier/{account}/csv": 409,
    }
