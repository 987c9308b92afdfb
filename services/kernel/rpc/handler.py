"""What surrounds every call: token, scope, deadline, bound, errors, metrics, trace."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic
from typing import Any, NamedTuple
from uuid import uuid4

import grpc
import grpc.aio
from google.protobuf.message import DecodeError, Message
from google.rpc.status_pb2 import Status
from opentelemetry.trace import Span, SpanKind

from services.kernel.agent_consents import CONSENT_HEADER, CarriedConsent, carried
from services.kernel.db import passes_by_itself
from services.kernel.deprecation import Pairs, Uses
from services.kernel.durations import Durations
from services.kernel.errors import GatewayError, Invalid, Unavailable
from services.kernel.identity import AGENT_SCOPE, Caller, TokenVerifier
from services.kernel.quotas import Quotas
from services.kernel.rpc.open_streams import OpenStreams
from services.kernel.rpc.status import CODE_OF_NUMBER, DETAILS_KEY, fault_status, status_of
from services.kernel.shares import ServerFull, Shares
from services.kernel.signer import Signer
from services.kernel.step_up import signer_of
from services.kernel.telemetry import Telemetry, set_current, traceparent_of
from services.kernel.traceparent import is_sampled

UNARY_DEADLINE_S = 10.0
RETRY_WHEN_FULL_MS = 100
RETRY_WHEN_AWAY_MS = 500

# Raises Invalid for a request that its proto does not allow.
Judge = Callable[[Message], None]

log = logging.getLogger(__name__)


class Call(NamedTuple):
    """What a servicer is told of a call beside its request. A tuple, because it is made for every call."""

    caller: Caller
    traceparent: str
    deadline: float | None  # in time.monotonic(), as the loop's time(); after it nobody waits for the answer
    token: str = ""  # as it came, for a call that is made on the caller's behalf
    signer: Signer | None = None  # who signs, for a call whose proto says that it does
    consent: CarriedConsent | None = None  # of a person, for what an automated agent changes

    def __repr__(self) -> str:
        return f"Call(caller={self.caller}, traceparent={self.traceparent!r}, deadline={self.deadline})"


@dataclass(frozen=True, slots=True)
class Method:
    """One call of a service, ready to be served."""

    name: str
    scope: str
    request: type[Message]
    response: type[Message]
    function: Callable[..., Any]
    signer_roles: tuple[str, ...] = ()  # for a call that signs
    deprecated: Uses | None = None  # for a call that will go away, or takes fields that will
    changes: bool = False  # something that an automated agent changes with a person's consent only


class HeaderRepeated(Invalid):
    """The call brings two values of what has one; of two, nobody knows which was meant."""

    reason = "HEADER_REPEATED"


class Gate:
    """Lets calls in: knows the verifier, counts what runs, and refuses what is too much in all or of one caller."""

    def __init__(
        self,
        verifier: TokenVerifier,
        telemetry: Telemetry,
        at_once_max: int,
        judge: Judge,
        quotas: Quotas | None = None,  # None: nobody has one
    ) -> None:
        self.verifier, self.telemetry, self.at_once_max, self.quotas = verifier, telemetry, at_once_max, quotas
        self.running, self.shares, self.judge = 0, Shares(at_once_max), judge
        self.durations: Durations = telemetry.durations(
            "rpc_server_duration_seconds", "Time from a call's start to its end.", "rpc_method", "rpc_grpc_status_code"
        )

    def consented(
        self, method: Method, request: Message, agent: Caller, context: grpc.aio.ServicerContext
    ) -> tuple[Caller, CarriedConsent | None]:
        """Who changes something for an automated agent, and by which consent; AgentMayNot without one."""
        brought = [str(value) for key, value in context.invocation_metadata() or () if key == CONSENT_HEADER]
        if len(brought) > 1:
            raise HeaderRepeated(f"{CONSENT_HEADER} is given twice.", field=CONSENT_HEADER)
        seal, now = self.verifier.consents, self.verifier.now()
        found = carried(seal, brought[0] if brought else None, agent, method.name, request, now)
        return (found.consent.carrier(agent) if found else agent), found

    def full(self) -> ServerFull:
        """What a call is told for which there is no room."""
        return ServerFull(
            "The server runs as many calls as it may, in all or of this caller.",
            at_once_max=self.at_once_max,
            of_one_caller_max=self.shares.share,
            retry_after_ms=RETRY_WHEN_FULL_MS,
        )


def unary_handler(method: Method, gate: Gate) -> Callable[[bytes, grpc.aio.ServicerContext], Awaitable[bytes | None]]:
    """Wraps a method with one answer. What it touches for every call is in local variables, and the way is straight."""
    parse, scope, function, response = method.request.FromString, method.scope, method.function, method.response
    telemetry, continued, at_once_max = gate.telemetry, gate.telemetry.continued, gate.at_once_max
    admit, record, judge = gate.verifier.admit, gate.durations.record, gate.judge
    enter, leave, roles, deprecated = gate.shares.enter, gate.shares.leave, method.signer_roles, method.deprecated
    quotas, changes = gate.quotas, method.changes

    async def handle(body: bytes, context: grpc.aio.ServicerContext) -> bytes | None:
        started, span, caller = monotonic(), None, ""
        if deprecated:
            context.set_trailing_metadata(deprecated.told())
        gate.running += 1
        try:
            if gate.running > at_once_max:
                raise gate.full()
            authorization, traceparent = _brought(context)
            known = await admit(authorization, scope)
            if not enter(known[0].partner):
                raise gate.full()
            caller = known[0].partner
            if quotas:
                standing = quotas.count(known[0])
                _tell(context, standing.told)
                standing.require()
            traceparent = continued(traceparent)
            if telemetry.recording and is_sampled(traceparent):
                span = telemetry.start_span(method.name, traceparent, SpanKind.SERVER)
                traceparent = traceparent_of(span)
            set_current(traceparent)
            signer = signer_of(known[0], roles, gate.verifier.step_up, gate.verifier.now()) if roles else None
            request, remaining = parse(body), context.time_remaining()
            if deprecated:
                _tell(context, deprecated.told(request), instead_of=deprecated.told())
            judge(request)
            who, consent = known[0], None
            if changes and AGENT_SCOPE in who.scopes:
                who, consent = gate.consented(method, request, who, context)
            if remaining is None:
                async with asyncio.timeout(UNARY_DEADLINE_S):
                    call = Call(who, traceparent, started + UNARY_DEADLINE_S, known[2], signer, consent)
                    answer = await function(request, call)
            else:
                # The library cancels this task when the caller's deadline has passed.
                call = Call(who, traceparent, started + remaining, known[2], signer, consent)
                answer = await function(request, call)
            data: bytes = answer.SerializeToString() if type(answer) is response else _encoded(answer, method)
            record(monotonic() - started, method.name, "OK")
            return data
        except BaseException as error:
            await _failed(error, method, gate, context, started, span)
            raise
        finally:
            gate.running -= 1
            if caller:
                leave(caller)
            if span:
                span.end()

    return handle


def stream_handler(
    method: Method, gate: Gate, open_streams: OpenStreams
) -> Callable[[bytes, grpc.aio.ServicerContext], Awaitable[None]]:
    """Wraps a method that answers with a stream. It writes what it has, so that its time can end while it does."""
    record = gate.durations.record

    async def handle(body: bytes, context: grpc.aio.ServicerContext) -> None:
        started, code, entered = monotonic(), "OK", ""
        if method.deprecated:
            context.set_trailing_metadata(method.deprecated.told())
        gate.running += 1
        try:
            if gate.running > gate.at_once_max:
                raise gate.full()
            authorization, traceparent = _brought(context)
            async with open_streams.admitted(authorization, method.scope) as (caller, _, token):
                if not gate.shares.enter(caller.partner):
                    raise gate.full()
                entered = caller.partner
                if gate.quotas:
                    standing = gate.quotas.count(caller)
                    _tell(context, standing.told)
                    standing.require()
                traceparent = gate.telemetry.continued(traceparent)
                set_current(traceparent)
                request = method.request.FromString(body)
                if method.deprecated:
                    # A stream may last for days: what is told of it is told when it begins.
                    told = method.deprecated.told(request)
                    _tell(context, told, instead_of=method.deprecated.told())
                    await context.send_initial_metadata(told)
                gate.judge(request)
                remaining = context.time_remaining()
                deadline = None if remaining is None else monotonic() + remaining
                # Closing ends the servicer's generator at once, and with it what it holds.
                async with aclosing(method.function(request, Call(caller, traceparent, deadline, token))) as answers:
                    async for each in answers:
                        await context.write(
                            each.SerializeToString() if type(each) is method.response else _encoded(each, method)
                        )
        except asyncio.CancelledError:
            code = "CANCELLED"
            raise
        except Exception as error:  # noqa: BLE001  Every fault becomes a status; failure() logs what is ours.
            status = failure(error, method)
            code = CODE_OF_NUMBER[status.code].name
            await abort(context, status)
        finally:
            gate.running -= 1
            if entered:
                gate.shares.leave(entered)
            record(monotonic() - started, method.name, code)

    return handle


def _tell(context: grpc.aio.ServicerContext, told: Pairs, *, instead_of: Pairs = ()) -> None:
    """Has the end of the call tell this beside what it tells already, but for what this says better."""
    before = [pair for pair in context.trailing_metadata() or () if tuple(pair) not in instead_of]
    context.set_trailing_metadata((*before, *told))


def _brought(context: grpc.aio.ServicerContext) -> tuple[str | None, str | None]:
    """The authorization and the traceparent of a call."""
    authorization = traceparent = None
    for key, value in context.invocation_metadata() or ():
        if key == "authorization":
            if authorization is not None:
                raise HeaderRepeated("authorization is given twice.", field=key)
            authorization = value
        elif key == "traceparent":
            traceparent = value  # The library itself keeps one.
    return authorization, traceparent


def failure(error: Exception, method: Method) -> Status:
    """The status that tells the caller of `error`, as much as is the caller's business."""
    if isinstance(error, GatewayError):
        return status_of(error)
    if isinstance(error, DecodeError):
        return status_of(Invalid(f"The body is no {method.request.DESCRIPTOR.full_name}."))
    if isinstance(error, TimeoutError):
        message = "The call did not end in the time it was given."
        return fault_status(grpc.StatusCode.DEADLINE_EXCEEDED, message, "DEADLINE_EXCEEDED")
    if passes_by_itself(error):
        log.warning("%s could not reach what it needs: %s", method.name, error)
        away = "What this call needs is away for now; try again."
        return status_of(Unavailable(away, retry_after_ms=RETRY_WHEN_AWAY_MS))
    reference = uuid4().hex
    log.error("%s failed, reference %s", method.name, reference, exc_info=error)
    message = f"The call failed for a reason of ours. Please quote the reference {reference}."
    return fault_status(grpc.StatusCode.INTERNAL, message, "INTERNAL", reference=reference)


