"""A quality-control laboratory's own system: pushes what it found, and works off what it is told of its push."""

from dataclasses import dataclass
from typing import Any

from pact import Pact, match

from tests.contracts.consumers.over_rest import AUTHORIZED, JSON, PROBLEM, Rest, problem
from tests.contracts.consumers.words import (
    EXAMPLE_REQUEST_ID,
    EXAMPLE_TOKEN,
    as_caller,
    from_state,
    named,
    pact_of,
    text,
)

NAME = "qc-laboratory-results"
PARTNER = "partners/qc-laboratory"
PATH = "/push/lims/qc-laboratory"


@dataclass(frozen=True)
class Receipt:
    """What the laboratory files of a push: the name to ask by, and what to clear up, by analysis."""

    message: str
    notes: dict[str, list[str]]


class ResultPush:
    """The part of the laboratory's system that talks to Doselane."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def push(self, *results: dict[str, Any]) -> Receipt:
        """Pushes results; raises Refusal with the place of the first mistake, and then none of them was taken."""
        answer = self._rest.answer("POST", PATH, json={"results": list(results)})
        assert answer["state"] == "ACCEPTED"
        return Receipt(answer["name"], {note["eventId"]: note["warnings"] for note in answer["notes"]})


def result(result_id: Any = EXAMPLE_REQUEST_ID, **changes: Any) -> dict[str, Any]:
    """A result of a sample that only the laboratory knows."""
    return {
        "result_id": result_id,
        "samples": ["LAB-2026-0817"],
        "test": "endotoxin",
        "state": "verified",
        "value": "<0.50",
        "unit": "IU/mL",
        "changed_at": "2026-11-25T10:00:00+01:00",
        **changes,
    }


def contract() -> Pact:
    """What the laboratory relies on."""
    pact = pact_of(NAME)
    _pushes_a_result(pact)
    _is_refused_with_the_place(pact)
    return pact


def _pushes_a_result(pact: Pact) -> None:
    asked = as_caller(
        pact.upon_receiving("a push of a result of a sample that nobody registered"), PARTNER, "lims.push"
    )
    asked.with_request("POST", PATH).with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}")
    asked.with_generators(AUTHORIZED)
    asked.with_body({"results": [result(from_state(EXAMPLE_REQUEST_ID, "${requestId}"))]}, JSON)
    note = {"eventId": text(EXAMPLE_REQUEST_ID, ".+"), "warnings": match.each_like(text("SAMPLE_UNKNOWN", "^[A-Z_]+$"))}
    taken = {"name": named("messages"), "state": "ACCEPTED", "notes": match.each_like(note, min=1)}
    asked.will_respond_with(200).with_body(taken, JSON)


def _is_refused_with_the_place(pact: Pact) -> None:
    asked = as_caller(pact.upon_receiving("a push of a result whose value is a number"), PARTNER, "lims.push")
    asked.with_request("POST", PATH).with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}")
    asked.with_generators(AUTHORIZED)
    asked.with_body({"results": [result(value=0.5)]}, JSON)
    facts = {"place": "/results/0/value", "push": named("messages")}
    asked.will_respond_with(400).with_body(problem(400, "BODY_NOT_RESULTS", facts), PROBLEM)
