"""The pack: what is missing is named."""

from services.quality.documents import (
    DocumentKind,
    RequiredDocument,
    batch_record,
    certificate_of_analysis,
    consignment_note,
    dangerous_goods_declaration,
    label,
    pack_contents,
    required_documents,
)
from services.quality.documents.facts import DocumentHead
from tests.unit.quality.documents.builders import HEAD, SANDBOX, a_batch, a_consignment, a_vial, at

BATCH = a_batch()
REQUIRED = required_documents(DocumentKind, BATCH.lot, ["V-0001", "V-0002"], ["SHP-31"])
ALL = (
    batch_record(BATCH, HEAD),
    certificate_of_analysis(BATCH, HEAD),
    *(label(BATCH, vial, "UTC", HEAD) for vial in BATCH.vials),
    dangerous_goods_declaration(a_consignment(), SANDBOX, HEAD),
    consignment_note(a_consignment(), BATCH, HEAD),
)


def test_a_pack_with_all_that_is_required_is_complete() -> None:
    pack = pack_contents(REQUIRED, ALL)
    assert sorted(pack.present, key=ALL.index) == list(ALL)
    assert len(REQUIRED) == 6
    assert pack.missing == ()


def test_what_is_missing_is_named_with_its_subject() -> None:
    for absent in ALL:
        pack = pack_contents(REQUIRED, [one for one in ALL if one is not absent])
        assert pack.missing == (RequiredDocument(absent.kind, absent.subject),)


def test_a_label_of_another_vial_does_not_stand_in() -> None:
    strange = label(BATCH, a_vial("V-0009"), "UTC", HEAD)
    pack = pack_contents(REQUIRED, (*(one for one in ALL if one.subject != "V-0002"), strange))
    assert pack.missing == (RequiredDocument(DocumentKind.LABEL, "V-0002"),)


def test_only_what_the_product_demands_is_required() -> None:
    kinds = (DocumentKind.LABEL, DocumentKind.BATCH_RECORD)
    assert required_documents(kinds, "L1", ["V-1", "V-2"], ["S-1"]) == (
        RequiredDocument(DocumentKind.BATCH_RECORD, "L1"),
        RequiredDocument(DocumentKind.LABEL, "V-1"),
        RequiredDocument(DocumentKind.LABEL, "V-2"),
    )
    assert required_documents((DocumentKind.CONSIGNMENT_NOTE,), "L1", ["V-1"], []) == ()


def test_the_newest_version_counts() -> None:
    second = batch_record(BATCH, DocumentHead("DOC-0001", 2, at(26, 10), ALL[0].twin.sha256))
    for documents in ((second, *ALL), (*ALL, second)):
        assert pack_contents(REQUIRED, documents).present[0] is second
