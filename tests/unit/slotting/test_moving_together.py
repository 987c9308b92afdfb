"""Moves that are made together: all of them, or none, and the page is as it was."""

from dataclasses import replace
from datetime import timedelta

import pytest
from doselane.slotting.v1 import slotting_pb2 as slotting
from doselane.type.v1 import type_pb2 as types

from services.kernel.errors import Invalid
from services.kernel.identity import Caller
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.network import NOTHING, Capacity
from services.slotting.domain import Allocation, Risk, decide
from services.slotting.domain.commands import each_of
from services.slotting.domain.page import LedgerHappened, MovedTogether
from services.slotting.rpc.requests import move_together_of
from tests.support.slotting import (
    GBQ,
    NOON,
    NORTHLAKE,
    SITE,
    a_book,
    a_claim,
    a_move,
    a_move_together,
    a_page,
    a_run,
    a_slot,
    later,
)
from tests.unit.slotting.pictures import refusal


def test_slots_move_in_the_order_asked_and_are_answered_in_it():
    first, second = a_book(), a_book(a_run("runs/lu-2"))
    slots = [a_slot(first) for _ in range(3)]
    page = later(a_page(first, second), NOON, *slots)
    moved = decide(page, a_move_together(*(a_move(each.id, "runs/lu-2") for each in slots)))
    assert isinstance(moved, MovedTogether)
    assert [each.id for each in moved.slots] == [each.id for each in slots]
    assert {each.demand.run for each in moved.slots} == {"runs/lu-2"}
    assert [each.what for each in page.happenings] == [LedgerHappened.MOVED] * 3
    assert (first.pool.committed, second.pool.committed.vials) == (NOTHING, 3)


def test_when_the_last_finds_no_room_none_has_moved():
    first, second = a_book(), a_book(a_run("runs/lu-2"), pool=Capacity(100 * GBQ, 2))
    slots = [a_slot(first) for _ in range(3)]
    page = later(a_page(first, second), NOON, *slots)
    said = refusal(page, a_move_together(*(a_move(each.id, "runs/lu-2") for each in slots)))
    assert said.reason == "RUN_FULL"
    assert (first.pool.committed.vials, second.pool.committed) == (3, NOTHING)


def test_what_one_leaves_the_next_may_take():
    first, second = a_book(pool=Capacity(100 * GBQ, 1)), a_book(a_run("runs/lu-2"))
    stays, lost = a_slot(first), a_slot(first, risk=Risk.RUN, allocation=Allocation(NOTHING, NOTHING))
    page = later(a_page(first, second), NOON, stays, lost)
    moves = [a_move(stays.id, "runs/lu-2"), a_move(lost.id, "runs/lu-1")]
    assert refusal(page, a_move_together(*reversed(moves))).reason == "RUN_FULL"
    decide(page, a_move_together(*moves))
    assert (first.pool.committed.vials, second.pool.committed.vials) == (1, 1)
    assert not page.slots[lost.id].at_risk


def test_a_slot_that_has_changed_stops_all():
    first, second = a_book(), a_book(a_run("runs/lu-2"))
    slots = [a_slot(first) for _ in range(2)]
    page = later(a_page(first, second), NOON, *slots)
    moves = [a_move(each.id, "runs/lu-2") for each in slots]
    stale = replace(moves[1], etag="v1")
    assert refusal(page, a_move_together(moves[0], stale)).reason == "STALE"


def test_commands_are_looked_at_one_by_one():
    claim, moves = a_claim(), [a_move(uuid7(), "runs/a"), a_move(uuid7(), "runs/b")]
    assert list(each_of([claim, a_move_together(*moves)])) == [claim, *moves]


def a_request(*names: str) -> slotting.BatchMoveSlotsRequest:
    at = types.Activity(activity_mbq=7000, time=stamp(NOON + timedelta(hours=50)))
    facts = {"etag": "v3", "run": "runs/lu-2", "lane": "lanes/a", "site": SITE, "departure_time": stamp(NOON)}
    moves = [slotting.SlotMove(slot=name, administration=at, **facts) for name in names]
    return slotting.BatchMoveSlotsRequest(moves=moves, request_id=str(uuid7()), reason="rescue")


def test_each_move_of_a_request_is_read_whole():
    one = f"slots/{uuid7()}"
    caller = Caller(NORTHLAKE, "northlake-orchestrator", frozenset(), {})
    command = move_together_of(a_request(one), caller)
    (move,) = command.moves
    assert f"slots/{move.slot_id}" == one
    assert (move.etag, move.run, move.lane, move.site) == ("v3", "runs/lu-2", "lanes/a", SITE)
    assert (move.administration, move.departure_at) == ((7000.0, NOON + timedelta(hours=50)), NOON)
    assert {(each.partner, each.reason, each.request_id, each.body_hash) for each in (command, move)} == {
        (NORTHLAKE, "rescue", command.request_id, command.body_hash)
    }


def test_a_slot_that_is_named_twice_is_refused():
    one = f"slots/{uuid7()}"
    with pytest.raises(Invalid) as wrong:
        move_together_of(a_request(one, one.upper().replace("SLOTS", "slots")), Caller(NORTHLAKE, "a", frozenset(), {}))
    assert wrong.value.facts["field"] == "moves[1].slot"
