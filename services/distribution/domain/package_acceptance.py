"""What is checked of each package before it may be handed over."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from services.distribution.domain.acceptance_items import AcceptanceItem, ItemState, right, there
from services.distribution.domain.packages import Class7Findings, Package, contents_at, surface_contradiction
from services.distribution.domain.shipment import CarriedDose, Shipment
from services.kernel.activity import Nuclide
from services.network.class7 import PROPER_SHIPPING_NAMES, UN_NUMBERS, activity_text, is_proper_shipping_name
from services.network.class7_limits import needs_state, physical_state, share_limit

LABELS_MIN = 2  # on opposite sides
# What is declared may be so much less than what the doses were ordered with: a stated activity is true within 10 per
# cent (Ph. Eur., radiopharmaceutical preparations).
ACTIVITY_TOLERANCE = Decimal("0.1")
_BQ_PER_MBQ = Decimal(10) ** 6


def package_items(package: Package, found: Class7Findings, shipment: Shipment) -> Iterator[AcceptanceItem]:
    """What is checked of one package, everything at once."""
    for item in (
        *_marking_items(package),
        *_content_items(package, found, shipment),
        *_measured_items(package, found),
        *_party_items(package),
    ):
        yield AcceptanceItem(item.item, item.state, item.detail, package.package_id)


def _marking_items(package: Package) -> Iterator[AcceptanceItem]:
    design, number = package.design, package.un_number
    yield there("design", design, f"The design is {design}.", "design is missing: nobody says which it is.")
    allowed = UN_NUMBERS[design, package.special_form] if design else tuple(PROPER_SHIPPING_NAMES)
    yield right(
        "un_number",
        number,
        number in allowed,
        f"It is {number}, class 7.",
        f"un_number is {number}; {f'a package of design {design} has' if design else 'class 7 has'} {_or(allowed)}.",
    )
    name, known = package.proper_shipping_name, PROPER_SHIPPING_NAMES
    yield right(
        "proper_shipping_name",
        name,
        is_proper_shipping_name(name, number),
        f"It is {name}.",
        f"proper_shipping_name is {name}; that of {number or 'class 7'} is {known.get(number, 'another one')}.",
    )
    yield there("seal_number", package.seal_number, f"Its seal is {package.seal_number}.", "seal_number is missing.")


def _content_items(package: Package, found: Class7Findings, shipment: Shipment) -> Iterator[AcceptanceItem]:
    doses = [dose for dose in shipment.doses if dose.dose in package.doses]
    declared = {content.nuclide for content in package.contents}
    strange = sorted({str(dose.nuclide) for dose in doses if dose.nuclide and dose.nuclide not in declared})
    yield right(
        "contents",
        package.contents,
        not strange,
        f"It holds {', '.join(sorted(declared))}.",
        f"contents do not name {', '.join(strange)}, which its doses are.",
    )
    yield _activity(package, found, shipment, doses)
    yield _a2(package, found)
    if not package.special_form:
        for field in ("physical_form", "chemical_form"):
            value = getattr(package, field)
            yield there(field, value, f"It is {value}.", f"{field} is missing.")


def _activity(
    package: Package, found: Class7Findings, shipment: Shipment, doses: Sequence[CarriedDose]
) -> AcceptanceItem:
    if found.activity_bq is None:
        detail = "The activity is not known at its departure: give activity_bq and time for each of the contents."
        return AcceptanceItem("activity", ItemState.MISSING, detail)
    for nuclide in dict.fromkeys(dose.nuclide for dose in doses if dose.nuclide):
        declared, least = _declared(package, shipment, nuclide), _wanted(doses, shipment, nuclide)
        if declared is not None and declared < least:
            told, needed = activity_text(declared), activity_text(least)
            detail = f"{nuclide} is declared with {told}; its doses must have {needed}."
            return AcceptanceItem("activity", ItemState.CONTRADICTED, detail)
    return AcceptanceItem("activity", ItemState.SATISFIED, f"It has {activity_text(found.activity_bq)} as it leaves.")


def _declared(package: Package, shipment: Shipment, nuclide: Nuclide) -> Decimal | None:
    """What is declared of a nuclide as it leaves; None if it is not declared."""
    contents = contents_at(package, shipment.departure_at)
    found = [each.activity_bq for each in contents if each.nuclide == nuclide and each.activity_bq is not None]
    return sum(found, Decimal(0)) if found else None


def _wanted(doses: Sequence[CarriedDose], shipment: Shipment, nuclide: Nuclide) -> Decimal:
    """The least that the doses of a nuclide must have as they leave, to have what is wanted at administration."""
    wanted = [dose.activity_mbq(shipment.departure_at) for dose in doses if dose.nuclide == nuclide]
    return sum((Decimal(mbq) * _BQ_PER_MBQ for mbq in wanted if mbq), Decimal(0)) * (1 - ACTIVITY_TOLERANCE)


def _a2(package: Package, found: Class7Findings) -> AcceptanceItem:
    limit = "A1" if package.special_form else "A2"
    share = found.share
    if share is None:
        return AcceptanceItem("a2_fraction", ItemState.MISSING, f"How much of {limit} it holds is not known.")
    told = f"It holds {share.shown:f} of {limit}, after {found.edition}{' (not for use)' if found.not_for_use else ''}"
    if share.by_default_row:
        told += f"; by a default row: {', '.join(share.by_default_row)}"
    if package.design is None:
        return AcceptanceItem("a2_fraction", ItemState.SATISFIED, f"{told}.")
    design, number, form = package.design, package.un_number, package.physical_form
    if needs_state(design, number, special_form=package.special_form) and physical_state(form) is None:
        detail = f"{told}; physical_form must say solid, liquid or gas, as the limit of {number} depends on it."
        return AcceptanceItem("a2_fraction", ItemState.MISSING, detail)
    most = share_limit(design, number, package.contents, form, special_form=package.special_form)
    if most and share.fraction > most.share:
        return AcceptanceItem("a2_fraction", ItemState.CONTRADICTED, f"{told}: {most.broken}.")
    return AcceptanceItem("a2_fraction", ItemState.SATISFIED, f"{told}.")


def _measured_items(package: Package, found: Class7Findings) -> Iterator[AcceptanceItem]:
    surface = package.surface_msv_h
    contradiction = surface_contradiction(package)
    yield right(
        "surface_dose_rate",
        surface is not None,
        not contradiction,
        f"The dose rate at its surface is {surface} mSv/h.",
        contradiction,
    )
    told = (package.measured_at, package.measured_by, package.instrument)
    yield there(
        "measurement",
        all(told),
        "It was measured by a person with an instrument.",
        "measure_time, measured_by or instrument is missing.",
    )
    if package.is_excepted:
        return
    index = found.transport_index
    yield there(
        "dose_rate_at_one_metre",
        index is not None,
        f"Its transport index is {index}.",
        "The dose rate at 1 m is missing.",
    )
    yield from _label_items(package, found)


def _label_items(package: Package, found: Class7Findings) -> Iterator[AcceptanceItem]:
    categorisation, category = found.categorisation, package.label_category
    if categorisation is None:
        yield AcceptanceItem("category", ItemState.MISSING, "Its category is not known before both dose rates are.")
    else:
        yield right(
            "category",
            category,
            category is categorisation.category,
            f"Its label says {category}.",
            f"label_category is {category}; what was measured makes it {categorisation.category}.",
        )
        if categorisation.exclusive_use:
            yield right(
                "exclusive_use",
                True,
                package.exclusive_use,
                "It travels under exclusive use.",
                "exclusive_use is not declared; what was measured allows nothing else.",
            )
    labels = package.labels
    yield right(
        "labels",
        labels is not None,
        labels is not None and labels >= LABELS_MIN,
        f"It bears {labels} labels of its category.",
        f"It bears {labels} labels of its category; {LABELS_MIN} belong on opposite sides.",
    )


def _party_items(package: Package) -> Iterator[AcceptanceItem]:
    for field in ("shipper", "consignee"):
        party = getattr(package, field)
        named = party is not None and party.display_name and party.address
        yield there(
            field,
            named,
            f"The {field} is named with an address.",
            f"{field} is missing: its name and address stand on the package.",
        )
    yield there(
        "emergency_contact",
        package.emergency_contact,
        "There is an emergency contact.",
        "emergency_contact is missing: a number that answers day and night.",
    )


def _or(numbers: Sequence[str]) -> str:
    return numbers[0] if len(numbers) == 1 else f"one of {', '.join(numbers)}"
