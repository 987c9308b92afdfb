"""Many requests in one on a socket: change sets are done as a whole or not at all."""

import json

import pytest
from starlette.responses import Response

from adapters.erp_sap.odata import requests
from adapters.erp_sap.odata.batch import BatchOperation, ChangeSet, ChangeSetAnswer, OperationAnswer
from adapters.erp_sap.odata.entities import body_to_create, entity_of, read_body
from adapters.outbound import Away, Uncertain
from tests.support.sap import ITEM, ORDER, SALES, SapBench


async def test_a_batch_reads_and_changes_and_its_parts_are_answered_each(sap: SapBench) -> None:
    service = sap.service(SALES)
    model = await service.model()
    made = await service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]})
    first = requests.creation(model, "A_SalesOrder", {**ORDER, "to_Item": [ITEM]}, "1")
    item_body = json.dumps(body_to_create(model, model.type("A_SalesOrderItemType"), ITEM)).encode()
    below = BatchOperation("POST", "$1/to_Item", first.headers, item_body, "2")
    reading = BatchOperation("GET", "A_SalesOrder('401')?$format=json", {"accept": "application/json"})
    read, changed, late = await service.batch((reading, ChangeSet((first, below)), reading))
    assert isinstance(read, OperationAnswer) and isinstance(changed, ChangeSetAnswer) and late == read
    order, item = changed.answers
    assert (order.status, order.content_id, item.status, item.content_id) == (201, "1", 201, "2")
    entity = entity_of(model, model.type("A_SalesOrderItemType"), read_body(item.body))
    assert (entity["SalesOrder"], entity["SalesOrderItem"]) == ("0000000402", "000020")
    assert entity_of(model, model.type("A_SalesOrderType"), read_body(read.body)).etag == made.etag


async def test_a_change_set_is_done_as_a_whole_or_not_at_all(sap: SapBench) -> None:
    service = sap.service(SALES)
    model = await service.model()
    made = await service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]})
    events = len(sap.events)
    good = requests.creation(model, "A_SalesOrder", {**ORDER, "to_Item": [ITEM]}, "1")
    stale = requests.changing(model, "A_SalesOrder", "401", {"PurchaseOrderByCustomer": "x"}, 'W/"1"', content_id="2")
    reading = BatchOperation("GET", "A_SalesOrder('401')", {"accept": "application/json"})
    failed, read = await service.batch((ChangeSet((good, stale)), reading))
    assert isinstance(failed, ChangeSetAnswer) and failed.error is not None and not failed.answers
    assert failed.error.status == 412
    assert b'"ContentID": "2"' in failed.error.body
    assert isinstance(read, OperationAnswer) and read.is_success
    assert await service.read("A_SalesOrder", "402") is None
    assert len(sap.events) == events
    right = requests.changing(model, "A_SalesOrder", "401", {"PurchaseOrderByCustomer": "x"}, made.etag, content_id="2")
    (done,) = await service.batch((ChangeSet((good, right)),))
    assert isinstance(done, ChangeSetAnswer) and [each.status for each in done.answers] == [201, 204]


async def test_a_batch_whose_answer_is_cut_is_uncertain_where_it_changes_something(sap: SapBench) -> None:
    service = sap.service(SALES)
    model = await service.model()
    good = requests.creation(model, "A_SalesOrder", {**ORDER, "to_Item": [ITEM]}, "1")
    kind = "multipart/mixed; boundary=R"
    sap.twin.spoilt.append(lambda: Response(b"--R\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 2", 202, {}, kind))
    with pytest.raises(Uncertain, match="was cut"):
        await service.batch((ChangeSet((good,)),))
    sap.twin.spoilt.append(lambda: Response(b"<html>", 200, {}, "text/html"))
    with pytest.raises(Away, match="no multipart"):
        await service.batch((BatchOperation("GET", "A_SalesOrder"),))
