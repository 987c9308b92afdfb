"""What is written into Salesforce says what is known, in the org's words, and null for the rest."""

from datetime import UTC, datetime

from doselane.courier.v1.courier_pb2 import Milestone
from doselane.distribution.v1.shipment_pb2 import Shipment
from doselane.slotting.v1.events_pb2 import OrderDecided
from doselane.slotting.v1.order_pb2 import DoseOrder
from doselane.slotting.v1.slotting_pb2 import Offer, Slot
from doselane.status.v1.events_pb2 import DoseUpdated
from doselane.status.v1.status_pb2 import Dose, TimelineEntry
from doselane.type.v1.type_pb2 import Activity

from adapters.crm_salesforce.settings import SHAPE
from adapters.crm_salesforce.writing import as_event, as_rest, dose_fields, outcome_fields
from adapters.host.mappings import mapping_of
from adapters.mapping import AccountMapping
from services.kernel.timestamps import stamp

AT = datetime(2026, 12, 3, 8, 0, 0, 1999, tzinfo=UTC)
PLAIN = mapping_of("m", "version: 1", SHAPE).mapping
OURS = mapping_of(
    "m",
    "version: 1\nfields: {dose.run: null, dose.dose: Ext__c}\n"
    "tables: {slot_state: {Booked: CONFIRMED}, site: {'001A': sites/lakeside}, outcome: {OK: PROMISED},"
    " shipment_state: {Moving: IN_TRANSIT}, courier: {Swift: partners/swift}}",
    SHAPE,
).mapping


def dose(mapping: AccountMapping, updated: DoseUpdated) -> dict[str, object]:
    return dose_fields(updated, mapping)


def test_a_dose_on_its_way_in_the_words_of_the_org() -> None:
    shipment = Shipment(state=Shipment.IN_TRANSIT, courier="partners/swift", expected_delivery_time=stamp(AT))
    milestone = Milestone(kind=Milestone.DEPARTED)
    updated = DoseUpdated(
        dose=Dose(
            name="doses/0190-aa",
            order_reference="PO-7",
            slot_state=Slot.CONFIRMED,
            run="runs/r",
            site="sites/lakeside",
            administration=Activity(activity_mbq=7400.0, time=stamp(AT)),
            shipment=shipment,
        ),
        entry=TimelineEntry(
            event_type="doselane.distribution.milestone.recorded.v1",
            event_time=stamp(AT),
            summary="It departed.",
            milestone=milestone,
        ),
    )
    assert dose(OURS, updated) == {
        "Ext__c": "0190-aa",
        "Order_Reference__c": "PO-7",
        "Slot_State__c": "Booked",
        "At_Risk__c": False,
        "Site__c": "001A",
        "Activity_MBq__c": 7400.0,
        "Administration_Time__c": AT,
        "Shipment_State__c": "Moving",
        "Courier__c": "Swift",
        "Expected_Delivery__c": AT,
        "Last_Event__c": "DEPARTED",
        "Last_Event_Time__c": AT,
        "Last_Event_Summary__c": "It departed.",
    }
    plain = dose(PLAIN, updated)
    assert (plain["Dose_Id__c"], plain["Run__c"], plain["Slot_State__c"]) == ("0190-aa", "runs/r", "CONFIRMED")
    assert (plain["Shipment_State__c"], plain["Courier__c"]) == ("IN_TRANSIT", "partners/swift")


def test_what_is_not_known_of_a_dose_is_null() -> None:
    entry = TimelineEntry(event_type="doselane.slotting.slot.confirmed.v1")
    found = dose(PLAIN, DoseUpdated(dose=Dose(name="doses/1", at_risk=True), entry=entry))
    known = {"Dose_Id__c": "1", "At_Risk__c": True, "Last_Event__c": "slot.confirmed"}
    assert found == {**dict.fromkeys(found), **known}
    assert len(found) == 14
    unset = dose(PLAIN, DoseUpdated(dose=Dose(name="doses/1", shipment=Shipment())))
    assert (unset["Shipment_State__c"], unset["Courier__c"], unset["Last_Event__c"]) == (None, None, None)


def test_an_order_that_was_promised() -> None:
    slot = Slot(name="slots/1", administration=Activity(activity_mbq=1.0, time=stamp(AT)), delivery_time=stamp(AT))
    decided = OrderDecided(order=DoseOrder(order_reference="PO-7"), outcome=OrderDecided.PROMISED, slot=slot)
    assert outcome_fields(decided, OURS) == {
        "Outcome__c": "OK",
        "Slot__c": "slots/1",
        "Refusal_Reason__c": None,
        "Refusal_Detail__c": None,
        "Promised_Administration__c": AT,
        "Promised_Delivery__c": AT,
        "Nearest_Administration__c": None,
    }


def test_an_order_that_was_refused_says_why_and_what_there_is_instead() -> None:
    decided = OrderDecided(
        outcome=OrderDecided.REFUSED,
        reason="RUN_FULL",
        detail="The run is full.",
        nearest_offer=Offer(administration_time=stamp(AT)),
    )
    found = outcome_fields(decided, PLAIN)
    assert (found["Outcome__c"], found["Refusal_Reason__c"]) == ("REFUSED", "RUN_FULL")
    assert (found["Refusal_Detail__c"], found["Slot__c"]) == ("The run is full.", None)
    assert found["Promised_Administration__c"] is None
    assert found["Nearest_Administration__c"] == AT


def test_instants_are_texts_over_rest_and_milliseconds_in_events() -> None:
    record = {"A__c": AT, "B__c": AT.replace(microsecond=0), "C__c": None, "D__c": 1.5}
    rest = {"A__c": "2026-12-03T08:00:00.001Z", "B__c": "2026-12-03T08:00:00.000Z", "C__c": None, "D__c": 1.5}
    assert as_rest(record) == rest
    assert as_rest({"A__c": AT.replace(microsecond=999_999)}) == {"A__c": "2026-12-03T08:00:00.999Z"}
    assert as_event(record) == {"A__c": 1796284800001, "B__c": 1796284800000, "C__c": None, "D__c": 1.5}
