"""Rows as values, and values as rows."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.status.domain import (
    Dose,
    Doubt,
    Entry,
    Implausible,
    Milestone,
    MilestoneFact,
    MilestoneKind,
    Shipment,
    ShipmentState,
    Slot,
)

DOSE_COLUMNS = (
    "id, partner, run, site, order_reference, slot_state, at_risk, administration_mbq, administration_at, created_at, "
    "updated_at, entries, slot_sequence, attachments, courier, shipment_references, shipment_state, last_milestone, "
    "expected_delivery_at, settlements, doubts, settled"
)
ENTRY_COLUMNS = (
    "number, source, event_type, event_id, event_at, recorded_at, summary, milestone, slot, doubt, doubt_limit_at, "
    "milestone_event_id"
)
MILESTONE_COLUMNS = (
    "courier, courier_event_id, message, kind, time, local_time, retracted, retracts, expected_delivery_at, matters, "
    "shipment_references, summary, push, event_type, event_id, recorded_at, actor, reason, traceparent"
)

Row = Mapping[str, Any]


def dose_of(row: Row) -> Dose:
    """A dose from its row."""
    return Dose(
        id=row["id"],
        slot=Slot(
            partner=row["partner"],
            run=row["run"],
            site=row["site"],
            order_reference=row["order_reference"],
            state=row["slot_state"],
            at_risk=row["at_risk"],
            administration_mbq=row["administration_mbq"],
            administration_at=row["administration_at"],
        ),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        entries=row["entries"],
        slot_sequence=row["slot_sequence"],
        attachments=row["attachments"],
        settlements=row["settlements"],
        shipment=_shipment_of(row),
    )


def dose_row(dose: Dose) -> tuple[Any, ...]:
    """A dose's row, in the order of DOSE_COLUMNS."""
    slot, shipment = dose.slot, dose.shipment
    return (
        dose.id,
        slot.partner,
        slot.run,
        slot.site,
        slot.order_reference,
        slot.state,
        slot.at_risk,
        slot.administration_mbq,
        slot.administration_at,
        dose.created_at,
        dose.updated_at,
        dose.entries,
        dose.slot_sequence,
        dose.attachments,
        shipment and shipment.courier,
        shipment and shipment.references,
        shipment and int(shipment.state),
        shipment and shipment.last_milestone,
        shipment and shipment.expected_delivery_at,
        dose.settlements,
        json.dumps([_doubt_text(doubt) for doubt in shipment.doubts] if shipment else []),
        json.dumps(dict(shipment.settled) if shipment else {}),
    )


def entry_of(row: Row) -> Entry:
    """An entry from its row."""
    return Entry(
        number=row["number"],
        source=row["source"],
        event_type=row["event_type"],
        event_id=row["event_id"],
        event_at=row["event_at"],
        recorded_at=row["recorded_at"],
        summary=row["summary"],
        milestone=row["milestone"],
        slot=row["slot"],
        doubt=None
        if row["doubt"] is None
        else Doubt(
            row["milestone_event_id"], row["milestone"] or b"", Implausible(row["doubt"]), row["doubt_limit_at"]
        ),
    )


def entry_row(dose_id: str, entry: Entry) -> tuple[Any, ...]:
    """An entry's row: the dose's id, then the order of ENTRY_COLUMNS."""
    return (
        dose_id,
        entry.number,
        entry.source,
        entry.event_type,
        entry.event_id,
        entry.event_at,
        entry.recorded_at,
        entry.summary,
        entry.milestone,
        entry.slot,
        entry.doubt and int(entry.doubt.reason),
        entry.doubt and entry.doubt.limit_at,
        entry.doubt and entry.doubt.event_id,
    )


def milestone_of(row: Row) -> Milestone:
    """What the rules need of a milestone's row."""
    return Milestone(
        event_id=row["courier_event_id"],
        kind=MilestoneKind(row["kind"]),
        time=row["time"],
        local_time=row["local_time"],
        retracted=row["retracted"],
        retracts=tuple(row["retracts"]),
        expected_delivery_at=row["expected_delivery_at"],
        message=row["message"],
        told_at=row["recorded_at"],
    )


def milestone_fact_of(row: Row) -> MilestoneFact:
    """A milestone's row as the fact it was."""
    return MilestoneFact(
        courier=row["courier"],
        references=tuple(row["shipment_references"]),
        milestone=milestone_of(row),
        summary=row["summary"],
        push=row["push"],
        event_type=row["event_type"],
        event_id=row["event_id"],
        recorded_at=row["recorded_at"],
        actor=row["actor"],
        reason=row["reason"],
        traceparent=row["traceparent"],
    )


def milestone_row(fact: MilestoneFact) -> tuple[Any, ...]:
    """A milestone's row, in the order of MILESTONE_COLUMNS."""
    milestone = fact.milestone
    return (
        fact.courier,
        milestone.event_id,
        milestone.message,
        int(milestone.kind),
        milestone.time,
        milestone.local_time,
        milestone.retracted,
        milestone.retracts,
        milestone.expected_delivery_at,
        milestone.matters,
        fact.references,
        fact.summary,
        fact.push,
        fact.event_type,
        fact.event_id,
        fact.recorded_at,
        fact.actor,
        fact.reason,
        fact.traceparent,
    )


def _shipment_of(row: Row) -> Shipment | None:
    if row["courier"] is None:
        return None
    return Shipment(
        courier=row["courier"],
        references=tuple(row["shipment_references"]),
        state=ShipmentState(row["shipment_state"]),
        last_milestone=row["last_milestone"],
        expected_delivery_at=row["expected_delivery_at"],
        doubts=tuple(map(_doubt_in, json.loads(row["doubts"]))),
        settled=tuple(sorted(json.loads(row["settled"]).items())),
    )


def _doubt_text(doubt: Doubt) -> dict[str, Any]:
    return {
        "id": doubt.event_id,
        "message": b64encode(doubt.message).decode(),
        "reason": int(doubt.reason),
        "limit": doubt.limit_at and doubt.limit_at.isoformat(),
    }


def _doubt_in(text: Mapping[str, Any]) -> Doubt:
    limit_at = datetime.fromisoformat(text["limit"]) if text["limit"] else None
    return Doubt(text["id"], b64decode(text["message"]), Implausible(text["reason"]), limit_at)
