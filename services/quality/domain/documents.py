"""Documents of a batch and its doses: which there are, and which the pack lacks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from services.quality.domain.batch import Batch
from services.quality.domain.vials import Vial

# The kinds that are about one dose; the others are about the batch.
OF_A_DOSE = frozenset({"LABEL", "DANGEROUS_GOODS_DECLARATION", "CONSIGNMENT_NOTE"})


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """One version of a document, without its content. `slot` is empty where it is about the batch."""

    batch: str
    kind: str
    slot: str
    version: int
    issued_at: datetime
    pdf_sha256: str
    twin_sha256: str
    twin_media_type: str

    @property
    def name(self) -> str:
        """The document's resource name."""
        about = f"{self.kind.lower()}-{self.slot.removeprefix('slots/')}" if self.slot else self.kind.lower()
        return f"{self.batch}/documents/{about}-{self.version}"


def missing_documents(
    batch: Batch, vials: Iterable[Vial], documents: Iterable[DocumentVersion]
) -> Iterator[tuple[str, str]]:
    """What the pack of a batch lacks, as kind and slot; of each dose what its product asks for."""
    there = {(each.kind, each.slot) for each in documents}
    slots = [vial.slot for vial in vials if not vial.surplus]
    for kind in batch.terms.documents:
        for slot in slots if kind in OF_A_DOSE else [""]:
            if (kind, slot) not in there:
                yield kind, slot
