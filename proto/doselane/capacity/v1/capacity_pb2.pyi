import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from doselane.type.v1 import type_pb2 as _type_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Run(_message.Message):
    __slots__ = ("name", "product", "nuclide", "line", "state", "end_of_synthesis_time", "claim_cutoff_time", "use_by_time", "pledged", "allotments", "pool", "vial_reference_activity_max_kbq", "loss_fraction", "etag", "create_time", "update_time", "last_change", "production", "production_order")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Run.State]
        PLANNED: _ClassVar[Run.State]
        OPEN: _ClassVar[Run.State]
        CLOSED: _ClassVar[Run.State]
        IN_PRODUCTION: _ClassVar[Run.State]
        PRODUCED: _ClassVar[Run.State]
        CANCELLED: _ClassVar[Run.State]
        FAILED: _ClassVar[Run.State]
    STATE_UNSPECIFIED: Run.State
    PLANNED: Run.State
    OPEN: Run.State
    CLOSED: Run.State
    IN_PRODUCTION: Run.State
    PRODUCED: Run.State
    CANCELLED: Run.State
    FAILED: Run.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    NUCLIDE_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    END_OF_SYNTHESIS_TIME_FIELD_NUMBER: _ClassVar[int]
    CLAIM_CUTOFF_TIME_FIELD_NUMBER: _ClassVar[int]
    USE_BY_TIME_FIELD_NUMBER: _ClassVar[int]
    PLEDGED_FIELD_NUMBER: _ClassVar[int]
    ALLOTMENTS_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    VIAL_REFERENCE_ACTIVITY_MAX_KBQ_FIELD_NUMBER: _ClassVar[int]
    LOSS_FRACTION_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    PRODUCTION_FIELD_NUMBER: _ClassVar[int]
    PRODUCTION_ORDER_FIELD_NUMBER: _ClassVar[int]
    name: str
    product: str
    nuclide: _type_pb2.Nuclide
    line: str
    state: Run.State
    end_of_synthesis_time: _timestamp_pb2.Timestamp
    claim_cutoff_time: _timestamp_pb2.Timestamp
    use_by_time: _timestamp_pb2.Timestamp
    pledged: _type_pb2.Capacity
    allotments: _containers.RepeatedCompositeFieldContainer[Allotment]
    pool: _type_pb2.Capacity
    vial_reference_activity_max_kbq: int
    loss_fraction: float
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    production: Production
    production_order: str
    def __init__(self, name: _Optional[str] = ..., product: _Optional[str] = ..., nuclide: _Optional[_Union[_type_pb2.Nuclide, str]] = ..., line: _Optional[str] = ..., state: _Optional[_Union[Run.State, str]] = ..., end_of_synthesis_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., claim_cutoff_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., use_by_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., pledged: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., allotments: _Optional[_Iterable[_Union[Allotment, _Mapping]]] = ..., pool: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., vial_reference_activity_max_kbq: _Optional[int] = ..., loss_fraction: _Optional[float] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ..., production: _Optional[_Union[Production, _Mapping]] = ..., production_order: _Optional[str] = ...) -> None: ...

class Production(_message.Message):
    __slots__ = ("start_time", "end_of_synthesis_time", "measured", "fail_time", "failure_cause")
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_OF_SYNTHESIS_TIME_FIELD_NUMBER: _ClassVar[int]
    MEASURED_FIELD_NUMBER: _ClassVar[int]
    FAIL_TIME_FIELD_NUMBER: _ClassVar[int]
    FAILURE_CAUSE_FIELD_NUMBER: _ClassVar[int]
    start_time: _timestamp_pb2.Timestamp
    end_of_synthesis_time: _timestamp_pb2.Timestamp
    measured: MeasuredYield
    fail_time: _timestamp_pb2.Timestamp
    failure_cause: str
    def __init__(self, start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_of_synthesis_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., measured: _Optional[_Union[MeasuredYield, _Mapping]] = ..., fail_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., failure_cause: _Optional[str] = ...) -> None: ...

class MeasuredYield(_message.Message):
    __slots__ = ("activity_kbq", "measure_time", "volume_ul", "vials", "reference_activity_kbq", "activity_concentration_mbq_per_ml")
    ACTIVITY_KBQ_FIELD_NUMBER: _ClassVar[int]
    MEASURE_TIME_FIELD_NUMBER: _ClassVar[int]
    VOLUME_UL_FIELD_NUMBER: _ClassVar[int]
    VIALS_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_ACTIVITY_KBQ_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_CONCENTRATION_MBQ_PER_ML_FIELD_NUMBER: _ClassVar[int]
    activity_kbq: int
    measure_time: _timestamp_pb2.Timestamp
    volume_ul: int
    vials: int
    reference_activity_kbq: int
    activity_concentration_mbq_per_ml: float
    def __init__(self, activity_kbq: _Optional[int] = ..., measure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., volume_ul: _Optional[int] = ..., vials: _Optional[int] = ..., reference_activity_kbq: _Optional[int] = ..., activity_concentration_mbq_per_ml: _Optional[float] = ...) -> None: ...

