"""The batch record: how a batch was made, filled, tested, judged and signed."""

from reportlab.platypus import Flowable

from services.network.resources import DocumentKind
from services.quality.documents.document import IssuedDocument
from services.quality.documents.facts import BatchFacts, BatchStanding, DocumentHead
from services.quality.documents.issuing import issued, pages, twin_of
from services.quality.documents.rendering.blocks import pairs, section, table
from services.quality.documents.rendering.text import instant_text
from services.quality.documents.results import (
    DUE_TITLE,
    RESULT_HEADINGS,
    RESULT_SHARES,
    SIGNATURE_HEADINGS,
    SIGNATURE_SHARES,
    result_row,
    signature_rows,
)
from services.quality.documents.units import NOT_KNOWN, measure_text

_BAD = (BatchStanding.REJECTED, BatchStanding.FAILED_AFTER_USE)
_CERTIFIED = (BatchStanding.CERTIFIED_FOR_USE, BatchStanding.CERTIFIED_FINAL)


def batch_record(batch: BatchFacts, head: DocumentHead) -> IssuedDocument:
    """The record of one batch, as far as it is known at its issue."""
    twin = twin_of(DocumentKind.BATCH_RECORD, head, {"batch": batch})
    story = [*_origin(batch), *_filling(batch), *_testing(batch), *_judgement(batch)]
    subject = f"Batch {batch.lot} · {batch.product.name}"
    pdf = pages("Batch record", subject, head, twin, story, _banner(batch), batch.standing not in _CERTIFIED)
    return issued(DocumentKind.BATCH_RECORD, batch.lot, head, pdf, twin)


def _banner(batch: BatchFacts) -> str:
    standing = batch.standing.value.replace("_", " ")
    return standing if batch.standing in (*_CERTIFIED, *_BAD) else f"{standing} · not released for administration"


def _origin(batch: BatchFacts) -> list[Flowable]:
    product, run = batch.product, batch.run
    return [
        *section("Batch", pairs([
            ("Batch number", batch.lot), ("Product", product.name),
            ("Product id", product.product_id), ("Nuclide", product.nuclide),
            ("Dosage form", product.dosage_form or NOT_KNOWN), ("Specification", product.specification or NOT_KNOWN),
            ("Manufacturer", batch.manufacturer.name), ("Address", batch.manufacturer.address or NOT_KNOWN),
        ])),
        *section("Production", pairs([
            ("Run", run.run_id), ("Line", run.line_id or NOT_KNOWN),
            ("Started", instant_text(run.started_at)), ("End of synthesis", instant_text(run.end_of_synthesis)),
            ("Activity pledged", measure_text(run.pledged_activity)),
            ("Activity measured", measure_text(run.measured_activity)),
            ("Volume measured", measure_text(run.measured_volume)),
            ("Production route", product.production_route or NOT_KNOWN),
        ])),
        *section("Calibration and shelf life", pairs([
            ("Calibrated for", instant_text(batch.calibrated_at)),
            ("Activity then", measure_text(batch.activity_at_calibration)),
            ("Concentration then", measure_text(batch.concentration_at_calibration)),
            ("Volume", measure_text(batch.volume)),
            ("Expires", instant_text(batch.expires_at)),
            ("Shelf life counts from", batch.shelf_life_origin or NOT_KNOWN),
        ])),
    ]  # fmt: skip


def _filling(batch: BatchFacts) -> list[Flowable]:
    headings = ("Vial", "Container", "Slot", "Filled", "Volume", "Activity at calibration")
    rows = [
        (
            vial.serial,
            vial.container_id or NOT_KNOWN,
            vial.slot_id or NOT_KNOWN,
            instant_text(vial.filled_at),
            measure_text(vial.volume),
            measure_text(vial.activity_at_calibration),
        )
        for vial in batch.vials
    ]
    return section(f"Vials ({len(rows)})", table(headings, (24, 24, 30, 38, 18, 24), rows))


def _testing(batch: BatchFacts) -> list[Flowable]:
    shown: list[Flowable] = []
    for due, title in DUE_TITLE.items():
        rows = [result_row(result) for result in batch.results if result.due is due]
        shown += section(title, table(RESULT_HEADINGS, RESULT_SHARES, rows))
    rules = [
        (result.name, result.laboratory or NOT_KNOWN, result.rule_version or NOT_KNOWN) for result in batch.results
    ]
    return [
        *shown,
        *section("Where tested, and by which rule judged", table(("Test", "Laboratory", "Rule"), (50, 60, 50), rules)),
    ]


def _judgement(batch: BatchFacts) -> list[Flowable]:
    deviations = [
        (one.deviation_id, one.summary, instant_text(one.closed_at) if one.closed_at else "open")
        for one in batch.deviations
    ]
    rejected = [("Reason of rejection", batch.rejection_reason or NOT_KNOWN)] if batch.standing in _BAD else []
    return [
        *section("Deviations", table(("Deviation", "Summary", "Closed"), (26, 96, 40), deviations)),
        *section("Standing at issue", pairs([("Standing", batch.standing.value.replace("_", " ")), *rejected])),
        *section("Signatures", table(SIGNATURE_HEADINGS, SIGNATURE_SHARES, signature_rows(batch.signatures))),
    ]
