"""Slotting's values as published, and capacity's events as the ledger reads them."""

import pytest
from doselane.capacity.v1 import capacity_pb2 as capacity
from doselane.capacity.v1 import events_pb2 as capacity_events
from doselane.slotting.v1 import events_pb2, slotting_pb2
from doselane.type.v1 import type_pb2 as types

from services.kernel.activity import Nuclide
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.nuclides import NUCLIDE_OF_PROTO
from services.kernel.timestamps import stamp
from services.network import NOTHING, Capacity
from services.slotting import events
from services.slotting.domain import Happening, Risk, RunState, State
from services.slotting.domain.page import LedgerHappened
from tests.support.slotting import GBQ, HARBOR, NOON, a_book, a_slot

# The published message of each happening; a new one must be given its own.
MESSAGES = {
    LedgerHappened.HELD: events_pb2.SlotHeld,
    LedgerHappened.CONFIRMED: events_pb2.SlotConfirmed,
    LedgerHappened.RELEASED: events_pb2.SlotReleased,
    LedgerHappened.EXPIRED: events_pb2.SlotExpired,
    LedgerHappened.MOVED: events_pb2.SlotMoved,
    LedgerHappened.AT_RISK: events_pb2.SlotAtRisk,
    LedgerHappened.FULFILLED: events_pb2.SlotFulfilled,
    LedgerHappened.FULFILMENT_WITHDRAWN: events_pb2.SlotFulfilmentWithdrawn,
    LedgerHappened.LOST: events_pb2.SlotLost,
    LedgerHappened.REPLACED: events_pb2.SlotReplaced,
    LedgerHappened.CUT: events_pb2.RunCapacityCut,
    LedgerHappened.CONFLICTED: events_pb2.NetworkConflicted,
    LedgerHappened.STANDBY_JOINED: events_pb2.StandbyJoined,
    LedgerHappened.STANDBY_OFFERED: events_pb2.StandbyOffered,
    LedgerHappened.STANDBY_SERVED: events_pb2.StandbyServed,
    LedgerHappened.STANDBY_LEFT: events_pb2.StandbyLeft,
    LedgerHappened.STANDBY_LAPSED: events_pb2.StandbyLapsed,
}


def a_run_message(**changes: object) -> capacity.Run:
    facts = {
        "name": "runs/lu-1",
        "product": "products/psma-lu177",
        "nuclide": types.NUCLIDE_LU_177,
        "state": capacity.Run.OPEN,
        "end_of_synthesis_time": stamp(NOON),
        "claim_cutoff_time": stamp(NOON),
        "use_by_time": stamp(NOON),
        "pledged": types.Capacity(reference_activity_kbq=100 * GBQ, vials=10),
        "allotments": [
            capacity.Allotment(
                partner=HARBOR,
                capacity=types.Capacity(reference_activity_kbq=30 * GBQ, vials=3),
                release_back_time=stamp(NOON),
            )
        ],
        "vial_reference_activity_max_kbq": 20 * GBQ,
        "loss_fraction": 0.05,
    }
    return capacity.Run(**{**facts, **changes})


def an_event(event_type: str, data: bytes) -> Event:
    return Event(uuid7(), event_type, "doselane/capacity", "runs/lu-1", 2, NOON, data)


def test_each_happening_has_a_published_message():
    assert set(MESSAGES) == set(LedgerHappened)
    # What is decided of an order is published by itself, not as what happened to a slot.
    assert {message.DESCRIPTOR.name for message in MESSAGES.values()} == {
        *events_pb2.DESCRIPTOR.message_types_by_name
    } - {"OrderDecided"}


