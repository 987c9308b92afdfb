"""Proposals over real gRPC and PostgreSQL: worked out beside the service, watched, edited, rejected."""

from datetime import timedelta

import pytest
from doselane.planning.v1 import planning_pb2
from doselane.type.v1 import type_pb2

from services.kernel.errors import Kind
from services.kernel.timestamps import stamp
from services.planning.domain import proposals as domain
from services.planning.domain.forecast import Provenance
from services.planning.domain.proposals import Proposal
from services.planning.store import Store
from services.planning.store import proposals as store
from services.planning.usecases.following import follow
from tests.integration.planning.plans.conftest import Plant
from tests.support.planning_plant import ACTINIUM, LINE, NORTHLAKE, at, new_id
from tests.support.planning_worlds import MONDAY

State = planning_pb2.Proposal


async def test_a_proposal_is_answered_at_once_and_watched_until_it_is_ready(house: Plant) -> None:
    await house.announced()
    await house.forecast(5)
    asked = await house.asked()
    assert (asked.state, list(asked.runs)) == (State.SOLVING, [])
    steps = await house.watched(asked.name)
    assert all(step.WhichOneof("payload") in ("progress", "keep_alive") for step in steps[:-1])
    proposal = steps[-1].proposal
    assert proposal.state == State.READY
    [run] = proposal.runs
    assert (run.product, run.line, run.start_time.ToDatetime()) == (ACTINIUM, LINE, at(0, 6).replace(tzinfo=None))
    assert run.pledged.vials == 5 and proposal.score.firm_doses_covered == proposal.score.forecast_doses == 5
    assert 0 <= proposal.score.gap_fraction < 1e-5 and proposal.greedy_score.forecast_doses_covered == 5
    assert [(each.partner, each.capacity.vials) for each in run.allotments] == [(NORTHLAKE, 2)]
    assert await house.history(proposal.name) == [("proposal.ready.v1", 1)]


async def test_what_cannot_be_covered_says_which_resource_binds(house: Plant) -> None:
    await house.forecast(5)
    proposal = (await house.watched((await house.asked()).name))[-1].proposal
    [coverage] = proposal.coverage
    assert (coverage.covered_doses, coverage.binding) == (0, planning_pb2.Coverage.ISOTOPE)
    assert "Ac-225" in coverage.explanation


async def test_a_repetition_of_the_request_asks_for_no_second_proposal(house: Plant) -> None:
    request_id = new_id()
    first = await house.asked(request_id=request_id)
    assert await house.asked(request_id=request_id) == first
    refusal = await house.refusal("ProposePlan", planning_pb2.ProposePlanRequest(weeks=2, request_id=request_id))
    assert refusal.reason == "REQUEST_MISMATCH"
    listed = await house.call("ListProposals", planning_pb2.ListProposalsRequest())
    assert [each.name for each in listed.proposals] == [first.name]


async def test_a_request_that_makes_no_sense_names_every_field(house: Plant) -> None:
    request = planning_pb2.ProposePlanRequest(
        horizon_start_date={"year": 2027, "month": 3, "day": 2}, weeks=99, solve_seconds_max=-1, request_id=new_id()
    )
    refusal = await house.refusal("ProposePlan", request)
    assert refusal.kind is Kind.INVALID
    assert [field in refusal.facts["violations"] for field in ("horizon_start_date", "weeks", "solve_seconds_max")]


async def test_an_edit_that_breaks_limits_is_refused_with_all_of_them(house: Plant) -> None:
    proposal = await house.proposed()
    [run] = proposal.runs
    overlapping = planning_pb2.ProposedRun()
    overlapping.CopyFrom(run)
    overlapping.id = "second"
    overlapping.start_time.CopyFrom(stamp(at(0, 8)))
    outside = planning_pb2.ProposedRun()
    outside.CopyFrom(run)
    outside.id = "third"
    outside.start_time.CopyFrom(stamp(at(1, 8)))
    outside.pledged.reference_activity_kbq = 900_000
    request = planning_pb2.EditProposalRequest(
        name=proposal.name, runs=[run, overlapping, outside], request_id=new_id()
    )
    refusal = await house.refusal("EditProposal", request)
    assert (refusal.kind, refusal.reason) == (Kind.REFUSED, "LIMITS_BROKEN")
    assert set(refusal.facts["reasons"].split(",")) == {"LINE_BUSY", "OUTSIDE_SHIFT", "DELIVERY_OVERUSED"}
    assert (await house.get(proposal.name)).etag == proposal.etag


async def test_an_edit_that_keeps_the_limits_is_judged_without_a_bound(house: Plant) -> None:
    proposal = await house.proposed()
    run = proposal.runs[0]
    run.pledged.CopyFrom(type_pb2.Capacity(reference_activity_kbq=30_000, vials=3))
    request = planning_pb2.EditProposalRequest(
        name=proposal.name, runs=[run], etag=proposal.etag, request_id=new_id(), reason="less isotope"
    )
    edited = await house.call("EditProposal", request)
    assert edited.edited and edited.score.forecast_doses_covered == 3
    assert not edited.score.HasField("bound") and edited.score.objective < proposal.score.objective
    assert await house.call("EditProposal", request) == edited
    assert await house.history(proposal.name) == [("proposal.ready.v1", 1), ("proposal.edited.v1", 2)]


