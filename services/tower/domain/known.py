"""What the tower keeps of others, each as its newest version has it: the facts that a dose is judged by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

from services.network import Facility, Lane, Product, Site


class SlotStanding(IntEnum):
    """Where a slot stands; the numbers are those of doselane.slotting.v1.Slot.State."""

    UNKNOWN = 0
    HELD = 1
    CONFIRMED = 2
    FULFILLED = 3
    RELEASED = 4
    EXPIRED = 5
    LOST = 6


class LostPlace(IntEnum):
    """What a slot at risk has lost; the numbers are those of doselane.slotting.v1.Slot.Risk."""

    NONE = 0
    RUN = 1
    QUALITY_CONTROL = 2
    DEPARTURE = 3
    RECEIVING_WINDOW = 4
    LICENCE = 5
    PRODUCT = 6


class RunStanding(IntEnum):
    """Where a run stands; the numbers are those of doselane.capacity.v1.Run.State."""

    UNKNOWN = 0
    PLANNED = 1
    OPEN = 2
    CLOSED = 3
    IN_PRODUCTION = 4
    PRODUCED = 5
    CANCELLED = 6
    FAILED = 7


class BatchPhase(IntEnum):
    """Where a batch stands; the numbers are those of doselane.quality.v1.Batch.State."""

    UNKNOWN = 0
    IN_QC = 1
    READY_TO_SHIP = 2
    CERTIFIED_FOR_USE = 3
    CERTIFIED_FINAL = 4
    REJECTED = 5
    FAILED_AFTER_USE = 6


class CarriageStanding(IntEnum):
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


IN_HAND = frozenset(
    {
        CarriageStanding.COLLECTED,
        CarriageStanding.IN_TRANSIT,
        CarriageStanding.OUT_FOR_DELIVERY,
        CarriageStanding.EXCEPTION,
        CarriageStanding.RETURNED,
    }
)
PROMISED = frozenset({SlotStanding.CONFIRMED, SlotStanding.FULFILLED, SlotStanding.LOST})
WITHDRAWN = frozenset({RunStanding.CANCELLED, RunStanding.FAILED})


class KnownSlot(NamedTuple):
    """A slot: what was promised, and whether it still stands. `dose` is the id of the slot and of its dose."""

    dose: str
    version: int
    partner: str
    state: int
    risk: int
    run: str
    product: str
    site: str
    lane: str
    order_reference: str
    administration_mbq: float | None
    administration_at: datetime | None
    departure_at: datetime | None
    delivery_at: datetime | None
    lost_cause: str  # of a lost one; empty if nobody said
    replaces: str = ""  # the lost dose whose place it takes


class KnownRun(NamedTuple):
    """A run. `made_at` is when its synthesis ended in fact; None before that is known."""

    name: str
    version: int
    product: str
    facility: str
    state: int
    ends_at: datetime | None
    made_at: datetime | None
    cutoff_at: datetime | None
    use_by_at: datetime | None


class KnownBatch(NamedTuple):
    """A batch, the tests that it fails, and those things of its critical path that are there."""

    name: str
    version: int
    run: str
    state: int
    expires_at: datetime | None
    failed_tests: Sequence[str]
    settled_items: Sequence[str]


class KnownVial(NamedTuple):
    """What was filled for a dose, with its activity at administration."""

    name: str
    version: int
    dose: str
    batch: str
    administration_mbq: float | None
    surplus: bool


class KnownShipment(NamedTuple):
    """A shipment. `moved_at` is when its last milestone happened; `overdue` are kinds of those that did not come."""

    name: str
    version: int
    doses: Sequence[str]
    state: int
    lane: str
    departure_at: datetime | None
    p50_at: datetime | None
    p90_at: datetime | None
    delivered_at: datetime | None
    moved_at: datetime | None
    overdue: Sequence[str]
    excursions: int
    declined: bool  # its courier does not carry it
    loss_cause: str


class KnownDenial(NamedTuple):
    """Somebody refused to carry, or let wait: a shipment, or else what a departure of a lane was to carry."""

    name: str
    version: int
    delayed: bool
    lane: str
    departure_at: datetime | None
    shipment: str
    delay_minutes: int | None
    denied_at: datetime | None


class KnownItem(NamedTuple):
    """Something that a batch still needs, as quality told of it last. `dose`: that misses it first, if one does."""

    key: str
    version: int
    batch: str
    item: str
    dose: str
    gate: str  # DISPATCH, USE or FINAL
    latest_at: datetime | None
    left_percent: int


class KnownSupply(NamedTuple):
    """A delivery of isotope, and the runs that it no longer carries."""

    name: str
    version: int
    cancelled: bool
    runs: Sequence[str]


class KnownResource(NamedTuple):
    """A version of a resource of master data, as it was published. `site`: where a lane leads."""

    name: str
    version: int
    kind: str
    deleted: bool
    document: bytes
    site: str


@dataclass(frozen=True, slots=True)
class DoseFacts:
    """All that is known of a dose. What is None, or not there, was not heard of.

    `other_runs` make the same product and take claims, `lanes` lead to its centre. `delay_max` is how much later than
    promised an administration may be for a move to count as a help.
    """

    slot: KnownSlot
    run: KnownRun | None = None
    batch: KnownBatch | None = None
    vial: KnownVial | None = None
    shipment: KnownShipment | None = None
    denials: Sequence[KnownDenial] = ()
    items: Sequence[KnownItem] = ()
    supplies: Sequence[KnownSupply] = ()
    other_runs: Sequence[KnownRun] = ()
    product: Product | None = None
    site: Site | None = None
    lanes: Sequence[Lane] = ()
    facilities: Mapping[str, Facility] = field(default_factory=dict)
    delay_max: timedelta = timedelta(0)
    replaced_by: str = ""  # the dose that takes the place of this one, which is lost

    @property
    def delivered(self) -> bool:
        """Whether the dose is at its centre."""
        at_centre = self.shipment is not None and self.shipment.state == CarriageStanding.DELIVERED
        return at_centre or self.slot.state == SlotStanding.FULFILLED

    @property
    def in_hand(self) -> bool:
        """Whether a courier has it."""
        return self.shipment is not None and self.shipment.state in IN_HAND

    @property
    def lane(self) -> Lane | None:
        """The lane that it was promised."""
        return next((each for each in self.lanes if each.name == self.slot.lane), None)

    @property
    def carrier_subject(self) -> str:
        """What incidents on the way are about: its shipment, or the dose itself before it has one."""
        return self.shipment.name if self.shipment else f"doses/{self.slot.dose}"
