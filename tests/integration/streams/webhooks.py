"""Endpoints of a partner of a test's own, on the streams behind the door, with a receiver that they are sent to."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from doselane.streams.v1 import endpoint_pb2 as endpoints
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass

from services.kernel.event import Event
from services.kernel.rpc import Client
from tests.integration.streams.conftest import ENDPOINTS, Door
from tests.support.receiver import ReceivedHook, Receiver
from tests.support.status import slot_event

SCOPES = ("streams.read", "streams.manage")


class Subscribed:
    """A partner with endpoints."""

    def __init__(self, door: Door, receiver: Receiver) -> None:
        self.door, self.receiver, self.partner = door, receiver, door.partner()
        self.path = self.partner.rpartition("/")[2]
        self.client: Client = door.client(self.partner, *SCOPES, of=ENDPOINTS)

    async def call(self, method_name: str, /, client: Client | None = None, **asked: Any) -> Any:
        """Calls, under a request id of its own if it needs one."""
        method: MethodDescriptor = ENDPOINTS.methods_by_name[method_name]
        if "request_id" in method.input_type.fields_by_name:
            asked.setdefault("request_id", str(uuid4()))
        return await (client or self.client).call(method_name, GetMessageClass(method.input_type)(**asked))

    async def create(self, path: str | None = None, **facts: Any) -> endpoints.CreateEndpointResponse:
        """An endpoint at a path of the receiver's, the partner's own if none is named."""
        stated = {"url": self.receiver.url(path or self.path), **facts}
        answer: endpoints.CreateEndpointResponse = await self.call("CreateEndpoint", endpoint=stated)
        return answer

    async def get(self, name: str) -> endpoints.Endpoint:
        """An endpoint as it is."""
        endpoint: endpoints.Endpoint = await self.call("GetEndpoint", name=name)
        return endpoint

    async def until(self, name: str, state: int) -> endpoints.Endpoint:
        """Waits until an endpoint is in a state: it is, with the event that says so."""
        while (endpoint := await self.get(name)).state != state:
            await self.saved()
        return endpoint

    async def saved(self) -> None:
        """Waits for a commit of whoever delivers, or a poll."""
        call = self.door.database.listen()
        await call.wait(call.calls, 0.05)

    async def publish(self, *events: Event) -> None:
        """Lets other services publish."""
        await self.door.publish(*events)

    def confirmed(self, dose: str, sequence: int = 1, **facts: Any) -> Event:
        """A slot of this partner's is confirmed; doses of other partners have other ids."""
        return slot_event(f"{self.path}-{dose}", sequence=sequence, partner=self.partner, **facts)

    async def attempts(self, name: str, **asked: Any) -> Sequence[endpoints.DeliveryAttempt]:
        """Attempts, newest first."""
        answer = await self.call("ListDeliveryAttempts", parent=name, **asked)
        found: Sequence[endpoints.DeliveryAttempt] = answer.delivery_attempts
        return found

    async def tried(self, name: str, count: int) -> Sequence[endpoints.DeliveryAttempt]:
        """Waits until so many attempts are kept; all that are, newest first."""
        while len(found := await self.attempts(name)) < count:
            await self.saved()
        return found

    async def parked(self, name: str) -> Sequence[endpoints.ParkedEvent]:
        """Events that were given up."""
        answer = await self.call("ListParkedEvents", parent=name)
        found: Sequence[endpoints.ParkedEvent] = answer.parked_events
        return found

    def later(self, by: timedelta) -> None:
        """Lets time go by."""
        self.door.clock.advance(by)


def ids(hooks: Sequence[ReceivedHook]) -> list[str]:
    """The ids of webhooks, in the order in which they came."""
    return [hook.id for hook in hooks]
