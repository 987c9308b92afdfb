"""What callers ask of rescues, as the use cases take it, and their answers as published."""

from datetime import datetime, timedelta
from typing import Any

from doselane.tower.v1 import consent_pb2, rescue_pb2

from services.kernel.errors import Invalid
from services.kernel.event import Event
from services.kernel.idempotency import request_key_of
from services.kernel.ids import uuid_of
from services.kernel.rpc import Call
from services.kernel.timestamps import instant, stamp
from services.tower.domain.rescuing import AskedMove
from services.tower.events.consents import applied_event
from services.tower.events.rescues import fingerprint_of, move_message, plan_message
from services.tower.usecases.rescuing import FRACTIONS, ApplyAsk, MadeMoves, RescueAsk, WhatIf

FRACTION_UNLESS_ASKED = 0.85


def rescue_ask_of(request: rescue_pb2.WhatIfRequest, call: Call) -> RescueAsk:
    """What is to be saved, and within which bounds."""
    asked = request.HasField("activity_fraction_min")
    least = request.activity_fraction_min if asked else FRACTION_UNLESS_ASKED
    delay_asked = request.HasField("delay_minutes_max")
    return RescueAsk(
        viewer=call.caller.viewer,
        incident=request.incident,
        doses=tuple(_dose_of(name, f"doses[{place}]") for place, name in enumerate(request.doses)),
        delay_max=timedelta(minutes=request.delay_minutes_max) if delay_asked else None,
        fractions=tuple(step for step in FRACTIONS if step >= least),
        other_sites=request.other_sites,
        others_may_move=request.others_may_move,
    )


def _dose_of(name: str, field: str) -> str:
    """The id of a dose, which is that of its slot."""
    return str(uuid_of(name.removeprefix("doses/"), field))


def what_if_message(answer: WhatIf) -> rescue_pb2.WhatIfResponse:
    """The plans as published."""
    return rescue_pb2.WhatIfResponse(
        plans=map(plan_message, answer.plans),
        unsavable_doses=[
            rescue_pb2.UnsavedDose(dose=f"doses/{dose}", reason=reason) for dose, reason in answer.unsavable.items()
        ],
        read_time=stamp(answer.at),
    )


def asked_moves(request: Any) -> tuple[AskedMove, ...]:
    """The moves that a caller sends back, each dose once."""
    known = set[str]()
    found = []
    for place, move in enumerate(request.moves):
        field = f"moves[{place}]"
        dose = _dose_of(move.dose, f"{field}.dose")
        if dose in known:
            raise Invalid("moves names a dose twice.", field=f"{field}.dose", dose=move.dose)
        known.add(dose)
        found.append(
            AskedMove(
                dose=dose,
                etag=move.slot_etag,
                run=move.run,
                lane=move.lane,
                site=move.site,
                departure_at=instant(move.departure_time, f"{field}.departure_time"),
                administration_at=instant(move.administration.time, f"{field}.administration.time"),
                activity_mbq=move.administration.activity_mbq,
                helps=move.helps,
                gives_up=move.gives_up,
            )
        )
    return tuple(found)


def apply_ask_of(request: consent_pb2.ApplyRescueRequest, call: Call) -> ApplyAsk:
    """Which moves are to be made. What they are is told by their fingerprint too, so that none was mistyped."""
    if call.caller.operator:
        call.caller.require("tower.operate")
    if fingerprint_of(request.moves) != request.fingerprint:
        raise Invalid("fingerprint is not that of these moves; send both as they were answered.", field="fingerprint")
    return ApplyAsk(
        moves=asked_moves(request),
        partner=call.caller.viewer,
        actor=call.caller.actor,
        reason=request.reason,
        request_key=request_key_of(request, call.caller),
        traceparent=call.traceparent,
    )


def applied(
    request: consent_pb2.ApplyRescueRequest, ask: ApplyAsk, made: MadeMoves, at: datetime
) -> tuple[bytes, Event]:
    """The answer, and the event: with the moves as they were made, or if nobody knows that any more, as asked."""
    told = [move_message(move) for move in made.moves] or list(request.moves)
    for move in told:
        replacement = made.replacements.get(move.dose.removeprefix("doses/"), "")
        move.replacement = replacement and f"doses/{replacement}"
    answer = consent_pb2.ApplyRescueResponse(moves=told, apply_time=stamp(at))
    return answer.SerializeToString(), applied_event(told, at, ask.actor, ask.reason, ask.traceparent)
