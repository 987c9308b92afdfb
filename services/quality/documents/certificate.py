"""The certificate of analysis: preliminary, conditional and final versions of one report, or that of a rejection."""

from enum import StrEnum

from reportlab.platypus import Flowable

from services.kernel.errors import Invalid
from services.network.resources import DocumentKind
from services.quality.documents.document import FHIR_JSON, IssuedDocument, Rendition
from services.quality.documents.facts import (
    BatchFacts,
    BatchStanding,
    DocumentHead,
    DueClass,
    ResultFacts,
    SigningRole,
    VerdictFact,
)
from services.quality.documents.fhir import certificate_bundle
from services.quality.documents.issuing import issued, pages, twin_of
from services.quality.documents.rendering.blocks import pairs, paragraph, section, table
from services.quality.documents.rendering.text import instant_text
from services.quality.documents.results import (
    DUE_TITLE,
    RESULT_HEADINGS,
    RESULT_SHARES,
    SIGNATURE_HEADINGS,
    SIGNATURE_SHARES,
    result_row,
    result_text,
    signature_rows,
)
from services.quality.documents.units import NOT_KNOWN, measure_text

# Impurities that a certificate states for a nuclide, whatever the product's data say: Lu-177m decides on waste.
ALWAYS_STATED = {"Lu-177": ("Lu-177m",), "Ac-225": ("Ac-227",)}


class CertificateStage(StrEnum):
    """Which version of the report it is."""

    PRELIMINARY = "PRELIMINARY"
    CONDITIONAL = "CONDITIONAL"
    FINAL = "FINAL"
    REJECTED = "REJECTED"
    FAILED_AFTER_USE = "FAILED_AFTER_USE"


_STAGE = {
    BatchStanding.IN_QC: CertificateStage.PRELIMINARY,
    BatchStanding.READY_TO_SHIP: CertificateStage.PRELIMINARY,
    BatchStanding.CERTIFIED_FOR_USE: CertificateStage.CONDITIONAL,
    BatchStanding.CERTIFIED_FINAL: CertificateStage.FINAL,
    BatchStanding.REJECTED: CertificateStage.REJECTED,
    BatchStanding.FAILED_AFTER_USE: CertificateStage.FAILED_AFTER_USE,
}
BANNER = {
    CertificateStage.PRELIMINARY: "PRELIMINARY · not certified · not released for administration",
    CertificateStage.CONDITIONAL: "CONDITIONAL · certified for use · tests that end after use are outstanding",
    CertificateStage.FINAL: "FINAL · certified",
    CertificateStage.REJECTED: "REJECTED · not to be used",
    CertificateStage.FAILED_AFTER_USE: "FAILED AFTER USE",
}
CONCLUSION = {
    CertificateStage.PRELIMINARY: "Preliminary: the batch is not certified and not released for administration.",
    CertificateStage.CONDITIONAL: "Conditional: certified for use before the tests that end after use are complete.",
    CertificateStage.FINAL: "Final: all tests comply and the batch is certified.",
    CertificateStage.REJECTED: "Rejected: the batch does not comply and is not to be used.",
    CertificateStage.FAILED_AFTER_USE: "A test that ended after use did not comply.",
}
_CERTIFIED = (CertificateStage.CONDITIONAL, CertificateStage.FINAL)


def certificate_of_analysis(batch: BatchFacts, head: DocumentHead) -> IssuedDocument:
    """The certificate of one batch, in the version that its standing allows; facts that contradict it are refused."""
    stage = _STAGE[batch.standing]
    _check(batch, stage)
    content = {"stage": stage, "conclusion": CONCLUSION[stage], "impurities": impurities(batch), "batch": batch}
    twin = twin_of(DocumentKind.CERTIFICATE_OF_ANALYSIS, head, content)
    subject = f"Batch {batch.lot} · {batch.product.name}"
    pdf = pages(
        "Certificate of analysis", subject, head, twin, _story(batch, stage), BANNER[stage], stage not in _CERTIFIED
    )
    bundle = Rendition(FHIR_JSON, certificate_bundle(batch, head, stage.value, CONCLUSION[stage]))
    return issued(DocumentKind.CERTIFICATE_OF_ANALYSIS, batch.lot, head, pdf, twin, bundle)


