"""Consents: signed ahead, asked for, answered and taken back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.kernel.asking import NamedAsk
from services.kernel.db import Connection
from services.kernel.ids import uuid7
from services.kernel.rpc import Behalf
from services.tower.domain import consent as rules
from services.tower.domain.consent import Consent, ConsentChange, ConsentState, ConsentTerms
from services.tower.domain.rescuing import AskedMove, RescueMove
from services.tower.domain.rescuing.explaining import explained
from services.tower.store.consents import find_consent, save_consents, standing_consents
from services.tower.usecases.rescuing import Rescues


@dataclass(frozen=True, slots=True)
class Consents:
    """What sponsors allow."""

    rescues: Rescues

    async def sign(
        self,
        ask: NamedAsk,
        terms: ConsentTerms,
        valid: tuple[datetime | None, datetime],
        render: Callable[[Consent], bytes],
    ) -> bytes:
        """A sponsor signs ahead."""
        now = self.rescues.clock.now()
        valid_from, valid_until = valid

        async def once(conn: Connection) -> bytes:
            span = valid_from or now, valid_until
            change = rules.sign(f"consents/{uuid7()}", ask.partner, terms, span, now, _who(ask))
            return await _saved(conn, change, ask, render)

        return await self.rescues.store.perform(ask.request_key, now, once)

    async def answer(self, ask: NamedAsk, given: bool, render: Callable[[Consent], bytes]) -> bytes:
        """A sponsor answers what it was asked."""
        return await self._changed(ask, lambda each, now: rules.answer(each, given, now, *_who(ask)), render)

    async def revoke(self, ask: NamedAsk, render: Callable[[Consent], bytes]) -> bytes:
        """A sponsor takes a consent back."""
        return await self._changed(ask, lambda each, now: rules.revoke(each, now, *_who(ask)), render)

    async def ask_for(
        self, ask: NamedAsk, moves: Sequence[AskedMove], behalf: Behalf, render: Callable[[Sequence[Consent]], bytes]
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
        ask: NamedAsk,
        change: Callable[[Consent, datetime], ConsentChange],
        render: Callable[[Consent], bytes],
    ) -> bytes:
        now = self.rescues.clock.now()

        async def once(conn: Connection) -> bytes:
            consent = await find_consent(conn, ask.name, ask.partner, lock=True)
            consent.require_etag(ask.etag)
            return await _saved(conn, change(consent, now), ask, render)

        return await self.rescues.store.perform(ask.request_key, now, once)


async def _saved(conn: Connection, change: ConsentChange, ask: NamedAsk, render: Callable[[Consent], bytes]) -> bytes:
    await save_consents(conn, [change], ask.traceparent)
    return render(change.consent)


def _waiting_for(move: RescueMove, waiting: Sequence[Consent]) -> Consent | None:
    """What the sponsor was asked already, if that covers the move."""
    return next((each for each in waiting if each.terms.dose == move.dose and each.terms.cover(move)), None)


def _asked(move: RescueMove, now: datetime, ask: NamedAsk) -> ConsentChange:
    return rules.ask(f"consents/{uuid7()}", move, now, _who(ask), explained(move))


def _who(ask: NamedAsk) -> tuple[str, str]:
    """Who asks, and why."""
    return ask.actor, ask.reason
