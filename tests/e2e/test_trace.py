"""One trace from the claim to the subscriber: through gRPC, PostgreSQL, the outbox, the bus and the consumer."""

from pathlib import Path

from doselane.slotting.v1 import slotting_pb2 as slotting
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.kernel import event_log
from services.kernel.ids import uuid7
from services.local.gateway import Gateway, Plan
from tests.support.gateway import Desk


async def test_a_claims_trace_id_reaches_the_subscriber(database_dsn: str, tmp_path: Path):
    exporter = InMemorySpanExporter()
    plan = Plan(database_dsn, tmp_path, trace_share=1.0, span_exporter=exporter)
    async with Gateway(plan) as gateway:
        desk = Desk(gateway)
        run = await desk.open_run()
        request = slotting.ClaimSlotRequest(demand=desk.demand(run), request_id=str(uuid7()))
        slot = await desk.call("SlottingService/ClaimSlot", request, desk.sponsor())
        await desk.dose_of(slot, desk.sponsor())
        claimed = next(s for s in exporter.get_finished_spans() if s.name.endswith("ClaimSlot"))
        trace_id = f"{claimed.context.trace_id:032x}"
        logged = await desk.until(lambda: _dose_event(gateway, slot.name))
        await desk.close()
    assert logged.event.traceparent[3:35] == trace_id
    in_trace = {s.name for s in exporter.get_finished_spans() if f"{s.context.trace_id:032x}" == trace_id}
    assert "consume doselane.slotting.slot.confirmed.v1" in in_trace


async def _dose_event(gateway: Gateway, slot: str) -> event_log.Logged:
    """What status published of the slot's dose, as a subscriber reads it."""
    dose = slot.replace("slots/", "doses/")
    async with gateway.databases["status"].pool.acquire() as connection:
        for logged in await event_log.read(connection, 0, 100):
            if logged.event.subject == dose:
                return logged
    raise AssertionError("status has not published the dose yet")
