"""Streams' own settings; what every service needs is in services.kernel.standalone."""

from datetime import timedelta
from typing import Annotated

from services.kernel import settings
from services.kernel.settings import Bounds, Seconds


class Settings(settings.Settings):
    """Variables DOSELANE_STREAMS_…"""

    # Between signs of life on a subscription, also when much happens that its filter hides.
    keep_alive: Annotated[Seconds, Bounds(0.01, 30)] = timedelta(seconds=15)
    # Of webhooks: how long attempts are kept, how long an answer may take, whether they may go to this machine.
    attempts_kept: Annotated[Seconds, Bounds(3600)] = timedelta(days=7)
    answer_within: Annotated[Seconds, Bounds(0.1, 60)] = timedelta(seconds=10)
    loopback: bool = False
    # How long a process that says nothing keeps an endpoint.
    endpoint_lease: Annotated[Seconds, Bounds(1, 300)] = timedelta(seconds=15)
    request_retention: Annotated[Seconds, Bounds(3600)] = timedelta(days=30)  # how long a request can be repeated
    retention: Annotated[Seconds, Bounds(86_400)] = timedelta(days=30)  # how long an event can be had again, at least
