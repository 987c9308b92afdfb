"""Puts a document together from its facts: one twin, and one set of pages that names the twin's hash."""

from collections.abc import Mapping, Sequence

from reportlab.platypus import Flowable

from services.kernel.errors import Invalid
from services.network.resources import DocumentKind
from services.quality.documents.document import JSON, PDF, IssuedDocument, Rendition
from services.quality.documents.facts import DocumentHead
from services.quality.documents.rendering.page import PageFrame, render
from services.quality.documents.twin import canonical

# Of the twin's own form; it grows when a reader of older twins would be misled.
TWIN_FORM = 1


def twin_of(kind: DocumentKind, head: DocumentHead, content: Mapping[str, object]) -> Rendition:
    """The twin: what every document says of itself, and its own facts."""
    if head.version < 1:
        raise Invalid("Versions of a document begin with 1.", field="version", version=head.version)
    return Rendition(JSON, canonical({"kind": kind.name, "form": TWIN_FORM, "document": head, **content}))


def issued(
    kind: DocumentKind,
    subject: str,
    head: DocumentHead,
    pdf: bytes,
    twin: Rendition,
    fhir: Rendition | None = None,
) -> IssuedDocument:
    """The finished document."""
    return IssuedDocument(kind, head.document_id, head.version, subject, Rendition(PDF, pdf), twin, fhir)


def pages(
    title: str,
    subject: str,
    head: DocumentHead,
    twin: Rendition,
    story: Sequence[Flowable],
    banner: str | None = None,
    banner_is_alert: bool = True,
) -> bytes:
    """The pages of an A4 document."""
    frame = PageFrame(
        title, subject, head.document_id, head.version, head.issued_at, twin.sha256, banner, banner_is_alert
    )
    return render(frame, story)
