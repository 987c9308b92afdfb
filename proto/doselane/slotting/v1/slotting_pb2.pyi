import datetime

from doselane.type.v1 import options_pb2 as _options_pb2
from doselane.type.v1 import type_pb2 as _type_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Slot(_message.Message):
    __slots__ = ("name", "partner", "run", "state", "at_risk", "site", "lane", "administration", "reference_activity_kbq", "order_reference", "patient_reference", "hold_until_time", "etag", "create_time", "update_time", "last_change")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Slot.State]
        HELD: _ClassVar[Slot.State]
        CONFIRMED: _ClassVar[Slot.State]
        FULFILLED: _ClassVar[Slot.State]
        RELEASED: _ClassVar[Slot.State]
        EXPIRED: _ClassVar[Slot.State]
        LOST: _ClassVar[Slot.State]
    STATE_UNSPECIFIED: Slot.State
    HELD: Slot.State
    CONFIRMED: Slot.State
    FULFILLED: Slot.State
    RELEASED: Slot.State
    EXPIRED: Slot.State
    LOST: Slot.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    AT_RISK_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_ACTIVITY_KBQ_FIELD_NUMBER: _ClassVar[int]
    ORDER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    PATIENT_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    HOLD_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    partner: str
    run: str
    state: Slot.State
    at_risk: bool
    site: str
    lane: str
    administration: _type_pb2.Activity
    reference_activity_kbq: int
    order_reference: str
    patient_reference: str
    hold_until_time: _timestamp_pb2.Timestamp
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    def __init__(self, name: _Optional[str] = ..., partner: _Optional[str] = ..., run: _Optional[str] = ..., state: _Optional[_Union[Slot.State, str]] = ..., at_risk: _Optional[bool] = ..., site: _Optional[str] = ..., lane: _Optional[str] = ..., administration: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., reference_activity_kbq: _Optional[int] = ..., order_reference: _Optional[str] = ..., patient_reference: _Optional[str] = ..., hold_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ...) -> None: ...

class SlotDemand(_message.Message):
    __slots__ = ("run", "site", "lane", "administration", "order_reference", "patient_reference", "partner")
    RUN_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_FIELD_NUMBER: _ClassVar[int]
    ORDER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    PATIENT_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    run: str
    site: str
    lane: str
    administration: _type_pb2.Activity
    order_reference: str
    patient_reference: str
    partner: str
    def __init__(self, run: _Optional[str] = ..., site: _Optional[str] = ..., lane: _Optional[str] = ..., administration: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., order_reference: _Optional[str] = ..., patient_reference: _Optional[str] = ..., partner: _Optional[str] = ...) -> None: ...

