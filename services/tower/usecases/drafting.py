"""Drafts: made by agents, answered and withdrawn by persons, and redeemed by the agent that made them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.kernel.agent_consents import AgentMayNot, ConsentSeal
from services.kernel.asking import NamedAsk
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.ids import uuid7
from services.tower.domain import draft as rules
from services.tower.domain import refusals
from services.tower.domain.draft import Draft, DraftedRequest
from services.tower.store import Store
from services.tower.store.drafts import drafts_waiting, find_draft, save_draft


@dataclass(frozen=True, slots=True)
class Drafts:
    """What automated agents would have done."""

    store: Store
    clock: Clock
    seal: ConsentSeal | None  # None: this installation lets agents change nothing

    def require_seal(self) -> ConsentSeal:
        """What seals consents; AgentMayNot where nothing does."""
        if self.seal is None:
            raise AgentMayNot("This installation lets automated agents change nothing, whatever people consent to.")
        return self.seal

    async def create(
        self,
        ask: NamedAsk,
        request: DraftedRequest,
        expires_at: datetime | None,
        render: Callable[[Draft], bytes],
    ) -> bytes:
        """An agent drafts a request."""
        self.require_seal()
        now = self.clock.now()

        async def once(conn: Connection) -> bytes:
            waiting = await drafts_waiting(conn, ask.partner, now)
            if waiting >= rules.WAITING_MAX:
                words = "Too many drafts wait already; have some answered, or wait until their time is over."
                raise refusals.DraftsTooMany(words, drafts_max=rules.WAITING_MAX)
            by = (ask.actor, ask.reason)
            made = rules.drafted(f"drafts/{uuid7()}", ask.partner, request, expires_at, now, by)
            await save_draft(conn, made, ask.traceparent)
            return render(made)

        return await self.store.perform(ask.request_key, now, once)

    async def answer(
        self,
        ask: NamedAsk,
        consents: bool,
        digest: str,
        allowed: Callable[[Draft], None],
        render: Callable[[Draft], bytes],
    ) -> bytes:
        """A person answers; `allowed` refuses one who could not make the drafted call."""

        def change(draft: Draft, now: datetime) -> Draft:
            allowed(draft)
            return rules.answered(draft, consents, digest, now, ask.actor, ask.reason)

        return await self._changed(ask, change, render)

    async def withdraw(self, ask: NamedAsk, render: Callable[[Draft], bytes]) -> bytes:
        """A person takes a consent back."""
        return await self._changed(ask, lambda each, now: rules.withdrawn(each, now, ask.actor, ask.reason), render)

    async def redeem(self, ask: NamedAsk, render: Callable[[Draft], bytes]) -> bytes:
        """The agent uses the consent."""
        self.require_seal()
        return await self._changed(ask, lambda each, now: rules.redeemed(each, now, ask.actor), render)

    async def _changed(
        self, ask: NamedAsk, change: Callable[[Draft, datetime], Draft], render: Callable[[Draft], bytes]
    ) -> bytes:
        now = self.clock.now()

        async def once(conn: Connection) -> bytes:
            draft = await find_draft(conn, ask.name, ask.partner, lock=True)
            draft.require_etag(ask.etag)
            changed = change(draft, now)
            await save_draft(conn, changed, ask.traceparent)
            return render(changed)

        return await self.store.perform(ask.request_key, now, once)
