"""Accepting proposals against the real capacity service: once, however often it is asked and wherever it breaks."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.planning.v1 import planning_pb2
from doselane.type.v1 import type_pb2

from services.kernel.asking import Ask
from services.kernel.errors import Unavailable
from services.kernel.idempotency import RequestKey
from services.kernel.rpc import Behalf
from services.kernel.timestamps import stamp
from services.network import Product
from services.planning.capacity import CapacityService
from services.planning.domain.plan import PlannedRun
from services.planning.domain.proposals import ProposalState
from services.planning.store import Store
from services.planning.usecases.accepting import accept
from services.planning.usecases.planning import PlanningTerms
from tests.integration.planning.plans.conftest import Plant
from tests.support.forecasts import resource_event
from tests.support.planning_plant import NORTHLAKE, at, new_id, plant

State = planning_pb2.Proposal


def accepting(proposal: planning_pb2.Proposal, **changes: str) -> planning_pb2.AcceptProposalRequest:
    return planning_pb2.AcceptProposalRequest(**{"name": proposal.name, "request_id": new_id(), **changes})


async def test_accepting_opens_the_runs_with_their_allotments(house: Plant) -> None:
    proposal = await house.proposed()
    request = accepting(proposal, etag=proposal.etag)
    accepted = await house.call("AcceptProposal", request)
    assert accepted.state == State.ACCEPTED
    [planned], [run] = accepted.runs, await house.runs()
    assert (planned.run, run.state) == (run.name, capacity_pb2.Run.OPEN)
    assert (run.pledged, run.claim_cutoff_time) == (planned.pledged, planned.claim_cutoff_time)
    assert [(each.partner, each.capacity.vials) for each in run.allotments] == [(NORTHLAKE, 2)]
    assert run.last_change.actor == "planner"
    assert await house.call("AcceptProposal", request) == accepted
    assert len(await house.runs()) == 1
    assert (await house.history(proposal.name))[-1] == ("proposal.accepted.v1", 2)
    heard = await house.published(proposal.name)
    assert run.name.encode() in heard[-1].data


class Rejecting:
    """Capacity that is asked for a run while somebody rejects its proposal; another is on its way just then."""

    def __init__(self, house: Plant, at_once: int = 1) -> None:
        self.house, self.at_once, self.asked = house, at_once, 0
        self.real, self.rejected = CapacityService(house.capacity, 5), asyncio.Event()

    async def open(self, proposal: str, run: PlannedRun, product: Product, behalf: Behalf) -> str:
        self.asked += 1
        if self.asked < self.at_once:
            await self.rejected.wait()
        elif self.asked == self.at_once:
            request = planning_pb2.RejectProposalRequest(name=proposal, request_id=new_id())
            assert (await self.house.call("RejectProposal", request)).state == State.REJECTED
            self.rejected.set()
        return await self.real.open(proposal, run, product, behalf)


@pytest.mark.parametrize("on_their_way", [1, 2])
async def test_a_rejection_stops_an_acceptance_before_its_next_run(
    house: Plant, on_their_way: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.planning.usecases.accepting.RUNS_AT_ONCE", on_their_way)
    proposal = await thrice(house)
    rejecting = Rejecting(house, on_their_way)
    ask = Ask("planner", "", RequestKey("partners/cdmo", UUID(new_id()), b"any"), "")
    behalf, terms = Behalf(house.planner, None), PlanningTerms(timedelta(0), timedelta(0))
    with pytest.raises(ProposalState) as refusal:
        await accept(proposal.name, "", ask, behalf, terms, rejecting, Store(house.database), house.clock)
    assert (refusal.value.facts["proposal"], refusal.value.facts["state"]) == (proposal.name, "REJECTED")
    stopped, runs = await house.get(proposal.name), await house.runs()
    assert stopped.state == State.REJECTED and rejecting.asked == len(runs) == on_their_way
    assert {run.run for run in stopped.runs if run.run} == {run.name for run in runs}
    assert (await house.refusal("AcceptProposal", accepting(proposal))).reason == "PROPOSAL_STATE"
    assert [what for what, _ in await house.history(proposal.name)] == [
        "proposal.ready.v1",
        "proposal.edited.v1",
        "proposal.rejected.v1",
    ]


async def thrice(house: Plant) -> planning_pb2.Proposal:
    """A proposal of three runs."""
    proposal = await house.proposed(doses=30)
    first = proposal.runs[0]
    runs = []
    for start_at in (at(0, 6), at(0, 12), at(2, 6)):
        run = planning_pb2.ProposedRun(product=first.product, line=first.line, isotope_delivery=first.isotope_delivery)
        run.start_time.CopyFrom(stamp(start_at))
        run.pledged.CopyFrom(type_pb2.Capacity(reference_activity_kbq=60_000, vials=6))
        runs.append(run)
    edit = planning_pb2.EditProposalRequest(name=proposal.name, runs=runs, request_id=new_id())
    edited: planning_pb2.Proposal = await house.call("EditProposal", edit)
    return edited


class Breaking:
    """Capacity behind a line that breaks after so many runs, once the next was opened but not yet answered."""

    def __init__(self, real: CapacityService, after: int) -> None:
        self.real, self.left = real, after

    async def open(self, proposal: str, run: PlannedRun, product: Product, behalf: Behalf) -> str:
        name = await self.real.open(proposal, run, product, behalf)
        self.left -= 1
        if self.left < 0:
            raise Unavailable("The line broke.")
        return name


async def test_a_crash_in_the_middle_is_mended_by_a_repetition(house: Plant) -> None:
    proposal = await house.proposed(doses=30)
    assert len(proposal.runs) == 2
    request = accepting(proposal)
    terms = PlanningTerms(timedelta(0), timedelta(0))
    broken = Breaking(CapacityService(house.capacity, 5), after=1)
    ask = Ask("planner", "", RequestKey("partners/cdmo", UUID(request.request_id), b"another"), "")
    with pytest.raises(Unavailable):
        behalf = Behalf(house.planner, None)
        await accept(proposal.name, "", ask, behalf, terms, broken, Store(house.database), house.clock)
    stuck = await house.get(proposal.name)
    assert stuck.state == State.ACCEPTING and sum(bool(run.run) for run in stuck.runs) == 1
    request.request_id = new_id()
    accepted = await house.call("AcceptProposal", request)
    assert accepted.state == State.ACCEPTED
    runs = await house.runs()
    assert {run.run for run in accepted.runs} == {run.name for run in runs} and len(runs) == 2
    assert all(run.state == capacity_pb2.Run.OPEN for run in runs)
    assert [what for what, _ in await house.history(proposal.name)] == ["proposal.ready.v1", "proposal.accepted.v1"]


async def test_a_proposal_whose_runs_come_too_late_opens_none(house: Plant) -> None:
    proposal = await house.proposed()
    house.clock.advance(timedelta(days=10))
    refusal = await house.refusal("AcceptProposal", accepting(proposal))
    assert (refusal.reason, refusal.facts["reasons"]) == ("LIMITS_BROKEN", "IN_THE_PAST")
    assert await house.runs() == [] and (await house.get(proposal.name)).state == State.READY


async def test_two_proposals_cannot_take_the_same_line(house: Plant) -> None:
    first = await house.proposed()
    second = (await house.watched((await house.asked()).name))[-1].proposal
    await house.call("AcceptProposal", accepting(first))
    refusal = await house.refusal("AcceptProposal", accepting(second))
    assert refusal.reason == "LIMITS_BROKEN" and "LINE_BUSY" in refusal.facts["reasons"]
    assert len(await house.runs()) == 1


async def test_a_delivery_that_was_cancelled_meanwhile_is_named(house: Plant) -> None:
    proposal = await house.proposed()
    name = proposal.runs[0].isotope_delivery
    cancel = planning_pb2.CancelIsotopeDeliveryRequest(name=name, request_id=new_id())
    assert not (await house.call("CancelIsotopeDelivery", cancel)).conflicting_runs
    refusal = await house.refusal("AcceptProposal", accepting(proposal))
    assert refusal.facts["reasons"] == "DELIVERY_UNKNOWN"


async def test_an_edited_proposal_is_accepted_as_edited(house: Plant) -> None:
    proposal = await house.proposed()
    run = proposal.runs[0]
    run.pledged.CopyFrom(type_pb2.Capacity(reference_activity_kbq=60_000, vials=6))
    edit = planning_pb2.EditProposalRequest(name=proposal.name, runs=[run], request_id=new_id())
    edited = await house.call("EditProposal", edit)
    await house.call("AcceptProposal", accepting(edited))
    [opened] = await house.runs()
    assert opened.pledged == run.pledged


async def test_a_repetition_goes_on_although_the_product_changed_meanwhile(house: Plant) -> None:
    proposal = await house.proposed(doses=30)
    broken = Breaking(CapacityService(house.capacity, 5), after=1)
    ask = Ask("planner", "", RequestKey("partners/cdmo", UUID(new_id()), b"any"), "")
    with pytest.raises(Unavailable):
        behalf, terms = Behalf(house.planner, None), PlanningTerms(timedelta(0), timedelta(0))
        await accept(proposal.name, "", ask, behalf, terms, broken, Store(house.database), house.clock)
    product = plant()[0]
    product.loss_fraction = 0.06
    await house.hears(resource_event(product, version=2))
    assert (await house.call("AcceptProposal", accepting(proposal))).state == State.ACCEPTED
    assert [run.state for run in await house.runs()] == [capacity_pb2.Run.OPEN] * 2
