"""Function imports with their effect. Those of process orders say no inside 200, those of deliveries with 400."""

from collections.abc import Callable, Mapping
from typing import Any

from adapters.sandbox.sap.business import set_status
from adapters.sandbox.sap.edmx import TwinFunction, TwinService
from adapters.sandbox.sap.refusals import REQUIRED, GatewayRefusal, refused
from adapters.sandbox.sap.system import Record, SapSystem
from adapters.sandbox.sap.values import initial

Given = Mapping[str, Any]
Result = Record | list[Record]
_HEADER, _ITEM = "A_OutbDeliveryHeaderType", "A_OutbDeliveryItemType"


def called(system: SapSystem, service: TwinService, function: TwinFunction, given: Given) -> Result:
    """What a function answers; raises GatewayRefusal."""
    for name, parameter in function.parameters.items():
        if name not in given and function.name not in _OPTIONAL:
            raise refused(REQUIRED, f"Parameter '{parameter.name}' is missing", parameter.name)
    if function.name not in _FUNCTIONS:
        raise GatewayRefusal(501, "", f"{function.name} is not part of the twin")
    return _FUNCTIONS[function.name](system, service, given)


def _order_step(
    changed: Given, needs: str = "", without: str = "", status: str = ""
) -> Callable[[SapSystem, TwinService, Given], Result]:
    """A step of a process order: what it needs to be, what it must not be yet, and what it is then."""

    def step(system: SapSystem, service: TwinService, given: Given) -> Result:
        entity = service.types["A_ProcessOrder_2Type"]
        order = system.find(service, entity, (given["ManufacturingOrder"],))
        number = order["ManufacturingOrder"]
        if needs and order[needs] != "X":
            return _message("E", "CO", "469", f"Order {number} does not have the status that this needs", number)
        if without and order[without] == "X":
            return _message("E", "CO", "470", f"Order {number} has this status already", number)
        order |= changed
        if "OrderIsReleased" in changed:
            order["MfgOrderActualReleaseDate"] = system.today()
        if status:
            set_status(system, service, order, status)
        system.touch(service, entity, order)
        return _message("S", "CO", "100", f"Order number {number} saved", number)

    return step


def _message(kind: str, message_class: str, number: str, words: str, variable: str) -> Record:
    said = {"SystemMessageType": kind, "SystemMessageIdentification": message_class, "SystemMessageNumber": number}
    others = {f"SystemMessageVariable{n}": "" for n in (2, 3, 4)}
    return said | {"SystemMessageLongText": words, "SystemMessageVariable1": variable} | others


def _release_operation(system: SapSystem, service: TwinService, given: Given) -> Result:
    entity = service.types["A_ProcessOrderOperation_2Type"]
    for each in system.all(service, entity):
        wanted = given["ManufacturingOrder"].zfill(12), given["ManufacturingOrderOperation"].zfill(4)
        if (each["ManufacturingOrder"], each["ManufacturingOrderOperation"]) == wanted:
            each["OperationIsReleased"] = "X"
            system.touch(service, entity, each)
            return _message("S", "CO", "100", "Operation released", wanted[1])
    return _message("E", "CO", "471", "There is no such operation", given["ManufacturingOrderOperation"])


def _schedule(system: SapSystem, service: TwinService, given: Given) -> Result:
    entity = service.types["A_ProcessOrderOperation_2Type"]
    key = given["OrderInternalBillOfOperations"], given["OrderIntBillOfOperationsItem"]
    operation = system.find(service, entity, key)
    names = {
        "OpSchedldStartDate": "OpErlstSchedldExecStrtDte", "OpSchedldStartTime": "OpErlstSchedldExecStrtTme",
        "OpSchedldEndDate": "OpErlstSchedldExecEndDte", "OpSchedldEndTime": "OpErlstSchedldExecEndTme",
    }  # fmt: skip
    operation |= {theirs: given[name] for name, theirs in names.items() if name in given}
    system.touch(service, entity, operation)
    return {name: operation.get(name, "") for name in service.types["SchedldProcOrdOpMessage"].fields}


def _items(system: SapSystem, service: TwinService, given: Given) -> tuple[Record, list[Record]]:
    header = system.find(service, service.types[_HEADER], (given["DeliveryDocument"],))
    items = system.linked(service, service.types[_HEADER], header, "to_DeliveryDocumentItem")
    if "DeliveryDocumentItem" in given:
        wanted = given["DeliveryDocumentItem"].zfill(6)
        items = [each for each in items if each["DeliveryDocumentItem"] == wanted]
        if not items:
            raise refused("VL/211", f"Item {wanted} does not exist in the delivery", "DeliveryDocumentItem")
    return header, items


