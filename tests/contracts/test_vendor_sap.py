"""The adapter of SAP works on what its contracts with SAP say: OData services, and function modules."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pact import Pact

from adapters.erp_sap.client import SapSender, SapService
from adapters.erp_sap.client.connection import SapConnection
from adapters.erp_sap.functions import port as function_port
from adapters.erp_sap.functions.client import SapFunctions
from adapters.erp_sap.functions.terms import CONFIRM, ISSUE, NEEDED
from adapters.erp_sap.odata.addresses import EntityQuery
from adapters.erp_sap.odata.errors import StateChanged
from adapters.erp_sap.reading import all_where
from adapters.erp_sap.settings import settings
from adapters.host.client import client
from adapters.mapping import AccountMapping, Mapped
from adapters.outbound import Declined
from services.kernel.clock import VirtualClock
from tests.contracts.files import file_of, interactions
from tests.contracts.vendors import VENDORS, sap, sap_functions
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


@asynccontextmanager
async def called(*steps: Callable[[Pact], None], password: str = "") -> AsyncIterator[SapConnection]:
    """The adapter with its function modules, and an SAP that answers these calls, and no more."""
    pact = Pact(sap_functions.NAME, sap_functions.PROVIDER).with_specification("V4")
    for step in steps:
        step(pact)
    terms = {"wsdl": sap_functions.TERMS.wsdl, "zone": sap_functions.TERMS.zone}
    given = Mapped(settings({"writes": sorted(NEEDED), "functions": terms}), AccountMapping("1"))
    with pact.serve(addr="127.0.0.1") as server:
        account = connection(str(server.url).rstrip("/"))
        account["credentials"]["password"] = password or account["credentials"]["password"]
        account.pop("csrf", None)
        async with client(account, VirtualClock(NOW)) as http:
            archive: Any = None
            yield SapConnection(given, http, archive)


def functions_of(connection: SapConnection) -> SapFunctions:
    assert connection.functions is not None
    return connection.functions


async def test_function_modules_tell_whether_a_run_is_confirmed_and_a_delivery_gone() -> None:
    async with called(sap_functions.finds_no_confirmation, sap_functions.finds_no_delivery) as there:
        assert await function_port.confirmed(there, sap_functions.YIELD) is None
        assert await function_port.issue(there, sap_functions.DELIVERY) == "SAP has no delivery 80000301"
    async with called(sap_functions.finds_a_confirmation, sap_functions.reads_a_confirmation) as there:
        found = await function_port.confirmed(there, sap_functions.YIELD)
    assert found == f"process order 1000101 was confirmed: {sap_functions.CONFIRMED}"
    async with called(sap_functions.finds_a_delivery_to_go) as there:
        assert await function_port.issued(there, sap_functions.DELIVERY) is None
    async with called(sap_functions.finds_a_delivery_gone) as there:
        assert await function_port.issued(there, sap_functions.DELIVERY) is not None


async def test_function_modules_change_and_commit_in_one_session_and_roll_back_what_was_refused() -> None:
    async with called(sap_functions.confirms, sap_functions.posts_goods_issue, sap_functions.commits) as there:
        values = function_port.confirmation(functions_of(there), sap_functions.TERMS, sap_functions.YIELD)
        await functions_of(there).change(CONFIRM, values)
        await functions_of(there).change(ISSUE, function_port.goods_issue(sap_functions.DELIVERY))
    async with called(sap_functions.is_told_no, sap_functions.rolls_back) as there:
        with pytest.raises(Declined, match="E RU/013: Order is not released"):
            await functions_of(there).change(CONFIRM, values)
    async with called(sap_functions.is_refused_goods_issue, sap_functions.rolls_back) as there:
        with pytest.raises(Declined, match="E VL/602: It was posted"):
            await functions_of(there).change(ISSUE, function_port.goods_issue(sap_functions.DELIVERY))
    async with called(sap_functions.is_not_believed, password="another") as there:
        with pytest.raises(Declined, match="401"):
            await function_port.issued(there, sap_functions.DELIVERY)


def test_every_function_module_that_is_called_stands_in_the_contract() -> None:
    """Those that are needed, and the two of transactions."""
    written = file_of(sap_functions.NAME, VENDORS).read_text()
    needed = {each.name for functions in NEEDED.values() for each in functions}
    for name in needed | {"BAPI_TRANSACTION_COMMIT", "BAPI_TRANSACTION_ROLLBACK"}:
        assert f"ns0:{name} " in written and f"n0:{name}Response " in written
