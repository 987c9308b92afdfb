"""How much an account may ask of the door in a time. Who sends more is told when to come again; nobody else notices."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.kernel.errors import GatewayError, Kind

PER_SECOND_MAX = 100_000
BURST_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second in the long run, and so many at once after a quiet time."""

    # What the door holds on two cores (`tests/bench`): nobody who could be served is turned away, and a storm of
    # repetitions ends here. A courier tells a few things a second; what piled up in an outage may come at once.
    per_second: float = 2000.0
    burst: int = 10_000


DEFAULT = Rate()


class RateExceeded(GatewayError):
    """The account sends more than it may; nothing of it was kept."""

    kind, reason = Kind.BUSY, "RATE_EXCEEDED"


class TokenBucket:
    """Tokens of one account: one a request, filled up at its rate. Pure but for what it remembers."""

    __slots__ = ("_at_s", "_left", "_rate")

    def __init__(self, rate: Rate, now_s: float) -> None:
        self._rate, self._left, self._at_s = rate, float(rate.burst), now_s

    def take(self, now_s: float) -> float:
        """Takes a token; if there is none, the seconds until there will be one."""
        self._left = min(self._rate.burst, self._left + max(0.0, now_s - self._at_s) * self._rate.per_second)
        self._at_s = max(self._at_s, now_s)
        if self._left < 1:
            return (1 - self._left) / self._rate.per_second
        self._left -= 1
        return 0.0


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
    return Rate(**told)
