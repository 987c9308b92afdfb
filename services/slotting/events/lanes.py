"""What distribution counted on lanes."""

from typing import NamedTuple

from doselane.distribution.v1 import events_pb2, lane_pb2

from services.kernel.errors import Invalid
from services.kernel.event import Event
from services.network import reading
from services.network.lane_figures import AcceptanceRates

_LANE_MEASURED = "doselane.distribution.lane.measured.v1"


class LaneAcceptance(NamedTuple):
    """How often doses were accepted and denied on a lane, as published; an empty document: nothing is measured."""

    lane: str
    version: int
    document: bytes


def lane_acceptance_of(event: Event) -> LaneAcceptance | None:
    """What an event tells of a lane; None for an event of something else. Raises what cannot be relied on."""
    if event.type != _LANE_MEASURED:
        return None
    told = events_pb2.LaneMeasured.FromString(event.data)
    if not told.lane:
        raise Invalid("The event does not say which lane was measured.", field="lane", event=event.id)
    document = told.acceptance.SerializeToString() if told.HasField("acceptance") else b""
    rates_in(document)
    return LaneAcceptance(told.lane, event.sequence, document)


def rates_in(document: bytes) -> AcceptanceRates | None:
    """What was counted on a lane; None: nothing."""
    return reading.acceptance_of(lane_pb2.AcceptanceMeasurement.FromString(document)) if document else None
