import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from doselane.type.v1 import type_pb2 as _type_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class IsotopeDelivery(_message.Message):
    __slots__ = ("name", "facility", "nuclide", "calibration", "arrival_time", "use_by_time", "yield_fraction", "state", "etag", "create_time", "update_time", "last_change", "conflicting_runs")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[IsotopeDelivery.State]
        PLANNED: _ClassVar[IsotopeDelivery.State]
        CANCELLED: _ClassVar[IsotopeDelivery.State]
    STATE_UNSPECIFIED: IsotopeDelivery.State
    PLANNED: IsotopeDelivery.State
    CANCELLED: IsotopeDelivery.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    FACILITY_FIELD_NUMBER: _ClassVar[int]
    NUCLIDE_FIELD_NUMBER: _ClassVar[int]
    CALIBRATION_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_TIME_FIELD_NUMBER: _ClassVar[int]
    USE_BY_TIME_FIELD_NUMBER: _ClassVar[int]
    YIELD_FRACTION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_RUNS_FIELD_NUMBER: _ClassVar[int]
    name: str
    facility: str
    nuclide: _type_pb2.Nuclide
    calibration: _type_pb2.Activity
    arrival_time: _timestamp_pb2.Timestamp
    use_by_time: _timestamp_pb2.Timestamp
    yield_fraction: float
    state: IsotopeDelivery.State
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    conflicting_runs: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., facility: _Optional[str] = ..., nuclide: _Optional[_Union[_type_pb2.Nuclide, str]] = ..., calibration: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., arrival_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., use_by_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., yield_fraction: _Optional[float] = ..., state: _Optional[_Union[IsotopeDelivery.State, str]] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ..., conflicting_runs: _Optional[_Iterable[str]] = ...) -> None: ...

