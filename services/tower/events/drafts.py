"""Drafts as protobuf, and their changes as events; they belong to the partner whose agent drafted."""

from doselane.tower.v1 import draft_pb2, events_pb2
from doselane.type.v1 import type_pb2

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.tower.domain.draft import Draft
from services.tower.events.consents import SOURCE, TOPIC


def draft_message(draft: Draft) -> draft_pb2.Draft:
    """A draft as published."""
    return draft_pb2.Draft(
        name=draft.name,
        partner=draft.partner,
        state=int(draft.state),  # type: ignore[arg-type]
        call=draft.request.call,
        request_json=draft.request.json,
        digest=draft.request.digest,
        explanation=draft.request.explanation,
        reason=draft.agent_reason,
        drafted_by=draft.agent,
        consented_by=draft.person,
        create_time=stamp(draft.created_at),
        expire_time=stamp(draft.expires_at),
        last_change=type_pb2.Change(actor=draft.actor, time=stamp(draft.updated_at), reason=draft.reason),
        etag=draft.etag,
    )


def draft_event(draft: Draft, traceparent: str) -> Event:
    """A change of a draft."""
    return Event(
        id=uuid7(),
        type=f"{TOPIC}.draft.changed.v1",
        source=SOURCE,
        subject=draft.name,
        sequence=draft.version,
        time=draft.updated_at,
        data=events_pb2.DraftChanged(draft=draft_message(draft)).SerializeToString(),
        partner=draft.partner,
        actor=draft.actor,
        reason=draft.reason,
        traceparent=traceparent,
    )
