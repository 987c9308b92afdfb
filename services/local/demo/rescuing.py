"""Doses at risk are rescued: the tower says what would help, sponsors agree where they have to, and the plan is carried
out in one step."""

from collections.abc import Mapping, Sequence

from doselane.tower.v1 import consent_pb2, rescue_pb2

from services.kernel.ids import uuid7
from services.local.demo.doors import Program


async def rescue(
    planner: Program, sponsors: Mapping[str, Program], doses: Sequence[str], reason: str
) -> rescue_pb2.RescuePlan | None:
    """The best plan for these doses, after it was carried out; None if nothing saves any of them.

    `sponsors`: the program of each, by its name.
    """
    asked = rescue_pb2.WhatIfRequest(doses=doses)
    answer: rescue_pb2.WhatIfResponse = await planner.call("TowerService", "WhatIf", asked)
    if not answer.plans:
        return None
    plan = answer.plans[0]
    if plan.asks_consent:
        await _agree(planner, sponsors, plan, reason)
    apply = consent_pb2.ApplyRescueRequest(
        moves=plan.moves, fingerprint=plan.fingerprint, request_id=str(uuid7()), reason=reason
    )
    await planner.call("TowerService", "ApplyRescue", apply)
    return plan


async def _agree(planner: Program, sponsors: Mapping[str, Program], plan: rescue_pb2.RescuePlan, reason: str) -> None:
    """Each sponsor that has to is asked, and agrees."""
    ask = consent_pb2.AskConsentsRequest(moves=plan.moves, request_id=str(uuid7()), reason=reason)
    for consent in (await planner.call("TowerService", "AskConsents", ask)).consents:
        give = consent_pb2.AnswerConsentRequest(
            name=consent.name, answer=consent_pb2.AnswerConsentRequest.GIVE, request_id=str(uuid7())
        )
        await sponsors[consent.partner].call("TowerService", "AnswerConsent", give)
