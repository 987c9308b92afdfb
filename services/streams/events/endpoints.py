"""Endpoints in the forms in which they travel: over gRPC, as events of ours, and as what is sent to them."""

import json
from datetime import datetime
from functools import cache
from typing import Any

from doselane.streams.v1 import endpoint_pb2, events_pb2
from doselane.type.v1.type_pb2 import Activity
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pool import Default
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import EPOCH, stamp
from services.streams.domain import EventCopy, FeedEntry
from services.streams.domain.client_certificate import ClientCertificate
from services.streams.domain.endpoint import Endpoint, EndpointState
from services.streams.domain.endpoint_delivery import ParkedEvent, WebhookAttempt, WebhookMessage
from services.streams.domain.feed_topics import RecordMode
from services.streams.domain.kafka_destination import BrokerAccess, BrokerSasl
from services.streams.events.copies import FEED_TYPES, data_name, redacted
from services.streams.events.messages import cloud_event

SOURCE = "doselane/streams"
_SASL_OF = {
    BrokerSasl.NONE: endpoint_pb2.KafkaAccess.SASL_MECHANISM_UNSPECIFIED,
    BrokerSasl.PLAIN: endpoint_pb2.KafkaAccess.PLAIN,
    BrokerSasl.SCRAM_SHA_256: endpoint_pb2.KafkaAccess.SCRAM_SHA_256,
    BrokerSasl.SCRAM_SHA_512: endpoint_pb2.KafkaAccess.SCRAM_SHA_512,
    BrokerSasl.OAUTHBEARER: endpoint_pb2.KafkaAccess.OAUTHBEARER,
}
_DEPTH_MAX = 3  # of what a test notification makes up


def endpoint_message(endpoint: Endpoint, now: datetime) -> endpoint_pb2.Endpoint:
    """An endpoint as gRPC and REST show it: of its keys what is public."""
    recovery = endpoint.recovery
    return endpoint_pb2.Endpoint(
        name=endpoint.name,
        partner=endpoint.partner,
        url=endpoint.url,
        description=endpoint.description,
        types=endpoint.wanted.types,
        subjects=endpoint.wanted.subjects,
        second_channel_url=endpoint.second_channel_url,
        kafka=_access_message(endpoint.access) if endpoint.access else None,
        signature_kind=endpoint.signature_kind.value,  # type: ignore[arg-type]  # the same numbers
        public_keys=[key.public for key in endpoint.live_keys(now) if key.public],
        state=endpoint.state.value,  # type: ignore[arg-type]  # the same numbers
        state_time=stamp(endpoint.state_at),
        state_detail=endpoint.state_detail,
        position=endpoint.place,
        waiting_subjects=endpoint.waiting,
        recovery=endpoint_pb2.Recovery(position=recovery.place, last_position=recovery.last) if recovery else None,
        create_time=stamp(endpoint.created_at),
        update_time=stamp(endpoint.updated_at),
        etag=endpoint.etag,
    )


def _access_message(access: BrokerAccess) -> endpoint_pb2.KafkaAccess:
    """How brokers are spoken to, without password and private key."""
    return endpoint_pb2.KafkaAccess(
        mode=endpoint_pb2.KafkaAccess.Mode.Value(access.mode.name),
        plaintext=access.plaintext,
        sasl_mechanism=_SASL_OF[access.sasl],
        sasl_username=access.username,
        ca_certificates=access.authorities,
        sasl_token_url=access.token_url,
        sasl_scope=access.scope,
        client_certificates=access.certificate.chain,
    )


def access_of(message: endpoint_pb2.KafkaAccess, known: BrokerAccess | None) -> BrokerAccess:
    """How brokers are to be spoken to. `known`: how these were until now, whose secrets count if none is stated.

    A password goes on to the same name and the same issuer only, a key with the same certificates.
    """
    known = known or BrokerAccess()
    whom = known.username, known.token_url
    password = known.password if whom == (message.sasl_username, message.sasl_token_url) else ""
    key = known.certificate.key if known.certificate.chain == message.client_certificates else ""
    return BrokerAccess(
        mode=RecordMode.BINARY if message.mode == endpoint_pb2.KafkaAccess.BINARY else RecordMode.STRUCTURED,
        plaintext=message.plaintext,
        sasl=next(sasl for sasl, number in _SASL_OF.items() if number == message.sasl_mechanism),
        username=message.sasl_username,
        password=message.sasl_password or password,
        authorities=message.ca_certificates,
        token_url=message.sasl_token_url,
        scope=message.sasl_scope,
        certificate=ClientCertificate(message.client_certificates, message.client_key or key),
    )


def attempt_message(endpoint: str, attempt: WebhookAttempt) -> endpoint_pb2.DeliveryAttempt:
    """An attempt as gRPC and REST show it."""
    message, answer = attempt.message, attempt.answer
    return endpoint_pb2.DeliveryAttempt(
        name=f"{endpoint}/deliveryAttempts/{attempt.id}",
        event_id=str(message.event_id),
        type=message.type,
        subject=message.subject,
        position=message.position,
        cause=attempt.cause.value,  # type: ignore[arg-type]  # the same numbers
        number=attempt.number,
        send_time=stamp(attempt.sent_at),
        delivered=attempt.delivered,
        status=answer.status,
        fault=answer.fault,
        latency_ms=answer.latency_ms,
        response_start=answer.body,
        next_try_time=stamp(attempt.next_try_at),
    )


