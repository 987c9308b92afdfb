"""Traces and metrics: OpenTelemetry, built so that a call that is not sampled pays almost nothing.

There is no global provider. A process (or one service of several in a process) makes a `Telemetry`, and what runs
inside `active()` uses it: the functions of this module find it in the context of the running task.
"""

import os
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar, Token

from opentelemetry import trace
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import Meter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    MetricExporter,
    MetricReader,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from prometheus_client import CollectorRegistry, generate_latest

from services.kernel import traceparent as w3c
from services.kernel.durations import Durations
from services.kernel.event import Event

SAMPLED_SHARE = 0.05

Entered = tuple["Token[Telemetry]", "Token[str]"]

_current: ContextVar[str] = ContextVar("doselane_traceparent", default="")


class Telemetry:
    """One service's traces and metrics."""

    def __init__(
        self, service: str, span_processors: tuple[object, ...], exporter: MetricExporter | None, share: float
    ) -> None:
        resource = Resource.create({"service.name": service, "service.namespace": "doselane"})
        self.service, self.share = service, share
        # Without anywhere to send spans, making them would be waste; the trace id still travels.
        self.recording = bool(span_processors)
        # Who is sampled was decided before a span is made, so the SDK's own sampler has nothing left to decide.
        self._traces = TracerProvider(sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False)
        for processor in span_processors:
            self._traces.add_span_processor(processor)  # type: ignore[arg-type]
        self._tracer = self._traces.get_tracer("doselane")
        self._registry = CollectorRegistry()
        self._durations: dict[str, Durations] = {}
        readers: list[MetricReader] = [PrometheusMetricReader(scope_info_enabled=False, registry=self._registry)]
        if exporter:
            readers.append(PeriodicExportingMetricReader(exporter))
        self._metrics = MeterProvider(metric_readers=readers, resource=resource, shutdown_on_exit=False)
        self.meter: Meter = self._metrics.get_meter("doselane")

    def durations(self, name: str, description: str, *names: str) -> Durations:
        """A histogram of durations; the same name answers the same histogram."""
        if name not in self._durations:
            self._durations[name] = Durations(self.meter, name, description, names)
        return self._durations[name]

    def metrics_text(self) -> bytes:
        """All metrics in the text format of Prometheus."""
        return generate_latest(self._registry)

    def continued(self, traceparent: str | None) -> str:
        """The caller's trace, or a new one if it brought none that can be read."""
        return w3c.valid(traceparent) or w3c.fresh(random.random() < self.share)

    @contextmanager
    def span(
        self, name: str, parent: str = "", kind: trace.SpanKind = trace.SpanKind.INTERNAL
    ) -> Iterator[trace.Span | None]:
        """Runs its body as a span below `parent` (by default below the current one); None while not recorded."""
        below = parent or _current.get() or self.continued(None)
        if not (self.recording and w3c.is_sampled(below)):
            token = _current.set(below)
            try:
                yield None
            finally:
                _current.reset(token)
            return
        span = self.start_span(name, below, kind)
        token = _current.set(traceparent_of(span))
        try:
            with trace.use_span(span, end_on_exit=True):
                yield span
        finally:
            _current.reset(token)

    def start_span(self, name: str, parent: str, kind: trace.SpanKind) -> trace.Span:
        """A span below a valid, sampled `parent`; the caller ends it."""
        above = trace.SpanContext(int(parent[3:35], 16), int(parent[36:52], 16), True, trace.TraceFlags(1))
        return self._tracer.start_span(name, trace.set_span_in_context(trace.NonRecordingSpan(above)), kind)

    @contextmanager
    def active(self) -> Iterator[None]:
        """What runs in the body, and the tasks it starts, use this telemetry."""
        token = _active.set(self)
        try:
            yield
        finally:
            _active.reset(token)

    def shutdown(self) -> None:
        """Sends what is left and stops."""
        self._traces.shutdown()
        self._metrics.shutdown()


