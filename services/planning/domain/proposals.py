"""A proposal from the asking to the end: what can happen to it when, and what is refused."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid5

from services.kernel.errors import Busy, GatewayError, InvalidFields, Kind, NotFound, Stale
from services.planning.domain.editing import Judged
from services.planning.domain.explaining import Covered
from services.planning.domain.forecast import Provenance
from services.planning.domain.limits import Broken
from services.planning.domain.plan import PlannedRun
from services.planning.domain.scoring import Score

WEEKS_DEFAULT, WEEKS_MAX = 26, 52
SOLVE_SECONDS_DEFAULT, SOLVE_SECONDS_MAX = 50, 600
RUNS_MAX = 3000  # so that an event holds them all
WAITING_MAX = 20
_TOLD_MAX = 20


class State(StrEnum):
    """Where a proposal stands."""

    SOLVING = "SOLVING"
    READY = "READY"
    FAILED = "FAILED"
    ACCEPTING = "ACCEPTING"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"


class ProposalHappened(StrEnum):
    """What is published of a proposal; the last part but one of the event type."""

    READY = "proposal.ready"
    FAILED = "proposal.failed"
    EDITED = "proposal.edited"
    ACCEPTED = "proposal.accepted"
    REJECTED = "proposal.rejected"


class ProposalUnknown(NotFound):
    """There is no such proposal."""

    reason = "PROPOSAL_UNKNOWN"


class ProposalState(GatewayError):
    """The proposal stands where this is not possible; the facts say where it would be."""

    kind, reason = Kind.REFUSED, "PROPOSAL_STATE"


class QueueFull(Busy):
    """Too many proposals are being worked out already."""

    reason = "PROPOSALS_WAITING"


class LimitsRefused(InvalidFields):
    """The runs break limits. `violations` names each with its field, `reasons` and `runs` say which."""

    kind, reason = Kind.REFUSED, "LIMITS_BROKEN"

    def __init__(self, broken: Sequence[Broken], places: Mapping[str, int]) -> None:
        told = [
            (
                f"runs[{places[each.run]}].{each.field}" if each.run in places else "runs",
                f"{each.reason}: {each.sentence}",
            )
            for each in broken[:_TOLD_MAX]
        ]
        super().__init__(told)
        self.message = f"The runs break {len(broken)} limits: " + "; ".join(f"{where} {what}" for where, what in told)
        self.facts = {
            **self.facts,
            "count": str(len(broken)),
            "reasons": ",".join(sorted({each.reason for each in broken})),
            "runs": ",".join(sorted({each.run for each in broken if each.run})),
        }


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal; `run_names` are what its runs became, by their ids."""

    name: str
    state: State
    first_week: date
    weeks: int
    facility: str
    solve_seconds_max: int
    created_at: datetime
    changed: Provenance
    version: int = 1
    events: int = 0
    runs: tuple[PlannedRun, ...] = ()
    coverage: tuple[Covered, ...] = ()
    score: Score | None = None
    greedy_score: Score | None = None
    failure: str = ""
    edited: bool = False
    run_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """Changes with each change."""
        return f"v{self.version}"

    def require(self, etag: str, states: Collection[State]) -> None:
        """Refuses what was asked of another version, or in a state where it is not possible."""
        if etag and etag != self.etag:
            raise Stale("The proposal changed since you read it.", proposal=self.name, etag=self.etag)
        require_state(self.name, self.state, states)


def require_state(proposal: str, state: State, states: Collection[State]) -> None:
    """Refuses what is not possible in a state."""
    if state not in states:
        possible = ",".join(sorted(states))
        raise ProposalState(
            f"The proposal is {state}; this needs {possible}.", proposal=proposal, state=state, states=possible
        )


def derived(proposal: str, run_id: str, what: str) -> UUID:
    """The same id for the same run of the same proposal, whenever it is asked."""
    return uuid5(UUID(proposal.removeprefix("proposals/")), f"{run_id} {what}")


def run_name_of(proposal: str, run_id: str) -> str:
    """The name that a run of a proposal gets when it is opened."""
    return f"runs/plan-{derived(proposal, run_id, 'run').hex[:24]}"


def ready(proposal: Proposal, judged: Judged, greedy: Score | None, by: Provenance) -> Proposal:
    """The proposal with the plan that was worked out; failed, if no event could carry its runs."""
    if len(judged.plan.runs) > RUNS_MAX:
        return failed(proposal, f"It takes more than {RUNS_MAX} runs; ask for fewer weeks, or for one facility.", by)
    return _next(
        replace(proposal, runs=judged.plan.runs, coverage=judged.coverage, score=judged.score, greedy_score=greedy),
        State.READY,
        by,
        published=True,
    )


def failed(proposal: Proposal, why: str, by: Provenance) -> Proposal:
    """The proposal that could not be worked out."""
    return _next(replace(proposal, failure=why[:2000]), State.FAILED, by, published=True)


def edited(proposal: Proposal, judged: Judged, by: Provenance) -> Proposal:
    """The proposal with a planner's own runs; no solver bounds them."""
    after = replace(proposal, runs=judged.plan.runs, coverage=judged.coverage, score=judged.score, edited=True)
    return _next(after, State.READY, by, published=True)


def accepting(proposal: Proposal, by: Provenance) -> Proposal:
    """The proposal while its runs are created and opened."""
    return _next(proposal, State.ACCEPTING, by, published=False)


def accepted(proposal: Proposal, by: Provenance) -> Proposal:
    """The proposal whose runs are open."""
    return _next(proposal, State.ACCEPTED, by, published=True)


def rejected(proposal: Proposal, by: Provenance) -> Proposal:
    """The proposal to which a planner said no."""
    return _next(proposal, State.REJECTED, by, published=True)


def refuse_outdated(proposal: Proposal, now: datetime) -> None:
    """Refuses to accept runs that would take no claims any more, before any of them is created."""
    late = [run for run in proposal.runs if run.claim_cutoff_at <= now and run.id not in proposal.run_names]
    if late:
        broken = [Broken(each.id, "start_time", "IN_THE_PAST", "The run takes no claims any more.") for each in late]
        raise LimitsRefused(broken, {run.id: place for place, run in enumerate(proposal.runs)})


def _next(proposal: Proposal, state: State, by: Provenance, *, published: bool) -> Proposal:
    events = proposal.events + published
    return replace(proposal, state=state, version=proposal.version + 1, events=events, changed=by)
