import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
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

class Milestone(_message.Message):
    __slots__ = ("event_id", "kind", "code", "description", "time", "local_time", "location", "sensor_readings", "shipment_references", "retracts_event_ids", "retracted", "expected_delivery_time", "answers_event_id")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Milestone.Kind]
        BOOKED: _ClassVar[Milestone.Kind]
        COLLECTED: _ClassVar[Milestone.Kind]
        DEPARTED: _ClassVar[Milestone.Kind]
        ARRIVED: _ClassVar[Milestone.Kind]
        CUSTOMS_HELD: _ClassVar[Milestone.Kind]
        CUSTOMS_CLEARED: _ClassVar[Milestone.Kind]
        OUT_FOR_DELIVERY: _ClassVar[Milestone.Kind]
        DELIVERED: _ClassVar[Milestone.Kind]
        DELAYED: _ClassVar[Milestone.Kind]
        EXCEPTION: _ClassVar[Milestone.Kind]
        RETURNED: _ClassVar[Milestone.Kind]
        CANCELLED: _ClassVar[Milestone.Kind]
        OBSERVED: _ClassVar[Milestone.Kind]
    KIND_UNSPECIFIED: Milestone.Kind
    BOOKED: Milestone.Kind
    COLLECTED: Milestone.Kind
    DEPARTED: Milestone.Kind
    ARRIVED: Milestone.Kind
    CUSTOMS_HELD: Milestone.Kind
    CUSTOMS_CLEARED: Milestone.Kind
    OUT_FOR_DELIVERY: Milestone.Kind
    DELIVERED: Milestone.Kind
    DELAYED: Milestone.Kind
    EXCEPTION: Milestone.Kind
    RETURNED: Milestone.Kind
    CANCELLED: Milestone.Kind
    OBSERVED: Milestone.Kind
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    LOCAL_TIME_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    SENSOR_READINGS_FIELD_NUMBER: _ClassVar[int]
    SHIPMENT_REFERENCES_FIELD_NUMBER: _ClassVar[int]
    RETRACTS_EVENT_IDS_FIELD_NUMBER: _ClassVar[int]
    RETRACTED_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_DELIVERY_TIME_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    kind: Milestone.Kind
    code: str
    description: str
    time: _timestamp_pb2.Timestamp
    local_time: str
    location: Location
    sensor_readings: _containers.RepeatedCompositeFieldContainer[SensorReading]
    shipment_references: _containers.RepeatedScalarFieldContainer[str]
    retracts_event_ids: _containers.RepeatedScalarFieldContainer[str]
    retracted: bool
    expected_delivery_time: _timestamp_pb2.Timestamp
    answers_event_id: str
    def __init__(self, event_id: _Optional[str] = ..., kind: _Optional[_Union[Milestone.Kind, str]] = ..., code: _Optional[str] = ..., description: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., local_time: _Optional[str] = ..., location: _Optional[_Union[Location, _Mapping]] = ..., sensor_readings: _Optional[_Iterable[_Union[SensorReading, _Mapping]]] = ..., shipment_references: _Optional[_Iterable[str]] = ..., retracts_event_ids: _Optional[_Iterable[str]] = ..., retracted: _Optional[bool] = ..., expected_delivery_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answers_event_id: _Optional[str] = ...) -> None: ...

class Location(_message.Message):
    __slots__ = ("place", "city", "region", "postal_code", "country", "latitude_degrees", "longitude_degrees")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    CITY_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    POSTAL_CODE_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    LATITUDE_DEGREES_FIELD_NUMBER: _ClassVar[int]
    LONGITUDE_DEGREES_FIELD_NUMBER: _ClassVar[int]
    place: str
    city: str
    region: str
    postal_code: str
    country: str
    latitude_degrees: float
    longitude_degrees: float
    def __init__(self, place: _Optional[str] = ..., city: _Optional[str] = ..., region: _Optional[str] = ..., postal_code: _Optional[str] = ..., country: _Optional[str] = ..., latitude_degrees: _Optional[float] = ..., longitude_degrees: _Optional[float] = ...) -> None: ...

