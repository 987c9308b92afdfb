"""Capacity's values as protobuf, its changes as events, and the ledger's cuts as it publishes them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from doselane.capacity.v1 import capacity_pb2, events_pb2
from doselane.slotting.v1 import events_pb2 as slotting_events
from doselane.type.v1 import type_pb2

from services.capacity.domain import (
    NOT_BEGUN,
    Allotment,
    AskedRun,
    BatchMeasurement,
    Changed,
    KnownProduct,
    LedgerCut,
    Manufacture,
    Provenance,
    Run,
    RunHappened,
    State,
    View,
    view_of,
    yielded,
)
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.nuclides import NUCLIDE_OF_PROTO, PROTO_OF_NUCLIDE
from services.kernel.timestamps import instant, optional_instant, stamp
from services.network.reading import RUN_EVENTS, capacity_message, capacity_of, product_of, resource_in

SOURCE = "doselane/capacity"
TOPIC = "doselane.capacity"
LEDGER_TOPIC = "doselane.slotting"
LEDGER_CUT = "doselane.slotting.run.cut.v1"

_MESSAGE_OF: Mapping[RunHappened, Any] = {
    RunHappened.CREATED: events_pb2.RunCreated,
    RunHappened.OPENED: events_pb2.RunOpened,
    RunHappened.CUT: events_pb2.RunCut,
    RunHappened.CANCELLED: events_pb2.RunCancelled,
    RunHappened.PRODUCTION_STARTED: events_pb2.RunProductionStarted,
    RunHappened.PRODUCED: events_pb2.RunProduced,
    RunHappened.FAILED: events_pb2.RunFailed,
}
# Nothing is claimed of these any more, and what is left of the pool would tell what was measured.
_MADE = frozenset({State.IN_PRODUCTION, State.PRODUCED, State.FAILED})
_WITH_CONFLICTS = frozenset({RunHappened.CUT, RunHappened.CANCELLED, RunHappened.PRODUCED, RunHappened.FAILED})


def event_of(changed: Changed, traceparent: str) -> Event:
    """The event that publishes a change: the whole run as it is after it."""
    run = changed.run
    facts: dict[str, Any] = {"run": full_message(run, run.changed.at), "version": run.version}
    if changed.what in _WITH_CONFLICTS:
        facts["conflicting_slots"] = changed.conflicting_slots
    return Event(
        id=uuid7(),
        type=f"{TOPIC}.{changed.what}.v1",
        source=SOURCE,
        subject=run.name,
        sequence=run.version,
        time=run.changed.at,
        data=_MESSAGE_OF[changed.what](**facts).SerializeToString(),
        actor=run.changed.actor,
        reason=run.changed.reason,
        traceparent=traceparent,
    )


def run_in(event: Event) -> Run | None:
    """The run in one of our own events; None if it tells of none. Whether and how it was opened is not in it (see
    Store.with_audience)."""
    if event.type not in RUN_EVENTS:
        return None
    happened = RunHappened(event.type.removeprefix(f"{TOPIC}.").removesuffix(".v1"))
    message = _MESSAGE_OF[happened].FromString(event.data)
    return _run_of(message.run, message.version)


def ledger_cut_in(event: Event) -> tuple[str, LedgerCut]:
    """The run that slotting's ledger cut, and what is left of it."""
    message = slotting_events.RunCapacityCut.FromString(event.data)
    return message.run, LedgerCut(
        pledged=capacity_of(message.pledged),
        allotments={size.partner: capacity_of(size.capacity) for size in message.allotments},
        cancelled=message.cancelled,
        failed=message.failed,
        at=event.time,
        conflicting_slots=tuple(message.conflicting_slots),
        version=message.version,
    )


def product_in(event: Event) -> KnownProduct | None:
    """What an event of master data says of a product; None if the event is of another kind of resource."""
    told = resource_in(event)
    if told is None or told.kind != "product":
        return None
    partners = () if told.deleted else tuple(told.message.partners)
    stated = told.message.HasField("end_of_synthesis_tolerance_minutes")
    tolerance = timedelta(minutes=told.message.end_of_synthesis_tolerance_minutes) if stated else None
    product = product_of(told.message)
    return KnownProduct(
        told.name,
        told.version,
        partners,
        product.shelf_life,
        tolerance,
        nuclide=product.nuclide,
        vial_kbq_max=product.vial_kbq_max,
        loss_fraction=product.loss_fraction,
    )


def asked_of(message: capacity_pb2.Run) -> AskedRun:
    """The run that a message asks for, whose shape was judged."""
    return AskedRun(
        product=message.product,
        nuclide=NUCLIDE_OF_PROTO[message.nuclide],
        line=message.line,
        end_of_synthesis_at=instant(message.end_of_synthesis_time, "run.end_of_synthesis_time"),
        claim_cutoff_at=instant(message.claim_cutoff_time, "run.claim_cutoff_time"),
        use_by_at=instant(message.use_by_time, "run.use_by_time"),
        pledged=capacity_of(message.pledged),
        allotments=tuple(map(_allotment_of, message.allotments)),
        vial_kbq_max=message.vial_reference_activity_max_kbq,
        loss_fraction=message.loss_fraction,
        production_order=message.production_order,
    )


def _allotment_of(message: capacity_pb2.Allotment) -> Allotment:
    released_at = instant(message.release_back_time, "release_back_time")
    return Allotment(message.partner, capacity_of(message.capacity), released_at)


