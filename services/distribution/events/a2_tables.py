"""Tables of A2 values as published."""

from decimal import Decimal
from typing import Any

from doselane.distribution.v1 import a2_table_pb2, events_pb2
from doselane.type.v1 import type_pb2

from services.distribution.domain.a2_tables import (
    A2Comparison,
    A2DefaultRow,
    A2Row,
    A2TableVersion,
    row_differences,
)
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.provenance import Provenance
from services.kernel.signing import Signature
from services.kernel.timestamps import stamp

_State = a2_table_pb2.A2Table.State


def a2_table_message(table: A2TableVersion, *, in_force: bool, whole: bool = True) -> a2_table_pb2.A2Table:
    """A version of a table; not `whole`: without what only operators see."""
    values = table.values
    message = a2_table_pb2.A2Table(
        name=table.name,
        version=table.version,
        state=_state(table),
        edition=values.edition,
        source=values.source,
        rows=map(row_message, values.rows),
        default_rows=map(_default_row, values.default_rows),
        not_for_use=values.not_for_use,
        in_force=in_force,
        record_sha256=table.record_sha256,
        create_time=stamp(table.created_at),
        etag=table.etag,
    )
    if table.signature:
        message.signature.CopyFrom(_signature(table.signature))
    if table.retirement:
        message.retirement.CopyFrom(_signature(table.retirement))
    if whole:
        by = table.changed
        message.last_change.CopyFrom(type_pb2.Change(actor=by.actor, time=stamp(by.at), reason=by.reason))
    return message


def a2_table_event(table: A2TableVersion, in_force: bool, sequence: int, by: Provenance, traceparent: str) -> Event:
    """A version of a table was signed, or taken out of force."""
    what, kind = ("retired", events_pb2.A2TableRetired) if table.retirement else ("signed", events_pb2.A2TableSigned)
    data: Any = kind(a2_table=a2_table_message(table, in_force=in_force))
    return Event(
        id=uuid7(),
        type=f"doselane.distribution.a2_table.{what}.v1",
        source="doselane/distribution",
        subject=table.name,
        sequence=sequence,
        time=by.at,
        data=data.SerializeToString(),
        partner="",
        actor=by.actor,
        reason=by.reason,
        traceparent=traceparent,
    )


def diff_message(
    table: A2TableVersion, other: A2TableVersion, comparisons: tuple[A2Comparison, ...]
) -> a2_table_pb2.CompareA2TablesResponse:
    """What is another thing under another table."""
    subjects = [each.subject for each in comparisons]
    packages = sum(bool(each.shipment) for each in subjects)
    lanes = sum(bool(each.lane) for each in subjects)
    return a2_table_pb2.CompareA2TablesResponse(
        version=table.version,
        other_version=other.version,
        differences=[_difference(each) for each in comparisons if each.differs],
        rows=[
            a2_table_pb2.A2RowDifference(
                nuclide=nuclide,
                row=row_message(here) if here else None,
                other_row=row_message(there) if there else None,
            )
            for nuclide, here, there in row_differences(table.values, other.values)
        ],
        products_compared=len(subjects) - packages - lanes,
        packages_compared=packages,
        lanes_compared=lanes,
    )


def row_message(row: A2Row) -> a2_table_pb2.A2TableRow:
    """The values of a nuclide."""
    return a2_table_pb2.A2TableRow(
        nuclide=row.nuclide,
        a1_tbq=_number(row.a1_tbq),
        a2_tbq=_number(row.a2_tbq),
        unlimited=row.unlimited,
        footnote=row.footnote,
    )


def _default_row(row: A2DefaultRow) -> a2_table_pb2.A2DefaultRow:
    return a2_table_pb2.A2DefaultRow(
        emission=a2_table_pb2.A2DefaultRow.Emission.Value(row.emission),
        a1_tbq=_number(row.a1_tbq),
        a2_tbq=_number(row.a2_tbq),
    )


def _state(table: A2TableVersion) -> a2_table_pb2.A2Table.State:
    if table.retirement:
        return _State.RETIRED
    return _State.SIGNED if table.signature else _State.PROPOSED


def _signature(signature: Signature) -> a2_table_pb2.A2TableSignature:
    return a2_table_pb2.A2TableSignature(
        signer=signature.signer,
        printed_name=signature.printed_name,
        role=signature.role,
        meaning=a2_table_pb2.A2TableSignature.Meaning.Value(signature.meaning),
        sign_time=stamp(signature.signed_at),
        record_sha256=signature.record_sha256,
        authentication_time=stamp(signature.authenticated_at),
    )


def _difference(compared: A2Comparison) -> a2_table_pb2.A2Difference:
    subject = compared.subject
    return a2_table_pb2.A2Difference(
        product=subject.product,
        lane=subject.lane,
        shipment=subject.shipment,
        package_id=subject.package_id,
        a2_fraction=float(compared.share.shown),
        other_a2_fraction=float(compared.other.shown),
        default_row_nuclides=compared.share.by_default_row,
        other_default_row_nuclides=compared.other.by_default_row,
        stops=compared.stops,
    )


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
