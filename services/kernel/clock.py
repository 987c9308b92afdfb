"""Where a process takes the time from: the machine's clock, or one that a sandbox or a test moves on."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from services.kernel.signals import Signal


class Clock(Protocol):
    """Tells the time. Rules never ask it: a use case asks once and passes the instant on."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...

    def seconds(self) -> float:
        """The same in seconds since 1970, as tokens count."""
        ...

    @property
    def moved(self) -> Signal:
        """Called when somebody moves the clock on: whoever waits for an instant looks whether it has come."""
        ...


class SystemClock:
    """The machine's clock, which nobody moves."""

    def __init__(self) -> None:
        self.moved = Signal()

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC)

    def seconds(self) -> float:
        """The same in seconds since 1970, as tokens count."""
        return time.time()


class VirtualClock:
    """A clock that stands still until it is moved, and only moves forward."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("A clock needs an instant with a zone.")
        self._now = start.astimezone(UTC)
        self.moved = Signal()

    def now(self) -> datetime:
        """The instant it stands at, in UTC."""
        return self._now

    def seconds(self) -> float:
        """The same in seconds since 1970, as tokens count."""
        return self._now.timestamp()

    def advance(self, by: timedelta) -> datetime:
        """Moves the clock on and answers the new instant."""
        if by < timedelta(0):
            raise ValueError("A clock does not run backwards.")
        self._now += by
        self.moved.call()
        return self._now

    def advance_to(self, at: datetime) -> datetime:
        """Moves the clock on to an instant and answers it."""
        return self.advance(at - self._now)
