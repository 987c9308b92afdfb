"""The part of the Pub/Sub API that takes events: one result an event, bounds, and a stream that is closed when idle."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, NoReturn

import grpc
from salesforce.eventbus.v1 import pubsub_pb2

from adapters.sandbox.salesforce.bus import SalesforceBus

EVENTS_MAX = 200
EVENT_BYTES_MAX = 1 << 20
REQUEST_BYTES_MAX = 4 << 20


class Publishing:
    """Publish and PublishStream; whoever serves them says who may call, and refuses."""

    def __init__(self, bus: SalesforceBus, idle_s: float) -> None:
        self.bus, self.idle_s = bus, idle_s
        self.published: list[tuple[str, str]] = []  # topic and id, in order
        self.requests: list[int] = []  # how many events each request had
        self.streams = 0  # how many streams were opened to publish on
        self.event_faults: deque[str] = deque()  # what is said of the next events instead of taking them; empty: taken
        self.publishes_left: int | None = None  # of the hour's allocation
        self.lose_answers = 0  # so many requests are taken, and the stream breaks before the answer

    async def Publish(self, request: Any, context: Any) -> Any:
        """Takes events by a call of its own."""
        await self._admit(context)
        return await self._take(request, request.topic_name, context)

    async def PublishStream(self, requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        """Takes events, request after request, of one topic."""
        self.streams += 1
        topic, coming = "", aiter(requests)
        while True:
            try:
                async with asyncio.timeout(self.idle_s):
                    request = await anext(coming, None)
            except TimeoutError:
                await self._refuse(context, "publish.stream.sweeper.timeout")
            if request is None:
                return
            if topic and request.topic_name not in ("", topic):
                await self._refuse(context, "publish.topic.mismatch")
            topic = topic or request.topic_name
            await self._admit(context)
            answer = await self._take(request, topic, context)
            if self.lose_answers:
                self.lose_answers -= 1
                await context.abort(grpc.StatusCode.UNAVAILABLE, "upstream connect error or disconnect/reset")
            yield answer

    async def _take(self, request: Any, topic: str, context: Any) -> Any:
        if request.ByteSize() > REQUEST_BYTES_MAX:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "upstream connect error or disconnect/reset")
        if not topic:
            await self._refuse(context, "publish.topic.validation.empty")
        await self._known(topic, context)
        if not 0 < len(request.events) <= EVENTS_MAX:
            await self._refuse(context, "publish.event.count.invalid")
        self.requests.append(len(request.events))
        results = [self._result(topic, event) for event in request.events]
        return pubsub_pb2.PublishResponse(results=results, schema_id=self.bus.topics[topic], rpc_id="twin")

    def _result(self, topic: str, event: Any) -> Any:
        if wrong := self._why_not(topic, event):
            error = pubsub_pb2.Error(code=pubsub_pb2.PUBLISH, msg=wrong)
            return pubsub_pb2.PublishResult(error=error, correlation_key=event.id)
        if self.publishes_left is not None:
            self.publishes_left -= 1
        self.published.append((topic, event.id))
        taken = self.bus.append({topic}, event.schema_id, event.payload, event.id)
        return pubsub_pb2.PublishResult(replay_id=taken.replay_id, correlation_key=event.id)

    def _why_not(self, topic: str, event: Any) -> str:
        if self.event_faults and (planted := self.event_faults.popleft()):
            return planted
        if self.publishes_left == 0:
            return "LIMIT_EXCEEDED: the hourly allocation of published events is used up"
        if len(event.payload) > EVENT_BYTES_MAX:
            return "EVENT_SIZE_LIMIT_EXCEEDED: an event may have 1 MB"
        if event.schema_id != self.bus.topics[topic]:
            return f"the schema {event.schema_id} is not that of the topic"
        try:
            self.bus.decoded(event.schema_id, event.payload)
        except (ValueError, IndexError, EOFError) as wrong:
            return f"the payload does not fit the schema: {wrong}"
        return ""

    async def _admit(self, context: Any) -> None:
        raise NotImplementedError

    async def _known(self, topic: str, context: Any) -> None:
        raise NotImplementedError

    async def _refuse(self, context: Any, name: str) -> NoReturn:
        raise NotImplementedError
