"""How many calls a partner may make of one process: counted at each door, told with each answer.

`RateLimit-Policy` and `RateLimit` are those of the IETF's draft-ietf-httpapi-ratelimit-headers: over HTTP they are
headers, over gRPC trailing metadata. A call with too little left is refused with QUOTA_EXCEEDED and when to come again.
"""

import re
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from services.kernel.errors import Busy
from services.kernel.identity import Caller, names_partner
from services.kernel.rates import Rate, TokenBucket

POLICY = "calls"
HEADERS = ("ratelimit-policy", "ratelimit")

Pairs = tuple[tuple[str, str], ...]


class QuotaExceeded(Busy):
    """The partner has made more calls than it may; the fact `retry_after_ms` says when the next one is taken."""

    reason = "QUOTA_EXCEEDED"


class QuotaState(NamedTuple):
    """What is told of a partner's quota with an answer, and in how many seconds the call would be taken; 0: it is."""

    told: Pairs
    wait_s: float
    rate: Rate

    def require(self) -> None:
        """Raises QuotaExceeded if the call is one too many."""
        if self.wait_s:
            words = f"This partner may make {self.rate.per_second:g} calls a second, {self.rate.burst} at once."
            raise QuotaExceeded(words, retry_after_ms=max(1, round(self.wait_s * 1000)))


class Quotas:
    """The buckets of a process's partners, by the machine's clock: load is the machine's. Staff have no quota."""

    def __init__(
        self, usual: Rate, own: Mapping[str, Rate] = MappingProxyType({}), seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._usual, self._own, self._seconds = usual, own, seconds
        self._buckets: dict[str, TokenBucket] = {}

    def count(self, caller: Caller) -> QuotaState:
        """Counts a call, whether or not it is one too many."""
        rate = self._own.get(caller.partner, self._usual)
        if caller.operator:
            return QuotaState((), 0.0, rate)
        now_s = self._seconds()
        bucket = self._buckets.get(caller.partner)
        if bucket is None:
            bucket = self._buckets[caller.partner] = TokenBucket(rate, now_s)
        wait_s = bucket.take(now_s)
        policy = (HEADERS[0], f'"{POLICY}";q={rate.burst};w={rate.window_s}')
        return QuotaState((policy, (HEADERS[1], f'"{POLICY}";r={bucket.left};t={bucket.full_in_s}')), wait_s, rate)


def rates_of(told: Mapping[str, str]) -> Mapping[str, Rate]:
    """Reads quotas of partners, each `PER_SECOND/BURST`; ValueError says what is wrong."""
    return {partner: _rate_of(partner, text) for partner, text in told.items()}


def _rate_of(partner: str, text: str) -> Rate:
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)/([0-9]{1,7})", text)
    if not names_partner(partner) or not found or not float(found[1]) or not int(found[2]):
        raise ValueError("must be partners/name=PER_SECOND/BURST, such as partners/northlake-oncology=200/20000")
    return Rate(float(found[1]), int(found[2]))
