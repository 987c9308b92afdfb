import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CriticalPath(_message.Message):
    __slots__ = ("batch", "read_time", "items")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    READ_TIME_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    batch: str
    read_time: _timestamp_pb2.Timestamp
    items: _containers.RepeatedCompositeFieldContainer[MissingItem]
    def __init__(self, batch: _Optional[str] = ..., read_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., items: _Optional[_Iterable[_Union[MissingItem, _Mapping]]] = ...) -> None: ...

class MissingItem(_message.Message):
    __slots__ = ("item", "owner", "gate", "latest_time", "slot", "explanation")
    class Gate(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        GATE_UNSPECIFIED: _ClassVar[MissingItem.Gate]
        DISPATCH: _ClassVar[MissingItem.Gate]
        USE: _ClassVar[MissingItem.Gate]
        FINAL: _ClassVar[MissingItem.Gate]
    GATE_UNSPECIFIED: MissingItem.Gate
    DISPATCH: MissingItem.Gate
    USE: MissingItem.Gate
    FINAL: MissingItem.Gate
    ITEM_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    LATEST_TIME_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    item: str
    owner: str
    gate: MissingItem.Gate
    latest_time: _timestamp_pb2.Timestamp
    slot: str
    explanation: str
    def __init__(self, item: _Optional[str] = ..., owner: _Optional[str] = ..., gate: _Optional[_Union[MissingItem.Gate, str]] = ..., latest_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., slot: _Optional[str] = ..., explanation: _Optional[str] = ...) -> None: ...
