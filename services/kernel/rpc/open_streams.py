"""A stream lasts as long as the token that let it in: until that expires, or the issuer withdraws its key."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.kernel.errors import GatewayError
from services.kernel.identity import Known, TokenVerifier

LOOK_EVERY_S = 1.0


@dataclass(eq=False, slots=True)
class OpenStream:
    """One running stream, and what it was let in by."""

    authorization: str | None
    scope: str
    known: Known
    withdrawals: int  # as many as there had been when the token was last checked
    ending: asyncio.Timeout
    fault: GatewayError | None = None


class OpenStreams:
    """The running streams of a server. `run` ends each whose token is no longer good."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier = verifier
        self._running: set[OpenStream] = set()

    @asynccontextmanager
    async def admitted(self, authorization: str | None, scope: str) -> AsyncIterator[Known]:
        """Lets a stream in, and runs the block until the token ends; then raises what the token is refused for."""
        withdrawals = self._verifier.withdrawals
        known = await self._verifier.admit(authorization, scope)
        stream = OpenStream(authorization, scope, known, withdrawals, asyncio.timeout(None))
        try:
            async with stream.ending:
                self._running.add(stream)
                yield known
        except TimeoutError:
            if stream.fault is None or not stream.ending.expired():
                raise
            raise stream.fault from None
        finally:
            self._running.discard(stream)

    async def run(self) -> None:
        """Looks each second, by the verifier's clock: a timer would sleep through a clock that is moved."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self._verifier.refresh_if_due()  # also while all who call are remembered
            await self.look()

    async def look(self) -> None:
        """Ends each stream whose token would not be admitted now."""
        for stream in tuple(self._running):
            withdrawals = self._verifier.withdrawals
            good = stream.known[1] > self._verifier.now() and stream.withdrawals == withdrawals
            if good or stream.fault:
                continue
            try:
                stream.known = await self._verifier.admit(stream.authorization, stream.scope)
                stream.withdrawals = withdrawals
            except GatewayError as fault:
                self._end(stream, fault)

    def _end(self, stream: OpenStream, fault: GatewayError) -> None:
        if stream in self._running:  # It may have ended by itself while its token was checked.
            stream.fault = fault
            stream.ending.reschedule(asyncio.get_running_loop().time())
