"""Distribution's own settings; what every service needs is in services.kernel.standalone."""

from datetime import timedelta
from typing import Annotated

from services.kernel import settings
from services.kernel.settings import Bounds, Seconds


class Settings(settings.Settings):
    """Variables DOSELANE_DISTRIBUTION_…"""

    keep_alive: Annotated[Seconds, Bounds(0.01, 300)] = timedelta(seconds=15)  # between signs of life on a watch
    overdue_every: Annotated[Seconds, Bounds(0.1, 60)] = timedelta(seconds=5)  # how often it is looked for what is late
    request_retention: Annotated[Seconds, Bounds(3600)] = timedelta(days=30)  # how long a request can be repeated
