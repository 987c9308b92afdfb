"""The slotting service as the bench runs it: its own process, its own database, its traces really exported."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.kernel.db import Database
from tests.bench.claims.sink import TraceSink
from tests.support.slotting import NORTHLAKE
from tests.support.slotting_process import prepare, slotting_process
from tests.support.tokens import Issuer


@dataclass(frozen=True, slots=True)
class Slotting:
    """A running service: where it is, how to speak to it, and its database."""

    target: str
    token: str
    database: Database


@asynccontextmanager
async def running(dsn: str, runs: list[str]) -> AsyncIterator[Slotting]:
    """The service on a database of its own, until the block ends."""
    database = await prepare(dsn, runs)
    issuer = Issuer()
    token = issuer.token(NORTHLAKE, ["slotting.claim", "slotting.read"])
    with TraceSink() as sink:
        # One partner claims as much as all would: its quota is out of the way.
        more = {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.endpoint, "DOSELANE_CALLS_PER_SECOND": "100000"}
        with slotting_process(dsn, issuer, more) as (_, target):
            yield Slotting(target, token, database)
    await database.close()
