"""How much an account may ask of the door in a time. Who sends more is told when to come again; nobody else notices."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from services.kernel.errors import GatewayError, Kind
from services.kernel.rates import Rate, TokenBucket

PER_SECOND_MAX = 100_000
BURST_MAX = 1_000_000


# What the door holds on two cores (`tests/bench`): nobody who could be served is turned away, and a storm of
# repetitions ends here. A courier tells a few things a second; what piled up in an outage may come at once.
DEFAULT = Rate(per_second=2000.0, burst=10_000)


class RateExceeded(GatewayError):
    """The account sends more than it may; nothing of it was kept."""

    kind, reason = Kind.BUSY, "RATE_EXCEEDED"


class Rates:
    """The buckets of all accounts of a process, by the machine's clock: load is the machine's."""

    def __init__(self, rates: Mapping[str, Rate], seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._rates = seconds, rates
        self._buckets = {account: TokenBucket(rate, seconds()) for account, rate in rates.items()}

    def take(self, account: str) -> None:
        """Counts a request of an account that proved itself; raises RateExceeded if it is one too many."""
        if wait_s := self._buckets[account].take(self._seconds()):
            rate = self._rates[account]
            words = f"This account may send {rate.per_second:g} requests a second, {rate.burst} at once."
            raise RateExceeded(words, retry_after_ms=max(1, round(wait_s * 1000)))


def rate_of(told: Any) -> Rate:
    """Reads the `rate` of an account; ValueError says all that is wrong."""
    if told is None:
        return DEFAULT
    if not isinstance(told, dict):
        raise ValueError("rate must be an object with per_second and burst")
    bounds: Mapping[str, tuple[Any, float, float]] = {
        "per_second": (int | float, 0.001, PER_SECOND_MAX),
        "burst": (int, 1, BURST_MAX),
    }
    wrong = [f"there is no rate.{name}" for name in told if name not in bounds]
    for name, (kind, least, most) in bounds.items():
        value = told.get(name, least)
        if isinstance(value, bool) or not isinstance(value, kind) or not least <= value <= most:
            number = "an integer" if kind is int else "a number"
            wrong.append(f"rate.{name} must be {number} from {least:g} to {most:g}")
    if wrong:
        raise ValueError("; ".join(wrong))
    return replace(DEFAULT, **told)
