from doselane.slotting.v1 import order_pb2 as _order_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

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

class CrmMessageRefused(_message.Message):
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
