"""Deliveries of the manufacturer's ERP: which of their names a shipment may be known by besides."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DeliveryStatement:
    """What an ERP states of a delivery since an instant; `refused` are names that it was told cannot be."""

    stated_by: str  # who runs the ERP, and is told of names that cannot be
    partner: str  # whose order it carries
    delivery: str
    order_reference: str
    further: tuple[str, ...]
    stated_at: datetime
    adapter: str
    message: str
    refused: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All its names, its own first."""
        return (self.delivery, *self.further)


@dataclass(frozen=True, slots=True)
class Joining:
    """The names that join a shipment's references, those that name another shipment, and those that are too many."""

    joins: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    too_many: tuple[str, ...] = ()


def joining(keys: Mapping[str, str], known: Container[str], taken: Container[str], room: int) -> Joining:
    """What becomes of a delivery's names, whose `keys` are given by name in order.

    `known` are the keys by which the shipment is found already, `taken` those that name another one, `room` is how many
    more references it may have.
    """
    new, seen = [], set[str]()
    for name, key in keys.items():
        if key not in known and key not in seen:
            seen.add(key)
            new.append(name)
    free = [name for name in new if keys[name] not in taken]
    return Joining(tuple(free[:room]), tuple(name for name in new if keys[name] in taken), tuple(free[room:]))
