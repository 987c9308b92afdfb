"""Each partner's program reads its feed from the first event to the last, and looks whether anything is missing."""

from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import cast

from doselane.streams.v1 import feed_pb2

from services.local.demo.doors import Program

OWN = "feeds/-"


async def complete_feeds(programs: Iterable[Program]) -> int:
    """How many partners were told something and lack nothing of it, up to what was the newest event when they asked."""
    return sum([await _is_complete(program) for program in programs])


async def _is_complete(program: Program) -> bool:
    feed = await program.call("FeedService", "GetFeed", feed_pb2.GetFeedRequest(name=OWN))
    if not feed.HasField("earliest_position"):
        return False
    place, numbers, ids = feed.earliest_position - 1, Counter[str](), set[str]()
    request = feed_pb2.SubscribeRequest(parent=OWN, cursor=feed.earliest_cursor)
    answers = cast("AsyncGenerator[feed_pb2.SubscribeResponse]", program.stream("FeedService", "Subscribe", request))
    async with aclosing(answers):
        async for answer in answers:
            if not answer.HasField("event"):
                continue
            event = answer.event
            began_before = feed.earliest_position > 1 and event.subject not in numbers
            if event.position != place + 1 or not (began_before or event.sequence == numbers[event.subject] + 1):
                return False
            place, numbers[event.subject] = event.position, event.sequence
            ids.add(event.id)
            if place >= feed.latest_position:
                break
    return len(ids) == feed.latest_position - feed.earliest_position + 1
