"""Rows as values, and values as rows."""

from collections.abc import Mapping
from typing import Any

from services.status.domain import Carriage, Dose, DoseSlot, Entry

DOSE_COLUMNS = (
    "id, partner, run, site, order_reference, slot_state, at_risk, administration_mbq, administration_at, created_at, "
    "updated_at, entries, slot_sequence, shipment, shipment_sequence, shipment_state, in_doubt, shipment_message"
)
ENTRY_COLUMNS = "number, source, event_type, event_id, event_at, recorded_at, summary, milestone, slot, implausibility"

Row = Mapping[str, Any]


def dose_of(row: Row) -> Dose:
    """A dose from its row."""
    return Dose(
        id=row["id"],
        slot=DoseSlot(
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
        carriage=_carriage_of(row),
    )


def dose_row(dose: Dose) -> tuple[Any, ...]:
    """A dose's row, in the order of DOSE_COLUMNS."""
    slot, carriage = dose.slot, dose.carriage
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
        carriage and carriage.shipment,
        carriage and carriage.sequence,
        carriage and carriage.state,
        carriage is not None and carriage.in_doubt,
        carriage and carriage.message,
    )


def entry_of(row: Row) -> Entry:
    """An entry from its row."""
    return Entry(**dict(row))


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
        entry.implausibility,
    )


def _carriage_of(row: Row) -> Carriage | None:
    if row["shipment"] is None:
        return None
    return Carriage(
        row["shipment"], row["shipment_sequence"], row["shipment_state"], row["in_doubt"], row["shipment_message"]
    )
