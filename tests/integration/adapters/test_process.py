"""The host as a process of its own: it starts from its environment, takes a push, and ends in order."""

import asyncio
import json
import os
import signal
import socket
import sys

import asyncpg
import httpx

from tests.support.couriers import ACCOUNTS, KEY, ups
from tests.support.tokens import ISSUER, Issuer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_the_host_runs_as_a_process_and_ends_in_order(database_dsn: str) -> None:
    port = free_port()
    environ = {
        **os.environ,
        "DOSELANE_DATABASE_URL": database_dsn,
        "DOSELANE_TOKEN_ISSUER": ISSUER,
        "DOSELANE_JWKS": json.dumps(Issuer().jwks),
        "DOSELANE_LISTEN": "127.0.0.1:0",
        "DOSELANE_OPS_LISTEN": "127.0.0.1:0",
        "DOSELANE_EXCHANGE_PUSH_LISTEN": f"127.0.0.1:{port}",
        "DOSELANE_EXCHANGE_ACCOUNTS": json.dumps(ACCOUNTS),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "adapters.host.main", env=environ, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            async with asyncio.timeout(60):
                while True:
                    try:
                        answer = await client.post("/push/ups/swift-ups", json=ups(), headers={"credential": KEY})
                        break
                    except httpx.TransportError:
                        await asyncio.sleep(0.05)
            assert answer.json()["state"] == "ACCEPTED"
            assert (await client.post("/ups/swift-ups", json=ups(), headers={"credential": KEY})).status_code == 404
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
    conn = await asyncpg.connect(database_dsn)
    assert await conn.fetchval("SELECT count(*) FROM exchange.accepted_event") == 1
    await conn.close()
