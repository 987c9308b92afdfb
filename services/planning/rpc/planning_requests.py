"""What callers ask of deliveries and proposals, as the use cases take it; shape is checked here."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from doselane.planning.v1 import planning_pb2
from google.type.date_pb2 import Date

from services.kernel.calendar import date_of
from services.kernel.errors import InvalidFields
from services.kernel.idempotency import request_key_of
from services.kernel.nuclides import NUCLIDE_OF_PROTO
from services.kernel.rpc import Call
from services.kernel.timestamps import WANTED, instant, known_instant, optional_instant
from services.network.reading import capacity_of
from services.planning.domain.deliveries import DeliveryDraft
from services.planning.domain.editing import RunDraft
from services.planning.domain.forecast import WEEKS_AHEAD_MAX
from services.planning.domain.proposals import (
    SOLVE_SECONDS_DEFAULT,
    WEEKS_DEFAULT,
    State,
)
from services.planning.domain.weeks import WEEK, is_monday, week_of
from services.planning.store.deliveries import Filter
from services.planning.usecases.deliveries import Ask
from services.planning.usecases.planning import PlanOrder


def ask_of(request: Any, call: Call) -> Ask:
    """Who asks, why, and how a repetition is known."""
    return Ask(call.caller.actor, request.reason, request_key_of(request, call.caller), call.traceparent)


def delivery_of(message: planning_pb2.IsotopeDelivery) -> DeliveryDraft:
    """A delivery as asked for; the rules report all that is wrong at once."""
    return DeliveryDraft(
        message.facility,
        NUCLIDE_OF_PROTO.get(message.nuclide),
        message.calibration.activity_mbq,
        known_instant(message.calibration, "time"),
        known_instant(message, "arrival_time"),
        known_instant(message, "use_by_time"),
        message.yield_fraction,
    )


def deliveries_wanted(request: planning_pb2.ListIsotopeDeliveriesRequest) -> Filter:
    """Which deliveries to list."""
    nuclide = NUCLIDE_OF_PROTO[request.nuclide].value if request.nuclide else ""
    from_at = optional_instant(request, "from_time")
    return Filter(request.facility, nuclide, from_at)


def wanted_of(request: planning_pb2.ProposePlanRequest, now: datetime) -> PlanOrder:
    """What to plan."""
    weeks = request.weeks if request.HasField("weeks") else WEEKS_DEFAULT
    seconds = request.solve_seconds_max if request.HasField("solve_seconds_max") else SOLVE_SECONDS_DEFAULT
    first = _monday(request.horizon_start_date) if request.HasField("horizon_start_date") else None
    if request.HasField("horizon_start_date") and first is None:
        raise InvalidFields([("horizon_start_date", "must be a Monday")])
    if first is not None and week_of(now) - first >= weeks * WEEK:
        raise InvalidFields([("horizon_start_date", "must be a Monday whose weeks are not all over")])
    if first is not None and first > week_of(now) + WEEKS_AHEAD_MAX * WEEK:
        raise InvalidFields([("horizon_start_date", f"must be a Monday at most {WEEKS_AHEAD_MAX} weeks ahead")])
    return PlanOrder(first, weeks, request.facility, seconds)


def states_of(states: Sequence[int]) -> tuple[str, ...]:
    """The states to list."""
    return tuple(State(planning_pb2.Proposal.State.Name(number)).value for number in states)  # type: ignore[arg-type]


def drafts_of(messages: Sequence[planning_pb2.ProposedRun]) -> list[RunDraft]:
    """A planner's runs, each with an id; all that is wrong with their shape is reported at once."""
    wrong = [(f"runs[{place}].{field}", what) for place, run in enumerate(messages) for field, what in _wrong(run)]
    given = [run.id for run in messages if run.id]
    if len(given) != len(set(given)):
        wrong.append(("runs", "must have different ids"))
    if wrong:
        raise InvalidFields(wrong[:100])
    taken, number, drafts = set(given), 0, []
    for run in messages:
        name = run.id
        while not name or (not run.id and name in taken):
            number += 1
            name = f"edit-{number:04}"
        taken.add(name)
        start_at = instant(run.start_time, "start_time")
        drafts.append(RunDraft(name, run.product, run.line, start_at, run.isotope_delivery, capacity_of(run.pledged)))
    return drafts


def _wrong(run: planning_pb2.ProposedRun) -> list[tuple[str, str]]:
    wrong = []
    if known_instant(run, "start_time") is None:
        wrong.append(("start_time", WANTED))
    if run.pledged.reference_activity_kbq < 1 or run.pledged.vials < 1:
        wrong.append(("pledged", "must be at least 1 kBq and one vial"))
    return wrong


def _monday(message: Date) -> date | None:
    try:
        day = date_of(message)
    except ValueError:
        return None
    return day if is_monday(day) else None
