"""What the host publishes of messages, in the words of their port."""

from datetime import datetime

from adapters.host.values import PendingMessage, Verdict
from adapters.manifest import Fact
from adapters.ports import Port, Sender
from services.kernel.event import Event
from services.kernel.ids import uuid7


def reported(port: Port, pending: PendingMessage, fact: Fact, sequence: int, at: datetime) -> Event:
    """Somebody reported something new."""
    data = port.reported(_sender(pending), fact.said).SerializeToString(deterministic=True)
    return _event(port, pending, port.reported_type, sequence, at, data)


def refused(port: Port, pending: PendingMessage, found: Verdict, sequence: int, at: datetime) -> Event:
    """A message was refused and waits to be looked at."""
    data = port.refused(_sender(pending), found.reason, found.detail).SerializeToString(deterministic=True)
    return _event(port, pending, port.refused_type, sequence, at, data)


def _sender(pending: PendingMessage) -> Sender:
    received = pending.received
    return Sender(received.partner, received.adapter, received.name)


def _event(port: Port, pending: PendingMessage, kind: str, sequence: int, at: datetime, data: bytes) -> Event:
    received = pending.received
    return Event(
        id=uuid7(),
        type=kind,
        source=port.source,
        subject=received.name,
        sequence=sequence,
        time=at,
        data=data,
        partner=received.partner,
        actor=received.actor or f"account {received.account}",
        reason=pending.reason,
        traceparent=received.traceparent,
    )