def parked_message(endpoint: str, parked: ParkedEvent) -> endpoint_pb2.ParkedEvent:
    """A parked event as gRPC and REST show it."""
    return endpoint_pb2.ParkedEvent(
        name=f"{endpoint}/parkedEvents/{parked.position}",
        event_id=str(parked.event_id or ""),
        type=parked.type,
        subject=parked.subject,
        position=parked.position,
        last_position=parked.last,
        reason=parked.reason.value,  # type: ignore[arg-type]  # the same numbers
        detail=parked.detail,
        attempts=parked.attempts,
        park_time=stamp(parked.parked_at),
    )


def endpoint_event(
    before: Endpoint,
    after: Endpoint,
    attempt: WebhookAttempt | None,
    now: datetime,
    *,
    actor: str,
    reason: str,
    traceparent: str,
) -> Event | None:
    """What is published of a change of state; None of any other change."""
    told = endpoint_message(after, now)
    data: Message
    if after.state is before.state:
        return None
    if after.state is EndpointState.FAILING:
        shown = attempt_message(after.name, attempt) if attempt else None
        kind, data = "failing", events_pb2.EndpointFailing(endpoint=told, attempt=shown)
    elif after.state is EndpointState.DISABLED:
        kind, data = "disabled", events_pb2.EndpointDisabled(endpoint=told)
    elif before.state is EndpointState.FAILING:
        kind, data = "recovered", events_pb2.EndpointRecovered(endpoint=told)
    else:
        return None
    event_type, sequence, content = f"doselane.streams.endpoint.{kind}.v1", after.told + 1, data.SerializeToString()
    return Event(
        uuid7(), event_type, SOURCE, after.name, sequence, now, content, after.partner, actor, reason, traceparent
    )


def notice_body(event: Event) -> bytes:
    """An event of ours as the second channel is sent it: a CloudEvent in its structured mode."""
    said: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(event.id),
        "type": event.type,
        "source": event.source,
        "subject": event.subject,
        "time": stamp(event.time).ToJsonString(),  # type: ignore[union-attr]
        "datacontenttype": "application/json",
        "partitionkey": event.subject,
        "sequence": str(event.sequence),
        "data": MessageToDict(_class_of(event.type).FromString(event.data)),
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def webhook_message(entry: FeedEntry, body: bytes) -> WebhookMessage:
    """An entry as it is sent."""
    return WebhookMessage(entry.copy.event_id, entry.copy.type, entry.copy.subject, entry.position, body)


def dose_ends_at(entry: FeedEntry) -> datetime | None:
    """When the dose that an entry is about is to be administered; None if the entry does not say."""
    return _administered_at(_class_of(entry.copy.type).FromString(entry.copy.data))


@cache
def _class_of(event_type: str) -> Any:
    return GetMessageClass(Default().FindMessageTypeByName(data_name(event_type)))


def _administered_at(message: Message, depth: int = 0) -> datetime | None:
    for field, value in message.ListFields():
        if field.message_type is None or field.is_repeated:
            continue
        if field.name == "administration" and isinstance(value, Activity):
            return value.time.ToDatetime(EPOCH.tzinfo) if value.HasField("time") else None
        if depth < _DEPTH_MAX and (found := _administered_at(value, depth + 1)):
            return found
    return None


def is_told(event_type: str) -> bool:
    """Whether partners are told of events of this type."""
    return event_type in FEED_TYPES


def test_message(event_type: str, like: FeedEntry | None, now: datetime, partner: str) -> WebhookMessage:
    """A notification that looks like a real one of its type, under an id of its own, with the attribute `test`."""
    if like is None:
        made_up = _class_of(event_type)()
        _fill(made_up, now)
        subject = f"{event_type.split('.')[2]}s/{uuid7()}"
        data = redacted(made_up.DESCRIPTOR, made_up.SerializeToString(), partner)
        source = "/".join(event_type.split(".")[:2])
        like = FeedEntry(EventCopy(partner, uuid7(), event_type, source, subject, now, "", data), 1, 1, now)
    event_id = uuid7()
    said = {**json.loads(cloud_event(like)), "id": str(event_id), "test": True}
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return WebhookMessage(event_id, event_type, like.copy.subject, None, body)


def _fill(message: Message, now: datetime, depth: int = 0) -> None:
    """Puts something into each field, so that whoever reads it meets all there is."""
    for field in message.DESCRIPTOR.fields:
        if field.message_type is None:
            value = _made_up(field)
            if field.is_repeated:
                getattr(message, field.name).append(value)
            else:
                setattr(message, field.name, value)
        elif field.message_type.full_name == "google.protobuf.Timestamp" and not field.is_repeated:
            getattr(message, field.name).CopyFrom(stamp(now))
        elif depth < _DEPTH_MAX and not field.message_type.full_name.startswith("google.protobuf."):
            part = getattr(message, field.name)
            if not field.is_repeated:
                part.SetInParent()
                _fill(part, now, depth + 1)
            elif not field.message_type.GetOptions().map_entry:
                _fill(part.add(), now, depth + 1)


def _made_up(field: FieldDescriptor) -> Any:
    if field.enum_type is not None:
        return field.enum_type.values[min(1, len(field.enum_type.values) - 1)].number
    kinds = {
        FieldDescriptor.CPPTYPE_STRING: b"test" if field.type == FieldDescriptor.TYPE_BYTES else f"test-{field.name}",
        FieldDescriptor.CPPTYPE_BOOL: True,
    }
    return kinds.get(field.cpp_type, 1)
