"""Tables of A2 values, as distribution publishes them, and the edition that one of them is."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from doselane.distribution.v1 import a2_table_pb2
from doselane.distribution.v1.events_pb2 import A2TableRetired, A2TableSigned

from services.kernel.event import Event
from services.kernel.timestamps import required_instant
from services.network.a2 import A2Edition, Emission

A2_TABLE_EVENTS: Mapping[str, Any] = {
    "doselane.distribution.a2_table.signed.v1": A2TableSigned,
    "doselane.distribution.a2_table.retired.v1": A2TableRetired,
}
_UNLIMITED = Decimal("Infinity")


class A2TableTold(NamedTuple):
    """The newest signed version of a table; `version` is that of the event."""

    name: str
    version: int
    retired: bool
    not_for_use: bool
    signed_at: datetime
    document: bytes


def a2_table_in(event: Event) -> A2TableTold:
    """A table after one of its events."""
    table: a2_table_pb2.A2Table = A2_TABLE_EVENTS[event.type].FromString(event.data).a2_table
    return A2TableTold(
        table.name,
        event.sequence,
        table.state == a2_table_pb2.A2Table.RETIRED,
        table.not_for_use,
        required_instant(table.signature, "sign_time", "a2_table.signature.sign_time"),
        table.SerializeToString(deterministic=True),
    )


def edition_from(document: bytes) -> A2Edition:
    """The values of a table, under the names of the edition and of the table."""
    table = a2_table_pb2.A2Table.FromString(document)
    return A2Edition(
        f"{table.edition} ({table.name} version {table.version})",
        _values(table.rows, "a2_tbq"),
        _defaults(table.default_rows, "a2_tbq"),
        table.not_for_use,
        _values(table.rows, "a1_tbq"),
        _defaults(table.default_rows, "a1_tbq"),
    )


def _values(rows: Iterable[a2_table_pb2.A2TableRow], column: str) -> dict[str, Decimal]:
    return {
        row.nuclide: _UNLIMITED if row.unlimited else _decimal(row, column)
        for row in rows
        if row.unlimited or row.HasField(column)  # type: ignore[arg-type]
    }


def _defaults(rows: Iterable[a2_table_pb2.A2DefaultRow], column: str) -> dict[Emission, Decimal]:
    named = {number: name for name, number in a2_table_pb2.A2DefaultRow.Emission.items()}
    return {
        Emission(named[row.emission]): _decimal(row, column)
        for row in rows
        if row.HasField(column)  # type: ignore[arg-type]
    }


def _decimal(row: Any, column: str) -> Decimal:
    """A float stands for the shortest decimal that reads as it."""
    return Decimal(repr(getattr(row, column)))
