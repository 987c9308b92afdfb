"""Entries of the board and incidents as protobuf."""

from datetime import datetime

from doselane.tower.v1 import board_pb2, incident_pb2
from doselane.type.v1 import type_pb2

from services.kernel.timestamps import stamp
from services.tower.domain.board import BoardEntry, Hazard
from services.tower.domain.incident import Incident, IncidentStep, TouchedDose

# What only the manufacturer's own know of; a sponsor is told what happened, not to which of these.
_HIDDEN_SUBJECTS = ("isotopeDeliveries/",)


def entry_message(entry: BoardEntry) -> board_pb2.BoardEntry:
    """A dose as the board shows it; what is not known is not set."""
    return board_pb2.BoardEntry(
        name=entry.name,
        dose=f"doses/{entry.dose}",
        slot=f"slots/{entry.dose}",
        partner=entry.partner,
        order_reference=entry.order_reference,
        product=entry.product,
        run=entry.run,
        site=entry.site,
        lane=entry.lane,
        batch=entry.batch,
        shipment=entry.shipment,
        slot_state=entry.slot_state,  # type: ignore[arg-type]
        run_state=entry.run_state,  # type: ignore[arg-type]
        batch_state=entry.batch_state,  # type: ignore[arg-type]
        shipment_state=entry.shipment_state,  # type: ignore[arg-type]
        administration=_activity(entry.administration_at, entry.administration_mbq),
        departure_time=stamp(entry.departure_at),
        promised_delivery_time=stamp(entry.promised_delivery_at),
        predicted_p50_time=stamp(entry.p50_at),
        predicted_p90_time=stamp(entry.p90_at),
        delivery_time=stamp(entry.delivered_at),
        use=_activity(*entry.use) if entry.use else None,
        use_p90=_activity(*entry.use_p90) if entry.use_p90 else None,
        last_use_time=stamp(entry.last_use_at),
        verdict=int(entry.verdict),  # type: ignore[arg-type]
        hazards=map(_hazard, entry.hazards),
        rescue_until_time=stamp(entry.rescue_until_at),
        verdict_time=stamp(entry.verdict_at),
        end_time=stamp(entry.ended_at),
        create_time=stamp(entry.created_at),
        update_time=stamp(entry.updated_at),
        etag=f"{entry.version}",
        replaces=f"doses/{entry.replaces}" if entry.replaces else "",
        replaced_by=f"doses/{entry.replaced_by}" if entry.replaced_by else "",
    )


def incident_message(incident: Incident) -> incident_pb2.Incident:
    """An incident, whole."""
    return incident_pb2.Incident(
        name=incident.name,
        kind=int(incident.kind),  # type: ignore[arg-type]
        subject=incident.subject,
        explanation=incident.explanation,
        severity=int(incident.severity),  # type: ignore[arg-type]
        state=int(incident.state),  # type: ignore[arg-type]
        affected_doses=map(_affected, incident.doses if incident.resolved_at else incident.touched),
        deadline_time=stamp(incident.deadline_at),
        open_time=stamp(incident.opened_at),
        acknowledge_time=stamp(incident.acknowledged_at),
        resolve_time=stamp(incident.resolved_at),
        history=map(_step, incident.steps),
        etag=incident.etag,
    )


def seen_by(partner: str | None, incident: incident_pb2.Incident) -> incident_pb2.Incident:
    """An incident as a partner may see it (None: an operator, who sees all): as if there were its own doses alone, and
    without who did what and why, and what only the manufacturer's own know of."""
    if partner is None:
        return incident
    own = [each for each in incident.affected_doses if each.partner == partner]
    deadlines = [each.deadline_time for each in own if each.HasField("deadline_time")]
    seen = incident_pb2.Incident(
        severity=max((each.severity for each in own), default=incident_pb2.Incident.MINOR),
        affected_doses=own,
        deadline_time=min(deadlines, key=lambda at: (at.seconds, at.nanos), default=None),
        history=[incident_pb2.IncidentStep(state=each.state, time=each.time) for each in incident.history],
    )
    for field in ("name", "kind", "explanation", "state"):
        setattr(seen, field, getattr(incident, field))
    for field in ("open_time", "acknowledge_time", "resolve_time"):
        if incident.HasField(field):  # type: ignore[arg-type]
            getattr(seen, field).CopyFrom(getattr(incident, field))
    if not incident.subject.startswith(_HIDDEN_SUBJECTS):
        seen.subject = incident.subject
    return seen


def _hazard(hazard: Hazard) -> board_pb2.Hazard:
    return board_pb2.Hazard(
        kind=int(hazard.kind),  # type: ignore[arg-type]
        explanation=hazard.explanation,
        endangers=hazard.endangers,
        since_time=stamp(hazard.since_at),
        until_time=stamp(hazard.until_at),
        incident=hazard.incident,
    )


def _affected(dose: TouchedDose) -> incident_pb2.AffectedDose:
    return incident_pb2.AffectedDose(
        dose=f"doses/{dose.dose}",
        partner=dose.partner,
        verdict=int(dose.verdict),  # type: ignore[arg-type]
        rescue_until_time=stamp(dose.rescue_until_at),
        severity=int(dose.severity),  # type: ignore[arg-type]
        deadline_time=stamp(dose.deadline_at),
    )


def _step(step: IncidentStep) -> incident_pb2.IncidentStep:
    return incident_pb2.IncidentStep(
        state=int(step.state),  # type: ignore[arg-type]
        time=stamp(step.at),
        actor=step.actor,
        reason=step.reason,
    )


def _activity(at: datetime | None, activity_mbq: float | None) -> type_pb2.Activity | None:
    return None if activity_mbq is None or at is None else type_pb2.Activity(activity_mbq=activity_mbq, time=stamp(at))
