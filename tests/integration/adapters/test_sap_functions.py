"""A plant whose SAP is called by function modules: what a run yielded, and goods issues, each committed once."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from doselane.capacity.v1.capacity_pb2 import MeasuredYield, Production, Run
from doselane.capacity.v1.events_pb2 import RunProduced
from doselane.distribution.v1.events_pb2 import ShipmentHandedOver
from doselane.distribution.v1.shipment_pb2 import CustodyEntry, Shipment
from starlette.responses import Response

from adapters.erp_sap.client.connection import SapConnection
from adapters.erp_sap.functions.port import FUNCTION_REACTIONS
from adapters.erp_sap.preflight import look
from adapters.erp_sap.settings import settings
from adapters.host.client import client
from adapters.host.deliveries import Delivery, DeliveryState
from adapters.mapping import AccountMapping, Mapped
from adapters.outbound import Outgoing
from adapters.preflight import Area
from adapters.sandbox.sap import SapSystem, SapTwin, away
from adapters.sandbox.sap.function_modules import WSDL
from services.kernel.clock import VirtualClock
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.support.connecting import on_a_socket
from tests.support.couriers import NOW
from tests.support.postgres import Databases
from tests.support.sap_plant import (
    DELIVERIES,
    PASSWORD,
    PROCESS,
    USER,
    Plant,
    a_plant,
    erp_schema,
    outbound_delivery,
    process_order,
    sales_order,
)

RUN = f"runs/{uuid7()}"
TERMS = {"wsdl": str(WSDL), "zone": "Europe/Berlin"}
WRITES = ["function_yields", "function_goods_issues"]
PRODUCED, HANDED_OVER = "doselane.capacity.run.produced.v1", "doselane.distribution.shipment.handed_over.v1"
CONFIRM, COMMIT = "BAPI_PROCORDCONF_CREATE_HDR", "BAPI_TRANSACTION_COMMIT"


@pytest.fixture
async def plant(databases: Databases, tmp_path: Path) -> AsyncIterator[Plant]:
    dsn = await databases.prepared("sap", erp_schema)
    options: dict[str, Any] = {"reads": [], "writes": WRITES, "functions": TERMS, "odata": False}
    async with a_plant(dsn, tmp_path / "sap.yaml", **options) as found:
        yield found


def produced(order: str, kbq: int = 147_123_999, run: str = RUN) -> RunProduced:
    measured = MeasuredYield(activity_kbq=kbq, measure_time=stamp(NOW))
    return RunProduced(run=Run(name=run, production_order=order, production=Production(measured=measured)))


async def told(plant: Plant, message: RunProduced, *states: DeliveryState) -> Delivery:
    await plant.publish(PRODUCED, message, subject=message.run.name)
    return (await plant.ended(*states))[-1]


async def test_a_yield_is_confirmed_once_whatever_is_lost_and_another_one_is_left_to_people(plant: Plant) -> None:
    order = process_order(plant)
    modules = plant.twin.functions
    plant.twin.spoilt.append(lambda: Response("", 504))  # of the look
    sent = await told(plant, produced(order), DeliveryState.SENT)
    assert sent.words == f"process order {order} is confirmed"
    (made,) = modules.confirmations
    assert (made["ORDERID"], made["YIELD"], made["CONF_QUAN_UNIT"], made["FIN_CONF"]) == (order, "147.123", "GBQ", "X")
    day = plant.clock.now().astimezone(ZoneInfo("Europe/Berlin")).date().isoformat()
    assert (made["POSTG_DATE"], made["CONF_TEXT"]) == (day, RUN.partition("/")[2].replace("-", ""))
    assert plant.sap(PROCESS, "A_ProcessOrder_2", order)["MfgOrderConfirmedYieldQty"] == "147.123"
    # The same once more, as when a measurement is told again: it is there.
    again = await told(plant, produced(order), DeliveryState.SENT, DeliveryState.SENT)
    assert "was confirmed: 0000000001" in again.words
    parked = await told(
        plant, produced(order, 99_000_000), DeliveryState.SENT, DeliveryState.SENT, DeliveryState.PARKED
    )
    assert "was confirmed with 147.123 GBQ for this run, which has yielded 99.000" in parked.words
    assert len(modules.confirmations) == 1


async def test_a_commit_whose_answer_is_lost_is_looked_for_and_not_done_twice(plant: Plant) -> None:
    order = process_order(plant)
    modules = plant.twin.functions
    original = modules.answer
    lost: list[Response] = []

    def answer(request: Any, body: bytes) -> Response:
        found = original(request, body)
        if modules.calls[-1] == COMMIT and not lost:
            lost.append(found)
            return Response("<html>gone</html>", 502, media_type="text/html")
        return found

    modules.answer = answer  # type: ignore[method-assign]
    sent = await told(plant, produced(order), DeliveryState.SENT)
    assert "was confirmed: 0000000001" in sent.words
    assert modules.calls.count(CONFIRM) == modules.calls.count(COMMIT) == 1
    assert len(modules.confirmations) == 1


async def test_what_sap_refuses_is_parked_with_its_words_rolled_back_and_holds_up_nothing(plant: Plant) -> None:
    created = process_order(plant, OrderIsReleased="")
    good = process_order(plant, "1000102")
    parked = await told(plant, produced(created), DeliveryState.PARKED)
    assert "E RU/013: Order is not released" in parked.words
    modules = plant.twin.functions
    assert COMMIT not in modules.calls and modules.calls[-1] == "BAPI_TRANSACTION_ROLLBACK"
    sent = await told(plant, produced(good, run=f"runs/{uuid7()}"), DeliveryState.PARKED, DeliveryState.SENT)
    assert "is confirmed" in sent.words
    assert [each["ORDERID"] for each in modules.confirmations] == [good]


async def test_a_value_that_does_not_fit_is_parked_and_nothing_of_it_is_sent(plant: Plant) -> None:
    order = process_order(plant)
    parked = await told(plant, produced(order, 5 * 10**18), DeliveryState.PARKED)
    assert "YIELD takes 10 digits before the point" in parked.words
    assert CONFIRM not in plant.twin.functions.calls


async def test_goods_issue_is_posted_once_and_faults_are_told_apart(plant: Plant) -> None:
    number = outbound_delivery(plant, sales_order(plant)["SalesOrder"])
    shipment = Shipment(name="shipments/1", references=[number.lstrip("0"), "020-12345675", "99"])
    entry = CustodyEntry(time=stamp(NOW), from_party="facilities/north", to_party="partners/swift")
    said = ShipmentHandedOver(shipment=shipment, entry=entry)
    await plant.publish(HANDED_OVER, said)
    first, second = await plant.ended(DeliveryState.PARKED, DeliveryState.SENT)
    assert "is not completely picked" in first.words and second.words == "SAP has no delivery 99"
    plant.system.edit(DELIVERIES, "A_OutbDeliveryHeader", [number], OverallPickingStatus="C")
    modules = plant.twin.functions
    modules.faults += ["Server", "Server"]  # looked for, and looked for again
    plant.twin.faults.append(away)
    await plant.publish(HANDED_OVER, said)
    *_, third, fourth = await plant.ended(DeliveryState.PARKED, *[DeliveryState.SENT] * 3)
    assert f"goods issue of delivery {number.lstrip('0')} is posted" in (third.words, fourth.words)
    assert plant.sap(DELIVERIES, "A_OutbDeliveryHeader", number)["OverallGoodsMovementStatus"] == "C"
    await plant.publish(HANDED_OVER, said)
    *_, fifth, sixth = await plant.ended(DeliveryState.PARKED, *[DeliveryState.SENT] * 5)
    assert any("was posted already" in each.words for each in (fifth, sixth))
    assert modules.calls.count("BAPI_OUTB_DELIVERY_CONFIRM_DEC") == 2


async def test_a_commit_that_commits_nothing_is_noticed(plant: Plant) -> None:
    order = process_order(plant)
    plant.twin.functions.has_sessions = False
    parked = await told(plant, produced(order), DeliveryState.PARKED)
    assert "has stored nothing: make the service stateful" in parked.words
    assert plant.twin.functions.confirmations == []


async def test_a_check_asks_once_and_shows_what_would_be_sent() -> None:
    twin = SapTwin(SapSystem(VirtualClock(NOW)), USER, PASSWORD)
    async with on_a_socket(twin.app) as url:
        for password, path, found in (
            (PASSWORD, "", []),
            ("a-wrong-password-1", "", [Area.LOGIN]),
            (PASSWORD, "/sap/bc/srt/rfc/sap/other", [Area.SERVICE]),
        ):
            credentials = {"type": "basic", "user": USER, "password": password}
            options = settings({"writes": WRITES, "functions": {**TERMS, "path": path}})
            async with client({"url": url, "credentials": credentials}, VirtualClock(NOW)) as http:
                archive: Any = None
                report = await look(SapConnection(Mapped(options, AccountMapping("1", {})), http, archive))
            assert [each.area for each in report.findings] == found
            assert all(each.remedy for each in report.findings)
    assert twin.functions.calls == ["BAPI_DELIVERY_GETLIST"]  # of the account that is right, and nothing that changes
    assert b"<YIELD>148.123</YIELD>" in report.samples[1].body.encode()


def test_a_dry_run_shows_the_envelope() -> None:
    given = Mapped(settings({"writes": WRITES, "functions": TERMS}), AccountMapping("1", {}))
    body = {"order": "1000101", "run": RUN, "kbq": 147_123_999, "vials": None, "time": NOW.isoformat()}
    (confirmation, _) = FUNCTION_REACTIONS
    assert confirmation.written is not None
    shown = confirmation.written(given, Outgoing("x", json.dumps(body).encode(), NOW))
    assert b"<YIELD>147.123</YIELD>" in shown and b"<ORDERID>000001000101</ORDERID>" in shown
