"""Facts of invented batches and consignments, and pages as text and pictures."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pypdfium2
from PIL import Image

from services.network.a2 import A2Edition, Emission
from services.network.class7 import PackageType
from services.quality.documents.facts import (
    BatchFacts,
    BatchStanding,
    Comparator,
    ConsignmentFacts,
    ContentFacts,
    DeviationFacts,
    DocumentHead,
    DueClass,
    LimitFacts,
    Measure,
    PackageFacts,
    PartyFacts,
    ProductFacts,
    ResultFacts,
    RunFacts,
    SignatureFacts,
    SigningRole,
    VerdictFact,
    VialFacts,
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def number(text: str) -> Decimal:
    """A number with the digits that it is written with."""
    return Decimal(text)


def measure(text: str, unit: str) -> Measure:
    return Measure(Decimal(text), unit)


HEAD = DocumentHead("DOC-0001", 1, at(26, 9, 30))
MAKER = PartyFacts("mfr-1", "Müller & Søn Radiopharma", "Ångströmgatan 7, 75105 Uppsala", "+46 00 000 00 00")
CENTRE = PartyFacts("site-9", "Clinique Éléonore, médecine nucléaire", "12 rue de l'Été, 69003 Lyon", "+33 0 00 00 00")
CARRIER = PartyFacts("car-2", "Isotope Express", "Hangar 4, Arlanda", None)
PRODUCT = ProductFacts(
    product_id="lu-dota",
    name="Lutetium (¹⁷⁷Lu) dotaligand solution for infusion",
    nuclide="Lu-177",
    gtin="09506000134352",
    dosage_form="Solution for infusion",
    route_of_administration="Intravenous",
    production_route="Carrier added, ¹⁷⁶Lu(n,γ)¹⁷⁷Lu",
    specification="QS-LU-004 v3",
    storage="below 25 °C, upright",
    half_life=measure("6.647", "d"),
)


def a_result(test_id: str = "rcp", **more: Any) -> ResultFacts:
    given: dict[str, Any] = {
        "name": "Radiochemical purity",
        "due": DueClass.BEFORE_DISPATCH,
        "unit": "%",
        "limit": LimitFacts(low=number("97.0")),
        "method": "HPLC-12",
        "value": number("99.10"),
        "measured_at": at(26, 7),
        "laboratory": "QC Uppsala",
        "verdict": VerdictFact.PASS,
        "rule_version": "lu-dota/4",
    }
    return ResultFacts(test_id=test_id, **{**given, **more})


RESULTS = (
    a_result(),
    a_result("ph", name="pH", unit="[pH]", limit=LimitFacts(number("4.5"), number("7.0")), value=number("5.50")),
    a_result(
        "appearance",
        name="Appearance",
        unit="1",
        limit=LimitFacts(text="clear, colourless to slightly yellow"),
        value=None,
        text="Complies",
        method="visual",
    ),
    a_result(
        "endotoxin",
        name="Bacterial endotoxins",
        due=DueClass.BEFORE_USE,
        unit="[iU]/mL",
        limit=LimitFacts(high=number("17.5"), high_exclusive=True),
        value=number("0.50"),
        comparator=Comparator.LESS,
        method="LAL",
    ),
    a_result(
        "lu177m",
        name="Lu-177m content",
        due=DueClass.BEFORE_USE,
        analyte="Lu-177m",
        limit=LimitFacts(high=number("0.05")),
        value=number("0.020"),
        method="γ-spectrometry",
    ),
    a_result(
        "sterility",
        name="Sterility",
        due=DueClass.AFTER_USE,
        unit="1",
        limit=LimitFacts(text="no growth in 14 days"),
        value=None,
        measured_at=None,
        verdict=VerdictFact.PENDING,
        method="Ph. Eur. 2.6.1",
    ),
)
QP = SignatureFacts("SIGNER-7", SigningRole.QUALIFIED_PERSON, "Certified for use", at(26, 9), "ab" * 32)


def a_vial(serial: str = "V-0001", **more: Any) -> VialFacts:
    given: dict[str, Any] = {
        "container_id": "C-77",
        "slot_id": "slots/s-1",
        "patient_reference": "PSEUD-4711",
        "filled_at": at(26, 6, 40),
        "volume": measure("10.0", "mL"),
        "activity_at_calibration": measure("7400", "MBq"),
    }
    return VialFacts(serial=serial, **{**given, **more})


def a_batch(**more: Any) -> BatchFacts:
    given: dict[str, Any] = {
        "lot": "LU26-1126/A",
        "standing": BatchStanding.READY_TO_SHIP,
        "product": PRODUCT,
        "run": RunFacts(
            "runs/r-1", "line-2", at(26, 1), at(26, 5), measure("74000", "MBq"), measure("75120.50", "MBq")
        ),
        "manufacturer": MAKER,
        "calibrated_at": at(27, 12),
        "activity_at_calibration": measure("70000", "MBq"),
        "volume": measure("100.0", "mL"),
        "concentration_at_calibration": measure("740.0", "MBq/mL"),
        "expires_at": at(29, 13, 30),
        "shelf_life_origin": "end of synthesis",
        "vials": (a_vial(), a_vial("V-0002", slot_id=None)),
        "results": RESULTS,
        "deviations": (DeviationFacts("DEV-12", "Filter changed during filling", at(26, 8)),),
        "signatures": (),
    }
    return BatchFacts(**{**given, **more})


def passed(results: tuple[ResultFacts, ...] = RESULTS) -> tuple[ResultFacts, ...]:
    """The same results with nothing outstanding."""
    return tuple(one if one.is_known else replace(one, text="No growth", verdict=VerdictFact.PASS) for one in results)


def a_package(**more: Any) -> PackageFacts:
    given: dict[str, Any] = {
        "package_id": "P-1",
        "package_type": PackageType.TYPE_A,
        "un_number": "UN2915",
        "proper_shipping_name": "RADIOACTIVE MATERIAL, TYPE A PACKAGE",
        "contents": (
            ContentFacts("Lu-177", measure("8.10", "GBq"), Emission.BETA_GAMMA),
            ContentFacts("Lu-177m", measure("1.6", "MBq"), Emission.BETA_GAMMA, on_label=False),
        ),
        "physical_form": "liquid",
        "chemical_form": "aqueous solution",
        "surface_dose_rate": measure("120", "uSv/h"),
        "dose_rate_at_1_m": measure("0.0042", "mSv/h"),
        "measured_at": at(26, 8, 10),
        "instrument": "RM-3",
        "dimensions": "30 × 30 × 35 cm",
        "gross_weight": measure("12.40", "kg"),
        "vial_serials": ("V-0001", "V-0002"),
    }
    return PackageFacts(**{**given, **more})


def a_consignment(**more: Any) -> ConsignmentFacts:
    given: dict[str, Any] = {
        "consignment_id": "SHP-31",
        "consignor": MAKER,
        "consignee": CENTRE,
        "carrier": CARRIER,
        "zone": "Europe/Stockholm",
        "packages": (a_package(),),
        "departs_at": at(26, 15),
        "arrives_at": at(27, 6),
        "service": "Same day",
        "aircraft": "passenger and cargo aircraft",
        "handling": "Keep upright",
        "emergency_contact": "+46 00 000 00 01, day and night",
    }
    return ConsignmentFacts(**{**given, **more})


# Values made up for trying out; no regulation has them.
SANDBOX = A2Edition(
    "sandbox table 1", {"Lu-177": number("0.7")}, {Emission.BETA_GAMMA: number("0.02")}, not_for_use=True
)
ENTERED = A2Edition("edition as entered", {"Lu-177": number("0.7"), "Lu-177m": number("0.5")})


def text_of(pdf: bytes) -> str:
    """What stands on all pages, its lines joined by blanks."""
    return " ".join(" ".join(page_texts(pdf)).split())


def page_texts(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def pictures(pdf: bytes, scale: float = 2.0) -> list[Image.Image]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.render(scale=scale).to_pil() for page in document]
