"""What the host passes between its parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from doselane.exchange.v1.exchange_pb2 import Message, MessageNote

from adapters.host.auth import Credential
from adapters.host.mappings import MappingFile
from adapters.host.rates import DEFAULT, Rate
from adapters.manifest import Adapter, Fact, MessageReader, Refused, Webhook
from adapters.ports import Port
from services.kernel.ids import uuid7

FactPosition = tuple[UUID, int]  # a message, and the position of a fact in it


@dataclass(frozen=True, slots=True)
class Account:
    """An outside system's access to us: who it is, how it proves that, and the adapter that reads what it sends."""

    id: str
    partner: str
    adapter: Adapter
    credential: Credential
    reader: MessageReader
    settings: Any = None  # as the adapter reads the account's options; a `Mapped` if the adapter lets them be mapped
    connection: Mapping[str, Any] | None = None  # how we reach the other side, if we do
    mapping: MappingFile | None = None
    rate: Rate = DEFAULT
    manufacturer: bool = False  # the system is the manufacturer's own
    mapping_version: str = ""  # of all that decides how its messages are read

    @property
    def port(self) -> Port:
        """The kind of system that it is."""
        return self.adapter.port

    def __str__(self) -> str:
        """For words to operators: whose it is, and which system."""
        return f"{self.id} ({self.partner}, {self.adapter.name})"


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message as it came in. `body` is None when it was too large to keep."""

    message_id: UUID
    account: str
    partner: str
    adapter: str
    source: str  # the webhook, poll or stream
    received_at: datetime
    headers: Mapping[str, str]
    body: bytes | None
    body_bytes: int
    body_sha256: bytes
    traceparent: str = ""
    actor: str = ""
    refusal: Refused | None = None  # why it is not even read
    port: str = ""  # the kind of system
    collection: str = "messages"  # what the port calls them in names

    @property
    def name(self) -> str:
        """The message's name in its port's own language."""
        return f"{self.collection}/{self.message_id}"


def by_itself(
    account: Account,
    source: str,
    body: bytes,
    at: datetime,
    *,
    headers: Mapping[str, str] | None = None,
    traceparent: str = "",
) -> ReceivedMessage:
    """A message that nobody pushed: a poll or a stream brought it, or it answered something that was sent."""
    return ReceivedMessage(
        message_id=uuid7(),
        account=account.id,
        partner=account.partner,
        adapter=account.adapter.name,
        source=source,
        received_at=at,
        headers=headers or {},
        body=body,
        body_bytes=len(body),
        body_sha256=digest(body),
        traceparent=traceparent,
        actor=f"account {account.id}",
        port=account.port.name,
        collection=account.port.collection,
    )


@dataclass(frozen=True, slots=True)
class TranslationResult:
    """What an adapter makes of a message, before anyone has looked which of its facts are new."""

    facts: tuple[Fact, ...] = ()
    refused: Mapping[int, Refused] = field(default_factory=dict)
    remark: str = ""
    proceeds: bool = False
    refusal: Refused | None = None
    # By position: under what a fact counts, and what is published of it, both as digests.
    keys: Mapping[int, bytes] = field(init=False)
    said: Mapping[int, bytes] = field(init=False)

    def __post_init__(self) -> None:
        keys = {fact.index: digest(fact.key.encode()) for fact in self.facts}
        said = {fact.index: digest(fact.said.SerializeToString(deterministic=True)) for fact in self.facts}
        object.__setattr__(self, "keys", keys)
        object.__setattr__(self, "said", said)


@dataclass(frozen=True, slots=True)
class PendingMessage:
    """A message with its translation, on its way to a verdict."""

    received: ReceivedMessage
    result: TranslationResult
    port: Port
    webhook: Webhook | None = None
    again: bool = False  # judged before, and now once more
    reason: str = ""  # why it is judged again
    on_record: bool = False  # what counts of it is added to the record of its account
    mapping_version: str = ""  # by which it was read; empty if nobody read it


@dataclass(frozen=True, slots=True)
class Deduplication:
    """Whether a fact was new, and if not, what stood there already."""

    fresh: bool
    owner: FactPosition | None = None  # where it came first
    content: bytes | None = None
    said: bytes | None = None  # digest of what was published of it


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was made of a message."""

    state: Message.State
    reason: str = ""
    detail: str = ""
    place: str = ""
    status: int = 200
    notes: tuple[MessageNote, ...] = ()
    published: int = 0  # events published of this message so far
    mapping_version: str = ""  # by which it was judged
    judged_at: datetime | None = None


def digest(data: bytes) -> bytes:
    """SHA-256, under which bodies and facts are compared."""
    return sha256(data).digest()
