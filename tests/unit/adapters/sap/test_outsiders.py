"""What systems of SAP send beside the examples: it is read as what it is, or refused in words that name the field."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from adapters.erp_sap.documents import UNREADABLE, SapDocument
from adapters.erp_sap.odata.batch import BatchOperation, ChangeSet, ChangeSetAnswer, OperationAnswer, read_batch
from adapters.erp_sap.odata.entities import entity_of
from adapters.erp_sap.odata.errors import error_of, fault_of, says_no
from adapters.erp_sap.odata.metadata import read_v2
from adapters.erp_sap.reading import read_document
from adapters.erp_sap.settings import PRODUCTION_ORDERS
from adapters.manifest import Refused
from adapters.outbound import Declined
from adapters.sandbox.sap.edmx import packaged
from tests.support.sap_documents import DELIVERY, ORDER, READ_AT, SALES, order, read, refusal, said, sales

MODEL = read_v2("API_PROCESS_ORDER_2_SRV", packaged()["API_PROCESS_ORDER_2_SRV"])
REFUSED = {
    "error": {
        "code": "CO/469",
        "message": {"lang": "en", "value": "An exception was raised"},
        "innererror": {
            "errordetails": [
                {"code": "/IWBEP/CX_MGW_BUSI", "message": "An exception was raised", "severity": "error"},
                {"code": "CO/470", "message": "Order 7 is locked", "severity": "error", "target": "TotalQuantity"},
            ]
        },
    }
}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("9999-12-31", "SAP's way to say that there is no day"),
        ("0001-01-01", "SAP's way to say that there is no day"),
        ("0000-00-00", "must be a day, and is '0000-00-00'"),
        ("00000000", "must be a day, and is '00000000'"),
        ("31.12.2026", "must be a day, and is '31.12.2026'"),
    ],
)
def test_what_sap_writes_where_there_is_no_day_is_no_day(given: str, words: str) -> None:
    found = refusal("production_orders", order(MfgOrderPlannedEndDate=given))
    assert (found.place, words in found.detail) == ("/records/order/0/MfgOrderPlannedEndDate", True), found.detail
    found = refusal("sales_orders", sales("order", RequestedDeliveryDate=given))
    assert (found.place, words in found.detail) == ("/records/order/0/RequestedDeliveryDate", True), found.detail


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("/Date(1796256000000)/", date(2026, 12, 3)),
        ("/Date(1796256000000+0000)/", date(2026, 12, 3)),
        ("/Date(253402214400000)/", date.max),
        ("/Date(-62135596800000)/", date.min),
        (None, None),
        ("/Date(1796256000000+0060)/", "has no zone, and /Date(1796256000000+0060)/ has one"),
        ("/Date(-62167219200000)/", "is not in the calendar of the years 1 to 9999"),
        ("/Date(253402300800000)/", "is not in the calendar"),
        ("0000-00-00", "cannot be read as Edm.DateTime"),
        ("/Date()/", "cannot be read as Edm.DateTime"),
    ],
)
def test_a_day_is_read_or_kept_with_why_it_is_not(given: Any, found: Any) -> None:
    entity = entity_of(MODEL, MODEL.entity_set("A_ProcessOrder_2").type, {"MfgOrderPlannedEndDate": given})
    if not isinstance(found, str):
        assert entity["MfgOrderPlannedEndDate"] == found
    else:
        assert found in str(entity.unreadable["MfgOrderPlannedEndDate"])


class OneOrder:
    """A system of one process order, as it is answered."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields

    def service(self, document: str) -> Any:
        return self

    def now(self) -> datetime:
        return READ_AT

    async def model(self) -> Any:
        return MODEL

    async def read(self, entity_set: str, key: str) -> Any:
        return entity_of(MODEL, MODEL.entity_set(entity_set).type, {"ManufacturingOrder": key, **self.fields})


async def test_a_field_that_cannot_be_read_is_not_taken_for_one_that_is_empty() -> None:
    day = {"MfgOrderPlannedEndDate": "/Date(1796256000000)/", "MfgOrderPlannedEndTime": "PT06H30M00S"}
    good = {name: value for name, value in ORDER.items() if name != "ManufacturingOrder"} | day
    found = await read_document(OneOrder(**good), PRODUCTION_ORDERS, "1000101")
    assert found is not None and said("production_orders", found.records).pledged.vials == 20
    for name, given, words in (
        (
            "TotalQuantity",
            "148,5",
            "TotalQuantity cannot be read (TotalQuantity: '148,5' cannot be read as Edm.Decimal",
        ),
        ("OrderIsDeleted", 1, "OrderIsDeleted cannot be read (OrderIsDeleted: '1' cannot be read as Edm.String"),
    ):
        odd = await read_document(OneOrder(**{**good, name: given}), PRODUCTION_ORDERS, "1000101")
        assert odd is not None
        why = json.loads(odd.written())["records"]["order"][0][UNREADABLE]
        assert why.keys() == {name}
        assert words in refusal("production_orders", odd.records).detail


