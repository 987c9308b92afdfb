"""The adapter of SAP works on what its contract with SAP says."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal

import pytest
from pact import Pact

from adapters.erp_sap.client import SapSender, SapService
from adapters.erp_sap.odata.addresses import EntityQuery
from adapters.erp_sap.odata.errors import StateChanged
from adapters.erp_sap.reading import all_where
from adapters.host.client import client
from adapters.outbound import Declined
from services.kernel.clock import VirtualClock
from tests.contracts.files import file_of, interactions
from tests.contracts.vendors import VENDORS, sap
from tests.support.sap import DELIVERY, ITEM, NOW, ORDER, PROCESS, QUALITY, SALES, connection


@asynccontextmanager
async def reached(service: str, *steps: Callable[[Pact], None], password: str = "") -> AsyncIterator[SapService]:
    """A service as the adapter reaches it, and an SAP that says what these interactions say, and no more."""
    pact = Pact(sap.NAME, sap.PROVIDER).with_specification("V4")
    for step in (*([] if password else [sap.describes_whole(service)]), *steps):
        step(pact)
    with pact.serve(addr="127.0.0.1") as server:
        account = connection(str(server.url).rstrip("/"))
        account["credentials"]["password"] = password or account["credentials"]["password"]
        async with client(account, VirtualClock(NOW)) as http:
            yield SapService(SapSender(http), service)


async def test_the_adapter_reads_an_order_with_all_below_it_and_knows_what_is_not_there() -> None:
    async with reached(SALES, sap.reads_an_order, sap.finds_none) as service:
        order = await service.read("A_SalesOrder", "401", expand=("to_Item", "to_Partner"))
        assert await service.read("A_SalesOrder", "999") is None
    assert order is not None
    assert (order["RequestedDeliveryDate"], order.etag) == (date(2026, 12, 3), sap.ORDER_ETAG)
    assert [each["RequestedQuantity"] for each in order.links["to_Item"]] == [Decimal("1.000")]


async def test_the_adapter_follows_a_list_as_the_server_cuts_it_and_asks_for_what_changed() -> None:
    async with reached(QUALITY, sap.lists_lots, sap.lists_the_next_lots) as service:
        assert len(await all_where(service, "A_InspectionLot", "ManufacturingOrder", sap.PRODUCED)) == 2
    query = EntityQuery(
        filter="LastChangeDateTime ge '20261101061530'",
        select=("ManufacturingOrder", "LastChangeDateTime"),
        order_by=("LastChangeDateTime", "ManufacturingOrder"),
        top=10,
    )
    async with reached(PROCESS, sap.lists_what_changed) as service:
        (page,) = [page async for page in service.pages("A_ProcessOrder_2", query)]
    assert [each["ManufacturingOrder"] for each in page.entities] == [sap.PRODUCED]


async def test_the_adapter_makes_an_order_and_changes_it_in_one_session() -> None:
    async with reached(SALES, sap.gives_a_token, sap.makes_an_order, sap.changes_an_order) as service:
        made = await service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]})
        etag = await service.change("A_SalesOrder", "401", {"PurchaseOrderByCustomer": "DL-2"}, sap.ORDER_ETAG)
    assert made["SalesOrder"] == sap.ORDER
    assert etag != sap.ORDER_ETAG


async def test_the_adapter_hears_that_it_must_read_again() -> None:
    async with reached(SALES, sap.gives_a_token, sap.was_changed_meanwhile) as service:
        with pytest.raises(StateChanged, match="412"):
            await service.change("A_SalesOrder", "401", {"PurchaseOrderByCustomer": "DL-2"}, sap.OLD_ETAG)


async def test_the_adapter_posts_goods_issue_and_decides_about_a_lot() -> None:
    async with reached(DELIVERY, sap.gives_a_token, sap.posts_goods_issue) as service:
        (done,) = await service.call("PostGoodsIssue", {"DeliveryDocument": sap.DELIVERED}, etag=sap.DELIVERY_ETAG)
    assert done["SystemMessageType"] == "S"
    async with reached(QUALITY, sap.gives_a_token, sap.decides_about_a_lot) as service:
        decided = await service.create("A_InspLotUsageDecision", dict(sap.DECISION))
    assert decided["InspectionLotUsageDecisionCode"] == "A"


async def test_the_adapter_tells_a_no_with_its_reason_and_the_field() -> None:
    async with reached(SALES, sap.gives_a_token, sap.says_no) as service:
        with pytest.raises(Declined, match=r"400 .*/IWBEP/CM_MGW_RT/02\d: .*SoldToParty"):
            await service.create("A_SalesOrder", {**ORDER, "SoldToParty": "", "to_Item": [ITEM]})
    async with reached(SALES, sap.is_not_believed, password="another") as service:
        with pytest.raises(Declined, match="401"):
            await service.model()


def test_every_operation_of_the_adapter_stands_in_its_contract() -> None:
    asked = {
        (each["request"]["method"], each["request"]["path"].removeprefix(f"{sap.ROOT}/"))
        for each in interactions(file_of(sap.NAME, VENDORS))
    }  # fmt: skip
    assert asked == {
        ("GET", f"{SALES}/"),
        ("GET", f"{SALES}/$metadata"),
        ("GET", f"{SALES}/A_SalesOrder('401')"),
        ("GET", f"{SALES}/A_SalesOrder('999')"),
        ("GET", f"{PROCESS}/A_ProcessOrder_2"),
        ("GET", f"{QUALITY}/A_InspectionLot"),
        ("POST", f"{SALES}/A_SalesOrder"),
        ("PATCH", f"{SALES}/A_SalesOrder('401')"),
        ("POST", f"{DELIVERY}/PostGoodsIssue"),
        ("POST", f"{QUALITY}/A_InspLotUsageDecision"),
    }
