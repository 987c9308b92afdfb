"""What callers ask of rescues, as the use cases take it, and their answers as published."""

from datetime import timedelta

from doselane.tower.v1 import rescue_pb2

from services.kernel.rpc import Call
from services.kernel.timestamps import stamp
from services.tower.events.rescues import plan_message
from services.tower.usecases.rescuing import RescueAsk, WhatIf

FRACTION_UNLESS_ASKED = 0.85
_STEPS = tuple(percent / 100 for percent in range(95, 45, -5))


def rescue_ask_of(request: rescue_pb2.WhatIfRequest, call: Call) -> RescueAsk:
    """What is to be saved, and within which bounds."""
    asked = request.HasField("activity_fraction_min")
    least = request.activity_fraction_min if asked else FRACTION_UNLESS_ASKED
    delay_asked = request.HasField("delay_minutes_max")
    return RescueAsk(
        viewer=call.caller.viewer,
        incident=request.incident,
        doses=tuple(name.removeprefix("doses/").lower() for name in request.doses),
        delay_max=timedelta(minutes=request.delay_minutes_max) if delay_asked else None,
        fractions=tuple(step for step in _STEPS if step >= least)[:8],
        other_sites=request.other_sites,
    )


def what_if_message(answer: WhatIf) -> rescue_pb2.WhatIfResponse:
    """The plans as published."""
    return rescue_pb2.WhatIfResponse(
        plans=map(plan_message, answer.plans),
        unsavable_doses=[
            rescue_pb2.UnsavedDose(dose=f"doses/{dose}", reason=reason) for dose, reason in answer.unsavable.items()
        ],
        read_time=stamp(answer.at),
    )
