"""A document as it is kept: a page to read and a twin for machines, each with its hash."""

from dataclasses import dataclass, field
from hashlib import sha256

from services.network.resources import DocumentKind

PDF = "application/pdf"
JSON = "application/json"
FHIR_JSON = "application/fhir+json"


@dataclass(frozen=True, slots=True)
class Rendition:
    """One form of a document; the hash is that of its bytes."""

    media_type: str
    content: bytes
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", sha256(self.content).hexdigest())


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """One version of a document. `subject` is what it is about: a lot, a vial's serial or a consignment."""

    kind: DocumentKind
    document_id: str
    version: int
    subject: str
    pdf: Rendition
    twin: Rendition
    fhir: Rendition | None = None
