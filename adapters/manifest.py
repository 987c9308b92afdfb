"""What an adapter tells the host about itself, and the values that pass between the two.

An adapter is a package under `adapters/` whose `__init__` has `ADAPTER = Adapter(…)`; that is its whole registration.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from doselane.exchange.v1 import exchange_pb2
from google.protobuf.message import Message

from adapters.mapping import AskMetadata, MappingShape
from adapters.outbound import WORDS_CHARACTERS_MAX, Poll, Reaction, Stream, storable
from adapters.ports import Port
from adapters.preflight import LookAhead
from adapters.record import Follower, KeptDocument, RecordedMessage, RecordSpan

Made = TypeVar("Made")

DETAIL_CHARACTERS_MAX = WORDS_CHARACTERS_MAX


class Refused(Exception):
    """A push, or one event of it, cannot be taken: a reason for programs, words and a place in the body for people."""

    def __init__(self, reason: str, detail: str, place: str = "", *, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        # The words may quote the body, so they are cut and cleaned before anything stores them.
        self.detail, self.place = storable(detail), storable(place)
        self.status = status

    def __reduce__(self) -> tuple[Callable[..., "Refused"], tuple[object, ...]]:
        """Large bodies are read in a process of their own, and what it says must come back."""
        return _refused, (self.reason, self.detail, self.place, self.status)

    @property
    def words(self) -> str:
        """The detail with the place in the body, as a JSON pointer."""
        return f"{self.detail} ({self.place})" if self.place else self.detail


def _refused(reason: str, detail: str, place: str, status: int) -> Refused:
    return Refused(reason, detail, place, status=status)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A push as it came."""

    webhook: str  # name of the webhook it came through
    body: bytes
    # Names in lower case, never a credential. What stands in the path for {name} is here as `:name`, which no header is
    # called; {account} is not.
    headers: Mapping[str, str]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Fact:
    """One event of a push, translated."""

    index: int  # position in the body, from 0
    key: str  # two facts of one courier with one key are one fact, however often they are pushed
    content: bytes  # digest of what the event says; tells a repetition from a second story under the same key
    said: Message  # in the words of the port, as it is published
    event_id: str = ""  # the sender's own id of the event; several facts may be of one event
    kind: str = ""  # what it was taken for, as a word of the port; empty if that is not known
    code: str = ""  # the sender's code for it
    references: tuple[str, ...] = ()  # names of what it is about, as the sender has them
    warnings: tuple[str, ...] = ()
    ends: bool = False  # what it is about has come to its end: a poll that brought this need not ask for it again


@dataclass(frozen=True, slots=True)
class Translation:
    """What a body says. `refused` are single events that were left out, by position, where the sender allows it."""

    facts: tuple[Fact, ...]
    refused: Mapping[int, Refused] = field(default_factory=dict)
    remark: str = ""  # what the sender should know of the whole body
    proceeds: bool = False  # the sender wants the good events taken even where others cannot be


class MessageReader(Protocol):
    """An adapter's reading for one account. Pure, without a clock; picklable, as large bodies are read elsewhere."""

    def translate(self, incoming: Incoming) -> Translation:
        """Reads a message; raises Refused if nothing of it can be taken."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer over HTTP in the outside system's manner. Without a body the host answers with the push itself."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A place where an outside system posts to us, or sends by another method what is to be kept."""

    name: str
    path: str  # below the push door, such as /epcis/{account}/capture
    media_types: frozenset[str] = frozenset()  # empty: any
    # How to answer a push that was taken; the text is the path of the request, for links below it.
    # None: the push itself, with 200.
    taken: Callable[["Kept", str], Reply] | None = None
    # The status of the refusal when an event's id was taken before with another content; None: that is only noted.
    changed_event_status: int | None = None
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Kept:
    """A message as it is kept, with what became of it."""

    message: exchange_pb2.Message
    webhook: str
    headers: Mapping[str, str]  # those of `Incoming`, as far as they are kept
    judged_at: datetime | None = None