class HoldSlotRequest(_message.Message):
    __slots__ = ("demand", "hold_minutes", "request_id", "reason")
    DEMAND_FIELD_NUMBER: _ClassVar[int]
    HOLD_MINUTES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    demand: SlotDemand
    hold_minutes: int
    request_id: str
    reason: str
    def __init__(self, demand: _Optional[_Union[SlotDemand, _Mapping]] = ..., hold_minutes: _Optional[int] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ConfirmSlotRequest(_message.Message):
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

class ClaimSlotRequest(_message.Message):
    __slots__ = ("demand", "request_id", "reason")
    DEMAND_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    demand: SlotDemand
    request_id: str
    reason: str
    def __init__(self, demand: _Optional[_Union[SlotDemand, _Mapping]] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class BatchClaimSlotsRequest(_message.Message):
    __slots__ = ("requests",)
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[ClaimSlotRequest]
    def __init__(self, requests: _Optional[_Iterable[_Union[ClaimSlotRequest, _Mapping]]] = ...) -> None: ...

class BatchClaimSlotsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[BatchClaimSlotsResult]
    def __init__(self, results: _Optional[_Iterable[_Union[BatchClaimSlotsResult, _Mapping]]] = ...) -> None: ...

class BatchClaimSlotsResult(_message.Message):
    __slots__ = ("slot", "error")
    SLOT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    slot: Slot
    error: _status_pb2.Status
    def __init__(self, slot: _Optional[_Union[Slot, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class ReleaseSlotRequest(_message.Message):
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

class MoveSlotRequest(_message.Message):
    __slots__ = ("name", "run", "lane", "administration", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    run: str
    lane: str
    administration: _type_pb2.Activity
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., run: _Optional[str] = ..., lane: _Optional[str] = ..., administration: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GetSlotRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListSlotsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "run", "states", "order_reference")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    ORDER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    run: str
    states: _containers.RepeatedScalarFieldContainer[Slot.State]
    order_reference: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., run: _Optional[str] = ..., states: _Optional[_Iterable[_Union[Slot.State, str]]] = ..., order_reference: _Optional[str] = ...) -> None: ...

class ListSlotsResponse(_message.Message):
    __slots__ = ("slots", "next_page_token")
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    slots: _containers.RepeatedCompositeFieldContainer[Slot]
    next_page_token: str
    def __init__(self, slots: _Optional[_Iterable[_Union[Slot, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetAvailabilityRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class Availability(_message.Message):
    __slots__ = ("name", "allotment_free", "pool_free", "vial_reference_activity_max_kbq", "claim_cutoff_time", "read_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ALLOTMENT_FREE_FIELD_NUMBER: _ClassVar[int]
    POOL_FREE_FIELD_NUMBER: _ClassVar[int]
    VIAL_REFERENCE_ACTIVITY_MAX_KBQ_FIELD_NUMBER: _ClassVar[int]
    CLAIM_CUTOFF_TIME_FIELD_NUMBER: _ClassVar[int]
    READ_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    allotment_free: _type_pb2.Capacity
    pool_free: _type_pb2.Capacity
    vial_reference_activity_max_kbq: int
    claim_cutoff_time: _timestamp_pb2.Timestamp
    read_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., allotment_free: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., pool_free: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., vial_reference_activity_max_kbq: _Optional[int] = ..., claim_cutoff_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., read_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CutRunCapacityRequest(_message.Message):
    __slots__ = ("run", "pledged", "allotments", "cancel", "accept_conflicts", "validate_only", "base_version", "request_id", "reason")
    RUN_FIELD_NUMBER: _ClassVar[int]
    PLEDGED_FIELD_NUMBER: _ClassVar[int]
    ALLOTMENTS_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    BASE_VERSION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    run: str
    pledged: _type_pb2.Capacity
    allotments: _containers.RepeatedCompositeFieldContainer[AllotmentSize]
    cancel: bool
    accept_conflicts: bool
    validate_only: bool
    base_version: int
    request_id: str
    reason: str
    def __init__(self, run: _Optional[str] = ..., pledged: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., allotments: _Optional[_Iterable[_Union[AllotmentSize, _Mapping]]] = ..., cancel: _Optional[bool] = ..., accept_conflicts: _Optional[bool] = ..., validate_only: _Optional[bool] = ..., base_version: _Optional[int] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class AllotmentSize(_message.Message):
    __slots__ = ("partner", "capacity")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    partner: str
    capacity: _type_pb2.Capacity
    def __init__(self, partner: _Optional[str] = ..., capacity: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ...) -> None: ...

class CutRunCapacityResponse(_message.Message):
    __slots__ = ("conflicting_slots", "version")
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    version: int
    def __init__(self, conflicting_slots: _Optional[_Iterable[str]] = ..., version: _Optional[int] = ...) -> None: ...

class Site(_message.Message):
    __slots__ = ("name", "partners", "licences", "receiving_windows", "time_zone")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARTNERS_FIELD_NUMBER: _ClassVar[int]
    LICENCES_FIELD_NUMBER: _ClassVar[int]
    RECEIVING_WINDOWS_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    name: str
    partners: _containers.RepeatedScalarFieldContainer[str]
    licences: _containers.RepeatedCompositeFieldContainer[Licence]
    receiving_windows: _containers.RepeatedCompositeFieldContainer[ReceivingWindow]
    time_zone: str
    def __init__(self, name: _Optional[str] = ..., partners: _Optional[_Iterable[str]] = ..., licences: _Optional[_Iterable[_Union[Licence, _Mapping]]] = ..., receiving_windows: _Optional[_Iterable[_Union[ReceivingWindow, _Mapping]]] = ..., time_zone: _Optional[str] = ...) -> None: ...

class Licence(_message.Message):
    __slots__ = ("nuclide", "activity_max_mbq", "valid_until_time")
    NUCLIDE_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_MAX_MBQ_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    nuclide: _type_pb2.Nuclide
    activity_max_mbq: float
    valid_until_time: _timestamp_pb2.Timestamp
    def __init__(self, nuclide: _Optional[_Union[_type_pb2.Nuclide, str]] = ..., activity_max_mbq: _Optional[float] = ..., valid_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReceivingWindow(_message.Message):
    __slots__ = ("start_time", "end_time")
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Lane(_message.Message):
    __slots__ = ("name", "site", "dispatch_minutes", "transit_minutes", "valid_until_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    DISPATCH_MINUTES_FIELD_NUMBER: _ClassVar[int]
    TRANSIT_MINUTES_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    site: str
    dispatch_minutes: int
    transit_minutes: int
    valid_until_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., site: _Optional[str] = ..., dispatch_minutes: _Optional[int] = ..., transit_minutes: _Optional[int] = ..., valid_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class UpdateSiteRequest(_message.Message):
    __slots__ = ("site",)
    SITE_FIELD_NUMBER: _ClassVar[int]
    site: Site
    def __init__(self, site: _Optional[_Union[Site, _Mapping]] = ...) -> None: ...

class UpdateLaneRequest(_message.Message):
    __slots__ = ("lane",)
    LANE_FIELD_NUMBER: _ClassVar[int]
    lane: Lane
    def __init__(self, lane: _Optional[_Union[Lane, _Mapping]] = ...) -> None: ...
