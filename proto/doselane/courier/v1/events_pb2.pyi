from doselane.courier.v1 import courier_pb2 as _courier_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MilestoneReported(_message.Message):
    __slots__ = ("courier", "adapter", "push", "milestone")
    COURIER_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    PUSH_FIELD_NUMBER: _ClassVar[int]
    MILESTONE_FIELD_NUMBER: _ClassVar[int]
    courier: str
    adapter: str
    push: str
    milestone: _courier_pb2.Milestone
    def __init__(self, courier: _Optional[str] = ..., adapter: _Optional[str] = ..., push: _Optional[str] = ..., milestone: _Optional[_Union[_courier_pb2.Milestone, _Mapping]] = ...) -> None: ...

class PushRefused(_message.Message):
    __slots__ = ("courier", "adapter", "push", "reason", "detail")
    COURIER_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    PUSH_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    courier: str
    adapter: str
    push: str
    reason: str
    detail: str
    def __init__(self, courier: _Optional[str] = ..., adapter: _Optional[str] = ..., push: _Optional[str] = ..., reason: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...
