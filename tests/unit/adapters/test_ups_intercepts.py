"""Sending a package of UPS elsewhere, or back: what is asked, and what UPS's answers mean."""

import json
from datetime import timedelta
from typing import Any

import pytest
from doselane.courier.v1.courier_pb2 import Milestone
from doselane.courier.v1.orders_pb2 import Consignment, Stop
from doselane.distribution.v1.events_pb2 import CancellationRequested, RedirectionRequested

from adapters.courier_ups import intercepts
from adapters.courier_ups.settings import UpsSettings, settings
from adapters.courier_ups.translate import UpsReader
from adapters.manifest import Incoming, Refused
from adapters.outbound import Away, Declined, Outgoing, Uncertain
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.support.couriers import NOW, SWIFT

NUMBER, OTHER = "1Z999AA10123456784", "1Z999AA10123456785"
OPTIONS: dict[str, Any] = {
    "requester": {"name": "Night desk", "telephone": "+15550100"},
    "addresses": {
        "sites/lakeside": {
            "nameOrCompanyName": "Lakeside Hospital", "phoneNumber": "+15550101", "addressLine1": "1 Shore Road",
            "city": "Chicago", "state": "IL", "postalCode": "60601", "countryCode": "US",
        }
    },
}  # fmt: skip


def redirection(*references: str, place: str = "sites/lakeside", courier: str = SWIFT, cause: str = "moved") -> Event:
    stop = Stop(place=place, display_name="Lakeside Hospital, hot lab")
    asked = Consignment(shipment="shipments/d", courier=courier, references=references, delivery=stop,
                        administration_time=stamp(NOW + timedelta(days=2)))  # fmt: skip
    data = RedirectionRequested(consignment=asked, cause=cause).SerializeToString()
    return Event(uuid7(), intercepts.REDIRECTION_REQUESTED, "doselane/distribution", "shipments/d", 1, NOW, data)


def body_of(event: Event, told: UpsSettings | None = None) -> dict[str, Any]:
    (outgoing,) = intercepts.redirections(event, SWIFT)
    written: dict[str, Any] = json.loads(intercepts.written(intercepts.REDIRECT, told or settings(OPTIONS), outgoing))
    return written


def test_each_package_that_ups_can_intercept_is_redirected_until_the_dose_is_over() -> None:
    event = redirection("1Z 999 AA1 01 2345 6784", "1R12345678901234", OTHER, NUMBER)
    made = list(intercepts.redirections(event, SWIFT))
    assert [each.subject for each in made] == [f"intercept of {NUMBER}", f"intercept of {OTHER}"]
    assert {each.give_up_at for each in made} == {NOW + timedelta(days=2)}
    assert not list(intercepts.redirections(event, "partners/rival"))


def test_a_shipment_without_a_number_of_ups_is_declined_so_that_somebody_hears_of_it() -> None:
    (outgoing,) = intercepts.redirections(redirection("urn:epc:id:sscc:0614141.1234567890"), SWIFT)
    with pytest.raises(Declined, match="shipments/d is known"):
        intercepts.written(intercepts.REDIRECT, settings(OPTIONS), outgoing)


def test_what_goes_over_the_wire_is_the_account_s_address_of_the_place() -> None:
    written = body_of(redirection(NUMBER, cause="x" * 400))
    assert written["requestType"] == "AA"
    assert written["newDeliveryAddress"]["addressInfo"]["addressLine1"] == "1 Shore Road"
    assert written["newDeliveryAddress"]["addressNickName"] == "Lakeside Hospital, h"
    assert written["requesterContactInfo"] == OPTIONS["requester"]
    assert written["specialInstructions"] == "x" * 254
    assert body_of(redirection(NUMBER, cause=""))["specialInstructions"] is None


@pytest.mark.parametrize(
    ("place", "told", "words"),
    [
        ("sites/elsewhere", OPTIONS, "no address of sites/elsewhere"),
        ("", OPTIONS, "no address of a place that is not known"),
        ("sites/lakeside", {}, "need a requester"),
    ],
)
def test_what_the_account_does_not_say_is_declined_with_what_to_do(place: str, told: Any, words: str) -> None:
    with pytest.raises(Declined, match=words):
        body_of(redirection(NUMBER, place=place), settings(told))


