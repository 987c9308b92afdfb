"""What distribution knows of what others own: each as its owner last told it, with the version that told it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """A slot, as far as its shipment goes by it. What is None, or empty, nobody said."""

    dose: str  # the slot's id
    version: int
    partner: str
    run: str
    product: str
    site: str
    lane: str
    confirmed: bool
    over: bool  # released, expired or lost: nobody waits for it
    administration_mbq: float | None
    administration_at: datetime | None
    departure_at: datetime | None
    delivery_at: datetime | None
    order_reference: str = ""  # the sponsor's own name of the order


@dataclass(frozen=True, slots=True)
class RunTold:
    """A run: when its last synthesis ended, or is to end, and whether it makes nothing."""

    name: str
    version: int
    end_of_synthesis_at: datetime | None
    cancelled: bool


@dataclass(frozen=True, slots=True)
class BatchTold:
    """Whether the doses of a batch may leave."""

    name: str
    version: int
    run: str
    may_leave: bool


@dataclass(frozen=True, slots=True)
class VialTold:
    """The vial of a dose, and the batch that it was filled from. A surplus one may be given to nobody."""

    name: str
    version: int
    dose: str
    batch: str
    surplus: bool


@dataclass(frozen=True, slots=True)
class DeclarationTold:
    """A declaration of dangerous goods that was issued for a dose of a batch."""

    document: str
    version: int
    dose: str
    batch: str


@dataclass(frozen=True, slots=True)
class ResourceTold:
    """A version of a resource of master data, as it was published."""

    name: str
    version: int
    kind: str
    deleted: bool
    document: bytes


@dataclass(frozen=True, slots=True)
class OrderFailed:
    """An adapter could not tell a courier what an event of ours asks."""

    event_id: str
    detail: str
    about: str = ""  # the part of it, by the name of what it is about: a package's, or the shipment's


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """Where something is collected or delivered, as people call it."""

    name: str
    display_name: str = ""
    time_zone: str = ""
    address: str = ""
    emergency_contact: str = ""
