"""What documents of SAP state, each value read as what it is, and each mistake named with its field."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from doselane.erp.v1.erp_pb2 import InspectionLot, ProductionOrder
from doselane.slotting.v1.order_pb2 import DoseOrder

from adapters.erp_sap.documents import SapDocument, document_of
from adapters.erp_sap.settings import settings
from adapters.erp_sap.translate import SapReader
from adapters.manifest import Incoming, Refused
from adapters.mapping import Mapped
from services.kernel.timestamps import instant
from tests.support.sap_documents import (
    DELIVERY,
    MAPPING,
    OPTIONS,
    READ_AT,
    SALES,
    order,
    read,
    refusal,
    said,
    sales,
)


def test_a_released_process_order_is_a_run_to_be_opened() -> None:
    found = said("production_orders", order(), number="000001000101")
    assert (found.production_order, found.state) == ("000001000101", ProductionOrder.RELEASED)
    assert (found.product, found.line) == ("products/lu-ligand", "facilities/north/lines/a")
    assert instant(found.end_of_synthesis_time, "") == datetime(2026, 12, 3, 5, 30, tzinfo=UTC)
    assert instant(found.claim_cutoff_time, "") == datetime(2026, 12, 3, 1, 30, tzinfo=UTC)
    assert not found.HasField("use_by_time")
    assert (found.pledged.reference_activity_kbq, found.pledged.vials) == (148_500_000, 20)
    assert (found.vial_reference_activity_max_kbq, found.loss_fraction) == (12_000_001, 0.05)
    assert instant(found.state_time, "") == READ_AT


@pytest.mark.parametrize(
    ("changes", "kbq", "vials"),
    [
        ({"ProductionUnit": "MBQ", "TotalQuantity": "0.0019"}, 1, 20),
        ({"ProductionUnit": "tbq", "TotalQuantity": "1"}, 10**9, 20),
        ({"ProductionUnit": "KBQ", "TotalQuantity": "1000000000000000"}, 10**15, 20),
        ({"ProductionUnit": "CI", "TotalQuantity": "2"}, 74_000_000, 20),
        ({"ProductionUnit": "MCI", "TotalQuantity": "2"}, 74_000, 20),
        ({"ProductionUnit": "EA", "TotalQuantity": "12.000"}, 88_806_000, 12),
        ({"ProductionUnit": "ST", "TotalQuantity": "1"}, 7_400_500, 1),
    ],
)
def test_an_order_counts_activity_or_vials(changes: Mapping[str, Any], kbq: int, vials: int) -> None:
    found = said("production_orders", order(**changes))
    assert (found.pledged.reference_activity_kbq, found.pledged.vials) == (kbq, vials)


@pytest.mark.parametrize(
    ("flags", "state"),
    [
        ({}, ProductionOrder.RELEASED),
        ({"OrderIsReleased": ""}, ProductionOrder.PLANNED),
        ({"OrderIsReleased": ...}, ProductionOrder.PLANNED),
        ({"OrderIsReleased": True}, ProductionOrder.RELEASED),
        ({"OrderIsDeleted": "X"}, ProductionOrder.CANCELLED),
        ({"OrderIsMarkedForDeletion": "X"}, ProductionOrder.CANCELLED),
        ({"OrderIsTechnicallyCompleted": "X"}, ProductionOrder.CANCELLED),
        ({"OrderIsClosed": "X"}, ProductionOrder.CANCELLED),
    ],
)
def test_how_far_an_order_has_come(flags: Mapping[str, Any], state: int) -> None:
    assert said("production_orders", order(**flags)).state == state


@pytest.mark.parametrize("made", ["IsConfirmed", "IsPartiallyConfirmed", "IsDelivered", "IsPartiallyDelivered"])
@pytest.mark.parametrize("over", ["OrderIsTechnicallyCompleted", "OrderIsClosed"])
def test_an_order_that_was_made_and_closed_states_nothing(made: str, over: str) -> None:
    found = read("production_orders", order(**{over: "X", f"Order{made}": "X"}))
    assert (found.facts, found.remark) == ((), "7 says nothing that concerns us.")


def test_a_cancelled_order_needs_no_more_than_its_number() -> None:
    assert said("production_orders", {"order": [{"OrderIsDeleted": "X"}]}).pledged.vials == 0


@pytest.mark.parametrize(
    ("changes", "reason", "field", "words"),
    [
        ({"Material": "X"}, "WORD_UNKNOWN", "Material", "a line for it into tables.product"),
        ({"Material": ...}, "FIELD_MISSING", "Material", "is required"),
        ({"Material": 7}, "FIELD_NOT_VALID", "Material", "must be a text"),
        ({"ProductionVersion": "9"}, "WORD_UNKNOWN", "ProductionVersion", "tables.line"),
        ({"ProductionPlant": "2020"}, "ZONE_UNKNOWN", "ProductionPlant", "options.plant_zones"),
        ({"TotalQuantity": "0"}, "FIELD_NOT_VALID", "TotalQuantity", "above zero"),
        ({"TotalQuantity": "-1"}, "FIELD_NOT_VALID", "TotalQuantity", "above zero"),
        ({"TotalQuantity": "NaN"}, "FIELD_NOT_VALID", "TotalQuantity", "must be a number"),
        ({"TotalQuantity": "a lot"}, "FIELD_NOT_VALID", "TotalQuantity", "must be a number"),
        ({"TotalQuantity": "1000000.001"}, "FIELD_NOT_VALID", "TotalQuantity", "at most 1000000000000000 kBq"),
        ({"TotalQuantity": "1.5", "ProductionUnit": "EA"}, "FIELD_NOT_VALID", "TotalQuantity", "whole vials"),
        ({"ProductionUnit": "KG"}, "UNIT_UNKNOWN", "ProductionUnit", "neither activity nor pieces"),
        ({"MfgOrderPlannedEndDate": "2026-12-03T01:00:00"}, "FIELD_NOT_VALID", "MfgOrderPlannedEndDate", "a day"),
        ({"MfgOrderPlannedEndDate": "soon"}, "FIELD_NOT_VALID", "MfgOrderPlannedEndDate", "a day"),
        ({"MfgOrderPlannedEndTime": "25:00:00"}, "FIELD_NOT_VALID", "MfgOrderPlannedEndTime", "time of the day"),
        (
            {"MfgOrderPlannedEndDate": "2026-10-25", "MfgOrderPlannedEndTime": "02:30:00"},
            "TIME_AMBIGUOUS",
            "MfgOrderPlannedEndTime",
            "no one instant in Europe/Berlin",
        ),
        (
            {"MfgOrderPlannedEndDate": "2027-03-28", "MfgOrderPlannedEndTime": "02:30:00"},
            "TIME_SKIPPED",
            "MfgOrderPlannedEndTime",
            "no one instant",
        ),
    ],
)
def test_what_is_wrong_with_an_order_is_named(changes: Any, reason: str, field: str, words: str) -> None:
    quantity = {"ProductionUnit": "TBQ"} if changes == {"TotalQuantity": "1000000.001"} else {}
    found = refusal("production_orders", order(**{**quantity, **changes}))
    assert (found.reason, found.place) == (reason, f"/records/order/0/{field}")
    assert words in found.detail


@pytest.mark.parametrize(("unit", "term"), [("GBQ", "vials"), ("EA", "vial_mbq")])
def test_terms_that_an_order_needs_and_the_account_does_not_say(unit: str, term: str) -> None:
    terms = {**OPTIONS.production["products/lu-ligand"].model_dump(), term: None}
    options = settings(
        {"reads": ["production_orders"], "production": {"products/lu-ligand": terms}, "plant_zones": {"1010": "UTC"}}
    )
    found = refusal("production_orders", order(ProductionUnit=unit), options=options)
    assert (found.reason, f"`{term}`" in found.detail) == ("TERMS_MISSING", True)
    others = OPTIONS.model_copy(update={"production": {}})
    found = refusal("production_orders", order(), options=others)
    assert (found.reason, "options.production says nothing" in found.detail) == ("TERMS_MISSING", True)


def test_an_inspection_lot_with_and_without_a_usage_decision() -> None:
    lot = {"InspectionLot": "40", "ManufacturingOrder": "1000101", "Batch": "B1"}
    bare = said("inspection_lots", {"lot": [lot]}, number="40")
    assert (bare.inspection_lot, bare.production_order, bare.batch_number) == ("40", "1000101", "B1")
    assert bare.usage_decision == InspectionLot.USAGE_DECISION_UNSPECIFIED

    def decided(code: str, valuation: str) -> tuple[int, str]:
        decision = {"InspectionLotUsageDecisionCode": code, "InspLotUsageDecisionValuation": valuation}
        found = said("inspection_lots", {"lot": [lot], "usage_decision": [decision]})
        return found.usage_decision, found.usage_decision_code

    assert decided("A", "A") == (InspectionLot.ACCEPTED, "A")
    assert decided("R1", "R") == (InspectionLot.REJECTED, "R1")
    assert decided("A2", "R") == (InspectionLot.ACCEPTED, "A2")  # the customer's own table goes first
    assert decided("X", "") == (InspectionLot.USAGE_DECISION_UNSPECIFIED, "X")
    assert read("inspection_lots", {"lot": [{"InspectionLot": "41"}]}).facts == ()


def test_a_delivery_names_the_orders_that_it_carries_and_whose_they_are_and_what_it_is_called() -> None:
    found = [fact.said for fact in read("outbound_deliveries", DELIVERY, number="80").facts]
    named = [(each.delivery, each.partner, each.order_reference) for each in found]
    assert named == [("80", "partners/northlake", "PO-7"), ("80", "partners/northlake", "PO-8")]
    assert list(found[0].references) == ["020-12345675", "340123450000000013"]


def test_a_sales_order_for_one_dose() -> None:
    found = said("sales_orders", SALES)
    assert (found.order_reference, found.system_reference, found.state) == ("PO-7", "7/000010", DoseOrder.WANTED)
    assert (found.product, found.site) == ("products/lu-ligand", "sites/lakeside")
    assert instant(found.administration_interval.start_time, "") == datetime(2026, 12, 3, 14, tzinfo=UTC)
    assert instant(found.administration_interval.end_time, "") == datetime(2026, 12, 3, 22, tzinfo=UTC)
    assert not found.HasField("activity_mbq")
    assert read("sales_orders", SALES).facts[0].event_id == "PO-7"


def test_a_statement_is_noted_under_the_name_by_which_services_object_to_it() -> None:
    lot = {"lot": [{"InspectionLot": "40", "ManufacturingOrder": "1000101"}]}
    for document, records, number in (
        ("production_orders", order(), "000001000101"), ("inspection_lots", lot, "40"),
        ("outbound_deliveries", DELIVERY, "80"),
    ):  # fmt: skip
        assert {fact.event_id for fact in read(document, records, number=number).facts} == {number}


def test_an_item_may_say_its_activity_and_each_of_several_is_an_order() -> None:
    found = said("sales_orders", sales(RequestedQuantity="7.4", RequestedQuantityUnit="GBQ"))
    assert found.activity_mbq == 7400.0
    items = [*SALES["item"], {**SALES["item"][0], "SalesOrderItem": "000020", "SalesDocumentRjcnReason": "10"}]
    first, second = (fact.said for fact in read("sales_orders", {**SALES, "item": items}).facts)
    assert (first.order_reference, second.order_reference) == ("PO-7/10", "PO-7/20")
    assert (first.state, second.state, second.product) == (DoseOrder.WANTED, DoseOrder.WITHDRAWN, "")


def test_a_ship_to_party_is_known_with_the_zeros_before_it_or_without_and_else_the_sold_to_party_counts() -> None:
    zones = OPTIONS.model_copy(update={"site_zones": {"sites/lakeside": "UTC", "sites/hillside": "UTC"}})
    for number, site in (("0017100001", "sites/lakeside"), ("0000000042", "sites/hillside")):
        assert said("sales_orders", sales("partner", Customer=number), options=zones).site == site
    sold = {**sales("order", SoldToParty="17100001"), "partner": [{"PartnerFunction": "RE", "Customer": "1"}]}
    assert said("sales_orders", sold).site == "sites/lakeside"


@pytest.mark.parametrize(
    ("records", "reason", "place"),
    [
        (sales(RequestedQuantity="2"), "FIELD_NOT_VALID", "/records/item/0/RequestedQuantity"),
        (
            sales(RequestedQuantity="0", RequestedQuantityUnit="MBQ"),
            "FIELD_NOT_VALID",
            "/records/item/0/RequestedQuantity",
        ),
        (sales(RequestedQuantityUnit="KG"), "FIELD_NOT_VALID", "/records/item/0/RequestedQuantity"),
        (sales("order", PurchaseOrderByCustomer=" "), "FIELD_MISSING", "/records/order/0/PurchaseOrderByCustomer"),
        (sales("partner", Customer="5"), "WORD_UNKNOWN", "/records/partner/0/Customer"),
        (sales("partner", Customer="42"), "WORD_UNKNOWN", "/records/partner/0/Customer"),
        (sales("order", RequestedDeliveryDate=None), "FIELD_MISSING", "/records/order/0/RequestedDeliveryDate"),
        ({**SALES, "order": []}, "BODY_NOT_DOCUMENT", "/records/order"),
    ],
)
def test_what_is_wrong_with_a_sales_order_is_named(records: Any, reason: str, place: str) -> None:
    found = refusal("sales_orders", records)
    assert (found.reason, found.place) == (reason, place)


def test_a_centre_without_a_zone_has_no_hours() -> None:
    found = refusal("sales_orders", SALES, options=OPTIONS.model_copy(update={"site_zones": {}}))
    assert (found.reason, "options.site_zones" in found.detail) == ("ZONE_UNKNOWN", True)


def test_read_again_unchanged_a_document_says_the_same_and_changed_it_says_another_thing() -> None:
    def key(state: str, at: datetime, **changes: Any) -> tuple[str, bytes]:
        body = SapDocument("production_orders", "7", state, at, order(**changes)).written()
        (fact,) = SapReader(Mapped(OPTIONS, MAPPING)).translate(Incoming("sap.x", body, {}, READ_AT)).facts
        return fact.key, fact.content

    later = READ_AT.replace(hour=9)
    assert key("1", READ_AT) == key("1", later)
    assert len({key("1", READ_AT), key("2", READ_AT), key("1", READ_AT, OrderIsReleased="")}) == 3


def test_values_are_kept_as_what_they_are() -> None:
    values = {
        "a": Decimal("0.10"),
        "b": datetime.fromisoformat("2026-12-03T08:00"),
        "c": READ_AT,
        "d": None,
        "e": READ_AT.date(),
    }
    (record,) = document_of(SapDocument("x", "1", "", READ_AT, {"k": [values]}).written()).each("k")
    assert record.values == {
        "a": "0.10",
        "b": "2026-12-03T08:00:00",
        "c": "2026-12-01T06:15:30+00:00",
        "d": None,
        "e": "2026-12-01",
    }


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"[]", ""),
        (b'{"document": "x", "number": "1", "state": ""}', ""),
        (b'{"document": "x", "number": "1", "state": "", "read_time": "t", "records": {}}', "/read_time"),
        (b'{"document": "x", "number": "1", "state": "", "read_time": "t", "records": {"a": [1]}}', "/records"),
        (
            b'{"document": "x", "number": "1", "state": "", "read_time": "2026-12-01T00:00:00Z", "records": {}}',
            "/document",
        ),
    ],
)
def test_what_is_no_document_is_refused(body: bytes, place: str) -> None:
    with pytest.raises(Refused) as raised:
        SapReader(Mapped(OPTIONS, MAPPING)).translate(Incoming("sap.x", body, {}, READ_AT))
    assert (raised.value.reason, raised.value.place) == ("BODY_NOT_DOCUMENT", place)


def test_options_say_all_that_is_wrong() -> None:
    with pytest.raises(ValueError, match="there is no option 'user'") as raised:
        settings(
            {
                "user": 1,
                "reads": ["invoices"],
                "plant_zones": {"1": "Mars/Olympus"},
                "client": "10",
                "usage_decision": {},
            }
        )
    for words in (
        "options.reads.0: ",
        "options.plant_zones.1: must be a time zone",
        "options.client: ",
        "usage_decision.plant: ",
    ):
        assert words in str(raised.value)
    for given, name in (
        ({"writes": ["usage_decisions"]}, "usage_decision"),
        ({"writes": ["new_sales_orders"]}, "new_sales_order"),
        ({"reads": ["sales_orders"]}, "administration"),
        ({"reads": ["production_orders"]}, "production"),
    ):
        with pytest.raises(ValueError, match=f"^options.{name} is missing"):
            settings(given)
    assert settings({}).service("outbound_deliveries") == "API_OUTBOUND_DELIVERY_SRV;v=0002"
    assert settings({"services": {"sales_orders": "ZSALES"}}).service("sales_orders") == "ZSALES"
