"""Documents with their content."""

from collections.abc import Sequence

from services.kernel.db import Connection
from services.kernel.stored import Stored
from services.quality.domain.documents import DocumentVersion

DOCUMENT = Stored(DocumentVersion)


async def put_document(conn: Connection, document: DocumentVersion, pdf: bytes, twin: bytes) -> None:
    """Stores a version; none is ever changed."""
    await conn.execute(
        "INSERT INTO document (batch, kind, slot, version, name, value, pdf, twin)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        document.batch,
        document.kind,
        document.slot,
        document.version,
        document.name,
        DOCUMENT.text(document),
        pdf,
        twin,
    )


async def next_version(conn: Connection, batch: str, kind: str, slot: str) -> int:
    """The number of a document's next version; the batch is locked."""
    return int(
        await conn.fetchval(
            "SELECT coalesce(max(version), 0) + 1 FROM document WHERE batch = $1 AND kind = $2 AND slot = $3",
            batch,
            kind,
            slot,
        )
    )


async def newest_documents(conn: Connection, batch: str) -> tuple[DocumentVersion, ...]:
    """The newest version of each document of a batch."""
    rows = await conn.fetch(
        "SELECT DISTINCT ON (kind, slot) value FROM document WHERE batch = $1 ORDER BY kind, slot, version DESC", batch
    )
    return tuple(DOCUMENT.read(row["value"]) for row in rows)


async def for_doses(
    conn: Connection, batch: str, slots: Sequence[str], slot: str, after: int | None, limit: int
) -> list[tuple[int, DocumentVersion]]:
    """The papers of these doses and their batch's certificate, numbered, in order; of one slot, if it is given."""
    rows = await conn.fetch(
        "SELECT number, value FROM document WHERE batch = $1 AND number > $2 AND ($3 = '' OR slot = $3)"
        " AND (slot = ANY ($4) OR kind = 'CERTIFICATE_OF_ANALYSIS') ORDER BY number LIMIT $5",
        batch,
        after or 0,
        slot,
        slots,
        limit,
    )
    return [(row["number"], DOCUMENT.read(row["value"])) for row in rows]


async def content(conn: Connection, name: str) -> tuple[DocumentVersion, bytes, bytes] | None:
    """A document with its PDF and its twin."""
    row = await conn.fetchrow("SELECT value, pdf, twin FROM document WHERE name = $1", name)
    return (DOCUMENT.read(row["value"]), row["pdf"], row["twin"]) if row else None
