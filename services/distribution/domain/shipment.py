"""A shipment as it stands: what it carries, who has it, what is expected of it. Changes are in `changing`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple

from services.distribution.domain import refusals
from services.distribution.domain.course import ExpectedMilestone, Prediction
from services.distribution.domain.excursions import Excursion
from services.distribution.domain.milestone import ShipmentState
from services.distribution.domain.packages import Package
from services.distribution.domain.plausibility import Doubt
from services.kernel.activity import Nuclide, activity_at
from services.kernel.errors import Stale
from services.kernel.provenance import Provenance

# Nothing more is expected of it.
ENDED = frozenset({ShipmentState.DELIVERED, ShipmentState.RETURNED, ShipmentState.LOST, ShipmentState.CANCELLED})
_NOT_IN_HAND = frozenset({ShipmentState.UNKNOWN, ShipmentState.BOOKED, ShipmentState.EXCEPTION})


@dataclass(frozen=True, slots=True)
class CarriedDose:
    """A dose in a shipment, as slotting promised it. What is None is not known."""

    dose: str  # its id, which is its slot's
    run: str
    product: str = ""
    nuclide: Nuclide | None = None
    administration_mbq: float | None = None
    administration_at: datetime | None = None

    def activity_mbq(self, at: datetime | None) -> float | None:
        """Its activity at an instant: what decay leaves of what is wanted at administration."""
        if at is None or self.nuclide is None or self.administration_mbq is None or self.administration_at is None:
            return None
        return activity_at(self.administration_mbq, self.administration_at, at, self.nuclide)


class Itinerary(NamedTuple):
    """Where a dose goes, how and when; what is empty, or None, nobody said."""

    site: str
    lane: str
    departure_at: datetime | None


@dataclass(frozen=True, slots=True)
class Custody:
    """Somebody took a shipment over. What is empty, or None, nobody said."""

    to_party: str
    from_party: str = ""
    at: datetime | None = None
    place: str = ""
    actor: str = ""
    milestone_event_id: str = ""
    received_by: str = ""


class LossCause(IntEnum):
    """What happened to a shipment; the numbers are those of doselane.distribution.v1.Loss.Cause."""

    MISSING = 1
    DAMAGED = 2
    DENIED = 3
    TOO_LATE = 4
    EXCURSION = 5
    RECALLED = 6
    OTHER = 7


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a shipment is lost."""

    cause: LossCause
    detail: str
    at: datetime


class OrderKind(StrEnum):
    """What was asked of a courier."""

    BOOK = "BOOK"
    CANCEL = "CANCEL"
    REDIRECT = "REDIRECT"


class OrderState(StrEnum):
    """What became of it."""

    REQUESTED = "REQUESTED"
    CONFIRMED = "CONFIRMED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class CourierOrder:
    """Something that was asked of a courier."""

    kind: OrderKind
    event_id: str  # of our event that asks
    asked_at: datetime
    state: OrderState = OrderState.REQUESTED
    answered_at: datetime | None = None
    detail: str = ""
    courier: str = ""  # who was asked; empty in what was kept before it was noted: the courier of then
    undone: tuple[str, ...] = ()  # of a failed one: by what name each part of it failed, such as a package's


