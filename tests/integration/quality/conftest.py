"""The whole of quality on a database of its own, behind its door."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from typing import Any

import pytest
from doselane.quality.v1 import batch_pb2, quality_pb2, specification_pb2
from pydantic import SecretStr

from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database, migrate
from services.kernel.errors import GatewayError
from services.kernel.event import Event
from services.kernel.event_log import event_of
from services.kernel.ids import uuid7
from services.kernel.rpc import Client, Server
from services.kernel.signer import BOTH_COMPONENTS
from services.quality.main import hearing_of, service
from services.quality.settings import Settings
from services.quality.store import SCHEMA
from tests.support.postgres import Databases
from tests.support.quality import EOS
from tests.support.quality_news import LAB, NORTHLAKE, a_place, a_produced_run, a_product, a_slot
from tests.support.tokens import Issuer

QUALITY = quality_pb2.DESCRIPTOR.services_by_name["QualityService"]
SPECIFICATIONS = specification_pb2.DESCRIPTOR.services_by_name["SpecificationService"]
STAFF = ("operator", "quality.read", "quality.operate", "quality.specify", "quality.sign", "quality.acknowledge")
SETTINGS = Settings(signature_key=SecretStr("11" * 32), laboratory=LAB, keep_alive=timedelta(seconds=0.05))
SPECIFICATION = """
specification: lu-ligand
version: {version}
product: products/lu-ligand
edition: of the tests
tests:
  - test: appearance
    class: BEFORE_DISPATCH
    source: the tests
    method: visual
    presence: {{}}
  - test: radiochemical_purity
    class: BEFORE_USE
    source: the tests
    method: HPLC
    unit: "%"
    limits: {{at_least: {purity}}}
  - test: sterility
    class: AFTER_USE
    source: the tests
    method: culture
    presence: {{}}
