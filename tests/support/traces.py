"""A call as a server handles it, for tests of what goes on inside one."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace

from services.kernel import telemetry


@contextmanager
def server_span(name: str, traceparent: str | None) -> Iterator[trace.Span | None]:
    """Runs its body as the handling of a call that brought `traceparent`, if it did."""
    active = telemetry.current()
    with active.span(name, active.continued(traceparent), trace.SpanKind.SERVER) as span:
        yield span
