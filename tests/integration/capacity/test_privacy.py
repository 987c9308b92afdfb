"""What belongs to another does not exist: partner isolation for every call there is."""

from collections.abc import Awaitable, Callable

import pytest
from doselane.capacity.v1 import capacity_pb2
from google.protobuf.message import Message

from services.capacity.domain import RunHappened
from services.kernel.errors import Denied, GatewayError, Kind
from services.kernel.timestamps import stamp
from tests.integration.capacity.conftest import PLANNER, SERVICE, House
from tests.support.capacity import HARBOR, MERIDIAN, NORTHLAKE, RELEASE_BACK, an_allotment, capacity, gbq, new_id
from tests.support.tokens import Issuer

ALLOTTED = (an_allotment(NORTHLAKE, gbq(60, 6)), an_allotment(HARBOR, gbq(40, 4)))
Check = Callable[[House], Awaitable[None]]


def told(error: GatewayError, name: str) -> tuple[object, ...]:
    """All that an error tells, with the name that was asked for left out."""
    facts = {key: value.replace(name, "it") for key, value in error.facts.items()}
    return error.kind, error.reason, error.message, facts


async def _get_run(house: House) -> None:
    run = await house.opened(*ALLOTTED)
    planned = await house.planned()
    nobodys = "runs/none"
    unknown = await house.refusal("GetRun", capacity_pb2.GetRunRequest(name=nobodys), MERIDIAN)
    for name in (run.name, planned.name):
        hidden = await house.refusal("GetRun", capacity_pb2.GetRunRequest(name=name), MERIDIAN)
        assert told(hidden, name) == told(unknown, nobodys)
    harbor = await house.get(run.name, HARBOR)
    assert [each.partner for each in harbor.allotments] == [HARBOR]
    assert not harbor.line and not harbor.etag
    assert not any(harbor.HasField(field) for field in ("pledged", "last_change", "update_time"))
    house.clock.advance_to(RELEASE_BACK)
    assert list((await house.get(run.name, MERIDIAN)).allotments) == []


async def _list_runs(house: House) -> None:
    for number in range(6):
        await house.opened(*ALLOTTED, run_id=f"theirs{number}")
        await house.planned(run_id=f"plan{number}")
    await house.opened(run_id="open1")
    await house.opened(run_id="open2")
    first = await house.call("ListRuns", capacity_pb2.ListRunsRequest(page_size=1), MERIDIAN)
    request = capacity_pb2.ListRunsRequest(page_size=1, page_token=first.next_page_token)
    second = await house.call("ListRuns", request, MERIDIAN)
    assert [run.name for run in (*first.runs, *second.runs)] == ["runs/open1", "runs/open2"]
    assert second.next_page_token == ""  # full pages: what is hidden leaves no hole to count by
    harbors = await house.call("ListRuns", capacity_pb2.ListRunsRequest(), HARBOR)
    assert len(harbors.runs) == 8
    assert {each.partner for run in harbors.runs for each in run.allotments} == {HARBOR}
    assert not any(run.line or run.etag or run.HasField("pledged") for run in harbors.runs)
    hidden = capacity_pb2.ListRunsRequest(states=[capacity_pb2.Run.PLANNED])
    assert list((await house.call("ListRuns", hidden, HARBOR)).runs) == []


async def _watch_runs(house: House) -> None:
    request = capacity_pb2.WatchRunsRequest()
    seen: list[capacity_pb2.Run] = []
    async for answer in house.client.stream("WatchRuns", request, token=house.tokens[HARBOR], timeout_s=30):
        if answer.HasField("keep_alive") and not request.cursor:
            request.cursor = answer.cursor
            await house.planned()
            await house.opened(an_allotment(NORTHLAKE, gbq(100, 10)))
            await house.opened(*ALLOTTED, run_id="shared")
        if answer.HasField("run"):
            seen.append(answer.run)
            break
    assert [run.name for run in seen] == ["runs/shared"]
    assert [each.partner for each in seen[0].allotments] == [HARBOR]
    assert not seen[0].line and not seen[0].etag and not seen[0].HasField("pledged")


def _change(method: str, make: Callable[[House, str], Message]) -> Check:
    async def check(house: House) -> None:
        """Even with the planners' scope, a partner changes nothing, and cannot tell what is there from what is not."""
        run = await house.opened(run_id="there")
        outcomes = [
            told(await house.refusal(method, make(house, name), "schemer"), name) for name in (run.name, "runs/nowhere")
        ]
        assert outcomes[0] == outcomes[1]
        assert outcomes[0][0] is Kind.DENIED
        assert await house.get(run.name) == run

    return check


CHECKS: dict[str, Check] = {
    "GetRun": _get_run,
    "ListRuns": _list_runs,
    "WatchRuns": _watch_runs,
    "CreateRun": _change("CreateRun", lambda house, name: house.planning(run_id=name.removeprefix("runs/"))),
    "OpenRun": _change("OpenRun", lambda _, name: capacity_pb2.OpenRunRequest(name=name, request_id=new_id())),
    "CutRun": _change(
        "CutRun",
        lambda _, name: capacity_pb2.CutRunRequest(name=name, pledged=capacity(1, 1), request_id=new_id()),
    ),
    "StartRun": _change("StartRun", lambda _, name: capacity_pb2.StartRunRequest(name=name, request_id=new_id())),
    "CompleteRun": _change(
        "CompleteRun",
        lambda house, name: capacity_pb2.CompleteRunRequest(
            name=name,
            end_of_synthesis_time=stamp(house.clock.now()),
            measured=capacity_pb2.MeasuredYield(activity_kbq=1, measure_time=stamp(house.clock.now())),
            request_id=new_id(),
        ),
    ),
    "FailRun": _change(
        "FailRun", lambda _, name: capacity_pb2.FailRunRequest(name=name, cause="a pump", request_id=new_id())
    ),
    "CancelRun": _change("CancelRun", lambda _, name: capacity_pb2.CancelRunRequest(name=name, request_id=new_id())),
}


def test_every_call_has_its_check() -> None:
    assert set(CHECKS) == {method.name for method in SERVICE.methods}


@pytest.mark.parametrize("method", sorted(CHECKS))
async def test_a_partner_can_neither_read_nor_infer_what_is_anothers(house: House, method: str, issuer: Issuer) -> None:
    house.tokens["schemer"] = issuer.token(MERIDIAN, ["capacity.read", "capacity.plan"])
    await CHECKS[method](house)


async def test_no_call_is_answered_without_its_scope(house: House, issuer: Issuer) -> None:
    guest = issuer.token(PLANNER, ["operator", "slotting.read"])
    for method in CHECKS:
        request = getattr(capacity_pb2, f"{method}Request")()
        with pytest.raises(Denied):
            if method == "WatchRuns":
                await anext(house.client.stream(method, request, token=guest))
            await house.client.call(method, request, token=guest)


async def test_a_request_id_of_one_partner_says_nothing_about_anothers(house: House, issuer: Issuer) -> None:
    house.tokens["other"] = issuer.token("partners/other", ["operator", "capacity.plan", "capacity.read"])
    request = house.planning()
    first = await house.call("CreateRun", request)
    second = await house.call("CreateRun", request, "other")
    assert first.name != second.name


async def test_events_carry_the_whole_run_and_so_belong_to_no_partner(house: House) -> None:
    run = await house.opened(*ALLOTTED)
    assert {event.partner for event in await house.published(run.name)} == {""}
    assert [event.type.split(".", 2)[2] for event in await house.published(run.name)] == [
        f"{RunHappened.CREATED}.v1",
        f"{RunHappened.OPENED}.v1",
    ]
