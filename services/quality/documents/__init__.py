"""Documents of a batch: from facts to pages and their machine-readable twins. Nothing is read but fonts and tables."""

from services.network.resources import DocumentKind
from services.quality.documents.batch_record import batch_record
from services.quality.documents.certificate import CertificateStage, certificate_of_analysis
from services.quality.documents.consignment_note import consignment_note
from services.quality.documents.dangerous_goods import dangerous_goods_declaration, findings
from services.quality.documents.document import IssuedDocument, Rendition
from services.quality.documents.label import label, label_expiry
from services.quality.documents.sealing import SealingKey, seal_pdf

__all__ = [
    "CertificateStage",
    "DocumentKind",
    "IssuedDocument",
    "Rendition",
    "SealingKey",
    "batch_record",
    "certificate_of_analysis",
    "consignment_note",
    "dangerous_goods_declaration",
    "findings",
    "label",
    "label_expiry",
    "seal_pdf",
]
