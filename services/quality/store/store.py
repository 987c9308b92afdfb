"""The store of batches: read them as a viewer may, and open transactions that change them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from services.kernel import event_log
from services.kernel.db import Connection
from services.kernel.stored import Stored
from services.kernel.transactions import Transactions
from services.quality.domain.batch import Batch
from services.quality.domain.notices import Notice
from services.quality.domain.refusals import BatchUnknown
from services.quality.domain.specified import SpecificationVersion
from services.quality.store.decisions import SPECIFICATION
from services.quality.store.unit import BATCH, NOTICE, Unit

SCHEMA = Path(__file__).parent.with_name("schema")

# Who may know of a batch: a sponsor with a slot on its run, if it may know of the product. Parameter $1: the viewer, or
# NULL for an operator.
_VISIBLE = """
($1::text IS NULL OR (
    EXISTS (SELECT FROM slot_order o WHERE o.run = b.run AND o.partner = $1)
    AND EXISTS (SELECT FROM product p WHERE p.name = b.product AND $1 = ANY (p.partners))))"""
_BATCHES = f"""
SELECT b.value FROM batch b WHERE {_VISIBLE}
    AND ($2 = '' OR b.product = $2) AND ($3::text[] = '{{}}' OR b.state = ANY ($3)) AND ($4 = '' OR b.run = $4)
    AND ($5::timestamptz IS NULL OR (b.end_of_synthesis_at, b.name) < ($5, $6))
ORDER BY b.end_of_synthesis_at DESC, b.name DESC LIMIT $7"""
# Who may know of a specification: whoever may know of a product that goes by it.
_PRODUCT_VISIBLE = """
($1::text IS NULL OR EXISTS (
    SELECT FROM product p WHERE p.value->>'specification' = {name} AND $1 = ANY (p.partners)))"""
_SPECIFICATIONS = f"""
SELECT DISTINCT ON (s.name) s.value FROM specification s
WHERE s.name > $2 AND {_PRODUCT_VISIBLE.format(name="s.name")} ORDER BY s.name, s.version DESC LIMIT $3"""
_NOTICES = """
SELECT value FROM notice WHERE ($1::text IS NULL OR partner = $1) AND ($2 = '' OR batch = $2)
    AND NOT ($3 AND acknowledged)
    AND ($4::timestamptz IS NULL OR (created_at, name) < ($4, $5))
ORDER BY created_at DESC, name DESC LIMIT $6"""


@dataclass(frozen=True, slots=True)
class BatchFilter:
    """Which batches; `viewer` None: an operator's eyes. What is empty does not matter."""

    viewer: str | None
    product: str = ""
    states: tuple[str, ...] = ()
    run: str = ""


class Store(Transactions):
    """Reads batches, and opens the transactions that change them."""

    @asynccontextmanager
    async def unit(self, traceparent: str) -> AsyncIterator[Unit]:
        """A transaction on a batch and what belongs to it."""
        async with self.changing() as conn:
            yield Unit(conn, traceparent)

    async def batch(self, conn: Connection, name: str, viewer: str | None) -> Batch:
        """A batch; what the viewer may not see does not exist."""
        text = await conn.fetchval(f"SELECT b.value FROM batch b WHERE {_VISIBLE} AND b.name = $2", viewer, name)
        if text is None:
            raise BatchUnknown("There is no such batch.", batch=name)
        return BATCH.read(text)

    async def batches(self, wanted: BatchFilter, after: tuple[datetime, str] | None, limit: int) -> list[Batch]:
        """The batches that fit, by end of synthesis, newest first."""
        found = await self.database.pool.fetch(
            _BATCHES, wanted.viewer, wanted.product, wanted.states, wanted.run, *(after or (None, "")), limit
        )
        return [BATCH.read(row["value"]) for row in found]

    async def notices(
        self, viewer: str | None, batch: str, open_only: bool, after: tuple[datetime, str] | None, limit: int
    ) -> list[Notice]:
        """The notices for a viewer, newest first."""
        found = await self.database.pool.fetch(_NOTICES, viewer, batch, open_only, *(after or (None, "")), limit)
        return [NOTICE.read(row["value"]) for row in found]

    async def belonging(
        self, conn: Connection, kind: Stored[Any], table: str, batch: str, after: int | None, limit: int, **where: str
    ) -> Sequence[tuple[int, Any]]:
        """What belongs to a batch, numbered, in order; of the columns `where` only what is there, or all if empty."""
        conditions = "".join(f" AND (${4 + n} = '' OR {column} = ${4 + n})" for n, column in enumerate(where))
        rows = await conn.fetch(
            f"SELECT number, value FROM {table} WHERE batch = $1 AND number > $2{conditions} ORDER BY number LIMIT $3",
            batch,
            after or 0,
            limit,
            *where.values(),
        )
        return [(row["number"], kind.read(row["value"])) for row in rows]

    async def specifications(self, viewer: str | None, after: str, limit: int) -> list[SpecificationVersion]:
        """The newest version of each specification that a viewer may know of, by name."""
        found = await self.database.pool.fetch(_SPECIFICATIONS, viewer, after, limit)
        return [SPECIFICATION.read(row["value"]) for row in found]

    async def specification_visible(self, viewer: str | None, name: str) -> bool:
        """Whether a viewer may know of a specification."""
        visible = await self.database.pool.fetchval(f"SELECT {_PRODUCT_VISIBLE.format(name='$2')}", viewer, name)
        return bool(visible)

    async def visible_names(self, names: Sequence[str], viewer: str) -> frozenset[str]:
        """Those of the batches that a partner may know of."""
        found = await self.database.pool.fetch(
            f"SELECT b.name FROM batch b WHERE {_VISIBLE} AND b.name = ANY ($2)", viewer, list(names)
        )
        return frozenset(row["name"] for row in found)

    async def log_end(self) -> int:
        """The position of the newest event in the log."""
        async with self.database.pool.acquire() as conn:
            return await event_log.end(conn)
