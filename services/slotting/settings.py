"""Slotting's own settings; what every service needs is in services.kernel.standalone."""

from datetime import timedelta
from typing import Annotated

from services.kernel import settings
from services.kernel.settings import Bounds, Seconds


class Settings(settings.Settings):
    """Variables DOSELANE_SLOTTING_…"""

    queue_claims_max: Annotated[int, Bounds(256, 1_000_000)] = 4096  # waiting; one more is refused as QUEUE_FULL
    batch_claims_max: Annotated[int, Bounds(1, 10_000)] = 512  # decided in one transaction
    request_retention: Annotated[Seconds, Bounds(3600)] = timedelta(days=30)  # how long a request can be repeated
