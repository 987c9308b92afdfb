"""The calls of EndpointService."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doselane.streams.v1 import endpoint_pb2

from services.kernel.errors import Invalid, InvalidFields
from services.kernel.idempotency import request_key_of
from services.kernel.ids import uuid_of
from services.kernel.paging import BY_ID, BY_NUMBER, BY_TIME, page_of
from services.kernel.rpc import Call
from services.kernel.rpc.shape import shape_violations
from services.kernel.timestamps import instant
from services.kernel.webhook_signing import SignatureKind
from services.streams import events, store
from services.streams.domain import EventFilter
from services.streams.domain.endpoint import Endpoint
from services.streams.domain.endpoint_delivery import WebhookAttempt
from services.streams.usecases import (
    DeliveryParts,
    EndpointAsk,
    EndpointChanges,
    SendingByHand,
    StatedEndpoint,
    get_endpoint,
    list_endpoints,
)

TESTED_TYPE = "doselane.slotting.slot.confirmed.v1"
_CHANGEABLE = ("url", "description", "types", "subjects", "second_channel_url", "kafka")


@dataclass(frozen=True, slots=True)
class EndpointRpc:
    """Serves doselane.streams.v1.EndpointService."""

    parts: DeliveryParts
    changes: EndpointChanges
    by_hand: SendingByHand

    async def CreateEndpoint(
        self, request: endpoint_pb2.CreateEndpointRequest, call: Call
    ) -> endpoint_pb2.CreateEndpointResponse:
        """A new endpoint, with its secret."""
        kind = SignatureKind(request.endpoint.signature_kind or SignatureKind.HMAC_SHA256)
        told = await self.changes.create(
            ask_of(request, call),
            stated_in(request.endpoint),
            kind,
            _with_secret(endpoint_pb2.CreateEndpointResponse),
            earliest=request.from_earliest,
        )
        return await self._opened(endpoint_pb2.CreateEndpointResponse.FromString(told))

    async def GetEndpoint(self, request: endpoint_pb2.GetEndpointRequest, call: Call) -> endpoint_pb2.Endpoint:
        """One endpoint."""
        endpoint = await get_endpoint(self.parts, call.caller, request.name)
        return events.endpoint_message(endpoint, self.parts.clock.now())

    async def ListEndpoints(
        self, request: endpoint_pb2.ListEndpointsRequest, call: Call
    ) -> endpoint_pb2.ListEndpointsResponse:
        """The caller's endpoints, oldest first."""
        page = await page_of(self.parts.transactions.database, request, call.caller, BY_TIME)
        found = await list_endpoints(self.parts, call.caller, page.after, page.limit)
        shown, token = page.cut(found, lambda endpoint: (endpoint.created_at, str(endpoint.id)))
        now = self.parts.clock.now()
        return endpoint_pb2.ListEndpointsResponse(
            endpoints=[events.endpoint_message(each, now) for each in shown], next_page_token=token
        )

    async def UpdateEndpoint(self, request: endpoint_pb2.UpdateEndpointRequest, call: Call) -> bytes:
        """An endpoint with other values."""
        named = tuple(request.update_mask.paths) or _CHANGEABLE
        if wrong := [path for path in named if path not in _CHANGEABLE]:
            raise Invalid(f"update_mask may name {', '.join(_CHANGEABLE)}.", field="update_mask", value=wrong[0])
        ask = ask_of(request, call, etag=request.endpoint.etag)

        def stated(stored: Endpoint) -> StatedEndpoint:
            whole = events.endpoint_message(stored, stored.updated_at)
            for path in named:
                whole.ClearField(path)  # type: ignore[arg-type]  # one of its fields
            given = endpoint_pb2.Endpoint()
            given.CopyFrom(request.endpoint)
            for field, _ in given.ListFields():
                if field.name not in named:
                    given.ClearField(field.name)  # type: ignore[arg-type]
            whole.MergeFrom(given)
            if violations := shape_violations(whole):
                raise InvalidFields([(f"endpoint.{field}", wrong) for field, wrong in violations])
            return stated_in(whole, stored)

        return await self.changes.update(ask, request.endpoint.name, stated, _plain)

    async def DeleteEndpoint(self, request: endpoint_pb2.DeleteEndpointRequest, call: Call) -> bytes:
        """Forgets an endpoint."""
        answer = endpoint_pb2.DeleteEndpointResponse().SerializeToString()
        return await self.changes.delete(ask_of(request, call), request.name, answer)

    async def RotateSecret(
        self, request: endpoint_pb2.RotateSecretRequest, call: Call
    ) -> endpoint_pb2.RotateSecretResponse:
        """A new key for an endpoint."""
        kind = SignatureKind(request.signature_kind) if request.signature_kind else None
        overlap = request.overlap.ToTimedelta() if request.HasField("overlap") else None
        told = await self.changes.rotate(
            ask_of(request, call), request.name, kind, overlap, _with_secret(endpoint_pb2.RotateSecretResponse)
        )
        return await self._opened(endpoint_pb2.RotateSecretResponse.FromString(told))

    async def TestEndpoint(self, request: endpoint_pb2.TestEndpointRequest, call: Call) -> bytes:
        """Sends a test notification."""
        return await self.by_hand.test(ask_of(request, call), request.name, request.type or TESTED_TYPE)

    async def RecoverEndpoint(self, request: endpoint_pb2.RecoverEndpointRequest, call: Call) -> bytes:
        """Begins to send a span of time again."""
        since = instant(request.start_time, "start_time")
        before = instant(request.end_time, "end_time") if request.HasField("end_time") else None
        if before is not None and before <= since:
            raise Invalid("end_time must lie after start_time.", field="end_time", start_time=since)
        return await self.changes.recover(ask_of(request, call), request.name, since, before, _plain)

    async def ResendEvent(self, request: endpoint_pb2.ResendEventRequest, call: Call) -> bytes:
        """Sends one event of the feed."""
        return await self.by_hand.resend(ask_of(request, call), request.name, uuid_of(request.event_id, "event_id"))

    async def EnableEndpoint(self, request: endpoint_pb2.EnableEndpointRequest, call: Call) -> bytes:
        """Lets a disabled endpoint be sent to again."""
        return await self.changes.enable(ask_of(request, call), request.name, _plain)

    async def DisableEndpoint(self, request: endpoint_pb2.DisableEndpointRequest, call: Call) -> bytes:
        """Stops sending to an endpoint."""
        return await self.changes.disable(ask_of(request, call), request.name, _plain)

    async def ListDeliveryAttempts(
        self, request: endpoint_pb2.ListDeliveryAttemptsRequest, call: Call
    ) -> endpoint_pb2.ListDeliveryAttemptsResponse:
        """Attempts, newest first."""
        event_id = uuid_of(request.event_id, "event_id") if request.event_id else None
        database = self.parts.transactions.database
        page = await page_of(database, request, call.caller, BY_ID)
        endpoint = await get_endpoint(self.parts, call.caller, request.parent)
        found = await store.list_attempts(
            database.pool, endpoint.id, event_id, request.failed_only, page.after, page.limit
        )
        shown, token = page.cut(found, lambda attempt: attempt.id)
        return endpoint_pb2.ListDeliveryAttemptsResponse(
            delivery_attempts=[events.attempt_message(endpoint.name, each) for each in shown], next_page_token=token
        )

    async def ListParkedEvents(
        self, request: endpoint_pb2.ListParkedEventsRequest, call: Call
    ) -> endpoint_pb2.ListParkedEventsResponse:
        """Events that were given up."""
        database = self.parts.transactions.database
        page = await page_of(database, request, call.caller, BY_NUMBER)
        endpoint = await get_endpoint(self.parts, call.caller, request.parent)
        found = await store.list_parked(database.pool, endpoint.id, page.after, page.limit)
        shown, token = page.cut(found, lambda parked: parked.position)
        return endpoint_pb2.ListParkedEventsResponse(
            parked_events=[events.parked_message(endpoint.name, each) for each in shown], next_page_token=token
        )

    async def _opened(self, answer: Any) -> Any:
        """The answer with its secret, which is stored sealed."""
        answer.secret = await self.changes.opened_secret(answer.secret)
        return answer


