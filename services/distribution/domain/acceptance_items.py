"""The items of an acceptance checklist."""

from dataclasses import dataclass
from enum import IntEnum


class ItemState(IntEnum):
    """Whether something is there; the numbers are those of doselane.distribution.v1.AcceptanceItem.State."""

    SATISFIED = 1
    MISSING = 2
    CONTRADICTED = 3


@dataclass(frozen=True, slots=True)
class AcceptanceItem:
    """One thing that is checked; without a package it is about the shipment."""

    item: str
    state: ItemState
    detail: str
    package_id: str = ""


def there(item: str, given: object, satisfied: str, missing: str) -> AcceptanceItem:
    """Something that is there, or is not."""
    return AcceptanceItem(item, ItemState.SATISFIED if given else ItemState.MISSING, satisfied if given else missing)


def right(item: str, given: object, is_so: bool, satisfied: str, contradicted: str) -> AcceptanceItem:
    """Something that is there, and right, or is not."""
    if not given:
        return AcceptanceItem(item, ItemState.MISSING, f"{item} is missing.")
    state = ItemState.SATISFIED if is_so else ItemState.CONTRADICTED
    return AcceptanceItem(item, state, satisfied if is_so else contradicted)
