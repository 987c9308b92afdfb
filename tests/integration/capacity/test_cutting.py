"""Cuts and cancellations: never silent, agreed with the ledger, safe to repeat after a crash at any point."""

import asyncio
from collections.abc import Awaitable

import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.type.v1 import type_pb2

from services.kernel.errors import GatewayError, Kind
from tests.integration.capacity.conftest import House, cut_in
from tests.support.capacity import CUTOFF, HARBOR, NORTHLAKE, an_allotment, capacity, gbq, new_id

State = capacity_pb2.Run.State


def cutting(name: str, pledged: type_pb2.Capacity, **facts: object) -> capacity_pb2.CutRunRequest:
    return capacity_pb2.CutRunRequest(
        **{"name": name, "pledged": pledged, "request_id": new_id(), "reason": "hot cell 2 is down"} | facts
    )


def cancelling(name: str, **facts: object) -> capacity_pb2.CancelRunRequest:
    return capacity_pb2.CancelRunRequest(**{"name": name, "request_id": new_id(), "reason": "no isotope"} | facts)


async def lost(answer: Awaitable[object], house: House) -> None:
    """Lets the ledger do what it is asked, and the service give up before it hears of it, as in a crash."""
    house.twin.answers.clear()
    house.twin.done.clear()
    call = asyncio.ensure_future(answer)
    await asyncio.wait_for(house.twin.done.wait(), 60)
    with pytest.raises(GatewayError):
        await call
    house.twin.answers.set()


async def test_a_cut_without_conflict_lowers_the_run_and_publishes_it(house: House) -> None:
    run = await house.opened(an_allotment(NORTHLAKE, gbq(40, 4)))
    answer = await house.call("CutRun", cutting(run.name, capacity(70, 7)))
    assert (answer.run.pledged, answer.run.pool, answer.run.etag) == (capacity(70, 7), capacity(30, 3), "v3")
    assert list(answer.conflicting_slots) == []
    event = (await house.published(run.name))[-1]
    assert cut_in(event).run == answer.run
    assert (event.sequence, event.actor, event.reason) == (3, "planner", "hot cell 2 is down")


async def test_the_ledger_is_asked_with_the_planners_own_token(house: House) -> None:
    run = await house.opened()
    await house.call("CutRun", cutting(run.name, capacity(70, 7)))
    [(request, call)] = house.twin.calls
    assert (call.caller.actor, request.reason, request.base_version) == ("planner", "hot cell 2 is down", 2)


async def test_a_cut_below_what_is_claimed_names_the_slots_and_changes_nothing(house: House) -> None:
    run = await house.opened()
    house.twin.claim(run.name, "slots/old", 60_000_000)
    house.twin.claim(run.name, "slots/new", 30_000_000)
    refusal = await house.refusal("CutRun", cutting(run.name, capacity(70, 7)))
    assert (refusal.kind, refusal.reason, refusal.facts["slots"]) == (Kind.REFUSED, "CAPACITY_CONFLICT", "slots/new")
    assert await house.get(run.name) == run
    assert await house.history(run.name) == [("created", 1), ("opened", 2)]


async def test_the_same_request_goes_through_once_the_conflict_is_gone(house: House) -> None:
    run = await house.opened()
    house.twin.claim(run.name, "slots/new", 80_000_000)
    request = cutting(run.name, capacity(70, 7))
    assert (await house.refusal("CutRun", request)).reason == "CAPACITY_CONFLICT"
    house.twin.books[run.name].slots.clear()
    assert (await house.call("CutRun", request)).run.pledged == capacity(70, 7)


async def test_accepted_conflicts_are_named_in_the_answer_and_in_the_event(house: House) -> None:
    run = await house.opened()
    house.twin.claim(run.name, "slots/old", 60_000_000)
    house.twin.claim(run.name, "slots/new", 30_000_000)
    answer = await house.call("CutRun", cutting(run.name, capacity(70, 7), accept_conflicts=True))
    assert list(answer.conflicting_slots) == ["slots/new"]
    assert list(cut_in((await house.published(run.name))[-1]).conflicting_slots) == ["slots/new"]


