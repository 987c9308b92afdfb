"""A host of ERPs that reaches the twin of SAP, and what people do in SAP."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from doselane.erp.v1 import events_pb2
from google.protobuf.message import Message
from pydantic import SecretStr

from adapters.erp_sap import ADAPTER
from adapters.host.main import SCHEMA, service
from adapters.host.settings import Settings
from adapters.sandbox.sap import SapSystem, SapTwin
from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database, migrate
from services.kernel.event import Event
from services.kernel.event_log import event_of
from services.kernel.http import HttpServer
from services.kernel.ids import uuid7
from tests.support.couriers import NOW
from tests.support.sent import WatchedDeliveries
from tests.support.tokens import Issuer

PLANT = "partners/plant"
USER, PASSWORD, KEY = "DOSELANE", "a-long-password-1", "the-key-of-the-webhook-1"
PROCESS, LOTS = "API_PROCESS_ORDER_2_SRV", "API_INSPECTIONLOT_SRV"
DELIVERIES, SALES = "API_OUTBOUND_DELIVERY_SRV", "API_SALES_ORDER_SRV"
REQUIREMENTS = "API_PLND_INDEP_RQMT_SRV"
MAPPING = """\
version: 1
fields:
  yield.run: OrderLongText
  order_outcome.outcome: SDDocumentReason
  order_outcome.delivery_date: CustomerPurchaseOrderDate
tables:
  product: {LU177-DOSE: products/lu-ligand}
  line: {"0001": facilities/north/lines/a}
  site: {"17100001": sites/lakeside, "17100002": sites/lakeside}
  partner: {"17100001": partners/northlake}
  region: {"1710": us-midwest}
  outcome: {OK: PROMISED, MV: MOVED, "NO": REFUSED}
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
        "order_type": "OR", "organization": "1710", "distribution_channel": "10", "division": "00",
        "sold_to": "17100001",
    },
    "refused_block": "01",
}  # fmt: skip
ORDER = {
    "ManufacturingOrderType": "YBM1", "Material": "LU177-DOSE", "ProductionPlant": "1010", "ProductionVersion": "0001",
    "TotalQuantity": "148.500", "ProductionUnit": "GBQ", "MfgOrderPlannedEndDate": "/Date(1796256000000)/",
    "MfgOrderPlannedEndTime": "PT06H30M00S", "OrderIsReleased": "X",
}  # fmt: skip


@dataclass
class Plant(WatchedDeliveries):
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
        message: Any = {
            "production_order.changed": events_pb2.ProductionOrderChanged,
            "inspection_lot.changed": events_pb2.InspectionLotChanged,
            "outbound_delivery.changed": events_pb2.OutboundDeliveryChanged,
            "order.changed": events_pb2.OrderChanged,
            "demand.changed": events_pb2.DemandChanged,
        }[kind]
        return [getattr(each, each.DESCRIPTOR.fields[3].name) for each in (message.FromString(e.data) for e in events)]

    async def first(self, kind: str, number: int = 1) -> list[Any]:
        async def holds() -> bool:
            return len(await self.told(kind)) >= number

        await self.until(holds)
        return await self.told(kind)


async def erp_schema(dsn: str) -> None:
    database = await Database.connect(dsn, "erp", pool_size=2)
    await migrate(database, SCHEMA)
    await database.close()


@asynccontextmanager
async def a_plant(
    dsn: str, mapping: Path, *, manufacturer: bool = True, seconds: float = 0.05, odata: bool = True, **changes: Any
) -> AsyncIterator[Plant]:
    clock = VirtualClock(NOW + timedelta(hours=1))
    system = SapSystem(clock)
    twin = SapTwin(system, USER, PASSWORD)
    other_side = HttpServer(twin.app, "127.0.0.1:0")
    await other_side.start()
    _written(mapping)
    root = f"http://127.0.0.1:{other_side.port}"
    polls = {each.name: seconds for each in ADAPTER.polls} | changes.pop("every", {})
    connection = changes.pop("connection", {})
    account = {
        "partner": PLANT, "adapter": "erp_sap", "manufacturer": manufacturer, "mapping": str(mapping),
        "options": {**OPTIONS, **changes},
        "auth": {"type": "header_key", "header": "x-api-key", "secrets": [KEY]},
        "connection": {
            "url": root, "credentials": {"type": "basic", "user": USER, "password": PASSWORD},
            "every": polls, **({"csrf": {"token_url": f"{root}/sap/opu/odata/sap/{PROCESS}/"}} if odata else {}),
            **connection,
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


def outbound_delivery(plant: Plant, order: str) -> str:
    """The number of an outbound delivery of a sales order's first item."""
    with plant.system.unit():
        of = plant.system.services[DELIVERIES]
        item = {"ReferenceSDDocument": order, "ReferenceSDDocumentItem": "000010"}
        body = {"to_DeliveryDocumentItem": [item]}
        made = plant.system.create(of, of.sets["A_OutbDeliveryHeader"].type, body, None)
    return str(made["DeliveryDocument"])


def _written(mapping: Path) -> None:
    mapping.write_text(MAPPING)
