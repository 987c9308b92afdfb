"""The Pub/Sub API over the bus: strict where its definition is, and as awkward as its users have met it.

What a test may plant: streams that stay open and dead, a repeated tail after each reconnect, refusals by name, tokens
that are over in the middle of a stream, allocations that are spent, single events that are not taken.
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NoReturn

import grpc
import grpc.aio
from salesforce.eventbus.v1 import pubsub_pb2, pubsub_pb2_grpc

from adapters.sandbox.salesforce.bus import ReplayIdGone, SalesforceBus, replay_id_of
from adapters.sandbox.salesforce.pubsub_publishing import Publishing
from services.kernel.clock import Clock

PREFIX = "sfdc.platform.eventbus.grpc."
OUTSTANDING_MAX = 100
RESPONSE_EVENTS_MAX = 20
_TENANT = re.compile(r"00D[0-9A-Za-z]{15}")
_STATUS = {
    "service.auth.error": grpc.StatusCode.UNAUTHENTICATED,
    "service.auth.headers.invalid": grpc.StatusCode.UNAUTHENTICATED,
    "service.unavailable": grpc.StatusCode.UNAVAILABLE,
    "schema.api.unavailable": grpc.StatusCode.UNAVAILABLE,
    "topic.not.found": grpc.StatusCode.NOT_FOUND,
    "subscription.topic.cannot.subscribe": grpc.StatusCode.PERMISSION_DENIED,
    "topic.meta.permission": grpc.StatusCode.PERMISSION_DENIED,
    "subscription.limit.exceeded": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "service.protection.triggered": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "subscription.internal.error": grpc.StatusCode.INTERNAL,
}


@dataclass
class _Demand:
    """What a subscriber has asked for, and not been given yet."""

    topic: str
    outstanding: int = 0
    wrong: str = ""
    left: bool = False
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, request: Any) -> None:
        if request.topic_name not in ("", self.topic):
            self.wrong = "subscription.fetch.topic.mismatch"
        elif request.num_requested <= 0:
            self.wrong = "subscription.fetch.requested.events.invalid"
        self.outstanding = min(self.outstanding + request.num_requested, OUTSTANDING_MAX)


class PubSubTwin(Publishing, pubsub_pb2_grpc.PubSubServicer):
    """One organisation's Pub/Sub API. `is_live` says of a token whether it is in force."""

    def __init__(
        self,
        bus: SalesforceBus,
        clock: Clock,
        is_live: Callable[[str], bool],
        tenant: str,
        *,
        keepalive: timedelta = timedelta(seconds=270),
        look_every_s: float = 0.02,
        idle_s: float = 70.0,
    ) -> None:
        super().__init__(bus, idle_s)
        self._clock, self._is_live, self._tenant = clock, is_live, tenant
        self._keepalive, self._look_every_s = keepalive, look_every_s
        self.subscribed: list[Any] = []  # the first request of each subscription, as it came
        self.outstanding_max = 0  # the most that a subscriber ever had outstanding, before the bound of the server
        self.schemas_asked: list[str] = []
        self.keepalives = 0
        self.faults: deque[str] = deque()  # by what name the next calls fail, whatever they are
        self.dead = False  # streams stay open, and nothing comes any more; for as long as it stands
        self.repeats = 0  # so many events before the place that a subscriber gives are delivered again
        self.cut_after: int | None = None  # each stream fails after so many events
        self.deliveries_left: int | None = None  # of the organisation's allocation
        self.forbidden: set[str] = set()  # topics that nobody may subscribe to, or publish on
        self._server: grpc.aio.Server | None = None

    async def start(self, address: str = "127.0.0.1:0") -> int:
        """Serves without TLS; the port."""
        self._server = grpc.aio.server()
        pubsub_pb2_grpc.add_PubSubServicer_to_server(self, self._server)  # type: ignore[no-untyped-call]
        port = self._server.add_insecure_port(address)
        await self._server.start()
        return port

    async def stop(self) -> None:
        """Ends, and with it all streams."""
        if self._server is not None:
            await self._server.stop(0)

    async def GetTopic(self, request: Any, context: Any) -> Any:
        """A topic."""
        await self._admit(context)
        await self._known(request.topic_name, context)
        may = request.topic_name not in self.forbidden
        return pubsub_pb2.TopicInfo(
            topic_name=request.topic_name,
            tenant_guid=self._tenant,
            can_publish=may and request.topic_name.startswith("/event/"),
            can_subscribe=may,
            schema_id=self.bus.topics[request.topic_name],
            rpc_id="twin",
        )

    async def GetSchema(self, request: Any, context: Any) -> Any:
        """A schema."""
        await self._admit(context)
        self.schemas_asked.append(request.schema_id)
        if request.schema_id not in self.bus.schemas:
            await self._refuse(context, "schema.validation.failed")
        return pubsub_pb2.SchemaInfo(
            schema_json=self.bus.schemas[request.schema_id], schema_id=request.schema_id, rpc_id="twin"
        )

    async def Subscribe(self, requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        """The events of a topic."""
        # Refused before it was read, a request could hide why from its sender.
        first = await anext(aiter(requests), None)
        if first is None:
            return
        await self._admit(context)
        self.subscribed.append(first)
        await self._known(first.topic_name, context)
        if first.topic_name in self.forbidden:
            await self._refuse(context, "subscription.topic.cannot.subscribe")
        at = await self._begin(first, context)
        demand = _Demand(first.topic_name)
        self._ask(demand, first)
        reading = asyncio.create_task(self._read(requests, demand))
        try:
            async for response in self._deliver(demand, at, context):
                yield response
        finally:
            reading.cancel()

    async def _deliver(self, demand: _Demand, at: int, context: Any) -> AsyncIterator[Any]:
        told_at, delivered, idle_since = self._clock.now(), 0, asyncio.get_running_loop().time()
        while not demand.left:
            arrived = self.bus.arrived
            if demand.wrong:
                await self._refuse(context, demand.wrong)
            if not self._is_live(_metadata(context).get("accesstoken", "")):
                await self._refuse(context, "service.auth.error")
            limit = min(demand.outstanding, RESPONSE_EVENTS_MAX)
            if self.cut_after is not None:
                limit = min(limit, self.cut_after - delivered)
            events = [] if self.dead else self.bus.after(demand.topic, at, limit)
            if events and self.deliveries_left is not None:
                if not self.deliveries_left:
                    await self._refuse(context, "subscription.limit.exceeded")
                events = events[: self.deliveries_left]
                self.deliveries_left -= len(events)
            if events:
                demand.outstanding -= len(events)
                delivered, at, told_at = delivered + len(events), events[-1].number, self._clock.now()
                yield _response(demand, at, [_consumer_event(event) for event in events])
                if delivered == self.cut_after:
                    await self._refuse(context, "subscription.internal.error")
                continue
            if demand.outstanding and not self.dead and self._clock.now() - told_at >= self._keepalive:
                at, told_at = self.bus.tip(), self._clock.now()
                self.keepalives += 1
                yield _response(demand, at, [])
            if demand.outstanding:
                idle_since = asyncio.get_running_loop().time()
            elif asyncio.get_running_loop().time() - idle_since > self.idle_s:
                return
            await self._something(arrived, demand)

    async def _something(self, arrived: asyncio.Event, demand: _Demand) -> None:
        """Waits for an event, for the subscriber to ask, or a while, since the clock may have been moved on."""
        waiting = [asyncio.create_task(each.wait()) for each in (arrived, demand.asked)]
        try:
            await asyncio.wait(waiting, timeout=self._look_every_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()
        demand.asked.clear()

    async def _read(self, requests: AsyncIterator[Any], demand: _Demand) -> None:
        async for request in requests:
            self._ask(demand, request)
        demand.left = True

    def _ask(self, demand: _Demand, request: Any) -> None:
        self.outstanding_max = max(self.outstanding_max, demand.outstanding + request.num_requested)
        demand.add(request)
        demand.asked.set()

    async def _begin(self, first: Any, context: Any) -> int:
        if first.replay_preset == pubsub_pb2.EARLIEST:
            return 0
        if first.replay_preset == pubsub_pb2.LATEST:
            return self.bus.tip()
        if not first.replay_id:
            await self._refuse(context, "subscription.fetch.replayid.validation.failed")
        try:
            at = self.bus.position(first.replay_id, first.topic_name)
        except ReplayIdGone:
            await self._refuse(context, "subscription.fetch.replayid.corrupted")
        return self.bus.before(first.topic_name, at, self.repeats) if self.repeats else at

    async def _known(self, topic: str, context: Any) -> None:
        if not topic:
            await self._refuse(context, "topic.validation.empty")
        if topic not in self.bus.topics:
            await self._refuse(context, "topic.not.found")

    async def _admit(self, context: Any) -> None:
        given = _metadata(context)
        instance, tenant = given.get("instanceurl", ""), given.get("tenantid", "")
        if not (instance.startswith(("https://", "http://127.0.0.1")) and _TENANT.fullmatch(tenant)):
            await self._refuse(context, "service.auth.headers.invalid")
        if not self._is_live(given.get("accesstoken", "")) or tenant != self._tenant:
            await self._refuse(context, "service.auth.error")
        if self.faults:
            await self._refuse(context, self.faults.popleft())

    async def _refuse(self, context: Any, name: str) -> NoReturn:
        status = _STATUS.get(name, grpc.StatusCode.INVALID_ARGUMENT)
        trailers = (("error-code", PREFIX + name),)
        await context.abort(status, f"{name} is what went wrong. rpcId: twin", trailing_metadata=trailers)
        raise AssertionError("abort raises")


def _metadata(context: Any) -> dict[str, str]:
    return dict(context.invocation_metadata() or ())


def _response(demand: _Demand, at: int, events: list[Any]) -> Any:
    return pubsub_pb2.FetchResponse(
        events=events, latest_replay_id=replay_id_of(at), rpc_id="twin", pending_num_requested=demand.outstanding
    )


def _consumer_event(event: Any) -> Any:
    made = pubsub_pb2.ProducerEvent(id=event.event_id, schema_id=event.schema_id, payload=event.payload)
    return pubsub_pb2.ConsumerEvent(event=made, replay_id=event.replay_id)
