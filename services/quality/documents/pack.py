"""The document pack: what must be there before a batch may leave, and what is not."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.network.resources import DocumentKind
from services.quality.documents.document import IssuedDocument


@dataclass(frozen=True, slots=True)
class RequiredDocument:
    """A document that must be there, for one subject: the batch's lot, each vial's serial, each consignment."""

    kind: DocumentKind
    subject: str


@dataclass(frozen=True, slots=True)
class PackContents:
    """What of a pack is there, in its newest version, and what is missing, by name."""

    present: tuple[IssuedDocument, ...]
    missing: tuple[RequiredDocument, ...]


def required_documents(
    kinds: Iterable[DocumentKind], lot: str, serials: Iterable[str], consignments: Iterable[str]
) -> tuple[RequiredDocument, ...]:
    """What a batch needs of the kinds that its product demands: one of the batch, one a vial, or one a consignment."""
    subjects = {
        DocumentKind.BATCH_RECORD: (lot,),
        DocumentKind.CERTIFICATE_OF_ANALYSIS: (lot,),
        DocumentKind.LABEL: tuple(serials),
        DocumentKind.DANGEROUS_GOODS_DECLARATION: (papers := tuple(consignments)),
        DocumentKind.CONSIGNMENT_NOTE: papers,
    }
    return tuple(RequiredDocument(kind, subject) for kind in sorted(kinds) for subject in subjects[kind])


def pack_contents(required: Iterable[RequiredDocument], documents: Iterable[IssuedDocument]) -> PackContents:
    """Sorts what is required into present and missing; of several versions the newest counts."""
    newest: dict[RequiredDocument, IssuedDocument] = {}
    for document in sorted(documents, key=lambda one: one.version):
        newest[RequiredDocument(document.kind, document.subject)] = document
    wanted = tuple(required)
    return PackContents(
        present=tuple(newest[one] for one in wanted if one in newest),
        missing=tuple(one for one in wanted if one not in newest),
    )
