"""Capacity's values as published, and what it hears of the ledger, of master data and of ERP systems."""

from services.capacity.events.erp import (
    ERP_TOPIC,
    PRODUCTION_ORDER_CHANGED,
    PRODUCTION_REPORTED,
    order_in,
    refused_event,
    refused_subject,
    report_in,
    reported_order,
    shaped,
)
from services.capacity.events.runs import (
    LEDGER_CUT,
    LEDGER_TOPIC,
    TOPIC,
    asked_of,
    event_of,
    full_message,
    ledger_cut_in,
    manufacture_of,
    measured_of,
    message_for,
    message_of,
    optional_instant,
    product_in,
    run_in,
)
from services.kernel.nuclides import NUCLIDE_OF_PROTO
from services.network.reading import RESOURCE_EVENTS, capacity_message, capacity_of

# All that capacity hears: of the ledger's topic, which carries every claim, only its cuts.
HEARD = frozenset({LEDGER_CUT, PRODUCTION_REPORTED, PRODUCTION_ORDER_CHANGED, *RESOURCE_EVENTS})

__all__ = [
    "ERP_TOPIC",
    "HEARD",
    "LEDGER_CUT",
    "LEDGER_TOPIC",
    "NUCLIDE_OF_PROTO",
    "PRODUCTION_ORDER_CHANGED",
    "PRODUCTION_REPORTED",
    "TOPIC",
    "asked_of",
    "capacity_message",
    "capacity_of",
    "event_of",
    "full_message",
    "ledger_cut_in",
    "manufacture_of",
    "measured_of",
    "message_for",
    "message_of",
    "optional_instant",
    "order_in",
    "product_in",
    "refused_event",
    "refused_subject",
    "report_in",
    "reported_order",
    "run_in",
    "shaped",
]
