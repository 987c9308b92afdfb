"""The A1 and A2 values that packages are accepted by: entered from a file, signed by quality assurance."""

from collections.abc import Callable

from doselane.distribution.v1 import a2_table_pb2
from google.protobuf.json_format import ParseDict

from services.kernel.errors import NotFound
from services.kernel.ids import uuid7
from services.local.demo.doors import Program, Signatory
from services.local.world import A2_TABLE, A2_TABLE_NAME

Say = Callable[[str], None]


async def enter_a2_values(planner: Program, assurance: Signatory, say: Say) -> None:
    """Has the sandbox's table signed; one that is signed already stays."""
    if await _is_signed(planner):
        return
    request = ParseDict(A2_TABLE, a2_table_pb2.ProposeA2TableRequest(name=A2_TABLE_NAME, request_id=str(uuid7())))
    proposed: a2_table_pb2.A2Table = await planner.call("A2TableService", "ProposeA2Table", request)
    sign = a2_table_pb2.SignA2TableRequest(
        name=proposed.name, record_sha256=proposed.record_sha256, request_id=str(uuid7())
    )
    signed: a2_table_pb2.A2Table = await assurance.sign("A2TableService", "SignA2Table", sign)
    say(
        f"{signed.signature.printed_name} signed {len(signed.rows)} A2 values ({signed.edition}); "
        "whatever is made by them says that they are not for use."
    )


async def _is_signed(planner: Program) -> bool:
    request = a2_table_pb2.GetA2TableRequest(name=A2_TABLE_NAME)
    try:
        found = await planner.call("A2TableService", "GetA2Table", request)
    except NotFound:
        return False
    return bool(found.state == a2_table_pb2.A2Table.SIGNED)
