import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.masterdata.v1 import resources_pb2 as _resources_pb2
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

class TransitProposal(_message.Message):
    __slots__ = ("name", "lane", "state", "transit_quantiles", "promised_percentile", "transit_minutes", "lane_transit_minutes", "lane_transit_quantiles", "shipments", "since_time", "measure_time", "etag", "update_time", "last_change")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[TransitProposal.State]
        OPEN: _ClassVar[TransitProposal.State]
        ACCEPTED: _ClassVar[TransitProposal.State]
        REJECTED: _ClassVar[TransitProposal.State]
        SUPERSEDED: _ClassVar[TransitProposal.State]
    STATE_UNSPECIFIED: TransitProposal.State
    OPEN: TransitProposal.State
    ACCEPTED: TransitProposal.State
    REJECTED: TransitProposal.State
    SUPERSEDED: TransitProposal.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TRANSIT_QUANTILES_FIELD_NUMBER: _ClassVar[int]
    PROMISED_PERCENTILE_FIELD_NUMBER: _ClassVar[int]
    TRANSIT_MINUTES_FIELD_NUMBER: _ClassVar[int]
    LANE_TRANSIT_MINUTES_FIELD_NUMBER: _ClassVar[int]
    LANE_TRANSIT_QUANTILES_FIELD_NUMBER: _ClassVar[int]
    SHIPMENTS_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    MEASURE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    lane: str
    state: TransitProposal.State
    transit_quantiles: _containers.RepeatedCompositeFieldContainer[_resources_pb2.TransitQuantile]
    promised_percentile: int
    transit_minutes: int
    lane_transit_minutes: int
    lane_transit_quantiles: _containers.RepeatedCompositeFieldContainer[_resources_pb2.TransitQuantile]
    shipments: int
    since_time: _timestamp_pb2.Timestamp
    measure_time: _timestamp_pb2.Timestamp
    etag: str
    update_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    def __init__(self, name: _Optional[str] = ..., lane: _Optional[str] = ..., state: _Optional[_Union[TransitProposal.State, str]] = ..., transit_quantiles: _Optional[_Iterable[_Union[_resources_pb2.TransitQuantile, _Mapping]]] = ..., promised_percentile: _Optional[int] = ..., transit_minutes: _Optional[int] = ..., lane_transit_minutes: _Optional[int] = ..., lane_transit_quantiles: _Optional[_Iterable[_Union[_resources_pb2.TransitQuantile, _Mapping]]] = ..., shipments: _Optional[int] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., measure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ...) -> None: ...

class GetTransitProposalRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListTransitProposalsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "lane", "states")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    lane: str
    states: _containers.RepeatedScalarFieldContainer[TransitProposal.State]
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., lane: _Optional[str] = ..., states: _Optional[_Iterable[_Union[TransitProposal.State, str]]] = ...) -> None: ...

class ListTransitProposalsResponse(_message.Message):
    __slots__ = ("transit_proposals", "next_page_token")
    TRANSIT_PROPOSALS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    transit_proposals: _containers.RepeatedCompositeFieldContainer[TransitProposal]
    next_page_token: str
    def __init__(self, transit_proposals: _Optional[_Iterable[_Union[TransitProposal, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AcceptTransitProposalRequest(_message.Message):
    __slots__ = ("name", "etag", "accept_conflicts", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    accept_conflicts: bool
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., accept_conflicts: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class AcceptTransitProposalResponse(_message.Message):
    __slots__ = ("transit_proposal", "lane", "conflicting_slots")
    TRANSIT_PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    transit_proposal: TransitProposal
    lane: _resources_pb2.Lane
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, transit_proposal: _Optional[_Union[TransitProposal, _Mapping]] = ..., lane: _Optional[_Union[_resources_pb2.Lane, _Mapping]] = ..., conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class RejectTransitProposalRequest(_message.Message):
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
