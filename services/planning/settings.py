"""Planning's own settings; what every service needs is in services.kernel.standalone."""

from datetime import timedelta
from typing import Annotated

from services.kernel import settings
from services.kernel.settings import Bounds, Seconds


class Settings(settings.Settings):
    """Variables DOSELANE_PLANNING_…"""

    capacity_target: str = "127.0.0.1:9090"  # where CapacityService answers gRPC
    capacity_timeout: Annotated[Seconds, Bounds(0.1, 60)] = timedelta(seconds=8)  # for each call
    # Proposed runs take claims for at least so long after they were proposed: a planner looks at them first.
    proposal_lead: Annotated[Seconds, Bounds(0, 30 * 86_400)] = timedelta(hours=12)
    # So long before its start a run stops taking claims.
    claim_cutoff: Annotated[Seconds, Bounds(0, 7 * 86_400)] = timedelta(0)
    solver_lease: Annotated[Seconds, Bounds(0.3, 600)] = timedelta(seconds=15)  # silent so long, a worker has died
    keep_alive: Annotated[Seconds, Bounds(0.01, 300)] = timedelta(seconds=15)  # between signs of life on a watch
    request_retention: Annotated[Seconds, Bounds(3600)] = timedelta(days=30)  # how long a request can be repeated
