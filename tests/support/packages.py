"""Packages of class 7 and the shipments that they belong to, for tests: in order unless it is said otherwise."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from services.distribution.domain.acceptance import AcceptanceGrounds
from services.distribution.domain.packages import Package, PackageParty
from services.distribution.domain.shipment import CarriedDose, Shipment
from services.kernel.activity import Nuclide
from services.kernel.provenance import Provenance
from services.network.a2 import A2Edition, Emission, RadioactiveContent
from services.network.class7 import PackageCategory, PackageType

DEPARTURE = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BY = Provenance("packer@cdmo", DEPARTURE - HOUR)
TABLE = A2Edition(
    "a table of the tests",
    {"Lu-177": Decimal("0.7"), "Lu-177m": Decimal("0.5"), "Ac-225": Decimal("0.006")},
    {Emission.ALPHA: Decimal("0.00009"), Emission.BETA_GAMMA: Decimal("0.02")},
    a1_tbq={"Lu-177": Decimal(30)},
)
SHIPPER = PackageParty("Tidewater Isotopes", "1 Harbour Road\n10115 Berlin")
CENTRE = PackageParty("Lakeside Clinic", "2 Lake Street\n1201 Geneva")


def content(nuclide: str = "Lu-177", gbq: str = "8", at: datetime | None = DEPARTURE) -> RadioactiveContent:
    """A nuclide with its activity, by default as it leaves."""
    return RadioactiveContent(nuclide, Decimal(gbq) * 10**9, at)


def a_package(**other: Any) -> Package:
    """A Type A package with a dose of 8 GBq Lu-177, category II-YELLOW, index 0.5."""
    given: dict[str, Any] = {
        "package_id": "P-1",
        "doses": ("d-1",),
        "design": PackageType.TYPE_A,
        "contents": (content(),),
        "physical_form": "liquid",
        "chemical_form": "aqueous solution",
        "un_number": "UN2915",
        "proper_shipping_name": "Radioactive material, Type A package",
        "surface_msv_h": Decimal("0.12"),
        "one_metre_msv_h": Decimal("0.0042"),
        "measured_at": DEPARTURE - HOUR,
        "measured_by": "RP-7",
        "instrument": "RM-3",
        "label_category": PackageCategory.YELLOW_II,
        "labels": 2,
        "seal_number": "S-0001",
        "shipper": SHIPPER,
        "consignee": CENTRE,
        "emergency_contact": "+49 30 0000000",
    }
    return Package(**{**given, **other})


def a_dose(dose: str = "d-1", mbq: float | None = 7400.0, nuclide: Nuclide | None = Nuclide.LU_177) -> CarriedDose:
    """A dose that is wanted a day after the departure."""
    return CarriedDose(dose, "runs/r-1", "products/lu-ligand", nuclide, mbq, DEPARTURE + 24 * HOUR if mbq else None)


def a_shipment(*packages: Package, **other: Any) -> Shipment:
    """A shipment of one dose with its courier, and these packages."""
    given: dict[str, Any] = {
        "name": "shipments/s-1",
        "partner": "partners/northlake",
        "site": "sites/lakeside",
        "lane": "lanes/l-1",
        "doses": (a_dose(),),
        "created_at": DEPARTURE - 2 * HOUR,
        "changed": BY,
        "courier": "partners/swift",
        "departure_at": DEPARTURE,
        "packages": packages or (a_package(),),
    }
    return Shipment(**{**given, **other})


def grounds(**other: Any) -> AcceptanceGrounds:
    """Its dose may leave, and has its declaration."""
    return replace(AcceptanceGrounds({"d-1", "d-2"}, {"d-1", "d-2"}, TABLE), **other)
