"""What must be there before a shipment may be handed over to its courier.

The model is IATA's acceptance checklist for radioactive material, whose rule it follows too: everything is looked at,
and all that is not in order is said. It is no substitute for the edition in force, nor for the person who accepts.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.distribution.domain.acceptance_items import AcceptanceItem, ItemState, there
from services.distribution.domain.package_acceptance import package_items
from services.distribution.domain.packages import Class7Findings, Package, contents_at, findings_of
from services.distribution.domain.shipment import Shipment
from services.network.a2 import A2Edition
from services.network.class7 import PackageType, index_sum
from services.network.class7_limits import too_much_by_air
from services.network.resources import Lane, LegMode

# Sum of the indices in one consignment that does not travel under exclusive use (IAEA SSR-6, table 10).
INDEX_SUM_MAX = Decimal(50)


@dataclass(frozen=True, slots=True)
class AcceptanceGrounds:
    """What a shipment is checked against: its doses that may leave, those with a declaration of dangerous goods, the
    values of A2 that are in force, and its lane, if it is known."""

    may_leave: Collection[str]
    declared: Collection[str]
    edition: A2Edition
    lane: Lane | None = None


def checklist(shipment: Shipment, grounds: AcceptanceGrounds) -> list[AcceptanceItem]:
    """What is checked of a shipment and of each of its packages."""
    found = {
        package.package_id: findings_of(package, grounds.edition, shipment.departure_at)
        for package in shipment.packages
    }
    items = [*_shipment_items(shipment, grounds), _indices(shipment.packages, list(found.values()))]
    for package in shipment.packages:
        items += package_items(package, found[package.package_id], shipment)
    return [*items, *_by_air(shipment, grounds)]


def lacking(items: Sequence[AcceptanceItem]) -> list[str]:
    """What is not satisfied, in words."""
    return [
        f"{item.package_id}: {item.detail}" if item.package_id else item.detail
        for item in items
        if item.state is not ItemState.SATISFIED
    ]


def _shipment_items(shipment: Shipment, grounds: AcceptanceGrounds) -> Iterator[AcceptanceItem]:
    packed = {dose for package in shipment.packages for dose in package.doses}
    excepted = {dose for package in shipment.packages if package.is_excepted for dose in package.doses}
    waiting = [dose for dose in shipment.dose_ids if dose not in grounds.may_leave]
    unpacked = [dose for dose in shipment.dose_ids if dose not in packed]
    undeclared = [dose for dose in shipment.dose_ids if dose not in grounds.declared and dose not in excepted]
    yield there("courier", shipment.courier, "A courier is known.", "No courier is known.")
    yield there("batch", not waiting, "Every dose may leave.", f"No batch that may leave holds {_names(waiting)}.")
    yield there("packages", not unpacked, "Every dose is packed.", f"No package holds {_names(unpacked)}.")
    yield there(
        "declaration",
        not undeclared,
        "Every dose has its declaration of dangerous goods.",
        f"There is no declaration of dangerous goods (document) for {_names(undeclared)}.",
    )
    if grounds.lane is not None and not grounds.lane.class_7:
        yield AcceptanceItem(
            "class_7_acceptance", ItemState.CONTRADICTED, f"A carrier on {grounds.lane.name} does not accept class 7."
        )


def _by_air(shipment: Shipment, grounds: AcceptanceGrounds) -> Iterator[AcceptanceItem]:
    """What is too strong for an aircraft, where the lane flies."""
    if grounds.lane is None or all(leg.mode is not LegMode.AIR for leg in grounds.lane.legs):
        return
    for package in shipment.packages:
        if package.design is not PackageType.TYPE_B_U:
            continue
        contents = contents_at(package, shipment.departure_at)
        if said := too_much_by_air(contents, grounds.edition, special_form=package.special_form):
            yield AcceptanceItem("air_limit", ItemState.CONTRADICTED, said, package.package_id)


def _indices(packages: Sequence[Package], found: Sequence[Class7Findings]) -> AcceptanceItem:
    """The sum of the indices; excepted packages have none."""
    bearing = [each for package, each in zip(packages, found, strict=True) if not package.is_excepted]
    total = index_sum(each.transport_index for each in bearing)
    if total is None:
        return AcceptanceItem(
            "transport_index_sum", ItemState.MISSING, "The sum of the transport indices is not known."
        )
    if total > INDEX_SUM_MAX and not all(package.exclusive_use for package in packages):
        detail = f"The transport indices add up to {total}; without exclusive use {INDEX_SUM_MAX} are allowed."
        return AcceptanceItem("transport_index_sum", ItemState.CONTRADICTED, detail)
    return AcceptanceItem("transport_index_sum", ItemState.SATISFIED, f"The transport indices add up to {total}.")


def _names(doses: Sequence[str]) -> str:
    return ", ".join(f"doses/{dose}" for dose in doses)
