"""A delivery that runs were opened on: what it no longer carries is never lost in silence."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.capacity.v1 import events_pb2 as capacity_events
from doselane.planning.v1 import events_pb2, planning_pb2
from doselane.type.v1 import type_pb2

from services.kernel.asking import Ask
from services.kernel.errors import Kind, Unavailable
from services.kernel.event import Event
from services.kernel.idempotency import RequestKey
from services.kernel.ids import uuid7
from services.kernel.rpc import Behalf
from services.kernel.timestamps import stamp
from services.planning.capacity import CapacityService
from services.planning.store import Store
from services.planning.usecases.accepting import accept
from services.planning.usecases.planning import PlanningTerms
from tests.integration.planning.plans.conftest import Plant
from tests.integration.planning.plans.test_accepting import Breaking, accepting
from tests.support.planning_plant import NOW, at, new_id


async def in_use(house: Plant, doses: int = 30) -> tuple[planning_pb2.IsotopeDelivery, planning_pb2.Proposal]:
    """A delivery, and the accepted proposal whose runs use it, by start."""
    proposal = await house.proposed(doses)
    accepted = await house.call("AcceptProposal", accepting(proposal))
    name = accepted.runs[0].isotope_delivery
    assert {run.isotope_delivery for run in accepted.runs} == {name}
    await house.runs_heard(len(accepted.runs))
    request = planning_pb2.GetIsotopeDeliveryRequest(name=name)
    return await house.call("GetIsotopeDelivery", request), accepted


def cancelled_event(run: capacity_pb2.Run) -> Event:
    """Capacity's, of a run that was opened before."""
    return Event(
        id=uuid7(),
        type="doselane.capacity.run.cancelled.v1",
        source="doselane/capacity",
        subject=run.name,
        sequence=9,
        time=NOW,
        data=capacity_events.RunCancelled(run=run, version=9).SerializeToString(),
        actor="planner",
        reason="line down",
    )


def cancelling(made: planning_pb2.IsotopeDelivery, **facts: Any) -> planning_pb2.CancelIsotopeDeliveryRequest:
    return planning_pb2.CancelIsotopeDeliveryRequest(name=made.name, request_id=new_id(), **facts)


def changed(
    made: planning_pb2.IsotopeDelivery,
    *,
    factor: float = 1.0,
    arrival_at: datetime | None = None,
    use_by_at: datetime | None = None,
    **facts: Any,
) -> planning_pb2.UpdateIsotopeDeliveryRequest:
    wanted = planning_pb2.IsotopeDelivery()
    wanted.CopyFrom(made)
    wanted.calibration.activity_mbq *= factor
    if arrival_at:
        wanted.arrival_time.CopyFrom(stamp(arrival_at))
    if use_by_at:
        wanted.use_by_time.CopyFrom(stamp(use_by_at))
    return planning_pb2.UpdateIsotopeDeliveryRequest(isotope_delivery=wanted, request_id=new_id(), **facts)


async def test_a_delivery_in_use_is_not_cancelled_in_silence(house: Plant) -> None:
    made, accepted = await in_use(house)
    runs = [run.run for run in accepted.runs]
    refusal = await house.refusal("CancelIsotopeDelivery", cancelling(made))
    assert (refusal.kind, refusal.reason) == (Kind.REFUSED, "DELIVERY_IN_USE")
    told = {"delivery": made.name, "run_count": str(len(runs)), "runs": ",".join(runs)}
    assert {name: refusal.facts[name] for name in told} == told
    assert await house.call("GetIsotopeDelivery", planning_pb2.GetIsotopeDeliveryRequest(name=made.name)) == made
    cancelled = await house.call("CancelIsotopeDelivery", cancelling(made, accept_conflicts=True))
    assert cancelled.state == planning_pb2.IsotopeDelivery.CANCELLED and list(cancelled.conflicting_runs) == runs
    event = events_pb2.IsotopeDeliveryCancelled.FromString((await house.published(made.name))[-1].data)
    assert event.isotope_delivery == cancelled
    read = await house.call("GetIsotopeDelivery", planning_pb2.GetIsotopeDeliveryRequest(name=made.name))
    assert not read.conflicting_runs


