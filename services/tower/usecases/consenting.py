"""Consents: signed ahead, asked for, answered and taken back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from services.kernel.db import Connection
from services.kernel.idempotency import RequestKey
from services.kernel.ids import uuid7
from services.kernel.rpc import Behalf
from services.tower.domain import consent as rules
from services.tower.domain.consent import Consent, ConsentChange, ConsentState, ConsentTerms
from services.tower.domain.rescuing import AskedMove, RescueMove
from services.tower.domain.rescuing.explaining import explained
from services.tower.store.consents import find_consent, save_consents, standing_consents
from services.tower.usecases.rescuing import Rescues


class ConsentAsk(NamedTuple):
    """Who asks for a change and why, and how a repetition is known."""

    partner: str
    actor: str
    reason: str
    request_key: RequestKey
    traceparent: str
    name: str = ""
    etag: str = ""

    @property
    def by(self) -> tuple[str, str]:
        """Who, and why."""
        return self.actor, self.reason


@dataclass(frozen=True, slots=True)
class Consents:
    """What sponsors allow."""

    rescues: Rescues

    async def sign(
        self,
        ask: ConsentAsk,
        terms: ConsentTerms,
        valid: tuple[datetime | None, datetime],
        render: Callable[[Consent], bytes],
    ) -> bytes:
        """A sponsor signs ahead."""
        now = self.rescues.clock.now()
        valid_from, valid_until = valid

        async def once(conn: Connection) -> bytes:
            span = valid_from or now, valid_until
            change = rules.sign(f"consents/{uuid7()}", ask.partner, terms, span, now, ask.by)
            return await _saved(conn, change, ask, render)

        return await self.rescues.store.perform(ask.request_key, now, once)

    async def answer(self, ask: ConsentAsk, given: bool, render: Callable[[Consent], bytes]) -> bytes:
        """A sponsor answers what it was asked."""
        return await self._changed(ask, lambda each, now: rules.answer(each, given, now, *ask.by), render)

    async def revoke(self, ask: ConsentAsk, render: Callable[[Consent], bytes]) -> bytes:
        """A sponsor takes a consent back."""
        return await self._changed(ask, lambda each, now: rules.revoke(each, now, *ask.by), render)

    async def ask_for(
        self, ask: ConsentAsk, moves: Sequence[AskedMove], behalf: Behalf, render: Callable[[Sequence[Consent]], bytes]
    ) -> bytes:
        """Staff asks sponsors to agree to the moves that need it, each once."""

        async def decide() -> bytes:
            verified = await self.rescues.verified(moves, behalf)
            now = self.rescues.clock.now()

            async def once(conn: Connection) -> bytes:
                needing = [move for move in verified if move.asks_consent]
                standing = await standing_consents(conn, {move.promised.partner for move in needing}, now)
                waiting = [each for each in standing if each.state is ConsentState.ASKED]
                found = [_waiting_for(move, waiting) or _asked(move, now, ask) for move in needing]
                await save_consents(conn, [each for each in found if isinstance(each, ConsentChange)], ask.traceparent)
                return render([each.consent if isinstance(each, ConsentChange) else each for each in found])

            return await self.rescues.store.perform(ask.request_key, now, once)

        return await self.rescues.store.unless_answered(ask.request_key, decide)

    async def _changed(
        self,
        ask: ConsentAsk,
        change: Callable[[Consent, datetime], ConsentChange],
        render: Callable[[Consent], bytes],
    ) -> bytes:
        now = self.rescues.clock.now()

        async def once(conn: Connection) -> bytes:
            consent = await find_consent(conn, ask.name, ask.partner, lock=True)
            consent.require_etag(ask.etag)
            return await _saved(conn, change(consent, now), ask, render)

        return await self.rescues.store.perform(ask.request_key, now, once)


async def _saved(conn: Connection, change: ConsentChange, ask: ConsentAsk, render: Callable[[Consent], bytes]) -> bytes:
    await save_consents(conn, [change], ask.traceparent)
    return render(change.consent)


def _waiting_for(move: RescueMove, waiting: Sequence[Consent]) -> Consent | None:
    """What the sponsor was asked already, if that covers the move."""
    return next((each for each in waiting if each.terms.dose == move.dose and each.terms.cover(move)), None)


def _asked(move: RescueMove, now: datetime, ask: ConsentAsk) -> ConsentChange:
    return rules.ask(f"consents/{uuid7()}", move, now, ask.by, explained(move))
