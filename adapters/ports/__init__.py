"""The kinds of outside systems, one file each: what the host must know of a kind, so that it need not know the kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
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
    ends_at: datetime | None = None  # after that nobody is helped by news of it; None: nobody says


@dataclass(frozen=True, slots=True)
class Objection:
    """That a service of ours could not take what an event of a message says, and why, as a word."""

    partner: str
    message: str  # its name
    event_id: str  # the sender's
    reason: str


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """What an account can do, and how its way to the other side has fared of late."""

    id: str
    partner: str
    port: str
    adapter: str
    operations: tuple[str, ...]  # words of the port, in order; none without a connection
    webhooks: tuple[str, ...]  # paths at which the other side may push
    pushed_at: datetime | None  # when a push was last kept
    fetched_at: datetime | None  # when a poll or a stream last brought something, if only a sign of life
    state: str = ""  # WORKING, FAILING (what was tried last brought nothing), SILENT (for long); empty: not known
    words: str = ""  # what fails, and why
    mapping_version: str = ""  # of all that decides how its messages are read


class Exchange(Protocol):
    """The calls of doselane.exchange.v1, for a port whose partners know messages by another word."""

    async def accounts(self, port: str, request: Any, call: Any) -> tuple[Sequence[AccountStatus], str]:
        """The page of a port's accounts that a list request asks for, and the token of the next one."""
        ...

    async def GetMessage(self, request: Any, call: Any) -> Any:
        """One message."""
        ...

    async def ListMessages(self, request: Any, call: Any) -> Any:
        """A page of messages."""
        ...

    async def ReplayMessage(self, request: Any, call: Any) -> Any:
        """A message, read again."""
        ...

    async def Enter(self, port: str, partner: str, request: Any, call: Any) -> Any:
        """What somebody enters by hand in a request of the port's own, as a message of the partner's."""
        ...


@dataclass(frozen=True, slots=True)
class Port:
    """One kind of outside system."""

    name: str
    topic: str  # where it publishes, `doselane.<name>`; the types of its events begin with it
    hears: tuple[str, ...]  # topics of ours that matter to it
    scope: str  # what a token needs that pushes
    # The type of the event that says what somebody told, and the event.
    reported: Callable[[Sender, Message], tuple[str, Message]]
    refused_type: str  # the type of the event that says that a message was refused
    refused: Callable[[Sender, str, str], Message]  # with reason and words
    refers: Callable[[Event], Reference | None]  # what an event of ours says of names
    unknown_reference: str  # the warning to who speaks of nothing that we know; empty where that cannot be told here
    # What an event of ours says against an event of a message: it joins the message's notes, where operators look.
    objects: Callable[[Event], Objection | None] = lambda _: None
    collection: str = "messages"  # what its partners call messages, in names
    partner_field: str = "partner"  # and what they are called themselves
    # Whether only the manufacturer's own systems may tell this.
    manufacturers: Callable[[Message], bool] = lambda _: False
    operations: frozenset[str] = frozenset()  # what its systems may be asked to do: words for reactions and polls
    # Calls of its own: their service and who serves them.
    calls: Callable[[Exchange], Sequence[tuple[Any, Any]]] = lambda _: ()

    @property
    def source(self) -> str:
        """The source of its events."""
        return f"doselane/{self.name}"
