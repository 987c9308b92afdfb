"""What threatens a dose, by rule: each cause with what it is about, so that doses of one cause share one incident."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from services.network import Receiving
from services.tower.domain import clocks
from services.tower.domain.known import (
    WITHDRAWN,
    BatchPhase,
    CarriageStanding,
    DoseFacts,
    KnownDenial,
    KnownItem,
    LostPlace,
    RunStanding,
    SlotStanding,
)

# A run whose end nobody recorded within this time is late: yields are measured and entered after synthesis.
LATE_AFTER = timedelta(hours=1)
# The share of the time, in per cent, from which on a missing item of quality control is told of.
CLOSING_PERCENT = 20


class CauseKind(IntEnum):
    """What happened; the numbers are those of doselane.tower.v1.Incident.Kind."""

    RUN_FAILED = 1
    RUN_CANCELLED = 2
    RUN_SHORT = 3
    RUN_LATE = 4
    ISOTOPE_LATE = 5
    BATCH_REJECTED = 6
    QC_OUT_OF_SPECIFICATION = 7
    QC_DEADLINE = 8
    PROMISE_CONFLICT = 9
    SHIPMENT_DENIED = 10
    SHIPMENT_DELAYED = 11
    MILESTONE_OVERDUE = 12
    SHIPMENT_EXCEPTION = 13
    COURIER_DECLINED = 14
    EXCURSION = 15
    ACTIVITY_LOW = 16
    DOSE_LOST = 17
    NOT_IN_TIME = 18


# What a person can judge: once they closed its incident it counts no more, until something new of it comes.
JUDGED_BY_PERSONS = frozenset(
    {
        CauseKind.SHIPMENT_DENIED,
        CauseKind.SHIPMENT_DELAYED,
        CauseKind.MILESTONE_OVERDUE,
        CauseKind.SHIPMENT_EXCEPTION,
        CauseKind.COURIER_DECLINED,
        CauseKind.EXCURSION,
    }
)


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that threatens a dose. Without `endangers` it is told, and puts nothing at risk.

    `gone`: there is no dose any more, so only another run helps. `lost`: nothing helps. `mark` tells what a person has
    judged from what is new since.
    """

    kind: CauseKind
    subject: str
    explanation: str
    endangers: bool = True
    gone: bool = False
    lost: bool = False
    until_at: datetime | None = None
    mark: str = ""

    @property
    def key(self) -> str:
        """One incident has one key."""
        return f"{self.kind.name} {self.subject}"

    @property
    def mark_or_words(self) -> str:
        """What of it a person judges who closes its incident: without a mark of its own, all that is said of it."""
        return self.mark or self.explanation


def causes_of(facts: DoseFacts, now: datetime) -> tuple[Cause, ...]:
    """All that threatens a dose at an instant, each cause once. What was not promised, or was given back, has none."""
    if facts.slot.state not in (SlotStanding.CONFIRMED, SlotStanding.FULFILLED, SlotStanding.LOST):
        return ()
    found = (cause for rule in _RULES for cause in rule(facts, now))
    return tuple({cause.key: cause for cause in found}.values())


def _of_run(facts: DoseFacts, now: datetime) -> Iterator[Cause]:
    run = facts.run
    if run is None or facts.delivered:
        return
    if run.state == RunStanding.FAILED:
        yield Cause(CauseKind.RUN_FAILED, run.name, "The manufacture of its run failed.", gone=True)
    elif run.state == RunStanding.CANCELLED:
        yield Cause(CauseKind.RUN_CANCELLED, run.name, "Its run was cancelled.", gone=True)
    elif run.state != RunStanding.PRODUCED and run.ends_at is not None and now >= run.ends_at + LATE_AFTER:
        missed = _misses_departure(facts, now)
        words = "The synthesis of its run should have ended, and no yield is recorded."
        yield Cause(CauseKind.RUN_LATE, run.name, words, endangers=missed)
    elif run.made_at is not None and not facts.in_hand and _misses_departure(facts, run.made_at):
        words = "The synthesis of its run ended too late for its departure."
        yield Cause(CauseKind.RUN_LATE, run.name, words)


def _misses_departure(facts: DoseFacts, made_at: datetime) -> bool:
    """Whether what is made at an instant is ready after the promised departure only."""
    ready_at = ready_for_departure_at(facts, made_at)
    departure_at = facts.slot.departure_at
    return ready_at is not None and departure_at is not None and ready_at > departure_at


def ready_for_departure_at(facts: DoseFacts, made_at: datetime) -> datetime | None:
    """When a dose that is made at an instant can leave at the earliest; None if its product or lane is not known."""
    if facts.product is None or facts.lane is None:
        return None
    return made_at + facts.product.qc_lasting + facts.lane.dispatch


def _of_supplies(facts: DoseFacts, now: datetime) -> Iterator[Cause]:
    if facts.run is None or facts.run.state == RunStanding.PRODUCED or facts.run.state in WITHDRAWN:
        return
    for supply in facts.supplies:
        comes = "will not come" if supply.cancelled else "comes too late, or with too little activity"
        yield Cause(CauseKind.ISOTOPE_LATE, supply.name, f"The isotope for its run {comes}.")


