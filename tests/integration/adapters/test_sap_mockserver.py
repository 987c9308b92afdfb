"""The client against SAP's own mock server, which is driven by metadata and knows neither sessions nor ETags."""

import asyncio
import asyncio.subprocess
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.erp_sap.client import SapSender, SapService
from adapters.erp_sap.odata import requests
from adapters.erp_sap.odata.addresses import EntityQuery, condition
from adapters.erp_sap.odata.batch import BatchOperation, ChangeSet, ChangeSetAnswer, OperationAnswer
from adapters.erp_sap.odata.values import ValueFault
from adapters.host.client import client
from adapters.outbound import Declined
from adapters.sandbox.sap.edmx import SERVICES
from services.kernel.clock import SystemClock
from tests.support.sap import ITEM, ORDER, ROOT, SALES
from tests.support.tools import SAP_MOCKSERVER, sap_mockserver

PATIENCE_S = 90.0


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[SapService]:
    """The sales orders of a server of its own."""
    modules = await asyncio.to_thread(sap_mockserver)
    arguments = [str(modules), str(SERVICES / f"{SALES}.edmx"), f"{ROOT}/{SALES}", str(tmp_path)]
    program = SAP_MOCKSERVER / "serve.js"
    process = await asyncio.create_subprocess_exec(
        "node", str(program), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while not (line := await process.stdout.readline()).startswith(b"PORT "):
                assert line, "the server ended before it listened"
        async with client({"url": f"http://127.0.0.1:{int(line[5:])}"}, SystemClock()) as http:
            yield SapService(SapSender(http), SALES)
    finally:
        process.kill()
        await process.wait()


async def test_what_we_send_is_taken_and_what_it_answers_is_read(service: SapService) -> None:
    made = await service.create("A_SalesOrder", {**ORDER, "to_Item": [{**ITEM, "RequestedQuantity": Decimal("2.500")}]})
    (item,) = made.links["to_Item"]
    assert item["RequestedQuantity"] == Decimal("2.5")
    number = str(made["SalesOrder"])
    read = await service.read("A_SalesOrder", number, expand=("to_Item",))
    assert read is not None and read["RequestedDeliveryDate"] == date(2026, 12, 3)
    # It fills days with the present instant, which is no day; the rest of the order is read all the same.
    with pytest.raises(ValueFault, match="CreationDate: is a day"):
        read["CreationDate"]


async def test_filters_counts_and_pages_are_understood(service: SapService) -> None:
    for name in ("a first & more", "another", "a third"):
        await service.create("A_SalesOrder", {**ORDER, "PurchaseOrderByCustomer": name})
    model = await service.model()
    order = model.entity_set("A_SalesOrder").type

    async def found(query: EntityQuery) -> list[object]:
        pages = [page async for page in service.pages("A_SalesOrder", query)]
        return [each["PurchaseOrderByCustomer"] for page in pages for each in page.entities]

    quoted = condition(model, order, "PurchaseOrderByCustomer", "eq", "a first & more")
    assert await found(EntityQuery(filter=quoted)) == ["a first & more"]
    day = condition(model, order, "RequestedDeliveryDate", "eq", date(2026, 12, 3))
    third = condition(model, order, "PurchaseOrderByCustomer", "startswith", "a third")
    assert await found(EntityQuery(filter=f"{day} and {third}", counts=True)) == ["a third"]
    ordered = EntityQuery(order_by=("PurchaseOrderByCustomer",), top=1, skip=1, counts=True)
    assert await found(ordered) == ["a third"]
    with pytest.raises(Declined, match="404"):
        await service.read("A_SalesOrder", "999")


async def test_a_batch_is_taken_apart_as_it_was_put_together(service: SapService) -> None:
    model = await service.model()
    make = requests.creation(model, "A_SalesOrder", {**ORDER, "PurchaseOrderByCustomer": "ü"}, "1")
    more = requests.creation(model, "A_SalesOrder", ORDER, "2")
    reading = BatchOperation("GET", "A_SalesOrder", {"accept": "application/json"})
    before, made, after = await service.batch((reading, ChangeSet((make, more)), reading))
    assert isinstance(made, ChangeSetAnswer) and [each.status for each in made.answers] == [201, 201]
    assert isinstance(before, OperationAnswer) and isinstance(after, OperationAnswer)
    assert b'"results":[]' in before.body and "ü".encode() in after.body
