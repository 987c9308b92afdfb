"""What a state has brought about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.kernel.event import Event

Fits = Callable[[Event], bool]


@dataclass(frozen=True, slots=True)
class Given:
    """Values for the request, and which event of a type is meant."""

    values: Mapping[str, Any] = field(default_factory=dict)
    events: Mapping[str, Fits] = field(default_factory=dict)

    def and_then(self, more: "Given") -> "Given":
        """Both; what came later wins."""
        return Given({**self.values, **more.values}, {**self.events, **more.events})


def about(subject: str) -> Fits:
    """The event is one of this subject."""
    return lambda event: event.subject == subject
