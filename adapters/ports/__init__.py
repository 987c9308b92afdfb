"""The kinds of outside systems, one file each: what the host must know of a kind, so that it need not know the kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from google.protobuf.message import Message

from services.kernel.event import Event


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a message, and under which name it is kept."""

    partner: str
    adapter: str
    message: str


@dataclass(frozen=True, slots=True)
class Reference:
    """By which names somebody's systems know something of ours."""

    partner: str
    theirs: Sequence[str]
    ours: str


@dataclass(frozen=True, slots=True)
class Objection:
    """That a service of ours could not take what an event of a message says, and why, as a word."""

    partner: str
    message: str  # its name
    event_id: str  # the sender's
    reason: str


class Exchange(Protocol):
    """The calls of doselane.exchange.v1, for a port whose partners know messages by another word."""

    async def GetMessage(self, request: Any, call: Any) -> Any:
        """One message."""
        ...

    async def ListMessages(self, request: Any, call: Any) -> Any:
        """A page of messages."""
        ...

    async def ReplayMessage(self, request: Any, call: Any) -> Any:
        """A message, read again."""
        ...


@dataclass(frozen=True, slots=True)
class Port:
    """One kind of outside system."""

    name: str
    topic: str  # where it publishes, `doselane.<name>`; the types of its events begin with it
    hears: tuple[str, ...]  # topics of ours that matter to it
    scope: str  # what a token needs that pushes
    reported_type: str  # the type of the event that says what somebody reported
    refused_type: str  # and of the one that says that a message was refused
    reported: Callable[[Sender, Message], Message]
    refused: Callable[[Sender, str, str], Message]  # with reason and words
    refers: Callable[[Event], Reference | None]  # what an event of ours says of names
    unknown_reference: str  # the warning to who speaks of nothing that we know
    # What an event of ours says against an event of a message: it joins the message's notes, where operators look.
    objects: Callable[[Event], Objection | None] = lambda _: None
    collection: str = "messages"  # what its partners call messages, in names
    partner_field: str = "partner"  # and what they are called themselves
    # Calls of its own: their service and who serves them.
    calls: Callable[[Exchange], Sequence[tuple[Any, Any]]] = lambda _: ()

    @property
    def source(self) -> str:
        """The source of its events."""
        return f"doselane/{self.name}"