async def test_an_edit_that_changes_nothing_is_judged_as_before(house: Plant) -> None:
    proposal = await house.proposed(doses=30)
    request = planning_pb2.EditProposalRequest(name=proposal.name, runs=proposal.runs, request_id=new_id())
    edited = await house.call("EditProposal", request)
    assert edited.score.objective == proposal.score.objective
    assert edited.coverage == proposal.coverage and edited.runs == proposal.runs


async def test_a_rejection_stops_the_work(house: Plant) -> None:
    asked = await house.asked(weeks=52, solve_seconds_max=600)
    request = planning_pb2.RejectProposalRequest(name=asked.name, request_id=new_id(), reason="a slip")
    rejected = await house.call("RejectProposal", request)
    assert rejected.state == State.REJECTED
    assert (await house.watched(asked.name))[-1].proposal.state == State.REJECTED
    refusal = await house.refusal(
        "AcceptProposal", planning_pb2.AcceptProposalRequest(name=asked.name, request_id=new_id())
    )
    assert (refusal.reason, refusal.facts["state"]) == ("PROPOSAL_STATE", "REJECTED")


async def test_a_proposal_whose_worker_died_is_taken_up_by_another(house: Plant) -> None:
    await house.announced()
    await house.forecast(5)
    by = Provenance("planner", house.clock.now())
    left = Proposal(f"proposals/{new_id()}", domain.State.SOLVING, MONDAY, 1, "", 10, house.clock.now(), by)
    async with Store(house.database).changing() as conn:  # as a worker leaves it that died in the middle
        await store.insert(conn, left)
        await conn.execute(
            "UPDATE proposal SET worker = gen_random_uuid(), attempts = 1,"
            " leased_until = clock_timestamp() + interval '0.1 s'"
        )
    assert (await house.watched(left.name))[-1].proposal.state == State.READY
    assert await house.database.pool.fetchval("SELECT attempts FROM proposal") == 2
    assert await house.history(left.name) == [("proposal.ready.v1", 1)]


async def test_a_proposal_that_brings_down_its_workers_is_given_up(house: Plant) -> None:
    by = Provenance("planner", house.clock.now())
    left = Proposal(f"proposals/{new_id()}", domain.State.SOLVING, MONDAY, 1, "", 10, house.clock.now(), by)
    async with Store(house.database).changing() as conn:
        await store.insert(conn, left)
        await conn.execute("UPDATE proposal SET attempts = 3")
    failed = (await house.watched(left.name))[-1].proposal
    assert (failed.state, "3 attempts" in failed.failure) == (State.FAILED, True)
    assert await house.history(left.name) == [("proposal.failed.v1", 1)]


async def test_sponsors_have_no_say_in_plans(house: Plant) -> None:
    proposal = await house.proposed()
    token = house.issuer.token(NORTHLAKE, ["planning.read", "planning.plan"])
    for name in (proposal.name, f"proposals/{new_id()}"):
        refusal = await house.refusal("GetProposal", planning_pb2.GetProposalRequest(name=name), token)
        assert refusal.kind is Kind.DENIED


async def test_runs_that_are_open_cover_demand_and_keep_their_line(house: Plant) -> None:
    proposal = await house.proposed()
    accept = planning_pb2.AcceptProposalRequest(name=proposal.name, request_id=new_id())
    await house.call("AcceptProposal", accept)
    await house.runs_heard(1)
    again = (await house.watched((await house.asked()).name))[-1].proposal
    assert (list(again.runs), again.score.forecast_doses_covered) == ([], 5)


async def test_proposals_are_listed_newest_first_in_pages(house: Plant) -> None:
    names = []
    for _ in range(3):
        house.clock.advance(timedelta(seconds=1))
        names.append((await house.asked()).name)
    first = await house.call("ListProposals", planning_pb2.ListProposalsRequest(page_size=2))
    rest = await house.call("ListProposals", planning_pb2.ListProposalsRequest(page_token=first.next_page_token))
    assert [each.name for each in (*first.proposals, *rest.proposals)] == names[::-1]


async def test_an_edit_far_off_the_calendar_is_refused_with_its_field(house: Plant) -> None:
    proposal = await house.proposed()
    [run] = proposal.runs
    run.start_time.FromJsonString("9999-12-29T23:00:00Z")
    request = planning_pb2.EditProposalRequest(name=proposal.name, runs=[run], request_id=new_id())
    refusal = await house.refusal("EditProposal", request)
    assert (refusal.kind, refusal.facts["field"]) == (Kind.INVALID, "runs[0].start_time")


@pytest.mark.parametrize("first", [(2026, 1, 5), (2029, 3, 5), (9999, 12, 27)])
async def test_weeks_that_are_over_or_that_no_forecast_reaches_cannot_be_planned(
    house: Plant, first: tuple[int, int, int]
) -> None:
    year, month, day = first
    request = planning_pb2.ProposePlanRequest(
        horizon_start_date={"year": year, "month": month, "day": day}, weeks=26, request_id=new_id()
    )
    refusal = await house.refusal("ProposePlan", request)
    assert (refusal.kind, refusal.facts["field"]) == (Kind.INVALID, "horizon_start_date")


async def test_whoever_takes_the_end_of_a_watch_slowly_keeps_no_connection(house: Plant) -> None:
    proposal = await house.proposed()
    steps = follow(proposal.name, Store(house.database), timedelta(seconds=1))
    assert isinstance((await anext(steps)).told, Proposal)
    idle = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
    assert await house.database.pool.fetchval(idle) == 0
    await steps.aclose()
