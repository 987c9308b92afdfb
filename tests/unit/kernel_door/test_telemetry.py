"""Traces and metrics."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.kernel import telemetry, traceparent
from services.kernel.event import Event
from tests.support.traces import server_span

SAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
NOT_SAMPLED = SAMPLED[:-1] + "0"


@pytest.fixture
def spans():
    return InMemorySpanExporter()


@pytest.fixture
def measured(spans):
    made = telemetry.setup("slotting", exporter=spans, share=1.0, environ={})
    with made.active():
        yield made
    made.shutdown()


def an_event(trace: str) -> Event:
    return Event(
        id=UUID(int=7),
        type="doselane.slotting.slot.confirmed.v1",
        source="doselane/slotting",
        subject="slots/1",
        sequence=1,
        time=datetime(2026, 12, 1, tzinfo=UTC),
        data=b"",
        traceparent=trace,
    )


def test_one_trace_leads_from_the_call_through_its_parts_to_the_consumer(measured, spans):
    with server_span("ClaimSlot", SAMPLED), telemetry.span("flush"):
        stored = telemetry.current_traceparent()
    with telemetry.consumer_span(an_event(stored)):
        pass
    flush, claim, consume = spans.get_finished_spans()
    assert {f"{span.context.trace_id:032x}" for span in (flush, claim, consume)} == {SAMPLED[3:35]}
    assert f"{claim.parent.span_id:016x}" == SAMPLED[36:52]
    assert flush.parent.span_id == claim.context.span_id
    assert consume.parent.span_id == flush.context.span_id


def test_what_the_caller_does_not_record_is_not_recorded_but_keeps_its_trace(measured, spans):
    with server_span("ClaimSlot", NOT_SAMPLED) as span:
        assert span is None
        assert telemetry.current_traceparent() == NOT_SAMPLED
    assert spans.get_finished_spans() == ()


@pytest.mark.parametrize("brought", [None, "", "nonsense", SAMPLED.upper()])
def test_a_call_without_a_readable_trace_gets_a_new_one(measured, brought):
    with server_span("ClaimSlot", brought):
        assert traceparent.valid(telemetry.current_traceparent())


def test_roots_are_sampled_with_their_share():
    never, always = (telemetry.setup("x", share=share, environ={}) for share in (0.0, 1.0))
    assert not any(traceparent.is_sampled(never.continued(None)) for _ in range(100))
    assert all(traceparent.is_sampled(always.continued(None)) for _ in range(100))


@pytest.mark.parametrize(
    ("environ", "share"),
    [
        ({}, 0.05),
        ({"OTEL_TRACES_SAMPLER_ARG": "0.5"}, 0.5),
        ({"OTEL_TRACES_SAMPLER_ARG": "7"}, 1.0),
        ({"OTEL_TRACES_SAMPLER_ARG": "often"}, 0.05),
        ({"OTEL_TRACES_SAMPLER": "always_off"}, 0.0),
        ({"OTEL_TRACES_SAMPLER": "parentbased_always_on"}, 1.0),
    ],
)
def test_the_share_comes_from_the_environment(environ, share):
    assert telemetry.setup("x", environ=environ).share == share


def test_a_fault_marks_its_span(measured, spans):
    with pytest.raises(ValueError, match="no"), server_span("ClaimSlot", SAMPLED):
        raise ValueError("no")
    assert not spans.get_finished_spans()[0].status.is_ok


def test_outside_of_everything_there_is_still_a_trace_to_store():
    assert traceparent.valid(telemetry.current_traceparent())
    assert telemetry.current_trace_id() == ""


async def test_two_services_in_one_process_keep_apart(spans):
    other = InMemorySpanExporter()

    async def work() -> None:
        with telemetry.span("work"):
            telemetry.meter().create_counter("work_done").add(1)

    for name, exporter in (("capacity", spans), ("status", other)):
        made = telemetry.setup(name, exporter=exporter, share=1.0, environ={})
        with made.active():
            task = asyncio.create_task(work())
        await task
        assert b"work_done_total" in made.metrics_text()
        assert telemetry.current().service == "doselane"
    assert len(spans.get_finished_spans()) == len(other.get_finished_spans()) == 1
    assert spans.get_finished_spans()[0].resource.attributes["service.name"] == "capacity"


def test_durations_are_counted_in_buckets_and_shown_to_prometheus(measured):
    durations = measured.durations("call_seconds", "Calls.", "method")
    assert durations is measured.durations("call_seconds", "Calls.", "method")
    for seconds in (0.0001, 0.003, 0.004, 99.0):
        durations.record(seconds, "Claim")
    text = measured.metrics_text().decode()
    assert 'call_seconds_bucket{le="0.004",method="Claim"} 3.0' in text
    assert 'call_seconds_bucket{le="+Inf",method="Claim"} 4.0' in text
    assert 'call_seconds_count{method="Claim"} 4.0' in text
