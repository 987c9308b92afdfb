"""One service as a process of its own: what all `main.py` share between the environment and the signals."""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, ClassVar, TypeVar

from pydantic import AfterValidator, SecretStr

from services.kernel import process, telemetry
from services.kernel.agent_consents import KEY_CHARACTERS_MIN, ConsentSeal
from services.kernel.bus import Bus
from services.kernel.bus.kafka import KafkaBus
from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.bus.postgres import PostgresBus
from services.kernel.clock import Clock, SystemClock
from services.kernel.clock_rpc import SERVICE as CLOCK_SERVICE
from services.kernel.clock_rpc import ClockRpc
from services.kernel.db import Database, migrate
from services.kernel.gateway_clock import GatewayClock, require_unmoved
from services.kernel.http import HttpServer, app
from services.kernel.identity import TokenVerifier
from services.kernel.jwks import HttpJwks, JwksSource, StaticJwks
from services.kernel.process import ListenSettings, Service
from services.kernel.settings import Bounds, Seconds, Settings, load
from services.kernel.signer import BOTH_COMPONENTS, ONE_COMPONENT, StepUp

log = logging.getLogger(__name__)

Own = TypeVar("Own", bound=Settings)


def _classes(text: str) -> str:
    if not text.split():
        raise ValueError("must name a class of authentication")
    return text


def _long_enough(key: SecretStr | None) -> SecretStr | None:
    if key and len(key.get_secret_value()) < KEY_CHARACTERS_MIN:
        raise ValueError(f"must have at least {KEY_CHARACTERS_MIN} characters")
    return key


class IdentitySettings(Settings):
    """Whose tokens are taken; variables DOSELANE_TOKEN_ISSUER, DOSELANE_JWKS, …"""

    PREFIX: ClassVar[str] = "DOSELANE"

    token_issuer: str
    jwks: str  # URL, file or JSON of the issuer's keys
    token_audience: str = "doselane"
    token_scope_claim: str = "scope"  # Okta and Entra say scp, Entra's applications roles; a text or a list
    token_name_claim: str = "name"  # the name that is printed with a signature
    # Of whoever signs (RFC 9470): the issuer's own names (`acr`), blanks between, for an authentication with both
    # components, and for one with a single component, which is enough within a session; without any it never is.
    step_up_acr_values: Annotated[str, AfterValidator(_classes)] = BOTH_COMPONENTS
    step_up_acr_values_in_session: str = ONE_COMPONENT
    step_up_max_age: Annotated[Seconds, Bounds(10, 3600)] = timedelta(minutes=5)
    step_up_idle_max: Annotated[Seconds, Bounds(60, 8 * 3600)] = timedelta(minutes=15)

    # Seals persons' consents to what agents change; the same for all services. Without it agents change nothing.
    agent_consent_key: Annotated[SecretStr | None, AfterValidator(_long_enough)] = None

    @property
    def consents(self) -> ConsentSeal | None:
        """What seals and opens persons' consents; None where agents change nothing."""
        return ConsentSeal(self.agent_consent_key.get_secret_value()) if self.agent_consent_key else None

    @property
    def step_up(self) -> StepUp:
        """What is asked of whoever signs."""
        both, one = self.step_up_acr_values.split(), self.step_up_acr_values_in_session.split()
        return StepUp(tuple(both), tuple(one), self.step_up_max_age, self.step_up_idle_max)


class BackingSettings(IdentitySettings):
    """What every service stands on; variables DOSELANE_DATABASE_URL, … Kafka's are `KafkaSettings`."""

    database_url: SecretStr
    database_connections: Annotated[int, Bounds(2, 200)] = 10
    # Only in a sandbox whose services share one database: the gateway's clock can be moved on, and all follow it.
    virtual_clock: bool = False


@dataclass(frozen=True, slots=True)
class Backing:
    """What a service is built on. All are open and ready."""

    database: Database
    bus: Bus
    clock: Clock
    kafka: KafkaSettings  # without brokers: there is no Kafka
    consents: ConsentSeal | None  # None: automated agents change nothing


async def run(
    name: str,
    migrations: Path,
    own_settings: type[Own],
    build: Callable[[Own, Backing], Service],
    environ: Mapping[str, str] = os.environ,
    topics: Sequence[str] = (),
) -> None:
    """Run the service until it is told to stop: settings, schema, connections, server, and their orderly end.

    `name` is the service's schema; its own settings are DOSELANE_<NAME>_…; `topics` as in `migrate`.
    """
    own = load(own_settings, environ, f"DOSELANE_{name.upper()}")
    settings = load(BackingSettings, environ, BackingSettings.PREFIX)
    kafka = load(KafkaSettings, environ, KafkaSettings.PREFIX)
    listening = load(ListenSettings, environ, ListenSettings.PREFIX)
    measured = telemetry.setup(name, environ=environ)
    async with AsyncExitStack() as open_parts:
        open_parts.callback(measured.shutdown)
        open_parts.enter_context(measured.active())
        dsn = settings.database_url.get_secret_value()
        database = await Database.connect(dsn, name, pool_size=settings.database_connections)
        open_parts.push_async_callback(database.close)
        await migrate(database, migrations, topics=topics)
        bus = bus_of(kafka, database)
        open_parts.push_async_callback(bus.close)
        clock = await clock_of(settings, database)
        service = build(own, Backing(database, bus, clock, kafka, settings.consents))
        serve_clock(service, clock)
        verifier = verifier_of(settings, clock)
        server = process.server(service, listening, verifier, measured)
        operations = app(f"Doselane {name}", measured, checks={"database": partial(_answers, database)}, metrics=True)
        ops = HttpServer(operations, listening.ops_listen)
        await process.run(
            (ops, server),
            service.background,
            grace_s=listening.grace.total_seconds(),
            on_ready=lambda: log.info("ready", extra={"grpc_port": server.port, "ops_port": ops.port}),
        )


def bus_of(kafka: KafkaSettings, database: Database) -> Bus:
    """Apache Kafka where there is one, else the event logs in PostgreSQL."""
    return KafkaBus(kafka) if kafka.bootstrap else PostgresBus(database)


async def clock_of(settings: BackingSettings, database: Database) -> Clock:
    """The machine's clock; in a sandbox the gateway's, which its database holds."""
    if settings.virtual_clock:
        return await GatewayClock.open(database)
    await require_unmoved(database)
    return SystemClock()


def serve_clock(service: Service, clock: Clock) -> None:
    """Adds the calls about the clock to a service, and what follows the clock."""
    service.servicers.append((CLOCK_SERVICE, ClockRpc(clock)))
    if isinstance(clock, GatewayClock):
        service.background.append(clock.run)


def verifier_of(settings: IdentitySettings, clock: Clock) -> TokenVerifier:
    """What checks tokens, by the clock of the gateway."""
    return TokenVerifier(
        keys_of(settings.jwks),
        settings.token_issuer,
        settings.token_audience,
        scope_claim=settings.token_scope_claim,
        name_claim=settings.token_name_claim,
        step_up=settings.step_up,
        consents=settings.consents,
        now=clock.seconds,
    )


def keys_of(jwks: str) -> JwksSource:
    """The issuer's keys: fetched from a URL and kept fresh, or given as a file or as JSON."""
    return HttpJwks(jwks) if jwks.startswith(("http://", "https://")) else StaticJwks.from_text(jwks)


async def _answers(database: Database) -> None:
    await database.pool.fetchval("SELECT 1")
