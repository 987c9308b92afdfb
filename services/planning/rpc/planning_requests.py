"""What callers ask of deliveries and proposals, as the use cases take it; shape is checked here."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from doselane.planning.v1 import planning_pb2
from doselane.type.v1 import type_pb2
from google.type.date_pb2 import Date

from services.kernel.calendar import date_of
from services.kernel.errors import Invalid, InvalidFields
from services.kernel.idempotency import reason_of, request_key_of
from services.kernel.nuclides import NUCLIDE_OF_PROTO
from services.kernel.rpc import Call
from services.kernel.timestamps import WANTED, instant
from services.network.reading import capacity_of
from services.planning.domain.deliveries import DeliveryDraft
from services.planning.domain.editing import RunDraft
from services.planning.domain.forecast import WEEKS_AHEAD_MAX
from services.planning.domain.proposals import (
    RUNS_MAX,
    SOLVE_SECONDS_DEFAULT,
    SOLVE_SECONDS_MAX,
    WEEKS_DEFAULT,
    WEEKS_MAX,
    State,
)
from services.planning.domain.weeks import WEEK, is_monday, week_of
from services.planning.store.deliveries import Filter
from services.planning.usecases.deliveries import Ask
from services.planning.usecases.planning import Wanted

_SEGMENT = "[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NAMES = {"isotopeDeliveries": re.compile(f"isotopeDeliveries/{_UUID}"), "proposals": re.compile(f"proposals/{_UUID}")}
_FACILITY = re.compile(f"facilities/{_SEGMENT}")
_LINE = re.compile(f"facilities/{_SEGMENT}/lines/{_SEGMENT}")
_PRODUCT = re.compile(f"products/{_SEGMENT}")
_RUN_ID = re.compile(_SEGMENT)
_KBQ_MAX = 10**15


def ask_of(request: Any, call: Call) -> Ask:
    """Who asks, why, and how a repetition is known."""
    return Ask(call.caller.actor, reason_of(request), request_key_of(request, call.caller), call.traceparent)


def name_of(name: str, collection: str, field: str = "name") -> str:
    """A resource's name, checked for shape."""
    if not _NAMES[collection].fullmatch(name):
        raise Invalid(f"The name must look like {collection}/{{id}}.", field=field, value=name[:80])
    return name


def delivery_of(message: planning_pb2.IsotopeDelivery) -> DeliveryDraft:
    """A delivery as asked for; the rules report all that is wrong at once."""
    if not _FACILITY.fullmatch(message.facility):
        raise Invalid("facility must look like facilities/{facility}.", field="isotope_delivery.facility")
    return DeliveryDraft(
        message.facility,
        NUCLIDE_OF_PROTO.get(message.nuclide),
        message.calibration.activity_mbq,
        _instant(message.calibration, "time"),
        _instant(message, "arrival_time"),
        _instant(message, "use_by_time"),
        message.yield_fraction,
    )


def deliveries_wanted(request: planning_pb2.ListIsotopeDeliveriesRequest) -> Filter:
    """Which deliveries to list."""
    if request.facility and not _FACILITY.fullmatch(request.facility):
        raise Invalid("facility must look like facilities/{facility}.", field="facility", value=request.facility[:80])
    if request.nuclide and request.nuclide not in NUCLIDE_OF_PROTO:
        raise Invalid("nuclide must be a nuclide that Doselane knows.", field="nuclide")
    nuclide = NUCLIDE_OF_PROTO[request.nuclide].value if request.nuclide else ""
    from_at = instant(request.from_time, "from_time") if request.HasField("from_time") else None
    return Filter(request.facility, nuclide, from_at)


def wanted_of(request: planning_pb2.ProposePlanRequest, now: datetime) -> Wanted:
    """What to plan; all that is wrong is reported at once."""
    wrong = []
    first = _monday(request.horizon_start_date) if request.HasField("horizon_start_date") else None
    if request.HasField("horizon_start_date") and first is None:
        wrong.append(("horizon_start_date", "must be a Monday"))
    if not 0 <= request.weeks <= WEEKS_MAX:
        wrong.append(("weeks", f"must be 1 to {WEEKS_MAX}"))
    elif first is not None and week_of(now) - first >= (request.weeks or WEEKS_DEFAULT) * WEEK:
        wrong.append(("horizon_start_date", "must be a Monday whose weeks are not all over"))
    if first is not None and first > week_of(now) + WEEKS_AHEAD_MAX * WEEK:
        wrong.append(("horizon_start_date", f"must be a Monday at most {WEEKS_AHEAD_MAX} weeks ahead"))
    if not 0 <= request.solve_seconds_max <= SOLVE_SECONDS_MAX:
        wrong.append(("solve_seconds_max", f"must be 1 to {SOLVE_SECONDS_MAX}"))
    if request.facility and not _FACILITY.fullmatch(request.facility):
        wrong.append(("facility", "must look like facilities/{facility}"))
    if wrong:
        raise InvalidFields(wrong)
    seconds = request.solve_seconds_max or SOLVE_SECONDS_DEFAULT
    return Wanted(first, request.weeks or WEEKS_DEFAULT, request.facility, seconds)


def states_of(states: Sequence[int]) -> tuple[str, ...]:
    """The states to list."""
    known = {number: name for name, number in planning_pb2.Proposal.State.items() if number}
    for number in states:
        if number not in known:
            raise Invalid("states must be states that a proposal can have.", field="states", value=number)
    return tuple(State(known[number]).value for number in states)


def drafts_of(messages: Sequence[planning_pb2.ProposedRun]) -> list[RunDraft]:
    """A planner's runs, each with an id; all that is wrong with their shape is reported at once."""
    if len(messages) > RUNS_MAX:
        raise Invalid(f"runs must be at most {RUNS_MAX}.", field="runs")
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
    for field, shape in (("product", _PRODUCT), ("line", _LINE)):
        if not shape.fullmatch(getattr(run, field)):
            wrong.append((field, "must name a resource"))
    if run.id and not _RUN_ID.fullmatch(run.id):
        wrong.append(("id", "must be 1 to 63 letters, digits and ._-"))
    if not _NAMES["isotopeDeliveries"].fullmatch(run.isotope_delivery):
        wrong.append(("isotope_delivery", "must look like isotopeDeliveries/{isotope_delivery}"))
    start_at = _instant(run, "start_time")
    if start_at is None:
        wrong.append(("start_time", WANTED))
    pledged: type_pb2.Capacity = run.pledged
    if not (1 <= pledged.reference_activity_kbq <= _KBQ_MAX and pledged.vials >= 1):
        wrong.append(("pledged", f"must be 1 to {_KBQ_MAX} kBq and at least one vial"))
    return wrong


def _monday(message: Date) -> date | None:
    try:
        day = date_of(message)
    except ValueError:
        return None
    return day if is_monday(day) else None


def _instant(message: Any, field: str) -> datetime | None:
    if not message.HasField(field):
        return None
    try:
        return instant(getattr(message, field), field)
    except Invalid:
        return None
