"""The process that delivers is killed, as a power cut would, again and again: no webhook is missing, order is kept."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from doselane.streams.v1 import endpoint_pb2

from services.kernel.db import Database, migrate
from services.streams import store
from services.streams.events import TOPICS
from tests.integration.streams.conftest import streams_schema
from tests.integration.streams.test_sharing import an_endpoint, record
from tests.support.postgres import Databases
from tests.support.receiver import receiving
from tests.support.tokens import ISSUER, Issuer

KILLS, DOSES, ROUNDS = 4, 25, 16
BETWEEN = DOSES * ROUNDS // (KILLS + 1)


@asynccontextmanager
async def a_process(dsn: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Streams as a process of its own; killed at the end, not asked to stop."""
    environment = {
        **os.environ,
        "DOSELANE_DATABASE_URL": dsn,
        "DOSELANE_JWKS": json.dumps(Issuer().jwks),
        "DOSELANE_TOKEN_ISSUER": ISSUER,
        "DOSELANE_LISTEN": "127.0.0.1:0",
        "DOSELANE_OPS_LISTEN": "127.0.0.1:0",
        "DOSELANE_STREAMS_LOOPBACK": "true",
        "DOSELANE_STREAMS_ENDPOINT_LEASE": "1",
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services.streams.main", env=environment)
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


@pytest.mark.long
async def test_the_process_that_delivers_is_killed_and_nothing_is_missing(databases: Databases) -> None:
    dsn = await databases.prepared("streams", streams_schema)
    for topic in TOPICS:  # whose event logs it follows
        followed = await Database.connect(dsn, topic.removeprefix("doselane."), pool_size=1)
        if followed.schema != "streams":
            await migrate(followed)
        await followed.close()
    database = await Database.connect(dsn, "streams")
    async with receiving() as receiver:
        endpoint = await an_endpoint(database, receiver, "p")
        wanted = await record(database, "p", doses=DOSES, rounds=ROUNDS)
        for kill in range(KILLS):
            async with a_process(dsn):
                await receiver.got("p", BETWEEN * (kill + 1))
        async with a_process(dsn):
            hooks = await receiver.until("p", lambda hooks: set(wanted) <= {hook.id for hook in hooks})
            while await database.pool.fetchval("SELECT place FROM endpoint WHERE id = $1", endpoint.id) < len(wanted):
                await asyncio.sleep(0.05)
    for dose in range(DOSES):
        sent = [hook.id for hook in hooks if hook.event["subject"] == f"slots/p-{dose}"]
        assert list(dict.fromkeys(sent)) == wanted[dose::DOSES]
    assert await store.waiting(database.pool, endpoint.id) == []
    assert await database.pool.fetchval("SELECT state FROM endpoint") == endpoint_pb2.Endpoint.ENABLED
    await database.close()
