"""What belongs to a batch, as a viewer may see it: all of it for operators, its own for a sponsor."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from services.kernel.db import Connection
from services.quality.domain.batch import Batch
from services.quality.domain.decision import StoredDecision
from services.quality.domain.documents import OF_A_DOSE, missing_documents
from services.quality.domain.judging import Weighed, verdicts_of
from services.quality.domain.specification.decisions import replayed
from services.quality.store import Store, Unit
from services.quality.store import documents as stored
from services.quality.store.decisions import DECISION
from services.quality.store.documents import DOCUMENT
from services.quality.store.unit import REPORTED, SAMPLE, VIAL
from services.quality.usecases.judging import opinion_on

Numbered: TypeAlias = Sequence[tuple[int, Any]]
# A page of what belongs to a batch, after a number, for a viewer (None: an operator).
Read: TypeAlias = Callable[..., Awaitable[Numbered]]


async def vials(
    store: Store, conn: Connection, batch: Batch, viewer: str | None, after: int | None, limit: int
) -> Numbered:
    """Vials, in the order in which they were filled."""
    return await store.belonging(conn, VIAL, "vial", batch.name, after, limit, partner=viewer or "")


async def samples(
    store: Store, conn: Connection, batch: Batch, viewer: str | None, after: int | None, limit: int
) -> Numbered:
    """Samples, in the order in which they were registered."""
    return await store.belonging(conn, SAMPLE, "sample", batch.name, after, limit)


async def results(
    store: Store, conn: Connection, batch: Batch, viewer: str | None, after: int | None, limit: int, test: str = ""
) -> Numbered:
    """Results, in the order in which they first came, each with why it does not count if it does not."""
    found = await store.belonging(conn, REPORTED, "result", batch.name, after, limit, test=test)
    unit = Unit(conn)
    specification = await unit.specification_of(batch)
    if specification is None:
        return [(number, Weighed(reported, "NO_SPECIFICATION", "Nothing judges it yet.")) for number, reported in found]
    opinion = await opinion_on(unit, batch, specification)
    weighed = {(each.reported.laboratory, each.reported.result_id): each for each in opinion.weighed}
    return [(number, weighed[reported.laboratory, reported.result_id]) for number, reported in found]


async def decisions(
    store: Store, conn: Connection, batch: Batch, viewer: str | None, after: int | None, limit: int
) -> Numbered:
    """Decisions, newest first: `after` is the number of the last one shown."""
    rows = await conn.fetch(
        "SELECT number, value FROM decision WHERE batch = $1 AND ($2::bigint IS NULL OR number < $2)"
        " ORDER BY number DESC LIMIT $3",
        batch.name,
        after,
        limit,
    )
    return [(row["number"], DECISION.read(row["value"])) for row in rows]


async def documents(
    store: Store, conn: Connection, batch: Batch, viewer: str | None, after: int | None, limit: int, slot: str = ""
) -> Numbered:
    """Documents, in the order in which they were issued; a sponsor sees those of its doses, and the certificate."""
    if viewer is None:
        return await store.belonging(conn, DOCUMENT, "document", batch.name, after, limit, slot=slot)
    own = [vial.slot for vial in await Unit(conn).vials(batch.name) if vial.partner == viewer]
    return await stored.for_doses(conn, batch.name, own, slot, after, limit)


def visible_document(kind: str, slot: str, own: set[str]) -> bool:
    """Whether a sponsor with these slots may see a document: a batch record tells of others' doses."""
    return slot in own if kind in OF_A_DOSE else kind == "CERTIFICATE_OF_ANALYSIS"


async def missing(unit: Unit, batch: Batch, viewer: str | None) -> list[tuple[str, str]]:
    """What the pack lacks, as kind and slot."""
    filled = [vial for vial in await unit.vials(batch.name) if viewer in (None, vial.partner)]
    return list(missing_documents(batch, filled, await unit.documents(batch.name)))


async def replay(unit: Unit, batch: str, number: int) -> tuple[StoredDecision, bool] | None:
    """A decision as it comes out now from its stored inputs, and whether that is as it was stored."""
    text = await unit.conn.fetchval("SELECT value FROM decision WHERE batch = $1 AND number = $2", batch, number)
    if text is None:
        return None
    stored = DECISION.read(text)
    decided = replayed(stored.record_json.encode())
    again = replace(
        stored,
        verdicts=verdicts_of(decided.evaluation),
        record_sha256=decided.sha256,
        record_json=decided.record.decode(),
    )
    return again, again == stored
