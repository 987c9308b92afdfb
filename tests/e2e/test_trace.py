"""One trace from the claim to the subscriber: through gRPC, PostgreSQL, the outbox, the bus and the consumer."""

from pathlib import Path

from doselane.slotting.v1 import slotting_pb2 as slotting
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.kernel import event_log
from services.kernel.ids import uuid7
from services.kernel.telemetry import set_current
from services.local.gateway import Gateway, Plan
from tests.support.gateway import Desk

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


async def test_a_claims_trace_id_reaches_the_subscriber(gateway_dsn: str, tmp_path: Path):
    exporter = InMemorySpanExporter()
    plan = Plan(gateway_dsn, tmp_path, trace_share=1.0, span_exporter=exporter)
    async with Gateway(plan) as gateway:
        desk = Desk(gateway)
        run = await desk.open_run()
        set_current(f"00-{TRACE_ID}-00f067aa0ba902b7-01")  # the claiming program's own trace
        request = slotting.ClaimSlotRequest(demand=desk.demand(run), request_id=str(uuid7()))
        slot = await desk.call("SlottingService/ClaimSlot", request, desk.sponsor())
        await desk.dose_of(slot, desk.sponsor())
        logged = await desk.until(lambda: _dose_event(gateway, slot.name))
        await desk.close()
    assert logged.event.traceparent[3:35] == TRACE_ID
    in_trace = {s.name for s in exporter.get_finished_spans() if f"{s.context.trace_id:032x}" == TRACE_ID}
    assert {"doselane.slotting.v1.SlottingService.ClaimSlot", "consume doselane.slotting.slot.confirmed.v1"} <= in_trace


async def _dose_event(gateway: Gateway, slot: str) -> event_log.Logged:
    """What status published of the slot's dose, as a subscriber reads it."""
    dose = slot.replace("slots/", "doses/")
    async with gateway.databases["status"].pool.acquire() as connection:
        for logged in await event_log.read(connection, 0, 100):
            if logged.event.subject == dose:
                return logged
    raise AssertionError("status has not published the dose yet")
