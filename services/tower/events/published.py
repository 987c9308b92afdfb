"""What the tower publishes: each change of an entry and of an incident as an event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from doselane.tower.v1 import events_pb2

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.tower.domain.board import BoardChange, TowerNews
from services.tower.domain.incident import IncidentChange, IncidentNews
from services.tower.events.messages import entry_message, incident_message

SOURCE = "doselane/tower"
TOPIC = "doselane.tower"
_ENTRY_MESSAGES: Mapping[TowerNews, Any] = {
    TowerNews.AT_RISK: events_pb2.DoseAtRisk,
    TowerNews.SAFE_AGAIN: events_pb2.DoseSafeAgain,
    TowerNews.LOST: events_pb2.DoseLost,
    TowerNews.WINDOW_CLOSING: events_pb2.RescueWindowClosing,
    TowerNews.CHANGED: events_pb2.BoardEntryChanged,
}
_INCIDENT_MESSAGES: Mapping[IncidentNews, Any] = {
    IncidentNews.OPENED: events_pb2.IncidentOpened,
    IncidentNews.UPDATED: events_pb2.IncidentUpdated,
    IncidentNews.ACKNOWLEDGED: events_pb2.IncidentAcknowledged,
    IncidentNews.RESOLVED: events_pb2.IncidentResolved,
}


def entry_events(change: BoardChange, traceparent: str) -> list[Event]:
    """The news of an entry, numbered as its versions are; they belong to the dose's sponsor."""
    entry, first = change.entry, change.entry.version - len(change.news) + 1
    told = entry_message(entry)
    events = []
    for place, (what, left_percent) in enumerate(change.news):
        message = _ENTRY_MESSAGES[what](board_entry=told)
        if what is TowerNews.WINDOW_CLOSING:
            message.left_percent = left_percent
        events.append(
            Event(
                id=uuid7(),
                type=f"{TOPIC}.{what}.v1",
                source=SOURCE,
                subject=entry.name,
                sequence=first + place,
                time=entry.updated_at,
                data=message.SerializeToString(),
                partner=entry.partner,
                traceparent=traceparent,
            )
        )
    return events


def incident_event(change: IncidentChange, now: datetime, traceparent: str) -> Event:
    """A change of an incident. It is the manufacturer's own: several sponsors' doses may be in it."""
    message = _INCIDENT_MESSAGES[change.what](incident=incident_message(change.incident))
    if change.what is IncidentNews.UPDATED:
        message.concerned_partners[:] = change.partners
    return Event(
        id=uuid7(),
        type=f"{TOPIC}.{change.what}.v1",
        source=SOURCE,
        subject=change.incident.name,
        sequence=change.incident.version,
        time=now,
        data=message.SerializeToString(),
        actor=change.actor,
        reason=change.reason,
        traceparent=traceparent,
    )
