"""What the host publishes: of messages in the words of their port, of its own work in those of all ports."""

from dataclasses import replace
from datetime import datetime

from doselane.exchange.v1.events_pb2 import DeliveryFailed, SourceHeard, SourceSilent
from google.protobuf.message import Message as ProtoMessage

from adapters.host.cursors import Silence
from adapters.host.deliveries import Delivery, DeliveryState
from adapters.host.values import Account, PendingMessage, Verdict
from adapters.manifest import Fact
from adapters.ports import Port, Sender
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp


def reported(pending: PendingMessage, fact: Fact, sequence: int, at: datetime) -> Event:
    """Somebody reported something new."""
    port = pending.port
    kind, said = port.reported(_sender(pending), fact.said)
    return _event(pending, kind, sequence, at, said.SerializeToString(deterministic=True))


def refused(pending: PendingMessage, found: Verdict, sequence: int, at: datetime) -> Event:
    """A message was refused and waits to be looked at."""
    port = pending.port
    data = port.refused(_sender(pending), found.reason, found.detail).SerializeToString(deterministic=True)
    return _event(pending, port.refused_type, sequence, at, data)


def delivery_failed(
    port: Port, delivery: Delivery, state: DeliveryState, words: str, sequence: int, at: datetime
) -> Event:
    """Something was not sent, and somebody should look at it."""
    said = DeliveryFailed(
        delivery=delivery.name,
        account=delivery.account,
        adapter=delivery.adapter,
        reaction=delivery.reaction,
        about=delivery.outgoing.subject,
        event_id=delivery.set_off_by,
        state=int(state),  # type: ignore[arg-type]
        detail=words,
        uncertain=delivery.uncertain,
        attempts=delivery.attempts,
    )
    event = _own(port, "delivery.failed", delivery.name, sequence, at, said)
    return replace(event, partner=delivery.partner, actor=_actor(delivery.account), traceparent=delivery.traceparent)


def source_silent(account: Account, source: str, silence: Silence, words: str, at: datetime) -> Event:
    """A poll or a stream brings nothing."""
    said = SourceSilent(
        account=account.id, adapter=account.adapter.name, source=source, since=stamp(silence.since), detail=words
    )
    return _of_source(account, "source.silent", source, silence, at, said)


def source_heard(account: Account, source: str, silence: Silence, at: datetime) -> Event:
    """A poll or a stream that was silent brings something again."""
    said = SourceHeard(account=account.id, adapter=account.adapter.name, source=source, since=stamp(silence.since))
    return _of_source(account, "source.heard", source, silence, at, said)


def _of_source(account: Account, what: str, source: str, silence: Silence, at: datetime, said: ProtoMessage) -> Event:
    event = _own(account.port, what, f"accounts/{account.id}/sources/{source}", silence.told, at, said)
    return replace(event, partner=account.partner, actor=_actor(account.id))


def _own(port: Port, what: str, subject: str, sequence: int, at: datetime, said: ProtoMessage) -> Event:
    """An event of the host's own work, under the name of the port's topic."""
    data = said.SerializeToString(deterministic=True)
    return Event(uuid7(), f"{port.topic}.{what}.v1", port.source, subject, sequence, at, data)


def _actor(account: str) -> str:
    return f"account {account}"


def _sender(pending: PendingMessage) -> Sender:
    received = pending.received
    return Sender(received.partner, received.adapter, received.name)


def _event(pending: PendingMessage, kind: str, sequence: int, at: datetime, data: bytes) -> Event:
    received = pending.received
    return Event(
        id=uuid7(),
        type=kind,
        source=pending.port.source,
        subject=received.name,
        sequence=sequence,
        time=at,
        data=data,
        partner=received.partner,
        actor=received.actor or _actor(received.account),
        reason=pending.reason,
        traceparent=received.traceparent,
    )
