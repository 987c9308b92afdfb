"""A plant that works with SAP: documents are read when events name them or not, and what came of them is written back."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from doselane.capacity.v1.capacity_pb2 import MeasuredYield, Production, Run
from doselane.capacity.v1.events_pb2 import RunProduced
from doselane.distribution.v1.events_pb2 import ShipmentHandedOver
from doselane.distribution.v1.shipment_pb2 import CustodyEntry, Shipment
from doselane.erp.v1 import erp_pb2, events_pb2
from doselane.quality.v1.batch_pb2 import Batch
from doselane.quality.v1.events_pb2 import BatchCertifiedForUse, BatchRejected
from doselane.slotting.v1.events_pb2 import OrderDecided, SlotConfirmed
from doselane.slotting.v1.order_pb2 import DoseOrder
from doselane.slotting.v1.slotting_pb2 import Slot
from doselane.type.v1.type_pb2 import Activity
from google.protobuf.message import Message
from pydantic import SecretStr
from starlette.responses import Response

from adapters.erp_sap import ADAPTER
from adapters.host import deliveries
from adapters.host.deliveries import Delivery, State
from adapters.host.main import SCHEMA, service
from adapters.host.settings import Settings
from adapters.sandbox.sap import SapSystem, SapTwin, away
from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database, migrate
from services.kernel.event import Event
from services.kernel.event_log import event_of
from services.kernel.http import HttpServer
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.support.couriers import NOW
from tests.support.postgres import Databases
from tests.support.tokens import Issuer

PLANT = "partners/plant"
USER, PASSWORD, KEY = "DOSELANE", "a-long-password-1", "the-key-of-the-webhook-1"
PROCESS, LOTS = "API_PROCESS_ORDER_2_SRV", "API_INSPECTIONLOT_SRV"
DELIVERIES, SALES = "API_OUTBOUND_DELIVERY_SRV", "API_SALES_ORDER_SRV"
MAPPING = """\
version: 1
fields: {yield.run: OrderLongText, order_outcome.outcome: SDDocumentReason}
tables:
  product: {LU177-DOSE: products/lu-ligand}
  line: {"0001": facilities/north/lines/a}
  site: {"17100001": sites/lakeside}
  outcome: {OK: PROMISED, "NO": REFUSED}
