"""The calls of A2TableService."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from doselane.distribution.v1 import a2_table_pb2

from services.distribution.domain.a2_tables import ROLES_OF, A2DefaultRow, A2Row, A2TableVersion, A2Values
from services.distribution.events.a2_tables import a2_table_message, diff_message
from services.distribution.store import Store
from services.distribution.usecases import a2_tables
from services.kernel.asking import ask_of
from services.kernel.clock import Clock
from services.kernel.paging import BY_NAME, page_of
from services.kernel.rpc import Call
from services.kernel.signatures import Pen, SealingKeys
from services.network.a2 import Emission


@dataclass(frozen=True, slots=True)
class A2TableRpc:
    """Serves doselane.distribution.v1.A2TableService."""

    store: Store
    clock: Clock
    keys: SealingKeys

    async def ProposeA2Table(
        self, request: a2_table_pb2.ProposeA2TableRequest, call: Call
    ) -> bytes | a2_table_pb2.A2Table:
        """Proposes a version."""
        ask, values = ask_of(request, call), _values_of(request)
        if request.validate_only:
            foreseen = await a2_tables.foresee(self.store, self.clock, request.name, values, ask)
            return a2_table_message(foreseen, in_force=False)
        return await a2_tables.propose(self.store, self.clock, request.name, values, ask, _table)

    async def SignA2Table(self, request: a2_table_pb2.SignA2TableRequest, call: Call) -> bytes:
        """Signs the proposed version."""
        ask, pen = ask_of(request, call), self._pen(request, call)
        return await a2_tables.sign(self.store, self.clock, request.name, pen, ask, _table)

    async def RetireA2Table(self, request: a2_table_pb2.RetireA2TableRequest, call: Call) -> bytes:
        """Takes a table out of force."""
        ask, pen = ask_of(request, call), self._pen(request, call)
        return await a2_tables.retire(self.store, self.clock, request.name, pen, ask, _table)

    async def GetA2Table(self, request: a2_table_pb2.GetA2TableRequest, call: Call) -> a2_table_pb2.A2Table:
        """Returns one table."""
        found, in_force = await a2_tables.get(self.store, request.name, _stated(request, "version"))
        return a2_table_message(found, in_force=in_force, whole=call.caller.operator)

    async def ListA2Tables(
        self, request: a2_table_pb2.ListA2TablesRequest, call: Call
    ) -> a2_table_pb2.ListA2TablesResponse:
        """Lists tables."""
        page = await page_of(self.store.database, request, call.caller, BY_NAME)
        found = await a2_tables.listed(self.store, page.after or "", page.limit)
        shown, token = page.cut(found, lambda pair: pair[0].name)
        told = [a2_table_message(table, in_force=is_so, whole=call.caller.operator) for table, is_so in shown]
        return a2_table_pb2.ListA2TablesResponse(a2_tables=told, next_page_token=token)

    async def CompareA2Tables(
        self, request: a2_table_pb2.CompareA2TablesRequest, call: Call
    ) -> a2_table_pb2.CompareA2TablesResponse:
        """Compares two tables."""
        one = (request.name, _stated(request, "version"))
        other = (request.other, _stated(request, "other_version"))
        found = await a2_tables.diff(self.store, one, other)
        return diff_message(found.table, found.other, found.comparisons)

    def _pen(self, request: Any, call: Call) -> Pen:
        """Who signs what they were shown. The proto marks the call as a signature, so nobody else is let in."""
        assert call.signer
        return Pen(call.signer, request.record_sha256, self.keys, ROLES_OF)


def _stated(request: Any, version: str) -> int | None:
    return getattr(request, version) if request.HasField(version) else None


def _table(table: A2TableVersion, in_force: bool) -> bytes:
    return a2_table_message(table, in_force=in_force).SerializeToString()


def _values_of(request: a2_table_pb2.ProposeA2TableRequest) -> A2Values:
    return A2Values(
        request.edition,
        request.source,
        tuple(
            A2Row(row.nuclide, _tbq(row, "a1_tbq"), _tbq(row, "a2_tbq"), row.unlimited, row.footnote)
            for row in request.rows
        ),
        tuple(
            A2DefaultRow(
                Emission(a2_table_pb2.A2DefaultRow.Emission.Name(row.emission)),
                _tbq(row, "a1_tbq"),
                _tbq(row, "a2_tbq"),
            )
            for row in request.default_rows
        ),
        request.not_for_use,
    )


def _tbq(row: Any, field: str) -> Decimal | None:
    """A value with the digits that it was written with: a float stands for the shortest decimal that reads as it."""
    return Decimal(repr(getattr(row, field))) if row.HasField(field) else None