class SensorReading(_message.Message):
    __slots__ = ("type", "value", "text", "unit", "time", "device", "minimum", "maximum", "mean", "alarm")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_FIELD_NUMBER: _ClassVar[int]
    MEAN_FIELD_NUMBER: _ClassVar[int]
    ALARM_FIELD_NUMBER: _ClassVar[int]
    type: str
    value: float
    text: str
    unit: str
    time: _timestamp_pb2.Timestamp
    device: str
    minimum: float
    maximum: float
    mean: float
    alarm: str
    def __init__(self, type: _Optional[str] = ..., value: _Optional[float] = ..., text: _Optional[str] = ..., unit: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., device: _Optional[str] = ..., minimum: _Optional[float] = ..., maximum: _Optional[float] = ..., mean: _Optional[float] = ..., alarm: _Optional[str] = ...) -> None: ...

class Push(_message.Message):
    __slots__ = ("name", "courier", "adapter", "receive_time", "state", "reason", "detail", "notes", "body_sha256", "body_bytes", "body")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Push.State]
        RECEIVED: _ClassVar[Push.State]
        ACCEPTED: _ClassVar[Push.State]
        REFUSED: _ClassVar[Push.State]
        REPEATED: _ClassVar[Push.State]
    STATE_UNSPECIFIED: Push.State
    RECEIVED: Push.State
    ACCEPTED: Push.State
    REFUSED: Push.State
    REPEATED: Push.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    COURIER_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    BODY_SHA256_FIELD_NUMBER: _ClassVar[int]
    BODY_BYTES_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    name: str
    courier: str
    adapter: str
    receive_time: _timestamp_pb2.Timestamp
    state: Push.State
    reason: str
    detail: str
    notes: _containers.RepeatedCompositeFieldContainer[PushNote]
    body_sha256: str
    body_bytes: int
    body: bytes
    def __init__(self, name: _Optional[str] = ..., courier: _Optional[str] = ..., adapter: _Optional[str] = ..., receive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[Push.State, str]] = ..., reason: _Optional[str] = ..., detail: _Optional[str] = ..., notes: _Optional[_Iterable[_Union[PushNote, _Mapping]]] = ..., body_sha256: _Optional[str] = ..., body_bytes: _Optional[int] = ..., body: _Optional[bytes] = ...) -> None: ...

class PushNote(_message.Message):
    __slots__ = ("index", "event_id", "kind", "warnings")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    index: int
    event_id: str
    kind: Milestone.Kind
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, index: _Optional[int] = ..., event_id: _Optional[str] = ..., kind: _Optional[_Union[Milestone.Kind, str]] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class GetPushRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListPushesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "states")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[Push.State]
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[Push.State, str]]] = ...) -> None: ...

