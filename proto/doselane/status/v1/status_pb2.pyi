import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.courier.v1 import courier_pb2 as _courier_pb2
from doselane.distribution.v1 import shipment_pb2 as _shipment_pb2
from doselane.slotting.v1 import slotting_pb2 as _slotting_pb2
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

class Dose(_message.Message):
    __slots__ = ("name", "slot", "partner", "run", "site", "order_reference", "slot_state", "at_risk", "administration", "shipment", "create_time", "update_time", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    ORDER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    SLOT_STATE_FIELD_NUMBER: _ClassVar[int]
    AT_RISK_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_FIELD_NUMBER: _ClassVar[int]
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    slot: str
    partner: str
    run: str
    site: str
    order_reference: str
    slot_state: _slotting_pb2.Slot.State
    at_risk: bool
    administration: _type_pb2.Activity
    shipment: _shipment_pb2.Shipment
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., slot: _Optional[str] = ..., partner: _Optional[str] = ..., run: _Optional[str] = ..., site: _Optional[str] = ..., order_reference: _Optional[str] = ..., slot_state: _Optional[_Union[_slotting_pb2.Slot.State, str]] = ..., at_risk: _Optional[bool] = ..., administration: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class TimelineEntry(_message.Message):
    __slots__ = ("name", "event_type", "event_id", "event_time", "record_time", "summary", "milestone", "slot", "plausibility", "implausibility")
    class Plausibility(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        PLAUSIBILITY_UNSPECIFIED: _ClassVar[TimelineEntry.Plausibility]
        PLAUSIBLE: _ClassVar[TimelineEntry.Plausibility]
        IMPLAUSIBLE: _ClassVar[TimelineEntry.Plausibility]
    PLAUSIBILITY_UNSPECIFIED: TimelineEntry.Plausibility
    PLAUSIBLE: TimelineEntry.Plausibility
    IMPLAUSIBLE: TimelineEntry.Plausibility
    NAME_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    RECORD_TIME_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    MILESTONE_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    PLAUSIBILITY_FIELD_NUMBER: _ClassVar[int]
    IMPLAUSIBILITY_FIELD_NUMBER: _ClassVar[int]
    name: str
    event_type: str
    event_id: str
    event_time: _timestamp_pb2.Timestamp
    record_time: _timestamp_pb2.Timestamp
    summary: str
    milestone: _courier_pb2.Milestone
    slot: _slotting_pb2.Slot
    plausibility: TimelineEntry.Plausibility
    implausibility: _shipment_pb2.Implausibility
    def __init__(self, name: _Optional[str] = ..., event_type: _Optional[str] = ..., event_id: _Optional[str] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., record_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., summary: _Optional[str] = ..., milestone: _Optional[_Union[_courier_pb2.Milestone, _Mapping]] = ..., slot: _Optional[_Union[_slotting_pb2.Slot, _Mapping]] = ..., plausibility: _Optional[_Union[TimelineEntry.Plausibility, str]] = ..., implausibility: _Optional[_Union[_shipment_pb2.Implausibility, _Mapping]] = ...) -> None: ...

class GetDoseRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListDosesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "run", "order_reference", "shipment_states", "implausible_only")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    ORDER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    SHIPMENT_STATES_FIELD_NUMBER: _ClassVar[int]
    IMPLAUSIBLE_ONLY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    run: str
    order_reference: str
    shipment_states: _containers.RepeatedScalarFieldContainer[_shipment_pb2.Shipment.State]
    implausible_only: bool
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., run: _Optional[str] = ..., order_reference: _Optional[str] = ..., shipment_states: _Optional[_Iterable[_Union[_shipment_pb2.Shipment.State, str]]] = ..., implausible_only: _Optional[bool] = ...) -> None: ...

class ListDosesResponse(_message.Message):
    __slots__ = ("doses", "next_page_token")
    DOSES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    doses: _containers.RepeatedCompositeFieldContainer[Dose]
    next_page_token: str
    def __init__(self, doses: _Optional[_Iterable[_Union[Dose, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListTimelineEntriesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTimelineEntriesResponse(_message.Message):
    __slots__ = ("timeline_entries", "next_page_token")
    TIMELINE_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    timeline_entries: _containers.RepeatedCompositeFieldContainer[TimelineEntry]
    next_page_token: str
    def __init__(self, timeline_entries: _Optional[_Iterable[_Union[TimelineEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WatchTimelineRequest(_message.Message):
    __slots__ = ("parent", "cursor")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    parent: str
    cursor: str
    def __init__(self, parent: _Optional[str] = ..., cursor: _Optional[str] = ...) -> None: ...

class WatchTimelineResponse(_message.Message):
    __slots__ = ("cursor", "entry", "keep_alive")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    KEEP_ALIVE_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    entry: TimelineEntry
    keep_alive: _type_pb2.KeepAlive
    def __init__(self, cursor: _Optional[str] = ..., entry: _Optional[_Union[TimelineEntry, _Mapping]] = ..., keep_alive: _Optional[_Union[_type_pb2.KeepAlive, _Mapping]] = ...) -> None: ...
