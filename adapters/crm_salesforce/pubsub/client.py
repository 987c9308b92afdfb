"""The calls of the Pub/Sub API, each with the account's token, its instance and its organisation as metadata."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import grpc
import grpc.aio
import httpx
from salesforce.eventbus.v1 import pubsub_pb2, pubsub_pb2_grpc

from adapters.crm_salesforce.pubsub.faults import Advice, fault_of
from adapters.grants import grant
from adapters.host.client.channels import channel
from adapters.outbound import Declined

URL = "https://api.pubsub.salesforce.com:7443"
ANSWER_S_MAX = 20.0

Metadata = tuple[tuple[str, str], ...]


class Opened:
    """A stream of requests and answers, with the token that opened it."""

    def __init__(self, call: Any, token: str) -> None:
        self._call, self.token = call, token

    @property
    def ended(self) -> bool:
        """Whether it has ended, so that nothing can be sent on it."""
        return bool(self._call.done())

    async def connected(self) -> None:
        """Waits until the server has taken the stream; nothing was sent before. Raises PubSubFault."""
        try:
            await self._call.wait_for_connection()
        except grpc.aio.AioRpcError as error:
            raise fault_of(error, self.token) from error

    async def write(self, request: Any) -> None:
        """Sends a request. If the stream has ended meanwhile, reading tells how, after what came before its end."""
        try:
            await self._call.write(request)
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            pass  # Reading tells.

    async def read(self) -> Any | None:
        """The next answer; None when the server ended the stream in order. Raises PubSubFault."""
        try:
            answer = await self._call.read()
        except grpc.aio.AioRpcError as error:
            raise fault_of(error, self.token) from error
        return None if answer is grpc.aio.EOF else answer

    def close(self) -> None:
        """Lets go of it."""
        self._call.cancel()


class PubSubClient:
    """The event bus of the account's organisation. One channel, made when it is first needed."""

    def __init__(self, http: httpx.AsyncClient, url: str = URL, tenant: str = "") -> None:
        self._http, self._url, self._tenant = http, url, tenant
        self._channel: grpc.aio.Channel | None = None

    async def topic(self, name: str) -> pubsub_pb2.TopicInfo:
        """A topic. Raises PubSubFault, Away or Declined, as each call does."""
        return await self._unary(self._stub.GetTopic, pubsub_pb2.TopicRequest(topic_name=name))

    async def schema(self, schema_id: str) -> pubsub_pb2.SchemaInfo:
        """A schema."""
        return await self._unary(self._stub.GetSchema, pubsub_pb2.SchemaRequest(schema_id=schema_id))

    async def subscribe(self, refused: str = "") -> Opened:
        """A stream of events, with another token than the one that was `refused`."""
        return await self._open(self._stub.Subscribe, refused)

    async def publish_stream(self, refused: str = "") -> Opened:
        """A stream to publish on."""
        return await self._open(self._stub.PublishStream, refused)

    async def user(self) -> str:
        """The id of the user that we are; empty if the issuer does not say."""
        return _of_identity((await grant(self._http)).said.get("id", ""))[1]

    async def close(self) -> None:
        """Closes the channel, and with it all streams."""
        if self._channel is not None:
            await self._channel.close()
        self._channel = None

    async def _unary(self, call: Callable[..., Awaitable[Any]], request: Any) -> Any:
        refused = ""
        while True:
            metadata, token = await self._metadata(refused)
            try:
                return await call(request, metadata=metadata, timeout=ANSWER_S_MAX)
            except grpc.aio.AioRpcError as error:
                fault = fault_of(error, token)
            if fault.advice is not Advice.NEW_TOKEN or refused:
                raise fault
            refused = token

    async def _open(self, call: Callable[..., Any], refused: str) -> Opened:
        metadata, token = await self._metadata(refused)
        return Opened(call(metadata=metadata), token)

    async def _metadata(self, refused: str) -> tuple[Metadata, str]:
        given = await grant(self._http, refused)
        tenant = self._tenant or _of_identity(given.said.get("id", ""))[0]
        if not tenant:
            raise Declined("the issuer does not say the organisation (`id`), and the account does not either")
        instance = (given.base or given.said.get("instance_url") or str(self._http.base_url)).rstrip("/")
        return (("accesstoken", given.token), ("instanceurl", instance), ("tenantid", tenant)), given.token

    @property
    def _stub(self) -> Any:
        # A channel belongs to the loop that runs when it is made.
        if self._channel is None:
            self._channel = channel(self._http, self._url)
        return pubsub_pb2_grpc.PubSubStub(self._channel)  # type: ignore[no-untyped-call]


def _of_identity(identity: str) -> tuple[str, str]:
    """Organisation and user of an identity URL: `https://…/id/{organisation}/{user}`."""
    steps = urlsplit(identity).path.split("/")
    return (steps[2], steps[3]) if len(steps) == 4 and steps[1] == "id" else ("", "")
