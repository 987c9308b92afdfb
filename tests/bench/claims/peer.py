"""What a good team writes in a day, on the same schema and durability: FastAPI, SQLAlchemy, SELECT FOR UPDATE.

One transaction a request: the request id is looked up, the run's row is locked, the rules are applied, and slot, answer
and event are stored. It checks no token. Uvicorn with uvloop and httptools serves it.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import uvicorn
import uvloop
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from services.kernel.activity import Nuclide, reference_activity_kbq
from services.kernel.ids import uuid7
from tests.bench.claims.drive import LOAD_PROCESSES, gather_loads
from tests.bench.result import Measured, thinned
from tests.support.slotting import NORTHLAKE, SITE
from tests.support.slotting_process import child, first_line, prepare

CONNECTIONS = 20


class ClaimIn(BaseModel):
    """The body of a claim."""

    run: str
    site: str
    activity_mbq: float = Field(gt=0, allow_inf_nan=False)
    administration_time: datetime
    order_reference: str = Field(min_length=1, max_length=64)
    patient_reference: str = ""
    request_id: UUID


class SlotOut(BaseModel):
    """The answer."""

    name: str
    run: str
    state: str
    reference_activity_kbq: int
    create_time: datetime


def build_app(dsn: str) -> FastAPI:
    """The peer's application."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        connect_args={"dsn": dsn, "server_settings": {"search_path": "slotting"}},
        pool_size=CONNECTIONS,
    )
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    app = FastAPI()

    @app.post("/claims", response_model=SlotOut)
    async def claim(body: ClaimIn) -> SlotOut:
        async with sessions() as session, session.begin():
            return await _claim(session, body)

    return app


async def _claim(session: AsyncSession, body: ClaimIn) -> SlotOut:
    keys = {"partner": NORTHLAKE, "request_id": body.request_id}
    known = await session.execute(
        text("SELECT answer FROM request WHERE request_id = :request_id AND partner = :partner"), keys
    )
    if (answer := known.scalar()) is not None:
        return SlotOut.model_validate_json(answer)
    found = await session.execute(
        text("SELECT *, clock_timestamp() AS now FROM run WHERE name = :run FOR UPDATE"), {"run": body.run}
    )
    run = found.mappings().first()
    if run is None:
        raise HTTPException(404)
    if run["now"] >= run["cutoff_at"]:
        raise HTTPException(409, "cut-off passed")
    kbq = reference_activity_kbq(
        body.activity_mbq, body.administration_time, run["end_of_synthesis_at"], Nuclide(run["nuclide"])
    )
    if run["pool_committed_kbq"] + kbq > run["pool_kbq"] or run["pool_committed_vials"] + 1 > run["pool_vials"]:
        raise HTTPException(409, "run full")
    slot = SlotOut(
        name=f"slots/{uuid7()}", run=body.run, state="CONFIRMED", reference_activity_kbq=kbq, create_time=run["now"]
    )
    await _store(session, body, slot)
    return slot


async def _store(session: AsyncSession, body: ClaimIn, slot: SlotOut) -> None:
    document = slot.model_dump_json()
    await session.execute(
        text(
            "UPDATE run SET pool_committed_kbq = pool_committed_kbq + :kbq,"
            " pool_committed_vials = pool_committed_vials + 1 WHERE name = :run"
        ),
        {"kbq": slot.reference_activity_kbq, "run": slot.run},
    )
    values = {
        "id": UUID(slot.name[6:]),
        "partner": NORTHLAKE,
        "run": slot.run,
        "site": body.site,
        "kbq": slot.reference_activity_kbq,
        "mbq": body.activity_mbq,
        "at": body.administration_time,
        "orderr": body.order_reference,
        "patient": body.patient_reference,
        "now": slot.create_time,
    }
    await session.execute(
        text(
            "INSERT INTO slot VALUES (:id, 1, 2, false, :partner, :run, :site, '', :mbq, :at, :orderr, :patient, :kbq,"
            " 0, 0, :kbq, 1, NULL, :now, :now, 'peer', '')"
        ),
        values,
    )
    await session.execute(
        text("INSERT INTO request VALUES (:partner, :request_id, '\\x00', :answer, clock_timestamp())"),
        {"partner": NORTHLAKE, "request_id": body.request_id, "answer": document.encode()},
    )
    await session.execute(
        text(
            "INSERT INTO outbox (event_id, type, source, subject, sequence, time, data, partner)"
            " VALUES (:id, 'doselane.slotting.slot.confirmed.v1', 'peer', :name, 1, :now, :data, :partner)"
        ),
        {"id": uuid7(), "name": slot.name, "now": slot.create_time, "data": document.encode(), "partner": NORTHLAKE},
    )


