"""Spans and metrics sent to a collector by the OpenTelemetry protocol."""

import asyncio

import grpc.aio
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as metrics_pb
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import (
    MetricsServiceServicer,
    add_MetricsServiceServicer_to_server,
)
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as trace_pb
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)

from services.kernel import telemetry
from tests.support.traces import server_span


class Collector(TraceServiceServicer, MetricsServiceServicer):
    """Serves both calls, which have one name: it tells them apart by what they bring."""

    def __init__(self) -> None:
        self.spans: list[str] = []
        self.metrics: set[str] = set()

    async def Export(self, request, context):
        if isinstance(request, trace_pb.ExportTraceServiceRequest):
            scopes = [scope for each in request.resource_spans for scope in each.scope_spans]
            self.spans += [span.name for scope in scopes for span in scope.spans]
            return trace_pb.ExportTraceServiceResponse()
        scopes = [scope for each in request.resource_metrics for scope in each.scope_metrics]
        self.metrics |= {metric.name for scope in scopes for metric in scope.metrics}
        return metrics_pb.ExportMetricsServiceResponse()


async def test_spans_and_metrics_of_both_kinds_reach_the_collector():
    collector, server = Collector(), grpc.aio.server()
    add_TraceServiceServicer_to_server(collector, server)
    add_MetricsServiceServicer_to_server(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}
    measured = telemetry.setup("slotting", environ=environ, share=1.0)
    with measured.active(), server_span("ClaimSlot", None):
        measured.meter.create_counter("claims").add(1)
        measured.durations("call_seconds", "Calls.", "method").record(0.1, "Claim")
    await asyncio.to_thread(measured.shutdown)
    await server.stop(0)
    assert collector.spans == ["ClaimSlot"]
    assert {"claims", "call_seconds"} <= collector.metrics
