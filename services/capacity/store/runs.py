"""The store of runs: read them, and change them in transactions that also publish the change."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from services.capacity import events
from services.capacity.domain import Changed, KnownProduct, Run
from services.capacity.domain.refusals import ProductionOrderTaken, RunExists
from services.capacity.store import rows, waiting
from services.kernel import event_log, outbox
from services.kernel.activity import LIFE_MAX, Nuclide
from services.kernel.db import Connection
from services.kernel.projection import Projection
from services.kernel.steps import in_steps
from services.kernel.transactions import Transactions
from services.network.refusals import RunUnknown

SCHEMA = Path(__file__).parent.with_name("schema")
_products = Projection("product", KnownProduct)


class Unit:
    """One transaction on runs and requests; `conn` is for the functions of kernel.request_key and store.intents."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    async def run(self, name: str) -> Run:
        """The run as it is now."""
        return await _load(self.conn, name)

    async def lock_run(self, name: str) -> Run:
        """The run, which nobody else changes until this transaction ends."""
        # Locked and read in two statements: after a wait, one statement would pair the new run with old allotments.
        await self.conn.execute("SELECT FROM run WHERE name = $1 FOR UPDATE", name)
        return await _load(self.conn, name)

    async def save(self, changed: Changed, traceparent: str) -> None:
        """Stores the run after a change together with the event that publishes it."""
        run = changed.run
        if run.version == 1:
            if await self.conn.fetchval(rows.INSERT, *rows.inserted(run)) is None:
                if await self.made_by(run.production_order) is not None:
                    raise ProductionOrderTaken(
                        "Another run is made by this production order.",
                        production_order=run.production_order,
                        field="run.production_order",
                    )
                raise RunExists("A run of this id is there already.", run=run.name, field="run_id")
            if run.production_order:
                await waiting.lock(self.conn, run.production_order)
                await waiting.ask_again(self.conn, run.production_order)
        elif await self.conn.execute(rows.UPDATE, *rows.updated(run)) != "UPDATE 1":
            raise AssertionError(f"{run.name} was changed without its lock")
        if run.allotments:
            await self.conn.execute(rows.PUT_ALLOTMENTS, *rows.allotted(run))
        await outbox.append(self.conn, [events.event_of(changed, traceparent)])

    async def made_by(self, production_order: str) -> str | None:
        """The run that a production order of the ERP makes; if all that it made are cancelled, the last of them."""
        made_by = """
SELECT name FROM run WHERE production_order = $1 AND production_order <> ''
ORDER BY state = 'CANCELLED', created_at DESC, name DESC LIMIT 1"""
        name: str | None = await self.conn.fetchval(made_by, production_order)
        return name

    async def put_product(self, product: KnownProduct) -> None:
        """Takes over what is said of a product, if it is newer than what is known."""
        await _products.put(self.conn, [product])

    async def product(self, name: str) -> KnownProduct | None:
        """What master data last said of a product; None as long as it has not told of it."""
        known = (await _products.of(self.conn, [name])).get(name)
        return replace(known, nuclide=Nuclide(known.nuclide)) if known and known.nuclide else known

    async def shelf_life(self, product: str) -> timedelta:
        """How long a product may be used after the end of synthesis; the longest there is, as long as master data has
        not told of it."""
        known = await self.product(product)
        return known.shelf_life if known else LIFE_MAX


class Store(Transactions):
    """Reads runs, and opens the transactions that change them."""

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        """A transaction on runs and requests."""
        async with self.changing() as conn:
            yield Unit(conn)

    async def load(self, name: str) -> Run:
        """A run as it is now."""
        async with self.database.pool.acquire() as conn:
            return await _load(conn, name)

    async def page(
        self, wanted: rows.RunFilter, now: datetime, after: tuple[datetime, str] | None, size: int
    ) -> list[Run]:
        """The runs that fit, by end of synthesis, then name: the first, or those after an instant and a name."""
        last = after or (None, "")
        found = await self.database.pool.fetch(rows.SELECT_PAGE, *wanted.parameters(now), *last, size)
        return await in_steps(rows.run_of, found)

    async def with_audience(self, runs: Iterable[Run]) -> list[Run]:
        """The same runs, read from events, with what is in no event: when and how they were opened, which is set once
        and never changed, and who may know of their products now."""
        runs = list(runs)
        found = await self.database.pool.fetch(rows.SELECT_AUDIENCES, [run.name for run in runs])
        audiences = {row["name"]: row for row in found}
        return [rows.with_audience(run, audiences.get(run.name)) for run in runs]

    async def product_known(self, name: str) -> bool:
        """Whether master data has told of what the run of this name makes; True too if there is no such run."""
        unknown = "SELECT FROM run r WHERE r.name = $1 AND NOT EXISTS (SELECT FROM product p WHERE p.name = r.product)"
        return await self.database.pool.fetchrow(unknown, name) is None

    async def at_version(self, name: str, version: int) -> Run | None:
        """A version of the run, from the event log."""
        row = await self.database.pool.fetchrow(
            "SELECT * FROM event_log WHERE subject = $1 AND sequence = $2", name, version
        )
        return events.run_in(event_log.event_of(row)) if row else None

    async def log_end(self) -> int:
        """The position of the newest event in the log."""
        async with self.database.pool.acquire() as conn:
            return await event_log.end(conn)


async def _load(conn: Connection, name: str) -> Run:
    row = await conn.fetchrow(rows.SELECT_ONE, name)
    if row is None:
        raise RunUnknown("There is no such run.", run=name)
    return rows.run_of(row)