def full_message(run: Run, now: datetime) -> capacity_pb2.Run:
    """A run as operators and other services see it."""
    return message_of(View(run, run.state_at(now), run.allotments, whole=True))


def message_for(run: Run, partner: str | None, now: datetime) -> capacity_pb2.Run | None:
    """A run as the caller may see it, None if it may not."""
    view = view_of(run, partner, now)
    return message_of(view) if view else None


def message_of(view: View) -> capacity_pb2.Run:
    """A view of a run as protobuf."""
    run = view.run
    message = capacity_pb2.Run(
        name=run.name,
        product=run.product,
        nuclide=PROTO_OF_NUCLIDE[run.nuclide],
        state=capacity_pb2.Run.State.Value(view.state.value),
        end_of_synthesis_time=stamp(run.end_of_synthesis_at),
        claim_cutoff_time=stamp(run.claim_cutoff_at),
        use_by_time=stamp(run.use_by_at),
        allotments=[
            capacity_pb2.Allotment(
                partner=allotment.partner,
                capacity=capacity_message(allotment.size),
                release_back_time=stamp(allotment.release_back_at),
            )
            for allotment in view.allotments
        ],
        pool=capacity_message(run.pool) if view.whole or run.stored_state not in _MADE else None,
        vial_reference_activity_max_kbq=run.vial_kbq_max,
        loss_fraction=run.loss_fraction,
        create_time=stamp(run.created_at),
        production=production_message(run, whole=view.whole),
    )
    if view.whole:
        changed, message.production_order = run.changed, run.production_order
        message.line, message.etag = run.line, run.etag
        message.pledged.CopyFrom(capacity_message(run.pledged))
        message.update_time.CopyFrom(stamp(changed.at))
        message.last_change.CopyFrom(
            type_pb2.Change(actor=changed.actor, time=stamp(changed.at), reason=changed.reason)
        )
    return message


def production_message(run: Run, *, whole: bool) -> capacity_pb2.Production | None:
    """What is known of a run's manufacture; None if nothing is. What was measured, or failed, is for operators."""
    made = run.manufacture
    if made == NOT_BEGUN:
        return None
    instants = {
        "start_time": made.started_at,
        "end_of_synthesis_time": made.ended_at,
        "fail_time": made.failed_at,
    }
    message = capacity_pb2.Production(**{field: stamp(at) for field, at in instants.items() if at is not None})
    if whole:
        message.failure_cause = made.failure_cause
        if made.measured is not None:
            message.measured.CopyFrom(_measured_message(run, made.measured))
    return message


def _measured_message(run: Run, measured: BatchMeasurement) -> capacity_pb2.MeasuredYield:
    message = capacity_pb2.MeasuredYield(
        activity_kbq=measured.kbq,
        measure_time=stamp(measured.measured_at),
        volume_ul=measured.volume_ul,
        vials=measured.vials,
        reference_activity_kbq=yielded(run, measured).kbq,
    )
    if measured.volume_ul is not None:
        message.activity_concentration_mbq_per_ml = measured.kbq / measured.volume_ul
    return message


def manufacture_of(message: capacity_pb2.Production) -> Manufacture:
    """What is known of manufacture, read from an event; what nobody said stays None."""
    return Manufacture(
        started_at=optional_instant(message, "start_time"),
        ended_at=optional_instant(message, "end_of_synthesis_time"),
        measured=measured_of(message.measured) if message.HasField("measured") else None,
        failed_at=optional_instant(message, "fail_time"),
        failure_cause=message.failure_cause,
    )


def measured_of(message: capacity_pb2.MeasuredYield) -> BatchMeasurement:
    """What a batch measured, in kBq at `measured_at`; volume in microlitres and vials are None where nobody said."""
    return BatchMeasurement(
        kbq=message.activity_kbq,
        measured_at=instant(message.measure_time, "measured.measure_time"),
        volume_ul=message.volume_ul if message.HasField("volume_ul") else None,
        vials=message.vials if message.HasField("vials") else None,
    )


def _run_of(message: capacity_pb2.Run, version: int) -> Run:
    """A run from the full message that `full_message` made."""
    changed_at = instant(message.update_time, "update_time")
    return Run(
        name=message.name,
        product=message.product,
        nuclide=NUCLIDE_OF_PROTO[message.nuclide],
        line=message.line,
        end_of_synthesis_at=instant(message.end_of_synthesis_time, "end_of_synthesis_time"),
        claim_cutoff_at=instant(message.claim_cutoff_time, "claim_cutoff_time"),
        use_by_at=instant(message.use_by_time, "use_by_time"),
        pledged=capacity_of(message.pledged),
        allotments=tuple(map(_allotment_of, message.allotments)),
        vial_kbq_max=message.vial_reference_activity_max_kbq,
        loss_fraction=message.loss_fraction,
        stored_state=_stored_state(capacity_pb2.Run.State.Name(message.state)),
        version=version,
        created_at=instant(message.create_time, "create_time"),
        changed=Provenance(message.last_change.actor, changed_at, message.last_change.reason),
        manufacture=manufacture_of(message.production),
        production_order=message.production_order,
    )


def _stored_state(name: str) -> State:
    """CLOSED is what the clock makes of OPEN; a change after the cut-off publishes the run as closed."""
    state = State(name)
    return State.OPEN if state is State.CLOSED else state