def impurities(batch: BatchFacts) -> dict[str, str]:
    """Each radionuclidic impurity that must be stated, with its result, or as not known."""
    stated = dict.fromkeys((*ALWAYS_STATED.get(batch.product.nuclide, ()), *batch.product.impurity_nuclides))
    found = {result.analyte: result_text(result) for result in batch.results if result.analyte}
    return {nuclide: found.get(nuclide, NOT_KNOWN) for nuclide in stated}


def _check(batch: BatchFacts, stage: CertificateStage) -> None:
    if stage not in _CERTIFIED:
        return
    signed = any(one.role is SigningRole.QUALIFIED_PERSON for one in batch.signatures)
    if batch.product.certified_by_qualified_person and not signed:
        raise Invalid("A certified batch has a Qualified Person's signature.", field="signatures", lot=batch.lot)
    if open_tests := [one.test_id for one in batch.results if _must_pass(one, stage) and not _passed(one)]:
        raise Invalid("A certified batch has passed its tests.", field="results", tests=", ".join(open_tests))


def _must_pass(result: ResultFacts, stage: CertificateStage) -> bool:
    return stage is CertificateStage.FINAL or result.due is not DueClass.AFTER_USE


def _passed(result: ResultFacts) -> bool:
    return result.verdict is VerdictFact.PASS and result.is_known


def _story(batch: BatchFacts, stage: CertificateStage) -> list[Flowable]:
    reason = (
        [("Reason of rejection", batch.rejection_reason or NOT_KNOWN)] if stage is CertificateStage.REJECTED else []
    )
    tests: list[Flowable] = []
    for due, title in DUE_TITLE.items():
        rows = [result_row(result) for result in batch.results if result.due is due]
        tests += section(title, table(RESULT_HEADINGS, RESULT_SHARES, rows))
    return [
        *section("Product", pairs(_product_rows(batch))),
        *section("Radioactivity", pairs(_radioactivity_rows(batch))),
        *tests,
        *section("Conclusion", paragraph(CONCLUSION[stage]), *([pairs(reason)] if reason else [])),
        *section("Signatures", table(SIGNATURE_HEADINGS, SIGNATURE_SHARES, signature_rows(batch.signatures))),
    ]


def _product_rows(batch: BatchFacts) -> list[tuple[str, str]]:
    product, maker = batch.product, batch.manufacturer
    return [
        ("Product", product.name),
        ("Batch number", batch.lot),
        ("Dosage form", product.dosage_form or NOT_KNOWN),
        ("Route of administration", product.route_of_administration or NOT_KNOWN),
        ("Specification", product.specification or NOT_KNOWN),
        ("Storage", product.storage or NOT_KNOWN),
        ("Manufacturer", f"{maker.name}, {maker.address}" if maker.address else maker.name),
        ("Manufactured", instant_text(batch.run.end_of_synthesis)),
        ("Expires", instant_text(batch.expires_at)),
        ("Shelf life counts from", batch.shelf_life_origin or NOT_KNOWN),
    ]


def _radioactivity_rows(batch: BatchFacts) -> list[tuple[str, str]]:
    product, activity = batch.product, batch.activity_at_calibration
    return [
        ("Nuclide", product.nuclide),
        ("Half-life", measure_text(product.half_life)),
        ("Production route", product.production_route or NOT_KNOWN),
        ("Calibrated for", instant_text(batch.calibrated_at)),
        *([("Activity then", measure_text(activity))] if activity else []),
        ("Concentration then", measure_text(batch.concentration_at_calibration)),
        *([("Volume", measure_text(batch.volume))] if batch.volume else []),
        *((f"{nuclide} content", text) for nuclide, text in impurities(batch).items()),
    ]
