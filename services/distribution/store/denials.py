"""The rows of denials and delays."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime

from services.distribution.domain.denial import Denial, DenialKind, Refuser
from services.kernel.db import Connection

_COLUMNS = tuple(field.name for field in fields(Denial))
_INSERT = f"""
INSERT INTO denial ({", ".join(_COLUMNS)}) VALUES ({", ".join(f"${place}" for place in range(1, len(_COLUMNS) + 1))})"""
_LIST = f"""
SELECT {", ".join(_COLUMNS)} FROM denial
WHERE ($1 = '' OR lane = $1) AND ($2 = '' OR carrier = $2)
    AND ($3::timestamptz IS NULL OR denied_at >= $3) AND ($4::timestamptz IS NULL OR denied_at < $4)
    AND ($5::timestamptz IS NULL OR (denied_at, name) < ($5, $6))
ORDER BY denied_at DESC, name DESC LIMIT $7"""


@dataclass(frozen=True, slots=True)
class DenialFilter:
    """Which denials; what is empty, or None, does not matter."""

    lane: str = ""
    carrier: str = ""
    denied_from: datetime | None = None
    denied_until: datetime | None = None


async def put(conn: Connection, denial: Denial) -> None:
    """Stores a denial."""
    values = dict(zip(_COLUMNS, astuple(denial), strict=True))
    await conn.execute(_INSERT, *(values | {"shipment": denial.shipment or None}).values())


async def found(
    conn: Connection, wanted: DenialFilter, after: tuple[datetime, str] | None, limit: int
) -> Sequence[Denial]:
    """The denials that fit, newest first."""
    at, name = after or (None, "")
    rows = await conn.fetch(_LIST, *astuple(wanted), at, name, limit)
    return [
        Denial(**dict(row) | {"kind": DenialKind(row["kind"]), "refuser": Refuser(row["refuser"]),
                              "shipment": row["shipment"] or ""})
        for row in rows
    ]  # fmt: skip
