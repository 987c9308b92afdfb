from buf.validate import validate_pb2 as _validate_pb2
from doselane.tower.v1 import board_pb2 as _board_pb2
from doselane.tower.v1 import consent_pb2 as _consent_pb2
from doselane.tower.v1 import draft_pb2 as _draft_pb2
from doselane.tower.v1 import escalation_pb2 as _escalation_pb2
from doselane.tower.v1 import go_no_go_pb2 as _go_no_go_pb2
from doselane.tower.v1 import incident_pb2 as _incident_pb2
from doselane.tower.v1 import loss_pb2 as _loss_pb2
from doselane.tower.v1 import rescue_pb2 as _rescue_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from doselane.type.v1 import type_pb2 as _type_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetBoardEntryRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListBoardEntriesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "verdicts", "site", "run", "product", "order_reference", "include_ended")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    ORDER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_ENDED_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    verdicts: _containers.RepeatedScalarFieldContainer[_incident_pb2.DoseVerdict]
    site: str
    run: str
    product: str
    order_reference: str
    include_ended: bool
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., verdicts: _Optional[_Iterable[_Union[_incident_pb2.DoseVerdict, str]]] = ..., site: _Optional[str] = ..., run: _Optional[str] = ..., product: _Optional[str] = ..., order_reference: _Optional[str] = ..., include_ended: _Optional[bool] = ...) -> None: ...

class ListBoardEntriesResponse(_message.Message):
    __slots__ = ("board_entries", "next_page_token")
    BOARD_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    board_entries: _containers.RepeatedCompositeFieldContainer[_board_pb2.BoardEntry]
    next_page_token: str
    def __init__(self, board_entries: _Optional[_Iterable[_Union[_board_pb2.BoardEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WatchBoardEntriesRequest(_message.Message):
    __slots__ = ("cursor",)
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    def __init__(self, cursor: _Optional[str] = ...) -> None: ...

class WatchBoardEntriesResponse(_message.Message):
    __slots__ = ("cursor", "board_entry", "keep_alive")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    BOARD_ENTRY_FIELD_NUMBER: _ClassVar[int]
    KEEP_ALIVE_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    board_entry: _board_pb2.BoardEntry
    keep_alive: _type_pb2.KeepAlive
    def __init__(self, cursor: _Optional[str] = ..., board_entry: _Optional[_Union[_board_pb2.BoardEntry, _Mapping]] = ..., keep_alive: _Optional[_Union[_type_pb2.KeepAlive, _Mapping]] = ...) -> None: ...

class GetIncidentRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListIncidentsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "states", "kinds", "dose")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    DOSE_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[_incident_pb2.Incident.State]
    kinds: _containers.RepeatedScalarFieldContainer[_incident_pb2.Incident.Kind]
    dose: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_incident_pb2.Incident.State, str]]] = ..., kinds: _Optional[_Iterable[_Union[_incident_pb2.Incident.Kind, str]]] = ..., dose: _Optional[str] = ...) -> None: ...

class ListIncidentsResponse(_message.Message):
    __slots__ = ("incidents", "next_page_token")
    INCIDENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    incidents: _containers.RepeatedCompositeFieldContainer[_incident_pb2.Incident]
    next_page_token: str
    def __init__(self, incidents: _Optional[_Iterable[_Union[_incident_pb2.Incident, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WatchIncidentsRequest(_message.Message):
    __slots__ = ("cursor",)
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    def __init__(self, cursor: _Optional[str] = ...) -> None: ...

class WatchIncidentsResponse(_message.Message):
    __slots__ = ("cursor", "incident", "keep_alive")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    KEEP_ALIVE_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    incident: _incident_pb2.Incident
    keep_alive: _type_pb2.KeepAlive
    def __init__(self, cursor: _Optional[str] = ..., incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ..., keep_alive: _Optional[_Union[_type_pb2.KeepAlive, _Mapping]] = ...) -> None: ...

class AcknowledgeIncidentRequest(_message.Message):
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

class ResolveIncidentRequest(_message.Message):
    __slots__ = ("name", "reason", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...
