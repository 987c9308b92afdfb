import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.capacity.v1 import capacity_pb2 as _capacity_pb2
from doselane.type.v1 import type_pb2 as _type_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
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

class ProductionOrder(_message.Message):
    __slots__ = ("production_order", "state", "state_time", "product", "line", "end_of_synthesis_time", "claim_cutoff_time", "use_by_time", "pledged", "vial_reference_activity_max_kbq", "loss_fraction")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[ProductionOrder.State]
        PLANNED: _ClassVar[ProductionOrder.State]
        RELEASED: _ClassVar[ProductionOrder.State]
        CANCELLED: _ClassVar[ProductionOrder.State]
    STATE_UNSPECIFIED: ProductionOrder.State
    PLANNED: ProductionOrder.State
    RELEASED: ProductionOrder.State
    CANCELLED: ProductionOrder.State
    PRODUCTION_ORDER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    END_OF_SYNTHESIS_TIME_FIELD_NUMBER: _ClassVar[int]
    CLAIM_CUTOFF_TIME_FIELD_NUMBER: _ClassVar[int]
    USE_BY_TIME_FIELD_NUMBER: _ClassVar[int]
    PLEDGED_FIELD_NUMBER: _ClassVar[int]
    VIAL_REFERENCE_ACTIVITY_MAX_KBQ_FIELD_NUMBER: _ClassVar[int]
    LOSS_FRACTION_FIELD_NUMBER: _ClassVar[int]
    production_order: str
    state: ProductionOrder.State
    state_time: _timestamp_pb2.Timestamp
    product: str
    line: str
    end_of_synthesis_time: _timestamp_pb2.Timestamp
    claim_cutoff_time: _timestamp_pb2.Timestamp
    use_by_time: _timestamp_pb2.Timestamp
    pledged: _type_pb2.Capacity
    vial_reference_activity_max_kbq: int
    loss_fraction: float
    def __init__(self, production_order: _Optional[str] = ..., state: _Optional[_Union[ProductionOrder.State, str]] = ..., state_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., product: _Optional[str] = ..., line: _Optional[str] = ..., end_of_synthesis_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., claim_cutoff_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., use_by_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., pledged: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., vial_reference_activity_max_kbq: _Optional[int] = ..., loss_fraction: _Optional[float] = ...) -> None: ...

class InspectionLot(_message.Message):
    __slots__ = ("inspection_lot", "production_order", "batch_number", "usage_decision", "usage_decision_code", "state_time")
    class UsageDecision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        USAGE_DECISION_UNSPECIFIED: _ClassVar[InspectionLot.UsageDecision]
        ACCEPTED: _ClassVar[InspectionLot.UsageDecision]
        REJECTED: _ClassVar[InspectionLot.UsageDecision]
    USAGE_DECISION_UNSPECIFIED: InspectionLot.UsageDecision
    ACCEPTED: InspectionLot.UsageDecision
    REJECTED: InspectionLot.UsageDecision
    INSPECTION_LOT_FIELD_NUMBER: _ClassVar[int]
    PRODUCTION_ORDER_FIELD_NUMBER: _ClassVar[int]
    BATCH_NUMBER_FIELD_NUMBER: _ClassVar[int]
    USAGE_DECISION_FIELD_NUMBER: _ClassVar[int]
    USAGE_DECISION_CODE_FIELD_NUMBER: _ClassVar[int]
    STATE_TIME_FIELD_NUMBER: _ClassVar[int]
    inspection_lot: str
    production_order: str
    batch_number: str
    usage_decision: InspectionLot.UsageDecision
    usage_decision_code: str
    state_time: _timestamp_pb2.Timestamp
    def __init__(self, inspection_lot: _Optional[str] = ..., production_order: _Optional[str] = ..., batch_number: _Optional[str] = ..., usage_decision: _Optional[_Union[InspectionLot.UsageDecision, str]] = ..., usage_decision_code: _Optional[str] = ..., state_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OutboundDelivery(_message.Message):
    __slots__ = ("delivery", "order_reference", "references", "goods_issue_time", "state_time", "partner")
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    ORDER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    GOODS_ISSUE_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    delivery: str
    order_reference: str
    references: _containers.RepeatedScalarFieldContainer[str]
    goods_issue_time: _timestamp_pb2.Timestamp
    state_time: _timestamp_pb2.Timestamp
    partner: str
    def __init__(self, delivery: _Optional[str] = ..., order_reference: _Optional[str] = ..., references: _Optional[_Iterable[str]] = ..., goods_issue_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., partner: _Optional[str] = ...) -> None: ...

class Demand(_message.Message):
    __slots__ = ("product", "region", "weeks", "state_time")
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    WEEKS_FIELD_NUMBER: _ClassVar[int]
    STATE_TIME_FIELD_NUMBER: _ClassVar[int]
    product: str
    region: str
    weeks: _containers.RepeatedCompositeFieldContainer[DemandWeek]
    state_time: _timestamp_pb2.Timestamp
    def __init__(self, product: _Optional[str] = ..., region: _Optional[str] = ..., weeks: _Optional[_Iterable[_Union[DemandWeek, _Mapping]]] = ..., state_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DemandWeek(_message.Message):
    __slots__ = ("week_start_date", "doses")
    WEEK_START_DATE_FIELD_NUMBER: _ClassVar[int]
    DOSES_FIELD_NUMBER: _ClassVar[int]
    week_start_date: _date_pb2.Date
    doses: int
    def __init__(self, week_start_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., doses: _Optional[int] = ...) -> None: ...
