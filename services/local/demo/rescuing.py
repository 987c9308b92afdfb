"""Doses at risk are rescued, lost ones replaced: the tower says what would help, sponsors agree where they have to, and
the plan is carried out in one step."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from doselane.capacity.v1 import capacity_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.tower.v1 import consent_pb2, rescue_pb2

from services.kernel.ids import uuid7
from services.local.demo.doors import Program
from services.local.demo.planning import until
from services.local.demo.plant import PlantDesk

Say = Callable[[str], None]
_HOUR = timedelta(hours=1)
# A run that is opened for doses that were lost ends on a whole hour, a day later at least.
FOLLOW_UP_IN = timedelta(hours=24)


class DoneRescue(NamedTuple):
    """A plan that was carried out, its moves as they were made, and the slots as they are after it, by the doses that
    they save."""

    plan: rescue_pb2.RescuePlan
    moves: Sequence[rescue_pb2.RescueMove]
    slots: Mapping[str, slotting_pb2.Slot]


async def rescue(
    planner: Program, sponsors: Mapping[str, Program], doses: Sequence[str], reason: str, **bounds: Any
) -> DoneRescue | None:
    """The best plan for these doses, carried out; None if nothing saves any of them.

    `sponsors`: the program of each, by its name. `bounds`: how far the plan may go, as WhatIf takes them.
    """
    asked = rescue_pb2.WhatIfRequest(doses=doses, **bounds)
    answer: rescue_pb2.WhatIfResponse = await planner.call("TowerService", "WhatIf", asked)
    return await _carried_out(planner, sponsors, answer.plans[0], reason) if answer.plans else None


async def _carried_out(
    planner: Program, sponsors: Mapping[str, Program], plan: rescue_pb2.RescuePlan, reason: str
) -> DoneRescue:
    if plan.asks_consent:
        await _agree(planner, sponsors, plan, reason)
    apply = consent_pb2.ApplyRescueRequest(
        moves=plan.moves, fingerprint=plan.fingerprint, request_id=str(uuid7()), reason=reason
    )
    made: consent_pb2.ApplyRescueResponse = await planner.call("TowerService", "ApplyRescue", apply)
    slots = {}
    for move in made.moves:
        name = (move.replacement or move.dose).replace("doses/", "slots/")
        asked = slotting_pb2.GetSlotRequest(name=name)
        slots[move.dose] = await planner.call("SlottingService", "GetSlot", asked)
    return DoneRescue(plan, made.moves, slots)


async def _agree(planner: Program, sponsors: Mapping[str, Program], plan: rescue_pb2.RescuePlan, reason: str) -> None:
    """Each sponsor that has to is asked, and agrees."""
    ask = consent_pb2.AskConsentsRequest(moves=plan.moves, request_id=str(uuid7()), reason=reason)
    for consent in (await planner.call("TowerService", "AskConsents", ask)).consents:
        give = consent_pb2.AnswerConsentRequest(
            name=consent.name, answer=consent_pb2.AnswerConsentRequest.GIVE, request_id=str(uuid7())
        )
        await sponsors[consent.partner].call("TowerService", "AnswerConsent", give)


@dataclass(frozen=True, slots=True)
class Replacements:
    """Doses that are gone are made anew, each for its order: of a run that is open, or of one that the plant opens."""

    plant: PlantDesk
    partners: Collection[Program]
    say: Say

    async def replace(self, doses: Sequence[str], reason: str, delay_max: timedelta) -> DoneRescue:
        """Another dose for each of these, given so much later at most. The ledger hears by events that they are gone,
        a moment after it was said."""
        planner = self.plant.planner
        asked = rescue_pb2.WhatIfRequest(doses=doses, delay_minutes_max=int(delay_max / timedelta(minutes=1)))
        answer = await until(lambda: planner.call("TowerService", "WhatIf", asked), _replaces)
        sponsors = {program.partner: program for program in self.partners}
        done = await _carried_out(planner, sponsors, answer.plans[0], reason)
        for move in done.plan.moves:
            self.say(f"  The sponsor agreed, and another dose is promised. {move.explanation}")
        return done

    async def follow_up(self, product: str, vials: int, now: datetime) -> capacity_pb2.Run:
        """A run of a product that the plant makes for them, as soon as it can."""
        ends_at = now.replace(minute=0, second=0, microsecond=0) + _HOUR + FOLLOW_UP_IN
        run = await self.plant.opened(self.plant.order(product, vials, ends_at))
        asked = slotting_pb2.GetAvailabilityRequest(name=f"{run.name}/availability")
        await until(lambda: self.plant.planner.call("SlottingService", "GetAvailability", asked))
        return run


def _replaces(answer: rescue_pb2.WhatIfResponse) -> bool:
    replacement = rescue_pb2.RescueMove.REPLACEMENT
    return bool(answer.plans) and all(replacement in move.kinds for move in answer.plans[0].moves)