async def test_a_change_names_the_runs_that_the_rest_does_not_suffice_for(house: Plant) -> None:
    made, accepted = await in_use(house)
    first, second = accepted.runs
    assert not (await house.call("UpdateIsotopeDelivery", changed(made, factor=1.1))).conflicting_runs
    made.etag = ""
    # Enough for the first run and half of the second.
    used_mbq = (first.pledged.reference_activity_kbq + second.pledged.reference_activity_kbq / 2) / 1000 / 0.8
    lower = used_mbq * 1.05 / made.calibration.activity_mbq
    refusal = await house.refusal("UpdateIsotopeDelivery", changed(made, factor=lower))
    assert (refusal.reason, refusal.facts["runs"]) == ("DELIVERY_IN_USE", second.run)
    request = changed(made, factor=lower, accept_conflicts=True)
    answer = await house.call("UpdateIsotopeDelivery", request)
    assert list(answer.conflicting_runs) == [second.run]
    assert await house.call("UpdateIsotopeDelivery", request) == answer
    event = events_pb2.IsotopeDeliveryUpdated.FromString((await house.published(made.name))[-1].data)
    assert list(event.isotope_delivery.conflicting_runs) == [second.run]


@pytest.mark.parametrize("moved", ["arrival_at", "use_by_at"])
async def test_a_change_names_the_runs_that_start_before_arrival_or_after_use_by(house: Plant, moved: str) -> None:
    made, accepted = await in_use(house)
    first, second = accepted.runs
    between = first.start_time.ToDatetime(at(0, 0).tzinfo) + timedelta(minutes=1)
    refusal = await house.refusal("UpdateIsotopeDelivery", changed(made, **{moved: between}))  # type: ignore[arg-type]
    lost = first if moved == "arrival_at" else second
    assert (refusal.reason, refusal.facts["runs"]) == ("DELIVERY_IN_USE", lost.run)


async def test_runs_that_are_over_or_cancelled_hold_no_delivery(house: Plant) -> None:
    made, accepted = await in_use(house)
    first, second = accepted.runs
    run = await house.capacity.call("GetRun", capacity_pb2.GetRunRequest(name=second.run))
    run.state = capacity_pb2.Run.CANCELLED
    await house.hears(cancelled_event(run))
    refusal = await house.refusal("CancelIsotopeDelivery", cancelling(made))
    assert refusal.facts["runs"] == first.run
    house.clock.advance(first.end_of_synthesis_time.ToDatetime(at(0, 0).tzinfo) - house.clock.now())
    assert not (await house.call("CancelIsotopeDelivery", cancelling(made))).conflicting_runs


async def test_runs_that_are_being_opened_are_named_by_the_names_they_will_have(house: Plant) -> None:
    proposal = await house.proposed(doses=30)
    ask = Ask("planner", "", RequestKey("partners/cdmo", UUID(new_id()), b"any"), "")
    behalf, terms = Behalf(house.planner, None), PlanningTerms(timedelta(0), timedelta(0))
    broken = Breaking(CapacityService(house.capacity, 5), after=0)
    with pytest.raises(Unavailable):
        await accept(proposal.name, "", ask, behalf, terms, broken, Store(house.database), house.clock)
    name = proposal.runs[0].isotope_delivery
    refusal = await house.refusal("CancelIsotopeDelivery", cancelling(planning_pb2.IsotopeDelivery(name=name)))
    accepted = await house.call("AcceptProposal", accepting(proposal))
    assert refusal.facts["runs"].split(",") == [run.run for run in accepted.runs]


async def test_what_a_rejected_proposal_opened_still_uses_its_delivery(house: Plant) -> None:
    proposal = await house.proposed(doses=30)
    ask = Ask("planner", "", RequestKey("partners/cdmo", UUID(new_id()), b"any"), "")
    behalf, terms = Behalf(house.planner, None), PlanningTerms(timedelta(0), timedelta(0))
    broken = Breaking(CapacityService(house.capacity, 5), after=1)
    with pytest.raises(Unavailable):
        await accept(proposal.name, "", ask, behalf, terms, broken, Store(house.database), house.clock)
    rejected = await house.call(
        "RejectProposal", planning_pb2.RejectProposalRequest(name=proposal.name, request_id=new_id())
    )
    [opened] = [run for run in rejected.runs if run.run]
    made = planning_pb2.IsotopeDelivery(name=opened.isotope_delivery)
    assert (await house.refusal("CancelIsotopeDelivery", cancelling(made))).facts["runs"] == opened.run


async def test_an_unused_delivery_changes_as_before(house: Plant) -> None:
    await in_use(house)
    other = await house.announced(calibration=type_pb2.Activity(activity_mbq=5, time=stamp(at(0, 0))))
    assert not (await house.call("UpdateIsotopeDelivery", changed(other, factor=0.1))).conflicting_runs
