"""Every example of UPS's answers is taken for what it says: of Track, and of Delivery Intercept with each status."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import yaml

from adapters.courier_ups import intercepts
from adapters.courier_ups.client import UpsClient
from adapters.courier_ups.settings import UpsSettings
from adapters.courier_ups.track import NAME
from adapters.courier_ups.translate import UpsReader
from adapters.manifest import Incoming, Refused
from adapters.outbound import Declined, Uncertain
from tests.support.interfaces import interface

NUMBER = "1Z023E2X0214323462"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
PATHS = {each.path: each for each in (intercepts.REDIRECT, intercepts.RETURN)}


def translated(name: str) -> Any:
    body = interface(f"couriers/ups/{name}.json").read_bytes()
    return UpsReader().translate(Incoming(NAME, body, {}, NOW))


def test_a_number_that_ups_does_not_know_yet_is_an_answer_that_says_nothing() -> None:
    """UPS warns under the status 200 (TW0001): a package that was just booked is not known for a while."""
    assert translated("response-not-found") == UpsReader().translate(Incoming(NAME, b'{"trackResponse":{}}', {}, NOW))


@pytest.mark.parametrize(("name", "reason", "place"), [
    ("response-tracking", "BODY_NOT_TRACK_ALERT", "/trackingNumber"),  # its package has the number "string"
    ("response-auth-error", "BODY_NOT_TRACK", "/trackResponse"),
    ("response-invalid-number", "BODY_NOT_TRACK", "/trackResponse"),
])  # fmt: skip
def test_an_answer_of_which_nobody_knows_what_it_is_about_is_refused(name: str, reason: str, place: str) -> None:
    with pytest.raises(Refused) as refused:
        translated(name)
    assert (refused.value.reason, refused.value.place) == (reason, place)


def test_the_example_of_an_answer_is_taken_under_a_number_of_ups() -> None:
    """Its one activity is local to New Jersey, and its code says that a label was made, whatever its words say."""
    body = interface("couriers/ups/response-tracking.json").read_bytes().replace(b'"string"', f'"{NUMBER}"'.encode())
    (fact,) = UpsReader().translate(Incoming(NAME, body, {}, NOW)).facts
    assert fact.references == (NUMBER,)
    assert (fact.said.code, fact.said.local_time) == ("003", "20210210 071356")
    assert fact.said.location.city == "Wayne"


def answers() -> Iterator[tuple[str, str, Any]]:
    """Path, status and body of each example of an answer to an intercept."""
    definition = yaml.safe_load(interface("couriers/ups/DeliveryIntercept.yaml").read_text("utf-8"))
    for path, kind in PATHS.items():
        answers = definition["paths"][f"/{path}/{{tracking_number}}"]["post"]["responses"]
        for status, answer in answers.items():
            content = answer.get("content", {}).get("application/json", {})
            for example in content.get("examples", {}).values():
                yield kind.path, status, example["value"]
            if "example" in content:
                yield kind.path, status, content["example"]


async def made_of(path: str, status: str, body: Any) -> str:
    transport = httpx.MockTransport(lambda _: httpx.Response(int(status), json=body))
    async with httpx.AsyncClient(transport=transport, base_url="https://ups.example") as http:
        return intercepts.done(await UpsClient(http, UpsSettings()).intercept(path, NUMBER, b"{}"), NUMBER)


async def test_every_example_of_an_answer_to_an_intercept_is_a_yes_a_no_or_open() -> None:
    found: dict[str, list[str]] = {"yes": [], "no": [], "open": []}
    for path, status, body in answers():
        try:
            found["yes"].append(await made_of(path, status, body))
        except Declined as no:
            found["no"].append(str(no))
        except Uncertain as uncertain:
            found["open"].append(str(uncertain))
    assert found["yes"] == [f"UPS intercepts {NUMBER}"] * len(PATHS)
    assert found["open"] == ["UPS does not say what became of it: 500 System Error"] * len(PATHS)
    for words in ("400: 710 Failure due to input", "401: 605 Package address token"):
        assert sum(each.startswith(words) for each in found["no"]) == len(PATHS)


def test_the_example_of_an_eligibility_has_no_intercept_that_could_be_ours() -> None:
    definition = yaml.safe_load(interface("couriers/ups/DeliveryIntercept.yaml").read_text("utf-8"))
    asked = definition["paths"]["/eligibility/intercept/{tracking_number}"]["get"]
    examples = asked["responses"]["200"]["content"]["application/json"]["examples"]
    value = examples["SUCCESS"]["value"]
    listed = {each["interceptFeature"]: each["eligibilityValue"] for each in value["response"]["commonEligibilityMap"]}
    for kind in PATHS.values():
        if listed[kind.feature]["cancelEligibility"] == "ELIGIBLE":
            with pytest.raises(Declined, match="has an intercept of this kind"):
                intercepts.require_none_stands(kind, value, NUMBER)
        else:
            intercepts.require_none_stands(kind, value, NUMBER)
