"""Quality's own settings; what every service needs is in services.kernel.standalone."""

from datetime import timedelta
from typing import Annotated

from pydantic import SecretStr, field_validator

from services.kernel import settings
from services.kernel.settings import Bounds, Seconds
from services.kernel.signatures import SignatureKey
from services.quality.document_seal import document_seal


class Settings(settings.Settings):
    """Variables DOSELANE_QUALITY_…"""

    signature_key: SignatureKey  # seals signatures; 32 bytes or more, as hexadecimal digits
    signature_key_id: str = "1"  # which key that is, as stored with each signature
    # Seals the pages of documents: a private key and its certificates, in PEM, one after the other. Without it they are
    # not sealed.
    document_seal: SecretStr = SecretStr("")
    laboratory: str = "partners/qc-laboratory"  # which is asked to test samples, unless a request names another
    keep_alive: Annotated[Seconds, Bounds(0.01, 300)] = timedelta(seconds=15)  # between signs of life on a watch
    deadlines_every: Annotated[Seconds, Bounds(0.1, 600)] = timedelta(seconds=5)  # how often deadlines are looked at
    request_retention: Annotated[Seconds, Bounds(3600)] = timedelta(days=30)  # how long a request can be repeated

    @field_validator("document_seal")
    @classmethod
    def _is_a_seal(cls, given: SecretStr) -> SecretStr:
        document_seal(given.get_secret_value())
        return given
