"""Where a shipment stands: a pure function of the set of its milestones, whatever their order and number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from services.distribution.domain.milestone import (
    IN_HAND,
    ON_THE_WAY,
    STAGE,
    STATE_OF_KIND,
    Milestone,
    MilestoneKind,
    ShipmentState,
)
from services.distribution.domain.plausibility import NOTHING_KNOWN, Doubt, Production, doubts_of

_UNDO_A_DELIVERY = frozenset({MilestoneKind.EXCEPTION, MilestoneKind.RETURNED})
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ShipmentStanding:
    """Where a shipment stands, by which milestone, when the courier expects to deliver, and what is in doubt.

    `reached` are the milestones that count and bring it on its way, in their order; `withdrawn` the ids that do not
    count because their courier took them back; `counting` those of which nothing says that they cannot be true.
    """

    state: ShipmentState = ShipmentState.UNKNOWN
    decided_by: Milestone | None = None
    expected_delivery_at: datetime | None = None
    doubts: tuple[Doubt, ...] = ()
    reached: tuple[Milestone, ...] = ()
    withdrawn: frozenset[str] = frozenset()
    counting: frozenset[str] = frozenset()
    announced: bool = False  # the courier has said that it knows of it


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


def standing(
    milestones: Iterable[Milestone],
    production: Production = NOTHING_KNOWN,
    settled: Mapping[str, bool] = MappingProxyType({}),
) -> ShipmentStanding:
    """Where a shipment with these milestones stands, whose doses come from this production.

    What cannot be true moves nothing. `settled`: milestones of which an operator said whether they count.
    """
    known = list(dict.fromkeys(milestones))  # one told twice is one
    withdrawn = _withdrawn(known)
    valid = sorted((each for each in known if each.event_id not in withdrawn), key=order_key)
    counting, doubts = doubts_of(valid, production, settled)
    course = sorted(_one_content_an_id(counting), key=order_key)
    decided_by = _decider(course)
    return ShipmentStanding(
        state=STATE_OF_KIND[decided_by.kind] if decided_by else ShipmentState.UNKNOWN,
        decided_by=decided_by,
        expected_delivery_at=_expected_delivery(counting),
        doubts=_open(doubts, decided_by),
        reached=tuple(each for each in course if each.kind in ON_THE_WAY),
        withdrawn=withdrawn,
        counting=frozenset(each.event_id for each in counting),
        announced=any(each.moves for each in course),
    )


def _open(doubts: list[tuple[Milestone, Doubt]], decided_by: Milestone | None) -> tuple[Doubt, ...]:
    """Those that nothing has settled: a later fact that is as far on the way, or further, makes a doubt idle."""
    reached = STAGE[decided_by.kind] if decided_by else 0
    still = [pair for pair in doubts if not 0 < STAGE[pair[0].kind] <= reached]
    return tuple(doubt for _, doubt in sorted(still, key=lambda pair: order_key(pair[0])))


def _withdrawn(known: list[Milestone]) -> frozenset[str]:
    """What was withdrawn. A withdrawal stands for good, even if what carried it is withdrawn in turn: so there is no
    circle, and who withdrew wrongly reports the fact again under a new id."""
    named = {event_id for milestone in known for event_id in milestone.retracts}
    return frozenset(named | {milestone.event_id for milestone in known if milestone.retracted})


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
            in_hand = in_hand or milestone.kind in IN_HAND
    return decided_by


def _takes_effect(decided_by: Milestone | None, in_hand: bool, kind: MilestoneKind) -> bool:
    before = decided_by.kind if decided_by else MilestoneKind.UNKNOWN
    if before is MilestoneKind.RETURNED:  # What is delivered after that is delivered back to the sender.
        return False
    if before is MilestoneKind.DELIVERED:  # Late scans do not undo a delivery; the courier says so if it was wrong.
        return kind in _UNDO_A_DELIVERY
    return kind is not MilestoneKind.BOOKED or not in_hand  # An announcement says nothing of a dose that was collected.


def _expected_delivery(valid: list[Milestone]) -> datetime | None:
    """What the courier said last; an undated word counts only if there is no dated one."""
    said = [milestone for milestone in valid if milestone.expected_delivery_at is not None]
    latest = max(said, key=lambda milestone: (milestone.time is not None, order_key(milestone)), default=None)
    return latest.expected_delivery_at if latest else None
