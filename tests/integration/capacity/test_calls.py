"""Planning, reading, opening and listing runs, over gRPC and PostgreSQL."""

import asyncio
from datetime import timedelta
from uuid import UUID

import grpc
import pytest
from doselane.capacity.v1 import capacity_pb2, events_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc.error_details_pb2 import BadRequest
from google.rpc.status_pb2 import Status

from services.kernel.rpc.status import DETAILS_KEY
from services.kernel.timestamps import stamp
from tests.integration.capacity.conftest import PLANNER, House
from tests.support.capacity import (
    CUTOFF,
    HARBOR,
    NOON,
    NORTHLAKE,
    SYNTHESIS,
    an_allotment,
    capacity,
    gbq,
    know_product,
    new_id,
)

State = capacity_pb2.Run.State


def opening(name: str, etag: str = "", request_id: str = "") -> capacity_pb2.OpenRunRequest:
    return capacity_pb2.OpenRunRequest(name=name, etag=etag, request_id=request_id or new_id(), reason="line is free")


async def test_a_planned_run_can_be_read_back(house: House) -> None:
    run = await house.planned(an_allotment(NORTHLAKE, gbq(40, 4)))
    assert await house.get(run.name) == run
    assert (run.state, run.etag) == (State.PLANNED, "v1")
    assert run.pool == capacity(60, 6)
    assert (run.last_change.actor, run.last_change.reason) == ("planner", "forecast")


async def test_the_server_names_a_run_unless_the_planner_does(house: House) -> None:
    run = await house.planned()
    assert UUID(run.name.removeprefix("runs/")).version == 7
    assert (await house.planned(run_id="lu-2027-03-02")).name == "runs/lu-2027-03-02"


async def test_an_id_can_be_taken_only_once(house: House) -> None:
    await house.planned(run_id="lu-2027")
    assert (await house.refusal("CreateRun", house.planning(run_id="lu-2027"))).reason == "RUN_EXISTS"


async def test_all_that_is_wrong_with_a_plan_is_named_in_the_error_details(house: House) -> None:
    request = house.planning(loss_fraction=float("nan"), pledged=capacity(0, 0), claim_cutoff_time=Timestamp(nanos=-1))
    channel = grpc.aio.insecure_channel(house.target)
    async with channel:
        call = channel.unary_unary(
            "/doselane.capacity.v1.CapacityService/CreateRun",
            request_serializer=capacity_pb2.CreateRunRequest.SerializeToString,
        )
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await call(request, metadata=(("authorization", f"Bearer {house.tokens[PLANNER]}"),))
    assert failure.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    status = Status.FromString(dict(failure.value.trailing_metadata() or ())[DETAILS_KEY])
    found = BadRequest()
    assert any(detail.Unpack(found) for detail in status.details)
    assert [violation.field for violation in found.field_violations] == [
        "run.claim_cutoff_time",
        "run.pledged.reference_activity_kbq",
        "run.pledged.vials",
        "run.loss_fraction",
    ]


async def test_an_empty_plan_is_refused_and_nothing_is_stored(house: House) -> None:
    refusal = await house.refusal("CreateRun", capacity_pb2.CreateRunRequest(request_id=new_id()))
    assert refusal.reason == "INVALID_ARGUMENT"
    assert await house.database.pool.fetchval("SELECT count(*) FROM run") == 0
    assert await house.database.pool.fetchval("SELECT count(*) FROM request") == 0


async def test_a_request_that_no_record_can_hold_is_refused_with_its_field(house: House) -> None:
    wrong = [
        ("request_id", ""),
        ("request_id", "7"),
        ("request_id", "not-a-uuid"),
        ("reason", "x" * 501),
        ("reason", "\0"),
    ]
    for field, value in wrong:
        request = house.planning()
        setattr(request, field, value)
        assert (await house.refusal("CreateRun", request)).facts["field"] == field


async def test_a_name_of_another_shape_is_refused(house: House) -> None:
    for name in ("", "runs/", "runs/-abc", "slots/abcd", "runs/abcd/x", "runs/abc\0d", "runs/" + "a" * 64):
        assert (await house.refusal("GetRun", capacity_pb2.GetRunRequest(name=name))).facts["field"] == "name"


