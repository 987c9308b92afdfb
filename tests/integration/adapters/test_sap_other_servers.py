"""The client against servers of OData V2 that nobody here wrote: what they enforce, ours must do too."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import date, datetime
from decimal import Decimal

import httpx
import pytest
from mocksap.server import Config, make_server

from adapters.erp_sap.client import SapSender, SapService
from adapters.erp_sap.odata import requests
from adapters.erp_sap.odata.addresses import EntityQuery, condition
from adapters.erp_sap.odata.batch import BatchOperation, ChangeSet, ChangeSetAnswer, OperationAnswer
from adapters.erp_sap.odata.errors import StateChanged
from adapters.erp_sap.odata.metadata import read_v2
from adapters.erp_sap.odata.model import DefinitionFault
from adapters.host.client import client
from adapters.outbound import Away, Declined, Uncertain
from services.kernel.clock import SystemClock
from tests.support.sap import ITEM, ORDER, PASSWORD, SALES, USER, connection

PARTY = {**ORDER, "SoldToParty": "1000004", "to_Item": [ITEM]}


@pytest.fixture(scope="module")
def mock_sap() -> AsyncIterator[str]:
    """The address of a server of `mock-sap`."""
    config = Config(port=0, quiet=True, basic_auth=f"{USER}:{PASSWORD}", require_if_match=True)
    server = make_server(config)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
async def http(mock_sap: str) -> AsyncIterator[httpx.AsyncClient]:
    async with client(connection(mock_sap), SystemClock()) as reaching:
        yield reaching


async def test_an_order_is_made_read_and_changed_as_its_metadata_say(http: httpx.AsyncClient) -> None:
    service = SapService(SapSender(http, client="100"), SALES)
    made = await service.create("A_SalesOrder", PARTY)
    number = str(made["SalesOrder"])
    order = await service.read("A_SalesOrder", number, expand=("to_Item",))
    assert order is not None
    day = order["RequestedDeliveryDate"]
    assert isinstance(day, datetime) and day.date() == date(2026, 12, 3)
    (item,) = order.links["to_Item"]
    assert (item["Material"], item["RequestedQuantity"]) == ("LU177-DOSE", Decimal(1))
    etag = await service.change("A_SalesOrder", number, {"PurchaseOrderByCustomer": "DL-2"}, order.etag)
    with pytest.raises(StateChanged, match="412"):
        await service.change("A_SalesOrder", number, {"PurchaseOrderByCustomer": "DL-3"}, order.etag)
    await service.change_latest("A_SalesOrder", number, lambda there: {"PurchaseOrderByCustomer": "DL-4"})
    read = await service.read("A_SalesOrder", number)
    assert read is not None and read["PurchaseOrderByCustomer"] == "DL-4" and read.etag != etag
    assert await service.read("A_SalesOrder", "9999999999") is None


async def test_lists_are_filtered_and_counted(http: httpx.AsyncClient) -> None:
    service = SapService(SapSender(http), SALES)
    made = await service.create("A_SalesOrder", {**PARTY, "PurchaseOrderByCustomer": "it's & 100%+1"})
    model = await service.model()
    order = model.entity_set("A_SalesOrder").type
    text = condition(model, order, "PurchaseOrderByCustomer", "eq", "it's & 100%+1")
    pages = [page async for page in service.pages("A_SalesOrder", EntityQuery(filter=text, counts=True, top=5))]
    assert [(each["SalesOrder"], page.count) for page in pages for each in page.entities] == [(made["SalesOrder"], 1)]


async def test_change_sets_are_all_or_nothing(http: httpx.AsyncClient) -> None:
    service = SapService(SapSender(http), SALES)
    model = await service.model()
    number = str((await service.create("A_SalesOrder", PARTY))["SalesOrder"])
    there = await service.read("A_SalesOrder", number)
    assert there is not None

    def parts(etag: str) -> tuple[ChangeSet, BatchOperation]:
        make = requests.creation(model, "A_SalesOrder", {**PARTY, "PurchaseOrderByCustomer": f"batch {number}"}, "1")
        values = {"PurchaseOrderByCustomer": "changed"}
        change = requests.changing(model, "A_SalesOrder", number, values, etag, content_id="2")
        return ChangeSet((make, change)), BatchOperation("GET", f"A_SalesOrder('{number}')", {"accept": requests.JSON})

    async def count() -> int | None:
        text = condition(model, model.sets["A_SalesOrder"].type, "PurchaseOrderByCustomer", "eq", f"batch {number}")
        pages = service.pages("A_SalesOrder", EntityQuery(filter=text, counts=True))
        (found,) = [page.count async for page in pages]
        return found

    failed, read = await service.batch(parts('W/"stale"'))
    assert isinstance(failed, ChangeSetAnswer) and failed.error is not None and failed.error.status == 412
    assert isinstance(read, OperationAnswer) and read.is_success
    assert await count() == 0
    done, read = await service.batch(parts(there.etag))
    assert isinstance(done, ChangeSetAnswer) and [each.status for each in done.answers] == [201, 204]
    assert isinstance(read, OperationAnswer) and b"changed" in read.body
    assert await count() == 1


async def test_a_delivery_of_an_order_is_made(http: httpx.AsyncClient) -> None:
    number = (await SapService(SapSender(http), SALES).create("A_SalesOrder", PARTY))["SalesOrder"]
    service = SapService(SapSender(http), "API_OUTBOUND_DELIVERY_SRV")
    reference = {"ReferenceSDDocument": number, "ReferenceSDDocumentItem": "10"}
    made = await service.create("A_OutbDeliveryHeader", {"to_DeliveryDocumentItem": [reference]})
    read = await service.read("A_OutbDeliveryHeader", made["DeliveryDocument"], expand=("to_DeliveryDocumentItem",))
    assert read is not None and read.etag
    (item,) = read.links["to_DeliveryDocumentItem"]
    assert item["ReferenceSDDocument"] == number


@pytest.mark.parametrize(
    ("scenario", "read", "changed"),
    [
        ("error", Away, Uncertain),
        ("busy", Away, Uncertain),
        ("auth", Declined, Declined),
        ("forbidden", Declined, Declined),
        ("lock", Declined, Declined),
        ("precondition", StateChanged, StateChanged),
    ],
)
async def test_its_faults_mean_what_they_are(
    http: httpx.AsyncClient, scenario: str, read: type[Exception], changed: type[Exception]
) -> None:
    service = SapService(SapSender(http), SALES)
    await service.create("A_SalesOrder", PARTY)
    http.headers["sap-mock-scenario"] = scenario
    with pytest.raises(read):
        [page async for page in service.pages("A_SalesOrder", EntityQuery(top=1))]
    with pytest.raises(changed):
        await service.create("A_SalesOrder", PARTY)


async def test_a_service_of_v4_is_refused_in_words(http: httpx.AsyncClient) -> None:
    path = "/sap/opu/odata4/sap/api_salesorder/srvd_a2x/sap/api_salesorder/0001/$metadata"
    document = (await http.get(path)).content
    with pytest.raises(DefinitionFault, match="service api_salesorder: it speaks OData V4, which is not supported yet"):
        read_v2("api_salesorder", document)


async def test_many_at_once_share_one_session(http: httpx.AsyncClient) -> None:
    service = SapService(SapSender(http), SALES)
    made = await asyncio.gather(*(service.create("A_SalesOrder", PARTY) for _ in range(4)))
    assert len({each["SalesOrder"] for each in made}) == 4
    assert all(str(each["SalesOrder"]).isdigit() for each in made)