class Allotment(_message.Message):
    __slots__ = ("partner", "capacity", "release_back_time")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    RELEASE_BACK_TIME_FIELD_NUMBER: _ClassVar[int]
    partner: str
    capacity: _type_pb2.Capacity
    release_back_time: _timestamp_pb2.Timestamp
    def __init__(self, partner: _Optional[str] = ..., capacity: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., release_back_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AllotmentCut(_message.Message):
    __slots__ = ("partner", "capacity", "release_back_time")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    RELEASE_BACK_TIME_FIELD_NUMBER: _ClassVar[int]
    partner: str
    capacity: _type_pb2.Capacity
    release_back_time: _timestamp_pb2.Timestamp
    def __init__(self, partner: _Optional[str] = ..., capacity: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., release_back_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateRunRequest(_message.Message):
    __slots__ = ("run", "run_id", "request_id", "reason")
    RUN_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    run: Run
    run_id: str
    request_id: str
    reason: str
    def __init__(self, run: _Optional[_Union[Run, _Mapping]] = ..., run_id: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GetRunRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListRunsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "product", "states", "end_of_synthesis_from_time", "end_of_synthesis_until_time")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    END_OF_SYNTHESIS_FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    END_OF_SYNTHESIS_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    product: str
    states: _containers.RepeatedScalarFieldContainer[Run.State]
    end_of_synthesis_from_time: _timestamp_pb2.Timestamp
    end_of_synthesis_until_time: _timestamp_pb2.Timestamp
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., product: _Optional[str] = ..., states: _Optional[_Iterable[_Union[Run.State, str]]] = ..., end_of_synthesis_from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_of_synthesis_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListRunsResponse(_message.Message):
    __slots__ = ("runs", "next_page_token")
    RUNS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    runs: _containers.RepeatedCompositeFieldContainer[Run]
    next_page_token: str
    def __init__(self, runs: _Optional[_Iterable[_Union[Run, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class OpenRunRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CutRunRequest(_message.Message):
    __slots__ = ("name", "pledged", "allotments", "accept_conflicts", "validate_only", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PLEDGED_FIELD_NUMBER: _ClassVar[int]
    ALLOTMENTS_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    pledged: _type_pb2.Capacity
    allotments: _containers.RepeatedCompositeFieldContainer[AllotmentCut]
    accept_conflicts: bool
    validate_only: bool
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., pledged: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., allotments: _Optional[_Iterable[_Union[AllotmentCut, _Mapping]]] = ..., accept_conflicts: _Optional[bool] = ..., validate_only: _Optional[bool] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CutRunResponse(_message.Message):
    __slots__ = ("run", "conflicting_slots")
    RUN_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    run: Run
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, run: _Optional[_Union[Run, _Mapping]] = ..., conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class CancelRunRequest(_message.Message):
    __slots__ = ("name", "accept_conflicts", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    accept_conflicts: bool
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., accept_conflicts: _Optional[bool] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CancelRunResponse(_message.Message):
    __slots__ = ("run", "conflicting_slots")
    RUN_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    run: Run
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, run: _Optional[_Union[Run, _Mapping]] = ..., conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class StartRunRequest(_message.Message):
    __slots__ = ("name", "start_time", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    start_time: _timestamp_pb2.Timestamp
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CompleteRunRequest(_message.Message):
    __slots__ = ("name", "end_of_synthesis_time", "measured", "accept_conflicts", "accept_deviation", "validate_only", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    END_OF_SYNTHESIS_TIME_FIELD_NUMBER: _ClassVar[int]
    MEASURED_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_DEVIATION_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    end_of_synthesis_time: _timestamp_pb2.Timestamp
    measured: MeasuredYield
    accept_conflicts: bool
    accept_deviation: bool
    validate_only: bool
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., end_of_synthesis_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., measured: _Optional[_Union[MeasuredYield, _Mapping]] = ..., accept_conflicts: _Optional[bool] = ..., accept_deviation: _Optional[bool] = ..., validate_only: _Optional[bool] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CompleteRunResponse(_message.Message):
    __slots__ = ("run", "conflicting_slots")
    RUN_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    run: Run
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, run: _Optional[_Union[Run, _Mapping]] = ..., conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class FailRunRequest(_message.Message):
    __slots__ = ("name", "cause", "fail_time", "accept_conflicts", "validate_only", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    FAIL_TIME_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    cause: str
    fail_time: _timestamp_pb2.Timestamp
    accept_conflicts: bool
    validate_only: bool
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., cause: _Optional[str] = ..., fail_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., accept_conflicts: _Optional[bool] = ..., validate_only: _Optional[bool] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class FailRunResponse(_message.Message):
    __slots__ = ("run", "conflicting_slots")
    RUN_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    run: Run
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, run: _Optional[_Union[Run, _Mapping]] = ..., conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class WatchRunsRequest(_message.Message):
    __slots__ = ("cursor", "product")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    product: str
    def __init__(self, cursor: _Optional[str] = ..., product: _Optional[str] = ...) -> None: ...

class WatchRunsResponse(_message.Message):
    __slots__ = ("cursor", "run", "keep_alive")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    KEEP_ALIVE_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    run: Run
    keep_alive: _type_pb2.KeepAlive
    def __init__(self, cursor: _Optional[str] = ..., run: _Optional[_Union[Run, _Mapping]] = ..., keep_alive: _Optional[_Union[_type_pb2.KeepAlive, _Mapping]] = ...) -> None: ...
