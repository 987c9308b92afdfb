import datetime

from doselane.capacity.v1 import capacity_pb2 as _capacity_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ProductionReport(_message.Message):
    __slots__ = ("run", "production_order", "report_id", "started", "completed", "failed")
    RUN_FIELD_NUMBER: _ClassVar[int]
    PRODUCTION_ORDER_FIELD_NUMBER: _ClassVar[int]
    REPORT_ID_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    COMPLETED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    run: str
    production_order: str
    report_id: str
    started: ProductionStarted
    completed: YieldReported
    failed: ProductionFailed
    def __init__(self, run: _Optional[str] = ..., production_order: _Optional[str] = ..., report_id: _Optional[str] = ..., started: _Optional[_Union[ProductionStarted, _Mapping]] = ..., completed: _Optional[_Union[YieldReported, _Mapping]] = ..., failed: _Optional[_Union[ProductionFailed, _Mapping]] = ...) -> None: ...

class ProductionStarted(_message.Message):
    __slots__ = ("start_time",)
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    start_time: _timestamp_pb2.Timestamp
    def __init__(self, start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class YieldReported(_message.Message):
    __slots__ = ("end_of_synthesis_time", "measured")
    END_OF_SYNTHESIS_TIME_FIELD_NUMBER: _ClassVar[int]
    MEASURED_FIELD_NUMBER: _ClassVar[int]
    end_of_synthesis_time: _timestamp_pb2.Timestamp
    measured: _capacity_pb2.MeasuredYield
    def __init__(self, end_of_synthesis_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., measured: _Optional[_Union[_capacity_pb2.MeasuredYield, _Mapping]] = ...) -> None: ...

class ProductionFailed(_message.Message):
    __slots__ = ("fail_time", "cause")
    FAIL_TIME_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    fail_time: _timestamp_pb2.Timestamp
    cause: str
    def __init__(self, fail_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cause: _Optional[str] = ...) -> None: ...
