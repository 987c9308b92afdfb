from doselane.lims.v1 import lims_pb2 as _lims_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ResultReported(_message.Message):
    __slots__ = ("laboratory", "adapter", "message", "result")
    LABORATORY_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    laboratory: str
    adapter: str
    message: str
    result: _lims_pb2.Result
    def __init__(self, laboratory: _Optional[str] = ..., adapter: _Optional[str] = ..., message: _Optional[str] = ..., result: _Optional[_Union[_lims_pb2.Result, _Mapping]] = ...) -> None: ...

class MessageRefused(_message.Message):
    __slots__ = ("laboratory", "adapter", "message", "reason", "detail")
    LABORATORY_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    laboratory: str
    adapter: str
    message: str
    reason: str
    detail: str
    def __init__(self, laboratory: _Optional[str] = ..., adapter: _Optional[str] = ..., message: _Optional[str] = ..., reason: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...