@pytest.mark.parametrize("given", ["148,5", "1.234,5", "1,234.5", "1_000", "١٢", "1.5-", "0x10", "1e", "+", "9" * 41])
def test_a_quantity_is_a_number_with_a_point_or_is_refused(given: str) -> None:
    found = refusal("production_orders", order(TotalQuantity=given))
    assert (found.reason, "must be a number with a point" in found.detail) == ("FIELD_NOT_VALID", True)
    assert refusal("sales_orders", sales(RequestedQuantity=given)).place == "/records/item/0/RequestedQuantity"


@pytest.mark.parametrize(("given", "kbq"), [("148.500", 148_500_000), ("1.485E+2", 148_500_000), ("+1", 10**6)])
def test_a_number_may_have_a_sign_and_an_exponent(given: str, kbq: int) -> None:
    assert said("production_orders", order(TotalQuantity=given)).pledged.reference_activity_kbq == kbq


@pytest.mark.parametrize(("quantity", "unit"), [("-1", "EA"), ("-1", "GBQ"), ("0", "EA"), ("0.5", "EA")])
def test_less_than_a_dose_is_no_order(quantity: str, unit: str) -> None:
    found = refusal("sales_orders", sales(RequestedQuantity=quantity, RequestedQuantityUnit=unit))
    assert (found.reason, "an item is one dose" in found.detail) == ("FIELD_NOT_VALID", True)
    if quantity != "0.5":
        assert "above zero" in refusal("production_orders", order(TotalQuantity=quantity, ProductionUnit=unit)).detail


@pytest.mark.parametrize("unit", ["mBq", "mbq", "mBQ", "mbQ", "MCi", "Mci", "McI"])
def test_a_unit_that_small_letters_make_another_one_is_not_guessed(unit: str) -> None:
    found = refusal("production_orders", order(ProductionUnit=unit))
    assert (found.reason, "may be milli or mega" in found.detail) == ("UNIT_UNKNOWN", True)
    assert refusal("sales_orders", sales(RequestedQuantityUnit=unit)).reason == "UNIT_UNKNOWN"


@pytest.mark.parametrize("given", ["PO-7", "PO-7   ", " PO-7", "PO-7\u00a0", "PO-7\t"])
def test_blanks_around_a_reference_are_none_of_it(given: str) -> None:
    assert said("sales_orders", sales("order", PurchaseOrderByCustomer=given)).order_reference == "PO-7"
    orders = [{**DELIVERY["sales_order"][0], "PurchaseOrderByCustomer": given}]
    (fact,) = read("outbound_deliveries", {**DELIVERY, "sales_order": orders}, number="80").facts
    assert fact.said.order_reference == "PO-7"


def test_a_ship_to_party_of_nobody_we_know_is_refused_and_named() -> None:
    with pytest.raises(Refused) as raised:
        read("sales_orders", {**SALES, "partner": [{"PartnerFunction": "WE", "Customer": "17109999"}]})
    assert raised.value.detail == "Customer is '17109999'; write a line for it into tables.site."


def test_a_success_whose_body_is_an_error_is_a_refusal_with_its_real_reason() -> None:
    body = json.dumps(REFUSED).encode()
    assert says_no(body) and says_no(b"\xef\xbb\xbf\n" + body)
    fault = fault_of(200, {"content-type": "application/json"}, body, changes=True)
    assert isinstance(fault, Declined)
    assert str(fault) == "200 CO/470: Order 7 is locked (TotalQuantity)"
    for other in (b"", b"{}", b'{"d": {"error": 1}}', b'{"error": "none"}', b'{"error"', b"<error/>"):
        assert not says_no(other)


def test_the_reason_deep_in_a_batch_is_found_also_behind_a_success() -> None:
    body = json.dumps(REFUSED).encode()
    inner = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\n\r\n" + body
    head = b"--R\r\nContent-Type: application/http\r\n\r\n"
    for status in (b"400 Bad Request", b"200 OK"):
        operation = BatchOperation("PATCH", "A_ProcessOrder_2('7')", {}, b"{}", "1")
        (found,) = read_batch(
            "multipart/mixed; boundary=R", head + inner % status + b"\r\n--R--", [ChangeSet((operation,))]
        )
        assert isinstance(found, ChangeSetAnswer) and isinstance(found.error, OperationAnswer)
        assert "Order 7 is locked" in str(error_of(found.error.status, found.error.headers, found.error.body))


def test_forty_digits_are_kept_and_what_is_too_much_is_refused() -> None:
    digits = Decimal("1234567890123456789012345678901234567890")
    (kept,) = json.loads(SapDocument("x", "1", "", READ_AT, {"k": [{"a": digits}]}).written())["records"]["k"]
    assert kept == {"a": str(digits)}
    assert "at most 1000000000000000 kBq" in refusal("production_orders", order(TotalQuantity="9" * 40)).detail
