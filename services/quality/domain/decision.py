"""What the rules decided at one instant, kept with all that they went by."""

from dataclasses import dataclass
from datetime import datetime

from services.quality.domain.batch import TestVerdict


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """What the rules decided at one instant, with the canonical record that it can be made again from."""

    batch: str
    number: int
    decided_at: datetime
    specification: str
    specification_version: int
    verdicts: tuple[TestVerdict, ...]
    record_sha256: str
    record_json: str

    @property
    def name(self) -> str:
        """The decision's resource name."""
        return f"{self.batch}/decisions/{self.number}"
