"""Bodies and addresses by the model: what stands in them is right, and what the metadata do not have is refused."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from adapters.erp_sap.odata.addresses import EntityQuery, call_address, entity_address, query_of
from adapters.erp_sap.odata.entities import (
    BodyFault,
    body_to_create,
    entity_of,
    page_of,
    read_body,
    returned_of,
)
from adapters.erp_sap.odata.metadata import read_v2
from adapters.erp_sap.odata.model import DefinitionFault
from adapters.erp_sap.odata.values import ValueFault
from adapters.sandbox.sap.edmx import packaged
from tests.support.interfaces import json_interface

SALES = read_v2("API_SALES_ORDER_SRV", packaged()["API_SALES_ORDER_SRV"])
DELIVERY = read_v2("API_OUTBOUND_DELIVERY_SRV;v=0002", packaged()["API_OUTBOUND_DELIVERY_SRV"])
ORDER = SALES.entity_set("A_SalesOrder").type


def test_a_deep_insert_is_written_as_the_sample_is() -> None:
    day = date(2026, 12, 3)
    line = {"ConfirmedDeliveryDate": day, "ScheduleLineOrderQuantity": Decimal(1)}
    item = {"Material": "LU177-DOSE", "RequestedQuantity": Decimal(1), "RequestedQuantityUnit": "EA"}
    values = {
        "SalesOrderType": "OR", "SalesOrganization": "1710", "DistributionChannel": "10", "OrganizationDivision": "00",
        "SoldToParty": "17100001", "PurchaseOrderByCustomer": "DL-1", "RequestedDeliveryDate": day,
        "to_Item": [{**item, "to_ScheduleLine": [line]}],
    }  # fmt: skip
    assert body_to_create(SALES, ORDER, values) == json_interface("sap/samples/sales-order-deep-insert.json")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"to_Item": {"Material": "x"}}, "takes a list of entities"),
        ({"to_Item": "x"}, "takes a list of entities"),
        ({"SoldToParty": ["x"]}, "takes a value"),
        ({"Activity": "x"}, "there is no field Activity"),
        ({"to_Item": [{"SalesOrder": "1"}]}, "A_SalesOrderItemType.SalesOrder: it cannot be set"),
    ],
)
def test_what_the_metadata_do_not_have_is_not_written(values: Mapping[str, Any], words: str) -> None:
    with pytest.raises(DefinitionFault, match=words):
        body_to_create(SALES, ORDER, values)


def test_a_body_is_read_with_what_is_expanded_and_where_it_goes_on() -> None:
    text = """{"d": {"__metadata": {"uri": "u", "etag": "W/\\"1\\""}, "SalesOrder": "1", "NewerField": 1,
      "TotalNetAmount": "1234567890123456789012345678901234567890.123", "CreationDate": null,
      "to_Partner": {"__deferred": {"uri": "x"}}, "to_Text": [],
      "to_Item": {"results": [{"SalesOrderItem": "10", "to_SalesOrder": null}], "__next": "n"}}}"""
    entity = entity_of(SALES, ORDER, read_body(text.encode()))
    assert (entity["SalesOrder"], entity["CreationDate"], entity.etag, entity.address) == ("1", None, 'W/"1"', "u")
    assert entity["TotalNetAmount"] == Decimal("1234567890123456789012345678901234567890.123")
    assert "NewerField" not in entity.values
    assert (list(entity.links), entity.continued) == (["to_Text", "to_Item"], {"to_Item": "n"})
    (item,) = entity.links["to_Item"]
    assert item.links["to_SalesOrder"] == ()
    with pytest.raises(BodyFault, match=r"the answer holds no A_SalesOrderType\.SoldToParty"):
        entity["SoldToParty"]


def test_one_odd_field_does_not_hide_the_others() -> None:
    entity = entity_of(SALES, ORDER, {"SalesOrder": "1", "CreationDate": "/Date(1)/", "TotalNetAmount": "1,5"})
    assert (entity["SalesOrder"], list(entity.values)) == ("1", ["SalesOrder"])
    for name in ("CreationDate", "TotalNetAmount"):
        with pytest.raises(ValueFault, match=f"^{name}: "):
            entity[name]


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b'{"value":[]}', b"[]", b'{"d":NaN}', b"[" * 100_000, b'{"d":' + b"1" * 5000 + b"}", b"\xff",
     b'{"d":{"Batch":"A","Batch":"B"}}'],
)  # fmt: skip
def test_what_is_no_answer_of_v2_is_unknown(body: bytes) -> None:
    with pytest.raises(BodyFault):
        read_body(body)


@pytest.mark.parametrize(
    "found",
    [None, 1, {}, {"results": 1}, {"results": [1]}, {"results": [], "__count": "x"}, {"results": [], "__next": 1}],
)
def test_what_is_no_collection_is_refused(found: Any) -> None:
    with pytest.raises(BodyFault):
        page_of(SALES, ORDER, found)


def test_a_collection_where_one_entity_should_be_is_not_one_without_fields() -> None:
    with pytest.raises(BodyFault, match="a collection stands where one A_SalesOrderType should"):
        entity_of(SALES, ORDER, {"results": [{"SalesOrder": "1"}]})


def test_a_byte_order_mark_before_a_body_does_not_matter() -> None:
    assert read_body(b'\xef\xbb\xbf{"d": {"results": []}}') == {"results": []}


def test_collections_have_two_forms_and_a_count() -> None:
    rows = [{"SalesOrder": "1"}]
    assert page_of(SALES, ORDER, rows).entities[0]["SalesOrder"] == "1"
    page = page_of(SALES, ORDER, {"results": rows, "__count": "12", "__next": "n"})
    assert (page.count, page.next) == (12, "n")
    assert page_of(SALES, ORDER, {"results": []}).count is None


@pytest.mark.parametrize(
    "found",
    [
        {"results": [{"DeliveryDocument": "1"}]},
        {"PostGoodsIssue": {"results": [{"DeliveryDocument": "1"}]}},
        {"PostGoodsIssue": [{"DeliveryDocument": "1"}], "__metadata": {}},
        {"DeliveryDocument": "1"},
    ],
)
def test_what_a_function_returns_has_several_forms(found: Any) -> None:
    (returned,) = returned_of(DELIVERY, DELIVERY.function("PostGoodsIssue"), found)
    assert returned["DeliveryDocument"] == "1"
    assert returned_of(DELIVERY, DELIVERY.function("PostGoodsIssue"), {"PostGoodsIssue": None}) == ()


def test_addresses_are_typed_and_encoded() -> None:
    assert entity_address(SALES, "A_SalesOrder", "a/b c'ü") == "A_SalesOrder('a%2Fb%20c''%C3%BC')"
    key = {"SalesOrderItem": "10", "SalesOrder": "1"}
    assert entity_address(SALES, "A_SalesOrderItem", key) == "A_SalesOrderItem(SalesOrder='1',SalesOrderItem='10')"
    query = EntityQuery(
        filter="a eq 'b&c'", select=("SalesOrder", "to_Item/Material"), expand=("to_Item/to_ScheduleLine",),
        order_by=("SalesOrder desc",), top=1, skip=0, counts=True,
    )  # fmt: skip
    assert query_of(SALES, ORDER, query) == (
        "$filter=a%20eq%20'b%26c'&$select=SalesOrder,to_Item/Material&$expand=to_Item/to_ScheduleLine"
        "&$orderby=SalesOrder%20desc&$top=1&$skip=0&$inlinecount=allpages"
    )
    function = DELIVERY.function("PickOneItemWithSalesQuantity")
    given = {
        "DeliveryDocument": "1", "DeliveryDocumentItem": "10", "DeliveryQuantityUnit": "EA",
        "ActualDeliveryQuantity": Decimal("1.5"),
    }  # fmt: skip
    assert call_address(DELIVERY, function, given) == (
        "PickOneItemWithSalesQuantity?ActualDeliveryQuantity=1.5M&DeliveryDocument='1'&DeliveryDocumentItem='10'"
        "&DeliveryQuantityUnit='EA'"
    )


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ({"SalesOrder": "1"}, "its key is SalesOrder, SalesOrderItem"),
        ("1", "given is SalesOrder"),
        ({}, "given is none"),
    ],
)
def test_a_key_is_given_as_a_whole(key: Any, words: str) -> None:
    with pytest.raises(DefinitionFault, match=words):
        entity_address(SALES, "A_SalesOrderItem", key)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (EntityQuery(select=("Activity",)), "no field Activity"),
        (EntityQuery(select=("to_Item/Activity",)), "A_SalesOrderItemType.Activity"),
        (EntityQuery(expand=("to_Items",)), "no navigation to_Items"),
        (EntityQuery(order_by=("Activity desc",)), "no field Activity"),
        (EntityQuery(top=-1), "no negative"),
    ],
)
def test_nothing_is_asked_for_that_is_not_there(query: EntityQuery, words: str) -> None:
    with pytest.raises(DefinitionFault, match=words):
        query_of(SALES, ORDER, query)


def test_calls_have_the_parameters_of_their_function_and_no_others() -> None:
    function = DELIVERY.function("PostGoodsIssue")
    with pytest.raises(DefinitionFault, match="it has no parameter Item"):
        call_address(DELIVERY, function, {"DeliveryDocument": "1", "Item": "1"})
    with pytest.raises(ValueFault, match="has 11 characters"):
        call_address(DELIVERY, function, {"DeliveryDocument": "1" * 11})
