"""Northlake Oncology's rescue program: asks over gRPC what would save its doses, and carries it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from doselane.tower.v1.consent_pb2 import ApplyRescueRequest, ApplyRescueResponse
from doselane.tower.v1.rescue_pb2 import RescueMove, WhatIfRequest, WhatIfResponse
from pact import Pact, match

from tests.contracts.consumers.over_grpc import Channel, answered, call, refused
from tests.contracts.consumers.words import (
    EXAMPLE_REQUEST_ID,
    EXAMPLE_SLOT_ID,
    as_caller,
    from_state,
    instant,
    named,
    pact_of,
    text,
)

NAME = "northlake-oncology-rescues"
PARTNER = "partners/northlake-oncology"
WHAT_IF, APPLY = "/doselane.tower.v1.TowerService/WhatIf", "/doselane.tower.v1.TowerService/ApplyRescue"
STATE = "a dose at risk that another run can save"
INCIDENT, DOSE = f"incidents/{EXAMPLE_SLOT_ID}", f"doses/{EXAMPLE_SLOT_ID}"
FINGERPRINT = "9f86d081884c7d659a2feaa0c55ad015"
SCOPES = "tower.read slotting.read slotting.claim"
# A move as it comes with a plan and is sent back.
MOVE: dict[str, Any] = {
    "dose": DOSE,
    "slotEtag": "1",
    "run": "runs/lu-177-tuesday",
    "lane": "lanes/to-lakeside-clinic",
    "site": "sites/lakeside-clinic",
    "departureTime": "2027-03-02T13:00:00Z",
    "administration": {"activityMbq": 7400.0, "time": "2027-03-03T09:00:00Z"},
}


@dataclass(frozen=True)
class Plan:
    """What would help: moves, and what they are known by."""

    moves: Sequence[RescueMove]
    fingerprint: str
    asks_consent: bool


class Rescuer:
    """The part of the program that calls Doselane."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def best_plan(self, incident: str) -> Plan | None:
        """The best plan for the doses of an incident, if there is one."""
        answer = self._channel(WHAT_IF, WhatIfRequest(incident=incident))
        assert isinstance(answer, WhatIfResponse)
        if not answer.plans:
            return None
        best = answer.plans[0]
        return Plan(list(best.moves), best.fingerprint, best.asks_consent)

    def carry_out(self, plan: Plan, request_id: str) -> Sequence[tuple[str, str]]:
        """Carries a plan out: the doses and the runs that they move to. All of them, or a refusal."""
        request = ApplyRescueRequest(moves=plan.moves, fingerprint=plan.fingerprint, request_id=request_id)
        answer = self._channel(APPLY, request)
        assert isinstance(answer, ApplyRescueResponse)
        return [(each.dose, each.run) for each in answer.moves]


def contract() -> Pact:
    """What Northlake relies on."""
    pact = pact_of(NAME)
    _asks_what_helps(pact)
    _carries_a_plan_out(pact)
    _is_refused_a_plan_that_was_changed(pact)
    return pact


def _move() -> dict[str, Any]:
    return {
        "dose": named("doses", DOSE),
        "slotEtag": text("1", ".+"),
        "run": named("runs", MOVE["run"]),
        "lane": named("lanes", MOVE["lane"]),
        "site": named("sites", MOVE["site"]),
        "departureTime": instant(MOVE["departureTime"]),
        "administration": {"activityMbq": match.number(7400), "time": instant("2027-03-03T09:00:00Z")},
    }


def _asks_what_helps(pact: Pact) -> None:
    asked = pact.upon_receiving("WhatIf for an incident", "Sync")
    as_caller(asked, PARTNER, "tower.read slotting.read").given(STATE, partner=PARTNER)
    plan = {"moves": match.each_like(_move(), min=1), "fingerprint": text(FINGERPRINT, "^[0-9a-f]{32}$")}
    answered(
        call(asked, WHAT_IF, {"incident": from_state(INCIDENT, "${incident}")}), {"plans": match.each_like(plan, min=1)}
    )


def _apply(fingerprint: Any) -> dict[str, Any]:
    return {
        "moves": from_state([MOVE], "${moves}"),
        "fingerprint": fingerprint,
        "requestId": from_state(EXAMPLE_REQUEST_ID, "${requestId}"),
    }


def _carries_a_plan_out(pact: Pact) -> None:
    asked = pact.upon_receiving("ApplyRescue of a plan", "Sync")
    as_caller(asked, PARTNER, SCOPES).given(STATE, partner=PARTNER)
    answer = call(asked, APPLY, _apply(from_state(FINGERPRINT, "${fingerprint}")))
    moved = {"dose": named("doses", DOSE), "run": named("runs", MOVE["run"])}
    answered(answer, {"moves": match.each_like(moved, min=1), "applyTime": instant("2027-03-01T12:00:00Z")})


def _is_refused_a_plan_that_was_changed(pact: Pact) -> None:
    asked = pact.upon_receiving("ApplyRescue of moves that no plan had", "Sync")
    as_caller(asked, PARTNER, SCOPES).given(STATE, partner=PARTNER)
    answer = call(asked, APPLY, _apply("0" * 32))
    refused(answer, 3, "INVALID_ARGUMENT", "INVALID_ARGUMENT", {"field": "fingerprint"})