async def test_a_run_that_is_not_there_is_not_found(house: House) -> None:
    for method, request in (
        ("GetRun", capacity_pb2.GetRunRequest(name="runs/none")),
        ("OpenRun", opening("runs/none")),
        ("CutRun", capacity_pb2.CutRunRequest(name="runs/none", pledged=capacity(1, 1), request_id=new_id())),
        ("CancelRun", capacity_pb2.CancelRunRequest(name="runs/none", request_id=new_id())),
    ):
        assert (await house.refusal(method, request)).reason == "RUN_UNKNOWN"


async def test_each_change_publishes_one_event_with_the_whole_run(house: House) -> None:
    run = await house.opened(an_allotment())
    created, opened = await house.published(run.name)
    assert (created.type, created.sequence) == ("doselane.capacity.run.created.v1", 1)
    assert (opened.type, opened.sequence) == ("doselane.capacity.run.opened.v1", 2)
    message = events_pb2.RunOpened.FromString(opened.data)
    assert (message.run, message.version) == (run, 2)
    assert (created.actor, created.reason, created.time) == ("planner", "forecast", NOON)


async def test_a_repeated_call_gets_the_same_answer_and_publishes_nothing_new(house: House) -> None:
    planning = house.planning(run_id="lu-2027")
    first = await house.call("CreateRun", planning)
    request = opening(first.name)
    second = await house.call("OpenRun", request)
    house.clock.advance_to(CUTOFF + timedelta(days=3))  # the plan would be refused by now, the answer stands
    assert await house.call("CreateRun", planning) == first
    assert await house.call("OpenRun", request) == second
    assert await house.history(first.name) == [("created", 1), ("opened", 2)]


async def test_a_call_that_comes_ten_times_at_once_acts_once(house: House) -> None:
    planning = house.planning()
    answers = await asyncio.gather(*(house.call("CreateRun", planning) for _ in range(10)))
    assert len({answer.name for answer in answers}) == 1
    assert await house.database.pool.fetchval("SELECT count(*) FROM run") == 1


async def test_a_request_id_with_another_body_or_another_call_is_refused(house: House) -> None:
    planning = house.planning(run_id="lu-2027")
    await house.call("CreateRun", planning)
    other = house.planning(run_id="lu-2028")
    other.request_id = planning.request_id
    assert (await house.refusal("CreateRun", other)).reason == "REQUEST_MISMATCH"
    reused = opening("runs/lu-2027", request_id=planning.request_id)
    assert (await house.refusal("OpenRun", reused)).reason == "REQUEST_MISMATCH"


async def test_a_refused_call_may_be_repeated_once_the_reason_is_gone(house: House) -> None:
    run = await house.planned()
    request = opening(run.name, etag="v2")
    assert (await house.refusal("OpenRun", request)).reason == "STALE"
    request.etag = "v1"
    assert (await house.call("OpenRun", request)).state == State.OPEN


async def test_a_change_of_something_else_than_was_seen_is_stale(house: House) -> None:
    run = await house.opened()
    refusal = await house.refusal("OpenRun", opening(run.name, etag="v1"))
    assert (refusal.reason, refusal.facts["etag"]) == ("STALE", "v2")


async def test_a_run_reads_as_closed_from_its_cut_off_on(house: House) -> None:
    run = await house.opened()
    house.clock.advance_to(CUTOFF)
    assert (await house.get(run.name)).state == State.CLOSED
    assert (await house.refusal("OpenRun", opening(run.name))).facts["state"] == "CLOSED"


async def names(house: House, who: str = PLANNER, **filters: object) -> list[str]:
    answer = await house.call("ListRuns", capacity_pb2.ListRunsRequest(**filters), who)
    return [run.name.removeprefix("runs/") for run in answer.runs]


async def test_runs_are_listed_by_end_of_synthesis_then_name(house: House) -> None:
    later = stamp(SYNTHESIS + timedelta(hours=1))
    await house.planned(run_id="zulu")
    await house.planned(run_id="alpha", end_of_synthesis_time=later)
    await house.planned(run_id="mike")
    assert await names(house) == ["mike", "zulu", "alpha"]


