"""A change of a record in the organisation is a change event on its bus."""

from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.crm_salesforce.pubsub.message import event_body, read_message
from adapters.sandbox.salesforce.bus import ALL_CHANGES, SalesforceBus
from adapters.sandbox.salesforce.objects import OBJECTS
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.org_changes import tell_changes
from services.kernel.clock import VirtualClock

ORDER = "Dose_Order__c"
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def told(bus: SalesforceBus) -> list[Any]:
    events = bus.after(ALL_CHANGES, 0, 100)
    return [
        read_message(
            event_body("t", each.event_id, each.schema_id, bus.schemas[each.schema_id], b"\1", each.payload)
        ).said
        for each in events
    ]


def test_each_change_of_a_record_is_told_with_what_changed_and_what_was_emptied() -> None:
    clock = VirtualClock(AT)
    org, bus = Org(clock, OBJECTS), SalesforceBus(clock)
    tell_changes(org, bus, [ORDER], client="orders")
    asked = {"External_Reference__c": "NL-1", "Product__c": "products/lu", "Site__c": "sites/a", "Comment__c": "late"}
    record = org.create(ORDER, asked | {"Administration__c": "2026-03-09T10:00:00.000+0000", "Activity_MBq__c": 7400})
    clock.advance(timedelta(minutes=1))
    org.update(ORDER, record, {"Comment__c": None, "Status__c": "Confirmed"})
    org.delete(ORDER, record)
    made, changed, gone = told(bus)
    at_ms = int(AT.timestamp() * 1000)
    assert made.changed == asked | {
        "Administration__c": int(datetime(2026, 3, 9, 10, tzinfo=UTC).timestamp() * 1000),
        "Activity_MBq__c": 7400.0, "CreatedDate": at_ms, "LastModifiedDate": at_ms,
    }  # fmt: skip
    assert changed.changed == {"Status__c": "Confirmed", "LastModifiedDate": at_ms + 60_000}
    assert changed.nulled == {"Comment__c"}
    assert (gone.header.change_type, gone.header.record_ids, gone.header.client) == ("DELETE", (record,), "orders")


def test_objects_that_nobody_selected_are_not_told() -> None:
    clock = VirtualClock(AT)
    org, bus = Org(clock, OBJECTS), SalesforceBus(clock)
    tell_changes(org, bus, [ORDER])
    org.create("Dose__c", {"Slot__c": "slots/1"})
    assert told(bus) == []
