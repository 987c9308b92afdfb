"""What would help: ask slotting where doses could move, and choose. Changes nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from services.kernel.clock import Clock
from services.kernel.rpc import Behalf
from services.tower.domain.board import DoseVerdict
from services.tower.domain.rescuing import RescueMove, RescuePlan, RescueProblem, plans_of
from services.tower.slotting import FoundMoves, MoveSearch
from services.tower.solving import Solving
from services.tower.store import Store

DOSES_AT_ONCE_MAX = 256


class Slotting(Protocol):
    """What the tower needs of slotting."""

    async def search(self, asked: MoveSearch, behalf: Behalf) -> FoundMoves:
        """Where doses could move at this moment."""
        ...


class RescueAsk(NamedTuple):
    """What is to be saved: the doses of an incident, or these; `viewer` None: an operator's eyes."""

    viewer: str | None
    incident: str
    doses: tuple[str, ...]
    delay_max: timedelta | None
    fractions: tuple[float, ...]
    other_sites: bool


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The plans, the best first, and why some doses cannot be saved."""

    at: datetime
    plans: Sequence[RescuePlan] = ()
    unsavable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rescues:
    """What saves doses. `delay_max`: how much later than promised they may be given, if nothing else is asked for."""

    store: Store
    slotting: Slotting
    delay_max: timedelta
    solving_max_s: float
    clock: Clock

    async def what_if(self, ask: RescueAsk, behalf: Behalf) -> WhatIf:
        """How doses could be saved at this moment."""
        doses = ask.doses or await self._of_incident(ask)
        if not doses:
            return WhatIf(self.clock.now())
        delay_max = self.delay_max if ask.delay_max is None else ask.delay_max
        found = await self.slotting.search(MoveSearch(doses, delay_max, ask.fractions, ask.other_sites), behalf)
        moves = await self._open(found)
        problem = RescueProblem(moves, found.runs, found.places)
        plans = await asyncio.to_thread(plans_of, problem, Solving(self.solving_max_s))
        unsavable = {dose: found.reasons.get(dose, "") for dose, each in moves.items() if not each}
        return WhatIf(found.at, plans, unsavable)

    async def _of_incident(self, ask: RescueAsk) -> tuple[str, ...]:
        """The doses of the viewer that the incident touches and that need help."""
        incident = await self.store.incident(ask.incident, ask.viewer)
        needing = [
            each.dose
            for each in incident.touched
            if each.verdict in (DoseVerdict.AT_RISK, DoseVerdict.LOST) and ask.viewer in (None, each.partner)
        ]
        return tuple(needing[:DOSES_AT_ONCE_MAX])

    async def _open(self, found: FoundMoves) -> dict[str, Sequence[RescueMove]]:
        """The moves that nothing speaks against that slotting does not know of."""
        every = [move for moves in found.moves.values() for move in moves]
        barred = await self.store.barred_ways(every)
        return {dose: [move for move in moves if not barred.bars(move)] for dose, moves in found.moves.items()}
