"""Feeds: how their entries are numbered, what a filter lets through, and where a feed begins."""

from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.kernel.errors import NotFound, RuleViolation

_ANY = ".*"


class CursorExpired(RuleViolation):
    """What comes after a place is kept no more. The facts say where the feed begins now."""

    reason = "CURSOR_EXPIRED"


def feed_unknown(feed: str) -> NotFound:
    """The one answer for a feed that nobody has and for one of another partner."""
    return NotFound("No feed of this name is known.", name=feed)


@dataclass(frozen=True, slots=True)
class EventCopy:
    """An event as one partner may see it, before it has its place in the feed."""

    partner: str
    event_id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    traceparent: str
    data: bytes


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A copy at its place in the feed; `sequence` counts those of its subject."""

    copy: EventCopy
    position: int
    sequence: int
    recorded_at: datetime

    @property
    def size_bytes(self) -> int:
        """What it takes of memory, about: its data."""
        return len(self.copy.data)


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a partner's feed begins and ends. A new one is empty."""

    partner: str
    latest: int = 0
    latest_at: datetime | None = None
    earliest: int = 1
    earliest_at: datetime | None = None  # what was recorded before is kept no more; None: all is

    @property
    def name(self) -> str:
        """The feed's name."""
        return self.partner.replace("partners/", "feeds/", 1)

    def keeps_after(self, place: int) -> bool:
        """Whether nothing is gone of what comes after a place."""
        return place + 1 >= self.earliest

    def keeps_since(self, at: datetime) -> bool:
        """Whether nothing is gone of what was recorded at an instant or later."""
        return self.earliest_at is None or at >= self.earliest_at


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What somebody wants of a feed; empty parts let everything through. A type that ends with `.*` is a beginning."""

    types: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()

    @property
    def exact_types(self) -> tuple[str, ...]:
        """The types that are named in full."""
        return tuple(each for each in self.types if not each.endswith(_ANY))

    @property
    def type_beginnings(self) -> tuple[str, ...]:
        """What types may begin with, the last dot included."""
        return tuple(each.removesuffix("*") for each in self.types if each.endswith(_ANY))

    def lets_through(self, copy: EventCopy) -> bool:
        """Whether an event is wanted."""
        return (not self.subjects or copy.subject in self.subjects) and (
            not self.types or copy.type in self.types or copy.type.startswith(self.type_beginnings)
        )


def numbered(
    copies: Iterable[EventCopy],
    feeds: MutableMapping[str, Feed],
    sequences: MutableMapping[tuple[str, str], int],
    now: datetime,
) -> list[FeedEntry]:
    """The copies at their places, in their order; `feeds` and `sequences` (by partner and subject) move on with them.

    An entry is never recorded before the one before it, also where the clocks of two processes differ.
    """
    entries = []
    for copy in copies:
        feed, subject = feeds[copy.partner], (copy.partner, copy.subject)
        at = max(now, feed.latest_at or now)
        sequences[subject] = sequences.get(subject, 0) + 1
        feeds[copy.partner] = replace(feed, latest=feed.latest + 1, latest_at=at)
        entries.append(FeedEntry(copy, feed.latest + 1, sequences[subject], at))
    return entries
