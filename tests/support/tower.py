"""Builders for the tower: a dose of Lu-177, promised, made and carried as it should be, and what may go wrong."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.kernel.activity import Nuclide
from services.kernel.calendar import Weekly
from services.network import Departure, Facility, Lane, Licence, Product, Site
from services.tower.domain.known import (
    BatchPhase,
    CarriageStanding,
    DoseFacts,
    KnownBatch,
    KnownDenial,
    KnownItem,
    KnownRun,
    KnownShipment,
    KnownSlot,
    KnownSupply,
    KnownVial,
    RunStanding,
    SlotStanding,
)

# A Monday. The run's synthesis ends at noon, its dose leaves at 18:00, is there at midnight, and is given a day later.
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
NORTHLAKE, HARBOR = "partners/northlake", "partners/harbor"
RUN, BATCH, SHIPMENT, LANE, SITE, PRODUCT = (
    "runs/lu-1",
    "batches/b1",
    "shipments/s1",
    "lanes/quay-lake",
    "sites/lake",
    "products/lu",
)
FACILITY = "facilities/quay"
EVERY_DAY = frozenset(range(1, 8))


def at(hours: float) -> datetime:
    """So many hours after the planned end of synthesis."""
    return NOON + timedelta(hours=hours)


def a_product(**changes: Any) -> Product:
    """7.4 GBq at administration, 6.66 at least, four hours of quality control."""
    facts: dict[str, Any] = {
        "name": PRODUCT,
        "nuclide": Nuclide.LU_177,
        "partners": frozenset({NORTHLAKE}),
        "activity_mbq_nominal": 7400.0,
        "activity_mbq_min": 6660.0,
        "qc_lasting": timedelta(hours=4),
    }
    return Product(**{**facts, **changes})


def a_site(**changes: Any) -> Site:
    """Receives at any time."""
    licences = [Licence(Nuclide.LU_177, 20_000.0, datetime(2040, 1, 1, tzinfo=UTC))]
    facts: dict[str, Any] = {"name": SITE, "partners": frozenset({NORTHLAKE}), "licences": licences}
    return Site(**{**facts, **changes})


def a_lane(**changes: Any) -> Lane:
    """Leaves every day at 18:00, closes an hour before, takes six hours."""
    leaves = Weekly(EVERY_DAY, time(18), time(18), 10)
    facts: dict[str, Any] = {
        "name": LANE,
        "site": SITE,
        "dispatch_minutes": 30,
        "transit_minutes": 360,
        "valid_until": datetime(2040, 1, 1, tzinfo=UTC),
        "facility": FACILITY,
        "departures": (Departure(leaves, timedelta(hours=1)),),
        "transit_minutes_min": 300,
    }
    return Lane(**{**facts, **changes})


def a_slot(**changes: Any) -> KnownSlot:
    """Confirmed."""
    facts: dict[str, Any] = {
        "dose": "d1",
        "version": 1,
        "partner": NORTHLAKE,
        "state": SlotStanding.CONFIRMED,
        "risk": 0,
        "run": RUN,
        "product": PRODUCT,
        "site": SITE,
        "lane": LANE,
        "order_reference": "NL-1",
        "administration_mbq": 7400.0,
        "administration_at": at(24),
        "departure_at": at(6),
        "delivery_at": at(12),
        "lost_cause": "",
    }
    return KnownSlot(**{**facts, **changes})


def a_run(**changes: Any) -> KnownRun:
    """Open, claims until four hours before, to be used within three days."""
    facts: dict[str, Any] = {
        "name": RUN,
        "version": 1,
        "product": PRODUCT,
        "facility": FACILITY,
        "state": RunStanding.OPEN,
        "ends_at": NOON,
        "made_at": None,
        "cutoff_at": at(-4),
        "use_by_at": at(72),
    }
    return KnownRun(**{**facts, **changes})


def a_made_run(**changes: Any) -> KnownRun:
    """Produced in its time."""
    return a_run(**{"state": RunStanding.PRODUCED, "made_at": NOON, **changes})


def a_batch(**changes: Any) -> KnownBatch:
    """In quality control."""
    facts: dict[str, Any] = {
        "name": BATCH,
        "version": 1,
        "run": RUN,
        "state": BatchPhase.IN_QC,
        "expires_at": at(72),
        "failed_tests": [],
        "settled_items": [],
    }
    return KnownBatch(**{**facts, **changes})


def a_shipment(**changes: Any) -> KnownShipment:
    """Booked, and predicted to be there in time."""
    facts: dict[str, Any] = {
        "name": SHIPMENT,
        "version": 1,
        "doses": ["d1"],
        "state": CarriageStanding.BOOKED,
        "lane": LANE,
        "departure_at": at(6),
        "p50_at": at(11.5),
        "p90_at": at(12),
        "delivered_at": None,
        "moved_at": None,
        "overdue": [],
        "excursions": 0,
        "declined": False,
        "loss_cause": "",
    }
    return KnownShipment(**{**facts, **changes})


def an_item(item: str, **changes: Any) -> KnownItem:
    """A fifth of the time for something is left that the departure waits for."""
    facts: dict[str, Any] = {
        "key": f"{BATCH} {item} d1",
        "version": 1,
        "batch": BATCH,
        "item": item,
        "dose": "d1",
        "gate": "DISPATCH",
        "latest_at": at(6),
        "left_percent": 20,
    }
    return KnownItem(**{**facts, **changes})


def a_denial(**changes: Any) -> KnownDenial:
    """A carrier refused the shipment."""
    facts: dict[str, Any] = {
        "name": "denials/1",
        "version": 1,
        "delayed": False,
        "lane": LANE,
        "departure_at": at(6),
        "shipment": SHIPMENT,
        "delay_minutes": None,
        "denied_at": at(7),
    }
    return KnownDenial(**{**facts, **changes})


def a_vial(activity_mbq: float) -> KnownVial:
    """A vial of the batch, with so much activity at administration."""
    return KnownVial(f"{BATCH}/vials/1", 1, "d1", BATCH, activity_mbq, False)


def a_supply(**changes: Any) -> KnownSupply:
    """Isotope that no longer carries the run."""
    return KnownSupply(**{"name": "isotopeDeliveries/1", "version": 2, "cancelled": False, "runs": [RUN], **changes})


def facts(**changes: Any) -> DoseFacts:
    """All that is known of a dose of which nothing is wrong: promised, its run open, nothing made yet."""
    known: dict[str, Any] = {
        "slot": a_slot(),
        "run": a_run(),
        "product": a_product(),
        "site": a_site(),
        "lanes": [a_lane()],
        "facilities": {FACILITY: Facility(FACILITY, ZoneInfo("UTC"), (), frozenset[date]())},
        "delay_max": timedelta(days=1),
    }
    return DoseFacts(**{**known, **changes})


def made(**changes: Any) -> DoseFacts:
    """The same, made and booked."""
    return facts(**{"run": a_made_run(), "batch": a_batch(), "shipment": a_shipment(), **changes})
