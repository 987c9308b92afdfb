"""What both papers of a consignment say of its packages."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.network.a2 import A2Edition, A2Share, RadioactiveContent, a2_share
from services.network.class7 import Categorisation, PackageType, categorise, transport_index
from services.network.class7 import index_sum as sum_of
from services.quality.documents.facts import ConsignmentFacts, ContentFacts, PackageFacts, PartyFacts
from services.quality.documents.units import NOT_KNOWN, activity_bq, dose_rate_msv_h, measure_text, number_text

PACKAGE_TEXT = {
    PackageType.EXCEPTED: "Excepted package",
    PackageType.INDUSTRIAL: "Industrial package",
    PackageType.TYPE_A: "Type A",
    PackageType.TYPE_B_U: "Type B(U)",
}


@dataclass(frozen=True, slots=True)
class PackageReading:
    """What follows from the dose rates of a package: None as long as one of them is not known."""

    transport_index: Decimal | None
    categorisation: Categorisation | None


def reading_of(package: PackageFacts) -> PackageReading:
    """Transport index and category of a package. Excepted packages bear no category."""
    if package.dose_rate_at_1_m is None:
        return PackageReading(None, None)
    index = transport_index(dose_rate_msv_h(package.dose_rate_at_1_m, "dose_rate_at_1_m"))
    if package.surface_dose_rate is None or package.package_type is PackageType.EXCEPTED:
        return PackageReading(index, None)
    return PackageReading(index, categorise(index, dose_rate_msv_h(package.surface_dose_rate, "surface_dose_rate")))


def index_text(reading: PackageReading) -> str:
    """The transport index as it is printed."""
    return NOT_KNOWN if reading.transport_index is None else number_text(reading.transport_index)


def category_text(package: PackageFacts, reading: PackageReading) -> str:
    """The category as it is printed, with exclusive use where it is due."""
    if package.package_type is PackageType.EXCEPTED:
        return "none (excepted package)"
    if reading.categorisation is None:
        return NOT_KNOWN
    more = ", exclusive use" if reading.categorisation.exclusive_use else ""
    return reading.categorisation.category.value + more


def index_sum(packages: Sequence[PackageFacts]) -> Decimal | None:
    """The sum of the packages' indices; None as long as one is not known."""
    return sum_of(reading_of(package).transport_index for package in packages)


def share_of(package: PackageFacts, edition: A2Edition) -> A2Share | None:
    """How much of A2, or of A1 for special form, a package's contents take up; None: not known."""
    return a2_share(contents_of(package), edition, special_form=package.special_form)


def contents_of(package: PackageFacts) -> tuple[RadioactiveContent, ...]:
    """The nuclides of a package with their greatest activities, in becquerel."""
    return tuple(
        RadioactiveContent(
            each.nuclide,
            None if each.activity is None else activity_bq(each.activity, "contents.activity"),
            emission=each.emission,
        )
        for each in package.contents
    )


def content_text(content: ContentFacts) -> str:
    """A nuclide with its activity."""
    return f"{content.nuclide}: {measure_text(content.activity)}"


def party_text(party: PartyFacts) -> str:
    """An organisation with its address and contact, a line each."""
    return "\n".join((party.name, party.address or f"address {NOT_KNOWN}", party.contact or f"contact {NOT_KNOWN}"))


def vials_text(package: PackageFacts) -> str:
    """The serials of what is inside."""
    return ", ".join(package.vial_serials) if package.vial_serials else NOT_KNOWN


def parties(consignment: ConsignmentFacts) -> list[tuple[str, str]]:
    """Who sends, who receives, who carries."""
    return [
        ("Consignor", party_text(consignment.consignor)),
        ("Consignee", party_text(consignment.consignee)),
        ("Carrier", party_text(consignment.carrier)),
    ]
