"""What callers ask of deliveries and proposals, as the use cases take it; shape was judged by the proto's rules."""

from collections.abc import Sequence
from datetime import date, datetime

from doselane.planning.v1 import planning_pb2
from google.type.date_pb2 import Date

from services.kernel.calendar import date_of
from services.kernel.errors import InvalidFields
from services.kernel.nuclides import NUCLIDE_OF_PROTO
from services.kernel.timestamps import instant, optional_instant
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
from services.planning.store.deliveries import DeliveryFilter
from services.planning.usecases.planning import PlanOrder


def delivery_of(message: planning_pb2.IsotopeDelivery) -> DeliveryDraft:
    """A delivery as asked for; its shape was judged by the proto's rules."""
    return DeliveryDraft(
        message.facility,
        NUCLIDE_OF_PROTO[message.nuclide],
        message.calibration.activity_mbq,
        instant(message.calibration.time, "isotope_delivery.calibration.time"),
        instant(message.arrival_time, "isotope_delivery.arrival_time"),
        instant(message.use_by_time, "isotope_delivery.use_by_time"),
        message.yield_fraction,
    )


def deliveries_wanted(request: planning_pb2.ListIsotopeDeliveriesRequest) -> DeliveryFilter:
    """Which deliveries to list."""
    nuclide = NUCLIDE_OF_PROTO[request.nuclide].value if request.nuclide else ""
    from_at = optional_instant(request, "from_time")
    return DeliveryFilter(request.facility, nuclide, from_at)


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
    """A planner's runs, each with an id."""
    given = [run.id for run in messages if run.id]
    if len(given) != len(set(given)):
        raise InvalidFields([("runs", "must have different ids")])
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


def _monday(message: Date) -> date | None:
    try:
        day = date_of(message)
    except ValueError:
        return None
    return day if is_monday(day) else None
