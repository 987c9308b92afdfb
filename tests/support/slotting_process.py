"""The real slotting service as a process of its own, for what must not share a process with it: kills and benches."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO

from services.kernel.db import Database, migrate
from services.network import Capacity
from services.slotting.usecases import Ticket, decide_batch
from tests.support.slotting import a_book, a_run, projected, slotting_schema
from tests.support.tokens import ISSUER, Issuer

PLENTY = Capacity(10**15, 2_000_000_000)


async def prepare(dsn: str, runs: list[str], pool: Capacity = PLENTY) -> Database:
    """A ledger that knows the runs; the caller closes the database."""
    await slotting_schema(dsn)
    for followed in ("capacity", "masterdata"):
        database = await Database.connect(dsn, followed, pool_size=2)
        await migrate(database)  # the event log that slotting reads
        await database.close()
    database = await Database.connect(dsn, "slotting", pool_size=2)
    now = datetime.now(UTC)
    async with database.transaction() as connection:
        commands = [projected(a_book(a_run(run, now=now), pool=pool)) for run in runs]
        waiting = asyncio.get_running_loop().create_future()
        await decide_batch(connection, [Ticket(commands, "", None, waiting)])
    return database


@contextmanager
def slotting_process(
    dsn: str, issuer: Issuer, more: Mapping[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The service until the block ends, and its address."""
    environment = {
        **os.environ,
        "DOSELANE_DATABASE_URL": dsn,
        "DOSELANE_JWKS": json.dumps(issuer.jwks),
        "DOSELANE_TOKEN_ISSUER": ISSUER,
        "DOSELANE_LISTEN": "127.0.0.1:0",
        "DOSELANE_OPS_LISTEN": "127.0.0.1:0",
        **(more or {}),
    }
    with child([sys.executable, "-m", "services.slotting.main"], environment, log=True) as process:
        yield process, f"127.0.0.1:{_port_in_log(process)}"


@contextmanager
def child(
    command: list[str], environment: dict[str, str] | None = None, *, log: bool = False
) -> Iterator[subprocess.Popen[str]]:
    """A process that does not outlive the block."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE if log else None, env=environment, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def first_line(process: subprocess.Popen[str]) -> str:
    """The first line that a child prints; fails if it dies instead."""
    assert process.stdout is not None
    text = process.stdout.readline()
    if not text:
        raise RuntimeError(f"{process.args} ended with {process.wait()} before it was ready")
    return text.strip()


def _port_in_log(process: subprocess.Popen[str]) -> int:
    """The port that the service logs when it is ready; what it logs later is passed on from warnings upwards."""
    assert process.stderr is not None
    for text in process.stderr:
        record = json.loads(text) if text.startswith("{") else {"message": text, "level": "ERROR"}
        if record["message"] == "ready":
            threading.Thread(target=_pass_on, args=(process.stderr,), daemon=True).start()
            return int(record["grpc_port"])
        if record["level"] != "INFO":
            print(text, file=sys.stderr, end="")
    raise RuntimeError(f"the service ended with {process.wait()} before it was ready")


def _pass_on(stream: IO[str]) -> None:
    for text in stream:
        if '"level": "INFO"' not in text:
            print(text, file=sys.stderr, end="")
