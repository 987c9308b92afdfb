"""The bus carries published events to every group of consumers; three implementations stand behind this interface."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from services.kernel.event import Event

Handle: TypeAlias = Callable[[Sequence[Event]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record on the topic that is no event of ours."""

    topic: str
    place: str  # where it lies, in the bus's own terms
    fault: str  # what is wrong with it
    headers: dict[str, str]
    data: bytes


SetAside: TypeAlias = Callable[[Unreadable], Awaitable[None]]


class Bus(Protocol):
    """Delivers at least once, in order per subject.

    Two groups both get everything, from the topic's start. Members of one group share the work and take over from each
    other; what one handled when it was lost, another may get again.
    """

    # False where the event log itself is the topic: then the relay has nothing to hand on, and does not read it.
    wants_events: bool

    async def publish(self, topic: str, events: Sequence[Event]) -> None:
        """Returns once the bus keeps the events durably. One caller at a time a topic keeps their order."""

    async def consume(
        self, topics: Sequence[str], group: str, handle: Handle, set_aside: SetAside | None = None
    ) -> None:
        """Hands on batches, one at a time, until cancelled.

        When `handle` returns, the batch is done for good; when it raises, the same events come again after a pause.
        `set_aside` gets each record that cannot be read, and must keep it; without it, such a record is logged.
        """

    async def close(self) -> None:
        """Lets go of every connection."""
