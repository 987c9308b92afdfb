"""What callers ask, as the rules and use cases take it; its shape was judged by the proto's rules before."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from doselane.capacity.v1 import capacity_pb2

from services.capacity import events
from services.capacity.domain import CutOfRun, Ending, Failure, State
from services.capacity.domain.agreed import Cancelling, Completing, Cutting, Failing
from services.capacity.store import RunFilter
from services.capacity.usecases import LedgerAsk, Render, RunAsk
from services.kernel.errors import Invalid, InvalidFields
from services.kernel.idempotency import request_key_of
from services.kernel.identity import Caller
from services.kernel.rpc import Behalf, Call
from services.kernel.timestamps import instant


def ask_of(request: Any, call: Call, render: Render) -> RunAsk:
    """Who asks, why, and how a repetition is known."""
    return RunAsk(call.caller.actor, request.reason, request_key_of(request, call.caller), call.traceparent, render)


def cut_of(request: capacity_pb2.CutRunRequest, call: Call, render: Render) -> LedgerAsk:
    """What CutRun asks of the run and of the ledger."""
    ask, name, times = ask_of(request, call, render), request.name, Counter(each.partner for each in request.allotments)
    if twice := [index for index, each in enumerate(request.allotments) if times[each.partner] > 1]:
        raise InvalidFields([(f"allotments[{index}].partner", "must be named only once") for index in twice])
    sizes = {each.partner: events.capacity_of(each.capacity) for each in request.allotments}
    released_at = {
        each.partner: instant(each.release_back_time, "allotments.release_back_time")
        for each in request.allotments
        if each.HasField("release_back_time")
    }
    lower = CutOfRun(events.capacity_of(request.pledged), sizes, released_at)
    return LedgerAsk(ask, name, request.etag, Cutting(lower), request.accept_conflicts, Behalf.of(call))


def cancel_of(request: capacity_pb2.CancelRunRequest, call: Call, render: Render) -> LedgerAsk:
    """What CancelRun asks of the run and of the ledger."""
    ask, name = ask_of(request, call, render), request.name
    return LedgerAsk(ask, name, request.etag, Cancelling(), request.accept_conflicts, Behalf.of(call))


def start_of(request: capacity_pb2.StartRunRequest) -> datetime | None:
    """When production began, if it is said."""
    return events.optional_instant(request, "start_time")


def completion_of(request: capacity_pb2.CompleteRunRequest, call: Call, render: Render) -> LedgerAsk:
    """What CompleteRun asks of the run, and of the ledger where the yield falls short."""
    ended_at = instant(request.end_of_synthesis_time, "end_of_synthesis_time")
    ending = Ending(ended_at, events.measured_of(request.measured), request.accept_deviation)
    ask = ask_of(request, call, render)
    return LedgerAsk(ask, request.name, request.etag, Completing(ending), request.accept_conflicts, Behalf.of(call))


def failure_of(request: capacity_pb2.FailRunRequest, call: Call, render: Render) -> LedgerAsk:
    """A failure; it happened when it is recorded unless another instant is said."""
    failure = Failure(events.optional_instant(request, "fail_time"), request.cause)
    ask = ask_of(request, call, render)
    return LedgerAsk(ask, request.name, request.etag, Failing(failure), request.accept_conflicts, Behalf.of(call))


def filter_of(request: capacity_pb2.ListRunsRequest, caller: Caller) -> RunFilter:
    """Which runs to list; both ends of the span of time are optional, and the later one is outside of it."""
    synthesis_from = events.optional_instant(request, "end_of_synthesis_from_time")
    synthesis_until = events.optional_instant(request, "end_of_synthesis_until_time")
    if synthesis_from and synthesis_until and synthesis_from >= synthesis_until:
        raise Invalid(
            "end_of_synthesis_from_time must be before end_of_synthesis_until_time.",
            field="end_of_synthesis_from_time",
        )
    return RunFilter(caller.viewer, request.product, _states(request.states), synthesis_from, synthesis_until)


def _states(states: Sequence[int]) -> tuple[State, ...]:
    return tuple(State(capacity_pb2.Run.State.Name(number)) for number in states)  # type: ignore[arg-type]