def ask_of(request: Any, call: Call, *, etag: str | None = None) -> EndpointAsk:
    """Who asks, why, which version they have seen, and how a repetition is known."""
    seen = getattr(request, "etag", "") if etag is None else etag
    reason = getattr(request, "reason", "")
    return EndpointAsk(call.caller, request_key_of(request, call.caller), reason, seen, call.traceparent)


def stated_in(endpoint: endpoint_pb2.Endpoint, stored: Endpoint | None = None) -> StatedEndpoint:
    """What a partner says of an endpoint. Stored secrets go on to the same brokers only."""
    known = stored.access if stored and stored.url == endpoint.url else None
    access = events.access_of(endpoint.kafka, known) if endpoint.HasField("kafka") else None
    return StatedEndpoint(
        endpoint.url,
        endpoint.description,
        EventFilter(tuple(endpoint.types), tuple(endpoint.subjects)),
        endpoint.second_channel_url,
        access,
    )


def attempt_bytes(endpoint: str, attempt: WebhookAttempt) -> bytes:
    """An attempt as it is answered."""
    return events.attempt_message(endpoint, attempt).SerializeToString()


def _plain(endpoint: Endpoint, now: datetime, _: str) -> bytes:
    return events.endpoint_message(endpoint, now).SerializeToString()


def _with_secret(answer: Callable[..., Any]) -> Callable[[Endpoint, datetime, str], bytes]:
    def written(endpoint: Endpoint, now: datetime, sealed_secret: str) -> bytes:
        told: bytes = answer(endpoint=events.endpoint_message(endpoint, now), secret=sealed_secret).SerializeToString()
        return told

    return written
