import datetime

from buf.validate import validate_pb2 as _validate_pb2
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

class Account(_message.Message):
    __slots__ = ("name", "partner", "port", "adapter", "operations", "webhooks", "last_push_time", "last_fetch_time", "state", "detail", "mapping_version")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Account.State]
        WORKING: _ClassVar[Account.State]
        FAILING: _ClassVar[Account.State]
        SILENT: _ClassVar[Account.State]
    STATE_UNSPECIFIED: Account.State
    WORKING: Account.State
    FAILING: Account.State
    SILENT: Account.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    WEBHOOKS_FIELD_NUMBER: _ClassVar[int]
    LAST_PUSH_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_FETCH_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    MAPPING_VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    partner: str
    port: str
    adapter: str
    operations: _containers.RepeatedScalarFieldContainer[str]
    webhooks: _containers.RepeatedScalarFieldContainer[str]
    last_push_time: _timestamp_pb2.Timestamp
    last_fetch_time: _timestamp_pb2.Timestamp
    state: Account.State
    detail: str
    mapping_version: str
    def __init__(self, name: _Optional[str] = ..., partner: _Optional[str] = ..., port: _Optional[str] = ..., adapter: _Optional[str] = ..., operations: _Optional[_Iterable[str]] = ..., webhooks: _Optional[_Iterable[str]] = ..., last_push_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_fetch_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[Account.State, str]] = ..., detail: _Optional[str] = ..., mapping_version: _Optional[str] = ...) -> None: ...

class ListAccountsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "port")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    port: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., port: _Optional[str] = ...) -> None: ...

class ListAccountsResponse(_message.Message):
    __slots__ = ("accounts", "next_page_token")
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    accounts: _containers.RepeatedCompositeFieldContainer[Account]
    next_page_token: str
    def __init__(self, accounts: _Optional[_Iterable[_Union[Account, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ConnectionReport(_message.Message):
    __slots__ = ("name", "adapter", "check_time", "ready", "findings", "samples", "partner")
    class Finding(_message.Message):
        __slots__ = ("severity", "area", "system_place", "our_name", "mapping_place", "detail", "remedy")
        class Severity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
            __slots__ = ()
            SEVERITY_UNSPECIFIED: _ClassVar[ConnectionReport.Finding.Severity]
            ERROR: _ClassVar[ConnectionReport.Finding.Severity]
            WARNING: _ClassVar[ConnectionReport.Finding.Severity]
            NOTE: _ClassVar[ConnectionReport.Finding.Severity]
        SEVERITY_UNSPECIFIED: ConnectionReport.Finding.Severity
        ERROR: ConnectionReport.Finding.Severity
        WARNING: ConnectionReport.Finding.Severity
        NOTE: ConnectionReport.Finding.Severity
        class Area(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
            __slots__ = ()
            AREA_UNSPECIFIED: _ClassVar[ConnectionReport.Finding.Area]
            LOGIN: _ClassVar[ConnectionReport.Finding.Area]
            SERVICE: _ClassVar[ConnectionReport.Finding.Area]
            OBJECT: _ClassVar[ConnectionReport.Finding.Area]
            FIELD: _ClassVar[ConnectionReport.Finding.Area]
            PERMISSION: _ClassVar[ConnectionReport.Finding.Area]
            LIMIT: _ClassVar[ConnectionReport.Finding.Area]
            MAPPING: _ClassVar[ConnectionReport.Finding.Area]
            EVENT: _ClassVar[ConnectionReport.Finding.Area]
            CERTIFICATE: _ClassVar[ConnectionReport.Finding.Area]
        AREA_UNSPECIFIED: ConnectionReport.Finding.Area
        LOGIN: ConnectionReport.Finding.Area
        SERVICE: ConnectionReport.Finding.Area
        OBJECT: ConnectionReport.Finding.Area
        FIELD: ConnectionReport.Finding.Area
        PERMISSION: ConnectionReport.Finding.Area
        LIMIT: ConnectionReport.Finding.Area
        MAPPING: ConnectionReport.Finding.Area
        EVENT: ConnectionReport.Finding.Area
        CERTIFICATE: ConnectionReport.Finding.Area
        SEVERITY_FIELD_NUMBER: _ClassVar[int]
        AREA_FIELD_NUMBER: _ClassVar[int]
        SYSTEM_PLACE_FIELD_NUMBER: _ClassVar[int]
        OUR_NAME_FIELD_NUMBER: _ClassVar[int]
        MAPPING_PLACE_FIELD_NUMBER: _ClassVar[int]
        DETAIL_FIELD_NUMBER: _ClassVar[int]
        REMEDY_FIELD_NUMBER: _ClassVar[int]
        severity: ConnectionReport.Finding.Severity
        area: ConnectionReport.Finding.Area
        system_place: str
        our_name: str
        mapping_place: str
        detail: str
        remedy: str
        def __init__(self, severity: _Optional[_Union[ConnectionReport.Finding.Severity, str]] = ..., area: _Optional[_Union[ConnectionReport.Finding.Area, str]] = ..., system_place: _Optional[str] = ..., our_name: _Optional[str] = ..., mapping_place: _Optional[str] = ..., detail: _Optional[str] = ..., remedy: _Optional[str] = ...) -> None: ...
    class SamplePayload(_message.Message):
        __slots__ = ("reaction", "subject", "body", "problem")
        REACTION_FIELD_NUMBER: _ClassVar[int]
        SUBJECT_FIELD_NUMBER: _ClassVar[int]
        BODY_FIELD_NUMBER: _ClassVar[int]
        PROBLEM_FIELD_NUMBER: _ClassVar[int]
        reaction: str
        subject: str
        body: str
        problem: str
        def __init__(self, reaction: _Optional[str] = ..., subject: _Optional[str] = ..., body: _Optional[str] = ..., problem: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    CHECK_TIME_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    name: str
    adapter: str
    check_time: _timestamp_pb2.Timestamp
    ready: bool
    findings: _containers.RepeatedCompositeFieldContainer[ConnectionReport.Finding]
    samples: _containers.RepeatedCompositeFieldContainer[ConnectionReport.SamplePayload]
    partner: str
    def __init__(self, name: _Optional[str] = ..., adapter: _Optional[str] = ..., check_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ready: _Optional[bool] = ..., findings: _Optional[_Iterable[_Union[ConnectionReport.Finding, _Mapping]]] = ..., samples: _Optional[_Iterable[_Union[ConnectionReport.SamplePayload, _Mapping]]] = ..., partner: _Optional[str] = ...) -> None: ...

class CheckConnectionRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...
