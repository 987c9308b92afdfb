"""How much somebody may ask of a door in a time: so much in the long run, and so much at once after a quiet time."""

from dataclasses import dataclass
from math import ceil, floor


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second in the long run, and so many at once after a quiet time."""

    per_second: float
    burst: int

    @property
    def window_s(self) -> int:
        """In how many seconds the whole burst is there again."""
        return max(1, ceil(self.burst / self.per_second))


class TokenBucket:
    """Tokens of one caller: one a request, filled up at its rate. Pure but for what it remembers."""

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

    @property
    def left(self) -> int:
        """How many tokens there were after the last take."""
        return floor(self._left)

    @property
    def full_in_s(self) -> int:
        """In how many seconds from the last take the whole burst would be there again."""
        return ceil((self._rate.burst - self._left) / self._rate.per_second)
