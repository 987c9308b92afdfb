"""What would help, and doing it: ask slotting where doses could move, choose; have it make the moves, if all agree."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol
from uuid import UUID, uuid5

from services.kernel import outbox
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.errors import GatewayError
from services.kernel.event import Event
from services.kernel.idempotency import RequestKey
from services.kernel.rpc import Behalf
from services.tower.domain import refusals
from services.tower.domain.board import DoseVerdict
from services.tower.domain.consent import with_consents, with_waits
from services.tower.domain.rescuing import AskedMove, RescueMove, RescuePlan, RescueProblem, plans_of, with_swaps
from services.tower.slotting import FoundMoves, MoveSearch
from services.tower.solving import Solving
from services.tower.store import Store
from services.tower.store.barred import BarredWays, barred_ways, made_runs
from services.tower.store.consents import standing_consents
from services.tower.store.others import SLOTS, doses_beside, replacements_of, safe_of

DOSES_AT_ONCE_MAX = 256
# The shares of the promised activity that are tried, down to what is asked for.
FRACTIONS = tuple(percent / 100 for percent in range(95, 55, -5))


class Slotting(Protocol):
    """What the tower needs of slotting."""

    async def search(self, asked: MoveSearch, behalf: Behalf) -> FoundMoves:
        """Where doses could move at this moment."""
        ...

    async def move(
        self, moves: Sequence[AskedMove], request_id: UUID, reason: str, behalf: Behalf
    ) -> Mapping[str, str]:
        """Makes all these moves in one step, once per request id; of each dose the one that it is from now on."""
        ...


class RescueAsk(NamedTuple):
    """What is to be saved: the doses of an incident, these of them, or these; `viewer` None: an operator's eyes."""

    viewer: str | None
    incident: str
    doses: tuple[str, ...]
    delay_max: timedelta | None
    fractions: tuple[float, ...]
    other_sites: bool
    others_may_move: bool = False


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The plans, the best first, and why some doses cannot be saved."""

    at: datetime
    plans: Sequence[RescuePlan] = ()
    unsavable: Mapping[str, str] = field(default_factory=dict)


class MadeMoves(NamedTuple):
    """Moves that were made; none, if they had been made before and nobody heard of it. `replacements`: the doses that
    have taken the place of lost ones, by these."""

    moves: Sequence[RescueMove]
    replacements: Mapping[str, str]


class ApplyAsk(NamedTuple):
    """Which moves are to be made, who asks, and how a repetition is known. `partner`: the sponsor that asks, and so
    agrees for its own doses; None: staff."""

    moves: tuple[AskedMove, ...]
    partner: str | None
    actor: str
    reason: str
    request_key: RequestKey
    traceparent: str


@dataclass(frozen=True, slots=True)
class Rescues:
    """What saves doses. `delay_max`: how much later than promised they may be given, if nothing else is asked for."""

    store: Store
    slotting: Slotting
    delay_max: timedelta
    solving_max_s: float
    clock: Clock

    async def what_if(self, ask: RescueAsk, behalf: Behalf) -> WhatIf:
        """How doses could be saved at this moment. Changes nothing."""
        doses = await self._of_incident(ask) if ask.incident else ask.doses
        if not doses:
            return WhatIf(self.clock.now())
        delay_max = self.delay_max if ask.delay_max is None else ask.delay_max
        helping = await self._helping(doses) if ask.others_may_move else ()
        asked = MoveSearch((*doses, *helping), delay_max, ask.fractions, ask.other_sites, frozenset(helping))
        found = await self.slotting.search(asked, behalf)
        moves = await self._judged(found, delay_max)
        problem = RescueProblem(moves, found.runs, found.places, asked.helping)
        plans = await asyncio.to_thread(plans_of, problem, Solving(self.solving_max_s))
        unsavable = {dose: found.reasons.get(dose, "") for dose in doses if not moves.get(dose)}
        return WhatIf(found.at, plans, unsavable)

    async def apply(
        self, ask: ApplyAsk, behalf: Behalf, render: Callable[[MadeMoves, datetime], tuple[bytes, Event]]
    ) -> bytes:
        """Has all moves made, if each can still be made as it was planned and whoever has to agree does.

        Slotting is asked under an id that follows from the caller's, so a repetition after a crash moves nothing twice.
        """

        async def decide() -> bytes:
            made = await self._made(ask, behalf)
            now = self.clock.now()

            async def once(conn: Connection) -> bytes:
                answer, event = render(made, now)
                await outbox.append(conn, [event])
                return answer

            return await self.store.perform(ask.request_key, now, once)

        return await self.store.unless_answered(ask.request_key, decide)

    async def _made(self, ask: ApplyAsk, behalf: Behalf) -> MadeMoves:
        """The moves, once slotting has made them; none of them if it had made them before, and nobody heard of it."""
        request_id = uuid5(ask.request_key.request_id, f"{ask.request_key.partner} apply")
        try:
            moves = await self.verified(ask.moves, behalf)
        except refusals.RescueOutdated as outdated:
            if not outdated.facts["changed"]:
                raise
            try:  # Other etags than those of the plan: of this request slotting knows its answer, all else it refuses.
                doses = await self.slotting.move(ask.moves, request_id, ask.reason, behalf)
            except GatewayError:
                raise outdated from None
            return MadeMoves((), _replacements(doses))
        missing = [move.dose for move in moves if move.asks_consent and move.promised.partner != ask.partner]
        if missing:
            raise refusals.ConsentMissing("Whoever has to agree to a move has not.", doses=_named(missing))
        doses = await self.slotting.move(ask.moves, request_id, ask.reason, behalf)
        return MadeMoves(moves, _replacements(doses))

    async def verified(self, asked: Sequence[AskedMove], behalf: Behalf) -> list[RescueMove]:
        """The moves, as slotting would make them at this moment; raises RescueOutdated if it would not make one."""
        asked = await self._told_apart(asked)
        search = await self._search_of(asked)
        found = await self.slotting.search(search, behalf)
        moves = await self._judged(found, search.delay_max)
        verified = [next(filter(each.is_same, moves.get(each.dose, ())), None) for each in asked]
        missing = [each.dose for each, move in zip(asked, verified, strict=True) if move is None]
        if missing:
            changed = [each.dose for each in asked if found.etags.get(each.dose) != each.etag]
            raise refusals.RescueOutdated(
                "A move cannot be made any more as it was planned.", doses=_named(missing), changed=_named(changed)
            )
        return with_swaps([move for move in verified if move is not None])

    async def _helping(self, doses: Sequence[str]) -> Sequence[str]:
        """Safe doses and holds of the same sponsors and products, which may move for these."""
        async with self.store.reading() as conn:
            return await doses_beside(conn, doses, self.clock.now(), DOSES_AT_ONCE_MAX - len(doses))

    async def _of_incident(self, ask: RescueAsk) -> tuple[str, ...]:
        """The doses of the viewer that the incident touches and that need help."""
        incident = await self.store.incident(ask.incident, ask.viewer)
        async with self.store.reading() as conn:
            replaced = await replacements_of(conn, [each.dose for each in incident.touched])
        needing = [
            each.dose
            for each in incident.touched
            if each.verdict in (DoseVerdict.AT_RISK, DoseVerdict.LOST)
            and each.dose not in replaced
            and ask.viewer in (None, each.partner)
            and (not ask.doses or each.dose in ask.doses)
        ]
        if len(needing) > DOSES_AT_ONCE_MAX:
            raise refusals.DosesTooMany(
                "The incident touches more doses than are planned for at once; name doses.",
                doses=len(needing),
                doses_max=DOSES_AT_ONCE_MAX,
            )
        return tuple(needing)

    async def _judged(self, found: FoundMoves, delay_max: timedelta) -> dict[str, Sequence[RescueMove]]:
        """The moves that nothing speaks against that slotting does not know of, with the consents that allow them, and
        how long patients can wait: `delay_max` if no consent says it."""
        every = [move for moves in found.moves.values() for move in moves]
        async with self.store.reading() as conn:
            barred, made = await barred_ways(conn, every), await made_runs(conn, every)
            consents = await standing_consents(conn, {move.promised.partner for move in every}, found.at)
        judged: dict[str, Sequence[RescueMove]] = {}
        for dose, moves in found.moves.items():
            possible = with_waits(_made(moves, made, barred), consents, found.at, delay_max)
            judged[dose] = with_consents(possible, consents, found.at)
        return judged

    async def _search_of(self, asked: Sequence[AskedMove]) -> MoveSearch:
        """A search that finds these moves, if they can still be made."""
        async with self.store.reading() as conn:
            known = await SLOTS.of(conn, [each.dose for each in asked])
        promised = [(each, known[each.dose]) for each in asked if each.dose in known]
        late = [each.administration_at - slot.administration_at for each, slot in promised if slot.administration_at]
        elsewhere = any(each.site != slot.site for each, slot in promised)
        minutes = -(-max(late, default=self.delay_max) // timedelta(minutes=1))
        delay_max = timedelta(minutes=min(max(minutes, 0), 20_160))
        helping = frozenset(each.dose for each in asked if each.helps)
        return MoveSearch([each.dose for each in asked], delay_max, FRACTIONS, elsewhere, helping)

    async def _told_apart(self, asked: Sequence[AskedMove]) -> Sequence[AskedMove]:
        """The moves; a dose that is safe moves for the others, whatever is said of it."""
        async with self.store.reading() as conn:
            safe = await safe_of(conn, [each.dose for each in asked])
        if len(safe) == len(asked):
            return asked
        return [each._replace(helps=each.helps or each.dose in safe) for each in asked]


def _made(moves: Sequence[RescueMove], made: Collection[str], barred: BarredWays) -> Iterator[RescueMove]:
    """The moves that nothing bars, each with whether its run is made."""
    return (replace(move, made=move.run in made) for move in moves if not barred.bars(move))


def _named(doses: Sequence[str]) -> str:
    return " ".join(f"doses/{dose}" for dose in doses)


def _replacements(doses: Mapping[str, str]) -> dict[str, str]:
    return {dose: now for dose, now in doses.items() if now != dose}
