"""A stream lasts as long as the token that let it in: until that expires, or the issuer withdraws its key."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.kernel.errors import GatewayError
from services.kernel.identity import Known, TokenVerifier

LOOK_EVERY_S = 1.0


@dataclass(eq=False, slots=True)
class Session:
    """One running stream, and what it was let in by."""

    authorization: str | None
    scope: str
    known: Known
    withdrawals: int  # as many as there had been when the token was last checked
    ending: asyncio.Timeout
    fault: GatewayError | None = None


class Sessions:
    """The running streams of a server. `run` ends each whose token is no longer good."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier = verifier
        self._running: set[Session] = set()

    @asynccontextmanager
    async def admitted(self, authorization: str | None, scope: str) -> AsyncIterator[Known]:
        """Lets a stream in, and runs the block until the token ends; then raises what the token is refused for."""
        withdrawals = self._verifier.withdrawals
        known = await self._verifier.admit(authorization, scope)
        session = Session(authorization, scope, known, withdrawals, asyncio.timeout(None))
        try:
            async with session.ending:
                self._running.add(session)
                yield known
        except TimeoutError:
            if session.fault is None or not session.ending.expired():
                raise
            raise session.fault from None
        finally:
            self._running.discard(session)

    async def run(self) -> None:
        """Looks each second, by the verifier's clock: a timer would sleep through a clock that is moved."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self._verifier.refresh_if_due()  # also while all who call are remembered
            await self.look()

    async def look(self) -> None:
        """Ends each stream whose token would not be admitted now."""
        for session in tuple(self._running):
            withdrawals = self._verifier.withdrawals
            good = session.known[1] > self._verifier.now() and session.withdrawals == withdrawals
            if good or session.fault:
                continue
            try:
                session.known = await self._verifier.admit(session.authorization, session.scope)
                session.withdrawals = withdrawals
            except GatewayError as fault:
                self._end(session, fault)

    def _end(self, session: Session, fault: GatewayError) -> None:
        if session in self._running:  # It may have ended by itself while its token was checked.
            session.fault = fault
            session.ending.reschedule(asyncio.get_running_loop().time())
