"""What surrounds every call: token, scope, deadline, bound, errors, metrics, trace."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from uuid import uuid4

import grpc
import grpc.aio
from google.protobuf.message import DecodeError, Message
from google.rpc.status_pb2 import Status
from opentelemetry.trace import SpanKind

from services.kernel.durations import Durations
from services.kernel.errors import Busy, GatewayError, Invalid
from services.kernel.identity import Caller, TokenVerifier, bearer
from services.kernel.rpc.status import CODE_OF_NUMBER, DETAILS_KEY, fault_status, status_of
from services.kernel.telemetry import Telemetry, set_current, traceparent_of

UNARY_DEADLINE_S = 10.0
RETRY_WHEN_FULL_MS = 100

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """What a servicer is told of a call beside its request."""

    caller: Caller
    traceparent: str
    deadline: float | None  # in the running loop's time(); after it nobody waits for the answer
    token: str = field(default="", repr=False)  # as it came, for a call that is made on the caller's behalf


@dataclass(frozen=True, slots=True)
class Method:
    """One call of a service, ready to be served."""

    name: str
    scope: str
    request: type[Message]
    response: type[Message]
    function: Callable[..., Any]


class ServerFull(Busy):
    """The process already runs as many calls as it may."""

    reason = "SERVER_FULL"


class Gate:
    """Lets calls in: knows the verifier, counts what runs, and refuses what is too much."""

    def __init__(self, verifier: TokenVerifier, telemetry: Telemetry, at_once_max: int) -> None:
        self.verifier, self.telemetry, self.at_once_max = verifier, telemetry, at_once_max
        self.running = 0
        self.durations: Durations = telemetry.durations(
            "rpc_server_duration_seconds", "Time from a call's start to its end.", "rpc_method", "rpc_grpc_status_code"
        )

    def enter(self) -> None:
        """Counts a call in, or refuses it."""
        if self.running >= self.at_once_max:
            raise ServerFull(
                "The server runs as many calls as it may.", at_once_max=self.at_once_max, retry_after_ms=RETRY_WHEN_FULL_MS
            )
        self.running += 1


def unary_handler(method: Method, gate: Gate) -> Callable[[bytes, grpc.aio.ServicerContext], Awaitable[bytes | None]]:
    """Wraps a method with one answer."""
    parse, scope, function, response = method.request.FromString, method.scope, method.function, method.response
    remembered, verify, enter = gate.verifier.remembered, gate.verifier.verify, gate.enter
    telemetry, series = gate.telemetry, gate.durations.series
    succeeded = series(method.name, "OK")
    time = asyncio.get_running_loop

    async def handle(body: bytes, context: grpc.aio.ServicerContext) -> bytes | None:
        started = perf_counter()
        span = None
        entered = False
        try:
            enter()
            entered = True
            authorization = traceparent = None
            for key, value in context.invocation_metadata() or ():
                if key == "authorization":
                    authorization = value
                elif key == "traceparent":
                    traceparent = value
            token = bearer(authorization)
            caller = remembered(token) or await verify(token)
            if scope not in caller.scopes:
                caller.require(scope)
            traceparent = telemetry.continued(traceparent)
            if telemetry.recording and traceparent[-1] == "1":
                span = telemetry.start_span(method.name, traceparent, SpanKind.SERVER)
                traceparent = traceparent_of(span)
            set_current(traceparent)
            request = parse(body)
            remaining = context.time_remaining()
            if remaining is None:
                async with asyncio.timeout(UNARY_DEADLINE_S) as limit:
                    answer = await function(request, Call(caller, traceparent, limit.when(), token))
            else:
                # The library cancels this task when the caller's deadline has passed.
                answer = await function(request, Call(caller, traceparent, time().time() + remaining, token))
            data: bytes = answer.SerializeToString() if type(answer) is response else _encoded(answer, method)
            succeeded.record(perf_counter() - started)
            return data
        except asyncio.CancelledError:
            series(method.name, "CANCELLED").record(perf_counter() - started)
            raise
        except Exception as error:
            status = failure(error, method)
            code = CODE_OF_NUMBER[status.code]
            series(method.name, code.name).record(perf_counter() - started)
            if span:
                span.set_attribute("rpc.grpc.status_code", status.code)
            await abort(context, status)
        finally:
            if entered:
                gate.running -= 1
            if span:
                span.end()
        return None

    return handle


def stream_handler(
    method: Method, gate: Gate
) -> Callable[[bytes, grpc.aio.ServicerContext], AsyncIterator[bytes]]:
    """Wraps a method that answers with a stream."""
    series = gate.durations.series

    async def handle(body: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        started, code, entered, answers = perf_counter(), "OK", False, None
        try:
            gate.enter()
            entered = True
            metadata = dict(context.invocation_metadata() or ())
            token = bearer(metadata.get("authorization"))
            caller = gate.verifier.remembered(token) or await gate.verifier.verify(token)
            caller.require(method.scope)
            traceparent = gate.telemetry.continued(metadata.get("traceparent"))
            set_current(traceparent)
            request = method.request.FromString(body)
            remaining = context.time_remaining()
            deadline = None if remaining is None else asyncio.get_running_loop().time() + remaining
            answers = method.function(request, Call(caller, traceparent, deadline, token))
            async for answer in answers:
                yield answer.SerializeToString() if type(answer) is method.response else _encoded(answer, method)
        except (asyncio.CancelledError, GeneratorExit):
            code = "CANCELLED"
            raise
        except Exception as error:
            status = failure(error, method)
            code = CODE_OF_NUMBER[status.code].name
            await abort(context, status)
        finally:
            if entered:
                gate.running -= 1
            series(method.name, code).record(perf_counter() - started)
            if answers is not None:
                # Ends the servicer's generator at once, and with it what it holds, instead of when it is collected.
                await answers.aclose()

    return handle


def failure(error: Exception, method: Method) -> Status:
    """The status that tells the caller of `error`, as much as is the caller's business."""
    if isinstance(error, GatewayError):
        return status_of(error)
    if isinstance(error, DecodeError):
        return status_of(Invalid(f"The body is no {method.request.DESCRIPTOR.full_name}."))
    if isinstance(error, TimeoutError):
        message = "The call did not end in the time it was given."
        return fault_status(grpc.StatusCode.DEADLINE_EXCEEDED, message, "DEADLINE_EXCEEDED")
    reference = uuid4().hex
    log.error("%s failed, reference %s", method.name, reference, exc_info=error)
    message = f"The call failed for a reason of ours. Please quote the reference {reference}."
    return fault_status(grpc.StatusCode.INTERNAL, message, "INTERNAL", reference=reference)


async def abort(context: grpc.aio.ServicerContext, status: Status) -> None:
    """Ends the call with `status`."""
    details = ((DETAILS_KEY, status.SerializeToString()),)
    await context.abort(CODE_OF_NUMBER[status.code], status.message, details)


def _encoded(answer: object, method: Method) -> bytes:
    """An answer that the servicer has encoded already (once for many subscribers), or an error of ours."""
    if isinstance(answer, bytes):
        return answer
    raise TypeError(f"{method.name} answered with a {type(answer).__name__}")
