import datetime

from doselane.status.v1 import status_pb2 as _status_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DoseUpdated(_message.Message):
    __slots__ = ("dose", "entry")
    DOSE_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    dose: _status_pb2.Dose
    entry: _status_pb2.TimelineEntry
    def __init__(self, dose: _Optional[_Union[_status_pb2.Dose, _Mapping]] = ..., entry: _Optional[_Union[_status_pb2.TimelineEntry, _Mapping]] = ...) -> None: ...

class ShipmentAttached(_message.Message):
    __slots__ = ("dose", "courier", "references", "administration_time")
    DOSE_FIELD_NUMBER: _ClassVar[int]
    COURIER_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_TIME_FIELD_NUMBER: _ClassVar[int]
    dose: str
    courier: str
    references: _containers.RepeatedScalarFieldContainer[str]
    administration_time: _timestamp_pb2.Timestamp
    def __init__(self, dose: _Optional[str] = ..., courier: _Optional[str] = ..., references: _Optional[_Iterable[str]] = ..., administration_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class MilestoneSettled(_message.Message):
    __slots__ = ("dose", "milestone_event_id", "verdict")
    DOSE_FIELD_NUMBER: _ClassVar[int]
    MILESTONE_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    dose: str
    milestone_event_id: str
    verdict: _status_pb2.SettleMilestoneRequest.Verdict
    def __init__(self, dose: _Optional[str] = ..., milestone_event_id: _Optional[str] = ..., verdict: _Optional[_Union[_status_pb2.SettleMilestoneRequest.Verdict, str]] = ...) -> None: ...
