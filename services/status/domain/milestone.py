"""Where a shipment stands: a pure function of the set of its milestones, whatever their order and number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from uuid import UUID


class Kind(IntEnum):
    """What a milestone says happened; the numbers are those of doselane.courier.v1.Milestone.Kind."""

    UNKNOWN = 0
    BOOKED = 1
    COLLECTED = 2
    DEPARTED = 3
    ARRIVED = 4
    CUSTOMS_HELD = 5
    CUSTOMS_CLEARED = 6
    OUT_FOR_DELIVERY = 7
    DELIVERED = 8
    DELAYED = 9
    EXCEPTION = 10
    RETURNED = 11
    CANCELLED = 12
    OBSERVED = 13


class ShipmentState(IntEnum):
    """Where a shipment stands; the numbers are those of doselane.status.v1.Shipment.State."""

    UNKNOWN = 0
    BOOKED = 1
    COLLECTED = 2
    IN_TRANSIT = 3
    OUT_FOR_DELIVERY = 4
    DELIVERED = 5
    EXCEPTION = 6
    RETURNED = 7
    LOST = 8


# A kind that is not here never moves the state: UNKNOWN is not guessed, OBSERVED is a reading, DELAYED moves only the
# expectation. A stop by customs and a withdrawn announcement both mean that the dose waits while it decays.
STATE_OF_KIND: Mapping[Kind, ShipmentState] = {
    Kind.BOOKED: ShipmentState.BOOKED,
    Kind.CANCELLED: ShipmentState.EXCEPTION,
    Kind.COLLECTED: ShipmentState.COLLECTED,
    Kind.DEPARTED: ShipmentState.IN_TRANSIT,
    Kind.ARRIVED: ShipmentState.IN_TRANSIT,
    Kind.CUSTOMS_HELD: ShipmentState.EXCEPTION,
    Kind.CUSTOMS_CLEARED: ShipmentState.IN_TRANSIT,
    Kind.OUT_FOR_DELIVERY: ShipmentState.OUT_FOR_DELIVERY,
    Kind.EXCEPTION: ShipmentState.EXCEPTION,
    Kind.DELIVERED: ShipmentState.DELIVERED,
    Kind.RETURNED: ShipmentState.RETURNED,
}

# The stages of a way in their order: the place in the table above, from 1. What does not move the state is at stage 0.
STAGE: Mapping[Kind, int] = dict.fromkeys(Kind, 0) | {kind: 1 + place for place, kind in enumerate(STATE_OF_KIND)}

# None of these says that the courier has the dose in hand.
_NOT_IN_HAND = frozenset({Kind.BOOKED, Kind.CANCELLED, Kind.EXCEPTION})
_UNDO_A_DELIVERY = frozenset({Kind.EXCEPTION, Kind.RETURNED})
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Milestone:
    """What the standing of a shipment needs to know of a courier's milestone."""

    event_id: str  # the courier's own; one id is one fact
    kind: Kind
    time: datetime | None = None  # None: the courier gave a local time in a zone that cannot be known
    local_time: str = ""
    retracted: bool = False
    retracts: tuple[str, ...] = ()
    expected_delivery_at: datetime | None = None
    message: bytes = b""  # the milestone as published; tells two contents of one id apart

    @property
    def moves(self) -> bool:
        """Whether its kind can move the state."""
        return self.kind in STATE_OF_KIND

    @property
    def matters(self) -> bool:
        """Whether the standing can depend on it. Readings on the way do not matter, and they are the many."""
        return self.moves or self.retracted or bool(self.retracts) or self.expected_delivery_at is not None


@dataclass(frozen=True, slots=True)
class MilestoneFact:
    """A milestone as it reached us: the event behind it, and whom it could belong to."""

    courier: str
    references: tuple[str, ...]
    milestone: Milestone
    summary: str
    push: str
    event_type: str
    event_id: UUID
    recorded_at: datetime
    actor: str = ""
    reason: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a shipment stands, by which milestone, and when the courier expects to deliver."""

    state: ShipmentState = ShipmentState.UNKNOWN
    decided_by: Milestone | None = None
    expected_delivery_at: datetime | None = None


def order_key(milestone: Milestone) -> tuple[bool, datetime, int, str, str, bytes]:
    """The total order of milestones: dated before undated; then time, stage, and, to leave no tie, what was written."""
    undated = milestone.time is None
    return (
        undated,
        milestone.time or _BEFORE_ALL,
        STAGE[milestone.kind],
        milestone.local_time,
        milestone.event_id,
        milestone.message,
    )


def standing(milestones: Iterable[Milestone]) -> Standing:
    """Where a shipment with these milestones stands."""
    valid = _valid(milestones)
    course = sorted(_one_content_an_id(valid), key=order_key)
    decided_by = _decider(course)
    state = STATE_OF_KIND[decided_by.kind] if decided_by else ShipmentState.UNKNOWN
    return Standing(state, decided_by, _expected_delivery(valid))


def _valid(milestones: Iterable[Milestone]) -> list[Milestone]:
    """Those that were not withdrawn. A withdrawal stands for good, even if what carried it is withdrawn in turn:
    so there is no circle, and who withdrew wrongly reports the fact again under a new id."""
    known = list(milestones)
    withdrawn = {milestone.event_id for milestone in known if milestone.retracted}
    for milestone in known:
        withdrawn.update(milestone.retracts)
    return [milestone for milestone in known if milestone.event_id not in withdrawn]


def _one_content_an_id(milestones: list[Milestone]) -> Iterable[Milestone]:
    """Of several contents under one id (a push judged again with a better code table) the one that says more counts."""
    chosen: dict[str, Milestone] = {}
    for milestone in milestones:
        rival = chosen.get(milestone.event_id)
        if rival is None or _telling(milestone) > _telling(rival):
            chosen[milestone.event_id] = milestone
    return chosen.values()


def _telling(milestone: Milestone) -> tuple[object, ...]:
    return (milestone.moves, milestone.time is not None, order_key(milestone))


def _decider(course: list[Milestone]) -> Milestone | None:
    """The milestone that decides the state: the last in the course that takes effect."""
    decided_by: Milestone | None = None
    in_hand = False
    furthest = max((STAGE[milestone.kind] for milestone in course if milestone.time is not None), default=0)
    for milestone in course:
        # An undated milestone may be older than any dated one, so it can only bring the shipment further.
        ahead = milestone.time is not None or STAGE[milestone.kind] > furthest
        if milestone.moves and ahead and _takes_effect(decided_by, in_hand, milestone.kind):
            decided_by = milestone
            in_hand = in_hand or milestone.kind not in _NOT_IN_HAND
    return decided_by


def _takes_effect(decided_by: Milestone | None, in_hand: bool, kind: Kind) -> bool:
    before = decided_by.kind if decided_by else Kind.UNKNOWN
    if before is Kind.RETURNED:  # What is delivered after that is delivered back to the sender.
        return False
    if before is Kind.DELIVERED:  # Late scans do not undo a delivery; the courier says so if it was wrong.
        return kind in _UNDO_A_DELIVERY
    return kind is not Kind.BOOKED or not in_hand  # An announcement says nothing of a dose that was collected.


def _expected_delivery(valid: list[Milestone]) -> datetime | None:
    """What the courier said last; an undated word counts only if there is no dated one."""
    said = [milestone for milestone in valid if milestone.expected_delivery_at is not None]
    latest = max(said, key=lambda milestone: (milestone.time is not None, order_key(milestone)), default=None)
    return latest.expected_delivery_at if latest else None
