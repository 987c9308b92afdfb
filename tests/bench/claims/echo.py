"""The limit: raw grpc.aio that parses the same request, answers a message of the same size, and does nothing else."""

import asyncio
import sys

import grpc
import grpc.aio
import uvloop
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2

SLOT = slotting_pb2.Slot(
    name="slots/01980000-0000-7000-8000-000000000000",
    partner="partners/northlake",
    run="runs/bench-000",
    state=slotting_pb2.Slot.CONFIRMED,
    site="sites/lakeside-clinic",
    administration=type_pb2.Activity(activity_mbq=7400.0),
    reference_activity_kbq=8_212_345,
    order_reference="NL-100000",
    patient_reference="p-77",
    etag="v1",
    last_change=type_pb2.Change(actor="northlake-orchestrator"),
)
for field in (SLOT.administration.time, SLOT.create_time, SLOT.update_time, SLOT.last_change.time):
    field.FromMicroseconds(1_800_000_000_123_456)


async def serve() -> None:
    """Serve until killed; print the port."""

    async def claim(request: slotting_pb2.ClaimSlotRequest, context: grpc.aio.ServicerContext) -> slotting_pb2.Slot:
        return SLOT

    handler = grpc.unary_unary_rpc_method_handler(
        claim,
        request_deserializer=slotting_pb2.ClaimSlotRequest.FromString,
        response_serializer=slotting_pb2.Slot.SerializeToString,
    )
    server = grpc.aio.server()
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("doselane.slotting.v1.SlottingService", {"ClaimSlot": handler}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve())
    sys.exit(0)
