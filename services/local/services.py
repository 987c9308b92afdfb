"""The services of the gateway: the one list that the gateway, the command line, the chart's tests and others read."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from typing import Any

from pydantic import SecretStr

from adapters.host import main as exchange
from adapters.host import settings as exchange_settings
from services.capacity import main as capacity
from services.capacity import settings as capacity_settings
from services.distribution import main as distribution
from services.distribution import settings as distribution_settings
from services.kernel.bus import Bus
from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.identity import TokenVerifier
from services.kernel.process import Service
from services.local.seal import sandbox_seal
from services.masterdata import main as masterdata
from services.masterdata import settings as masterdata_settings
from services.planning import main as planning
from services.planning import settings as planning_settings
from services.quality import main as quality
from services.quality import settings as quality_settings
from services.slotting import main as slotting
from services.slotting import settings as slotting_settings
from services.status import main as status
from services.status import settings as status_settings
from services.streams import main as streams
from services.streams import settings as streams_settings
from services.tower import main as tower
from services.tower import settings as tower_settings

# Seals the sandbox's signatures; a real installation has a secret of its own.
SIGNATURE_KEY = "646f73656c616e652d73616e64626f782d7369676e6174757265732d6f6e6c79"


# Seals what people of the sandbox consent to.
AGENT_CONSENT_KEY = "doselane-sandbox-agent-consents-only"


@dataclass(frozen=True, slots=True)
class Ground:
    """What a service of the gateway on one machine is built on."""

    database: Database
    bus: Bus
    clock: Clock
    verifier: TokenVerifier
    grpc_target: str  # where all of them answer
    keep_alive: timedelta
    accounts: Mapping[str, Any]  # of outside systems
    kafka: KafkaSettings  # without brokers: there is no Kafka


@dataclass(frozen=True, slots=True)
class Listed:
    """A service: the module that Python runs where it has a process of its own, and how it is built here.

    Its name is its schema's and its component's in the chart too.
    """

    name: str
    module: ModuleType
    build: Callable[[Ground], Service]
    topics: Callable[[], Sequence[str]] = tuple  # where it publishes, beside the topic of its name


def _slotting(on: Ground) -> Service:
    return slotting.service(slotting_settings.Settings(), on.database, on.bus)


def _capacity(on: Ground) -> Service:
    settings = capacity_settings.Settings(slotting_target=on.grpc_target, keep_alive=on.keep_alive)
    return capacity.service(settings, on.database, on.bus, on.clock)


def _masterdata(on: Ground) -> Service:
    settings = masterdata_settings.Settings(slotting_target=on.grpc_target)
    return masterdata.service(settings, on.database, on.bus, on.clock)


def _planning(on: Ground) -> Service:
    settings = planning_settings.Settings(capacity_target=on.grpc_target, keep_alive=on.keep_alive)
    return planning.service(settings, on.database, on.bus, on.clock)


def _status(on: Ground) -> Service:
    return status.service(status_settings.Settings(keep_alive=on.keep_alive), on.database, on.bus, on.clock)


def _quality(on: Ground) -> Service:
    settings = quality_settings.Settings(
        signature_key=SecretStr(SIGNATURE_KEY),
        document_seal=SecretStr(sandbox_seal()),
        keep_alive=on.keep_alive,
    )
    return quality.service(settings, on.database, on.bus, on.clock)


def _distribution(on: Ground) -> Service:
    settings = distribution_settings.Settings(signature_key=SecretStr(SIGNATURE_KEY), keep_alive=on.keep_alive)
    return distribution.service(settings, on.database, on.bus, on.clock)


def _streams(on: Ground) -> Service:
    settings = streams_settings.Settings(keep_alive=on.keep_alive, loopback=True, feed_topics=bool(on.kafka.bootstrap))
    return streams.service(settings, on.database, on.bus, on.clock, on.kafka)


def _tower(on: Ground) -> Service:
    settings = tower_settings.Settings(slotting_target=on.grpc_target, keep_alive=on.keep_alive)
    return tower.service(settings, on.database, on.bus, on.clock, on.verifier.consents)


def _exchange(on: Ground) -> Service:
    settings = exchange_settings.Settings(accounts=SecretStr(json.dumps(on.accounts)), loopback=True)
    return exchange.service(settings, on.database, on.bus, on.verifier, clock=on.clock)


# Slotting's database comes first: the clock and, without Kafka, the bus are in it.
SERVICES = (
    Listed(slotting.NAME, slotting, _slotting),
    Listed(capacity.NAME, capacity, _capacity),
    Listed(masterdata.NAME, masterdata, _masterdata),
    Listed(planning.NAME, planning, _planning),
    Listed(quality.NAME, quality, _quality),
    Listed(distribution.NAME, distribution, _distribution),
    Listed(status.NAME, status, _status),
    Listed(tower.NAME, tower, _tower),
    Listed(streams.NAME, streams, _streams),
    Listed(exchange.NAME, exchange, _exchange, exchange.topics),  # the adapter host
)
NAMES = tuple(each.name for each in SERVICES)