def test_what_is_called_off_is_sent_back_with_the_reason_of_a_cancelled_order() -> None:
    asked = Consignment(shipment="shipments/d", courier=SWIFT, references=[NUMBER])
    data = CancellationRequested(consignment=asked, cause="no patient").SerializeToString()
    event = Event(uuid7(), intercepts.CANCELLATION_REQUESTED, "doselane/distribution", "shipments/d", 1, NOW, data)
    (outgoing,) = intercepts.returns(event, SWIFT)
    written = json.loads(intercepts.written(intercepts.RETURN, settings(OPTIONS), outgoing))
    assert (written["requestType"], written["reasonForReturn"], written["specialInstructions"]) == ("RS", "AM", None)
    assert outgoing.give_up_at > NOW + timedelta(days=29)  # nobody says how long the doses live


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"success": False, "statusCode": "705", "errors": [{"errorCode": "705", "errorMessage": "no"}]}, Declined),
        ({"success": False, "statusCode": "500", "errors": [{"errorCode": "500", "errorMessage": "x"}]}, Uncertain),
        ({"success": False, "statusCode": "500", "errors": None}, Uncertain),
        ({"success": "true"}, Declined),
        ({}, Declined),
    ],
)
def test_the_answer_decides_and_not_its_status(answer: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        intercepts.done(answer, NUMBER)
    assert intercepts.done({"success": True, "statusCode": "000", "errors": None}, NUMBER)


def the_answer(said: Any, webhook: str = "ups.redirect") -> Incoming:
    headers = {"doselane-delivery": "deliveries/1", "doselane-event": "event-1"}
    return Incoming(webhook, json.dumps(said).encode(), headers, NOW)


def test_a_yes_says_which_order_it_answers_and_nothing_of_where_the_package_is() -> None:
    said = {intercepts.NUMBER_OF_ANSWER: NUMBER, "success": True}
    (fact,) = UpsReader().translate(the_answer(said)).facts
    assert (fact.said.kind, fact.said.code, list(fact.said.shipment_references)) == (Milestone.OBSERVED, "RD", [NUMBER])
    assert fact.said.answers_event_id == "event-1"
    (other,) = UpsReader().translate(the_answer(said, "ups.return")).facts
    assert other.key != fact.key


@pytest.mark.parametrize("said", [
    [], {"success": True}, {intercepts.NUMBER_OF_ANSWER: NUMBER}, {intercepts.NUMBER_OF_ANSWER: "7", "success": True},
])  # fmt: skip
def test_what_is_no_yes_is_refused(said: Any) -> None:
    with pytest.raises(Refused, match="BODY_NOT_ANSWER"):
        UpsReader().translate(the_answer(said))


def eligible(feature: str, cancel: str) -> dict[str, Any]:
    value = {"createEligibility": "NOT_ELIGIBLE", "cancelEligibility": cancel}
    return {"response": {"success": True, "commonEligibilityMap": [
        {"interceptFeature": feature, "eligibilityValue": value}]}}  # fmt: skip


def test_after_a_lost_answer_nothing_is_sent_again_beside_an_intercept_that_may_be_ours() -> None:
    with pytest.raises(Declined, match="the answer to ours was lost"):
        intercepts.require_none_stands(intercepts.REDIRECT, eligible("RD", "ELIGIBLE"), NUMBER)
    for other in (eligible("RD", "NOT_ELIGIBLE"), eligible("RTS", "ELIGIBLE")):
        intercepts.require_none_stands(intercepts.REDIRECT, other, NUMBER)
    with pytest.raises(Away):
        intercepts.require_none_stands(intercepts.REDIRECT, {"response": {"success": False}}, NUMBER)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"speed": 1}, "there is no option 'speed'"),
        ({"requester": {"name": "x"}}, "options.requester.telephone must be"),
        ({"requester": None}, "only with options.requester"),
        ({"addresses": []}, "options.addresses must be an object"),
        ({"addresses": {"sites/x": {"floor": "2"}}}, "there is no options.addresses.sites/x.floor"),
    ],
)
def test_a_wrong_option_is_told(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        settings({**OPTIONS, **change})


def test_an_account_without_options_only_tracks() -> None:
    assert settings({}) == UpsSettings()


def test_an_outgoing_that_waits_is_read_as_it_was_made() -> None:
    (outgoing,) = intercepts.redirections(redirection(NUMBER), SWIFT)
    assert intercepts.asked(Outgoing("any", outgoing.body, NOW))["place"] == "sites/lakeside"


@pytest.mark.parametrize(("code", "open_what_became"), [
    ("499", False), ("500", True), ("501", True), ("502", True), ("503", True), ("504", True), ("505", False),
])  # fmt: skip
def test_a_system_error_of_ups_leaves_open_what_became_of_it_wherever_it_stands(
    code: str, open_what_became: bool
) -> None:
    for answer in (
        {"success": False, "statusCode": code},
        {"success": False, "statusCode": "000", "errors": [{"errorCode": code, "errorMessage": "x"}]},
    ):
        with pytest.raises(Uncertain if open_what_became else Declined):
            intercepts.done(answer, NUMBER)


def test_a_no_has_ups_s_words_with_their_codes_or_the_whole_answer_where_there_are_none() -> None:
    errors = [{"errorCode": "705", "errorMessage": "too late"}, "odd", {"errorCode": "710", "errorMessage": "no"}]
    with pytest.raises(Declined, match=f"^UPS does not intercept {NUMBER}: 705 too late; 710 no$"):
        intercepts.done({"success": False, "errors": errors}, NUMBER)
    with pytest.raises(Declined, match=f'^UPS does not intercept {NUMBER}: {{"success": false, "errors": "x"}}$'):
        intercepts.done({"success": False, "errors": "x"}, NUMBER)
    assert intercepts.done({"success": True}, NUMBER) == f"UPS intercepts {NUMBER}"


def test_a_dose_of_which_nobody_says_how_long_it_lives_is_asked_for_as_long_as_any_may_live() -> None:
    data = CancellationRequested(consignment=Consignment(courier=SWIFT, references=[NUMBER])).SerializeToString()
    event = Event(uuid7(), intercepts.CANCELLATION_REQUESTED, "doselane/distribution", "shipments/d", 1, NOW, data)
    (outgoing,) = intercepts.returns(event, SWIFT)
    assert outgoing.give_up_at == NOW + timedelta(days=30)


def test_a_place_without_a_name_is_called_by_its_id_and_what_the_account_leaves_out_stays_out() -> None:
    asked = Consignment(courier=SWIFT, references=[NUMBER], delivery=Stop(place="sites/lakeside"))
    data = RedirectionRequested(consignment=asked).SerializeToString()
    event = Event(uuid7(), intercepts.REDIRECTION_REQUESTED, "doselane/distribution", "shipments/d", 1, NOW, data)
    address = body_of(event)["newDeliveryAddress"]
    assert address["addressNickName"] == "sites/lakeside"
    told = OPTIONS["addresses"]["sites/lakeside"]
    inside = ("addressLine1", "city", "state", "postalCode", "countryCode")
    assert address["addressInfo"] == {name: told[name] for name in inside}
    assert address.keys() == {"addressNickName", "addressInfo", "nameOrCompanyName", "phoneNumber"}


def test_two_orders_to_intercept_one_package_have_two_answers() -> None:
    said = {intercepts.NUMBER_OF_ANSWER: NUMBER, "success": True}
    first, again = the_answer(said), the_answer(said)
    other = Incoming(first.webhook, first.body, {**first.headers, "doselane-delivery": "deliveries/2"}, NOW)
    one, same, two = (UpsReader().translate(each).facts[0] for each in (first, again, other))
    assert one.key == same.key != two.key
    assert one.said.time.ToDatetime() == NOW.replace(tzinfo=None)
    assert UpsReader().translate(Incoming(first.webhook, first.body, {}, NOW)).facts[0].said.answers_event_id == ""


@pytest.mark.parametrize("odd", [
    {"commonEligibilityMap": None}, {"commonEligibilityMap": [{"interceptFeature": "RD", "eligibilityValue": None}]},
    {"commonEligibilityMap": [{"interceptFeature": "RD", "eligibilityValue": {"cancelEligibility": "MAYBE"}}]},
])  # fmt: skip
def test_where_ups_lists_no_intercept_of_this_kind_none_stands(odd: dict[str, Any]) -> None:
    intercepts.require_none_stands(intercepts.REDIRECT, {"response": {"success": True, **odd}}, NUMBER)
    for silent in ({}, {"response": None}, {"response": {"success": "true"}}):
        with pytest.raises(Away, match=f"UPS does not say which intercepts {NUMBER} has"):
            intercepts.require_none_stands(intercepts.REDIRECT, silent, NUMBER)
