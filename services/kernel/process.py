"""A process: what it serves and runs, how it starts, and how it ends in order."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar, Protocol, Self

import uvloop
from google.protobuf.descriptor import ServiceDescriptor
from pydantic import Field, field_validator, model_validator

from services.kernel import log as json_log
from services.kernel.background import Background, BackgroundTasks
from services.kernel.identity import TokenVerifier
from services.kernel.quotas import Quotas, rates_of
from services.kernel.rates import Rate
from services.kernel.rpc import Server, Tls
from services.kernel.settings import Bounds, Seconds, Settings, Texts
from services.kernel.telemetry import Telemetry

GRACE_S = 20.0
SIGNALS = (signal.SIGTERM, signal.SIGINT)
# Things made before Python's collector walks the youngest, such walks before it walks those that stayed, and so on.
# A walk of so many young things takes some 0.5 ms; Python's own 700 cost webhooks a quarter of their processor time.
COLLECTED_EVERY = (10_000, 20, 20)

log = logging.getLogger(__name__)


@dataclass
class Service:
    """What a service consists of, built and not yet started: what it answers, and what runs beside that."""

    servicers: list[tuple[ServiceDescriptor, object]] = field(default_factory=list)
    background: list[Background] = field(default_factory=list)


class Part(Protocol):
    """Something a process starts and stops, such as a server."""

    async def start(self) -> None:
        """Begins; when it returns, the part is ready."""
        ...

    async def stop(self, grace_s: float) -> None:
        """Takes nothing new, lets what runs end for `grace_s`, then ends."""
        ...


class ListenSettings(Settings):
    """Where a service process listens; variables DOSELANE_LISTEN, DOSELANE_OPS_LISTEN, …"""

    PREFIX: ClassVar[str] = "DOSELANE"

    listen: str = "0.0.0.0:9090"  # gRPC
    ops_listen: str = "0.0.0.0:9091"  # HTTP: /healthz, /readyz, /metrics
    grace: Annotated[Seconds, Bounds(0, 600)] = timedelta(seconds=GRACE_S)
    reuse_port: bool = False
    tls_key: Path | None = None
    tls_certificate: Path | None = None
    tls_client_ca: Path | None = None
    # What a partner may call of this process; of some, something else: partners/name=PER_SECOND/BURST.
    calls_per_second: Annotated[float, Bounds(0.001, 100_000)] = 100.0
    calls_burst: Annotated[int, Bounds(1, 1_000_000)] = 6000
    calls_of: Texts = Field(default_factory=dict)

    @field_validator("calls_of")
    @classmethod
    def _rates(cls, told: Mapping[str, str]) -> Mapping[str, str]:
        rates_of(told)
        return told

    @model_validator(mode="after")
    def _together(self) -> Self:
        if (self.tls_key is None) != (self.tls_certificate is None):
            raise ValueError("TLS_KEY and TLS_CERTIFICATE are set together, or neither is.")
        return self

    def quotas(self) -> Quotas:
        """New buckets of these quotas, for one door."""
        return Quotas(Rate(self.calls_per_second, self.calls_burst), rates_of(self.calls_of))

    def tls(self) -> Tls | None:
        """The files' contents, or None where the process speaks plain text behind a mesh or an ingress."""
        if not self.tls_key or not self.tls_certificate:
            return None
        client_ca = self.tls_client_ca.read_bytes() if self.tls_client_ca else None
        return Tls(self.tls_key.read_bytes(), self.tls_certificate.read_bytes(), client_ca)


def server(service: Service, listening: ListenSettings, verifier: TokenVerifier, telemetry: Telemetry) -> Server:
    """The gRPC server of a service."""
    made = Server(
        listening.listen,
        verifier,
        telemetry,
        reuse_port=listening.reuse_port,
        tls=listening.tls(),
        quotas=listening.quotas(),
    )
    for descriptor, servicer in service.servicers:
        made.add(descriptor, servicer)
    return made


async def run(
    parts: Sequence[Part],
    background: Sequence[Background] = (),
    *,
    grace_s: float = GRACE_S,
    stopping: asyncio.Event | None = None,
    on_ready: Callable[[], None] | None = None,
) -> None:
    """Runs until SIGTERM or SIGINT, until `stopping` is set, or until something in the background ends.

    Parts start in their order and stop in the opposite one. What runs in the background ends after them, because a
    call that is still being answered needs it (the flusher, the relay). A background fault ends the process with it:
    half a service that looks alive is worse than one that its keeper starts again.
    """
    stop = stopping or asyncio.Event()
    running = BackgroundTasks(background)
    async with AsyncExitStack() as cleanup:
        cleanup.push_async_callback(running.stop)
        _on_signals(stop, cleanup)
        for part in parts:
            await part.start()
            cleanup.push_async_callback(part.stop, grace_s)
        keep_for_good()
        if on_ready:
            on_ready()
        waiting = asyncio.ensure_future(stop.wait())
        await asyncio.wait([waiting, *running.tasks], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        fault = None if stop.is_set() else running.fault()
    if fault:
        raise fault


def main(program: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs a process from its first line of Python: logs as JSON, the quick event loop, the exit code."""
    json_log.setup(os.environ.get("DOSELANE_LOG_LEVEL", "INFO"))
    try:
        uvloop.run(program())
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def keep_for_good() -> None:
    """Takes what was made so far off the rounds of Python's collector: it lives as long as the process.

    Walking it (modules, descriptors, types of the database) held the loop for some 150 ms at a time. The rounds are
    fewer, too: what lives as long as a call is not walked again for each 700 things that are made beside it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_EVERY)


def _on_signals(stop: asyncio.Event, cleanup: AsyncExitStack) -> None:
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        try:
            loop.add_signal_handler(number, stop.set)
        except (ValueError, RuntimeError):
            return  # Not the main thread, as in some tests; `stopping` remains.
        cleanup.callback(loop.remove_signal_handler, number)