"""


class Door:
    """Quality behind its door: what others publish, and calls of several callers."""

    def __init__(self, database: Database, server: Server, issuer: Issuer, clock: VirtualClock, hearing: Any) -> None:
        self.database, self.clock = database, clock
        self._server, self._issuer, self._hearing = server, issuer, hearing
        self._clients: list[Client] = []
        self._signed = 0

    async def hear(self, *events: Event) -> None:
        """Lets other services publish; each event is applied in a transaction of its own."""
        for event in events:
            async with self.database.transaction() as conn:
                await self._hearing.apply(conn, event)

    async def waited_for(self, other: "asyncio.Task[None]") -> None:
        """Until another transaction waits for a lock by name; it fails if that one ends without."""
        waits = (
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        async with asyncio.timeout(60):
            while not await self.database.pool.fetchval(waits):
                assert not other.done()
                await asyncio.sleep(0.01)

    def caller(self, partner: str = NORTHLAKE, *scopes: str, service: Any = QUALITY, **claims: Any) -> Client:
        """A client of a partner, by default with leave to read."""
        now = self.clock.now().timestamp()
        token = self._issuer.token(partner, scopes or ("quality.read",), now=now, **claims)
        client = Client(f"127.0.0.1:{self._server.port}", service, token)
        self._clients.append(client)
        return client

    def staff(self, service: Any = QUALITY) -> Client:
        """The manufacturer's staff."""
        return self.caller("partners/cdmo", *STAFF, service=service)

    def signer(self, role: str, service: Any = QUALITY) -> Client:
        """Somebody in a role who has authenticated just now; a moment passes, as each signature wants its own."""
        self.clock.advance(timedelta(seconds=1))
        self._signed += 1
        return self.caller(
            "partners/cdmo",
            *STAFF,
            f"quality.{role}",
            service=service,
            actor=f"{role}@cdmo",
            name=role.replace("_", " "),
            auth_time=self.clock.now().timestamp(),
            acr=BOTH_COMPONENTS,
            jti=f"token-{self._signed}",
        )

    async def specify(self, version: int = 1, purity: str = "95", more: str = "") -> specification_pb2.Specification:
        """A specification, proposed and signed."""
        proposed = await self.propose(version, purity, more)
        request = specification_pb2.SignSpecificationRequest(
            name=proposed.name, record_sha256=proposed.record_sha256, request_id=str(uuid7())
        )
        return await self.signer("assurance", SPECIFICATIONS).call("SignSpecification", request)  # type: ignore[no-any-return]

    async def propose(self, version: int = 1, purity: str = "95", more: str = "") -> specification_pb2.Specification:
        """A specification, proposed; `more`: further tests, as YAML."""
        request = specification_pb2.ProposeSpecificationRequest(
            name="specifications/lu-ligand",
            yaml=SPECIFICATION.format(version=version, purity=purity) + more,
            request_id=str(uuid7()),
        )
        return await self.staff(SPECIFICATIONS).call("ProposeSpecification", request)  # type: ignore[no-any-return]

    async def made(self, **product: Any) -> batch_pb2.Batch:
        """A batch with one order, its specification signed."""
        places = (a_place("facility", "facilities/north"), a_place("site", "sites/lakeside"))
        await self.hear(a_product(**product), *places)
        await self.specify()
        await self.hear(a_slot(), a_produced_run())
        return await self.batch()

    async def ask(self, call: str, client: Client | None = None, **fields: Any) -> Any:
        """A call of the staff's, or of somebody else's, that changes something."""
        request = getattr(quality_pb2, f"{call}Request")(**{"request_id": str(uuid7()), **fields})
        return await (client or self.staff()).call(call, request)

    async def read(self, call: str, client: Client | None = None, **fields: Any) -> Any:
        """A call that reads."""
        return await (client or self.staff()).call(call, getattr(quality_pb2, f"{call}Request")(**fields))

    async def refusal(self, call: str, client: Client | None = None, **fields: Any) -> GatewayError:
        """What a call is refused with."""
        with pytest.raises(GatewayError) as refused:
            await self.ask(call, client, **fields)
        return refused.value

    async def fill(
        self, slot: str = "slots/01a215bf-0000-7000-8000-000000000001", container: str = "V1", **fields: Any
    ) -> batch_pb2.Vial:
        """A vial of the newest batch."""
        batch = (await self.batch()).name
        return await self.ask("FillVial", batch=batch, slot=slot, container_id=container, **fields)  # type: ignore[no-any-return]

    async def batch(self) -> batch_pb2.Batch:
        """The newest batch, as operators see it, with its record's hash."""
        listed = await self.staff().call("ListBatches", quality_pb2.ListBatchesRequest())
        return await self.staff().call("GetBatch", quality_pb2.GetBatchRequest(name=listed.batches[0].name))  # type: ignore[no-any-return]

    async def sign(self, call: str, role: str, **fields: Any) -> batch_pb2.Batch:
        """A call that signs the newest batch as it is now."""
        batch = await self.batch()
        request = getattr(quality_pb2, f"{call}Request")(
            name=batch.name, record_sha256=batch.record_sha256, request_id=str(uuid7()), **fields
        )
        return await self.signer(role).call(call, request)  # type: ignore[no-any-return]

    async def published(self, what: str = "") -> list[Event]:
        """What quality published, in order: all of it, or one type."""
        rows = await self.database.pool.fetch(
            "SELECT * FROM (SELECT seq, event_id, type, source, subject, sequence, time, data, partner, actor, reason,"
            " traceparent FROM outbox) AS o ORDER BY seq"
        )
        events = [event_of(row) for row in rows]
        return [event for event in events if what in ("", event.type.split(".", 2)[2].removesuffix(".v1"))]

    async def close(self) -> None:
        """Closes the clients."""
        for client in self._clients:
            await client.close()


async def quality_schema(dsn: str) -> None:
    """Make quality's schema."""
    database = await Database.connect(dsn, "quality", pool_size=2)
    await migrate(database, SCHEMA)
    await database.close()


@pytest.fixture
async def door(databases: Databases) -> AsyncIterator[Door]:
    """The whole service four hours after the end of synthesis; nothing runs in the background."""
    dsn = await databases.prepared("quality", quality_schema)
    issuer, clock = Issuer(), VirtualClock(EOS + timedelta(hours=4))
    async with AsyncExitStack() as cleanup:
        database = await Database.connect(dsn, "quality", pool_size=4)
        cleanup.push_async_callback(database.close)
        parts = service(SETTINGS, database, MemoryBus(), clock)
        server = Server("127.0.0.1:0", issuer.verifier(lambda: clock.now().timestamp()))
        for descriptor, servicer in parts.servicers:
            server.add(descriptor, servicer)
        await server.start()
        cleanup.push_async_callback(server.stop, 0)
        opened = Door(database, server, issuer, clock, hearing_of(SETTINGS, clock))
        cleanup.push_async_callback(opened.close)
        yield opened


async def ended(tasks: Sequence["asyncio.Task[None]"]) -> None:
    """Ends background work."""
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def first(watch: AsyncIterator[quality_pb2.WatchBatchesResponse]) -> batch_pb2.Batch:
    """The next change that a watch tells, past signs of life."""
    async with asyncio.timeout(60):
        async for each in watch:
            if each.HasField("batch"):
                return each.batch
    raise AssertionError("the watch ended")
