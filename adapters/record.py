"""What adapters look back on, and what they keep for an account: its record, and documents that may follow it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.outbound import Outgoing, Reaction


@dataclass(frozen=True, slots=True)
class RecordedMessage:
    """The events of one message that came to count together, at their place in the record of their account."""

    position: int  # from 1, without gaps
    indexes: tuple[int, ...]  # which of the message's events
    at: datetime  # when they came to count; never before that of the position before
    webhook: str
    body: bytes


@dataclass(frozen=True, slots=True)
class RecordSpan:
    """A part of the record of an account."""

    after: int = 0  # positions behind this one
    until: int | None = None  # and up to this one
    since: datetime | None = None
    before: datetime | None = None
    messages: tuple[str, ...] | None = None  # of these messages only
    positions: tuple[int, ...] | None = None  # at these positions only


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """What an adapter keeps for an account. One with `seen` follows the account's record; see `Follower`."""

    name: str
    body: Mapping[str, Any]
    created_at: datetime
    seen: int | None = None  # the position to which it has seen the record
    look_at: datetime | None = None  # when it is to look again; None: whenever there is more
    told_at: datetime | None = None  # when something was last delivered for it


@dataclass(frozen=True, slots=True)
class Looked:
    """What a document that follows the record makes of a part of it."""

    sends: tuple[Outgoing, ...] = ()  # each under the document's name as subject
    look_at: datetime | None = None
    body: Mapping[str, Any] | None = None  # the document's, where it changes


@dataclass(frozen=True, slots=True)
class Follower:
    """Documents of one kind that follow the record of their account, and send of it what they were made for.

    `look` is given the account's reader, the document, the next part of the record, whether more is there already, and
    the time. It is pure, importable by name, and works in a process beside the loop where the part is large.
    """

    kind: str
    reaction: Reaction
    look: Callable[[Any, KeptDocument, Sequence[RecordedMessage], bool, datetime], Looked]