def _pick(field: str, overall: str, quantity: str = "") -> Callable[[SapSystem, TwinService, Given], Result]:
    """Items are picked, or their picking is confirmed; then the delivery is, once all of its items are."""

    def pick(system: SapSystem, service: TwinService, given: Given) -> Result:
        header, items = _items(system, service, given)
        if header["OverallGoodsMovementStatus"] == "C":
            raise refused("VL/609", f"Goods issue was posted for delivery {header['DeliveryDocument']}")
        for each in items:
            each[field] = "C"
            if quantity:
                each["ActualDeliveryQuantity"] = given[quantity]
        all_items = system.linked(service, service.types[_HEADER], header, "to_DeliveryDocumentItem")
        header[overall] = "C" if all(each[field] == "C" for each in all_items) else "B"
        system.touch(service, service.types[_HEADER], header)
        return [_picked(service, each) for each in items]

    return pick


def _picked(service: TwinService, item: Record) -> Record:
    report = service.types["PickingReport"].fields
    return {name: item.get(name, initial(field)) for name, field in report.items()} | {"SystemMessageType": "S"}


def _post_goods_issue(system: SapSystem, service: TwinService, given: Given) -> Result:
    header, items = _items(system, service, given)
    number = header["DeliveryDocument"]
    if header["OverallGoodsMovementStatus"] == "C":
        raise refused("VL/602", f"Goods issue was already posted for delivery {number}")
    if header["OverallPickingStatus"] != "C":
        raise refused("VL/608", f"Delivery {number} is not completely picked")
    return _moved(system, service, header, items, "C", system.today())


def _reverse_goods_issue(system: SapSystem, service: TwinService, given: Given) -> Result:
    header, items = _items(system, service, given)
    if header["OverallGoodsMovementStatus"] != "C":
        raise refused("VL/603", f"No goods issue was posted for delivery {header['DeliveryDocument']}")
    _moved(system, service, header, items, "A", None)
    number = header["DeliveryDocument"]
    return [{"DeliveryDocument": number, "SystemMessageType": "S"}]


def _moved(
    system: SapSystem, service: TwinService, header: Record, items: list[Record], status: str, day: str | None
) -> list[Record]:
    header |= {"OverallGoodsMovementStatus": status, "ActualGoodsMovementDate": day}
    for each in items:
        each["GoodsMovementStatus"] = status
    system.touch(service, service.types[_HEADER], header)
    return [_picked(service, each) for each in items]


def _approve(status: str) -> Callable[[SapSystem, TwinService, Given], Result]:
    def approve(system: SapSystem, service: TwinService, given: Given) -> Result:
        entity = service.types["A_SalesOrderType"]
        order = system.find(service, entity, (given["SalesOrder"],))
        order["SalesDocApprovalStatus"] = status
        system.touch(service, entity, order)
        return {"Boolean": True}

    return approve


_OPTIONAL = frozenset({"ScheduleProcessOrderOperation"})
_FUNCTIONS: Mapping[str, Callable[[SapSystem, TwinService, Given], Result]] = {
    "ReleaseOrder": _order_step({"OrderIsReleased": "X"}, without="OrderIsReleased", status="I0002"),
    "OrderReleasedByMES": _order_step({"OrderIsReleased": "X"}, without="OrderIsReleased", status="I0002"),
    "TechlyCmpltOrder": _order_step(
        {"OrderIsTechnicallyCompleted": "X"}, "OrderIsReleased", "OrderIsTechnicallyCompleted", "I0045"
    ),
    "CloseOrder": _order_step({"OrderIsClosed": "X"}, "OrderIsTechnicallyCompleted", "OrderIsClosed", "I0046"),
    "DeletionFlagOrder": _order_step(
        {"OrderIsMarkedForDeletion": "X"}, without="OrderIsMarkedForDeletion", status="I0076"
    ),
    "DeletionIndOrder": _order_step({"OrderIsDeleted": "X"}, "OrderIsMarkedForDeletion", "OrderIsDeleted"),
    "DiscardOrder": _order_step({"OrderIsDeleted": "X"}, without="OrderIsReleased"),
    "DeliveryCompletedOrder": _order_step({"OrderIsDelivered": "X"}, "OrderIsReleased", "OrderIsDelivered"),
    "ReleaseOperation": _release_operation,
    "ScheduleProcessOrderOperation": _schedule,
    "PickAllItems": _pick("PickingStatus", "OverallPickingStatus"),
    "PickOneItem": _pick("PickingStatus", "OverallPickingStatus"),
    "PickOneItemWithSalesQuantity": _pick("PickingStatus", "OverallPickingStatus", "ActualDeliveryQuantity"),
    "ConfirmPickingAllItems": _pick("PickingConfirmationStatus", "OverallPickingConfStatus"),
    "ConfirmPickingOneItem": _pick("PickingConfirmationStatus", "OverallPickingConfStatus"),
    "PostGoodsIssue": _post_goods_issue,
    "ReverseGoodsIssue": _reverse_goods_issue,
    "releaseApprovalRequest": _approve("B"),
    "rejectApprovalRequest": _approve("C"),
}
