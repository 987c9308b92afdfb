"""An event loop that connects to nothing but addresses that were judged, whoever connects on it.

Brokers say themselves where the others of their cluster are, so a client of Kafka goes to places that nobody stated. It
offers no place to look at them; but it opens each connection on its loop. What it reads over them is bounded there too.
"""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from services.kernel.public_addresses import AddressRefused, judge, read, resolve
from services.streams.frame_bound import FrameBound


class Refusals:
    """Why connections were refused, in words; `come`: that there is one."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.come = asyncio.Event()

    def add(self, why: str) -> None:
        """Notes one."""
        if why not in self.told:
            self.told.append(why)
        self.come.set()


# Of whoever set it before its client made tasks, which inherit it.
REFUSALS: ContextVar[Refusals | None] = ContextVar("refusals", default=None)


class BrokerRefused(OSError):
    """Nothing is sent to this broker. An OSError, as clients take it for one that cannot be reached."""


class GuardedLoop(asyncio.SelectorEventLoop):
    """`loopback`: this machine may be reached, also without TLS, in a sandbox."""

    def __init__(self, *, loopback: bool) -> None:
        super().__init__()
        self._loopback = loopback

    async def create_connection(  # type: ignore[override]  # of its forms those with a host alone are for us
        self, protocol_factory: Callable[[], Any], host: str, port: int, *, ssl: Any = None, **more: Any
    ) -> Any:
        """Connects to an address of the host that was judged; BrokerRefused if one of them may not be reached."""
        if more:
            raise NotImplementedError(f"nobody has judged connections with {sorted(more)}")
        name, refusals = None if ssl is None else host, REFUSALS.get()
        fault: OSError | None = None

        def bound() -> FrameBound:
            return FrameBound(protocol_factory(), lambda why: _note(refusals, f"broker {host}:{port}: {why}"))

        for address in await self._judged(host, port, tls=ssl is not None):
            try:
                return await super().create_connection(bound, str(address), port, ssl=ssl, server_hostname=name)
            except OSError as failed:
                fault = fault or failed
        raise fault or OSError(f"{host} leads nowhere")

    async def _judged(self, host: str, port: int, *, tls: bool) -> Any:
        try:
            where = f"[{host}]" if ":" in host else host
            named = read(f"https://{where}:{port}/")
            if named.host != host:
                raise AddressRefused("Its host must be a name in ASCII or an address.")
            found = [named.literal] if named.literal else await resolve(host)
            judge(found, tls=True, loopback=self._loopback)
            if not tls and not (self._loopback and all(each.is_loopback for each in found)):
                raise AddressRefused("It is spoken to without TLS.")
        except AddressRefused as refused:
            why = f"broker {host}:{port}: {refused}"
            _note(REFUSALS.get(), why)
            raise BrokerRefused(why) from None
        return found


def _note(refusals: Refusals | None, why: str) -> None:
    if refusals is not None:
        refusals.add(why)
