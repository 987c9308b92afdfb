"""A package as it was packed and measured, and what follows from that for class 7: index, category, share of A2, label.

What is None, or empty, nobody said; then what would follow from it is not known either.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from services.distribution.domain.known import NamedPlace
from services.kernel.errors import Invalid
from services.network.a2 import A2Edition, A2Share, RadioactiveContent, a2_share, activity_when, named_nuclides
from services.network.class7 import (
    PROPER_SHIPPING_NAMES,
    Categorisation,
    Class7Label,
    PackageCategory,
    PackageType,
    categorise,
    is_proper_shipping_name,
    label_of,
    transport_index,
    un_number,
)
from services.network.class7_limits import contradictions

# Any point of the surface: of an excepted package (IAEA SSR-6, paragraph 516), and of any other that does not travel
# under exclusive use (paragraph 527).
EXCEPTED_SURFACE_MSV_H_MAX = Decimal("0.005")
SURFACE_MSV_H_MAX = Decimal(2)


@dataclass(frozen=True, slots=True)
class PackageParty:
    """Who sends or receives a package, as its marking says."""

    display_name: str
    address: str


@dataclass(frozen=True, slots=True)
class Class7Findings:
    """What follows from a package's data under an edition; None: something that it needs is not known."""

    edition: str
    not_for_use: bool
    transport_index: Decimal | None
    categorisation: Categorisation | None
    un_number: str | None  # that the design leads to
    activity_bq: Decimal | None  # of all contents, at their greatest on the way
    share: A2Share | None
    label: Class7Label | None
    contradictions: tuple[str, ...]

    @property
    def proper_shipping_name(self) -> str:
        """The name that belongs to the number that the design leads to; empty if it leads to several."""
        return PROPER_SHIPPING_NAMES[self.un_number] if self.un_number else ""


@dataclass(frozen=True, slots=True)
class Package:
    """What travels as one piece. `un_number`, `proper_shipping_name` and `label_category` are what stands on it."""

    package_id: str
    doses: tuple[str, ...]
    design: PackageType | None = None
    special_form: bool = False
    contents: tuple[RadioactiveContent, ...] = ()
    physical_form: str = ""
    chemical_form: str = ""
    un_number: str = ""
    proper_shipping_name: str = ""
    surface_msv_h: Decimal | None = None
    one_metre_msv_h: Decimal | None = None
    measured_at: datetime | None = None
    measured_by: str = ""
    instrument: str = ""
    label_category: PackageCategory | None = None
    labels: int | None = None  # how many category labels it bears
    seal_number: str = ""
    gross_weight_g: int | None = None
    shipper: PackageParty | None = None
    consignee: PackageParty | None = None
    emergency_contact: str = ""
    exclusive_use: bool = False
    found: Class7Findings | None = None  # what followed from all that when it was packed

    @property
    def is_excepted(self) -> bool:
        """Whether it is an excepted package, which bears no category and needs no declaration."""
        return self.design is PackageType.EXCEPTED


def findings_of(package: Package, edition: A2Edition, departure_at: datetime | None) -> Class7Findings:
    """What follows from a package's data. Contents are at their greatest as it leaves; without a departure, as told."""
    contents = contents_at(package, departure_at)
    index = None if package.one_metre_msv_h is None else transport_index(package.one_metre_msv_h)
    categorisation = _categorisation(package, index)
    share = a2_share(contents, edition, special_form=package.special_form)
    activity_bq = _sum(contents)
    label = None
    if categorisation and index is not None and activity_bq is not None:
        named = named_nuclides(contents, edition, special_form=package.special_form)
        label = label_of(categorisation, index, named, activity_bq)
    return Class7Findings(
        edition.name,
        edition.not_for_use,
        index,
        categorisation,
        un_number(package.design, package.special_form) if package.design else None,
        activity_bq,
        share,
        label,
        tuple(_contradictions(package, contents, share, categorisation)),
    )


def named_by(package: Package, sender: NamedPlace | None, receiver: NamedPlace | None) -> Package:
    """The package with the parties and the contact that master data knows, where nobody said others."""
    return replace(
        package,
        shipper=package.shipper or _party(sender),
        consignee=package.consignee or _party(receiver),
        emergency_contact=package.emergency_contact or (sender.emergency_contact if sender else ""),
    )


def _party(place: NamedPlace | None) -> PackageParty | None:
    return PackageParty(place.display_name, place.address) if place and place.display_name and place.address else None


def contents_at(package: Package, departure_at: datetime | None) -> tuple[RadioactiveContent, ...]:
    """The contents as the package leaves; as they were told, if nobody says when it leaves."""
    if departure_at is None:
        return package.contents
    return tuple(
        replace(each, activity_bq=activity_when(each, departure_at), at=departure_at) for each in package.contents
    )


def _sum(contents: tuple[RadioactiveContent, ...]) -> Decimal | None:
    known = [each.activity_bq for each in contents if each.activity_bq is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(contents) else None


def _categorisation(package: Package, index: Decimal | None) -> Categorisation | None:
    if index is None or package.surface_msv_h is None or package.is_excepted:
        return None
    try:
        return categorise(index, package.surface_msv_h)
    except Invalid:
        return None  # No package may have such a dose rate: the contradictions say so.


def _contradictions(
    package: Package,
    contents: tuple[RadioactiveContent, ...],
    share: A2Share | None,
    categorisation: Categorisation | None,
) -> Iterator[str]:
    if package.design and package.un_number and package.contents:
        design, form = package.design, package.physical_form
        yield from contradictions(design, package.special_form, package.un_number, contents, share, form)
    name = PROPER_SHIPPING_NAMES.get(package.un_number)
    told = package.proper_shipping_name
    if name and told and not is_proper_shipping_name(told, package.un_number):
        yield f"The proper shipping name is {told}; that of {package.un_number} is {name}."
    if surface := surface_contradiction(package):
        yield surface
    if categorisation is None:
        return
    if package.label_category and package.label_category is not categorisation.category:
        yield f"The label says {package.label_category}; what was measured makes it {categorisation.category}."
    if categorisation.exclusive_use and not package.exclusive_use:
        yield "What was measured allows it to travel under exclusive use only, and it is not declared so."


def surface_contradiction(package: Package) -> str:
    """Why a package may not have the dose rate that was measured at its surface; empty if it may."""
    if package.surface_msv_h is None:
        return ""
    most, why = SURFACE_MSV_H_MAX, "without exclusive use"
    if package.is_excepted:
        most, why = EXCEPTED_SURFACE_MSV_H_MAX, "for an excepted package"
    elif package.exclusive_use:
        most, why = Decimal(10), "under exclusive use"
    if package.surface_msv_h <= most:
        return ""
    return f"The dose rate at its surface is {package.surface_msv_h:f} mSv/h; {why} {most:f} mSv/h are allowed."
