"""Business events of SAP: CloudEvents with nothing but the key, made of what changed."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

SOURCE = "/default/sap.s4.beh/TSTCLNT100"
# By entity type: the object, its name in the type, and the name of the key in `data`.
_OBJECTS: Mapping[str, tuple[str, str]] = {
    "A_ProcessOrder_2Type": ("ProcessOrder", "ManufacturingOrder"),
    "A_InspectionLotType": ("InspectionLot", "InspectionLot"),
    "A_OutbDeliveryHeaderType": ("OutboundDelivery", "OutboundDelivery"),
    "A_SalesOrderType": ("SalesOrder", "SalesOrder"),
}
# The types that were seen of these systems; of others nobody knows whether they exist, so they are not told.
_SEEN = frozenset(
    {
        ("ProcessOrder", "Created"),
        ("ProcessOrder", "Changed"),
        ("InspectionLot", "Created"),
        ("InspectionLot", "Changed"),
        ("InspectionLot", "Canceled"),
        ("OutboundDelivery", "Created"),
        ("SalesOrder", "Created"),
        ("SalesOrder", "Changed"),
    }
)
CloudEvent = dict[str, Any]
Listener = Callable[[CloudEvent], None]


def event_of(entity_type: str, key: str, operation: str, at: datetime, *, with_zeros: bool = True) -> CloudEvent | None:
    """The event of a change in structured form; None where SAP tells none."""
    if entity_type not in _OBJECTS or (_OBJECTS[entity_type][0], operation) not in _SEEN:
        return None
    name, field = _OBJECTS[entity_type]
    return {
        "specversion": "1.0",
        "type": f"sap.s4.beh.{name.lower()}.v1.{name}.{operation}.v1",
        "source": SOURCE,
        "id": str(_event_id()),
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "datacontenttype": "application/json",
        "data": {field: key if with_zeros else key.lstrip("0") or "0"},
    }


def _event_id() -> UUID:
    """In the shape of a UUID, of no version that the standard knows."""
    made = uuid4().hex
    return UUID(f"{made[:12]}1eef{made[16:]}")
