"""What goes wrong between us and SAP Gateway: sessions, lost answers, repetitions."""

import asyncio
import logging
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from starlette.responses import Response

from adapters.erp_sap.client import RequestIdentity
from adapters.erp_sap.odata.errors import AlreadyExecuted, RepetitionRefused
from adapters.outbound import Away, Declined, Uncertain
from adapters.sandbox.sap import away
from tests.support.sap import ITEM, NOW, ORDER, SALES, SapBench

IDENTITY = RequestIdentity(UUID("0a1b2c3d4e5f60718293a4b5c6d7e8f9"), NOW + timedelta(microseconds=5))


async def test_one_session_serves_many_and_one_that_is_over_is_replaced(sap: SapBench) -> None:
    service = sap.service(SALES)
    await asyncio.gather(*(service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]}) for _ in range(5)))
    assert sap.twin.fetched == 1
    sap.twin.expire_session()
    await service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]})
    assert (sap.twin.fetched, len(sap.twin.executed)) == (2, 6)


async def test_a_session_is_of_the_client_that_the_account_names(sap: SapBench) -> None:
    service = sap.service(SALES, client="200", language="EN")
    await service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]})
    assert sap.twin.fetched == 1


async def test_what_is_forbidden_is_not_sent_again(sap: SapBench) -> None:
    service = sap.service(SALES)
    made = await service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]})
    calls = len(sap.twin.calls)
    sap.twin.faults.append(lambda: Response("No authorization", 403, media_type="text/plain"))
    with pytest.raises(Declined, match="403: No authorization"):
        await service.change("A_SalesOrder", "401", {"PurchaseOrderByCustomer": "x"}, made.etag)
    assert len(sap.twin.calls) == calls + 1


async def test_a_side_that_is_away_is_away_before_and_uncertain_after_a_change(sap: SapBench) -> None:
    service = sap.service(SALES)
    await service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]})
    sap.twin.faults.append(away)
    with pytest.raises(Away, match="503: Service Unavailable"):
        await service.read("A_SalesOrder", "401")
    for status in (500, 502, 503, 504):
        sap.twin.spoilt.append(lambda status=status: away(status))
        with pytest.raises(Uncertain, match=str(status)):
            await service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]})
    sap.twin.faults.append(lambda: Response("", 429, {"retry-after": "7"}))
    with pytest.raises(Away) as busy:
        await service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]})
    assert busy.value.retry_after == timedelta(seconds=7)
    sap.twin.spoilt.append(lambda: Response("<html>Log on</html>", 200, media_type="text/html"))
    with pytest.raises(Uncertain, match="no JSON: 200: Log on"):
        await service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]})
    sap.twin.spoilt.append(lambda: Response('{"d":', 201, media_type="application/json"))
    with pytest.raises(Uncertain, match="was made, and the answer"):
        await service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]})


async def test_a_change_whose_answer_does_not_come_is_uncertain(sap: SapBench) -> None:
    service = sap.service(SALES)
    await service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]})
    sap.twin.held = asyncio.Event()
    sap.http.timeout = httpx.Timeout(0.2)
    with pytest.raises(Uncertain, match="ReadTimeout"):
        await service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]})
    sap.twin.held.set()
    sap.http.timeout = httpx.Timeout(20)
    assert await service.read("A_SalesOrder", "402") is not None


async def test_a_repetition_is_executed_once_and_answered_as_the_first_time(sap: SapBench) -> None:
    service = sap.service(SALES, repeats=True)
    values = {**ORDER, "to_Item": [ITEM]}
    sap.twin.spoilt.append(lambda: away(502))
    with pytest.raises(Away, match="502"):
        await service.create("A_SalesOrder", values, IDENTITY)
    made = await service.create("A_SalesOrder", values, IDENTITY)
    assert (made["SalesOrder"], len(sap.twin.executed)) == ("0000000401", 1)
    sap.twin.forget_answers()
    with pytest.raises(AlreadyExecuted, match="RequestID is outdated"):
        await service.create("A_SalesOrder", values, IDENTITY)
    assert len(sap.twin.executed) == 1


async def test_repetitions_are_trusted_only_of_a_server_that_heeds_them(sap: SapBench) -> None:
    sap.twin.knows_repetitions = False
    service = sap.service(SALES)
    sap.twin.spoilt.append(lambda: away(502))
    with pytest.raises(Uncertain, match="502"):
        await service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]}, IDENTITY)
    sap.twin.knows_repetitions = True
    await service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]}, IDENTITY)  # which says that it was accepted
    sap.twin.spoilt.append(lambda: away(502))
    with pytest.raises(Away, match="502"):
        await service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]}, IDENTITY)
    sap.twin.refuses_repetitions = True
    with pytest.raises(RepetitionRefused, match="not supported"):
        await service.create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]}, IDENTITY)


async def test_what_sap_adds_to_a_success_is_logged(sap: SapBench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    sap.twin.messages = '{"code":"V1/555","message":"Credit was not checked","severity":"warning","details":[]}'
    await sap.service(SALES).create("A_SalesOrder", {**ORDER, "to_Item": [ITEM]})
    assert "warning V1/555: Credit was not checked" in caplog.text
