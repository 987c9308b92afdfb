"""Orders of a feed, driven again at another gateway: what would be asked there, and what is answered.

A feed tells what was claimed and given back. Runs have other names elsewhere, and the days are others: each claim is
moved on by whole weeks, so that weekday and hour stay, and takes the offer whose administration is nearest.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from google.type.interval_pb2 import Interval

from doselane.client.activities import demand_of
from doselane.client.errors import CallRefused
from doselane.client.gateway import Gateway
from doselane.slotting.v1.events_pb2 import SlotConfirmed, SlotReleased
from doselane.slotting.v1.slotting_pb2 import (
    ClaimSlotRequest,
    NothingFound,
    Offer,
    ReleaseSlotRequest,
    SearchOffersRequest,
    Slot,
)
from doselane.slotting.v1.slotting_pb2_grpc import SlottingServiceStub
from doselane.streams.v1.feed_pb2 import FeedEvent

A_WEEK = timedelta(weeks=1)
SEARCHED = timedelta(hours=12)  # before and after the administration that was promised


class Action(StrEnum):
    """What is asked."""

    CLAIM = "CLAIM"
    RELEASE = "RELEASE"


class Answer(StrEnum):
    """What came of it."""

    TAKEN = "TAKEN"
    RELEASED = "RELEASED"
    NOT_OFFERED = "NOT_OFFERED"
    REFUSED = "REFUSED"
    NOTHING_TO_RELEASE = "NOTHING_TO_RELEASE"


@dataclass(frozen=True, slots=True)
class Step:
    """One order or return of a feed, as it was there. `event_id`: the event's, under which it is asked again, so that a
    rehearsal that is repeated acts once."""

    event_id: str
    action: Action
    asked_at: datetime
    slot: str
    order_reference: str
    product: str
    site: str
    activity_mbq: float
    administered_at: datetime


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A step, and what came of it. `minutes_later`: the administration than the one that was wanted."""

    step: Step
    answer: Answer
    slot: str = ""
    minutes_later: int | None = None
    reason: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """As JSON; what is not known is left out."""
        step = self.step
        said = {
            "action": str(step.action),
            "orderReference": step.order_reference,
            "product": step.product,
            "site": step.site,
            "activityMbq": step.activity_mbq,
            "wasSlot": step.slot,
            "wasAdministrationTime": step.administered_at.isoformat().replace("+00:00", "Z"),
            "answer": str(self.answer),
            "slot": self.slot,
            "minutesLater": self.minutes_later,
            "reason": self.reason,
            "facts": dict(self.facts),
        }
        return {name: value for name, value in said.items() if value not in ("", None, {})}


def steps_of(events: Iterable[FeedEvent]) -> Sequence[Step]:
    """What a partner asked, in the order of its feed. What is told twice counts once; a move is not the partner's."""
    found: dict[str, Step] = {}
    claimed = set[str]()
    for event in events:
        for action, kind in ((Action.CLAIM, SlotConfirmed()), (Action.RELEASE, SlotReleased())):
            if event.data.Unpack(kind) and (action is Action.CLAIM or kind.slot.name in claimed):
                claimed.add(kind.slot.name)
                found.setdefault(event.id, _step(event, action, kind.slot))
    return tuple(found.values())


def weeks_on(steps: Sequence[Step], now: datetime) -> timedelta:
    """So many whole weeks that the first administration is no earlier after `now` than it was after its order."""
    if not steps:
        return timedelta(0)
    return -((steps[0].asked_at - now) // A_WEEK) * A_WEEK


def nearest(offers: Iterable[Offer], wanted: datetime) -> Offer | None:
    """The offer whose administration is nearest to an instant, of equal ones the earlier."""
    return min(offers, key=lambda each: (abs(_at(each) - wanted), _at(each)), default=None)


async def rehearse(gateway: Gateway, steps: Sequence[Step], by: timedelta) -> Sequence[Rehearsed]:
    """Asks all, one after the other. Raises CallError for what is no refusal."""
    slotting, slots = SlottingServiceStub(gateway), dict[str, str]()
    return [await _asked(slotting, step, by, slots) for step in steps]


def summary(done: Sequence[Rehearsed], by: timedelta) -> dict[str, Any]:
    """The figures, and each step with its answer; what is not known is left out."""
    later = [each.minutes_later for each in done if each.minutes_later is not None]
    said = {
        "weeksOn": by // A_WEEK,
        "orders": sum(each.step.action is Action.CLAIM for each in done),
        "answers": dict(sorted(Counter(str(each.answer) for each in done).items())),
        "reasons": dict(sorted(Counter(each.reason for each in done if each.reason).items())),
        "atTheSameTime": sum(not minutes for minutes in later),
        "minutesLaterMax": max(later, default=None),
        "minutesLaterMin": min(later, default=None),
        "steps": [each.told() for each in done],
    }
    return {name: value for name, value in said.items() if value is not None}


async def _asked(slotting: Any, step: Step, by: timedelta, slots: dict[str, str]) -> Rehearsed:
    try:
        if step.action is Action.CLAIM:
            return await _claimed(slotting, step, step.administered_at + by, slots)
        if ours := slots.pop(step.slot, ""):
            await slotting.ReleaseSlot(ReleaseSlotRequest(name=ours, request_id=step.event_id, reason="rehearsal"))
            return Rehearsed(step, Answer.RELEASED, ours)
        return Rehearsed(step, Answer.NOTHING_TO_RELEASE)
    except CallRefused as refused:
        return Rehearsed(step, Answer.REFUSED, reason=refused.reason, facts=dict(refused.facts))


async def _claimed(slotting: Any, step: Step, wanted: datetime, slots: dict[str, str]) -> Rehearsed:
    within = Interval(start_time=wanted - SEARCHED, end_time=wanted + SEARCHED)
    search = SearchOffersRequest(
        product=step.product, site=step.site, administration_interval=within, activity_mbq=step.activity_mbq
    )
    answer = await slotting.SearchOffers(search)
    offer = nearest(answer.offers, wanted)
    if offer is None:
        found = answer.nothing_found
        return Rehearsed(step, Answer.NOT_OFFERED, reason=NothingFound.Reason.Name(found.reason))
    demand = demand_of(offer, step.order_reference)
    demand.administration.activity_mbq = step.activity_mbq
    slot: Slot = await slotting.ClaimSlot(ClaimSlotRequest(demand=demand, request_id=step.event_id, reason="rehearsal"))
    slots[step.slot] = slot.name
    return Rehearsed(step, Answer.TAKEN, slot.name, round((_at(offer) - wanted) / timedelta(minutes=1)))


def _step(event: FeedEvent, action: Action, slot: Slot) -> Step:
    return Step(
        event.id,
        action,
        event.time.ToDatetime(UTC),
        slot.name,
        slot.order_reference,
        slot.product,
        slot.site,
        slot.administration.activity_mbq,
        slot.administration.time.ToDatetime(UTC),
    )


def _at(offer: Offer) -> datetime:
    return offer.administration_time.ToDatetime(UTC)
