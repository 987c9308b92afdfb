"""What the host passes between its parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from doselane.courier.v1.courier_pb2 import Push, PushNote

from adapters.host.auth import Credential
from adapters.manifest import Adapter, Fact, Port, Refused, Webhook

Place = tuple[UUID, int]  # a push, and the position of a fact in it


@dataclass(frozen=True, slots=True)
class Account:
    """An outside system's access to us: who it is, how it proves that, and the adapter that reads what it sends."""

    id: str
    partner: str
    adapter: Adapter
    credential: Credential
    port: Port
    settings: Any = None  # as the adapter reads the account's options
    connection: Mapping[str, Any] | None = None  # how we reach the other side, if we do


@dataclass(frozen=True, slots=True)
class Arrival:
    """A push as it came in. `body` is None when it was too large to keep."""

    push_id: UUID
    account: str
    courier: str
    adapter: str
    webhook: str
    received_at: datetime
    headers: Mapping[str, str]
    body: bytes | None
    body_bytes: int
    body_sha256: bytes
    traceparent: str = ""
    actor: str = ""
    refusal: Refused | None = None  # why it is not even read
    name: str = field(init=False)  # the push's resource name

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", push_name(self.push_id))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an adapter makes of a push, before anyone has looked which of its facts are new."""

    facts: tuple[Fact, ...] = ()
    refused: Mapping[int, Refused] = field(default_factory=dict)
    remark: str = ""
    proceeds: bool = False
    refusal: Refused | None = None
    # By position: under what a fact is counted, and what its milestone says, both as digests.
    keys: Mapping[int, bytes] = field(init=False)
    milestones: Mapping[int, bytes] = field(init=False)

    def __post_init__(self) -> None:
        keys = {fact.index: digest(fact.key.encode()) for fact in self.facts}
        said = {fact.index: digest(fact.milestone.SerializeToString(deterministic=True)) for fact in self.facts}
        object.__setattr__(self, "keys", keys)
        object.__setattr__(self, "milestones", said)


@dataclass(frozen=True, slots=True)
class Case:
    """A push with its judgement, on its way to a verdict."""

    arrival: Arrival
    judgement: Judgement
    webhook: Webhook | None = None
    again: bool = False  # judged before, and now once more
    reason: str = ""  # why it is judged again


@dataclass(frozen=True, slots=True)
class Claim:
    """Whether a fact was new, and if not, what stood there already."""

    fresh: bool
    owner: Place | None = None  # where it came first
    content: bytes | None = None
    milestone: bytes | None = None  # digest of the milestone as it was published


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was made of a push."""

    state: Push.State
    reason: str = ""
    detail: str = ""
    place: str = ""
    status: int = 200
    notes: tuple[PushNote, ...] = ()
    published: int = 0  # events published of this push so far
    judged_at: datetime | None = None


def push_name(push_id: UUID) -> str:
    """The resource name of a push."""
    return f"pushes/{push_id}"


def digest(data: bytes) -> bytes:
    """SHA-256, under which bodies, facts and milestones are compared."""
    return sha256(data).digest()