class Archive(Protocol):
    """What a page may look up and keep: all of it one account's, nobody else's."""

    async def message(self, message_id: str) -> Kept | None:
        """The message with this id, with its body."""
        ...

    async def places_of_event(self, event_id: str) -> list[tuple[str, int]]:
        """Where the facts of an event came: ids of messages, and the event's position in each. Oldest first, a bounded

        number: an event may have been declared wrong again and again.
        """
        ...

    async def messages(self, webhook: str, before: str, limit: int) -> list[Kept]:
        """The newest messages through a webhook, older than the one with the id `before`, without their bodies."""
        ...

    async def followed_since(self, name: str) -> datetime | None:
        """Since when the account's partner has known something of ours by this name; None if he does not."""
        ...

    def now(self) -> datetime:
        """The host's clock."""
        ...

    async def beside(self, body_bytes: int, function: Callable[..., Made], *args: object) -> Made:
        """What a function of the adapter makes of stored bodies: in a process beside the loop if they are large.

        The function must be importable by name, and what it takes and answers must be picklable.
        """
        ...

    async def recorded(self, span: RecordSpan, limit: int, bytes_max: int) -> list[RecordedMessage]:
        """A part of the record, in its order: so many messages at most, and after the first so many bytes."""
        ...

    async def record_end(self, before: datetime | None = None) -> int:
        """The last position of the record, or the last one before an instant; 0 if there is none."""
        ...

    async def document(self, kind: str, name: str) -> KeptDocument | None:
        """What is kept under this name."""
        ...

    async def documents(self, kind: str, within: str, after: str, limit: int) -> list[KeptDocument]:
        """What is kept under names that begin with `within`, in the order of names: those after one."""
        ...

    async def keep(self, kind: str, document: KeptDocument, most: int) -> str:
        """Keeps it. Answers what is in the way: `exists`, or `full` where `most` are kept already; else nothing."""
        ...

    async def drop(self, kind: str, name: str) -> bool:
        """Forgets it, and takes back what waits to be delivered for it; False if there is none."""
        ...

    async def why_not(self, address: str) -> str:
        """Why nothing is sent to an address that a partner names; empty if it may be."""
        ...


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request for a page."""

    path: str
    parameters: Mapping[str, str]  # from the path
    query: tuple[tuple[str, str], ...]  # as they came, however often
    headers: Mapping[str, str]  # names in lower case, never a credential
    body_bytes_max: int  # of a push
    body: bytes = b""

    def asked(self, name: str, default: str) -> str:
        """The last value of a parameter of the query."""
        return dict(self.query).get(name, default)


# The last argument is the adapter's reader.
Render = Callable[[PageRequest, Archive, Any], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Page:
    """A place where an outside system reads what became of its pushes, what we can do, or says what it wants of us."""

    method: str
    path: str
    render: Render
    # What somebody without a credential is told, by the account's reader; its last argument is None where there is no
    # such account, of which nobody may tell more than of one that refuses. Without it: that he needs a credential.
    public: Callable[[PageRequest, Any], Reply] | None = None
    # The most that a body may have, where the request has one, and what it may be.
    body_bytes_max: int = 0
    media_types: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ResponseProfile:
    """How an outside system wants to be answered, whatever the answer."""

    headers: tuple[tuple[str, str], ...] = ()
    problem_type: Callable[[int, str], str] = lambda status, reason: f"urn:doselane:problem:{reason}"
    # Writes a problem (RFC 9457) as the outside system wants it, and what that is. None: as it is.
    problem: Callable[[Mapping[str, Any]], bytes] | None = None
    problem_media_type: str = "application/problem+json"
    # Headers that say how large a body may be, given the limit in bytes; on answers about the limit.
    limit_headers: Callable[[int], tuple[tuple[str, str], ...]] = lambda _: ()


@dataclass(frozen=True, slots=True)
class Adapter:
    """One outside system, translated."""

    name: str  # the package's name, such as courier_ups
    port: Port  # the kind of system that it is
    settings: Callable[[Mapping[str, Any]], Any]  # reads an account's options; its ValueError says all that is wrong
    build: Callable[[Any], MessageReader]
    webhooks: tuple[Webhook, ...] = ()
    # The name of messages that a call of the port brings, entered by hand; its request as JSON. No account is needed.
    entry: str = ""
    pages: tuple[Page, ...] = ()
    profile: ResponseProfile = ResponseProfile()
    # For what it does on its own account, over a connection that it makes of its settings and the host's HTTP client.
    connect: Callable[[Any, Any], Any] | None = None
    # Instead of `connect`, where what it does follows from what it was sent: it is given the account's archive too.
    connect_archived: Callable[[Any, Any, Archive], Any] | None = None
    polls: tuple[Poll, ...] = ()
    streams: tuple[Stream, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    # What an account may map. With it `build` and `connect` are given a `Mapped`: the settings and the mapping.
    mapping: MappingShape | None = None
    # Whether each account has a record of the events that count (`Archive.recorded`), and what follows it.
    keeps_record: bool = False
    followers: tuple[Follower, ...] = ()
    # Makes the connection for what goes where a partner says, of the settings and a client that has no credentials and
    # reaches only public addresses. An account needs no connection of its own then.
    connect_back: Callable[[Any, Any], Any] | None = None
    # Makes the connection of the settings alone, where the protocol is none that the host's client speaks: then address
    # and credentials are options, which no `repr` shows. An account needs no connection of its own then either.
    connect_alone: Callable[[Any], Any] | None = None
    # Compares an account's mapping with what the other side has, when the host starts and in a dry run.
    metadata: AskMetadata | None = None
    # Looks whether the other side has, allows and takes what an account is to do, when somebody asks for that.
    preflight: LookAhead | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of all ways by which messages come: webhooks, polls, streams, answers to reactions, entries."""
        ways: tuple[Webhook | Poll | Stream | Reaction, ...] = (
            *self.webhooks,
            *self.polls,
            *self.streams,
            *self.reactions,
        )
        return (*(each.name for each in ways), *([self.entry] if self.entry else []))

    @property
    def reaches_out(self) -> bool:
        """Whether it does anything on its own account."""
        ways = (self.connect, self.connect_archived, self.connect_back, self.connect_alone)
        return any(each is not None for each in ways)

    @property
    def needs_connection(self) -> bool:
        """Whether its accounts say how the other side is reached."""
        return self.connect is not None or self.connect_archived is not None