@pytest.mark.parametrize("what", [what for what in LedgerHappened if what.startswith("slot.")])
def test_a_slots_event_reads_as_its_message_and_carries_the_slot(what: LedgerHappened):
    slot = a_slot(a_book())
    encoded = events.slot_message(slot).SerializeToString()
    from_run = "runs/lu-0" if what is LedgerHappened.MOVED else ""
    cause = "DAMAGED" if what is LedgerHappened.LOST else ""
    row = events.outgoing(Happening(what, slot, from_run, cause=cause), uuid7(), encoded, "")
    message = MESSAGES[what].FromString(row[5])
    assert getattr(message, "cause", "") == cause
    assert message.slot == events.slot_message(slot)
    assert getattr(message, "from_run", "") == from_run
    assert (row[1], row[2], row[3]) == (f"doselane.slotting.{what}.v1", slot.name, slot.version)


def test_a_long_slot_reads_as_well_as_a_short_one():
    slot = a_slot(a_book(), reason="x" * 500)
    encoded = events.slot_message(slot).SerializeToString()
    row = events.outgoing(Happening(LedgerHappened.HELD, slot), uuid7(), encoded, "")
    assert events_pb2.SlotHeld.FromString(row[5]).slot.last_change.reason == "x" * 500


def test_risks_of_slots_have_the_published_numbers():
    published = {name: number for name, number in slotting_pb2.Slot.Risk.items() if number}
    assert {risk.name: risk.value for risk in Risk if risk} == published


def test_states_of_slots_have_the_published_numbers():
    assert {state.name: state.value for state in State} == {
        name: number for name, number in slotting_pb2.Slot.State.items() if number
    }


def test_each_published_nuclide_is_known():
    assert set(NUCLIDE_OF_PROTO.values()) == set(Nuclide)


def test_the_pool_is_what_is_not_allotted():
    book = events.book_of(a_run_message(), 2)
    assert (book.pool.size, book.allotments[HARBOR].size) == (Capacity(70 * GBQ, 7), Capacity(30 * GBQ, 3))
    assert (book.run.product, book.run.nuclide, book.run.version) == ("products/psma-lu177", Nuclide.LU_177, 2)
    assert book.allotments[HARBOR].release_back_at == NOON


def test_a_cancelled_run_has_no_capacity():
    book = events.book_of(a_run_message(state=capacity.Run.CANCELLED), 3)
    assert (book.run.state, book.pool.size, book.allotments[HARBOR].size) == (RunState.CANCELLED, NOTHING, NOTHING)


@pytest.mark.parametrize(
    ("state", "read_as"),
    [
        (capacity.Run.PLANNED, RunState.PLANNED),
        (capacity.Run.OPEN, RunState.OPEN),
        (capacity.Run.CLOSED, RunState.OPEN),
        (capacity.Run.IN_PRODUCTION, RunState.IN_PRODUCTION),
        (capacity.Run.PRODUCED, RunState.PRODUCED),
        (capacity.Run.CANCELLED, RunState.CANCELLED),
        (capacity.Run.FAILED, RunState.FAILED),
    ],
)
def test_each_state_of_a_run_is_read_on_purpose(state: int, read_as: RunState):
    book = events.book_of(a_run_message(state=state), 2)
    assert (book.run.state, book.pool.size) == (read_as, NOTHING if read_as.withdrawn else Capacity(70 * GBQ, 7))


@pytest.mark.parametrize("wrong", [{"state": 0}, {"nuclide": 0}, {"nuclide": 99}])
def test_what_is_not_known_is_not_guessed(wrong: dict[str, int]):
    with pytest.raises(KeyError):
        events.book_of(a_run_message(**wrong), 2)


def test_capacitys_events_are_read_as_the_run_they_carry():
    data = capacity_events.RunOpened(run=a_run_message(), version=2).SerializeToString()
    project = events.command_of(an_event("doselane.capacity.run.opened.v1", data))
    assert project is not None
    assert (project.run, project.book.run.version) == ("runs/lu-1", 2)


def test_events_that_do_not_concern_the_ledger_are_passed_over():
    assert events.command_of(an_event("doselane.capacity.run.admired.v1", b"")) is None
