"""Proposals as protobuf, there and back, and as the events that publish them."""

from collections.abc import Mapping
from typing import Any

from doselane.planning.v1 import events_pb2, planning_pb2
from doselane.type.v1 import type_pb2

from services.kernel.calendar import date_of
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import instant, stamp
from services.network.reading import capacity_message, capacity_of
from services.planning import events
from services.planning.domain.demand import Bucket
from services.planning.domain.explaining import BindingLimit, Covered
from services.planning.domain.forecast import Provenance
from services.planning.domain.plan import Allotted, PlannedRun
from services.planning.domain.proposals import Proposal, ProposalHappened, State
from services.planning.domain.scoring import Score
from services.planning.events.forecasts import date_message

_MESSAGE_OF: Mapping[ProposalHappened, Any] = {
    ProposalHappened.READY: events_pb2.ProposalReady,
    ProposalHappened.FAILED: events_pb2.ProposalFailed,
    ProposalHappened.EDITED: events_pb2.ProposalEdited,
    ProposalHappened.ACCEPTED: events_pb2.ProposalAccepted,
    ProposalHappened.REJECTED: events_pb2.ProposalRejected,
}


def message_of(proposal: Proposal, *, whole: bool = True, coverage: bool = True) -> planning_pb2.Proposal:
    """A proposal as protobuf; not whole, without its runs and coverage."""
    changed = proposal.changed
    message = planning_pb2.Proposal(
        name=proposal.name,
        state=planning_pb2.Proposal.State.Value(proposal.state.value),
        horizon_start_date=date_message(proposal.first_week),
        weeks=proposal.weeks,
        facility=proposal.facility,
        runs=[run_message(run, proposal.run_names.get(run.id, "")) for run in proposal.runs] if whole else (),
        coverage=[_coverage(each) for each in proposal.coverage] if whole and coverage else (),
        failure=proposal.failure,
        edited=proposal.edited,
        etag=proposal.etag,
        create_time=stamp(proposal.created_at),
        update_time=stamp(changed.at),
        last_change=type_pb2.Change(actor=changed.actor, time=stamp(changed.at), reason=changed.reason),
    )
    if proposal.score is not None:
        message.score.CopyFrom(_score(proposal.score))
    if proposal.greedy_score is not None:
        message.greedy_score.CopyFrom(_score(proposal.greedy_score))
    return message


def event_of(proposal: Proposal, happened: ProposalHappened, traceparent: str) -> Event:
    """The event that publishes a change. Coverage is left out: it can be larger than an event may be."""
    changed = proposal.changed
    return Event(
        id=uuid7(),
        type=f"{events.TOPIC}.{happened}.v1",
        source=events.SOURCE,
        subject=proposal.name,
        sequence=proposal.events,
        time=changed.at,
        data=_MESSAGE_OF[happened](proposal=message_of(proposal, coverage=False)).SerializeToString(),
        actor=changed.actor,
        reason=changed.reason,
        traceparent=traceparent,
    )


def proposal_of(message: planning_pb2.Proposal, version: int, event_count: int, solve_seconds_max: int) -> Proposal:
    """A proposal from the message that `message_of` made."""
    change = message.last_change
    return Proposal(
        name=message.name,
        state=State(planning_pb2.Proposal.State.Name(message.state)),
        first_week=date_of(message.horizon_start_date),
        weeks=message.weeks,
        facility=message.facility,
        solve_seconds_max=solve_seconds_max,
        created_at=instant(message.create_time, "create_time"),
        changed=Provenance(change.actor, instant(change.time, "time"), change.reason),
        version=version,
        events=event_count,
        runs=tuple(run_of(run) for run in message.runs),
        coverage=tuple(_covered_of(each) for each in message.coverage),
        score=_score_of(message.score) if message.HasField("score") else None,
        greedy_score=_score_of(message.greedy_score) if message.HasField("greedy_score") else None,
        failure=message.failure,
        edited=message.edited,
        run_names={run.id: run.run for run in message.runs if run.run},
    )


def run_message(run: PlannedRun, name: str) -> planning_pb2.ProposedRun:
    """A run of a proposal; `name` is the run that it became."""
    return planning_pb2.ProposedRun(
        id=run.id,
        product=run.product,
        line=run.line,
        start_time=stamp(run.start_at),
        end_of_synthesis_time=stamp(run.end_of_synthesis_at),
        isotope_delivery=run.delivery,
        pledged=capacity_message(run.pledged),
        allotments=[
            planning_pb2.ProposedAllotment(
                partner=each.partner,
                capacity=capacity_message(each.capacity),
                release_back_time=stamp(each.release_back_at),
                agreement=each.agreement,
            )
            for each in run.allotments
        ],
        claim_cutoff_time=stamp(run.claim_cutoff_at),
        run=name,
    )


def run_of(message: planning_pb2.ProposedRun) -> PlannedRun:
    """A run from the message that `run_message` made; whom it serves is not in it."""
    return PlannedRun(
        id=message.id,
        product=message.product,
        line=message.line,
        start_at=instant(message.start_time, "start_time"),
        end_of_synthesis_at=instant(message.end_of_synthesis_time, "end_of_synthesis_time"),
        delivery=message.isotope_delivery,
        pledged=capacity_of(message.pledged),
        claim_cutoff_at=instant(message.claim_cutoff_time, "claim_cutoff_time"),
        allotments=tuple(
            Allotted(
                each.partner,
                capacity_of(each.capacity),
                instant(each.release_back_time, "release_back_time"),
                each.agreement,
            )
            for each in message.allotments
        ),
    )


def _score(score: Score) -> planning_pb2.Score:
    return planning_pb2.Score(
        objective=score.objective,
        bound=score.bound,
        gap_fraction=score.gap,
        firm_doses_covered=score.firm_covered,
        firm_doses=score.firm,
        forecast_doses_covered=score.covered,
        forecast_doses=score.doses,
        activity_wasted_mbq=score.wasted_mbq,
        solve_seconds=score.seconds,
    )


def _score_of(message: planning_pb2.Score) -> Score:
    return Score(
        objective=message.objective,
        firm_covered=message.firm_doses_covered,
        firm=message.firm_doses,
        covered=message.forecast_doses_covered,
        doses=message.forecast_doses,
        wasted_mbq=message.activity_wasted_mbq,
        seconds=message.solve_seconds,
        bound=message.bound if message.HasField("bound") else None,
    )


def _coverage(covered: Covered) -> planning_pb2.Coverage:
    bucket = covered.bucket
    return planning_pb2.Coverage(
        partner=bucket.partner,
        product=bucket.product,
        region=bucket.region,
        week_start_date=date_message(bucket.week),
        firm_doses=bucket.firm,
        forecast_doses=bucket.doses,
        covered_doses=covered.doses,
        binding=planning_pb2.Coverage.Binding.Value(covered.binding.value),
        explanation=covered.explanation,
    )


def _covered_of(message: planning_pb2.Coverage) -> Covered:
    bucket = Bucket(
        message.partner,
        message.product,
        message.region,
        date_of(message.week_start_date),
        message.firm_doses,
        message.forecast_doses,
    )
    binding = BindingLimit(planning_pb2.Coverage.Binding.Name(message.binding))
    return Covered(bucket, message.covered_doses, binding, message.explanation)
