"""The draft of a dangerous goods declaration, for a trained person to check, complete and sign.

Nothing here says that a consignment may travel: the edition in force decides, and the person who signs.
"""

from reportlab.platypus import Flowable

from services.kernel.errors import Invalid
from services.network.a2 import A2Edition, A2Share, with_progeny
from services.network.class7_limits import contradictions
from services.network.resources import DocumentKind
from services.quality.documents.document import IssuedDocument
from services.quality.documents.facts import ConsignmentFacts, DocumentHead, PackageFacts
from services.quality.documents.issuing import issued, pages, twin_of
from services.quality.documents.rendering.blocks import pairs, paragraph, section, table
from services.quality.documents.rendering.styles import WARNING
from services.quality.documents.rendering.text import instant_text
from services.quality.documents.transport import (
    PACKAGE_TEXT,
    category_text,
    content_text,
    contents_of,
    index_sum,
    index_text,
    parties,
    reading_of,
    share_of,
    vials_text,
)
from services.quality.documents.units import NOT_KNOWN, measure_text, number_text

NOTHING_FOUND = "Nothing was found."
TO_BE_SIGNED = "To be completed by the shipper: name, place, date and signature ______________________________"


def dangerous_goods_declaration(
    consignment: ConsignmentFacts, edition: A2Edition, head: DocumentHead
) -> IssuedDocument:
    """The draft for one consignment, with the shares of A2 after `edition`."""
    if not consignment.packages:
        raise Invalid("A consignment has at least one package.", field="packages")
    twin = twin_of(DocumentKind.DANGEROUS_GOODS_DECLARATION, head, _content(consignment, edition))
    banner = "DRAFT · NOT FOR USE · sandbox values" if edition.not_for_use else "DRAFT · to be checked and signed"
    pdf = pages(
        "Dangerous goods declaration",
        f"Consignment {consignment.consignment_id} · class 7 radioactive material",
        head,
        twin,
        _story(consignment, edition),
        banner,
    )
    return issued(DocumentKind.DANGEROUS_GOODS_DECLARATION, consignment.consignment_id, head, pdf, twin)


def findings(consignment: ConsignmentFacts, edition: A2Edition) -> tuple[str, ...]:
    """Everything in the consignment's data that cannot go together, with its package; all at once."""
    found = [
        f"{package.package_id}: {sentence}"
        for package in consignment.packages
        for sentence in _contradictions(package, edition)
    ]
    if _needs_exclusive_use(consignment) and not consignment.exclusive_use:
        found.append("A package may travel under exclusive use only, and the consignment is not declared so.")
    return tuple(found)


def _contradictions(package: PackageFacts, edition: A2Edition) -> tuple[str, ...]:
    share, contents = share_of(package, edition), contents_of(package)
    form = package.physical_form or ""
    return contradictions(package.package_type, package.special_form, package.un_number, contents, share, form)


def _needs_exclusive_use(consignment: ConsignmentFacts) -> bool:
    readings = [reading_of(package).categorisation for package in consignment.packages]
    return any(one is not None and one.exclusive_use for one in readings)


def _content(consignment: ConsignmentFacts, edition: A2Edition) -> dict[str, object]:
    return {
        "draft": True,
        "not_for_use": edition.not_for_use,
        "consignment": consignment,
        "edition": _edition(consignment, edition),
        "packages": [_derived(package, edition) for package in consignment.packages],
        "transport_index_sum": index_sum(consignment.packages),
        "findings": findings(consignment, edition),
    }


def _edition(consignment: ConsignmentFacts, edition: A2Edition) -> dict[str, object]:
    """The rows of the edition that the shares were reckoned by."""
    counted = {
        (each.nuclide, package.special_form)
        for package in consignment.packages
        for each in with_progeny(contents_of(package))
        if edition.lists(each.nuclide, special_form=package.special_form)
    }
    rows: dict[str, dict[str, str]] = {"a1_tbq": {}, "a2_tbq": {}}
    for nuclide, special_form in counted:
        value = (edition.a1_tbq if special_form else edition.a2_tbq)[nuclide]
        text = number_text(value) if value.is_finite() else "unlimited"
        rows["a1_tbq" if special_form else "a2_tbq"][nuclide] = text
    return {
        "name": edition.name,
        "not_for_use": edition.not_for_use,
        **rows,
        "default_a1_tbq": edition.default_a1_tbq,
        "default_a2_tbq": edition.default_a2_tbq,
    }