def _of_batch(facts: DoseFacts, now: datetime) -> Iterator[Cause]:
    batch = facts.batch
    if batch is None:
        return
    if batch.state == BatchPhase.REJECTED:
        yield Cause(CauseKind.BATCH_REJECTED, batch.name, "Its batch was rejected.", gone=True)
    elif batch.failed_tests and batch.state in (BatchPhase.IN_QC, BatchPhase.READY_TO_SHIP):
        tests = ", ".join(batch.failed_tests)
        words = f"A result of its batch is outside the specification: {tests}."
        yield Cause(CauseKind.QC_OUT_OF_SPECIFICATION, batch.name, words)


def _of_items(facts: DoseFacts, now: datetime) -> Iterator[Cause]:
    """What its batch still needs, by the dose's own last instants: its departure, its administration."""
    batch = facts.batch
    if batch is None or batch.state not in (BatchPhase.IN_QC, BatchPhase.READY_TO_SHIP):
        return
    due = [(at, each) for each in missing_items(facts) if (at := item_due_at(facts, each)) is not None]
    shown = [(at, each) for at, each in due if at <= now or each.left_percent <= CLOSING_PERCENT]
    if shown:
        at, item = min(shown, key=lambda pair: (pair[0], pair[1].item))
        missed = at <= now
        words = "was not there in time" if missed else "is still missing, and its time comes to an end"
        explanation = f"{_words_of(item)} {words}."
        yield Cause(CauseKind.QC_DEADLINE, batch.name, explanation, endangers=missed, until_at=at)


def missing_items(facts: DoseFacts) -> Iterator[KnownItem]:
    """What of the critical path concerns this dose and is not there yet."""
    batch = facts.batch
    if batch is None:
        return
    for each in facts.items:
        passed = each.gate == "FINAL" or (each.gate == "DISPATCH" and batch.state != BatchPhase.IN_QC)
        own = each.dose in ("", facts.slot.dose) or each.item.partition(":")[0] not in ("vial", "document")
        filled = each.item == "vial" and facts.vial is not None
        if own and not passed and not filled and each.item not in batch.settled_items:
            yield each


def item_due_at(facts: DoseFacts, item: KnownItem) -> datetime | None:
    """The last instant at which an item may come for this dose; None: nothing waits for it any more."""
    if item.gate == "DISPATCH":
        return None if facts.in_hand or facts.delivered else facts.slot.departure_at or item.latest_at
    return facts.slot.administration_at or item.latest_at


_NAMED = {
    "test": "The result of",
    "document": "The document",
    "deviation": "The closing of deviation",
    "signature": "The signature",
    "vial": "The filled vial",
    "specification": "A signed specification",
}


def _words_of(item: KnownItem) -> str:
    kind, _, what = item.item.partition(":")
    return " ".join(filter(None, (_NAMED.get(kind, kind), what)))


def _of_promise(facts: DoseFacts, now: datetime) -> Iterator[Cause]:
    slot, run, batch = facts.slot, facts.run, facts.batch
    if not slot.risk or slot.state != SlotStanding.CONFIRMED:
        return
    if slot.risk == LostPlace.RUN:
        told = (run is not None and run.state in WITHDRAWN) or (batch and batch.state == BatchPhase.REJECTED)
        if not told:
            yield Cause(CauseKind.RUN_SHORT, slot.run, "Its run has no place for it any more.", gone=True)
        return
    subject, lost = {
        LostPlace.QUALITY_CONTROL: (slot.run, "place in quality control"),
        LostPlace.DEPARTURE: (slot.lane, "place on the departure, or the lane itself"),
        LostPlace.RECEIVING_WINDOW: (slot.site, "place in the centre's receiving window"),
        LostPlace.LICENCE: (slot.site, "centre's licence"),
        LostPlace.PRODUCT: (slot.product, "activity or shelf life that the product allows"),
    }.get(slot.risk, (slot.run, "ground"))  # type: ignore[call-overload]
    yield Cause(CauseKind.PROMISE_CONFLICT, subject, f"The promise has lost its {lost}.", mark=str(slot.risk))


