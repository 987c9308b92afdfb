"""Lakeside Clinic's consents: what it agrees to with its doses, ahead or when it is asked, over REST.

The centre acts for the sponsor whose doses it gives: its token speaks for Northlake Oncology.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pact import Pact, match

from tests.contracts.consumers.over_rest import AUTHORIZED, JSON, PROBLEM, Rest, problem
from tests.contracts.consumers.words import (
    EXAMPLE_REQUEST_ID,
    EXAMPLE_SLOT_ID,
    EXAMPLE_TOKEN,
    as_caller,
    from_state,
    instant,
    named,
    pact_of,
    state_generator,
    text,
)

NAME = "lakeside-clinic-consents"
PARTNER = "partners/northlake-oncology"
CONSENT, STATE = f"consents/{EXAMPLE_SLOT_ID}", "a consent that is asked for"
SITE, UNTIL = "sites/lakeside-clinic", "2027-12-31T00:00:00Z"
WHY = "The physician agrees."


@dataclass(frozen=True)
class Question:
    """What the clinic is asked, or has agreed to."""

    consent: str
    state: str
    until: str
    words: str  # what it is asked for
    later_minutes_max: int
    etag: str


class Consenting:
    """The part of the clinic's program that talks to Doselane."""

    def __init__(self, url: str, token: str) -> None:
        self._rest = Rest(url, token)

    def open_questions(self) -> Sequence[Question]:
        """What waits for an answer."""
        return [
            _question(each) for each in self._rest.answer("GET", "/v1/consents", params={"states": "ASKED"})["consents"]
        ]

    def agree(self, question: str, request_id: str) -> Question:
        """The physician agrees."""
        sent = {"answer": "GIVE", "requestId": request_id, "reason": WHY}
        return _question(self._rest.answer("POST", f"/v1/{question}:answer", json=sent))

    def sign_ahead(self, site: str, minutes: int, until: str, request_id: str) -> Question:
        """Allows that doses are given somewhat later, without a question each time."""
        return _question(self._rest.answer("POST", "/v1/consents:sign", json=signed(site, minutes, until, request_id)))

    def take_back(self, consent: str, request_id: str) -> Question:
        """Takes a consent back."""
        return _question(self._rest.answer("POST", f"/v1/{consent}:revoke", json={"requestId": request_id}))


def signed(site: Any, minutes: int, until: Any, request_id: Any) -> dict[str, Any]:
    """What is signed ahead."""
    terms = {"site": site, "delayMinutesMax": minutes}
    return {"terms": terms, "validUntilTime": until, "requestId": request_id, "reason": WHY}


def _question(consent: dict[str, Any]) -> Question:
    return Question(
        consent=consent["name"],
        state=consent["state"],
        until=consent["validUntilTime"],
        words=consent["explanation"],
        later_minutes_max=consent["terms"]["delayMinutesMax"],
        etag=consent["etag"],
    )


def contract() -> Pact:
    """What the clinic relies on."""
    pact = pact_of(NAME)
    _lists_what_waits(pact)
    _agrees(pact)
    _cannot_take_back_what_it_has_not_given(pact)
    _signs_ahead(pact)
    return pact


def _consent(state: str, words: Any, minutes: Any) -> dict[str, Any]:
    return {
        "name": named("consents", CONSENT),
        "state": state,
        "terms": {"delayMinutesMax": minutes},
        "validUntilTime": instant("2027-03-01T20:00:00Z"),
        "explanation": words,
        "etag": text("1", ".+"),
    }


def _asked_for(state: str) -> dict[str, Any]:
    return _consent(state, text("It is given 3 h later than promised.", ".+"), match.integer(180))


def _lists_what_waits(pact: Pact) -> None:
    asked = as_caller(pact.upon_receiving("a list of what waits for an answer"), PARTNER, "tower.read")
    asked = asked.given(STATE, partner=PARTNER).with_request("GET", "/v1/consents")
    asked.with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}").with_query_parameter("states", "ASKED")
    asked.with_generators(AUTHORIZED)
    asked.will_respond_with(200).with_body({"consents": match.each_like(_asked_for("ASKED"), min=1)}, JSON)


def _post(pact: Pact, description: str, verb: str, body: dict[str, Any]) -> Any:
    asked = as_caller(pact.upon_receiving(description), PARTNER, "tower.consent").given(STATE, partner=PARTNER)
    asked.with_request("POST", match.regex(f"/v1/{CONSENT}:{verb}", regex=f"^/v1/consents/.+:{verb}$"))
    asked.with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}")
    asked.with_generators({**AUTHORIZED, "path": state_generator(f"/v1/${{consent}}:{verb}")})
    return asked.with_body({**body, "requestId": from_state(EXAMPLE_REQUEST_ID, "${requestId}")}, JSON)


def _agrees(pact: Pact) -> None:
    answer = _post(pact, "the physician agrees", "answer", {"answer": "GIVE", "reason": WHY}).will_respond_with(200)
    answer.with_body(_asked_for("GIVEN"), JSON)


def _cannot_take_back_what_it_has_not_given(pact: Pact) -> None:
    answer = _post(pact, "a consent is taken back that was not given", "revoke", {}).will_respond_with(409)
    facts = {"name": named("consents", CONSENT), "state": "ASKED"}
    answer.with_body(problem(409, "CONSENT_CLOSED", facts), PROBLEM)


def _signs_ahead(pact: Pact) -> None:
    asked = as_caller(pact.upon_receiving("a consent is signed ahead"), PARTNER, "tower.consent")
    asked = asked.given("an offer for a dose", partner=PARTNER).with_request("POST", "/v1/consents:sign")
    asked.with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}").with_generators(AUTHORIZED)
    until = from_state(UNTIL, "${untilTime}")
    body = signed(from_state(SITE, "${site}"), 120, until, from_state(EXAMPLE_REQUEST_ID, "${requestId}"))
    asked.with_body(body, JSON).will_respond_with(200).with_body(_consent("GIVEN", "", 120), JSON)