async def test_runs_are_listed_by_product_state_and_time(house: House) -> None:
    later = stamp(SYNTHESIS + timedelta(hours=1))
    await house.planned(run_id="plan", product="products/other")
    await house.opened(run_id="open")
    await house.opened(run_id="late", end_of_synthesis_time=later, claim_cutoff_time=later)
    house.clock.advance_to(CUTOFF)
    assert await names(house, product="products/other") == ["plan"]
    assert await names(house, states=[State.OPEN]) == ["late"]
    assert await names(house, states=[State.CLOSED, State.PLANNED]) == ["open", "plan"]
    assert await names(house, states=[State.FAILED]) == []
    assert await names(house, end_of_synthesis_from_time=later) == ["late"]
    assert await names(house, end_of_synthesis_until_time=later) == ["open", "plan"]


UNLISTABLE: tuple[tuple[str, dict[str, object]], ...] = (
    ("page_size", {"page_size": -1}),
    ("product", {"product": "other"}),
    ("states[0]", {"states": [0]}),
    ("states[0]", {"states": [99]}),
    ("end_of_synthesis_from_time", {"end_of_synthesis_from_time": Timestamp(seconds=2**60)}),
    (
        "end_of_synthesis_from_time",
        {"end_of_synthesis_from_time": stamp(NOON), "end_of_synthesis_until_time": stamp(NOON)},
    ),
    ("page_token", {"page_token": "bm90aGluZw"}),
    ("page_token", {"page_token": "%%%"}),
)


async def test_a_list_that_cannot_be_made_is_refused(house: House) -> None:
    for field, filters in UNLISTABLE:
        assert (await house.refusal("ListRuns", capacity_pb2.ListRunsRequest(**filters))).facts["field"] == field


async def test_pages_follow_each_other_without_gap_or_repeat(house: House) -> None:
    for number in range(5):
        await house.planned(run_id=f"run{number}")
    seen, token = [], ""
    while True:
        answer = await house.call("ListRuns", capacity_pb2.ListRunsRequest(page_size=2, page_token=token))
        seen.append([run.name.removeprefix("runs/") for run in answer.runs])
        token = answer.next_page_token
        if not token:
            break
    assert seen == [["run0", "run1"], ["run2", "run3"], ["run4"]]


async def test_a_full_last_page_says_that_it_is_the_last(house: House) -> None:
    for number in range(2):
        await house.planned(run_id=f"run{number}")
    assert (await house.call("ListRuns", capacity_pb2.ListRunsRequest(page_size=2))).next_page_token == ""


async def test_a_page_token_is_good_for_its_query_and_caller_only(house: House) -> None:
    for number in range(3):
        await house.opened(run_id=f"run{number}")
    request = capacity_pb2.ListRunsRequest(page_size=1)
    token = (await house.call("ListRuns", request, NORTHLAKE)).next_page_token
    request.page_token = token
    assert len((await house.call("ListRuns", request, NORTHLAKE)).runs) == 1
    for who in (HARBOR, PLANNER):
        assert (await house.refusal("ListRuns", request, who)).facts["field"] == "page_token"
    request.states.append(State.OPEN)
    assert (await house.refusal("ListRuns", request, NORTHLAKE)).facts["field"] == "page_token"
    for at in range(0, len(token), 7):
        tampered = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        broken = capacity_pb2.ListRunsRequest(page_size=1, page_token=tampered)
        assert (await house.refusal("ListRuns", broken, NORTHLAKE)).facts["field"] == "page_token"


async def test_a_run_is_used_no_longer_than_its_product(house: House) -> None:
    await know_product(house.database, NORTHLAKE, product="products/short", shelf_life=timedelta(hours=1))
    refusal = await house.refusal("CreateRun", house.planning(product="products/short"))
    assert refusal.facts["field"] == "run.use_by_time"
    early = await house.planned(product="products/heard-of-late")
    await know_product(house.database, NORTHLAKE, product="products/heard-of-late", shelf_life=timedelta(hours=1))
    assert (await house.refusal("OpenRun", opening(early.name))).reason == "SHELF_LIFE_EXCEEDED"
