"""Northlake's receiver of webhooks: it believes what the standard's own library verifies, and counts that."""

import asyncio
from types import TracebackType
from typing import Self

from aiohttp import web
from doselane.streams.v1 import endpoint_pb2, feed_pb2
from standardwebhooks import Webhook, WebhookVerificationError

from services.kernel.ids import uuid7
from services.local.demo.doors import Program

PATIENCE_S = 30.0
LOOK_EVERY_S = 0.1


class HookReceiver:
    """Entered, it has an endpoint of Northlake's on loopback."""

    def __init__(self, northlake: Program) -> None:
        self._northlake = northlake
        self._verified: set[str] = set()
        self._secret = self._endpoint = ""
        self._door: web.AppRunner

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2 << 20)
        app.router.add_post("/doselane", self._take)
        self._door = web.AppRunner(app, access_log=None)
        await self._door.setup()
        await web.TCPSite(self._door, "127.0.0.1", 0).start()
        stated = endpoint_pb2.Endpoint(
            url=f"http://127.0.0.1:{self._door.addresses[0][1]}/doselane", description="Northlake's orchestrator"
        )
        create = endpoint_pb2.CreateEndpointRequest(endpoint=stated, request_id=str(uuid7()))
        created = await self._northlake.call("EndpointService", "CreateEndpoint", create)
        self._secret, self._endpoint = created.secret, created.endpoint.name
        return self

    async def __aexit__(self, kind: type[BaseException] | None, fault: object, trace: TracebackType | None) -> None:
        delete = endpoint_pb2.DeleteEndpointRequest(name=self._endpoint, request_id=str(uuid7()))
        await self._northlake.call("EndpointService", "DeleteEndpoint", delete)
        await self._door.cleanup()

    async def until_told(self) -> int:
        """Waits until all that is in Northlake's feed now was sent; how many events arrived and were verified."""
        asked = feed_pb2.GetFeedRequest(name="feeds/-")
        latest = (await self._northlake.call("FeedService", "GetFeed", asked)).latest_position
        get = endpoint_pb2.GetEndpointRequest(name=self._endpoint)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                endpoint = await self._northlake.call("EndpointService", "GetEndpoint", get)
                if endpoint.position >= latest and not endpoint.waiting_subjects:
                    return len(self._verified)
                await asyncio.sleep(LOOK_EVERY_S)

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            event = Webhook(self._secret).verify(body, dict(request.headers))
        except WebhookVerificationError as wrong:
            return web.Response(status=400, text=str(wrong))
        self._verified.add(event["id"])
        return web.Response(status=204)
