"""Watches that survive: a stream is taken up again from its last cursor, and the watcher is told when it saw nothing.

A watcher that hears nothing must know whether nothing happened or nothing came through. So three things are told
beside what is watched: `Blind` (since when nothing is seen, not even a sign of life), `Seeing` (it is over, and what
happened meanwhile follows), and `GapFound` (something will not follow: it has to be fetched by other calls).
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from random import uniform
from typing import Any, TypeVar

from google.protobuf.message import Message

from doselane.client.errors import CallError, GatewayAway, GatewayBusy, GatewayFault, InvalidRequest, NotAuthenticated

# The longest pause between two signs of life that the gateway allows itself is 30 s.
SILENCE_S_MAX = 45.0
PAUSE_S_MAX = 10.0
# Of so many things at once the last number is kept; of one that was not heard of for that long, a repeat would be told.
SUBJECTS_MAX = 100_000
# Reasons with which a gateway says that it cannot go on from a cursor.
CURSOR_LOST = frozenset({"CURSOR_EXPIRED"})

Asked = TypeVar("Asked", bound=Message)


@dataclass(frozen=True, slots=True)
class News:
    """What is watched: `value`, in the field `kind` of the stream's answer; `cursor` is where to go on after it."""

    cursor: str
    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Blind:
    """Nothing is seen since the instant `since`, by this machine's clock; why not. What happens now is told later."""

    since: datetime
    why: CallError


@dataclass(frozen=True, slots=True)
class Seeing:
    """The stream is back; it was blind since the instant `blind_since`. What happened meanwhile follows."""

    blind_since: datetime


@dataclass(frozen=True, slots=True)
class GapFound:
    """Something will not be told: of `subject` the numbers after `last_seen` and before `next_seen`.

    Without a subject: whatever happened after the last cursor and before the point from which the stream goes on.
    """

    subject: str = ""
    last_seen: int = 0
    next_seen: int = 0
    why: CallError | None = None


Told = News | Blind | Seeing | GapFound
# Subject and number of what was told; None for what has no number.
Numbered = Callable[[Any], tuple[str, int] | None]


def number_in_name(value: Any) -> tuple[str, int] | None:
    """By the name: `doses/d/timelineEntries/7` is number 7 of the timeline entries of `doses/d`."""
    # Numbered things are below others: runs/7 is a run that is called 7.
    parent, _, last = getattr(value, "name", "").rpartition("/")
    return (parent, int(last)) if last.isascii() and last.isdigit() and parent.count("/") >= 2 else None


class _Numbers:
    """The last number seen of each subject."""

    def __init__(self, gapless: bool) -> None:
        self._gapless = gapless
        self._last: OrderedDict[str, int] = OrderedDict()

    def judged(self, subject: str, number: int) -> GapFound | bool:
        """True for what is new; False for what was told before; the gap before what is new and does not follow."""
        last = self._last.get(subject)
        if last is not None and number <= last:
            return False
        self._last[subject] = number
        self._last.move_to_end(subject)
        if len(self._last) > SUBJECTS_MAX:
            self._last.popitem(last=False)
        follows = last is None or number == last + 1 or not self._gapless
        return True if last is None or follows else GapFound(subject, last, number)


async def follow(
    call: Callable[[Asked], AsyncGenerator[Any, None]],
    request: Asked,
    *,
    numbered: Numbered = number_in_name,
    gapless: bool = True,
    silence_s_max: float = SILENCE_S_MAX,
    pause_s_max: float = PAUSE_S_MAX,
) -> AsyncGenerator[Told, None]:
    """Follows a stream for as long as the caller wants, over any number of connections.

    `async for told in follow(StatusServiceStub(gateway).WatchTimeline, WatchTimelineRequest(parent="doses/-"))`.
    Each connection goes on after the last cursor; what comes twice is told once. A request that filters gets numbers
    that leave some out: `gapless=False` says so. Raises the CallError of what no waiting mends: a request that is
    wrong, a token that lacks a scope.
    """
    asked, numbers = _copy(request), _Numbers(gapless)
    last_heard, blind_since, failures = datetime.now(UTC), None, 0
    while True:
        heard = False
        try:
            async with aclosing(_heard(call(asked), silence_s_max)) as answers:
                async for answer in answers:
                    heard, failures, last_heard = True, 0, datetime.now(UTC)
                    asked.cursor = answer.cursor  # type: ignore[attr-defined]
                    if blind_since:
                        yield Seeing(blind_since)
                        blind_since = None
                    for told in _told(answer, numbers, numbered):
                        yield told
            why: CallError = GatewayAway("The gateway ended the stream.", "STREAM_ENDED")
        except CallError as error:
            why = error
        if _is_of_the_cursor(why) and asked.cursor:  # type: ignore[attr-defined]
            earliest = why.facts.get("earliest_cursor", "")
            asked.cursor = "" if earliest == asked.cursor else earliest  # type: ignore[attr-defined]
            yield GapFound(why=why)
            continue
        failures += 1
        if not _mends_itself(why, heard, failures):
            raise why
        # A stream that ends and is there again at once (its token ended, a pod was replaced) made nobody blind.
        if blind_since is None and (failures > 1 or why.reason == "SILENT"):
            blind_since = last_heard
            yield Blind(blind_since, why)
        if failures > 1:
            await asyncio.sleep(_pause(why, failures, pause_s_max))


async def _heard(answers: AsyncGenerator[Any, None], silence_s_max: float) -> AsyncGenerator[Any, None]:
    """What a stream answers; raises GatewayAway once it was silent for too long, open or not."""
    async with aclosing(answers):
        while True:
            try:
                async with asyncio.timeout(silence_s_max):
                    answer = await anext(answers)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise GatewayAway(f"Not even a sign of life for {silence_s_max:g} s.", "SILENT") from None
            yield answer


def _told(answer: Any, numbers: _Numbers, numbered: Numbered) -> list[Told]:
    kind = answer.WhichOneof("payload")
    if kind in (None, "keep_alive"):
        return []
    value = getattr(answer, kind)
    place = numbered(value)
    verdict = numbers.judged(*place) if place else True
    if verdict is False:
        return []
    news = News(answer.cursor, kind, value)
    return [verdict, news] if isinstance(verdict, GapFound) else [news]


def _is_of_the_cursor(why: CallError) -> bool:
    return why.reason in CURSOR_LOST or (isinstance(why, InvalidRequest) and why.facts.get("field") == "cursor")


def _mends_itself(why: CallError, heard: bool, failures: int) -> bool:
    """Whether to try again. A stream ends with its token, so one refusal of a token is no refusal of the caller."""
    if isinstance(why, NotAuthenticated):
        return heard or failures == 1
    return isinstance(why, GatewayAway | GatewayBusy | GatewayFault)


def _pause(why: CallError, failures: int, pause_s_max: float) -> float:
    return max(why.retry_after_s or 0.0, uniform(0.5, 1.0) * min(pause_s_max, 0.1 * 2.0 ** min(failures, 16)))


def _copy(request: Asked) -> Asked:
    copied = type(request)()
    copied.CopyFrom(request)
    return copied
