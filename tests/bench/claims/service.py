"""The real slotting service as the bench runs it: its own process, its own database, a static issuer key, traces on."""

import asyncio
import base64
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.kernel.db import Database
from services.slotting.domain import Amount
from services.slotting.usecases import Ticket, decide_batch
from tests.bench.claims.sink import TraceSink
from tests.support.slotting import NORTHLAKE, a_book, a_run, projected, slotting_schema

PLENTY = Amount(10**15, 2_000_000_000)
ISSUER = "https://issuer.example"


class Issuer:
    """A key and the tokens it signs."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()

    @property
    def jwks(self) -> str:
        """The public key, as the service's setting."""
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        x = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        return json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "bench", "alg": "EdDSA", "x": x}]})

    def token(self, scope: str = "slotting.claim slotting.read", partner: str = NORTHLAKE) -> str:
        """A token for an hour."""
        claims = {
            "iss": ISSUER,
            "aud": "doselane",
            "sub": "northlake-orchestrator",
            "partner": partner,
            "scope": scope,
            "exp": int(time.time()) + 3600,
        }
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": "bench"})


@dataclass(frozen=True, slots=True)
class Slotting:
    """A running service: where it is, how to speak to it, and its database."""

    target: str
    token: str
    database: Database


async def prepare(dsn: str, runs: list[str]) -> Database:
    """A ledger that knows the runs, each with more than the bench can claim."""
    await slotting_schema(dsn)
    database = await Database.connect(dsn, "slotting", pool_size=2)
    now = datetime.now(UTC)
    async with database.transaction() as connection:
        commands = [projected(a_book(a_run(run, now=now), pool=PLENTY)) for run in runs]
        waiting = asyncio.get_running_loop().create_future()
        await decide_batch(connection, [Ticket(commands, "", None, waiting)])
    return database


@asynccontextmanager
async def running(dsn: str, runs: list[str]) -> AsyncIterator[Slotting]:
    """The service on a database of its own, until the block ends."""
    database = await prepare(dsn, runs)
    issuer = Issuer()
    with TraceSink() as sink:
        environment = {
            **os.environ,
            "DOSELANE_DATABASE_URL": dsn,
            "DOSELANE_JWKS": issuer.jwks,
            "DOSELANE_TOKEN_ISSUER": ISSUER,
            "DOSELANE_LISTEN": "127.0.0.1:0",
            "DOSELANE_OPS_LISTEN": "127.0.0.1:0",
            "DOSELANE_LOG_LEVEL": "INFO",
            "OTEL_EXPORTER_OTLP_ENDPOINT": sink.endpoint,
        }
        with child([sys.executable, "-m", "services.slotting.main"], environment, log=True) as process:
            port = _port_in_log(process)
            yield Slotting(f"127.0.0.1:{port}", issuer.token(), database)
    await database.close()


@contextmanager
def child(command: list[str], environment: dict[str, str] | None = None, *, log: bool = False) -> Iterator[subprocess.Popen[str]]:
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