async def drive_peer(dsn: str, runs: list[str], in_flight: int, seconds: float) -> Measured:
    """Start the peer on a database of its own and keep claims in flight."""
    database = await prepare(dsn, runs)
    with child([sys.executable, "-m", "tests.bench.claims.peer", "serve", dsn]) as process:
        orders = PeerOrders(first_line(process), runs, in_flight // LOAD_PROCESSES, seconds)
        command = [sys.executable, "-m", "tests.bench.claims.peer", "load", json.dumps(asdict(orders))]
        measured = await gather_loads(command, LOAD_PROCESSES, seconds)
    wrong = await database.pool.fetch("SELECT * FROM violation")
    if wrong:
        raise RuntimeError(f"the peer's ledger is not sound: {wrong}")
    await database.close()
    return measured


@dataclass(frozen=True, slots=True)
class PeerOrders:
    """What a load process of the peer is to do."""

    port: str
    runs: list[str]
    in_flight: int
    seconds: float
    warm_up_s: float = 1.0


class PeerLoad:
    """HTTP/1.1 on kept-alive connections, one claim in flight on each; written to cost as little as it can."""

    def __init__(self, orders: PeerOrders) -> None:
        self.orders = orders
        self.latencies_ms: list[float] = []
        self.outcomes: Counter[str] = Counter()
        self._numbers = count()
        self._administration = (datetime.now(UTC) + timedelta(hours=48)).isoformat()

    async def run(self) -> None:
        """Drive until the time is up."""
        begin = time.perf_counter() + self.orders.warm_up_s
        end = begin + self.orders.seconds
        await asyncio.gather(*(self._connection(begin, end) for _ in range(self.orders.in_flight)))

    async def _connection(self, begin: float, end: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(self.orders.port))
        while (started := time.perf_counter()) < end:
            writer.write(self._request())
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            ended = time.perf_counter()
            if begin <= ended <= end:
                self.latencies_ms.append((ended - started) * 1000)
                self.outcomes["OK" if head[9:12] == b"200" else head[9:12].decode()] += 1
        writer.close()

    def _request(self) -> bytes:
        number = next(self._numbers)
        body = json.dumps(
            {
                "run": self.orders.runs[number % len(self.orders.runs)],
                "site": SITE,
                "activity_mbq": 7400.0,
                "administration_time": self._administration,
                "order_reference": f"NL-{number}",
                "patient_reference": "p-77",
                "request_id": str(uuid7()),
            }
        ).encode()
        head = "POST /claims HTTP/1.1\r\nhost: peer\r\ncontent-type: application/json\r\n"
        return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


async def _serve(dsn: str) -> None:
    server = uvicorn.Server(uvicorn.Config(build_app(dsn), port=0, log_level="error", access_log=False))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await serving


def _load(orders: PeerOrders) -> None:
    load = PeerLoad(orders)
    uvloop.run(load.run())
    print(json.dumps({"latencies_ms": thinned(load.latencies_ms), "outcomes": load.outcomes}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        uvloop.run(_serve(sys.argv[2]))
    else:
        _load(PeerOrders(**json.loads(sys.argv[2])))