async def test_validating_a_cut_says_what_would_be_in_conflict_and_changes_nothing(house: House) -> None:
    run = await house.opened()
    house.twin.claim(run.name, "slots/new", 80_000_000)
    request = cutting(run.name, capacity(70, 7), validate_only=True)
    answer = await house.call("CutRun", request)
    assert (answer.run, list(answer.conflicting_slots)) == (run, ["slots/new"])
    assert await house.history(run.name) == [("created", 1), ("opened", 2)]
    request.validate_only, request.accept_conflicts = False, True  # nothing was stored, so the id is still free
    assert (await house.call("CutRun", request)).run.etag == "v3"


async def test_a_cut_lowers_the_allotments_it_names(house: House) -> None:
    run = await house.opened(an_allotment(NORTHLAKE, gbq(40, 4)), an_allotment(HARBOR, gbq(40, 4)))
    smaller = capacity_pb2.AllotmentCut(partner=NORTHLAKE, capacity=capacity(5, 1))
    answer = await house.call("CutRun", cutting(run.name, capacity(50, 5), allotments=[smaller]))
    sizes = {each.partner: each.capacity for each in answer.run.allotments}
    assert sizes == {NORTHLAKE: capacity(5, 1), HARBOR: capacity(40, 4)}
    assert (await house.get(run.name)).allotments == answer.run.allotments


async def test_a_cut_that_no_run_could_take_is_refused_before_the_ledger_is_asked(house: House) -> None:
    run = await house.opened(an_allotment(NORTHLAKE, gbq(40, 4)))
    twice = [capacity_pb2.AllotmentCut(partner=NORTHLAKE, capacity=capacity(1, 1))] * 2
    for request, reason in (
        (cutting(run.name, capacity(100, 11)), "CAPACITY_WOULD_GROW"),
        (cutting(run.name, capacity(100, 10)), "NOTHING_TO_CUT"),
        (cutting(run.name, capacity(39, 10)), "ALLOTMENTS_EXCEED_PLEDGE"),
        (cutting(run.name, capacity(-1, 1)), "INVALID_ARGUMENT"),
        (cutting(run.name, capacity(50, 5), allotments=twice), "INVALID_ARGUMENT"),
        (cutting(run.name, capacity(50, 5), etag="v1"), "STALE"),
        (capacity_pb2.CutRunRequest(name=run.name, request_id=new_id()), "INVALID_ARGUMENT"),
    ):
        assert (await house.refusal("CutRun", request)).reason == reason
    assert house.twin.calls == []
    assert await house.database.pool.fetchval("SELECT count(*) FROM request WHERE answer IS NULL") == 0


async def test_a_planned_and_a_closed_run_are_cut_through_the_ledger_too(house: House) -> None:
    planned, closed = await house.planned(), await house.opened()
    house.clock.advance_to(CUTOFF)
    assert (await house.call("CutRun", cutting(planned.name, capacity(70, 7)))).run.state == State.PLANNED
    assert (await house.call("CutRun", cutting(closed.name, capacity(70, 7)))).run.state == State.CLOSED


async def test_a_cancelled_run_names_its_slots_and_takes_no_further_change(house: House) -> None:
    run = await house.opened()
    house.twin.claim(run.name, "slots/one", 1)
    assert (await house.refusal("CancelRun", cancelling(run.name))).reason == "CAPACITY_CONFLICT"
    answer = await house.call("CancelRun", cancelling(run.name, accept_conflicts=True))
    assert (answer.run.state, list(answer.conflicting_slots)) == (State.CANCELLED, ["slots/one"])
    assert await house.history(run.name) == [("created", 1), ("opened", 2), ("cancelled", 3)]
    assert (await house.refusal("CancelRun", cancelling(run.name))).reason == "RUN_STATE"


async def test_a_ledger_that_has_not_heard_of_the_run_yet_is_waited_for(house: House) -> None:
    house.twin.hears.clear()
    run = await house.planned()
    call = asyncio.ensure_future(house.call("CutRun", cutting(run.name, capacity(70, 7))))
    while not house.twin.calls:
        await asyncio.sleep(0.01)
    house.twin.hears.set()
    assert (await call).run.pledged == capacity(70, 7)
    assert len(house.twin.calls) > 1


async def test_a_ledger_that_never_hears_of_the_run_makes_the_call_fail_for_now(house: House) -> None:
    house.twin.hears.clear()
    run = await house.planned()
    request = cutting(run.name, capacity(70, 7))
    refusal = await house.refusal("CutRun", request, timeout_s=0.8)
    assert refusal.kind is Kind.UNAVAILABLE
    house.twin.hears.set()
    assert (await house.call("CutRun", request)).run.etag == "v2"


