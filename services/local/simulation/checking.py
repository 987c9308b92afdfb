"""What must never be: promises that are lost, doses promised twice, slots of nobody, events that did not arrive."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from doselane.capacity.v1 import capacity_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.streams.v1 import feed_pb2

from services.local.demo.doors import Program
from services.local.simulation.promises import PromiseBook

FEED, PAGE = "feeds/-", 1000
Slot = slotting_pb2.Slot
CONFIRMED_EVENT = "doselane.slotting.slot.confirmed.v1"
# States in which a slot takes of its run; what arrived, or was lost, was made all the same.
COUNTED = (Slot.HELD, Slot.CONFIRMED, Slot.FULFILLED, Slot.LOST)


@dataclass(frozen=True, slots=True)
class Faultless:
    """How often something happened that never may."""

    overbooked: int
    claims_lost: int
    events_lost: int
    phantom: int

    @property
    def holds(self) -> bool:
        """Whether nothing of it did."""
        return not any((self.overbooked, self.claims_lost, self.events_lost, self.phantom))


async def check(planner: Program, book: PromiseBook, feeds: dict[str, list[feed_pb2.FeedEvent]]) -> Faultless:
    """Counts again, from what the public lists and the partners' feeds say."""
    slots = [slot async for slot in every_slot(planner)]
    runs = sorted({slot.run for slot in slots})
    known = {slot.name: slot for slot in slots}
    return Faultless(
        overbooked=sum([await _is_overbooked(planner, run, slots) for run in runs]),
        claims_lost=sum(_is_lost(known.get(promise.slot.name)) for promise in book),
        events_lost=sum(gaps(events) for events in feeds.values()) + _untold(book, feeds),
        phantom=sum(book.of(slot.name) is None for slot in slots),
    )


async def every_slot(planner: Program) -> AsyncIterator[slotting_pb2.Slot]:
    """All slots that there are."""
    request = slotting_pb2.ListSlotsRequest(page_size=PAGE)
    while True:
        answer = await planner.call("SlottingService", "ListSlots", request)
        for slot in answer.slots:
            yield slot
        if not answer.next_page_token:
            return
        request.page_token = answer.next_page_token


async def feed_of(program: Program) -> list[feed_pb2.FeedEvent]:
    """Everything that a partner was told, in its order."""
    request, found = feed_pb2.ListFeedEventsRequest(parent=FEED, page_size=PAGE), list[feed_pb2.FeedEvent]()
    while True:
        answer = await program.call("FeedService", "ListFeedEvents", request)
        found += answer.events
        if not answer.next_page_token:
            return found
        request.page_token = answer.next_page_token


def gaps(events: Sequence[feed_pb2.FeedEvent]) -> int:
    """How many events are missing between the first and the last of a feed, and before the first of each subject."""
    missing, last = 0, dict[str, int]()
    for event in events:
        missing += max(0, event.sequence - last.get(event.subject, 0) - 1)
        last[event.subject] = event.sequence
    positions = [event.position for event in events]
    return missing + (positions[-1] - positions[0] + 1 - len(set(positions)) if positions else 0)


async def _is_overbooked(planner: Program, name: str, slots: Sequence[slotting_pb2.Slot]) -> bool:
    run = await planner.call("CapacityService", "GetRun", capacity_pb2.GetRunRequest(name=name))
    backed = [slot for slot in slots if slot.run == name and slot.state in COUNTED and not slot.at_risk]
    promised_kbq = sum(slot.reference_activity_kbq for slot in backed)
    return bool(promised_kbq > run.pledged.reference_activity_kbq or len(backed) > run.pledged.vials)


def _is_lost(slot: slotting_pb2.Slot | None) -> bool:
    """Nobody gave a slot back in a simulation: one that is gone, expired or released was lost."""
    return slot is None or slot.state in (Slot.EXPIRED, Slot.RELEASED)


def _untold(book: PromiseBook, feeds: dict[str, list[feed_pb2.FeedEvent]]) -> int:
    """Promises that their sponsor was never told of."""
    told = {event.subject for events in feeds.values() for event in events if event.type == CONFIRMED_EVENT}
    return sum(promise.slot.name not in told for promise in book)
