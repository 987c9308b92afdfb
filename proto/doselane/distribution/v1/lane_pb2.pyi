import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.courier.v1 import courier_pb2 as _courier_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import dayofweek_pb2 as _dayofweek_pb2
from google.type import timeofday_pb2 as _timeofday_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Denial(_message.Message):
    __slots__ = ("name", "kind", "refuser", "carrier", "lane", "departure_time", "shipment", "cause", "delay_minutes", "denial_time", "record_time", "actor")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Denial.Kind]
        DENIED: _ClassVar[Denial.Kind]
        DELAYED: _ClassVar[Denial.Kind]
    KIND_UNSPECIFIED: Denial.Kind
    DENIED: Denial.Kind
    DELAYED: Denial.Kind
    class Refuser(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        REFUSER_UNSPECIFIED: _ClassVar[Denial.Refuser]
        CARRIER: _ClassVar[Denial.Refuser]
        CAPTAIN: _ClassVar[Denial.Refuser]
        AIRPORT: _ClassVar[Denial.Refuser]
        PORT: _ClassVar[Denial.Refuser]
        OTHER: _ClassVar[Denial.Refuser]
    REFUSER_UNSPECIFIED: Denial.Refuser
    CARRIER: Denial.Refuser
    CAPTAIN: Denial.Refuser
    AIRPORT: Denial.Refuser
    PORT: Denial.Refuser
    OTHER: Denial.Refuser
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    REFUSER_FIELD_NUMBER: _ClassVar[int]
    CARRIER_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    DELAY_MINUTES_FIELD_NUMBER: _ClassVar[int]
    DENIAL_TIME_FIELD_NUMBER: _ClassVar[int]
    RECORD_TIME_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: Denial.Kind
    refuser: Denial.Refuser
    carrier: str
    lane: str
    departure_time: _timestamp_pb2.Timestamp
    shipment: str
    cause: str
    delay_minutes: int
    denial_time: _timestamp_pb2.Timestamp
    record_time: _timestamp_pb2.Timestamp
    actor: str
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[_Union[Denial.Kind, str]] = ..., refuser: _Optional[_Union[Denial.Refuser, str]] = ..., carrier: _Optional[str] = ..., lane: _Optional[str] = ..., departure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., shipment: _Optional[str] = ..., cause: _Optional[str] = ..., delay_minutes: _Optional[int] = ..., denial_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., record_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., actor: _Optional[str] = ...) -> None: ...

