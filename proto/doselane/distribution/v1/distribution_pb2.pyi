import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.distribution.v1 import shipment_pb2 as _shipment_pb2
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

class GetShipmentRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListShipmentsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "dose", "run", "site", "lane", "courier", "states", "implausible_only", "overdue_only", "departure_from_time", "departure_until_time", "reference")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DOSE_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    COURIER_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    IMPLAUSIBLE_ONLY_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_ONLY_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    dose: str
    run: str
    site: str
    lane: str
    courier: str
    states: _containers.RepeatedScalarFieldContainer[_shipment_pb2.Shipment.State]
    implausible_only: bool
    overdue_only: bool
    departure_from_time: _timestamp_pb2.Timestamp
    departure_until_time: _timestamp_pb2.Timestamp
    reference: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., dose: _Optional[str] = ..., run: _Optional[str] = ..., site: _Optional[str] = ..., lane: _Optional[str] = ..., courier: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_shipment_pb2.Shipment.State, str]]] = ..., implausible_only: _Optional[bool] = ..., overdue_only: _Optional[bool] = ..., departure_from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., departure_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reference: _Optional[str] = ...) -> None: ...

class ListShipmentsResponse(_message.Message):
    __slots__ = ("shipments", "next_page_token")
    SHIPMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    shipments: _containers.RepeatedCompositeFieldContainer[_shipment_pb2.Shipment]
    next_page_token: str
    def __init__(self, shipments: _Optional[_Iterable[_Union[_shipment_pb2.Shipment, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WatchShipmentsRequest(_message.Message):
    __slots__ = ("cursor", "site")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    site: str
    def __init__(self, cursor: _Optional[str] = ..., site: _Optional[str] = ...) -> None: ...

class WatchShipmentsResponse(_message.Message):
    __slots__ = ("cursor", "shipment", "keep_alive", "left_shipment")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    KEEP_ALIVE_FIELD_NUMBER: _ClassVar[int]
    LEFT_SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    shipment: _shipment_pb2.Shipment
    keep_alive: _type_pb2.KeepAlive
    left_shipment: str
    def __init__(self, cursor: _Optional[str] = ..., shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ..., keep_alive: _Optional[_Union[_type_pb2.KeepAlive, _Mapping]] = ..., left_shipment: _Optional[str] = ...) -> None: ...

class BookShipmentRequest(_message.Message):
    __slots__ = ("doses", "courier", "references", "request_id", "reason")
    DOSES_FIELD_NUMBER: _ClassVar[int]
    COURIER_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    doses: _containers.RepeatedScalarFieldContainer[str]
    courier: str
    references: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    reason: str
    def __init__(self, doses: _Optional[_Iterable[str]] = ..., courier: _Optional[str] = ..., references: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class AttachReferencesRequest(_message.Message):
    __slots__ = ("name", "courier", "references", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    COURIER_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    courier: str
    references: _containers.RepeatedScalarFieldContainer[str]
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., courier: _Optional[str] = ..., references: _Optional[_Iterable[str]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class PackShipmentRequest(_message.Message):
    __slots__ = ("name", "packages", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PACKAGES_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    packages: _containers.RepeatedCompositeFieldContainer[_shipment_pb2.Package]
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., packages: _Optional[_Iterable[_Union[_shipment_pb2.Package, _Mapping]]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GetAcceptanceChecklistRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class AcceptanceChecklist(_message.Message):
    __slots__ = ("name", "items", "satisfied", "check_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    SATISFIED_FIELD_NUMBER: _ClassVar[int]
    CHECK_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    items: _containers.RepeatedCompositeFieldContainer[_shipment_pb2.AcceptanceItem]
    satisfied: bool
    check_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., items: _Optional[_Iterable[_Union[_shipment_pb2.AcceptanceItem, _Mapping]]] = ..., satisfied: _Optional[bool] = ..., check_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RecordHandOverRequest(_message.Message):
    __slots__ = ("name", "hand_over_time", "to_party", "from_party", "place", "received_by", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    HAND_OVER_TIME_FIELD_NUMBER: _ClassVar[int]
    TO_PARTY_FIELD_NUMBER: _ClassVar[int]
    FROM_PARTY_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_BY_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    hand_over_time: _timestamp_pb2.Timestamp
    to_party: str
    from_party: str
    place: str
    received_by: str
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., hand_over_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., to_party: _Optional[str] = ..., from_party: _Optional[str] = ..., place: _Optional[str] = ..., received_by: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RedirectShipmentRequest(_message.Message):
    __slots__ = ("name", "site", "lane", "cause", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    site: str
    lane: str
    cause: str
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., site: _Optional[str] = ..., lane: _Optional[str] = ..., cause: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CancelShipmentRequest(_message.Message):
    __slots__ = ("name", "cause", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    cause: str
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., cause: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ReportLossRequest(_message.Message):
    __slots__ = ("name", "cause", "detail", "loss_time", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    LOSS_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    cause: _shipment_pb2.Loss.Cause
    detail: str
    loss_time: _timestamp_pb2.Timestamp
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., cause: _Optional[_Union[_shipment_pb2.Loss.Cause, str]] = ..., detail: _Optional[str] = ..., loss_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class SettleMilestoneRequest(_message.Message):
    __slots__ = ("name", "milestone_event_id", "verdict", "etag", "request_id", "reason")
    class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        VERDICT_UNSPECIFIED: _ClassVar[SettleMilestoneRequest.Verdict]
        ACCEPTED: _ClassVar[SettleMilestoneRequest.Verdict]
        DISMISSED: _ClassVar[SettleMilestoneRequest.Verdict]
    VERDICT_UNSPECIFIED: SettleMilestoneRequest.Verdict
    ACCEPTED: SettleMilestoneRequest.Verdict
    DISMISSED: SettleMilestoneRequest.Verdict
    NAME_FIELD_NUMBER: _ClassVar[int]
    MILESTONE_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    milestone_event_id: str
    verdict: SettleMilestoneRequest.Verdict
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., milestone_event_id: _Optional[str] = ..., verdict: _Optional[_Union[SettleMilestoneRequest.Verdict, str]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ListMilestonesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListMilestonesResponse(_message.Message):
    __slots__ = ("milestones", "next_page_token")
    MILESTONES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    milestones: _containers.RepeatedCompositeFieldContainer[_shipment_pb2.RecordedMilestone]
    next_page_token: str
    def __init__(self, milestones: _Optional[_Iterable[_Union[_shipment_pb2.RecordedMilestone, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListUnmatchedMilestonesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "courier")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    COURIER_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    courier: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., courier: _Optional[str] = ...) -> None: ...

class ListUnmatchedMilestonesResponse(_message.Message):
    __slots__ = ("unmatched_milestones", "next_page_token")
    UNMATCHED_MILESTONES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    unmatched_milestones: _containers.RepeatedCompositeFieldContainer[_shipment_pb2.UnmatchedMilestone]
    next_page_token: str
    def __init__(self, unmatched_milestones: _Optional[_Iterable[_Union[_shipment_pb2.UnmatchedMilestone, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
