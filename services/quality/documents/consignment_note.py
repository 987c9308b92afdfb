"""The consignment note: what goes from whom to whom, with a place for each hand-over to be signed."""

from datetime import datetime

from reportlab.platypus import Flowable

from services.kernel.errors import Invalid
from services.network.resources import DocumentKind
from services.quality.documents.document import IssuedDocument
from services.quality.documents.facts import BatchFacts, BatchStanding, ConsignmentFacts, DocumentHead, PackageFacts
from services.quality.documents.issuing import issued, pages, twin_of
from services.quality.documents.rendering.blocks import pairs, section, table
from services.quality.documents.rendering.text import instant_text
from services.quality.documents.transport import (
    PACKAGE_TEXT,
    category_text,
    content_text,
    index_text,
    parties,
    reading_of,
    vials_text,
)
from services.quality.documents.units import NOT_KNOWN, measure_text
from services.quality.documents.zones import zone_named

QUARANTINE = "SHIPPED UNDER QUARANTINE · not to be administered before certification for use"
_CERTIFIED = (BatchStanding.CERTIFIED_FOR_USE, BatchStanding.CERTIFIED_FINAL)
# To be filled in by hand; the empty lines make room for that.
_HANDOVERS = [
    (text, "\n\n", "", "")
    for text in ("Handed over by the consignor", "Taken over by the carrier", "Received by the consignee")
]
_PACKAGE_HEADINGS = ("Package", "Type and UN number", "Contents", "Vials", "Category", "TI", "Gross weight")


def consignment_note(consignment: ConsignmentFacts, batch: BatchFacts, head: DocumentHead) -> IssuedDocument:
    """The note of one consignment of a batch; one that left before certification says that it is under quarantine."""
    if not consignment.packages:
        raise Invalid("A consignment has at least one package.", field="packages")
    quarantine = batch.standing not in _CERTIFIED
    content = {
        "consignment": consignment,
        "lot": batch.lot,
        "product": batch.product,
        "standing": batch.standing,
        "quarantine": quarantine,
    }
    twin = twin_of(DocumentKind.CONSIGNMENT_NOTE, head, content)
    pdf = pages(
        "Consignment note",
        f"Consignment {consignment.consignment_id} · batch {batch.lot} · {batch.product.name}",
        head,
        twin,
        _story(consignment, batch),
        QUARANTINE if quarantine else "CERTIFIED FOR USE",
        banner_is_alert=quarantine,
    )
    return issued(DocumentKind.CONSIGNMENT_NOTE, consignment.consignment_id, head, pdf, twin)


def _story(consignment: ConsignmentFacts, batch: BatchFacts) -> list[Flowable]:
    storage = consignment.storage or batch.product.storage or NOT_KNOWN
    return [
        *section("Parties", pairs(parties(consignment))),
        *section("Journey", pairs([
            ("Departure", _both(consignment.departs_at, consignment.zone)),
            ("Arrival expected", instant_text(consignment.arrives_at)),
            ("Service", consignment.service or NOT_KNOWN), ("Storage on the way", storage),
            ("Handling", consignment.handling or NOT_KNOWN),
            ("Emergency contact", consignment.emergency_contact or NOT_KNOWN),
        ])),
        *section("Goods", pairs([
            ("Product", batch.product.name), ("Batch number", batch.lot),
            ("Nuclide", batch.product.nuclide), ("Batch expires", instant_text(batch.expires_at)),
        ])),
        *section(
            f"Packages ({len(consignment.packages)})",
            table(_PACKAGE_HEADINGS, (29, 25, 33, 31, 22, 14, 18), [_row(one) for one in consignment.packages]),
        ),
        *section("Custody", table(
            ("Hand-over", "Name", "Date and time", "Signature"), (46, 40, 40, 40), _HANDOVERS
        )),
    ]  # fmt: skip


def _row(package: PackageFacts) -> tuple[str, ...]:
    reading = reading_of(package)
    return (
        package.package_id,
        f"{PACKAGE_TEXT[package.package_type]}\n{package.un_number}",
        "\n".join(content_text(one) for one in package.contents) or NOT_KNOWN,
        vials_text(package),
        category_text(package, reading),
        index_text(reading),
        measure_text(package.gross_weight),
    )


def _both(instant: datetime | None, zone: str) -> str:
    """An instant in UTC and in the local time of the place of departure."""
    if instant is None:
        return NOT_KNOWN
    return f"{instant_text(instant)}\n{instant.astimezone(zone_named(zone)):%Y-%m-%d %H:%M} {zone}"