def _of_shipment(facts: DoseFacts, now: datetime) -> Iterator[Cause]:
    shipment = facts.shipment
    if facts.slot.state == SlotStanding.LOST or (shipment and shipment.state == CarriageStanding.LOST):
        what = (shipment.loss_cause if shipment else "") or facts.slot.lost_cause
        words = f"It was lost: {what}." if what else "It was lost."
        yield Cause(CauseKind.DOSE_LOST, facts.carrier_subject, words, lost=True)
        return
    if shipment is None:
        return
    if shipment.excursions:
        words = "A reading on the way was outside the limits of the product."
        yield Cause(CauseKind.EXCURSION, shipment.name, words, mark=str(shipment.excursions))
    if facts.delivered:
        return
    if shipment.state in (CarriageStanding.EXCEPTION, CarriageStanding.RETURNED):
        back = shipment.state == CarriageStanding.RETURNED
        words = "It is on its way back." if back else "Something went wrong on its way."
        mark = str(shipment.moved_at)
        yield Cause(CauseKind.SHIPMENT_EXCEPTION, shipment.name, words, mark=mark)
    if shipment.overdue:
        kinds = ", ".join(shipment.overdue)
        words = f"Not told of in its time: {kinds}."
        endangers = "DELIVERED" in shipment.overdue
        yield Cause(CauseKind.MILESTONE_OVERDUE, shipment.name, words, endangers=endangers, mark=kinds)
    if shipment.declined and not facts.in_hand:
        yield Cause(CauseKind.COURIER_DECLINED, shipment.name, "Its courier does not carry it.")


def _of_arrival(facts: DoseFacts, now: datetime) -> Iterator[Cause]:
    """By the prediction it comes too late to be administered as promised, or when its centre takes nothing in."""
    shipment, slot = facts.shipment, facts.slot
    if shipment is None or facts.delivered or shipment.p90_at is None or shipment.state == CarriageStanding.LOST:
        return
    last_at, p50_at, p90_at = clocks.last_use_at(facts), shipment.p50_at, shipment.p90_at
    words, endangers = "", True
    if last_at is not None and p90_at > last_at:
        words = "It may arrive when it can be administered no more."
    elif slot.administration_at is not None and p90_at > slot.administration_at:
        words = "It may arrive after its administration was to be."
        endangers = p50_at is None or p50_at > slot.administration_at
    elif slot.delivery_at is not None and p90_at > slot.delivery_at and not _receives(facts, p90_at):
        words = "It may arrive when its centre takes nothing in."
    if words:
        yield Cause(CauseKind.SHIPMENT_DELAYED, shipment.name, words, endangers=endangers)


def _receives(facts: DoseFacts, at: datetime) -> bool:
    if facts.site is None:
        return True  # nobody said when it does not
    return Receiving(facts.site, at - timedelta(days=1), at + timedelta(days=1)).receives(at)


def _of_denials(facts: DoseFacts, now: datetime) -> Iterator[Cause]:
    if facts.delivered:
        return
    for denial in facts.denials:
        if not concerns(facts, denial):
            continue
        subject = denial.shipment or denial.lane
        if not denial.delayed:
            words = "It was refused on its way."
            yield Cause(CauseKind.SHIPMENT_DENIED, subject, words, mark=denial.name)
        elif denial.delay_minutes is not None:
            slot = facts.slot
            arrives_at = slot.delivery_at and slot.delivery_at + timedelta(minutes=denial.delay_minutes)
            late = bool(arrives_at and slot.administration_at and arrives_at > slot.administration_at)
            words = f"It waits for {denial.delay_minutes} minutes longer than planned."
            yield Cause(CauseKind.SHIPMENT_DELAYED, subject, words, endangers=late, mark=denial.name)


def concerns(facts: DoseFacts, denial: KnownDenial) -> bool:
    """Whether a denial is about this dose as it travels now, and nothing has moved it since."""
    shipment, slot = facts.shipment, facts.slot
    if denial.shipment:
        if shipment is None or shipment.name != denial.shipment:
            return False
        moved = shipment.moved_at is not None and denial.denied_at is not None and shipment.moved_at > denial.denied_at
        replanned = denial.departure_at is not None and shipment.departure_at != denial.departure_at
        return not replanned and (not moved or shipment.state == CarriageStanding.EXCEPTION)
    departure = (denial.lane, denial.departure_at)
    return denial.departure_at is not None and departure == (slot.lane, slot.departure_at) and not facts.in_hand


def _of_activity(facts: DoseFacts, now: datetime) -> Iterator[Cause]:
    vial, product = facts.vial, facts.product
    if vial is None or vial.administration_mbq is None or product is None or product.activity_mbq_min is None:
        return
    if vial.administration_mbq < product.activity_mbq_min:
        words = (
            f"It will have {vial.administration_mbq:g} MBq at administration; {product.activity_mbq_min:g} are needed."
        )
        yield Cause(CauseKind.ACTIVITY_LOW, vial.batch, words)


def _of_time(facts: DoseFacts, now: datetime) -> Iterator[Cause]:
    last_at = clocks.last_use_at(facts)
    if facts.slot.state == SlotStanding.CONFIRMED and not facts.delivered and last_at is not None and now >= last_at:
        words = "It was not delivered by the last instant at which it could be administered."
        yield Cause(CauseKind.NOT_IN_TIME, facts.carrier_subject, words, lost=True)


_RULES: Sequence[Callable[[DoseFacts, datetime], Iterator[Cause]]] = (
    _of_run,
    _of_supplies,
    _of_batch,
    _of_items,
    _of_promise,
    _of_denials,
    _of_shipment,
    _of_arrival,
    _of_activity,
    _of_time,
)