def _derived(package: PackageFacts, edition: A2Edition) -> dict[str, object]:
    reading = reading_of(package)
    share = share_of(package, edition)
    return {
        "package_id": package.package_id,
        "transport_index": reading.transport_index,
        "category": reading.categorisation.category if reading.categorisation else None,
        "exclusive_use": reading.categorisation.exclusive_use if reading.categorisation else None,
        "a2_fraction": share.shown if share else None,
        "by_default_row": share.by_default_row if share else None,
        "progeny": share.progeny or None if share else None,
    }


def _story(consignment: ConsignmentFacts, edition: A2Edition) -> list[Flowable]:
    total = index_sum(consignment.packages)
    return [
        *section("Parties", pairs(parties(consignment))),
        *section("Transport", pairs([
            ("Departure", instant_text(consignment.departs_at)), ("Aircraft", consignment.aircraft or NOT_KNOWN),
            ("Packages", str(len(consignment.packages))),
            ("Sum of transport indices", NOT_KNOWN if total is None else number_text(total)),
            ("Exclusive use", "yes" if consignment.exclusive_use else "no"), ("Limits after", edition.name),
            ("Emergency contact", consignment.emergency_contact or NOT_KNOWN),
            ("Handling", consignment.handling or NOT_KNOWN),
        ])),
        *(block for package in consignment.packages for block in _package(package, edition)),
        *section("What does not go together", *_findings(consignment, edition)),
        *section("Signature", paragraph(TO_BE_SIGNED)),
    ]  # fmt: skip


def _package(package: PackageFacts, edition: A2Edition) -> list[Flowable]:
    reading = reading_of(package)
    rows = [(one.nuclide, measure_text(one.activity), "yes" if one.on_label else "no") for one in package.contents]
    return [
        *section(f"Package {package.package_id}", pairs([
            ("UN number", package.un_number), ("Class", "7"),
            ("Proper shipping name", package.proper_shipping_name),
            ("Package type", PACKAGE_TEXT[package.package_type]),
            ("Category", category_text(package, reading)), ("Transport index", index_text(reading)),
            ("Surface dose rate", measure_text(package.surface_dose_rate)),
            ("Dose rate at 1 m", measure_text(package.dose_rate_at_1_m)),
            ("Measured", instant_text(package.measured_at)), ("Instrument", package.instrument or NOT_KNOWN),
            ("Physical form", package.physical_form or NOT_KNOWN),
            ("Chemical form", package.chemical_form or NOT_KNOWN),
            ("Special form", "yes" if package.special_form else "no"),
            ("Dimensions", package.dimensions or NOT_KNOWN),
            ("Share of A2", _share_text(share_of(package, edition))),
            ("Contents on the label", _label_text(package)),
            ("Vials", vials_text(package)),
        ])),
        table(("Nuclide", "Greatest activity during transport", "On the label"), (40, 80, 40), rows),
    ]  # fmt: skip


def _findings(consignment: ConsignmentFacts, edition: A2Edition) -> list[Flowable]:
    return [paragraph(text, WARNING) for text in findings(consignment, edition)] or [paragraph(NOTHING_FOUND)]


def _label_text(package: PackageFacts) -> str:
    return "; ".join(content_text(one) for one in package.contents if one.on_label) or NOT_KNOWN


def _share_text(share: A2Share | None) -> str:
    if share is None:
        return NOT_KNOWN
    rows = f" (default row: {', '.join(share.by_default_row)})" if share.by_default_row else ""
    progeny = f" (with daughters that grow in: {', '.join(share.progeny)})" if share.progeny else ""
    return number_text(share.shown) + rows + progeny
