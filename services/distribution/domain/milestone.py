"""What couriers tell of shipments: milestones, and the state that each kind leads to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class MilestoneKind(IntEnum):
    """What a milestone says happened; the numbers are those of doselane.courier.v1.Milestone.Kind."""

    UNKNOWN = 0
    BOOKED = 1
    COLLECTED = 2
    DEPARTED = 3
    ARRIVED = 4
    CUSTOMS_HELD = 5
    CUSTOMS_CLEARED = 6
    OUT_FOR_DELIVERY = 7
    DELIVERED = 8
    DELAYED = 9
    EXCEPTION = 10
    RETURNED = 11
    CANCELLED = 12
    OBSERVED = 13


class ShipmentState(IntEnum):
    """Where a shipment stands; the numbers are those of doselane.distribution.v1.Shipment.State."""

    UNKNOWN = 0
    BOOKED = 1
    COLLECTED = 2
    IN_TRANSIT = 3
    OUT_FOR_DELIVERY = 4
    DELIVERED = 5
    EXCEPTION = 6
    RETURNED = 7
    LOST = 8
    CANCELLED = 9


# A kind that is not here never moves the state: UNKNOWN is not guessed, OBSERVED is a reading, DELAYED moves only the
# expectation. A stop by customs and a withdrawn announcement both mean that the dose waits while it decays.
STATE_OF_KIND: Mapping[MilestoneKind, ShipmentState] = {
    MilestoneKind.BOOKED: ShipmentState.BOOKED,
    MilestoneKind.CANCELLED: ShipmentState.EXCEPTION,
    MilestoneKind.COLLECTED: ShipmentState.COLLECTED,
    MilestoneKind.DEPARTED: ShipmentState.IN_TRANSIT,
    MilestoneKind.ARRIVED: ShipmentState.IN_TRANSIT,
    MilestoneKind.CUSTOMS_HELD: ShipmentState.EXCEPTION,
    MilestoneKind.CUSTOMS_CLEARED: ShipmentState.IN_TRANSIT,
    MilestoneKind.OUT_FOR_DELIVERY: ShipmentState.OUT_FOR_DELIVERY,
    MilestoneKind.EXCEPTION: ShipmentState.EXCEPTION,
    MilestoneKind.DELIVERED: ShipmentState.DELIVERED,
    MilestoneKind.RETURNED: ShipmentState.RETURNED,
}

# The stages of a way in their order: the place in the table above, from 1. What does not move the state is at stage 0.
STAGE: Mapping[MilestoneKind, int] = dict.fromkeys(MilestoneKind, 0) | {
    kind: 1 + place for place, kind in enumerate(STATE_OF_KIND)
}

# What a courier can do to a dose only once there is one, and has it in hand. It may be announced, called off, late or
# in trouble before.
IN_HAND = frozenset(
    {
        MilestoneKind.COLLECTED,
        MilestoneKind.DEPARTED,
        MilestoneKind.ARRIVED,
        MilestoneKind.CUSTOMS_HELD,
        MilestoneKind.CUSTOMS_CLEARED,
        MilestoneKind.OUT_FOR_DELIVERY,
        MilestoneKind.DELIVERED,
        MilestoneKind.RETURNED,
    }
)
# Those that bring a shipment on its way: each answers the expectation of every one before it.
ON_THE_WAY = IN_HAND - {MilestoneKind.RETURNED}


@dataclass(frozen=True, slots=True)
class Position:
    """A point on the earth, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class SensorReading:
    """One reading of a sensor, as far as it is a number: the value, and the ends of its interval."""

    type: str  # as pushed: a GS1 measurement type such as `Temperature`, or the sender's URI
    unit: str  # UN/CEFACT code
    values: tuple[float, ...]
    at: datetime | None = None
    device: str = ""


@dataclass(frozen=True, slots=True)
class Milestone:
    """What the rules need to know of a courier's milestone."""

    event_id: str  # the courier's own; one id is one fact
    kind: MilestoneKind
    time: datetime | None = None  # None: the courier gave a local time in a zone that cannot be known
    local_time: str = ""
    retracted: bool = False
    retracts: tuple[str, ...] = ()
    expected_delivery_at: datetime | None = None
    message: bytes = b""  # the milestone as published; tells two contents of one id apart
    told_at: datetime | None = None  # when it reached us
    position: Position | None = None
    readings: tuple[SensorReading, ...] = ()
    place: str = ""  # in words
    answers: str = ""  # the id of our event that asked the courier for something, and to which this is its yes

    @property
    def moves(self) -> bool:
        """Whether its kind can move the state."""
        return self.kind in STATE_OF_KIND

    @property
    def matters(self) -> bool:
        """Whether the standing can depend on it. Readings on the way do not matter, and they are the many."""
        return self.moves or self.retracted or bool(self.retracts) or self.expected_delivery_at is not None


@dataclass(frozen=True, slots=True)
class MilestoneFact:
    """A milestone as it reached us, and whom it could belong to."""

    courier: str
    references: tuple[str, ...]
    milestone: Milestone
    push: str
    event_id: str  # of the event behind it
    recorded_at: datetime
    actor: str = ""
    traceparent: str = ""
