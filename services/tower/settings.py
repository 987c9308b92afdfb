"""The tower's own settings; what every service needs is in services.kernel.standalone."""

from datetime import timedelta
from typing import Annotated

from services.kernel import settings
from services.kernel.settings import Bounds, Seconds


class Settings(settings.Settings):
    """Variables DOSELANE_TOWER_…"""

    keep_alive: Annotated[Seconds, Bounds(0.01, 300)] = timedelta(seconds=15)  # between signs of life on a watch
    due_every: Annotated[Seconds, Bounds(0.1, 60)] = timedelta(
        seconds=1
    )  # how often it is looked what time has changed
    # How much later than promised an administration may be for a move to count as a help.
    rescue_delay_max: Annotated[Seconds, Bounds(0, 14 * 86_400)] = timedelta(days=1)
    slotting_target: str = "127.0.0.1:9090"  # where slotting answers gRPC
    slotting_timeout: Annotated[Seconds, Bounds(0.1, 60)] = timedelta(seconds=8)
    # How long choosing between moves may take, where there are too many choices to look at each.
    solving_max: Annotated[Seconds, Bounds(0.1, 60)] = timedelta(seconds=1.2)
    request_retention: Annotated[Seconds, Bounds(3600)] = timedelta(days=30)  # how long a request can be repeated
