"""Versions of specifications: proposed, rehearsed, signed; a signed one never changes."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.kernel.provenance import Provenance
from services.kernel.signing import Signature
from services.quality.domain import refusals
from services.quality.domain.specification import Specification


@dataclass(frozen=True, slots=True)
class SpecificationVersion:
    """One version, with the text that it was read from."""

    name: str
    version: int
    display_name: str
    yaml: str
    record_sha256: str
    specification: Specification
    created_at: datetime
    changed: Provenance
    signature: Signature | None = None

    @property
    def etag(self) -> str:
        """Changes with each change of this version."""
        return self.record_sha256[:16] + ("s" if self.signature else "p")

    def signed(self, signature: Signature, by: Provenance) -> "SpecificationVersion":
        """The version in force."""
        if self.signature is not None:
            raise refusals.SpecificationSigned("The version is signed.", specification=self.name, version=self.version)
        return replace(self, signature=signature, changed=by)
