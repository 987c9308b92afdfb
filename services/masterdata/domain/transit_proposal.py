"""Proposals to let a lane promise what was measured on it: when one is made, and what can become of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

from services.kernel.errors import Stale
from services.kernel.provenance import Provenance
from services.masterdata.domain.contents import Lane
from services.masterdata.domain.refusals import TransitProposalClosed, TransitProposalStale
from services.network.lane_figures import minutes_differ
from services.network.resources import minutes_within

# What a measurement is true of. A lane that changed in one of these is another way, or has other figures already.
OF_THE_WAY = frozenset({"facility", "site", "legs", "transit_quantiles", "promised_percentile", "transit_minutes"})


class TransitProposalState(IntEnum):
    """Where a proposal stands; the numbers are those of doselane.masterdata.v1.TransitProposal.State."""

    OPEN = 1
    ACCEPTED = 2
    REJECTED = 3
    SUPERSEDED = 4


@dataclass(frozen=True, slots=True)
class MeasuredLane:
    """How long a lane takes, as distribution told: whole minutes by percentile, both rising."""

    lane: str
    lane_version: int  # the one that it was measured beside
    quantiles: tuple[tuple[int, int], ...]
    promised_percentile: int
    shipments: int
    since: datetime
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class TransitProposal:
    """A proposal; `lane_document` is the lane as it was when it was measured."""

    name: str
    measured: MeasuredLane
    lane_document: bytes
    changed: Provenance
    state: TransitProposalState = TransitProposalState.OPEN
    version: int = 1

    @property
    def etag(self) -> str:
        """Changes with each change."""
        return f"v{self.version}"


def is_of_the_way(fields: Collection[str]) -> bool:
    """Whether a lane that changed in these fields is not the one any more that was measured."""
    return not OF_THE_WAY.isdisjoint(fields)


def differs_from(measured: MeasuredLane, lane: Lane) -> bool:
    """Whether a lane takes other minutes than it says, by enough to ask a planner."""

    def own(percentile: int) -> float:
        known = tuple((each.percentile, each.minutes) for each in lane.quantiles)
        return minutes_within(known or ((percentile, lane.transit_minutes or 0),), percentile)

    return minutes_differ(measured.quantiles, own)


def is_news(
    latest: TransitProposal, measured: MeasuredLane, lane_changed: Sequence[str], measured_at: datetime
) -> bool:
    """Whether a measurement says something that the latest proposal does not; `lane_changed`: in what the lane changed
    since that was made. Whatever became of it, of another lane than there is now it says nothing."""
    if latest.measured.measured_at > measured_at:
        return False
    return is_of_the_way(lane_changed) or latest.measured.quantiles != measured.quantiles


def accepted(before: TransitProposal, etag: str, lane_changed: Sequence[str], by: Provenance) -> TransitProposal:
    """The proposal whose figures the lane has now; `lane_changed`: in what the lane changed since it was measured."""
    _require_open(before, etag)
    if is_of_the_way(lane_changed):
        raise TransitProposalStale(
            "The lane is not the one any more that was measured. Reject the proposal; new shipments make another.",
            proposal=before.name,
            lane=before.measured.lane,
            changed=",".join(sorted(OF_THE_WAY.intersection(lane_changed))),
        )
    return _next(before, TransitProposalState.ACCEPTED, by)


def rejected(before: TransitProposal, etag: str, by: Provenance) -> TransitProposal:
    """The proposal to which a planner said no."""
    _require_open(before, etag)
    return _next(before, TransitProposalState.REJECTED, by)


def superseded(before: TransitProposal, by: Provenance) -> TransitProposal:
    """The proposal whose place a newer measurement took."""
    return _next(before, TransitProposalState.SUPERSEDED, by)


def _require_open(proposal: TransitProposal, etag: str) -> None:
    if etag and etag != proposal.etag:
        raise Stale(
            "The proposal changed since it was read; read it again.", proposal=proposal.name, etag=proposal.etag
        )
    if proposal.state is not TransitProposalState.OPEN:
        raise TransitProposalClosed(
            f"The proposal is {proposal.state.name}.", proposal=proposal.name, state=proposal.state.name
        )


def _next(proposal: TransitProposal, state: TransitProposalState, by: Provenance) -> TransitProposal:
    return replace(proposal, state=state, version=proposal.version + 1, changed=by)
