"""What callers ask, as the rules and use cases take it; its shape was judged by the proto's rules before."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from doselane.capacity.v1 import capacity_pb2

from services.capacity import events
from services.capacity.domain import AllotmentDraft, AskedRun, Cut, Ending, Failure, State
from services.capacity.domain.agreed import Cancelling, Completing, Cutting, Failing
from services.capacity.domain.planning import in_cut
from services.capacity.store import Filter
from services.capacity.usecases import Ask, LedgerAsk, Render
from services.kernel.errors import Invalid, InvalidFields
from services.kernel.idempotency import request_key_of
from services.kernel.identity import Caller
from services.kernel.rpc import Behalf, Call
from services.kernel.timestamps import instant
from services.network import Capacity


def ask_of(request: Any, call: Call, render: Render) -> Ask:
    """Who asks, why, and how a repetition is known."""
    return Ask(call.caller.actor, request.reason, request_key_of(request, call.caller), render, call.traceparent)


def draft_of(run: capacity_pb2.Run) -> AskedRun:
    """The run to plan, unchecked: the rules report all that is wrong at once."""
    return AskedRun(
        product=run.product,
        nuclide=events.NUCLIDE_OF_PROTO.get(run.nuclide),
        line=run.line,
        end_of_synthesis_at=_instant(run, "end_of_synthesis_time"),
        claim_cutoff_at=_instant(run, "claim_cutoff_time"),
        use_by_at=_instant(run, "use_by_time"),
        pledged=_capacity(run, "pledged"),
        allotments=tuple(
            AllotmentDraft(each.partner, _capacity(each, "capacity"), _instant(each, "release_back_time"))
            for each in run.allotments
        ),
        vial_kbq_max=run.vial_reference_activity_max_kbq,
        loss_fraction=run.loss_fraction,
        production_order=run.production_order,
    )


def cut_of(request: capacity_pb2.CutRunRequest, call: Call, render: Render) -> LedgerAsk:
    """What CutRun asks of the run and of the ledger; all that is wrong with its sizes is said at once."""
    ask, name = ask_of(request, call, render), request.name
    pledged = _capacity(request, "pledged")
    sizes = [(each.partner, _capacity(each, "capacity")) for each in request.allotments]
    violations = in_cut(pledged, sizes)
    times: dict[str, datetime] = {}
    for index, each in enumerate(request.allotments):
        if each.HasField("release_back_time"):
            times[each.partner] = instant(each.release_back_time, f"allotments[{index}].release_back_time")
    if violations or pledged is None:
        raise InvalidFields(violations)
    lower = Cut(pledged, {partner: size for partner, size in sizes if size is not None}, times)
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


def filter_of(request: capacity_pb2.ListRunsRequest, caller: Caller) -> Filter:
    """Which runs to list; both ends of the span of time are optional, and the later one is outside of it."""
    synthesis_from = events.optional_instant(request, "end_of_synthesis_from_time")
    synthesis_until = events.optional_instant(request, "end_of_synthesis_until_time")
    if synthesis_from and synthesis_until and synthesis_from >= synthesis_until:
        raise Invalid(
            "end_of_synthesis_from_time must be before end_of_synthesis_until_time.",
            field="end_of_synthesis_from_time",
        )
    return Filter(caller.viewer, request.product, _states(request.states), synthesis_from, synthesis_until)


def _states(states: Sequence[int]) -> tuple[State, ...]:
    return tuple(State(capacity_pb2.Run.State.Name(number)) for number in states)  # type: ignore[arg-type]


def _capacity(message: Any, field: str) -> Capacity | None:
    return events.capacity_of(getattr(message, field)) if message.HasField(field) else None


def _instant(message: Any, field: str) -> datetime | None:
    """None for an instant that is unset or out of range: the rules name both."""
    try:
        return events.optional_instant(message, field)
    except Invalid:
        return None