async def test_a_repeated_cut_gets_the_same_answer_and_happens_once(house: House) -> None:
    run = await house.opened()
    house.twin.claim(run.name, "slots/new", 80_000_000)
    request = cutting(run.name, capacity(70, 7), accept_conflicts=True)
    first = await house.call("CutRun", request)
    await house.call("CancelRun", cancelling(run.name))
    assert await house.call("CutRun", request) == first
    assert await house.history(run.name) == [("created", 1), ("opened", 2), ("cut", 3), ("cancelled", 4)]


async def test_the_same_cut_ten_times_at_once_happens_once(house: House) -> None:
    run = await house.opened()
    request = cutting(run.name, capacity(70, 7))
    answers = await asyncio.gather(*(house.call("CutRun", request) for _ in range(10)))
    assert all(answer == answers[0] for answer in answers)
    assert await house.history(run.name) == [("created", 1), ("opened", 2), ("cut", 3)]


async def test_of_two_different_cuts_at_once_both_happen_one_after_the_other(house: House) -> None:
    run = await house.opened()
    requests = [cutting(run.name, capacity(70, 9)), cutting(run.name, capacity(60, 7))]
    await asyncio.gather(*(house.call("CutRun", each) for each in requests), return_exceptions=True)
    pledged = (await house.get(run.name)).pledged
    assert pledged == house.twin.books[run.name].run.pledged == capacity(60, 7)


async def test_of_two_cuts_of_what_was_seen_only_one_happens(house: House) -> None:
    run = await house.opened()
    requests = [cutting(run.name, capacity(size, 7), etag=run.etag) for size in (70, 60)]
    outcomes = await asyncio.gather(*(house.call("CutRun", each) for each in requests), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, GatewayError)]
    assert [refusal.reason for refusal in refused] == ["STALE"]
    assert await house.history(run.name) == [("created", 1), ("opened", 2), ("cut", 3)]


async def test_a_request_id_of_a_cut_on_its_way_is_refused_for_another_body(house: House) -> None:
    run = await house.opened()
    house.twin.speaks.clear()
    request = cutting(run.name, capacity(70, 7))
    await lost(house.call("CutRun", request, timeout_s=0.8), house)
    other = cutting(run.name, capacity(60, 6), request_id=request.request_id)
    assert (await house.refusal("CutRun", other)).reason == "REQUEST_MISMATCH"
    assert (await house.call("CutRun", request)).run.etag == "v3"


async def test_a_cut_whose_answer_was_lost_is_completed_by_repeating_it(house: House) -> None:
    run = await house.opened()
    house.twin.claim(run.name, "slots/new", 80_000_000)
    house.twin.speaks.clear()
    request = cutting(run.name, capacity(70, 7), accept_conflicts=True, etag=run.etag)
    await lost(house.call("CutRun", request, timeout_s=0.8), house)
    assert await house.get(run.name) == run
    answer = await house.call("CutRun", request)
    assert (answer.run.etag, list(answer.conflicting_slots)) == ("v3", ["slots/new"])
    house.twin.speaks.set()
    assert await house.history(run.name) == [("created", 1), ("opened", 2), ("cut", 3)]


async def test_a_cut_whose_answer_was_lost_arrives_by_the_ledgers_event(house: House) -> None:
    run = await house.opened()
    house.twin.claim(run.name, "slots/new", 80_000_000)
    request = cutting(run.name, capacity(70, 7), accept_conflicts=True, etag=run.etag)
    await lost(house.call("CutRun", request, timeout_s=0.8), house)
    after = await house.reaches(run.name, 3)
    assert (after.pledged, after.last_change.actor) == (capacity(70, 7), "planner")
    event = (await house.published(run.name))[-1]
    assert (list(cut_in(event).conflicting_slots), event.reason) == (["slots/new"], "hot cell 2 is down")
    answer = await house.call("CutRun", request)
    assert (answer.run, list(answer.conflicting_slots)) == (after, ["slots/new"])
    assert await house.history(run.name) == [("created", 1), ("opened", 2), ("cut", 3)]


async def test_a_cancellation_whose_answer_was_lost_arrives_by_the_ledgers_event(house: House) -> None:
    run = await house.opened()
    request = cancelling(run.name)
    await lost(house.call("CancelRun", request, timeout_s=0.8), house)
    after = await house.reaches(run.name, 3)
    assert after.state == State.CANCELLED
    assert (await house.call("CancelRun", request)).run == after


