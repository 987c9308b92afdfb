"""What callers may read of feeds. Each sees its own; operators see all."""

from dataclasses import dataclass
from datetime import datetime

from services.kernel.cursors import Cursors
from services.kernel.db import Database
from services.kernel.identity import Caller
from services.streams import store
from services.streams.domain import CursorExpired, EventFilter, Feed, FeedEntry, feed_unknown

OWN_FEED = "feeds/-"


@dataclass(frozen=True, slots=True)
class OpenFeed:
    """A feed that the caller may read, as it stands, and its cursors: the same for all who may."""

    feed: Feed
    cursors: Cursors

    @property
    def earliest_cursor(self) -> str:
        """After it comes the oldest entry that is kept."""
        return self.cursors.write(self.feed.earliest - 1)

    def expired(self, field: str) -> CursorExpired:
        """What is said of a place whose entries are kept no more."""
        return CursorExpired(
            "What comes after this place is kept no more. Begin with the earliest that is, and read again what you"
            " hold of what came before.",
            field=field,
            earliest_cursor=self.earliest_cursor,
            earliest_position=self.feed.earliest,
        )


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """Where a subscription is to begin: after a cursor, else with the earliest entry, else at an instant, else now."""

    cursor: str = ""
    earliest: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class FeedRange:
    """A part of a feed: positions, both included, and instants, the second excluded."""

    first: int = 1
    last: int | None = None
    since: datetime | None = None
    before: datetime | None = None


async def open_feed(database: Database, caller: Caller, name: str) -> OpenFeed:
    """The feed of this name; the caller's own is there before anything was recorded in it."""
    partner = caller.partner if name == OWN_FEED else name.replace("feeds/", "partners/", 1)
    feed = await store.find_feed(database.pool, partner) if caller.may_see(partner) else None
    if feed is None and partner != caller.partner:
        raise feed_unknown(name)
    return OpenFeed(feed or Feed(partner), await Cursors.of(database, "feed", partner))


async def oldest_entry(database: Database, feed: Feed) -> FeedEntry | None:
    """The oldest entry of a feed that is kept."""
    found = await store.entries_after(database.pool, feed.partner, feed.earliest - 1, 1)
    return found[0] if found else None


async def starting_place(database: Database, opened: OpenFeed, wanted: StartingPoint) -> int:
    """The place after which a subscription begins. CursorExpired if something is gone of what comes after it."""
    feed = opened.feed
    if wanted.cursor:
        place = opened.cursors.read(wanted.cursor, feed.latest)
        if not feed.keeps_after(place):
            raise opened.expired("cursor")
        return place
    if wanted.earliest:
        return feed.earliest - 1
    if wanted.since is None:
        return feed.latest
    if not feed.keeps_since(wanted.since):
        raise opened.expired("start_time")
    first = await store.first_position_since(database.pool, feed.partner, wanted.since)
    return feed.latest if first is None else first - 1


async def list_entries(
    database: Database, opened: OpenFeed, wanted: EventFilter, part: FeedRange, after: int | None, limit: int
) -> list[FeedEntry]:
    """The next entries of a part of a feed. CursorExpired if something is gone that was asked for by its place."""
    partner, place = opened.feed.partner, part.first - 1 if after is None else after
    entries = await store.entries_after(
        database.pool, partner, place, limit, wanted, through=part.last, since=part.since, before=part.before
    )
    # Looked at after the entries: a day that went in between is missed by nobody.
    feed = await store.find_feed(database.pool, partner) or opened.feed
    now = OpenFeed(feed, opened.cursors)
    if part.since is not None and not feed.keeps_since(part.since):
        raise now.expired("start_time")
    if (after is not None or part.first > 1) and not feed.keeps_after(place):
        raise now.expired("first_position" if after is None else "page_token")
    return entries
