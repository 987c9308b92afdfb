"""Proposals for lanes as protobuf and as the events that publish them, and the measurements that they are made of."""

from collections.abc import Iterable, Mapping
from typing import Any

from doselane.distribution.v1 import events_pb2 as distribution_events
from doselane.masterdata.v1 import events_pb2, resources_pb2, transit_proposal_pb2
from doselane.type.v1 import type_pb2

from services.kernel.errors import Invalid
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import required_instant, stamp
from services.masterdata.domain.transit_proposal import MeasuredLane, TransitProposal, TransitProposalState
from services.masterdata.events.resources import SOURCE, TOPIC

LANE_MEASURED = "doselane.distribution.lane.measured.v1"
DISTRIBUTION_TOPIC = "doselane.distribution"
_TOLD: Mapping[TransitProposalState, tuple[str, Any]] = {
    TransitProposalState.OPEN: ("created", events_pb2.TransitProposalCreated),
    TransitProposalState.ACCEPTED: ("accepted", events_pb2.TransitProposalAccepted),
    TransitProposalState.REJECTED: ("rejected", events_pb2.TransitProposalRejected),
    TransitProposalState.SUPERSEDED: ("superseded", events_pb2.TransitProposalSuperseded),
}


def measured_in(event: Event) -> MeasuredLane | None:
    """How long a lane takes, as an event of distribution tells; None if it tells nothing of that."""
    told = distribution_events.LaneMeasured.FromString(event.data)
    if not told.HasField("transit"):
        return None
    if not told.lane or not told.lane_version or not told.transit.quantiles:
        raise Invalid("The event does not say which lane was measured, or how long it takes.", event=event.id)
    return MeasuredLane(
        lane=told.lane,
        lane_version=told.lane_version,
        quantiles=tuple((each.percentile, each.minutes) for each in told.transit.quantiles),
        promised_percentile=told.transit.promised_percentile,
        shipments=told.transit.shipments,
        since=required_instant(told.transit, "since_time", "transit.since_time"),
        measured_at=event.time,
    )


def proposal_event(proposal: TransitProposal, traceparent: str) -> Event:
    """The event that publishes what became of a proposal. It belongs to no partner."""
    what, message = _TOLD[proposal.state]
    changed = proposal.changed
    return Event(
        id=uuid7(),
        type=f"{TOPIC}.transit_proposal.{what}.v1",
        source=SOURCE,
        subject=proposal.name,
        sequence=proposal.version,
        time=changed.at,
        data=message(transit_proposal=proposal_message(proposal)).SerializeToString(),
        actor=changed.actor,
        reason=changed.reason,
        traceparent=traceparent,
    )


def proposal_message(proposal: TransitProposal) -> transit_proposal_pb2.TransitProposal:
    """A proposal as published."""
    measured, changed = proposal.measured, proposal.changed
    lane = resources_pb2.Lane.FromString(proposal.lane_document)
    return transit_proposal_pb2.TransitProposal(
        name=proposal.name,
        lane=measured.lane,
        state=int(proposal.state),  # type: ignore[arg-type]
        transit_quantiles=quantile_messages(measured.quantiles),
        promised_percentile=measured.promised_percentile,
        transit_minutes=dict(measured.quantiles)[measured.promised_percentile],
        lane_transit_minutes=lane.transit_minutes,
        lane_transit_quantiles=lane.transit_quantiles,
        shipments=measured.shipments,
        since_time=stamp(measured.since),
        measure_time=stamp(measured.measured_at),
        etag=proposal.etag,
        update_time=stamp(changed.at),
        last_change=type_pb2.Change(actor=changed.actor, time=stamp(changed.at), reason=changed.reason),
    )


def lane_document(measured: MeasuredLane) -> bytes:
    """A lane's own figures as they were measured, as what a change of the lane asks for."""
    return resources_pb2.Lane(
        transit_quantiles=quantile_messages(measured.quantiles), promised_percentile=measured.promised_percentile
    ).SerializeToString()


def quantile_messages(quantiles: Iterable[tuple[int, int]]) -> list[resources_pb2.TransitQuantile]:
    """Minutes by percentile as protobuf."""
    return [resources_pb2.TransitQuantile(percentile=percentile, minutes=minutes) for percentile, minutes in quantiles]
