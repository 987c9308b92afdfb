"""The label of one vial, with its GS1 DataMatrix: 01, 21, 7003 and 10, and the same in letters for people.

AI 7003 has no zone: it is the local time of the place that is named beside it. The twin has the instant in UTC.
"""

from datetime import datetime, timedelta

from services.kernel.errors import Invalid
from services.network.resources import DocumentKind
from services.quality.documents.document import IssuedDocument
from services.quality.documents.facts import BatchFacts, DocumentHead, VialFacts
from services.quality.documents.gs1 import element_string, human_readable
from services.quality.documents.issuing import issued, twin_of
from services.quality.documents.rendering.label import LabelText, render_label
from services.quality.documents.rendering.text import instant_text
from services.quality.documents.units import NOT_KNOWN, measure_text
from services.quality.documents.zones import zone_named

# A reader takes a two-digit year to be up to 49 years back and 50 ahead of its own day.
YEARS_AHEAD_MAX = 50


def label(batch: BatchFacts, vial: VialFacts, zone: str, head: DocumentHead) -> IssuedDocument:
    """The label of a vial of this batch, with times in `zone` (IANA name); what the symbol cannot hold is refused."""
    if batch.expires_at is None:
        raise Invalid("A label needs the instant at which the batch expires.", field="expires_at", lot=batch.lot)
    expiry = label_expiry(batch.expires_at, zone)
    if not head.issued_at < batch.expires_at < head.issued_at + timedelta(days=365 * YEARS_AHEAD_MAX):
        raise Invalid("A label is for a batch that is yet to expire.", field="expires_at", lot=batch.lot)
    elements = label_elements(batch, vial, expiry)
    content = {
        "batch": batch,
        "vial": vial,
        "zone": zone,
        "elements": [{"ai": identifier, "value": value} for identifier, value in elements],
        "element_string": element_string(elements),
        "expiry_on_label": expiry,
    }
    twin = twin_of(DocumentKind.LABEL, head, content)
    text = _text(batch, vial, expiry, zone, head, elements)
    pdf = render_label(text, element_string(elements), head.issued_at, twin.sha256)
    return issued(DocumentKind.LABEL, vial.serial, head, pdf, twin)


def label_elements(batch: BatchFacts, vial: VialFacts, expiry: datetime) -> tuple[tuple[str, str], ...]:
    """The elements of the symbol; a GTIN shorter than 14 digits is filled with leading zeros."""
    return (
        ("01", batch.product.gtin.zfill(14)),
        ("21", vial.serial),
        ("7003", f"{expiry:%y%m%d%H%M}"),
        ("10", batch.lot),
    )


def label_expiry(expires_at: datetime, zone: str) -> datetime:
    """The expiry in local time, to the minute and never later than the truth.

    A time that comes twice on the night when clocks go back could be read as the later one, so the last minute before
    that hour stands on the label instead.
    """
    local = expires_at.astimezone(zone_named(zone)).replace(second=0, microsecond=0)
    while local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        local = local.replace(fold=0) - timedelta(minutes=1)
    return local


def _text(
    batch: BatchFacts,
    vial: VialFacts,
    expiry: datetime,
    zone: str,
    head: DocumentHead,
    elements: tuple[tuple[str, str], ...],
) -> LabelText:
    product = batch.product
    return LabelText(
        name=product.name,
        lines=(
            ("Nuclide", product.nuclide),
            ("Activity", measure_text(vial.activity_at_calibration)),
            ("Calibrated", instant_text(batch.calibrated_at)),
            ("Volume", measure_text(vial.volume)),
            ("Route", product.route_of_administration or NOT_KNOWN),
            ("Storage", product.storage or NOT_KNOWN),
            ("Container", vial.container_id or NOT_KNOWN),
            ("Made by", batch.manufacturer.name),
        ),
        lot=batch.lot,
        serial=vial.serial,
        expiry=f"{expiry:%Y-%m-%d %H:%M} {zone} (UTC{_offset(expiry)})",
        elements=tuple(human_readable(elements)),
        reference=f"{head.document_id} · version {head.version}",
    )


def _offset(instant: datetime) -> str:
    offset = f"{instant:%z}"
    return f"{offset[:3]}:{offset[3:5]}"
