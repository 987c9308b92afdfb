from doselane.alert.v1 import alert_pb2 as _alert_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AlertSent(_message.Message):
    __slots__ = ("partner", "adapter", "message", "alert")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ALERT_FIELD_NUMBER: _ClassVar[int]
    partner: str
    adapter: str
    message: str
    alert: _alert_pb2.Alert
    def __init__(self, partner: _Optional[str] = ..., adapter: _Optional[str] = ..., message: _Optional[str] = ..., alert: _Optional[_Union[_alert_pb2.Alert, _Mapping]] = ...) -> None: ...

class AlertMessageRefused(_message.Message):
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
