"""Ladders and escalations as protobuf, their changes as events, and what is heard of whom they told.

They belong to the partner whose ladder it is.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from doselane.alert.v1 import events_pb2 as alert_events
from doselane.exchange.v1.events_pb2 import DeliveryFailed
from doselane.tower.v1 import escalation_pb2, events_pb2
from doselane.type.v1 import type_pb2

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.stored import storable
from services.kernel.timestamps import stamp
from services.tower.domain.escalation import (
    AlertOutcome,
    AlertState,
    Escalation,
    EscalationChange,
    EscalationNews,
    EscalationStep,
)
from services.tower.domain.ladder import AlertContact, EscalationLadder, LadderChange, LadderNews
from services.tower.events.published import SOURCE, TOPIC

ALERT_SENT = "doselane.alert.alert.sent.v1"
ALERT_FAILED = "doselane.alert.delivery.failed.v1"
_LADDER_MESSAGES: Mapping[LadderNews, Any] = {
    LadderNews.SET: events_pb2.EscalationLadderSet,
    LadderNews.WITHDRAWN: events_pb2.EscalationLadderWithdrawn,
}
_MESSAGES: Mapping[EscalationNews, Any] = {
    EscalationNews.STEP_TAKEN: events_pb2.EscalationStepTaken,
    EscalationNews.ACKNOWLEDGED: events_pb2.EscalationAcknowledged,
    EscalationNews.CHANGED: events_pb2.EscalationChanged,
}


class HeardAlert(NamedTuple):
    """What became of telling a contact, as it was heard; step and contact are counted from 1."""

    escalation: str
    step: int
    contact: int
    state: AlertState
    at: datetime
    detail: str


def ladder_message(ladder: EscalationLadder) -> escalation_pb2.EscalationLadder:
    """A ladder as published."""
    return escalation_pb2.EscalationLadder(
        name=ladder.name,
        partner=ladder.partner,
        product=ladder.product,
        steps=[
            escalation_pb2.LadderStep(left_percent=each.left_percent, contacts=map(_contact, each.contacts))
            for each in ladder.steps
        ],
        create_time=stamp(ladder.created_at),
        last_change=type_pb2.Change(actor=ladder.actor, time=stamp(ladder.updated_at), reason=ladder.reason),
        etag=ladder.etag,
    )


def escalation_message(escalation: Escalation) -> escalation_pb2.Escalation:
    """An escalation as published."""
    return escalation_pb2.Escalation(
        name=escalation.name,
        partner=escalation.partner,
        ladder=escalation.ladder,
        incident=escalation.incident,
        kind=int(escalation.kind),  # type: ignore[arg-type]
        subject=escalation.subject,
        product=escalation.product,
        state=int(escalation.state),  # type: ignore[arg-type]
        steps=map(_step, escalation.steps),
        doses=[
            escalation_pb2.EscalatedDose(dose=f"doses/{each.dose}", rescue_until_time=stamp(each.until_at))
            for each in escalation.doses
        ],
        begin_time=stamp(escalation.began_at),
        until_time=stamp(escalation.until_at),
        acknowledge_time=stamp(escalation.acknowledged_at),
        acknowledge_actor=escalation.actor,
        acknowledge_reason=escalation.reason,
        end_time=stamp(escalation.ended_at),
        etag=escalation.etag,
    )


def _step(step: EscalationStep) -> escalation_pb2.EscalationStep:
    told = step.outcomes or tuple(escalation_pb2.AlertOutcome(contact=_contact(each)) for each in step.contacts)
    return escalation_pb2.EscalationStep(
        left_percent=step.left_percent,
        due_time=stamp(step.due_at),
        take_time=stamp(step.taken_at),
        doses=[f"doses/{dose}" for dose in step.doses],
        outcomes=[_outcome(each) if isinstance(each, AlertOutcome) else each for each in told],
    )


def _outcome(outcome: AlertOutcome) -> escalation_pb2.AlertOutcome:
    return escalation_pb2.AlertOutcome(
        contact=_contact(outcome.contact),
        state=int(outcome.state),  # type: ignore[arg-type]
        time=stamp(outcome.at),
        detail=outcome.detail,
    )


def _contact(contact: AlertContact) -> escalation_pb2.AlertContact:
    channel = int(contact.channel)
    return escalation_pb2.AlertContact(channel=channel, address=contact.address)  # type: ignore[arg-type]


def ladder_event(change: LadderChange, traceparent: str) -> Event:
    """A change of a ladder."""
    ladder = change.ladder
    return Event(
        id=uuid7(),
        type=f"{TOPIC}.{change.what}.v1",
        source=SOURCE,
        subject=ladder.name,
        sequence=ladder.version,
        time=ladder.updated_at,
        data=_LADDER_MESSAGES[change.what](escalation_ladder=ladder_message(ladder)).SerializeToString(),
        partner=ladder.partner,
        actor=ladder.actor,
        reason=ladder.reason,
        traceparent=traceparent,
    )


def escalation_event(change: EscalationChange, now: datetime, traceparent: str) -> Event:
    """A change of an escalation. Of one that was taken, adapters tell the step's contacts."""
    escalation = change.escalation
    said = _MESSAGES[change.what](escalation=escalation_message(escalation))
    if change.what is EscalationNews.STEP_TAKEN:
        said.step = change.step
    return Event(
        id=uuid7(),
        type=f"{TOPIC}.{change.what}.v1",
        source=SOURCE,
        subject=escalation.name,
        sequence=escalation.version,
        time=now,
        data=said.SerializeToString(),
        partner=escalation.partner,
        actor=change.actor,
        reason=change.reason,
        traceparent=traceparent,
    )


def alert_in(event: Event) -> HeardAlert | None:
    """What became of telling a contact; None if it is about something else."""
    if event.type == ALERT_SENT:
        alert = alert_events.AlertSent.FromString(event.data).alert
        return _alert(alert.about, AlertState.SENT, event.time, alert.detail)
    failed = DeliveryFailed.FromString(event.data)
    return _alert(failed.about, AlertState.FAILED, event.time, failed.detail)


def _alert(about: str, state: AlertState, at: datetime, detail: str) -> HeardAlert | None:
    match about.split("/"):
        case ["escalations", name, "steps", step, "contacts", contact] if step.isdecimal() and contact.isdecimal():
            return HeardAlert(f"escalations/{name}", int(step), int(contact), state, at, storable(detail))
    return None
