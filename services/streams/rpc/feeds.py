"""The calls of FeedService."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

from doselane.streams.v1 import feed_pb2
from doselane.type.v1.type_pb2 import KeepAlive

from services.kernel.clock import Clock
from services.kernel.db import Database, passes_by_itself
from services.kernel.errors import Unavailable
from services.kernel.paging import BY_NUMBER, page_of
from services.kernel.rpc import Call
from services.kernel.steps import in_steps
from services.kernel.timestamps import stamp
from services.kernel.watching import with_signs_of_life
from services.streams import events, usecases
from services.streams.rpc import requests


@dataclass(frozen=True, slots=True)
class FeedRpc:
    """Serves doselane.streams.v1.FeedService."""

    database: Database
    clock: Clock
    followers: usecases.FeedFollowers
    keep_alive: timedelta
    retention: timedelta

    async def GetFeed(self, request: feed_pb2.GetFeedRequest, call: Call) -> feed_pb2.Feed:
        """How far back a feed reaches, and where it stands."""
        opened = await usecases.open_feed(self.database, call.caller, request.name)
        latest_cursor = opened.cursors.write(opened.feed.latest)
        oldest = await usecases.oldest_entry(self.database, opened.feed)
        return events.feed_message(opened.feed, oldest, opened.earliest_cursor, latest_cursor, self.retention)

    async def ListFeedEvents(
        self, request: feed_pb2.ListFeedEventsRequest, call: Call
    ) -> feed_pb2.ListFeedEventsResponse:
        """Events of a feed, oldest first."""
        part, wanted = requests.range_of(request), requests.filter_of(request)
        opened = await usecases.open_feed(self.database, call.caller, request.parent)
        page = await page_of(self.database, request, call.caller, BY_NUMBER)
        found = await usecases.list_entries(self.database, opened, wanted, part, page.after, page.limit)
        shown, token = page.cut(found, lambda entry: entry.position)
        return feed_pb2.ListFeedEventsResponse(
            events=await in_steps(events.event_message, shown), next_page_token=token
        )

    async def Subscribe(
        self, request: feed_pb2.SubscribeRequest, call: Call
    ) -> AsyncIterator[feed_pb2.SubscribeResponse | bytes]:
        """A feed from a place on, as it grows. The first answer is a sign of life, with the cursor of that place."""
        try:
            start, wanted = requests.start_of(request), requests.filter_of(request)
            opened = await usecases.open_feed(self.database, call.caller, request.parent)
            place = await usecases.starting_place(self.database, opened, start)
            yield self._alive(opened, place)
            looks = self.followers.follow(opened, place, wanted)
            async for each in with_signs_of_life(looks, place, self.keep_alive):
                yield each.told if each.told is not None else self._alive(opened, each.place)
        except Exception as fault:
            if not passes_by_itself(fault):
                raise
            raise Unavailable("The stream was interrupted; go on from its last cursor.", retry_after_ms=500) from fault

    def _alive(self, opened: usecases.OpenFeed, place: int) -> feed_pb2.SubscribeResponse:
        alive = KeepAlive(server_time=stamp(self.clock.now()))
        return feed_pb2.SubscribeResponse(cursor=opened.cursors.write(place), keep_alive=alive)
