"""People of the manufacturer's plant, who work in its own SAP: orders to make, lots to inspect, deliveries to send."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from doselane.capacity.v1 import capacity_pb2
from doselane.slotting.v1 import slotting_pb2

from adapters.sandbox.sap.system import Record
from services.local.demo.doors import Program
from services.local.demo.planning import until
from services.local.twins.sap import DELIVERIES, LOTS, PLANT, PROCESS, SALES, ZONE, SimulatedPlant
from services.local.world import HARBOR, NORTHLAKE

PATIENCE_S = 60.0
MATERIALS = {"lu": "LU177-LIGAND", "ac": "AC225-LIGAND", "pb": "PB212-LIGAND"}
SOLD_TO = {NORTHLAKE: "17100001", HARBOR: "17100002"}
HOT_CELL_2 = "0002"


class PlantDesk:
    """What is entered in SAP, and what it holds of what was written back. Numbers are of the day, as in a real SAP an
    order of an earlier day is another one."""

    def __init__(self, plant: SimulatedPlant, planner: Program, begins_at: datetime) -> None:
        self.planner = planner
        self._plant, self._day, self._begins_at = plant, f"{begins_at:%y%m%d}", begins_at
        self._orders: list[str] = []
        self._lots: list[str] = []
        self._deliveries: dict[str, str] = {}  # by the name of a slot

    def order(self, product: str, vials: int, ends_at: datetime) -> str:
        """Releases an order to make so many vials of a product, with its inspection lot; the order's number."""
        number = f"{self._day}{len(self._orders) + 1:02}"
        local = ends_at.astimezone(ZoneInfo(ZONE))
        order = self._put(
            PROCESS,
            "A_ProcessOrder_2",
            ManufacturingOrder=number,
            Material=MATERIALS[product],
            ProductionPlant=PLANT,
            ProductionVersion=HOT_CELL_2,
            TotalQuantity=str(vials),
            ProductionUnit="EA",
            MfgOrderPlannedEndDate=f"/Date({local.replace(hour=0, minute=0, tzinfo=UTC).timestamp():.0f}000)/",
            MfgOrderPlannedEndTime=f"PT{local:%HH%MM%S}S",
            OrderIsReleased="X",
        )
        self._orders.append(order["ManufacturingOrder"])
        lot = self._put(
            LOTS, "A_InspectionLot", InspectionLot=f"4{self._day}{len(self._lots):04}",
            ManufacturingOrder=self._orders[-1], Material=MATERIALS[product], Plant=PLANT, InspectionLotType="04",
        )  # fmt: skip
        self._lots.append(lot["InspectionLot"])
        return self._orders[-1]

    async def opened(self, order: str) -> capacity_pb2.Run:
        """The run that an order has opened."""
        asked = capacity_pb2.ListRunsRequest(page_size=1000, states=[capacity_pb2.Run.OPEN])
        asked.end_of_synthesis_from_time.FromDatetime(self._begins_at)

        async def find() -> capacity_pb2.Run | None:
            runs = (await self.planner.call("CapacityService", "ListRuns", asked)).runs
            return next((run for run in runs if run.production_order == order), None)

        run: capacity_pb2.Run = await until(find, bool)
        return run

    def cut(self, order: str, vials: int) -> None:
        """Only so many vials can be made."""
        self._plant.system.edit(PROCESS, "A_ProcessOrder_2", [order], TotalQuantity=str(vials))

    def deliver(self, slots: Sequence[slotting_pb2.Slot]) -> None:
        """A delivery for each dose, picked, for the sales order that the plant has of it."""
        for slot in slots:
            number = f"{self._day}{len(self._deliveries) + 1:04}"
            sales = {"SalesOrder": number, "SoldToParty": SOLD_TO[slot.partner]}
            self._put(SALES, "A_SalesOrder", **sales, PurchaseOrderByCustomer=slot.order_reference)
            reference = {"ReferenceSDDocument": number, "ReferenceSDDocumentItem": "000010"}
            key = {"DeliveryDocument": number}
            self._put(DELIVERIES, "A_OutbDeliveryItem", **key, DeliveryDocumentItem="000010", **reference)
            picked = {"OverallPickingStatus": "C", "OverallGoodsMovementStatus": "A"}
            self._put(DELIVERIES, "A_OutbDeliveryHeader", **key, **picked)
            self._deliveries[slot.name] = number

    def delivery_of(self, slot: slotting_pb2.Slot) -> str:
        """The number of a dose's delivery."""
        return self._deliveries[slot.name]

    def go_away(self) -> None:
        """SAP answers no program until it comes back, and its events wait."""
        self._plant.go_away()

    async def come_back(self) -> None:
        """SAP answers again, once somebody was turned away."""
        await self._plant.twin.turned_away.wait(0, PATIENCE_S)
        self._plant.come_back()

    @property
    def missed(self) -> int:
        """How many calls were turned away."""
        return self._plant.twin.turned_away.calls

    @property
    def runs(self) -> int:
        """How many orders tell which run made them, and what it yielded."""
        return sum(
            bool(order["OrderLongText"]) and float(order["MfgOrderConfirmedYieldQty"]) > 0 for order in self._made()
        )

    @property
    def written(self) -> int:
        """How many documents hold what was written into them: orders, lots with a decision, and deliveries issued."""
        decided = {each["InspectionLot"] for each in self._all(LOTS, "A_InspLotUsageDecision")} & set(self._lots)
        issued = {
            each["DeliveryDocument"]
            for each in self._all(DELIVERIES, "A_OutbDeliveryHeader")
            if each["OverallGoodsMovementStatus"] == "C"
        } & set(self._deliveries.values())
        return self.runs + len(decided) + len(issued)

    async def until_written(self) -> None:
        """Waits until everything that was made, decided and sent is back in SAP."""
        wanted = len(self._orders) + len(self._lots) + len(self._deliveries)

        async def written() -> int:
            return self.written

        await until(written, lambda found: found == wanted)

    def _made(self) -> list[Record]:
        return [each for each in self._all(PROCESS, "A_ProcessOrder_2") if each["ManufacturingOrder"] in self._orders]

    def _put(self, service: str, entity_set: str, **values: Any) -> Record:
        return self._plant.system.put(service, entity_set, **values)

    def _all(self, service: str, entity_set: str) -> list[Record]:
        of = self._plant.system.services[service]
        return self._plant.system.all(of, of.sets[entity_set].type)