class CreateIsotopeDeliveryRequest(_message.Message):
    __slots__ = ("isotope_delivery", "request_id", "reason")
    ISOTOPE_DELIVERY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    isotope_delivery: IsotopeDelivery
    request_id: str
    reason: str
    def __init__(self, isotope_delivery: _Optional[_Union[IsotopeDelivery, _Mapping]] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GetIsotopeDeliveryRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListIsotopeDeliveriesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "facility", "nuclide", "from_time")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FACILITY_FIELD_NUMBER: _ClassVar[int]
    NUCLIDE_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    facility: str
    nuclide: _type_pb2.Nuclide
    from_time: _timestamp_pb2.Timestamp
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., facility: _Optional[str] = ..., nuclide: _Optional[_Union[_type_pb2.Nuclide, str]] = ..., from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListIsotopeDeliveriesResponse(_message.Message):
    __slots__ = ("isotope_deliveries", "next_page_token")
    ISOTOPE_DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    isotope_deliveries: _containers.RepeatedCompositeFieldContainer[IsotopeDelivery]
    next_page_token: str
    def __init__(self, isotope_deliveries: _Optional[_Iterable[_Union[IsotopeDelivery, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateIsotopeDeliveryRequest(_message.Message):
    __slots__ = ("isotope_delivery", "request_id", "reason", "accept_conflicts")
    ISOTOPE_DELIVERY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    isotope_delivery: IsotopeDelivery
    request_id: str
    reason: str
    accept_conflicts: bool
    def __init__(self, isotope_delivery: _Optional[_Union[IsotopeDelivery, _Mapping]] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ..., accept_conflicts: _Optional[bool] = ...) -> None: ...

class CancelIsotopeDeliveryRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "reason", "accept_conflicts")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    reason: str
    accept_conflicts: bool
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ..., accept_conflicts: _Optional[bool] = ...) -> None: ...

class Proposal(_message.Message):
    __slots__ = ("name", "state", "horizon_start_date", "weeks", "facility", "runs", "coverage", "score", "greedy_score", "failure", "edited", "etag", "create_time", "update_time", "last_change")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Proposal.State]
        SOLVING: _ClassVar[Proposal.State]
        READY: _ClassVar[Proposal.State]
        FAILED: _ClassVar[Proposal.State]
        ACCEPTING: _ClassVar[Proposal.State]
        ACCEPTED: _ClassVar[Proposal.State]
        REJECTED: _ClassVar[Proposal.State]
    STATE_UNSPECIFIED: Proposal.State
    SOLVING: Proposal.State
    READY: Proposal.State
    FAILED: Proposal.State
    ACCEPTING: Proposal.State
    ACCEPTED: Proposal.State
    REJECTED: Proposal.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    HORIZON_START_DATE_FIELD_NUMBER: _ClassVar[int]
    WEEKS_FIELD_NUMBER: _ClassVar[int]
    FACILITY_FIELD_NUMBER: _ClassVar[int]
    RUNS_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    GREEDY_SCORE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    EDITED_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    state: Proposal.State
    horizon_start_date: _date_pb2.Date
    weeks: int
    facility: str
    runs: _containers.RepeatedCompositeFieldContainer[ProposedRun]
    coverage: _containers.RepeatedCompositeFieldContainer[Coverage]
    score: Score
    greedy_score: Score
    failure: str
    edited: bool
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    def __init__(self, name: _Optional[str] = ..., state: _Optional[_Union[Proposal.State, str]] = ..., horizon_start_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., weeks: _Optional[int] = ..., facility: _Optional[str] = ..., runs: _Optional[_Iterable[_Union[ProposedRun, _Mapping]]] = ..., coverage: _Optional[_Iterable[_Union[Coverage, _Mapping]]] = ..., score: _Optional[_Union[Score, _Mapping]] = ..., greedy_score: _Optional[_Union[Score, _Mapping]] = ..., failure: _Optional[str] = ..., edited: _Optional[bool] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ...) -> None: ...

class ProposedRun(_message.Message):
    __slots__ = ("id", "product", "line", "start_time", "end_of_synthesis_time", "isotope_delivery", "pledged", "allotments", "claim_cutoff_time", "run")
    ID_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_OF_SYNTHESIS_TIME_FIELD_NUMBER: _ClassVar[int]
    ISOTOPE_DELIVERY_FIELD_NUMBER: _ClassVar[int]
    PLEDGED_FIELD_NUMBER: _ClassVar[int]
    ALLOTMENTS_FIELD_NUMBER: _ClassVar[int]
    CLAIM_CUTOFF_TIME_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    id: str
    product: str
    line: str
    start_time: _timestamp_pb2.Timestamp
    end_of_synthesis_time: _timestamp_pb2.Timestamp
    isotope_delivery: str
    pledged: _type_pb2.Capacity
    allotments: _containers.RepeatedCompositeFieldContainer[ProposedAllotment]
    claim_cutoff_time: _timestamp_pb2.Timestamp
    run: str
    def __init__(self, id: _Optional[str] = ..., product: _Optional[str] = ..., line: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_of_synthesis_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., isotope_delivery: _Optional[str] = ..., pledged: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., allotments: _Optional[_Iterable[_Union[ProposedAllotment, _Mapping]]] = ..., claim_cutoff_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., run: _Optional[str] = ...) -> None: ...

class ProposedAllotment(_message.Message):
    __slots__ = ("partner", "capacity", "release_back_time", "agreement")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    RELEASE_BACK_TIME_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    partner: str
    capacity: _type_pb2.Capacity
    release_back_time: _timestamp_pb2.Timestamp
    agreement: str
    def __init__(self, partner: _Optional[str] = ..., capacity: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., release_back_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., agreement: _Optional[str] = ...) -> None: ...

class Coverage(_message.Message):
    __slots__ = ("partner", "product", "region", "week_start_date", "firm_doses", "forecast_doses", "covered_doses", "binding", "explanation")
    class Binding(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        BINDING_UNSPECIFIED: _ClassVar[Coverage.Binding]
        ISOTOPE: _ClassVar[Coverage.Binding]
        LINE_TIME: _ClassVar[Coverage.Binding]
        QUALITY_CONTROL: _ClassVar[Coverage.Binding]
        RECEIVING: _ClassVar[Coverage.Binding]
        NO_LINE: _ClassVar[Coverage.Binding]
        TRADE_OFF: _ClassVar[Coverage.Binding]
    BINDING_UNSPECIFIED: Coverage.Binding
    ISOTOPE: Coverage.Binding
    LINE_TIME: Coverage.Binding
    QUALITY_CONTROL: Coverage.Binding
    RECEIVING: Coverage.Binding
    NO_LINE: Coverage.Binding
    TRADE_OFF: Coverage.Binding
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    WEEK_START_DATE_FIELD_NUMBER: _ClassVar[int]
    FIRM_DOSES_FIELD_NUMBER: _ClassVar[int]
    FORECAST_DOSES_FIELD_NUMBER: _ClassVar[int]
    COVERED_DOSES_FIELD_NUMBER: _ClassVar[int]
    BINDING_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    partner: str
    product: str
    region: str
    week_start_date: _date_pb2.Date
    firm_doses: int
    forecast_doses: int
    covered_doses: int
    binding: Coverage.Binding
    explanation: str
    def __init__(self, partner: _Optional[str] = ..., product: _Optional[str] = ..., region: _Optional[str] = ..., week_start_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., firm_doses: _Optional[int] = ..., forecast_doses: _Optional[int] = ..., covered_doses: _Optional[int] = ..., binding: _Optional[_Union[Coverage.Binding, str]] = ..., explanation: _Optional[str] = ...) -> None: ...

class Score(_message.Message):
    __slots__ = ("objective", "bound", "gap_fraction", "firm_doses_covered", "firm_doses", "forecast_doses_covered", "forecast_doses", "activity_wasted_mbq", "solve_seconds")
    OBJECTIVE_FIELD_NUMBER: _ClassVar[int]
    BOUND_FIELD_NUMBER: _ClassVar[int]
    GAP_FRACTION_FIELD_NUMBER: _ClassVar[int]
    FIRM_DOSES_COVERED_FIELD_NUMBER: _ClassVar[int]
    FIRM_DOSES_FIELD_NUMBER: _ClassVar[int]
    FORECAST_DOSES_COVERED_FIELD_NUMBER: _ClassVar[int]
    FORECAST_DOSES_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_WASTED_MBQ_FIELD_NUMBER: _ClassVar[int]
    SOLVE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    objective: float
    bound: float
    gap_fraction: float
    firm_doses_covered: int
    firm_doses: int
    forecast_doses_covered: int
    forecast_doses: int
    activity_wasted_mbq: float
    solve_seconds: float
    def __init__(self, objective: _Optional[float] = ..., bound: _Optional[float] = ..., gap_fraction: _Optional[float] = ..., firm_doses_covered: _Optional[int] = ..., firm_doses: _Optional[int] = ..., forecast_doses_covered: _Optional[int] = ..., forecast_doses: _Optional[int] = ..., activity_wasted_mbq: _Optional[float] = ..., solve_seconds: _Optional[float] = ...) -> None: ...

class ProposePlanRequest(_message.Message):
    __slots__ = ("horizon_start_date", "weeks", "facility", "solve_seconds_max", "request_id", "reason")
    HORIZON_START_DATE_FIELD_NUMBER: _ClassVar[int]
    WEEKS_FIELD_NUMBER: _ClassVar[int]
    FACILITY_FIELD_NUMBER: _ClassVar[int]
    SOLVE_SECONDS_MAX_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    horizon_start_date: _date_pb2.Date
    weeks: int
    facility: str
    solve_seconds_max: int
    request_id: str
    reason: str
    def __init__(self, horizon_start_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., weeks: _Optional[int] = ..., facility: _Optional[str] = ..., solve_seconds_max: _Optional[int] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class WatchProposalRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class WatchProposalResponse(_message.Message):
    __slots__ = ("progress", "proposal", "keep_alive")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    KEEP_ALIVE_FIELD_NUMBER: _ClassVar[int]
    progress: ProposalProgress
    proposal: Proposal
    keep_alive: _type_pb2.KeepAlive
    def __init__(self, progress: _Optional[_Union[ProposalProgress, _Mapping]] = ..., proposal: _Optional[_Union[Proposal, _Mapping]] = ..., keep_alive: _Optional[_Union[_type_pb2.KeepAlive, _Mapping]] = ...) -> None: ...

class ProposalProgress(_message.Message):
    __slots__ = ("phase", "elapsed_seconds", "objective", "bound")
    PHASE_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_SECONDS_FIELD_NUMBER: _ClassVar[int]
    OBJECTIVE_FIELD_NUMBER: _ClassVar[int]
    BOUND_FIELD_NUMBER: _ClassVar[int]
    phase: str
    elapsed_seconds: float
    objective: float
    bound: float
    def __init__(self, phase: _Optional[str] = ..., elapsed_seconds: _Optional[float] = ..., objective: _Optional[float] = ..., bound: _Optional[float] = ...) -> None: ...

class GetProposalRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListProposalsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "states")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[Proposal.State]
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[Proposal.State, str]]] = ...) -> None: ...

class ListProposalsResponse(_message.Message):
    __slots__ = ("proposals", "next_page_token")
    PROPOSALS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    proposals: _containers.RepeatedCompositeFieldContainer[Proposal]
    next_page_token: str
    def __init__(self, proposals: _Optional[_Iterable[_Union[Proposal, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class EditProposalRequest(_message.Message):
    __slots__ = ("name", "runs", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    RUNS_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    runs: _containers.RepeatedCompositeFieldContainer[ProposedRun]
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., runs: _Optional[_Iterable[_Union[ProposedRun, _Mapping]]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class AcceptProposalRequest(_message.Message):
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

class RejectProposalRequest(_message.Message):
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
