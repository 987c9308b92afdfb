"""The twin of SAP as the provider of its contracts: OData services, and function modules."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from adapters.sandbox.sap import SapSystem, SapTwin
from adapters.sandbox.sap.function_modules import FunctionModules
from services.kernel.clock import Clock, VirtualClock
from tests.contracts.vendors import sap, sap_functions
from tests.contracts.vendors.served import State, TwinStates, served
from tests.support.sap import NOW, PASSWORD, PROCESS, SALES, USER

LOTS, DELIVERIES = "API_INSPECTIONLOT_SRV", "API_OUTBOUND_DELIVERY_SRV"


class SapStates:
    """What has happened in SAP, with the numbers that the contract gives things."""

    def __init__(self, twin: SapTwin, clock: Clock) -> None:
        self._twin, self._clock = twin, clock
        self.all: dict[str, State] = {
            sap.NOTHING: lambda: None,
            sap.IN_SESSION: self.in_session,
            sap.AN_ORDER: self.an_order,
            sap.LOTS: self.lots,
            sap.PICKED: self.picked,
            sap.CHANGED: self.changed,
        }

    def emptied(self) -> None:
        """A system with nothing in it, and nobody in a session."""
        self._twin.system = SapSystem(self._clock)
        self._twin.page_size = 1
        self._twin.expire_session()

    def in_session(self) -> None:
        """We have fetched a token."""
        self._twin.begin_session(sap.TOKEN, sap.COOKIE)

    def an_order(self) -> None:
        """Somebody entered it."""
        self._made(SALES, "A_SalesOrder", dict(sap.NEW_ORDER))

    def lots(self) -> None:
        """The process order was released."""
        for number in ("1", "2"):
            fields = {"InspectionLot": number, "ManufacturingOrder": sap.PRODUCED, "Batch": "B-1"}
            self._twin.system.put(LOTS, "A_InspectionLot", Material="LU177-DOSE", **fields)

    def picked(self) -> None:
        """The delivery of an order is ready to go."""
        item = {"ReferenceSDDocument": sap.ORDER, "ReferenceSDDocumentItem": "000010"}
        self.an_order()
        made = self._made(DELIVERIES, "A_OutbDeliveryHeader", {"to_DeliveryDocumentItem": [item]})
        number = made["DeliveryDocument"]
        self._twin.system.edit(DELIVERIES, "A_OutbDeliveryHeader", [number], OverallPickingStatus="C")

    def changed(self) -> None:
        """A planner has made it."""
        self._twin.system.put(PROCESS, "A_ProcessOrder_2", ManufacturingOrder="1000101")

    def _made(self, service: str, entity_set: str, body: dict[str, Any]) -> dict[str, Any]:
        system = self._twin.system
        with system.unit():
            of = system.services[service]
            return system.create(of, of.sets[entity_set].type, body, None)


@asynccontextmanager
async def sap_twin() -> AsyncIterator[tuple[str, TwinStates]]:
    """A gateway of SAP."""
    clock = VirtualClock(NOW)
    twin = SapTwin(SapSystem(clock), USER, PASSWORD)
    states = SapStates(twin, clock)
    async with served(twin.app) as url:
        yield url, TwinStates(states.emptied, states.all)


class FunctionStates:
    """What has happened in an SAP that is called by function modules."""

    def __init__(self, twin: SapTwin, clock: Clock) -> None:
        self._twin, self._clock = twin, clock
        self.all: dict[str, State] = {
            sap_functions.NOTHING: lambda: None,
            sap_functions.IN_SESSION: lambda: self._twin.functions.begin_session(sap_functions.SESSION),
            sap_functions.RELEASED: lambda: self._order(released=True),
            sap_functions.CREATED: lambda: self._order(released=False),
            sap_functions.DONE: self.confirmed,
            sap_functions.PICKED: lambda: self._delivery("A"),
            sap_functions.POSTED: lambda: self._delivery("C"),
        }

    def emptied(self) -> None:
        """A system with nothing in it, and nobody in a session."""
        self._twin.system = SapSystem(self._clock)
        self._twin.functions = FunctionModules(self._twin.system)

    def confirmed(self) -> None:
        """Our confirmation of the order was committed."""
        self._twin.functions.confirmations.append(dict(sap_functions.A_CONFIRMATION))

    def _order(self, *, released: bool) -> None:
        is_released = "X" if released else ""
        self._twin.system.put(PROCESS, "A_ProcessOrder_2", ManufacturingOrder="1000101", OrderIsReleased=is_released)

    def _delivery(self, movement: str) -> None:
        number = sap_functions.NUMBER.lstrip("0")
        status = {"OverallPickingStatus": "C", "OverallGoodsMovementStatus": movement}
        self._twin.system.put(DELIVERIES, "A_OutbDeliveryHeader", DeliveryDocument=number, **status)


@asynccontextmanager
async def function_twin() -> AsyncIterator[tuple[str, TwinStates]]:
    """A service of function modules."""
    clock = VirtualClock(NOW)
    twin = SapTwin(SapSystem(clock), USER, PASSWORD)
    states = FunctionStates(twin, clock)
    async with served(twin.app) as url:
        yield url, TwinStates(states.emptied, states.all)