async def test_a_run_that_was_opened_before_a_lost_cut_arrived_ends_cut_and_open_on_both_sides(house: House) -> None:
    run = await house.planned()
    await house.twin.knows(run.name, 1)
    house.twin.speaks.clear()
    request = cutting(run.name, capacity(70, 7))
    await lost(house.call("CutRun", request, timeout_s=0.8), house)
    await house.call("OpenRun", capacity_pb2.OpenRunRequest(name=run.name, request_id=new_id()))
    house.twin.speaks.set()
    after = await house.reaches(run.name, 3)
    assert (after.state, after.pledged) == (State.OPEN, capacity(70, 7))
    book = await house.twin.knows(run.name, 3)
    assert (book.run.state, book.run.pledged) == (State.OPEN, capacity(70, 7))
    assert (await house.call("CutRun", request)).run == after


async def test_while_the_ledger_is_ahead_another_cut_waits_and_then_goes_through(house: House) -> None:
    run = await house.opened()
    house.twin.speaks.clear()
    await lost(house.call("CutRun", cutting(run.name, capacity(70, 7)), timeout_s=0.8), house)
    asked = len(house.twin.calls)
    other = asyncio.ensure_future(house.call("CutRun", cutting(run.name, capacity(60, 6))))
    while len(house.twin.calls) == asked:
        await asyncio.sleep(0.01)
    house.twin.speaks.set()
    assert (await other).run.etag == "v4"
    assert await house.history(run.name) == [("created", 1), ("opened", 2), ("cut", 3), ("cut", 4)]


async def test_a_repeated_event_of_the_ledger_changes_nothing(house: House) -> None:
    run = await house.opened()
    await house.call("CutRun", cutting(run.name, capacity(70, 7)))
    await house.call("CutRun", cutting(run.name, capacity(60, 6)))
    assert await house.history(run.name) == [("created", 1), ("opened", 2), ("cut", 3), ("cut", 4)]
    assert await house.database.pool.fetchval("SELECT count(*) FROM parked") == 0


async def test_however_many_cuts_wait_for_the_ledger_runs_can_still_be_read(house: House) -> None:
    runs = [await house.opened() for _ in range(12)]
    house.twin.answers.clear()
    house.twin.speaks.clear()
    calls = [asyncio.ensure_future(house.call("CutRun", cutting(run.name, capacity(70, 7)))) for run in runs]
    await asyncio.wait_for(house.twin.done.wait(), 60)
    for run in runs:
        assert (await asyncio.wait_for(house.get(run.name), 4)).etag == "v2"
    house.twin.answers.set()
    house.twin.speaks.set()
    assert {(await call).run.etag for call in calls} == {"v3"}


async def test_no_connection_is_held_while_the_ledger_is_asked(house: House) -> None:
    run = await house.opened()
    house.twin.answers.clear()
    call = asyncio.ensure_future(house.call("CutRun", cutting(run.name, capacity(70, 7))))
    await asyncio.wait_for(house.twin.done.wait(), 10)
    held = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in trans%'"
    async with asyncio.timeout(10):
        while await house.database.pool.fetchval(held):
            await asyncio.sleep(0.01)
    assert not call.done()
    house.twin.answers.set()
    assert (await call).run.etag == "v3"


async def test_a_run_that_is_opened_while_the_ledger_is_asked_ends_cut_and_open(house: House) -> None:
    run = await house.planned()
    await house.twin.knows(run.name, 1)
    house.twin.answers.clear()
    call = asyncio.ensure_future(house.call("CutRun", cutting(run.name, capacity(70, 7))))
    await asyncio.wait_for(house.twin.done.wait(), 10)
    await house.call("OpenRun", capacity_pb2.OpenRunRequest(name=run.name, request_id=new_id()))
    house.twin.answers.set()
    after = (await call).run
    assert (after.state, after.pledged) == (State.OPEN, capacity(70, 7))
    assert (await house.get(run.name)).pledged == capacity(70, 7)


async def test_a_ledger_that_is_away_makes_the_call_fail_and_nothing_change(house: House) -> None:
    run = await house.opened()
    await house.twin.stop()
    refusal = await house.refusal("CutRun", cutting(run.name, capacity(70, 7)), timeout_s=0.8)
    assert refusal.kind is Kind.UNAVAILABLE
    assert await house.get(run.name) == run