async def _failed(
    error: BaseException,
    method: Method,
    gate: Gate,
    context: grpc.aio.ServicerContext,
    started: float,
    span: Span | None,
) -> None:
    """Counts a failed call and tells the caller; cancellation has nobody left to tell."""
    if not isinstance(error, Exception):
        gate.durations.record(monotonic() - started, method.name, "CANCELLED")
        return
    status = failure(error, method)
    gate.durations.record(monotonic() - started, method.name, CODE_OF_NUMBER[status.code].name)
    if span:
        span.set_attribute("rpc.grpc.status_code", status.code)
    await abort(context, status)


async def abort(context: grpc.aio.ServicerContext, status: Status) -> None:
    """Ends the call with `status`, beside what was to be told at its end anyway.

    A caller that left meanwhile is told nothing. The library says so by a fault of its own ("Failed execute_batch"),
    which would be logged as one of ours; what such a call is, is cancelled.
    """
    details = (*(context.trailing_metadata() or ()), (DETAILS_KEY, status.SerializeToString()))
    try:
        await context.abort(CODE_OF_NUMBER[status.code], status.message, details)
    except grpc.aio.InternalError:
        raise asyncio.CancelledError from None


def _encoded(answer: object, method: Method) -> bytes:
    """An answer that the servicer has encoded already (once for many subscribers), or an error of ours."""
    if isinstance(answer, bytes):
        return answer
    raise TypeError(f"{method.name} answered with a {type(answer).__name__}")
