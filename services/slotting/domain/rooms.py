"""Counted places as accounts: how many doses fit, and how many are promised one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class ResourceCounter:
    """A counted place, as locked in the transaction that decides on it; never committed > size."""

    name: str
    size: int
    committed: int
    at: datetime
    changed: bool = False

    @property
    def full(self) -> bool:
        """True if no further dose fits."""
        return self.committed >= self.size

    def take(self) -> None:
        """Promise one dose a place."""
        self.committed += 1
        self.changed = True

    def give_back(self) -> None:
        """Free the place of one dose."""
        self.committed -= 1
        self.changed = True


class ResourceCounters(dict[str, ResourceCounter]):
    """The counted places that a batch can need, by name."""

    def take(self, names: Iterable[str]) -> None:
        """Take a place in each; all are known to have room."""
        for name in names:
            self[name].take()

    def give_back(self, names: Iterable[str]) -> None:
        """Free a place in each."""
        for name in names:
            self[name].give_back()

    def memo(self, names: Iterable[str]) -> dict[str, int]:
        """What is committed of some, to go back to."""
        return {name: self[name].committed for name in names}

    def restore(self, memo: dict[str, int]) -> None:
        """Go back to a memo."""
        for name, committed in memo.items():
            self[name].committed = committed
