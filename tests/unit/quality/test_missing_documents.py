"""Which documents the pack of a batch lacks."""

import pytest

from services.quality.domain.batch import ReleaseTerms
from services.quality.domain.documents import DocumentVersion, missing_documents
from services.quality.domain.vials import Vial
from tests.support.quality import BATCH, EOS, a_batch, a_vial

ALL = ("BATCH_RECORD", "CERTIFICATE_OF_ANALYSIS", "CONSIGNMENT_NOTE", "DANGEROUS_GOODS_DECLARATION", "LABEL")
OF_A_DOSE = ("CONSIGNMENT_NOTE", "DANGEROUS_GOODS_DECLARATION", "LABEL")
TWO = (a_vial("V1", "slots/1"), a_vial("V2", "slots/2"))


def a_document(kind: str, slot: str = "", version: int = 1) -> DocumentVersion:
    return DocumentVersion(BATCH, kind, slot, version, EOS, "a" * 64, "b" * 64, "application/json")


def lacking(*there: DocumentVersion, asked: tuple[str, ...] = ALL, vials: tuple[Vial, ...] = TWO) -> list[object]:
    return list(missing_documents(a_batch(terms=ReleaseTerms(documents=asked)), vials, there))


def test_a_batch_needs_its_papers_once_and_those_of_each_dose() -> None:
    assert lacking() == [
        ("BATCH_RECORD", ""),
        ("CERTIFICATE_OF_ANALYSIS", ""),
        *((kind, slot) for kind in OF_A_DOSE for slot in ("slots/1", "slots/2")),
    ]


def test_a_product_that_asks_for_no_documents_lacks_none() -> None:
    assert lacking(asked=()) == []


@pytest.mark.parametrize("version", [1, 7])
def test_any_version_of_a_document_will_do(version: int) -> None:
    assert lacking(a_document("BATCH_RECORD", version=version), asked=("BATCH_RECORD",)) == []


def test_the_document_of_one_dose_is_not_anothers() -> None:
    assert lacking(a_document("LABEL", "slots/1"), asked=("LABEL",)) == [("LABEL", "slots/2")]


def test_a_document_of_another_kind_is_not_the_one_that_is_missing() -> None:
    assert lacking(a_document("CERTIFICATE_OF_ANALYSIS"), asked=("BATCH_RECORD",)) == [("BATCH_RECORD", "")]


def test_a_batch_without_vials_lacks_no_papers_of_doses() -> None:
    assert lacking(vials=()) == [("BATCH_RECORD", ""), ("CERTIFICATE_OF_ANALYSIS", "")]


def test_a_surplus_vial_needs_no_papers() -> None:
    assert lacking(asked=("LABEL",), vials=(a_vial(surplus_since=EOS),)) == []


def test_a_document_is_named_by_what_it_is_about() -> None:
    assert a_document("LABEL", "slots/1", 2).name == f"{BATCH}/documents/label-1-2"
    assert a_document("BATCH_RECORD").name == f"{BATCH}/documents/batch_record-1"
