from doselane.capacity.v1 import capacity_pb2 as _capacity_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunCreated(_message.Message):
    __slots__ = ("run", "version")
    RUN_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    run: _capacity_pb2.Run
    version: int
    def __init__(self, run: _Optional[_Union[_capacity_pb2.Run, _Mapping]] = ..., version: _Optional[int] = ...) -> None: ...

class RunOpened(_message.Message):
    __slots__ = ("run", "version")
    RUN_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    run: _capacity_pb2.Run
    version: int
    def __init__(self, run: _Optional[_Union[_capacity_pb2.Run, _Mapping]] = ..., version: _Optional[int] = ...) -> None: ...

class RunCut(_message.Message):
    __slots__ = ("run", "version", "conflicting_slots")
    RUN_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    run: _capacity_pb2.Run
    version: int
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, run: _Optional[_Union[_capacity_pb2.Run, _Mapping]] = ..., version: _Optional[int] = ..., conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class RunCancelled(_message.Message):
    __slots__ = ("run", "version", "conflicting_slots")
    RUN_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    run: _capacity_pb2.Run
    version: int
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, run: _Optional[_Union[_capacity_pb2.Run, _Mapping]] = ..., version: _Optional[int] = ..., conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class RunProductionStarted(_message.Message):
    __slots__ = ("run", "version")
    RUN_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    run: _capacity_pb2.Run
    version: int
    def __init__(self, run: _Optional[_Union[_capacity_pb2.Run, _Mapping]] = ..., version: _Optional[int] = ...) -> None: ...

class RunProduced(_message.Message):
    __slots__ = ("run", "version", "conflicting_slots")
    RUN_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    run: _capacity_pb2.Run
    version: int
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, run: _Optional[_Union[_capacity_pb2.Run, _Mapping]] = ..., version: _Optional[int] = ..., conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class RunFailed(_message.Message):
    __slots__ = ("run", "version", "conflicting_slots")
    RUN_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    run: _capacity_pb2.Run
    version: int
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, run: _Optional[_Union[_capacity_pb2.Run, _Mapping]] = ..., version: _Optional[int] = ..., conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class ProductionOrderRefused(_message.Message):
    __slots__ = ("production_order", "reason", "detail", "message", "adapter")
    PRODUCTION_ORDER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    production_order: str
    reason: str
    detail: str
    message: str
    adapter: str
    def __init__(self, production_order: _Optional[str] = ..., reason: _Optional[str] = ..., detail: _Optional[str] = ..., message: _Optional[str] = ..., adapter: _Optional[str] = ...) -> None: ...
