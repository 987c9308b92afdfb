"""A van service's own platform: pushes milestones in our JSON, and works off what it is told of its push."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pact import Pact
from pact.interaction import HttpInteraction

from tests.contracts.consumers.over_rest import JSON, PROBLEM, Rest, problem
from tests.contracts.consumers.words import (
    EXAMPLE_REQUEST_ID,
    from_state,
    named,
    pact_of,
    state_generator,
    text,
)

NAME = "harborline-vans-platform"
SPONSOR = "partners/northlake-oncology"
PATH, KEY_HEADER, KEY = "/push/courier/harborline", "x-api-key", "key-of-the-van-service"
CARRIED, TOLD = "a shipment that a van carries", "a milestone that a van has told"
REFERENCE, HAPPENED_AT = "VAN-0001", "2027-03-03T06:40:00Z"


@dataclass(frozen=True)
class Receipt:
    """What the platform files of a push: the name to ask by, what was taken, and what somebody has to look into."""

    push: str
    kinds: Sequence[str]
    to_look_into: Mapping[str, Sequence[str]]  # warnings by event
    mistakes: str = ""


class MilestonePush:
    """The part of the platform that talks to Doselane."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def push(self, *milestones: Mapping[str, Any]) -> Receipt:
        """Pushes milestones; raises Refusal with the place of the first mistake if nothing of it was taken."""
        answer = self._rest.answer("POST", PATH, json={"milestones": list(milestones)})
        assert answer["state"] == "ACCEPTED"
        notes = answer["notes"]
        return Receipt(
            answer["name"],
            [note["kind"] for note in notes if "kind" in note],
            {note["eventId"]: note["warnings"] for note in notes if "eventId" in note and "warnings" in note},
            answer["detail"] if answer.get("reason") == "PARTLY_REFUSED" else "",
        )


def milestone(event_id: Any = EXAMPLE_REQUEST_ID, **changes: Any) -> dict[str, Any]:
    """A delivery, with the temperature of the box."""
    return {
        "event_id": event_id,
        "shipments": [REFERENCE],
        "kind": "DELIVERED",
        "occurred_at": HAPPENED_AT,
        "location": {"city": "Duluth", "region": "MN", "country": "US"},
        "readings": [{"type": "Temperature", "value": 18.5, "unit": "CEL", "device": "LOG-7"}],
        **changes,
    }


def plain(**changes: Any) -> dict[str, Any]:
    """The same without what may be left out."""
    said = milestone(**{"event_id": "VAN-E-1", **changes})
    return {name: said[name] for name in ("event_id", "shipments", "occurred_at", "kind")}


def contract() -> Pact:
    """What the platform relies on."""
    pact = pact_of(NAME)
    for step in (
        _pushes_a_delivery,
        _pushes_one_that_nobody_knows,
        _pushes_a_story_again,
        _is_told_what_was_left_out,
        _is_refused_with_the_place,
        _changes_a_story,
    ):
        step(pact)
    return pact


def _pushes_a_delivery(pact: Pact) -> None:
    asked = _asked(pact, "a push of a delivery of a shipment that it carries").given(CARRIED, partner=SPONSOR)
    _pushed(asked, _known())
    note = {"eventId": text(EXAMPLE_REQUEST_ID, ".+"), "kind": "DELIVERED"}
    _taken(asked, [note])


def _pushes_one_that_nobody_knows(pact: Pact) -> None:
    asked = _asked(pact, "a push of a milestone of a shipment that nobody has booked").given(CARRIED, partner=SPONSOR)
    _pushed(asked, {**_known(), "shipments": ["VAN-404"]})
    _taken(asked, [_warned("SHIPMENT_UNKNOWN", "DELIVERED")])


def _pushes_a_story_again(pact: Pact) -> None:
    asked = _asked(pact, "a push of two milestones of which one was told before")
    asked.given(TOLD, partner=SPONSOR)
    _pushed(asked, _told_before(), {**_known(), "kind": "OBSERVED"})
    new = {"eventId": text(EXAMPLE_REQUEST_ID, ".+"), "kind": "OBSERVED"}
    _taken(asked, [_warned("EVENT_REPEATED", "DELIVERED"), new])


def _is_told_what_was_left_out(pact: Pact) -> None:
    asked = _asked(pact, "a push of a good milestone and one of a kind that there is not")
    asked.given(CARRIED, partner=SPONSOR)
    _pushed(asked, _known(), milestone("VAN-E-2", kind="LOST"))
    good = {"eventId": text(EXAMPLE_REQUEST_ID, ".+"), "kind": "DELIVERED"}
    left_out = {"warnings": ["EVENT_REFUSED", text("MILESTONE_NOT_VALID", "^[A-Z_]+$")]}
    told = text("must be one of BOOKED (/milestones/1/kind)", r"^.+ \(/milestones/1/kind\)$")
    _taken(asked, [good, left_out], reason="PARTLY_REFUSED", detail=told)


def _is_refused_with_the_place(pact: Pact) -> None:
    asked = _asked(pact, "a push of a milestone without its shipment")
    _pushed(asked, {name: value for name, value in milestone().items() if name != "shipments"})
    _refused(asked, 400, "MILESTONE_NOT_VALID", {"place": "/milestones/0/shipments", "push": named("pushes")})


def _changes_a_story(pact: Pact) -> None:
    asked = _asked(pact, "a push of another story under an id that was told")
    asked.given(TOLD, partner=SPONSOR)
    _pushed(asked, {**_told_before(), "kind": "RETURNED"})
    _refused(asked, 409, "EVENT_CHANGED", {"push": named("pushes")})


def _asked(pact: Pact, description: str) -> HttpInteraction:
    return pact.upon_receiving(description).given("a key of a van service")


def _new_id() -> Any:
    return from_state(EXAMPLE_REQUEST_ID, "${requestId}")


def _known() -> dict[str, Any]:
    """A milestone of the shipment of the state, at a time at which it can be true."""
    return {**_told_before(), "event_id": _new_id()}


def _told_before() -> dict[str, Any]:
    """The same under the id, and with the words, of the one that the state has told."""
    only_the_provider_knows = {
        "event_id": from_state("VAN-E-1", "${eventId}"),
        "shipments": [from_state(REFERENCE, "${shipmentReference}")],
        "occurred_at": from_state(HAPPENED_AT, "${fromTime}"),
    }
    return {**plain(), **only_the_provider_knows}


def _pushed(asked: HttpInteraction, *milestones: Mapping[str, Any]) -> None:
    asked.with_request("POST", PATH).with_header(KEY_HEADER, KEY)
    asked.with_generators({"header": {KEY_HEADER: state_generator("${pushKey}")}})
    asked.with_body({"milestones": list(milestones)}, JSON)


def _warned(warning: str, kind: str) -> dict[str, Any]:
    return {"eventId": text(EXAMPLE_REQUEST_ID, ".+"), "kind": kind, "warnings": [warning]}


def _taken(asked: HttpInteraction, notes: Sequence[Mapping[str, Any]], **more: Any) -> None:
    body = {"name": named("pushes"), "state": "ACCEPTED", "notes": list(notes), **more}
    asked.will_respond_with(200).with_body(body, JSON)


def _refused(asked: HttpInteraction, status: int, reason: str, facts: Mapping[str, Any]) -> None:
    asked.will_respond_with(status).with_body(problem(status, reason, dict(facts)), PROBLEM)
