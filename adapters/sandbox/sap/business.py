"""What the system does by itself: it numbers, fills in, and carries out functions. Small, but its states are real."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.sandbox.sap.edmx import TwinService, TwinType
from adapters.sandbox.sap.refusals import refused

if TYPE_CHECKING:
    from adapters.sandbox.sap.system import SapSystem

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NumberRange:
    """The part of a key that is numbered: from where on, and by which step."""

    field: str
    first: int
    step: int = 1


NUMBERED: Mapping[str, NumberRange] = {
    "A_SalesOrderType": NumberRange("SalesOrder", 401),
    "A_SalesOrderItemType": NumberRange("SalesOrderItem", 10, 10),
    "A_SalesOrderScheduleLineType": NumberRange("ScheduleLine", 1),
    "A_ProcessOrder_2Type": NumberRange("ManufacturingOrder", 1_000_101),
    "A_OutbDeliveryHeaderType": NumberRange("DeliveryDocument", 80_000_301),
    "A_OutbDeliveryItemType": NumberRange("DeliveryDocumentItem", 10, 10),
    "A_InspectionLotType": NumberRange("InspectionLot", 40_000_000_201),
    "A_InspectionResultValueType": NumberRange("InspResultValueInternalID", 1),
}
REQUIRED_FIELDS: Mapping[str, tuple[str, ...]] = {
    "A_SalesOrderType": (
        "SalesOrderType", "SalesOrganization", "DistributionChannel", "OrganizationDivision", "SoldToParty",
    ),
    "A_SalesOrderItemType": ("Material", "RequestedQuantity"),
    "A_ProcessOrder_2Type": ("ManufacturingOrderType", "Material", "ProductionPlant", "TotalQuantity"),
    "A_InspectionLotType": ("Material", "Plant", "InspectionLotType"),
    "A_OutbDeliveryItemType": ("ReferenceSDDocument", "ReferenceSDDocumentItem"),
}  # fmt: skip
_STATUS = {"I0001": "CRTD", "I0002": "REL", "I0045": "TECO", "I0046": "CLSD", "I0076": "DLFL"}


def made(system: "SapSystem", service: TwinService, entity: TwinType, record: Record) -> None:
    """What the system adds to an entity that is new."""
    if entity.name in _MADE:
        _MADE[entity.name](system, service, record)


def set_status(system: "SapSystem", service: TwinService, order: Record, code: str) -> None:
    """A process order has a status."""
    status = service.types["A_ProcessOrderStatus_2Type"]
    given = {"ManufacturingOrder": order["ManufacturingOrder"], "StatusCode": code, "StatusShortName": _STATUS[code]}
    if not any(each["StatusCode"] == code for each in statuses(system, service, order)):
        system.create(service, status, given, None)


def statuses(system: "SapSystem", service: TwinService, order: Record) -> list[Record]:
    """The statuses of a process order."""
    return system.linked(service, service.types["A_ProcessOrder_2Type"], order, "to_ProcessOrderStatus")


def _sales_order(system: "SapSystem", service: TwinService, order: Record) -> None:
    order |= {"CreationDate": system.today(), "OverallSDProcessStatus": "A", "OverallDeliveryStatus": "A"}
    if order["SalesOrderDate"] is None:
        order["SalesOrderDate"] = system.today()


def _sales_order_item(system: "SapSystem", service: TwinService, item: Record) -> None:
    """An item has a schedule line; without one it gets the quantity on the day that is asked of the order."""
    item |= {"SDProcessStatus": "A", "DeliveryStatus": "A", "ConfdDelivQtyInOrderQtyUnit": item["RequestedQuantity"]}
    entity, order = service.types["A_SalesOrderItemType"], service.types["A_SalesOrderType"]
    if not system.linked(service, entity, item, "to_ScheduleLine"):
        day = system.find(service, order, (item["SalesOrder"],))["RequestedDeliveryDate"]
        line = {"ScheduleLineOrderQuantity": item["RequestedQuantity"], "ConfirmedDeliveryDate": day}
        system.create(service, service.types["A_SalesOrderScheduleLineType"], line, (entity, item))


def _process_order(system: "SapSystem", service: TwinService, order: Record) -> None:
    order |= {"OrderIsCreated": "X", "MfgOrderCreationDate": system.today()}
    taken = ("Material", "ProductionPlant", "ProductionUnit", "StorageLocation")
    item = {name: order[name] for name in taken} | {"ManufacturingOrderItem": "0001"}
    item["MfgOrderItemPlannedTotalQty"] = order["TotalQuantity"]
    above = service.types["A_ProcessOrder_2Type"], order
    system.create(service, service.types["A_ProcessOrderItem_2Type"], item, above)
    set_status(system, service, order, "I0001")


def _delivery(system: "SapSystem", service: TwinService, header: Record) -> None:
    if not system.linked(service, service.types["A_OutbDeliveryHeaderType"], header, "to_DeliveryDocumentItem"):
        raise refused("VL/248", "No items could be delivered: a delivery refers to sales order items")
    for name in ("OverallPickingStatus", "OverallGoodsMovementStatus", "OverallSDProcessStatus"):
        header[name] = "A"
    header["CreationDate"] = system.today()


def _delivery_item(system: "SapSystem", service: TwinService, item: Record) -> None:
    """What is delivered is what was ordered."""
    sales = system.services["API_SALES_ORDER_SRV"]
    ordered = sales.types["A_SalesOrderItemType"]
    reference = item["ReferenceSDDocument"], item["ReferenceSDDocumentItem"]
    found = system.find(sales, ordered, reference)
    item |= {"ReferenceSDDocument": found["SalesOrder"], "ReferenceSDDocumentItem": found["SalesOrderItem"]}
    item |= {"Material": found["Material"], "Batch": found["Batch"], "Plant": found["ProductionPlant"]}
    item |= {"PickingStatus": "A", "GoodsMovementStatus": "A", "DeliveryQuantityUnit": found["RequestedQuantityUnit"]}
    item["OriginalDeliveryQuantity"] = found["RequestedQuantity"]
    if float(item["ActualDeliveryQuantity"]) == 0:
        item["ActualDeliveryQuantity"] = found["RequestedQuantity"]


def _usage_decision(system: "SapSystem", service: TwinService, decision: Record) -> None:
    lot_type = service.types["A_InspectionLotType"]
    lot = system.find(service, lot_type, (decision["InspectionLot"],))
    lot["InspectionLotHasUsageDecision"] = True
    system.touch(service, lot_type, lot)


_MADE: Mapping[str, Callable[["SapSystem", TwinService, Record], None]] = {
    "A_SalesOrderType": _sales_order,
    "A_SalesOrderItemType": _sales_order_item,
    "A_ProcessOrder_2Type": _process_order,
    "A_OutbDeliveryHeaderType": _delivery,
    "A_OutbDeliveryItemType": _delivery_item,
    "A_InspLotUsageDecisionType": _usage_decision,
}
