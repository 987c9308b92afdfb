"""Asking another service while a caller waits: with the caller's token, and in what is left of the caller's time."""

import asyncio
from dataclasses import dataclass, field

from services.kernel.agent_consents import CarriedConsent
from services.kernel.errors import Unavailable
from services.kernel.rpc.handler import Call


@dataclass(frozen=True, slots=True)
class Behalf:
    """On whose behalf another service is asked, and until when an answer is of use, on the running loop's clock."""

    token: str = field(repr=False)
    deadline_s: float | None
    consent: CarriedConsent | None = None  # by which an automated agent's request was let in

    @classmethod
    def of(cls, call: Call) -> "Behalf":
        """On behalf of whoever makes this call."""
        return cls(call.token, call.deadline, call.consent)

    def time_left_s(self, most_s: float, *, to_store_s: float = 0.0) -> float:
        """How long the other service may take, so that `to_store_s` is left to store its answer; Unavailable if not."""
        if self.deadline_s is None:
            return most_s
        left_s = min(self.deadline_s - asyncio.get_running_loop().time() - to_store_s, most_s)
        if left_s <= 0:
            raise Unavailable("Too little time is left to ask; repeat the call with more.", retry_after_ms=0)
        return left_s