class RecordDenialRequest(_message.Message):
    __slots__ = ("kind", "refuser", "carrier", "lane", "departure_time", "shipment", "cause", "delay_minutes", "denial_time", "request_id", "reason")
    KIND_FIELD_NUMBER: _ClassVar[int]
    REFUSER_FIELD_NUMBER: _ClassVar[int]
    CARRIER_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    DELAY_MINUTES_FIELD_NUMBER: _ClassVar[int]
    DENIAL_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    kind: Denial.Kind
    refuser: Denial.Refuser
    carrier: str
    lane: str
    departure_time: _timestamp_pb2.Timestamp
    shipment: str
    cause: str
    delay_minutes: int
    denial_time: _timestamp_pb2.Timestamp
    request_id: str
    reason: str
    def __init__(self, kind: _Optional[_Union[Denial.Kind, str]] = ..., refuser: _Optional[_Union[Denial.Refuser, str]] = ..., carrier: _Optional[str] = ..., lane: _Optional[str] = ..., departure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., shipment: _Optional[str] = ..., cause: _Optional[str] = ..., delay_minutes: _Optional[int] = ..., denial_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ListDenialsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "lane", "carrier", "denial_from_time", "denial_until_time")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    CARRIER_FIELD_NUMBER: _ClassVar[int]
    DENIAL_FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    DENIAL_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    lane: str
    carrier: str
    denial_from_time: _timestamp_pb2.Timestamp
    denial_until_time: _timestamp_pb2.Timestamp
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., lane: _Optional[str] = ..., carrier: _Optional[str] = ..., denial_from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., denial_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListDenialsResponse(_message.Message):
    __slots__ = ("denials", "next_page_token")
    DENIALS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    denials: _containers.RepeatedCompositeFieldContainer[Denial]
    next_page_token: str
    def __init__(self, denials: _Optional[_Iterable[_Union[Denial, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListLaneReportsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "lane", "courier", "site", "departure_from_time", "departure_until_time")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    COURIER_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    lane: str
    courier: str
    site: str
    departure_from_time: _timestamp_pb2.Timestamp
    departure_until_time: _timestamp_pb2.Timestamp
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., lane: _Optional[str] = ..., courier: _Optional[str] = ..., site: _Optional[str] = ..., departure_from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., departure_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListLaneReportsResponse(_message.Message):
    __slots__ = ("lane_reports", "next_page_token")
    LANE_REPORTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    lane_reports: _containers.RepeatedCompositeFieldContainer[LaneReport]
    next_page_token: str
    def __init__(self, lane_reports: _Optional[_Iterable[_Union[LaneReport, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class LaneReport(_message.Message):
    __slots__ = ("lane", "own_p50_minutes", "own_p90_minutes", "p50_minutes", "p90_minutes", "measured_shipments", "figures", "denials", "delays", "denial_counts", "acceptance_rate")
    LANE_FIELD_NUMBER: _ClassVar[int]
    OWN_P50_MINUTES_FIELD_NUMBER: _ClassVar[int]
    OWN_P90_MINUTES_FIELD_NUMBER: _ClassVar[int]
    P50_MINUTES_FIELD_NUMBER: _ClassVar[int]
    P90_MINUTES_FIELD_NUMBER: _ClassVar[int]
    MEASURED_SHIPMENTS_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    DENIALS_FIELD_NUMBER: _ClassVar[int]
    DELAYS_FIELD_NUMBER: _ClassVar[int]
    DENIAL_COUNTS_FIELD_NUMBER: _ClassVar[int]
    ACCEPTANCE_RATE_FIELD_NUMBER: _ClassVar[int]
    lane: str
    own_p50_minutes: float
    own_p90_minutes: float
    p50_minutes: float
    p90_minutes: float
    measured_shipments: int
    figures: _containers.RepeatedCompositeFieldContainer[TransitFigures]
    denials: int
    delays: int
    denial_counts: _containers.RepeatedCompositeFieldContainer[DenialCount]
    acceptance_rate: float
    def __init__(self, lane: _Optional[str] = ..., own_p50_minutes: _Optional[float] = ..., own_p90_minutes: _Optional[float] = ..., p50_minutes: _Optional[float] = ..., p90_minutes: _Optional[float] = ..., measured_shipments: _Optional[int] = ..., figures: _Optional[_Iterable[_Union[TransitFigures, _Mapping]]] = ..., denials: _Optional[int] = ..., delays: _Optional[int] = ..., denial_counts: _Optional[_Iterable[_Union[DenialCount, _Mapping]]] = ..., acceptance_rate: _Optional[float] = ...) -> None: ...

class TransitFigures(_message.Message):
    __slots__ = ("courier", "site", "shipments", "delivered", "measured", "promised", "on_time", "foretold", "p90_held", "p50_minutes", "p90_minutes")
    COURIER_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    SHIPMENTS_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_FIELD_NUMBER: _ClassVar[int]
    MEASURED_FIELD_NUMBER: _ClassVar[int]
    PROMISED_FIELD_NUMBER: _ClassVar[int]
    ON_TIME_FIELD_NUMBER: _ClassVar[int]
    FORETOLD_FIELD_NUMBER: _ClassVar[int]
    P90_HELD_FIELD_NUMBER: _ClassVar[int]
    P50_MINUTES_FIELD_NUMBER: _ClassVar[int]
    P90_MINUTES_FIELD_NUMBER: _ClassVar[int]
    courier: str
    site: str
    shipments: int
    delivered: int
    measured: int
    promised: int
    on_time: int
    foretold: int
    p90_held: int
    p50_minutes: float
    p90_minutes: float
    def __init__(self, courier: _Optional[str] = ..., site: _Optional[str] = ..., shipments: _Optional[int] = ..., delivered: _Optional[int] = ..., measured: _Optional[int] = ..., promised: _Optional[int] = ..., on_time: _Optional[int] = ..., foretold: _Optional[int] = ..., p90_held: _Optional[int] = ..., p50_minutes: _Optional[float] = ..., p90_minutes: _Optional[float] = ...) -> None: ...

class DenialCount(_message.Message):
    __slots__ = ("carrier", "departure_time", "denials", "delays")
    CARRIER_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    DENIALS_FIELD_NUMBER: _ClassVar[int]
    DELAYS_FIELD_NUMBER: _ClassVar[int]
    carrier: str
    departure_time: _timestamp_pb2.Timestamp
    denials: int
    delays: int
    def __init__(self, carrier: _Optional[str] = ..., departure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., denials: _Optional[int] = ..., delays: _Optional[int] = ...) -> None: ...

class TransitMeasurement(_message.Message):
    __slots__ = ("quantiles", "promised_percentile", "shipments", "since_time", "until_time", "steps")
    QUANTILES_FIELD_NUMBER: _ClassVar[int]
    PROMISED_PERCENTILE_FIELD_NUMBER: _ClassVar[int]
    SHIPMENTS_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    quantiles: _containers.RepeatedCompositeFieldContainer[MeasuredQuantile]
    promised_percentile: int
    shipments: int
    since_time: _timestamp_pb2.Timestamp
    until_time: _timestamp_pb2.Timestamp
    steps: _containers.RepeatedCompositeFieldContainer[MeasuredStep]
    def __init__(self, quantiles: _Optional[_Iterable[_Union[MeasuredQuantile, _Mapping]]] = ..., promised_percentile: _Optional[int] = ..., shipments: _Optional[int] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., steps: _Optional[_Iterable[_Union[MeasuredStep, _Mapping]]] = ...) -> None: ...

class MeasuredQuantile(_message.Message):
    __slots__ = ("percentile", "minutes")
    PERCENTILE_FIELD_NUMBER: _ClassVar[int]
    MINUTES_FIELD_NUMBER: _ClassVar[int]
    percentile: int
    minutes: int
    def __init__(self, percentile: _Optional[int] = ..., minutes: _Optional[int] = ...) -> None: ...

class MeasuredStep(_message.Message):
    __slots__ = ("kind", "p50_minutes", "p90_minutes", "shipments")
    KIND_FIELD_NUMBER: _ClassVar[int]
    P50_MINUTES_FIELD_NUMBER: _ClassVar[int]
    P90_MINUTES_FIELD_NUMBER: _ClassVar[int]
    SHIPMENTS_FIELD_NUMBER: _ClassVar[int]
    kind: _courier_pb2.Milestone.Kind
    p50_minutes: float
    p90_minutes: float
    shipments: int
    def __init__(self, kind: _Optional[_Union[_courier_pb2.Milestone.Kind, str]] = ..., p50_minutes: _Optional[float] = ..., p90_minutes: _Optional[float] = ..., shipments: _Optional[int] = ...) -> None: ...

class AcceptanceMeasurement(_message.Message):
    __slots__ = ("accepted", "denied", "count_time", "departures")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    DENIED_FIELD_NUMBER: _ClassVar[int]
    COUNT_TIME_FIELD_NUMBER: _ClassVar[int]
    DEPARTURES_FIELD_NUMBER: _ClassVar[int]
    accepted: float
    denied: float
    count_time: _timestamp_pb2.Timestamp
    departures: _containers.RepeatedCompositeFieldContainer[DepartureAcceptance]
    def __init__(self, accepted: _Optional[float] = ..., denied: _Optional[float] = ..., count_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., departures: _Optional[_Iterable[_Union[DepartureAcceptance, _Mapping]]] = ...) -> None: ...

class DepartureAcceptance(_message.Message):
    __slots__ = ("day", "time", "accepted", "denied")
    DAY_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    DENIED_FIELD_NUMBER: _ClassVar[int]
    day: _dayofweek_pb2.DayOfWeek
    time: _timeofday_pb2.TimeOfDay
    accepted: float
    denied: float
    def __init__(self, day: _Optional[_Union[_dayofweek_pb2.DayOfWeek, str]] = ..., time: _Optional[_Union[_timeofday_pb2.TimeOfDay, _Mapping]] = ..., accepted: _Optional[float] = ..., denied: _Optional[float] = ...) -> None: ...
