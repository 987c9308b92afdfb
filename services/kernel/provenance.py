"""Who made a change, when and why: one value for all services that keep it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who made a change, when and why."""

    actor: str
    at: datetime
    reason: str = ""
