from doselane.erp.v1 import erp_pb2 as _erp_pb2
from doselane.slotting.v1 import order_pb2 as _order_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ProductionReported(_message.Message):
    __slots__ = ("partner", "adapter", "message", "report")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    partner: str
    adapter: str
    message: str
    report: _erp_pb2.ProductionReport
    def __init__(self, partner: _Optional[str] = ..., adapter: _Optional[str] = ..., message: _Optional[str] = ..., report: _Optional[_Union[_erp_pb2.ProductionReport, _Mapping]] = ...) -> None: ...

class ErpMessageRefused(_message.Message):
    __slots__ = ("partner", "adapter", "message", "reason", "detail")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    partner: str
    adapter: str
    message: str
    reason: str
    detail: str
    def __init__(self, partner: _Optional[str] = ..., adapter: _Optional[str] = ..., message: _Optional[str] = ..., reason: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...

class ProductionOrderChanged(_message.Message):
    __slots__ = ("partner", "adapter", "message", "production_order")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    PRODUCTION_ORDER_FIELD_NUMBER: _ClassVar[int]
    partner: str
    adapter: str
    message: str
    production_order: _erp_pb2.ProductionOrder
    def __init__(self, partner: _Optional[str] = ..., adapter: _Optional[str] = ..., message: _Optional[str] = ..., production_order: _Optional[_Union[_erp_pb2.ProductionOrder, _Mapping]] = ...) -> None: ...

class InspectionLotChanged(_message.Message):
    __slots__ = ("partner", "adapter", "message", "inspection_lot")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    INSPECTION_LOT_FIELD_NUMBER: _ClassVar[int]
    partner: str
    adapter: str
    message: str
    inspection_lot: _erp_pb2.InspectionLot
    def __init__(self, partner: _Optional[str] = ..., adapter: _Optional[str] = ..., message: _Optional[str] = ..., inspection_lot: _Optional[_Union[_erp_pb2.InspectionLot, _Mapping]] = ...) -> None: ...

class OutboundDeliveryChanged(_message.Message):
    __slots__ = ("partner", "adapter", "message", "outbound_delivery")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    OUTBOUND_DELIVERY_FIELD_NUMBER: _ClassVar[int]
    partner: str
    adapter: str
    message: str
    outbound_delivery: _erp_pb2.OutboundDelivery
    def __init__(self, partner: _Optional[str] = ..., adapter: _Optional[str] = ..., message: _Optional[str] = ..., outbound_delivery: _Optional[_Union[_erp_pb2.OutboundDelivery, _Mapping]] = ...) -> None: ...

class DemandChanged(_message.Message):
    __slots__ = ("partner", "adapter", "message", "demand")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    DEMAND_FIELD_NUMBER: _ClassVar[int]
    partner: str
    adapter: str
    message: str
    demand: _erp_pb2.Demand
    def __init__(self, partner: _Optional[str] = ..., adapter: _Optional[str] = ..., message: _Optional[str] = ..., demand: _Optional[_Union[_erp_pb2.Demand, _Mapping]] = ...) -> None: ...

class OrderChanged(_message.Message):
    __slots__ = ("partner", "adapter", "message", "order")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    partner: str
    adapter: str
    message: str
    order: _order_pb2.DoseOrder
    def __init__(self, partner: _Optional[str] = ..., adapter: _Optional[str] = ..., message: _Optional[str] = ..., order: _Optional[_Union[_order_pb2.DoseOrder, _Mapping]] = ...) -> None: ...
