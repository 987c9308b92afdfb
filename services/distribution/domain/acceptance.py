"""What must be there before a shipment may be handed over to its courier, after IATA's acceptance checklist."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum

from services.distribution.domain.shipment import Shipment


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


def checklist(shipment: Shipment, may_leave: Collection[str]) -> list[AcceptanceItem]:
    """What is checked of a shipment, of whose doses those in `may_leave` were filled from a batch that may."""
    packed = {dose for package in shipment.packages for dose in package.doses}
    waiting = [dose for dose in shipment.dose_ids if dose not in may_leave]
    unpacked = [dose for dose in shipment.dose_ids if dose not in packed]
    return [
        _item("courier", shipment.courier, "A courier is known.", "No courier is known."),
        _item("batch", not waiting, "Every dose may leave.", f"No batch that may leave holds {_names(waiting)}."),
        _item("packages", not unpacked, "Every dose is packed.", f"No package holds {_names(unpacked)}."),
    ]


def lacking(items: Sequence[AcceptanceItem]) -> list[str]:
    """What is not satisfied, in words."""
    return [item.detail for item in items if item.state is not ItemState.SATISFIED]


def _item(item: str, there: object, satisfied: str, missing: str) -> AcceptanceItem:
    return AcceptanceItem(item, ItemState.SATISFIED if there else ItemState.MISSING, satisfied if there else missing)


def _names(doses: Sequence[str]) -> str:
    return ", ".join(f"doses/{dose}" for dose in doses)
