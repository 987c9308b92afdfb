"""The control room, the clinic's consents and Northlake's rescues work on what their contracts say."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from doselane.tower.v1.consent_pb2 import ApplyRescueResponse
from doselane.tower.v1.events_pb2 import DoseAtRisk
from doselane.tower.v1.rescue_pb2 import RescueMove, WhatIfResponse
from doselane.tower.v1.tower_pb2 import WatchBoardEntriesRequest, WatchBoardEntriesResponse
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message

from tests.contracts.consumers import control_room, lakeside_consents, northlake_rescues, over_grpc, over_rest
from tests.contracts.consumers.recorded import RecordedChannel
from tests.contracts.consumers.words import EXAMPLE_REQUEST_ID, EXAMPLE_TOKEN, pact_of
from tests.contracts.files import text_of

ANSWERS: dict[str, type[Message]] = {
    northlake_rescues.WHAT_IF: WhatIfResponse,
    northlake_rescues.APPLY: ApplyRescueResponse,
    control_room.WATCH: WatchBoardEntriesResponse,
}


@contextmanager
def playing(name: str, step: Callable[[Any], None]) -> Iterator[str]:
    """A server that plays one interaction of a contract."""
    pact = pact_of(name)
    step(pact)
    with pact.serve(addr="127.0.0.1") as server:
        yield str(server.url)


@contextmanager
def watching(step: Callable[[Any], None]) -> Iterator[control_room.ControlRoom]:
    with playing(control_room.NAME, step) as url:
        yield control_room.ControlRoom(url, EXAMPLE_TOKEN)


@contextmanager
def consenting(step: Callable[[Any], None]) -> Iterator[lakeside_consents.Consenting]:
    with playing(lakeside_consents.NAME, step) as url:
        yield lakeside_consents.Consenting(url, EXAMPLE_TOKEN)


def rescuer(description: str) -> northlake_rescues.Rescuer:
    """Northlake's program, connected to one interaction of its contract."""
    return northlake_rescues.Rescuer(RecordedChannel(northlake_rescues.contract(), description, ANSWERS))


def test_the_control_room_shows_what_is_at_risk_and_takes_an_incident() -> None:
    with watching(control_room._lists_doses_at_risk) as room:
        (found,) = room.endangered("runs/lu-177-monday")
    assert (found.sponsor, found.causes) == (control_room.SPONSOR, [("RUN_CANCELLED", control_room.INCIDENT)])
    with watching(control_room._reads_an_incident) as room:
        assert room.trouble(control_room.INCIDENT).state == "OPEN"
    with watching(control_room._acknowledges_an_incident) as room:
        assert room.take(control_room.INCIDENT, EXAMPLE_REQUEST_ID).state == "ACKNOWLEDGED"
    with watching(control_room._does_not_find_an_incident) as room, pytest.raises(over_rest.Refusal) as refused:
        room.trouble(control_room.INCIDENT)
    assert refused.value.reason == "INCIDENT_UNKNOWN"


def test_the_control_room_lights_up_what_it_hears_of_and_knows_where_to_go_on() -> None:
    told = json.loads(text_of(control_room.contract()))["interactions"]
    (event,) = [each for each in told if each["description"] == "a dose is at risk"]
    wall = control_room.Wall()
    wall.take(control_room.AT_RISK, ParseDict(event["contents"]["content"], DoseAtRisk()).SerializeToString())
    assert list(wall.lit.values()) == [""]
    channel = RecordedChannel(control_room.contract(), "WatchBoardEntries from now on", ANSWERS)
    answer = channel(control_room.WATCH, WatchBoardEntriesRequest())
    assert isinstance(answer, WatchBoardEntriesResponse) and answer.cursor
    (stream,) = [each for each in told if each["description"].startswith("the board as server-sent events")]
    assert stream["request"]["metadata"]["sse-path"] == control_room.WATCH_OVER_REST
    response = stream["response"][0]
    said, data = response["metadata"], json.dumps(response["contents"]["content"])
    wall.read(
        [": connected", "", "retry: 2000", f"id: {said['sse-id']}", f"event: {said['sse-event']}", f"data: {data}"]
    )
    assert wall.goes_on == "a-cursor" and list(wall.lit.values()) == [""]


def test_the_clinic_answers_what_it_is_asked_and_signs_ahead() -> None:
    with consenting(lakeside_consents._lists_what_waits) as clinic:
        (question,) = clinic.open_questions()
    assert question.state == "ASKED" and "later" in question.words
    with consenting(lakeside_consents._agrees) as clinic:
        assert clinic.agree(question.consent, EXAMPLE_REQUEST_ID).state == "GIVEN"
    with consenting(lakeside_consents._signs_ahead) as clinic:
        signed = clinic.sign_ahead(lakeside_consents.SITE, 120, lakeside_consents.UNTIL, EXAMPLE_REQUEST_ID)
    assert (signed.later_minutes_max, signed.words) == (120, "")
    with (
        consenting(lakeside_consents._cannot_take_back_what_it_has_not_given) as clinic,
        pytest.raises(over_rest.Refusal) as refused,
    ):
        clinic.take_back(question.consent, EXAMPLE_REQUEST_ID)
    assert (refused.value.reason, refused.value.facts["state"]) == ("CONSENT_CLOSED", "ASKED")


def test_northlake_carries_out_the_plan_that_it_was_told_and_no_other() -> None:
    plan = rescuer("WhatIf for an incident").best_plan(northlake_rescues.INCIDENT)
    assert plan is not None and plan.fingerprint == northlake_rescues.FINGERPRINT
    assert ParseDict(northlake_rescues.MOVE, RescueMove()) == plan.moves[0]
    moved = rescuer("ApplyRescue of a plan").carry_out(plan, EXAMPLE_REQUEST_ID)
    assert moved == [(northlake_rescues.DOSE, "runs/lu-177-tuesday")]
    changed = northlake_rescues.Plan(plan.moves, "0" * 32, asks_consent=False)
    with pytest.raises(over_grpc.Refusal) as refused:
        rescuer("ApplyRescue of moves that no plan had").carry_out(changed, EXAMPLE_REQUEST_ID)
    assert refused.value.facts["field"] == "fingerprint"
