"""What would be written into Salesforce because of example events, made by the account's own reactions. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from doselane.courier.v1.courier_pb2 import Milestone
from doselane.distribution.v1.shipment_pb2 import Shipment
from doselane.slotting.v1.events_pb2 import OrderDecided
from doselane.slotting.v1.order_pb2 import DoseOrder
from doselane.slotting.v1.slotting_pb2 import Slot
from doselane.status.v1.events_pb2 import DoseUpdated
from doselane.status.v1.status_pb2 import Dose, TimelineEntry
from doselane.type.v1.type_pb2 import Activity
from google.protobuf.message import Message

from adapters.mapping import AccountMapping
from services.kernel.event import Event
from services.kernel.timestamps import stamp

ADAPTER = "crm_salesforce"
PARTNER = "partners/example"
AT = datetime(2026, 12, 1, 9, tzinfo=UTC)
_ID = UUID("01931f8e-7c1a-7000-8000-000000000001")
RECORD = "a01000000000001AAA"


def decided() -> Message:
    """An order that was promised."""
    slot = Slot(
        name=f"slots/{_ID}",
        administration=Activity(activity_mbq=7400, time=stamp(AT)),
        delivery_time=stamp(AT),
    )
    order = DoseOrder(order_reference="NL-0042", system_reference=RECORD)
    return OrderDecided(order=order, outcome=OrderDecided.PROMISED, adapter=ADAPTER, slot=slot)


def refused() -> Message:
    """An order that was refused."""
    order = DoseOrder(order_reference="NL-0042", system_reference=RECORD)
    said = "No run reaches the centre between these times."
    return OrderDecided(order=order, outcome=OrderDecided.REFUSED, adapter=ADAPTER, reason="NOTHING_FITS", detail=said)


def updated(mapping: AccountMapping) -> Message:
    """A dose on its way to a centre that the mapping has a word for, if it has any."""
    site = next(iter(mapping.tables.get("site", {}).values()), "sites/example")
    courier = next(iter(mapping.tables.get("courier", {}).values()), "partners/courier")
    shipment = Shipment(state=Shipment.IN_TRANSIT, courier=courier, expected_delivery_time=stamp(AT))
    dose = Dose(
        name=f"doses/{_ID}",
        partner=PARTNER,
        order_reference="NL-0042",
        slot_state=Slot.CONFIRMED,
        run=f"runs/{_ID}",
        site=site,
        administration=Activity(activity_mbq=7400, time=stamp(AT)),
        shipment=shipment,
    )
    milestone = Milestone(kind=Milestone.DEPARTED)
    entry = TimelineEntry(summary="Departed.", event_time=stamp(AT), milestone=milestone)
    return DoseUpdated(dose=dose, entry=entry)


def event_of(kind: str, message: Message) -> Event:
    """The example as it would be published."""
    return Event(_ID, kind, "", "example", 1, AT, message.SerializeToString(), partner=PARTNER)


def words_of(table: str) -> Iterator[str]:
    """Our words that can be written under a table of the mapping, where they are a closed list."""
    enums = {
        "outcome": OrderDecided.Outcome.DESCRIPTOR,
        "slot_state": Slot.State.DESCRIPTOR,
        "shipment_state": Shipment.State.DESCRIPTOR,
    }
    for value in enums[table].values if table in enums else ():
        # That a statement changed nothing is not told.
        if value.number and value.name != "KEPT":
            yield value.name
