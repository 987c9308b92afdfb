"""The unified shape of DHL: which state is an event of its own, which pieces are meant, when a delivery is expected."""

import json
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2

from adapters.manifest import Fact
from tests.support.dhl import ANSWERED, NUMBER, only, read, scan, shipments
from tests.unit.adapters.test_dhl import taken

Kind = courier_pb2.Milestone.Kind
AT = "2026-11-22T08:00:00Z"


def facts(body: Any) -> list[Fact]:
    return list(taken(body).facts)


@pytest.mark.parametrize(("event", "state", "alone"), [
    ({"word": "transit", "description": "Arrived"}, {"word": "transit", "description": "Other words"}, 1),
    ({"word": "transit", "description": "Arrived"}, {"word": "failure", "description": "Arrived"}, 1),
    ({"word": "transit", "description": "Arrived"}, {"word": "failure", "description": "Held"}, 2),
    ({"word": None, "description": "Arrived"}, {"word": "transit", "description": "Arrived"}, 1),
    ({"word": None, "description": "Arrived"}, {"word": None, "description": "Other words"}, 1),  # it adds no word
])  # fmt: skip
def test_a_state_is_an_event_once_more_if_it_has_its_word_or_its_words(
    event: dict[str, Any], state: dict[str, Any], alone: int
) -> None:
    assert len(facts(shipments(scan(at=AT, **event), status=scan(at=AT, **state)))) == alone


def test_the_states_word_goes_to_the_event_that_it_repeats_only_where_that_has_none() -> None:
    without = only(taken(shipments(scan(word=None, description="x"), status=scan(word="delivered", description="x"))))
    assert without.said.kind == Kind.DELIVERED
    with_its_own = only(
        taken(
            shipments(
                scan(word="transit", description="x"), status=scan("2026-11-22T08:00:00Z", "delivered", description="x")
            )
        )
    )
    assert with_its_own.said.kind == Kind.DEPARTED


def test_a_state_alone_counts_even_without_a_word_and_without_a_time() -> None:
    found = only(taken(shipments(status={"description": "On its way"})))
    assert found.said.kind == Kind.KIND_UNSPECIFIED
    assert {"CODE_UNKNOWN", "TIME_MISSING"} <= set(found.warnings)
    # Neither of the two says when, so it is the same moment.
    event = {"statusCode": "transit", "description": "Arrived"}
    assert len(facts(shipments(event, status={**event}))) == 1
    assert len(facts(shipments(event, status=scan(word="transit", description="Arrived")))) == 2


@pytest.mark.parametrize(("newest", "state", "kinds"), [
    ({"word": None, "description": "Delivered"}, {"statusCode": "delivered", "description": "Delivered"}, [8, 3]),
    ({"word": "delivered", "description": "Done"}, {"statusCode": "delivered"}, [8, 3]),
    ({"word": "transit"}, {"statusCode": "delivered"}, [3, 3, 8]),  # no words are not the same words
    ({"word": None, "description": "Handed over"}, {"statusCode": "delivered", "description": "Done"}, [0, 3, 8]),
])  # fmt: skip
def test_a_state_that_does_not_say_when_is_the_newest_event_if_it_says_the_same(
    newest: dict[str, Any], state: dict[str, Any], kinds: list[int]
) -> None:
    earlier = scan("2026-11-21T08:00:00Z", "transit", description="Arrived")
    for events in ((scan(at=AT, **newest), earlier), (earlier, scan(at=AT, **newest))):
        found = facts(shipments(*events, status=state))
        assert sorted(fact.said.kind for fact in found) == sorted(kinds)
        assert ("TIME_MISSING" in str([fact.warnings for fact in found])) == (len(kinds) == 3)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_state_at_the_edge_of_the_calendar_fails_nothing(at: str) -> None:
    state = {"statusCode": "delivered", "timestamp": at}
    assert len(facts(shipments(scan("2026-11-21T05:00:00+01:00", "delivered"), status=state))) == 1


def test_the_newest_event_is_that_of_the_latest_instant_whatever_hour_its_place_has() -> None:
    east, west = scan("2026-11-21T10:00:00+08:00", "transit"), scan("2026-11-21T05:00:00+01:00", "delivered")
    for events in ((east, west), (west, east)):
        assert len(facts(shipments(*events, status={"statusCode": "delivered"}))) == 2


def test_some_pieces_are_named_in_one_order_and_all_of_them_are_the_shipment() -> None:
    details = {"pieceIds": ["JD1", "JD2", "JD3"]}
    some, other, unknown = facts(
        shipments(
            scan(pieceIds=["JD3", "JD1"]),
            scan(pieceIds=["JD1", "JD3"], word="failure"),
            scan(pieceIds=["JD9"], word="delivered"),
            details=details,
        )
    )
    assert some.references == other.references == ("JD1", "JD3")
    assert unknown.references == (NUMBER, "JD1", "JD2", "JD3", "JD9")  # it is none of those that DHL lists


def test_the_time_counts_where_the_window_is_a_day() -> None:
    window = {"estimatedThrough": "2026-11-23T00:00:00Z"}
    found = facts(shipments(scan(), estimatedDeliveryTimeFrame=window, estimatedTimeOfDelivery="2026-11-23T10:00:00Z"))
    assert found[-1].said.expected_delivery_time.ToJsonString() == "2026-11-23T10:00:00Z"
    window["estimatedThrough"] = "2026-11-23T09:00:00Z"
    found = facts(shipments(scan(), estimatedDeliveryTimeFrame=window, estimatedTimeOfDelivery="2026-11-23T10:00:00Z"))
    assert [each.said.expected_delivery_time.ToJsonString() for each in found[1:]] == ["2026-11-23T09:00:00Z"]


@pytest.mark.parametrize(("flag", "kind"), [(True, Kind.RETURNED), ("true", Kind.DELIVERED), (None, Kind.DELIVERED)])
def test_only_a_flag_that_is_true_makes_a_return(flag: Any, kind: int) -> None:
    assert only(taken(shipments(scan(word="delivered"), returnFlag=flag))).said.kind == kind


def test_a_shipment_of_no_division_is_that_of_the_account_and_a_division_is_known_in_any_spelling() -> None:
    for service in (None, "Express", "EXPRESS"):
        body = json.dumps({"trackingNumber": "JD1", "answer": shipments(scan(), service=service)}).encode()
        assert only(read(body, webhook=ANSWERED)).references == (NUMBER, "JD1")