class ListPushesResponse(_message.Message):
    __slots__ = ("pushes", "next_page_token")
    PUSHES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    pushes: _containers.RepeatedCompositeFieldContainer[Push]
    next_page_token: str
    def __init__(self, pushes: _Optional[_Iterable[_Union[Push, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RejudgePushRequest(_message.Message):
    __slots__ = ("name", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CourierAccount(_message.Message):
    __slots__ = ("name", "courier", "adapter", "operations", "webhooks", "last_push_time", "last_fetch_time", "state", "detail")
    class Operation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OPERATION_UNSPECIFIED: _ClassVar[CourierAccount.Operation]
        BOOK: _ClassVar[CourierAccount.Operation]
        CANCEL: _ClassVar[CourierAccount.Operation]
        REDIRECT: _ClassVar[CourierAccount.Operation]
        SUBSCRIBE: _ClassVar[CourierAccount.Operation]
        TRACK: _ClassVar[CourierAccount.Operation]
        NOTIFY: _ClassVar[CourierAccount.Operation]
    OPERATION_UNSPECIFIED: CourierAccount.Operation
    BOOK: CourierAccount.Operation
    CANCEL: CourierAccount.Operation
    REDIRECT: CourierAccount.Operation
    SUBSCRIBE: CourierAccount.Operation
    TRACK: CourierAccount.Operation
    NOTIFY: CourierAccount.Operation
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[CourierAccount.State]
        WORKING: _ClassVar[CourierAccount.State]
        FAILING: _ClassVar[CourierAccount.State]
        SILENT: _ClassVar[CourierAccount.State]
    STATE_UNSPECIFIED: CourierAccount.State
    WORKING: CourierAccount.State
    FAILING: CourierAccount.State
    SILENT: CourierAccount.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    COURIER_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    WEBHOOKS_FIELD_NUMBER: _ClassVar[int]
    LAST_PUSH_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_FETCH_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    name: str
    courier: str
    adapter: str
    operations: _containers.RepeatedScalarFieldContainer[CourierAccount.Operation]
    webhooks: _containers.RepeatedScalarFieldContainer[str]
    last_push_time: _timestamp_pb2.Timestamp
    last_fetch_time: _timestamp_pb2.Timestamp
    state: CourierAccount.State
    detail: str
    def __init__(self, name: _Optional[str] = ..., courier: _Optional[str] = ..., adapter: _Optional[str] = ..., operations: _Optional[_Iterable[_Union[CourierAccount.Operation, str]]] = ..., webhooks: _Optional[_Iterable[str]] = ..., last_push_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_fetch_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[CourierAccount.State, str]] = ..., detail: _Optional[str] = ...) -> None: ...

class ListCourierAccountsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCourierAccountsResponse(_message.Message):
    __slots__ = ("accounts", "next_page_token")
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    accounts: _containers.RepeatedCompositeFieldContainer[CourierAccount]
    next_page_token: str
    def __init__(self, accounts: _Optional[_Iterable[_Union[CourierAccount, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ReportMilestonesRequest(_message.Message):
    __slots__ = ("courier", "milestones", "request_id", "reason")
    COURIER_FIELD_NUMBER: _ClassVar[int]
    MILESTONES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    courier: str
    milestones: _containers.RepeatedCompositeFieldContainer[MilestoneEntry]
    request_id: str
    reason: str
    def __init__(self, courier: _Optional[str] = ..., milestones: _Optional[_Iterable[_Union[MilestoneEntry, _Mapping]]] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class MilestoneEntry(_message.Message):
    __slots__ = ("event_id", "kind", "shipment_references", "time", "description", "location", "temperatures", "expected_delivery_time", "retracts_event_ids")
    class Place(_message.Message):
        __slots__ = ("place", "city", "region", "postal_code", "country")
        PLACE_FIELD_NUMBER: _ClassVar[int]
        CITY_FIELD_NUMBER: _ClassVar[int]
        REGION_FIELD_NUMBER: _ClassVar[int]
        POSTAL_CODE_FIELD_NUMBER: _ClassVar[int]
        COUNTRY_FIELD_NUMBER: _ClassVar[int]
        place: str
        city: str
        region: str
        postal_code: str
        country: str
        def __init__(self, place: _Optional[str] = ..., city: _Optional[str] = ..., region: _Optional[str] = ..., postal_code: _Optional[str] = ..., country: _Optional[str] = ...) -> None: ...
    class Temperature(_message.Message):
        __slots__ = ("celsius", "time", "device")
        CELSIUS_FIELD_NUMBER: _ClassVar[int]
        TIME_FIELD_NUMBER: _ClassVar[int]
        DEVICE_FIELD_NUMBER: _ClassVar[int]
        celsius: float
        time: _timestamp_pb2.Timestamp
        device: str
        def __init__(self, celsius: _Optional[float] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., device: _Optional[str] = ...) -> None: ...
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SHIPMENT_REFERENCES_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURES_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_DELIVERY_TIME_FIELD_NUMBER: _ClassVar[int]
    RETRACTS_EVENT_IDS_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    kind: Milestone.Kind
    shipment_references: _containers.RepeatedScalarFieldContainer[str]
    time: _timestamp_pb2.Timestamp
    description: str
    location: MilestoneEntry.Place
    temperatures: _containers.RepeatedCompositeFieldContainer[MilestoneEntry.Temperature]
    expected_delivery_time: _timestamp_pb2.Timestamp
    retracts_event_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, event_id: _Optional[str] = ..., kind: _Optional[_Union[Milestone.Kind, str]] = ..., shipment_references: _Optional[_Iterable[str]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., description: _Optional[str] = ..., location: _Optional[_Union[MilestoneEntry.Place, _Mapping]] = ..., temperatures: _Optional[_Iterable[_Union[MilestoneEntry.Temperature, _Mapping]]] = ..., expected_delivery_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., retracts_event_ids: _Optional[_Iterable[str]] = ...) -> None: ...
