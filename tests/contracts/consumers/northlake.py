"""Northlake Oncology's orchestrator: claims slots over REST when an order is placed, and lists what it has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pact import Pact, match

from tests.contracts.consumers.over_rest import AUTHORIZED, JSON, PROBLEM, Rest, problem
from tests.contracts.consumers.words import (
    EXAMPLE_REQUEST_ID,
    EXAMPLE_TOKEN,
    as_caller,
    from_state,
    instant,
    named,
    pact_of,
    state_generator,
    text,
    whole_number,
)

NAME = "northlake-oncology-orchestrator"
PARTNER = "partners/northlake-oncology"


@dataclass(frozen=True)
class Claimed:
    """What Northlake keeps of a slot: exactly the fields that its contract names."""

    slot: str
    run: str
    state: str
    administration_time: str
    activity_mbq: float
    reference_activity_kbq: int
    etag: str


class Orchestrator:
    """The part of Northlake's program that talks to Doselane."""

    def __init__(self, url: str, token: str) -> None:
        self._rest = Rest(url, token)

    def claim(self, demand: dict[str, Any], request_id: str) -> Claimed:
        """Claims a slot; the answer is final."""
        return _claimed(self._rest.answer("POST", "/v1/slots:claim", json={"demand": demand, "requestId": request_id}))

    def slots_of(self, order: str) -> Sequence[Claimed]:
        """The slots of an order."""
        answer = self._rest.answer("GET", "/v1/slots", params={"orderReference": order})
        return [_claimed(slot) for slot in answer["slots"]]

    def slot(self, name: str) -> Claimed:
        """One slot."""
        return _claimed(self._rest.answer("GET", f"/v1/{name}"))


def _claimed(slot: dict[str, Any]) -> Claimed:
    return Claimed(
        slot=slot["name"],
        run=slot["run"],
        state=slot["state"],
        administration_time=slot["administration"]["time"],
        activity_mbq=slot["administration"]["activityMbq"],
        reference_activity_kbq=int(slot["referenceActivityKbq"]),
        etag=slot["etag"],
    )


def demand(run: Any, site: Any, lane: Any, time: Any) -> dict[str, Any]:
    """What Northlake asks for: 7.4 GBq of Lu-177 for one patient."""
    return {
        "run": run,
        "site": site,
        "lane": lane,
        "administration": {"activityMbq": 7400, "time": time},
        "orderReference": "NL-2027-00817",
        "patientReference": "nl-p-5521",
    }


EXAMPLE_DEMAND = demand("runs/lu-177-monday", "sites/lakeside", "lanes/lakeside-road", "2027-03-03T09:00:00Z")
FROM_STATE = demand(
    from_state("runs/lu-177-monday", "${run}"),
    from_state("sites/lakeside", "${site}"),
    from_state("lanes/lakeside-road", "${lane}"),
    from_state("2027-03-03T09:00:00Z", "${administrationTime}"),
)


def contract() -> Pact:
    """What Northlake relies on."""
    pact = pact_of(NAME)
    _claims_a_slot(pact)
    _is_refused_on_a_full_run(pact)
    _lists_its_slots(pact)
    _does_not_find_the_slot_of_another(pact)
    return pact


def _slot(state: Any = "CONFIRMED") -> dict[str, Any]:
    return {
        "name": named("slots"),
        "run": named("runs", "runs/lu-177-monday"),
        "state": state,
        "administration": {"time": instant("2027-03-03T09:00:00Z"), "activityMbq": match.number(7400)},
        "referenceActivityKbq": whole_number("8421337"),
        "etag": text("1", ".+"),
    }


def _claims_a_slot(pact: Pact) -> None:
    asked = pact.upon_receiving("a claim of a slot on an open run")
    asked = as_caller(asked, PARTNER, "slotting.claim").given("an open run with free capacity", partner=PARTNER)
    asked.with_request("POST", "/v1/slots:claim")
    asked.with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}").with_generators(AUTHORIZED)
    asked.with_body({"demand": FROM_STATE, "requestId": from_state(EXAMPLE_REQUEST_ID, "${requestId}")}, JSON)
    asked.will_respond_with(200).with_body(_slot(), JSON)


def _is_refused_on_a_full_run(pact: Pact) -> None:
    asked = pact.upon_receiving("a claim of a slot on a full run")
    asked = as_caller(asked, PARTNER, "slotting.claim").given("a full run", partner=PARTNER)
    asked.with_request("POST", "/v1/slots:claim")
    asked.with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}").with_generators(AUTHORIZED)
    asked.with_body({"demand": FROM_STATE, "requestId": from_state(EXAMPLE_REQUEST_ID, "${requestId}")}, JSON)
    facts = {"run": named("runs", "runs/lu-177-monday"), "because": "POOL_USED", "pool_free_vials": whole_number("0")}
    asked.will_respond_with(409).with_body(problem(409, "RUN_FULL", facts), PROBLEM)


def _lists_its_slots(pact: Pact) -> None:
    asked = pact.upon_receiving("a list of the slots of one order")
    asked = as_caller(asked, PARTNER, "slotting.read").given("a confirmed slot", partner=PARTNER)
    asked.with_request("GET", "/v1/slots")
    asked.with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}")
    asked.with_query_parameter("orderReference", match.like("NL-2027-00817"))
    asked.with_generators({**AUTHORIZED, "query": {"orderReference": state_generator("${orderReference}")}})
    asked.will_respond_with(200).with_body({"slots": match.each_like(_slot(), min=1)}, JSON)


def _does_not_find_the_slot_of_another(pact: Pact) -> None:
    asked = pact.upon_receiving("a request for a slot that is another partner's")
    asked = as_caller(asked, PARTNER, "slotting.read").given("a slot of another partner")
    asked.with_request("GET", match.regex("/v1/slots/0198a1b2-6f00-7000-8000-000000000002", regex="^/v1/slots/.+$"))
    asked.with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}")
    asked.with_generators({**AUTHORIZED, "path": state_generator("/v1/${slot}")})
    asked.will_respond_with(404).with_body(problem(404, "SLOT_UNKNOWN", {}), PROBLEM)
