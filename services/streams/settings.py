"""Streams' own settings; what every service needs is in services.kernel.standalone."""

from datetime import timedelta
from typing import Annotated

from services.kernel import settings
from services.kernel.settings import Bounds, Seconds


class Settings(settings.Settings):
    """Variables DOSELANE_STREAMS_…"""

    # Between signs of life on a subscription, also when much happens that its filter hides.
    keep_alive: Annotated[Seconds, Bounds(0.01, 30)] = timedelta(seconds=15)
    retention: Annotated[Seconds, Bounds(86_400)] = timedelta(days=30)  # how long an event can be had again, at least