def setup(
    service: str,
    *,
    exporter: SpanExporter | None = None,
    share: float | None = None,
    environ: Mapping[str, str] | None = None,
) -> Telemetry:
    """Telemetry as the environment asks for it.

    Spans and metrics go to OTEL_EXPORTER_OTLP_ENDPOINT when it is set. `exporter` gets each span at once (for tests).
    A trace that begins here is sampled with the share OTEL_TRACES_SAMPLER_ARG, otherwise the caller decided.
    """
    variables = os.environ if environ is None else environ
    processors: list[object] = [SimpleSpanProcessor(exporter)] if exporter else []
    metrics: MetricExporter | None = None
    if endpoint := variables.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        # Imported here because they cost 150 ms of start-up that most processes need not spend.
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        processors.append(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
        metrics = OTLPMetricExporter(endpoint=endpoint)
    return Telemetry(service, tuple(processors), metrics, _share(variables) if share is None else share)


def current_traceparent() -> str:
    """The traceparent of what is running, to be stored with a change or sent along; never empty."""
    return _current.get() or w3c.fresh()


def set_current(traceparent: str) -> None:
    """Makes a valid `traceparent` the current one for the rest of the running task."""
    _current.set(traceparent)


def enter(telemetry: Telemetry, traceparent: str) -> Entered:
    """Makes both current until `leave`; for each call, where two context managers are too much (`claims spread`)."""
    return _active.set(telemetry), _current.set(traceparent)


def leave(entered: Entered) -> None:
    """Undoes `enter`."""
    _active.reset(entered[0])
    _current.reset(entered[1])


def current_trace_id() -> str:
    """The id of the current trace, or nothing outside one."""
    return _current.get()[3:35]


@contextmanager
def consumer_span(event: Event) -> Iterator[trace.Span | None]:
    """Runs its body as the handling of `event`, in the trace of the change that published it."""
    telemetry = current()
    with _consuming(telemetry, event, telemetry.continued(event.traceparent)) as span:
        yield span


@contextmanager
def consumer_spans(events: Sequence[Event]) -> Iterator[None]:
    """Runs its body as the handling of all these events at once, in the trace of the last."""
    telemetry = current()
    with ExitStack() as spans:
        # Those that are not recorded cost nothing: a batch is of hundreds.
        for event in events[:-1] if telemetry.recording else ():
            parent = telemetry.continued(event.traceparent)
            if w3c.is_sampled(parent):
                spans.enter_context(_consuming(telemetry, event, parent))
        spans.enter_context(consumer_span(events[-1]))
        yield


@contextmanager
def _consuming(telemetry: Telemetry, event: Event, parent: str) -> Iterator[trace.Span | None]:
    with telemetry.span(f"consume {event.type}", parent, trace.SpanKind.CONSUMER) as span:
        if span:
            span.set_attribute("messaging.message.id", str(event.id))
        yield span


@contextmanager
def span(name: str) -> Iterator[trace.Span | None]:
    """Runs its body as a part of what is running now."""
    with current().span(name) as made:
        yield made


def meter() -> Meter:
    """The meter of the running service."""
    return current().meter


def current() -> Telemetry:
    """The telemetry of the running service; one that records nothing where none was made active."""
    return _active.get(None) or _silent()


def traceparent_of(span: trace.Span) -> str:
    """The traceparent that names `span` as the parent."""
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-01"


_active: ContextVar[Telemetry] = ContextVar("doselane_telemetry")
_made_silent: list[Telemetry] = []


def _silent() -> Telemetry:
    if not _made_silent:
        _made_silent.append(Telemetry("doselane", (), None, 0.0))
    return _made_silent[0]


def _share(variables: Mapping[str, str]) -> float:
    named = {"always_on": 1.0, "parentbased_always_on": 1.0, "always_off": 0.0, "parentbased_always_off": 0.0}
    if (sampler := variables.get("OTEL_TRACES_SAMPLER", "")) in named:
        return named[sampler]
    try:
        return min(1.0, max(0.0, float(variables.get("OTEL_TRACES_SAMPLER_ARG") or SAMPLED_SHARE)))
    except ValueError:
        return SAMPLED_SHARE  # OpenTelemetry asks that a wrong variable never stops a process.
