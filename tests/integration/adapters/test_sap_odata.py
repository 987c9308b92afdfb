"""OData V2 on a socket: what SAP Gateway's rules make of what we send, and we of what it answers."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from starlette.responses import Response

from adapters.erp_sap.odata.addresses import EntityQuery, all_of, any_of, condition
from adapters.erp_sap.odata.entities import SapEntity
from adapters.erp_sap.odata.errors import StateChanged
from adapters.erp_sap.odata.model import DefinitionFault
from adapters.erp_sap.odata.values import ValueFault
from adapters.outbound import Away, Declined
from tests.support.interfaces import interface
from tests.support.sap import DELIVERY, ITEM, ORDER, PROCESS, QUALITY, SALES, SapBench, a_sap_bench


def quality_lots(sap: SapBench, count: int) -> None:
    for n in range(count):
        sap.system.put(QUALITY, "A_InspectionLot", InspectionLot=str(n + 1), Material="LU177", Batch=f"B{n % 2}")


async def test_an_order_is_made_with_all_below_it_and_read_as_it_was_stored(sap: SapBench) -> None:
    service = sap.service(SALES)
    line = {"ConfirmedDeliveryDate": date(2026, 12, 3), "ScheduleLineOrderQuantity": Decimal(1)}
    made = await service.create("A_SalesOrder", {**ORDER, "to_Item": [{**ITEM, "to_ScheduleLine": [line]}]})
    assert (made["SalesOrder"], made["TotalNetAmount"]) == ("0000000401", Decimal(0))
    assert made.etag.startswith("W/\"datetimeoffset'2026-12-01T06%3A15%3A")
    expand = ("to_Item/to_ScheduleLine",)
    read = await service.read("A_SalesOrder", "401", expand=expand)
    assert read is not None
    assert read["RequestedDeliveryDate"] == date(2026, 12, 3)
    (item,) = read.links["to_Item"]
    assert (item["SalesOrderItem"], item["RequestedQuantity"]) == ("000010", Decimal("1.000"))
    assert [each["ScheduleLine"] for each in item.links["to_ScheduleLine"]] == ["0001"]
    assert sap.events == [("SalesOrder.Created", "0000000401")]


async def test_what_is_not_there_is_none_and_a_service_that_is_not_there_is_an_error(sap: SapBench) -> None:
    assert await sap.service(SALES).read("A_SalesOrder", "999") is None
    with pytest.raises(Declined, match="404: Service cannot be reached"):
        await sap.service("API_UNKNOWN_SRV").read("A_SalesOrder", "1")


async def test_a_change_is_guarded_by_the_etag_byte_for_byte(sap: SapBench) -> None:
    service = sap.service(SALES)
    made = await service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]})
    etag = await service.change("A_SalesOrder", "401", {"PurchaseOrderByCustomer": "DL-2"}, made.etag)
    assert etag and etag != made.etag
    with pytest.raises(StateChanged, match="412"):
        await service.change("A_SalesOrder", "401", {"PurchaseOrderByCustomer": "DL-3"}, made.etag)
    with pytest.raises(DefinitionFault, match="only with the ETag"):
        await service.change("A_SalesOrder", "401", {"PurchaseOrderByCustomer": "DL-3"}, "")
    with pytest.raises(ValueError, match="overwrite"):
        await service.change("A_SalesOrder", "401", {"PurchaseOrderByCustomer": "DL-3"}, "*")
    read = await service.read("A_SalesOrder", "401")
    assert read is not None and (read["PurchaseOrderByCustomer"], read.etag) == ("DL-2", etag)
    older = sap.service(SALES, merges=True)
    assert await older.change("A_SalesOrder", "401", {"PurchaseOrderByCustomer": "DL-4"}, etag)
    assert sap.twin.executed[-1] == "POST A_SalesOrder('401')"


async def test_what_changed_meanwhile_is_read_again_before_it_is_changed(sap: SapBench) -> None:
    service = sap.service(PROCESS)
    sap.system.put(PROCESS, "A_ProcessOrder_2", ManufacturingOrder="1000101", LastChangeDateTime="20261201061530")
    seen: list[object] = []

    def decide(order: SapEntity) -> dict[str, str] | None:
        seen.append(order["OrderLongText"])
        if len(seen) == 1:
            sap.system.edit(PROCESS, "A_ProcessOrder_2", ["1000101"], OrderLongText="planner")
        return {"OrderLongText": f"{order['OrderLongText']} and gateway"}

    await service.change_latest("A_ProcessOrder_2", "1000101", decide)
    assert seen == ["", "planner"]
    read = await service.read("A_ProcessOrder_2", "000001000101")
    assert read is not None and read["OrderLongText"] == "planner and gateway"
    assert await service.change_latest("A_ProcessOrder_2", "7", decide) is None

    def always_late(order: SapEntity) -> dict[str, str]:
        sap.system.edit(PROCESS, "A_ProcessOrder_2", ["1000101"], OrderLongText="again")
        return {"OrderLongText": "late"}

    with pytest.raises(Away, match="changed each of 3 times"):
        await service.change_latest("A_ProcessOrder_2", "1000101", always_late)


async def test_pages_are_followed_as_the_server_cuts_them_and_on_the_same_host_alone(sap: SapBench) -> None:
    sap.twin.page_size = 3
    quality_lots(sap, 8)
    service = sap.service(QUALITY)
    query = EntityQuery(select=("InspectionLot",), order_by=("InspectionLot desc",), counts=True)
    pages = [page async for page in service.pages("A_InspectionLot", query)]
    assert [len(each.entities) for each in pages] == [3, 3, 2]
    assert {each.count for each in pages} == {8}
    found = [str(each["InspectionLot"]) for page in pages for each in page.entities]
    assert found == [f"{n:012}" for n in range(8, 0, -1)]
    body = '{"d":{"results":[],"__next":"https://elsewhere.example/sap?$skiptoken=1"}}'
    sap.twin.faults.append(lambda: Response(body, media_type="application/json"))
    with pytest.raises(Declined, match="another host"):
        async for _ in service.pages("A_InspectionLot", EntityQuery()):
            pass


async def test_what_an_expanded_list_leaves_to_further_pages_is_read_too(sap: SapBench) -> None:
    service = sap.service(SALES)
    await service.model()

    def item(number: int, *lines: int, further: str = "") -> dict[str, Any]:
        schedule = {"results": [{"ScheduleLine": str(each)} for each in lines]} | (
            {"__next": further} if further else {}
        )
        return {"SalesOrderItem": str(number), "to_ScheduleLine": schedule}

    root = f"{sap.url}/sap/opu/odata/sap/{SALES}"
    answers: list[Any] = [
        {"SalesOrder": "401", "to_Item": {
            "results": [item(10, 1, further=f"{root}/lines?$skiptoken=1")],
            "__next": "A_SalesOrder('401')/to_Item?$skiptoken=1",
        }},
        {"results": [{"ScheduleLine": "2"}]},
        {"results": [item(20)], "__next": "A_SalesOrder('401')/to_Item?$skiptoken=2"},
        {"results": [item(30, 1)]},
    ]  # fmt: skip
    asked = len(sap.twin.calls)
    sap.twin.faults += [
        lambda told=told: Response(json.dumps({"d": told}), media_type="application/json") for told in answers
    ]
    order = await service.read("A_SalesOrder", "401", expand=("to_Item/to_ScheduleLine",))
    assert order is not None and not order.continued
    items = order.links["to_Item"]
    assert [each["SalesOrderItem"] for each in items] == ["10", "20", "30"]
    assert [[line["ScheduleLine"] for line in each.links["to_ScheduleLine"]] for each in items] == [
        ["1", "2"],
        [],
        ["1"],
    ]
    assert len(sap.twin.calls) == asked + 4


@pytest.mark.parametrize("items", [{}, {"to_Item": {"__deferred": {"uri": "A_SalesOrder('401')/to_Item"}}}])
async def test_what_was_to_be_expanded_and_is_not_is_unknown_and_not_nothing(sap: SapBench, items: Any) -> None:
    service = sap.service(SALES)
    await service.model()
    body = json.dumps({"d": {"SalesOrder": "401", **items}})
    sap.twin.faults.append(lambda: Response(body, media_type="application/json"))
    with pytest.raises(Away, match=r"does not hold A_SalesOrderType\.to_Item"):
        await service.read("A_SalesOrder", "401", expand=("to_Item",))


async def test_that_is_so_of_further_pages_and_of_collections_too(sap: SapBench) -> None:
    service = sap.service(SALES)
    await service.model()

    def told(*answers: Any) -> None:
        sap.twin.faults += [
            lambda each=each: Response(json.dumps({"d": each}), media_type="application/json") for each in answers
        ]

    further = {"results": [{"SalesOrderItem": "20", "to_ScheduleLine": {"__deferred": {"uri": "x"}}}]}
    lines, following = {"results": [{"ScheduleLine": "1"}]}, "A_SalesOrder('401')/to_Item?$skiptoken=1"
    items = {"results": [{"SalesOrderItem": "10", "to_ScheduleLine": lines}], "__next": following}
    told({"SalesOrder": "401", "to_Item": items}, further)
    with pytest.raises(Away, match=r"does not hold A_SalesOrderItemType\.to_ScheduleLine"):
        await service.read("A_SalesOrder", "401", expand=("to_Item/to_ScheduleLine",))
    told({"results": [{"SalesOrder": "401"}]})
    with pytest.raises(Away, match=r"does not hold A_SalesOrderType\.to_Item"):
        [page async for page in service.pages("A_SalesOrder", EntityQuery(expand=("to_Item",)))]


async def test_a_list_that_leads_back_to_itself_ends(sap: SapBench) -> None:
    service = sap.service(QUALITY)
    await service.model()
    body = '{"d":{"results":[],"__next":"A_InspectionLot?$skiptoken=1"}}'
    sap.twin.faults += [lambda: Response(body, media_type="application/json")] * 3
    with pytest.raises(Away, match="lead back"):
        async for _ in service.pages("A_InspectionLot", EntityQuery()):
            pass


async def test_filters_mean_what_the_metadata_say(sap: SapBench) -> None:
    quality_lots(sap, 4)
    sap.system.edit(QUALITY, "A_InspectionLot", ["3"], InspectionLotText="it's a dose", InspectionLotQuantity="2.5")
    service = sap.service(QUALITY)
    model = await service.model()
    lot = model.entity_set("A_InspectionLot").type

    async def found(text: str) -> list[int]:
        pages = service.pages("A_InspectionLot", EntityQuery(filter=text))
        return [int(str(each["InspectionLot"])) async for page in pages for each in page.entities]

    assert await found(condition(model, lot, "InspectionLotText", "eq", "it's a dose")) == [3]
    assert await found(condition(model, lot, "InspectionLot", "gt", "2")) == [3, 4]
    assert await found(condition(model, lot, "InspectionLotQuantity", "ge", Decimal("2.500"))) == [3]
    assert await found(condition(model, lot, "InspectionLotText", "substringof", "dose")) == [3]
    after = condition(model, lot, "ChangedDateTime", "gt", datetime(2026, 1, 1, tzinfo=UTC))
    one = any_of(condition(model, lot, "InspectionLot", "eq", "1"), condition(model, lot, "InspectionLot", "eq", "4"))
    assert await found(all_of(after, one, condition(model, lot, "Batch", "startswith", "B"))) == [1, 4]
    with pytest.raises(DefinitionFault, match=r"A_InspectionLotType.InspectionLots: there is no field"):
        condition(model, lot, "InspectionLots", "eq", "1")
    with pytest.raises(DefinitionFault, match="no filter contains"):
        condition(model, lot, "Batch", "contains", "1")


async def test_functions_have_their_effect_and_say_no_inside_a_yes(sap: SapBench) -> None:
    service = sap.service(PROCESS)
    given = {
        "ManufacturingOrderType": "YBM1",
        "Material": "LU177",
        "ProductionPlant": "1710",
        "TotalQuantity": Decimal(5),
    }
    order = await service.create("A_ProcessOrder_2", given)
    number = str(order["ManufacturingOrder"])
    assert number == "000001000101"
    with pytest.raises(Declined, match=r"CO/469: Order 000001000101 does not have"):
        await service.call("TechlyCmpltOrder", {"ManufacturingOrder": number})
    (said,) = await service.call("ReleaseOrder", {"ManufacturingOrder": number}, etag=order.etag)
    assert said["SystemMessageType"] == "S"
    await service.call("TechlyCmpltOrder", {"ManufacturingOrder": number})
    read = await service.read("A_ProcessOrder_2", number, expand=("to_ProcessOrderStatus",))
    assert read is not None
    assert (read["OrderIsReleased"], read["OrderIsTechnicallyCompleted"]) == ("X", "X")
    assert read["MfgOrderActualReleaseDate"] == date(2026, 12, 1)
    statuses = [each["StatusShortName"] for each in read.links["to_ProcessOrderStatus"]]
    assert statuses == ["CRTD", "REL", "TECO"]
    told = [each for each in sap.events if each[0] == "ProcessOrder.Changed"]
    assert told and {key for _, key in told} == {number}
    with pytest.raises(
        DefinitionFault, match=r"no function releaseorder \(names are case-sensitive: there is ReleaseO"
    ):
        await service.call("releaseorder", {})
    with pytest.raises(ValueFault, match="ManufacturingOrder: must be given to ReleaseOrder"):
        await service.call("ReleaseOrder", {})
    with pytest.raises(ValueFault, match="has 13 characters and may have 12"):
        await service.call("ReleaseOrder", {"ManufacturingOrder": "1" * 13})


async def test_a_delivery_is_picked_issued_once_and_issued_back(sap: SapBench) -> None:
    await sap.service(SALES).create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]})
    service = sap.service(DELIVERY)
    reference = {"ReferenceSDDocument": "401", "ReferenceSDDocumentItem": "10"}
    made = await service.create("A_OutbDeliveryHeader", {"to_DeliveryDocumentItem": [reference]})
    number = {"DeliveryDocument": str(made["DeliveryDocument"])}
    assert number == {"DeliveryDocument": "0080000301"}
    with pytest.raises(Declined, match="VL/608: Delivery 0080000301 is not completely picked"):
        await service.call("PostGoodsIssue", number)
    quantity = {"DeliveryDocumentItem": "10", "ActualDeliveryQuantity": Decimal("1.5"), "DeliveryQuantityUnit": "EA"}
    (picked,) = await service.call("PickOneItemWithSalesQuantity", {**number, **quantity})
    assert (picked["ActualDeliveryQuantity"], picked["Material"]) == (Decimal("1.500"), "LU177-DOSE")
    await service.call("PostGoodsIssue", number)
    with pytest.raises(Declined, match="VL/602"):
        await service.call("PostGoodsIssue", number)
    read = await service.read("A_OutbDeliveryHeader", "80000301")
    assert read is not None and read["OverallGoodsMovementStatus"] == "C"
    midnight = datetime.fromisoformat("2026-12-01T00:00")
    await service.call("ReverseGoodsIssue", {**number, "ActualGoodsMovementDate": midnight})
    read = await service.read("A_OutbDeliveryHeader", "80000301")
    assert read is not None and read["ActualGoodsMovementDate"] is None
    with pytest.raises(DefinitionFault, match="nothing can be made in it"):
        await service.create("A_OutbDeliveryItem", reference)


async def test_what_does_not_fit_is_refused_before_it_is_sent(sap: SapBench) -> None:
    service = sap.service(SALES)
    await service.model()
    calls = len(sap.twin.calls)
    with pytest.raises(ValueFault, match="SoldToParty: has 11 characters and may have 10"):
        await service.create("A_SalesOrder", {**ORDER, "SoldToParty": "1" * 11})
    with pytest.raises(DefinitionFault, match=r"A_SalesOrderType.TotalNetAmount: it cannot be set"):
        await service.create("A_SalesOrder", {**ORDER, "TotalNetAmount": Decimal(1)})
    with pytest.raises(ValueFault, match="RequestedQuantity: has 4 digits behind the point and may have 3"):
        await service.create("A_SalesOrder", {**ORDER, "to_Item": [{**ITEM, "RequestedQuantity": Decimal("1.0001")}]})
    with pytest.raises(DefinitionFault, match="it cannot be changed"):
        await service.change("A_SalesOrder", "1", {"SalesOrder": "2"}, 'W/"1"')
    assert len(sap.twin.calls) == calls


async def test_the_real_reason_is_told_and_not_that_an_exception_was_raised(sap: SapBench) -> None:
    sap.twin.has_generic_errors = True
    with pytest.raises(
        Declined, match=r"400 /IWBEP/CM_MGW_RT/023: Enter a value for SoldToParty \(SoldToParty\) \[tran"
    ):
        await sap.service(SALES).create("A_SalesOrder", {**ORDER, "SoldToParty": ""})


async def test_the_twin_serves_by_the_published_metadata_as_by_its_own() -> None:
    """Its documents are reduced, so nothing of what is left out may matter."""
    documents = {
        "API_SALES_ORDER_SRV": interface("sap/API_SALES_ORDER_SRV.edmx").read_bytes(),
        "API_PROCESS_ORDER_2_SRV": interface("sap/API_PROCESS_ORDER_2_SRV.edmx").read_bytes(),
        "API_OUTBOUND_DELIVERY_SRV": interface("sap/API_OUTBOUND_DELIVERY_SRV_0002.edmx").read_bytes(),
    }
    async with a_sap_bench(documents) as sap:
        made = await sap.service(SALES).create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]})
        order = await sap.service(SALES).read("A_SalesOrder", "401", expand=("to_Item/to_ScheduleLine", "to_Partner"))
        assert order is not None and order.etag == made.etag
        assert len(order.values) == len(order.type.fields) and not order.unreadable
        reference = {"ReferenceSDDocument": "401", "ReferenceSDDocumentItem": "10"}
        service = sap.service(DELIVERY)
        delivery = await service.create("A_OutbDeliveryHeader", {"to_DeliveryDocumentItem": [reference]})
        number = {"DeliveryDocument": str(delivery["DeliveryDocument"])}
        await service.call("PickAllItems", number)
        (issued,) = await service.call("PostGoodsIssue", number)
        assert issued["Material"] == "LU177-DOSE"
        given = {"ManufacturingOrderType": "YBM1", "Material": "LU177", "ProductionPlant": "1710"}
        process = sap.service(PROCESS)
        run = await process.create("A_ProcessOrder_2", {**given, "TotalQuantity": Decimal(5)})
        await process.call("ReleaseOrder", {"ManufacturingOrder": str(run["ManufacturingOrder"])})
