"""Capacity's own settings; what every service needs is in services.kernel.standalone."""

from datetime import timedelta
from typing import Annotated

from services.kernel import settings
from services.kernel.settings import Bounds, Seconds


class Settings(settings.Settings):
    """Variables DOSELANE_CAPACITY_…"""

    slotting_target: str = "127.0.0.1:9090"  # where slotting's LedgerService answers gRPC
    ledger_timeout: Annotated[Seconds, Bounds(0.1, 60)] = timedelta(seconds=8)
    ledger_calls_at_once: Annotated[int, Bounds(1, 100)] = 4  # so that slotting keeps room for claims
    keep_alive: Annotated[Seconds, Bounds(0.01, 300)] = timedelta(seconds=15)  # between signs of life on a watch
    request_retention: Annotated[Seconds, Bounds(3600)] = timedelta(days=30)  # how long a request can be repeated