"""
ALL = ["production_orders", "inspection_lots", "outbound_deliveries", "sales_orders"]
OPTIONS: Mapping[str, Any] = {
    "reads": ALL,
    "writes": ["yields", "usage_decisions", "goods_issues", "order_outcomes", "new_sales_orders"],
    "client": "100",
    "origins": ["sap.northlake.example"],
    "production": {"products/lu-ligand": {"vials": 20, "vial_mbq_max": 12000, "claim_cutoff_minutes": 240}},
    "plant_zones": {"1010": "Europe/Berlin"},
    "site_zones": {"sites/lakeside": "America/Chicago"},
    "administration": {"begin": "08:00", "end": "16:00"},
    "usage_decision": {
        "plant": "1010", "selected_set": "UD", "code_group": "UD", "accepted": "A", "rejected": "R",
    },
    "new_sales_order": {
        "order_type": "OR", "organization": "1710", "distribution_channel": "10", "division": "00", "sold_to": "17100001",
    },
    "refused_block": "01",
}  # fmt: skip
ORDER = {
    "ManufacturingOrderType": "YBM1", "Material": "LU177-DOSE", "ProductionPlant": "1010", "ProductionVersion": "0001",
    "TotalQuantity": "148.500", "ProductionUnit": "GBQ", "MfgOrderPlannedEndDate": "/Date(1796256000000)/",
    "MfgOrderPlannedEndTime": "PT06H30M00S", "OrderIsReleased": "X",
}  # fmt: skip


@dataclass
class Plant:
    """A host of ERPs that reaches the twin of SAP."""

    database: Database
    bus: MemoryBus
    clock: VirtualClock
    system: SapSystem
    twin: SapTwin
    door: httpx.AsyncClient

    def sap(self, service: str, entity: str, *key: str) -> dict[str, Any]:
        """An entity as SAP has it."""
        of = self.system.services[service]
        return self.system.find(of, of.sets[entity].type, key)

    def all(self, service: str, entity: str) -> list[dict[str, Any]]:
        of = self.system.services[service]
        return self.system.all(of, of.sets[entity].type)

    async def publish(self, kind: str, message: Message, *, partner: str = "", subject: str = "x/1") -> Event:
        data = message.SerializeToString()
        event = Event(uuid7(), kind, "", subject, 1, self.clock.now(), data, partner=partner)
        await self.bus.publish(".".join(kind.split(".")[:2]), [event])
        return event

    async def told(self, kind: str) -> list[Any]:
        rows = await self.database.pool.fetch("SELECT * FROM outbox ORDER BY seq")
        events = [each for each in map(event_of, rows) if each.type == f"doselane.erp.{kind}.v1"]
        assert all(event.partner == PLANT for event in events)
        message = {
            "production_order.changed": events_pb2.ProductionOrderChanged,
            "inspection_lot.changed": events_pb2.InspectionLotChanged,
            "outbound_delivery.changed": events_pb2.OutboundDeliveryChanged,
            "order.changed": events_pb2.OrderChanged,
        }[kind]
        return [getattr(each, each.DESCRIPTOR.fields[3].name) for each in (message.FromString(e.data) for e in events)]

    async def first(self, kind: str, number: int = 1) -> list[Any]:
        async def holds() -> bool:
            return len(await self.told(kind)) >= number

        await self.until(holds)
        return await self.told(kind)

    async def deliveries(self) -> list[Delivery]:
        found = await deliveries.page(self.database.pool, partner=None, states=(), before=None, limit=100)
        return found[::-1]

    async def ended(self, *states: State) -> list[Delivery]:
        async def holds() -> bool:
            return [each.state for each in await self.deliveries()] == list(states)

        await self.until(holds)
        return await self.deliveries()

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(60):
            while not await holds():
                due = await self.database.pool.fetchval(
                    "SELECT min(next_at) FROM delivery WHERE state = 1 HAVING bool_and(lease_until IS NULL)"
                )
                if due is not None and due > self.clock.now():
                    self.clock.advance_to(due)
                await asyncio.sleep(0.02)


async def erp_schema(dsn: str) -> None:
    database = await Database.connect(dsn, "erp", pool_size=2)
    await migrate(database, SCHEMA)
    await database.close()


@pytest.fixture
async def dsn(databases: Databases) -> str:
    return await databases.prepared("sap", erp_schema)


@asynccontextmanager
async def a_plant(
    dsn: str, mapping: Path, *, manufacturer: bool = True, seconds: float = 0.05, **changes: Any
) -> AsyncIterator[Plant]:
    clock = VirtualClock(NOW + timedelta(hours=1))
    system = SapSystem(clock)
    twin = SapTwin(system, USER, PASSWORD)
    other_side = HttpServer(twin.app, "127.0.0.1:0")
    await other_side.start()
    mapping.write_text(MAPPING)
    root = f"http://127.0.0.1:{other_side.port}"
    polls = {each.name: seconds for each in ADAPTER.polls} | changes.pop("every", {})
    account = {
        "partner": PLANT, "adapter": "erp_sap", "manufacturer": manufacturer, "mapping": str(mapping),
        "options": {**OPTIONS, **changes},
        "auth": {"type": "header_key", "header": "x-api-key", "secrets": [KEY]},
        "connection": {
            "url": root, "credentials": {"type": "basic", "user": USER, "password": PASSWORD},
            "csrf": {"token_url": f"{root}/sap/opu/odata/sap/{PROCESS}/"}, "every": polls,
        },
    }  # fmt: skip
    database, bus = await Database.connect(dsn, "erp", pool_size=6), MemoryBus()
    settings = Settings(accounts=SecretStr(json.dumps({"s4": account})), look_every=timedelta(seconds=0.02))
    host = service(settings, database, bus, Issuer().verifier(), clock=clock, adapters={"erp_sap": ADAPTER})
    tasks = [asyncio.ensure_future(each()) for each in host.background]
    server = HttpServer(host.door, "127.0.0.1:0")
    await server.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as door:
            yield Plant(database, bus, clock, system, twin, door)
    finally:
        await server.stop(1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await other_side.stop(0)
        await database.close()


@pytest.fixture
async def plant(dsn: str, tmp_path: Path) -> AsyncIterator[Plant]:
    async with a_plant(dsn, tmp_path / "sap.yaml") as found:
        yield found


async def test_a_process_order_is_told_of_when_it_is_made_changed_and_deleted(plant: Plant) -> None:
    number = process_order(plant)
    (order,) = await plant.first("production_order.changed")
    assert (order.production_order, order.state) == (number, erp_pb2.ProductionOrder.RELEASED)
    assert order.pledged.reference_activity_kbq == 148_500_000
    plant.system.edit(PROCESS, "A_ProcessOrder_2", [number], TotalQuantity="100.000")
    _, second = await plant.first("production_order.changed", 2)
    assert second.pledged.reference_activity_kbq == 100_000_000
    assert order.state_time.ToDatetime() <= second.state_time.ToDatetime()
    plant.system.edit(PROCESS, "A_ProcessOrder_2", [number], OrderIsDeleted="X")
    told = await plant.first("production_order.changed", 3)
    assert [each.state for each in told] == [2, 2, 3]


def process_order(plant: Plant, number: str = "1000101", **changes: Any) -> str:
    """The number of a process order that people made in SAP."""
    made = plant.system.put(PROCESS, "A_ProcessOrder_2", ManufacturingOrder=number, **{**ORDER, **changes})
    return str(made["ManufacturingOrder"])


def inspection_lot(plant: Plant, order: str, number: str = "40000000201") -> str:
    """The number of an inspection lot of a process order."""
    made = plant.system.put(
        LOTS, "A_InspectionLot", InspectionLot=number, Material="LU177-DOSE", Plant="1010", InspectionLotType="04",
        ManufacturingOrder=order, Batch="B-1",
    )  # fmt: skip
    return str(made["InspectionLot"])


def sales_order(plant: Plant, reference: str = "PO-7", **changes: Any) -> dict[str, Any]:
    """A sales order for one dose, as people enter it in SAP."""
    with plant.system.unit():
        of = plant.system.services[SALES]
        body = {
            "SalesOrderType": "OR", "SalesOrganization": "1710", "DistributionChannel": "10",
            "OrganizationDivision": "00", "SoldToParty": "17100001", "PurchaseOrderByCustomer": reference,
            "RequestedDeliveryDate": "/Date(1796256000000)/",
            "to_Item": [{"Material": "LU177-DOSE", "RequestedQuantity": "1", "RequestedQuantityUnit": "EA"}],
            **changes,
        }  # fmt: skip
        return plant.system.create(of, of.sets["A_SalesOrder"].type, body, None)


async def test_a_sales_order_states_an_order_and_learns_what_came_of_it(plant: Plant) -> None:
    made = sales_order(plant)
    (order,) = await plant.first("order.changed")
    assert (order.order_reference, order.site, order.product) == ("PO-7", "sites/lakeside", "products/lu-ligand")
    assert order.system_reference == f"{made['SalesOrder']}/000010"
    slot = Slot(name="slots/01931f8e-7c1a-7000-8000-000000000001")
    said = OrderDecided(
        order=order, outcome=OrderDecided.PROMISED, slot=slot, adapter="erp_sap", message=f"messages/{uuid7()}"
    )
    await plant.publish("doselane.slotting.order.decided.v1", said, partner=PLANT)
    (sent,) = await plant.ended(State.SENT)
    assert sent.words == f"sales order {made['SalesOrder']} tells PROMISED"
    found = plant.sap(SALES, "A_SalesOrder", made["SalesOrder"])
    assert found["SDDocumentReason"] == "OK"
    assert found["PurchaseOrderByShipToParty"] == "01931f8e7c1a70008000000000000001"
    assert found["DeliveryBlockReason"] == ""
    refused = OrderDecided(order=order, outcome=OrderDecided.REFUSED, adapter="erp_sap", message=f"messages/{uuid7()}")
    await plant.publish("doselane.slotting.order.decided.v1", refused, partner=PLANT)
    await plant.ended(State.SENT, State.SENT)
    found = plant.sap(SALES, "A_SalesOrder", made["SalesOrder"])
    assert (found["SDDocumentReason"], found["DeliveryBlockReason"]) == ("NO", "01")
    assert found["PurchaseOrderByShipToParty"] == ""


async def test_what_was_written_by_us_is_no_new_statement(plant: Plant) -> None:
    """What we write changes the order, so it is read again, and says the same as before under another state."""
    made = sales_order(plant)
    (order,) = await plant.first("order.changed")
    said = OrderDecided(order=order, outcome=OrderDecided.PROMISED, adapter="erp_sap", message=f"messages/{uuid7()}")
    await plant.publish("doselane.slotting.order.decided.v1", said, partner=PLANT)
    await plant.ended(State.SENT)
    _, again = await plant.first("order.changed", 2)
    assert again.order_reference == order.order_reference
    again.state_time.CopyFrom(order.state_time)
    assert again == order
    assert plant.sap(SALES, "A_SalesOrder", made["SalesOrder"])["SDDocumentReason"] == "OK"


async def test_the_outcome_of_somebody_elses_order_or_of_another_adapter_is_not_written(plant: Plant) -> None:
    made = sales_order(plant)
    (order,) = await plant.first("order.changed")
    said = OrderDecided(order=order, outcome=OrderDecided.PROMISED, adapter="erp_sap", message=f"messages/{uuid7()}")
    await plant.publish("doselane.slotting.order.decided.v1", said, partner="partners/other")
    other = OrderDecided(order=order, outcome=OrderDecided.PROMISED, adapter="crm_salesforce")
    await plant.publish("doselane.slotting.order.decided.v1", other, partner=PLANT)
    last = OrderDecided(order=order, outcome=OrderDecided.REFUSED, adapter="erp_sap", message=f"messages/{uuid7()}")
    await plant.publish("doselane.slotting.order.decided.v1", last, partner=PLANT)
    await plant.ended(State.SENT)
    assert plant.sap(SALES, "A_SalesOrder", made["SalesOrder"])["SDDocumentReason"] == "NO"


async def test_an_event_that_is_pushed_is_read_back_at_once(dsn: str, tmp_path: Path) -> None:
    never = {each.name: 3600 for each in ADAPTER.polls if each.name != "sap.notified"}
    async with a_plant(dsn, tmp_path / "sap.yaml", every=never) as plant:
        await plant.until(lambda: _looked(plant, len(never)))  # the polls' first rounds are over
        told: list[Any] = []
        plant.system.events_with_zeros = False
        plant.system.listeners.append(told.append)
        number = process_order(plant)
        (event,) = told
        assert event["data"]["ManufacturingOrder"] != number  # the event leaves out the zeros
        kind = {"content-type": "application/cloudevents+json"}
        refused = await plant.door.post("/sap/s4/events", json=event, headers=kind)
        assert refused.status_code == 401
        answer = await plant.door.post("/sap/s4/events", json=event, headers={**kind, "x-api-key": KEY})
        assert answer.status_code == 200, answer.text
        (order,) = await plant.first("production_order.changed")
        assert order.production_order == number
        answer = await plant.door.post("/sap/s4/events", json=event, headers={**kind, "x-api-key": KEY})
        assert answer.status_code == 200
        ask = {"webhook-request-origin": "sap.northlake.example"}
        consent = await plant.door.options("/sap/s4/events", headers=ask)
        assert (consent.status_code, consent.headers["webhook-allowed-origin"]) == (200, "sap.northlake.example")
        for address, origin in (("s4", "other.example"), ("nobody", "sap.northlake.example")):
            told_there = await plant.door.options(f"/sap/{address}/events", headers={"webhook-request-origin": origin})
            assert (told_there.status_code, "webhook-allowed-origin" in told_there.headers) == (204, False)


async def _looked(plant: Plant, number: int) -> bool:
    rows = await plant.database.pool.fetch("SELECT name FROM cursor WHERE value <> '' AND name <> 'sap.notified'")
    return len(rows) >= number


async def test_a_lot_is_told_of_and_gets_its_usage_decision(plant: Plant) -> None:
    number = process_order(plant)
    lot = inspection_lot(plant, number)
    (told,) = await plant.first("inspection_lot.changed")
    assert (told.inspection_lot, told.production_order, told.batch_number) == (lot, number, "B-1")
    batch = Batch(name="batches/1", run="runs/r", production_order=number)
    await plant.publish("doselane.quality.batch.certified_for_use.v1", BatchCertifiedForUse(batch=batch))
    (sent,) = await plant.ended(State.SENT)
    assert sent.words == f"inspection lot {lot} is decided: A"
    (decision,) = plant.all(LOTS, "A_InspLotUsageDecision")
    assert (decision["InspectionLot"], decision["InspectionLotUsageDecisionCode"]) == (lot, "A")
    assert (await plant.first("inspection_lot.changed", 2))[-1].usage_decision_code == "A"
    # Told again it is done already; the opposite is for a person to settle.
    await plant.publish("doselane.quality.batch.certified_for_use.v1", BatchCertifiedForUse(batch=batch))
    await plant.publish("doselane.quality.batch.rejected.v1", BatchRejected(batch=batch))
    *_, parked = await plant.ended(State.SENT, State.SENT, State.PARKED)
    assert parked.words == f"inspection lot {lot} has the usage decision A; R follows from the batch"
    assert len(plant.all(LOTS, "A_InspLotUsageDecision")) == 1


async def test_a_usage_decision_waits_for_its_lot(plant: Plant) -> None:
    number = process_order(plant)
    batch = Batch(name="batches/1", production_order=number.lstrip("0"))
    await plant.publish("doselane.quality.batch.rejected.v1", BatchRejected(batch=batch))

    async def waits() -> bool:
        found = await plant.deliveries()
        return bool(found) and "has no inspection lot" in found[0].words

    await plant.until(waits)
    inspection_lot(plant, number)
    await plant.ended(State.SENT)
    assert [each["InspectionLotUsageDecisionCode"] for each in plant.all(LOTS, "A_InspLotUsageDecision")] == ["R"]


def produced(number: str, kbq: int = 147_123_456, **measured: Any) -> RunProduced:
    found = MeasuredYield(activity_kbq=kbq, measure_time=stamp(NOW), **measured)
    run = Run(name="runs/r", production_order=number, production=Production(measured=found))
    return RunProduced(run=run)


async def test_a_yield_goes_back_in_the_unit_of_the_order(plant: Plant) -> None:
    number = process_order(plant)
    other = process_order(plant, "1000102", ProductionUnit="EA", TotalQuantity="20")
    await plant.publish("doselane.capacity.run.produced.v1", produced(number))
    (sent,) = await plant.ended(State.SENT)
    found = plant.sap(PROCESS, "A_ProcessOrder_2", number)
    assert (found["MfgOrderConfirmedYieldQty"], found["OrderLongText"]) == ("147.123", "runs/r")
    before = plant.twin.executed[:]
    await plant.publish("doselane.capacity.run.produced.v1", produced(number))
    await plant.ended(State.SENT, State.SENT)
    assert plant.twin.executed == before  # it is so already
    await plant.publish("doselane.capacity.run.produced.v1", produced(other, vials=18), subject="x/2")
    await plant.publish("doselane.capacity.run.produced.v1", produced(other), subject="x/3")
    *_, parked = await plant.ended(State.SENT, State.SENT, State.SENT, State.PARKED)
    assert "nobody said how many vials were filled" in parked.words
    assert plant.sap(PROCESS, "A_ProcessOrder_2", other)["MfgOrderConfirmedYieldQty"] == "18.000"


async def test_a_delivery_is_told_of_and_its_goods_issue_posted_once(plant: Plant) -> None:
    order = sales_order(plant)["SalesOrder"]
    with plant.system.unit():
        of = plant.system.services[DELIVERIES]
        item = {"ReferenceSDDocument": order, "ReferenceSDDocumentItem": "000010"}
        body = {"to_DeliveryDocumentItem": [item]}
        made = plant.system.create(of, of.sets["A_OutbDeliveryHeader"].type, body, None)
    number = made["DeliveryDocument"]
    (told,) = await plant.first("outbound_delivery.changed")
    assert (told.delivery, told.order_reference) == (number, "PO-7")
    shipment = Shipment(name="shipments/1", references=[number.lstrip("0"), "020-12345675", "99"])
    entry = CustodyEntry(time=stamp(NOW), from_party="facilities/north", to_party="partners/swift")
    said = ShipmentHandedOver(shipment=shipment, entry=entry)
    plant.system.edit(DELIVERIES, "A_OutbDeliveryHeader", [number], OverallPickingStatus="C")
    plant.twin.spoilt.append(lambda: Response("", 504))  # the bill of lading is written, and the answer is lost
    await plant.publish("doselane.distribution.shipment.handed_over.v1", said)
    first, second = await plant.ended(State.SENT, State.SENT)
    words = sorted([first.words, second.words])
    assert words == ["SAP has no delivery 99", f"goods issue of delivery {number} is posted"]
    found = plant.sap(DELIVERIES, "A_OutbDeliveryHeader", number)
    assert (found["BillOfLading"], found["OverallGoodsMovementStatus"]) == ("020-12345675", "C")
    await plant.publish("doselane.distribution.shipment.handed_over.v1", said)
    *_, third, fourth = await plant.ended(*[State.SENT] * 4)
    assert f"goods issue of delivery {number} was posted already" in (third.words, fourth.words)
    assert sum("PostGoodsIssue" in each for each in plant.twin.executed) == 1


def confirmed(reference: str = "PO-9") -> SlotConfirmed:
    at = datetime.fromisoformat("2026-12-03T03:00:00+00:00")  # the evening before, at the centre
    slot = Slot(
        name="slots/1", product="products/lu-ligand", site="sites/lakeside", order_reference=reference,
        administration=Activity(activity_mbq=7400, time=stamp(at)), delivery_time=stamp(at),
    )  # fmt: skip
    return SlotConfirmed(slot=slot)


async def test_a_slot_that_was_claimed_gets_one_sales_order_whatever_is_lost(plant: Plant) -> None:
    plant.twin.spoilt.append(lambda: Response("<html>gone</html>", 502, media_type="text/html"))
    await plant.publish("doselane.slotting.slot.confirmed.v1", confirmed(), partner=PLANT)
    (sent,) = await plant.ended(State.SENT)
    (order,) = plant.all(SALES, "A_SalesOrder")
    assert sent.words == f"sales order {order['SalesOrder']} is there"
    assert (order["PurchaseOrderByCustomer"], order["RequestedDeliveryDate"]) == ("PO-9", "/Date(1796169600000)/")
    (item,) = plant.all(SALES, "A_SalesOrderItem")
    assert (item["Material"], item["RequestedQuantity"]) == ("LU177-DOSE", "1.000")
    await plant.publish("doselane.slotting.slot.confirmed.v1", confirmed(), partner=PLANT)
    await plant.publish("doselane.slotting.slot.confirmed.v1", confirmed("PO-8"), partner="partners/other")
    await plant.ended(State.SENT, State.SENT)
    assert len(plant.all(SALES, "A_SalesOrder")) == 1


async def test_a_value_that_does_not_fit_is_parked_and_names_the_field(plant: Plant) -> None:
    await plant.publish("doselane.slotting.slot.confirmed.v1", confirmed("P" * 36), partner=PLANT)
    (parked,) = await plant.ended(State.PARKED)
    assert "PurchaseOrderByCustomer: has 36 characters and may have 35" in parked.words
    assert plant.all(SALES, "A_SalesOrder") == []


async def test_while_sap_is_away_everything_waits_and_nothing_is_lost(plant: Plant) -> None:
    number = process_order(plant)
    await plant.first("production_order.changed")
    plant.twin.faults.extend([away] * 30)
    plant.system.edit(PROCESS, "A_ProcessOrder_2", [number], TotalQuantity="90.000")
    await plant.publish("doselane.capacity.run.produced.v1", produced(number))
    await plant.ended(State.SENT)
    assert not plant.twin.faults
    assert plant.sap(PROCESS, "A_ProcessOrder_2", number)["MfgOrderConfirmedYieldQty"] == "147.123"

    async def holds() -> bool:
        told = await plant.told("production_order.changed")
        return 90_000_000 in [each.pledged.reference_activity_kbq for each in told]

    await plant.until(holds)


async def test_a_sponsors_sap_neither_states_nor_hears_what_is_the_manufacturers(dsn: str, tmp_path: Path) -> None:
    async with a_plant(dsn, tmp_path / "sap.yaml", manufacturer=False) as plant:
        number = process_order(plant)
        sales_order(plant)
        await plant.first("order.changed")
        await plant.publish("doselane.capacity.run.produced.v1", produced(number))
        batch = Batch(name="batches/1", production_order=number)
        await plant.publish("doselane.quality.batch.rejected.v1", BatchRejected(batch=batch))
        await plant.publish("doselane.slotting.slot.confirmed.v1", confirmed(), partner=PLANT)
        (sent,) = await plant.ended(State.SENT)
        assert sent.reaction == "sap.new_sales_order"

        async def refused() -> bool:
            found = "SELECT count(*) FROM outbox WHERE type = 'doselane.erp.message.refused.v1'"
            return bool(await plant.database.pool.fetchval(found))

        await plant.until(refused)
        assert await plant.told("production_order.changed") == []
