"""What an adapter does on its own account: it fetches, listens, and passes our events on. The host says when.

Everything here is given a connection, which the adapter's `client.py` makes of the host's HTTP client; what is sent and
what is made of an answer are pure translations as everywhere.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from services.kernel.event import Event

WORDS_CHARACTERS_MAX = 1000
_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")


def storable(words: str) -> str:
    """Words of somebody else as they can be kept: without what PostgreSQL and protobuf cannot hold, and cut."""
    return _NOT_STORABLE.sub("\N{REPLACEMENT CHARACTER}", words)[:WORDS_CHARACTERS_MAX]


class Away(Exception):
    """The other side cannot be reached, or asks to come again: a fault that passes by itself."""

    def __init__(self, words: str, retry_after: timedelta | None = None) -> None:
        super().__init__(storable(words))
        self.retry_after = retry_after


class Declined(Exception):
    """The other side says no, in these words, and would say so again."""

    def __init__(self, words: str) -> None:
        super().__init__(storable(words))


class Uncertain(Exception):
    """The answer was lost: it may have been done. Look before sending again."""


class Outgoing(NamedTuple):
    """What is to be sent because of one of our events."""

    subject: str  # what it is about; of one account and subject the first goes first
    body: bytes  # as the adapter wants it back when it is sent
    give_up_at: datetime  # from the life of the dose: after that nobody is helped
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """That it was done, in words, with an answer that tells something itself, such as the number of a booking.

    The body is taken in as a message and read by the account's reader, as what a poll brought. Its headers say what it
    answers: `doselane-delivery`, `doselane-subject`, and `doselane-event`, the id of our event.
    """

    words: str
    body: bytes = b""  # the other side's answer; empty: nothing to be read
    name: str = ""  # `Incoming.webhook` of the message; empty: the reaction's name


# What became of one of many that were sent together: as `send` would have answered or raised.
Outcome = str | Receipt | Away | Declined | Uncertain


@dataclass(frozen=True, slots=True)
class Reaction:
    """An event of ours that the other side is to hear of."""

    name: str
    event_type: str
    make: Callable[[Event, str], Iterable[Outgoing]]  # the event, and the account's partner; pure
    # The receipt, which is a word or more; raises Away, Declined or Uncertain.
    send: Callable[[Any, Outgoing], Awaitable[str | Receipt]]
    # The receipt if it was done already, asked after an answer was lost. None: sending twice does no harm.
    look: Callable[[Any, Outgoing], Awaitable[str | Receipt | None]] | None = None
    # What goes over the wire, of the account's settings and the body; pure. `send` sends this, and a dry run shows it.
    # None: the body as it is.
    written: Callable[[Any, Outgoing], bytes] | None = None
    operation: str = ""  # what the other side is asked to do, as a word of the port's `operations`, where it has any
    # False: what is over already when the event is heard is left out, and nobody is told that it was given up.
    past: bool = True
    # Sends up to `batch_max` at once, no two about one subject, and answers outcomes by position; what it raises is the
    # outcome of all. After a lost answer all are sent again, so it is only for what does no harm twice: no `look`.
    send_many: Callable[[Any, Sequence[Outgoing]], Awaitable[Sequence[Outcome]]] | None = None
    batch_max: int = 1
    # Whether an account wants it, of its settings; where it does not, nothing is made.
    wanted: Callable[[Any], bool] = lambda _: True
    # Whether it tells what is the manufacturer's to know: then nothing is made for an account of anybody else.
    manufacturers: bool = False
    # A batch that is not full follows another one no sooner, where the other side counts calls. After a pause, at once.
    batch_every: timedelta = timedelta()

    def __post_init__(self) -> None:
        if self.send_many is not None and (self.look is not None or self.batch_max < 1):
            raise ValueError(f"{self.name}: what is sent in batches has no `look`, and at least one in a batch")

    @property
    def topic(self) -> str:
        """Where its event is published: the first two words of the type."""
        return ".".join(self.event_type.split(".")[:2])


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came, and from where to go on. Without bodies it is a sign of life."""

    bodies: Sequence[bytes]
    cursor: str
    more: bool = False  # ask again at once


# The names under which the other side knows what we follow, in order: those after a name, at most so many.
Following = Callable[[str, int], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Poll:
    """Something to be fetched now and again."""

    name: str  # also of the messages that come of it
    every: timedelta
    fetch: Callable[[Any, str, Following], Awaitable[Fetched]]  # connection and cursor, which is empty at first
    operation: str = ""  # as with reactions
    wanted: Callable[[Any], bool] = lambda _: True  # as with reactions


@dataclass(frozen=True, slots=True)
class Stream:
    """Something to be listened to for as long as it lasts."""

    name: str
    silence: timedelta  # without so much as a sign of life for so long, it is dead, open or not
    listen: Callable[[Any, str], AsyncIterator[Fetched]]
    wanted: Callable[[Any], bool] = lambda _: True  # as with reactions
