"""What is written into SAP because of our events: whose event it is, which fields, and how far digits go."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from doselane.capacity.v1.capacity_pb2 import MeasuredYield, Production, Run
from doselane.capacity.v1.events_pb2 import RunProduced
from doselane.distribution.v1.events_pb2 import ShipmentHandedOver
from doselane.distribution.v1.shipment_pb2 import CustodyEntry, Shipment
from doselane.quality.v1.batch_pb2 import Batch
from doselane.quality.v1.events_pb2 import BatchCertifiedForUse, BatchFailedAfterUse, BatchRejected
from doselane.slotting.v1.events_pb2 import OrderDecided, SlotConfirmed
from doselane.slotting.v1.order_pb2 import DoseOrder
from doselane.slotting.v1.slotting_pb2 import Slot
from doselane.type.v1.type_pb2 import Activity
from google.protobuf.message import Message

from adapters.erp_sap import writing
from adapters.erp_sap.odata.model import EdmType, TypedField
from adapters.erp_sap.settings import SHAPE, Settings
from adapters.host.mappings import mapping_of
from adapters.mapping import AccountMapping
from adapters.outbound import Declined, Outgoing
from services.kernel.event import Event
from services.kernel.timestamps import stamp
from tests.support.sap_plant import MAPPING as TEXT
from tests.support.sap_plant import OPTIONS, PLANT

AT = datetime(2026, 12, 3, 6, 15, tzinfo=UTC)
ID = UUID("01931f8e-7c1a-7000-8000-000000000009")
MAPPING = mapping_of("m", TEXT, SHAPE).mapping
PLAIN = mapping_of("m", "version: 1", SHAPE).mapping
SETTINGS = Settings.model_validate(dict(OPTIONS))
YIELD = "MfgOrderConfirmedYieldQty"
QUANTITY = TypedField(YIELD, EdmType.DECIMAL, precision=13, scale=3)
SLOT = "slots/01931f8e-7c1a-7000-8000-000000000001"


def an_event(kind: str, said: Message, partner: str = PLANT) -> Event:
    return Event(ID, kind, "doselane/x", "x/1", 1, AT, said.SerializeToString(), partner=partner)


def bodies(found: list[Outgoing]) -> list[Any]:
    assert all(each.give_up_at == AT + timedelta(days=14) for each in found)
    return [json.loads(each.body) for each in found]


def a_run(**changes: Any) -> RunProduced:
    measured = MeasuredYield(activity_kbq=148_500_999, **changes)
    return RunProduced(run=Run(name="runs/r", production_order="1000101", production=Production(measured=measured)))


def test_what_a_run_yielded_is_for_its_process_order() -> None:
    found = list(writing.produced(an_event(writing.PRODUCED, a_run(vials=20)), PLANT))
    assert [each.subject for each in found] == ["runs/r"]
    assert bodies(found) == [{"order": "1000101", "run": "runs/r", "kbq": 148_500_999, "vials": 20}]
    (unknown,) = bodies(list(writing.produced(an_event(writing.PRODUCED, a_run()), PLANT)))
    assert unknown["vials"] is None
    nobodys = RunProduced(run=Run(name="runs/r"))
    assert list(writing.produced(an_event(writing.PRODUCED, nobodys), PLANT)) == []


@pytest.mark.parametrize(
    ("kind", "message", "accepted"),
    [
        ("certified_for_use", BatchCertifiedForUse, True),
        ("rejected", BatchRejected, False),
        ("failed_after_use", BatchFailedAfterUse, False),
    ],
)
def test_a_batch_is_accepted_or_rejected(kind: str, message: Any, accepted: bool) -> None:
    type_ = f"doselane.quality.batch.{kind}.v1"
    assert type_ in writing.DECISION_EVENTS
    batch = Batch(name="batches/b", production_order="1000101")
    found = list(writing.decided_of_batch(an_event(type_, message(batch=batch)), PLANT))
    assert [each.subject for each in found] == ["batches/b"]
    assert bodies(found) == [{"order": "1000101", "accepted": accepted}]
    other = message(batch=Batch(name="batches/b"))
    assert list(writing.decided_of_batch(an_event(type_, other), PLANT)) == []


def handed(giver: str, *references: str, at: datetime | None = AT) -> list[Outgoing]:
    entry = CustodyEntry(from_party=giver, time=stamp(at) if at else None)
    said = ShipmentHandedOver(shipment=Shipment(name="shipments/s", references=references), entry=entry)
    return list(writing.handed_over(an_event(writing.HANDED_OVER, said), PLANT))


def test_a_shipment_that_was_taken_from_us_issues_the_deliveries_that_it_is_known_by() -> None:
    found = handed("facilities/north", "80000001", "020-12345675", "0080000002", "XX-1")
    assert [each.subject for each in found] == ["shipments/s 80000001", "shipments/s 0080000002"]
    time = "2026-12-03T06:15:00+00:00"
    assert bodies(found) == [
        {"delivery": "80000001", "time": time, "bill_of_lading": "020-12345675"},
        {"delivery": "0080000002", "time": time, "bill_of_lading": "020-12345675"},
    ]
    assert bodies(handed("partners/plant", "8"))[0]["bill_of_lading"] == ""


def test_what_is_no_number_of_a_delivery_names_none() -> None:
    assert handed("facilities/north", "80000000001", "٣٤", "A1", "") == []
    (found,) = bodies(handed("facilities/north", "80000000001", "1234567890"))
    assert (found["delivery"], found["bill_of_lading"]) == ("1234567890", "80000000001")


def test_nothing_is_issued_when_a_centre_or_nobody_gave_it_or_nobody_says_when() -> None:
    assert handed("sites/lakeside", "80000001") == []
    assert handed("", "80000001") == []
    assert handed("facilities/north", "80000001", at=None) == []


def decided(system_reference: str, *, adapter: str = "erp_sap", stated_by: str = PLANT, **more: Any) -> list[Outgoing]:
    order = DoseOrder(system_reference=system_reference)
    said = OrderDecided(order=order, outcome=OrderDecided.PROMISED, adapter=adapter, stated_by=stated_by, **more)
    return list(writing.decided_of_order(an_event(writing.ORDER_DECIDED, said, "partners/whose-order-it-is"), PLANT))


def test_what_came_of_an_order_is_for_the_sales_order_that_stated_it() -> None:
    found = decided("7/000010", slot=Slot(name=SLOT))
    assert [each.subject for each in found] == ["7/000010"]
    assert bodies(found) == [{"order": "7", "outcome": "PROMISED", "slot": SLOT, "site": "", "delivery": ""}]
    told = bodies(decided("7/000010", slot=Slot(name=SLOT, site="sites/lakeside", delivery_time=stamp(AT))))[0]
    assert (told["site"], told["delivery"]) == ("sites/lakeside", "2026-12-03T06:15:00+00:00")
    assert bodies(decided("7/000010"))[0]["slot"] == ""


def test_an_order_that_anothers_system_stated_of_another_adapter_or_of_no_item_is_not_ours() -> None:
    assert decided("7/000010", stated_by="partners/other") == []
    assert decided("7/000010", adapter="crm_salesforce") == []
    assert decided("7") == decided("7/") == []


def a_slot(partner: str = PLANT, **changes: Any) -> list[Outgoing]:
    fields: dict[str, Any] = {
        "name": SLOT,
        "order_reference": "PO-7",
        "product": "products/lu-ligand",
        "site": "sites/lakeside",
        "administration": Activity(activity_mbq=1.0),
        "delivery_time": stamp(AT),
    }
    slot = Slot(**{name: value for name, value in {**fields, **changes}.items() if value is not None})
    return list(writing.confirmed(an_event(writing.SLOT_CONFIRMED, SlotConfirmed(slot=slot), partner), PLANT))


def test_a_slot_that_was_promised_is_a_sales_order_to_be_made() -> None:
    found = a_slot()
    assert [each.subject for each in found] == [SLOT]
    assert bodies(found) == [
        {
            "reference": "PO-7",
            "product": "products/lu-ligand",
            "site": "sites/lakeside",
            "delivery": "2026-12-03T06:15:00+00:00",
            "created": "2026-12-03T06:15:00+00:00",
            "request_id": str(ID),
        }
    ]
    assert bodies(a_slot(delivery_time=None))[0]["delivery"] == ""
    assert a_slot("partners/other") == []
    assert a_slot(administration=None) == []


def yielded(
    unit: str, kbq: int = 148_500_999, *, vials: int | None = 20, quantity: TypedField | None = QUANTITY
) -> Mapping[str, Any]:
    body = {"order": "1000101", "run": "runs/r", "kbq": kbq, "vials": vials}
    return writing.yield_values(body, unit, quantity, PLAIN)


@pytest.mark.parametrize(
    ("unit", "written"),
    [
        ("KBQ", "148500999.000"),
        ("MBQ", "148500.999"),
        ("GBQ", "148.500"),  # 148.500999, rounded down
        ("gbq", "148.500"),
        ("TBQ", "0.148"),
        ("MCI", "4013.540"),  # 4013.5405…
        ("CI", "4.013"),
        ("EA", "20"),
        ("pc", "20"),
    ],
)
def test_a_yield_is_written_in_the_unit_in_which_the_order_counts_and_never_more_than_there_is(
    unit: str, written: str
) -> None:
    found = yielded(unit)
    assert {name: str(value) for name, value in found.items()} == {YIELD: written}


def test_a_yield_has_the_digits_of_its_field_and_three_where_the_service_does_not_say() -> None:
    def places(scale: int | None) -> str:
        return str(yielded("TBQ", quantity=TypedField(YIELD, EdmType.DECIMAL, scale=scale))[YIELD])

    assert (places(None), places(0), places(9)) == ("0.148", "0", "0.148500999")


def test_vials_that_nobody_counted_and_a_unit_of_something_else_are_declined_by_name() -> None:
    assert yielded("GBQ", vials=None) == {YIELD: Decimal("148.500")}
    with pytest.raises(Declined, match="runs/r: nobody said how many vials"):
        yielded("EA", vials=None)
    with pytest.raises(Declined, match="process order 1000101 counts in 'KG', which is neither"):
        yielded("KG")


def test_only_what_is_mapped_of_a_yield_is_written() -> None:
    body = {"order": "1", "run": "runs/r", "kbq": 1000, "vials": None}
    assert writing.yield_values(body, "MBQ", QUANTITY, MAPPING) == {YIELD: Decimal(1), "OrderLongText": "runs/r"}
    none = mapping_of("m", "version: 1\nfields: {yield.activity_mbq: null}", SHAPE).mapping
    assert writing.yield_values(body, "KG", QUANTITY, none) == {}
    assert yielded("KG", quantity=None) == {}


def outcome(name: str, mapping: AccountMapping = MAPPING, *, block: str = "01", **changes: str) -> Mapping[str, Any]:
    given = SETTINGS.model_copy(update={"refused_block": block})
    body = {"order": "7", "outcome": name, "slot": "", "site": "sites/lakeside", "delivery": "", **changes}
    return writing.outcome_values(body, given, mapping)


def test_an_outcome_is_written_in_the_customers_word_with_the_slots_digits_and_a_block_or_none() -> None:
    promised = {"SDDocumentReason": "OK", "PurchaseOrderByShipToParty": "01931f8e7c1a70008000000000000001"}
    day = {"CustomerPurchaseOrderDate": date(2026, 12, 3)}
    assert outcome("PROMISED", slot=SLOT, delivery=AT.isoformat()) == {**promised, **day, "DeliveryBlockReason": ""}
    before = "2026-12-03T05:59:59+00:00"  # midnight in Chicago is six hours later
    assert outcome("MOVED", slot=SLOT, delivery=before)["CustomerPurchaseOrderDate"] == date(2026, 12, 2)
    with pytest.raises(Declined, match="site_zones"):
        outcome("PROMISED", slot=SLOT, delivery=before, site="sites/elsewhere")
    refused = {"SDDocumentReason": "NO", "PurchaseOrderByShipToParty": "", "CustomerPurchaseOrderDate": None}
    assert outcome("REFUSED") == {**refused, "DeliveryBlockReason": "01"}
    assert outcome("REFUSED", block="") == refused
    assert outcome("KEPT")["SDDocumentReason"] == "KEPT"  # no line says another word
    assert outcome("REFUSED", PLAIN) == {"PurchaseOrderByShipToParty": "", "DeliveryBlockReason": "01"}


def new_order(settings: Settings = SETTINGS, mapping: AccountMapping = MAPPING, **changes: str) -> Mapping[str, Any]:
    body = {"reference": "PO-7", "product": "products/lu-ligand", "site": "sites/lakeside", "delivery": AT.isoformat()}
    return writing.new_order_values({**body, **changes}, settings, mapping)


def test_a_sales_order_is_made_with_its_item_for_the_day_on_which_the_centre_gets_it() -> None:
    assert new_order(delivery="2026-12-03T05:59:59+00:00") == {
        "SalesOrderType": "OR",
        "SalesOrganization": "1710",
        "DistributionChannel": "10",
        "OrganizationDivision": "00",
        "SoldToParty": "17100001",
        "PurchaseOrderByCustomer": "PO-7",
        "RequestedDeliveryDate": date(2026, 12, 2),  # midnight in Chicago is six hours later
        "to_Partner": [{"PartnerFunction": "WE", "Customer": "17100001"}],
        "to_Item": [{"Material": "LU177-DOSE", "RequestedQuantity": Decimal(1), "RequestedQuantityUnit": "EA"}],
    }
    assert new_order(delivery="2026-12-03T06:00:00+00:00")["RequestedDeliveryDate"] == date(2026, 12, 3)


def test_a_sales_order_is_not_made_of_what_sap_has_no_word_for_or_of_no_day() -> None:
    with pytest.raises(Declined, match=r"a line for products/other into tables\.product"):
        new_order(product="products/other")
    with pytest.raises(Declined, match=r"a line for sites/other into tables\.site"):
        new_order(site="sites/other")
    with pytest.raises(Declined, match=r"sites/lakeside: options\.site_zones does not say its time"):
        new_order(SETTINGS.model_copy(update={"site_zones": {}}))
    with pytest.raises(Declined, match="the day of delivery is not known"):
        new_order(delivery="")