@dataclass(frozen=True, slots=True)
class Shipment:
    """Doses of one sponsor that travel together to one centre.

    `moved_to` is what the set of milestones says; an operator's word that it is lost, or was called off, is a fact too.
    """

    name: str
    partner: str
    site: str
    lane: str
    doses: tuple[CarriedDose, ...]
    created_at: datetime
    changed: Provenance
    version: int = 0
    courier: str = ""
    references: tuple[str, ...] = ()
    departure_at: datetime | None = None
    promised_delivery_at: datetime | None = None
    packages: tuple[Package, ...] = ()
    moved_to: ShipmentState = ShipmentState.UNKNOWN
    last_milestone: bytes = b""  # as published, with the references of this shipment only
    expected_delivery_at: datetime | None = None
    delivered_at: datetime | None = None  # None too if the courier's time cannot be known
    doubts: tuple[Doubt, ...] = ()  # milestones that cannot be true and that nobody has settled
    settled: tuple[tuple[str, bool], ...] = ()  # what an operator said of some: whether they count
    expected: tuple[ExpectedMilestone, ...] = ()
    prediction: Prediction | None = None
    handed_over: tuple[Custody, ...] = ()  # as it was recorded by call
    taken: tuple[Custody, ...] = ()  # as the milestones say
    set_out: bool = False  # whether a milestone that counts can only be told of what is in a courier's hands
    excursions: tuple[Excursion, ...] = ()
    loss: Loss | None = None
    cancelled_at: datetime | None = None
    orders: tuple[CourierOrder, ...] = ()
    milestones: int = 0  # how many were recorded

    @property
    def state(self) -> ShipmentState:
        """Where it stands. What was called off and is on its way all the same, is on its way."""
        if self.loss is not None:
            return ShipmentState.LOST
        if self.cancelled_at is not None and not self.in_hand:
            return ShipmentState.CANCELLED
        return self.moved_to or ShipmentState.BOOKED

    @property
    def in_hand(self) -> bool:
        """Whether a courier has, or had, it: then what it carries cannot be changed."""
        return bool(self.taken or self.handed_over) or self.set_out or self.moved_to not in _NOT_IN_HAND

    @property
    def courier_has_it(self) -> bool:
        """Whether its courier of now has, or had, it in hand, by its own word or by a hand-over that was recorded."""
        told = self.set_out or self.moved_to not in _NOT_IN_HAND
        return told or any(each.to_party == self.courier for each in self.custody)

    @property
    def asks_courier(self) -> bool:
        """Whether its courier of now was asked to carry it, did not say no, and was not asked since to leave it."""
        own = [
            each for each in self.orders if each.courier in ("", self.courier) and each.state is not OrderState.FAILED
        ]
        kinds = [each.kind for each in own if each.kind is not OrderKind.REDIRECT]
        return bool(kinds) and kinds[-1] is OrderKind.BOOK

    @property
    def journey(self) -> Itinerary:
        """The way it goes."""
        return Itinerary(self.site, self.lane, self.departure_at)

    @property
    def etag(self) -> str:
        """Changes with each change."""
        return f"{self.version}"

    @property
    def dose_ids(self) -> tuple[str, ...]:
        """The ids of the doses in it."""
        return tuple(each.dose for each in self.doses)

    @property
    def administration_at(self) -> datetime | None:
        """When the last of its doses is to be administered; after that it is of no use."""
        return max((each.administration_at for each in self.doses if each.administration_at), default=None)

    @property
    def custody(self) -> tuple[Custody, ...]:
        """Who had it in hand, by time; what has no time comes last."""
        found = (*self.taken, *self.handed_over)
        return tuple(sorted(found, key=lambda each: (each.at is None, each.at or self.created_at)))

    def same_references(self, courier: str, references: Iterable[str]) -> bool:
        """Whether these words name this shipment already."""
        return self.courier == courier and set(self.references) == set(references)

    def require_etag(self, etag: str) -> None:
        """Refuses whoever has seen another version."""
        if etag and etag != self.etag:
            raise Stale("The shipment has changed since it was read.", name=self.name, etag=self.etag)

    def require_open(self) -> None:
        """Refuses what no longer makes sense for a shipment that ended."""
        if self.state in ENDED:
            raise refusals.WrongShipmentState("The shipment has ended.", name=self.name, state=self.state.name)

    def require_not_in_hand(self) -> None:
        """Refuses what must be done before the courier has it."""
        self.require_open()
        if self.in_hand:
            raise refusals.WrongShipmentState(
                "The courier has the shipment already.", name=self.name, state=self.state.name
            )
