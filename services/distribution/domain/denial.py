"""Denials and delays: somebody refused to carry radioactive material, or let it wait. Each is a fact of its own."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

from services.distribution.domain import refusals
from services.distribution.domain.plausibility import TOLERANCE
from services.distribution.domain.shipment import Shipment
from services.kernel.errors import Invalid


class DenialKind(IntEnum):
    """What became of it; the numbers are those of doselane.distribution.v1.Denial.Kind."""

    DENIED = 1
    DELAYED = 2


class Refuser(IntEnum):
    """Who decided so; the numbers are those of doselane.distribution.v1.Denial.Refuser."""

    CARRIER = 1
    CAPTAIN = 2
    AIRPORT = 3
    PORT = 4
    OTHER = 5


@dataclass(frozen=True, slots=True)
class Denial:
    """A denial or delay. What is empty, or None, nobody said."""

    name: str
    kind: DenialKind
    refuser: Refuser
    carrier: str
    cause: str
    denied_at: datetime
    recorded_at: datetime
    actor: str
    lane: str = ""
    departure_at: datetime | None = None
    shipment: str = ""
    delay_minutes: int | None = None


def checked(denial: Denial, shipment: Shipment | None) -> Denial:
    """The denial as it is recorded: of its shipment's lane and departure, where nothing else is said."""
    if denial.kind is DenialKind.DENIED and denial.delay_minutes is not None:
        raise Invalid("delay_minutes is said of a delay only: what was denied did not travel.", field="delay_minutes")
    if denial.denied_at > denial.recorded_at + TOLERANCE:
        raise Invalid("denial_time must not be in the future.", field="denial_time", denial_time=denial.denied_at)
    if shipment is not None:
        if denial.lane not in ("", shipment.lane):
            raise refusals.LaneDiffers(
                "The shipment travels another lane. Leave `lane` out, or record the denial without a shipment.",
                shipment=shipment.name,
                lane=shipment.lane,
            )
        departure_at = denial.departure_at or shipment.departure_at
        denial = replace(denial, lane=shipment.lane, departure_at=departure_at)
    if not denial.lane:
        raise Invalid("lane must be said, or a shipment that travels one.", field="lane")
    return denial
