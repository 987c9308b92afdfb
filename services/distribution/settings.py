"""Distribution's own settings; what every service needs is in services.kernel.standalone."""

from datetime import timedelta
from typing import Annotated

from services.kernel import settings
from services.kernel.settings import Bounds, Seconds
from services.kernel.signatures import SignatureKey


class Settings(settings.Settings):
    """Variables DOSELANE_DISTRIBUTION_…"""

    signature_key: SignatureKey  # seals signatures; 32 bytes or more, as hexadecimal digits
    signature_key_id: str = "1"  # which key that is, as stored with each signature
    keep_alive: Annotated[Seconds, Bounds(0.01, 300)] = timedelta(seconds=15)  # between signs of life on a watch
    overdue_every: Annotated[Seconds, Bounds(0.1, 60)] = timedelta(seconds=5)  # how often it is looked for what is late
    request_retention: Annotated[Seconds, Bounds(3600)] = timedelta(days=30)  # how long a request can be repeated
