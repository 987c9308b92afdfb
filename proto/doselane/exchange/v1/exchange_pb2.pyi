import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.exchange.v1 import connection_pb2 as _connection_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import any_pb2 as _any_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Message(_message.Message):
    __slots__ = ("name", "partner", "account", "adapter", "source", "receive_time", "state", "reason", "detail", "notes", "body_sha256", "body_bytes", "body", "port", "mapping_version")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Message.State]
        RECEIVED: _ClassVar[Message.State]
        ACCEPTED: _ClassVar[Message.State]
        REFUSED: _ClassVar[Message.State]
        REPEATED: _ClassVar[Message.State]
    STATE_UNSPECIFIED: Message.State
    RECEIVED: Message.State
    ACCEPTED: Message.State
    REFUSED: Message.State
    REPEATED: Message.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    BODY_SHA256_FIELD_NUMBER: _ClassVar[int]
    BODY_BYTES_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    MAPPING_VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    partner: str
    account: str
    adapter: str
    source: str
    receive_time: _timestamp_pb2.Timestamp
    state: Message.State
    reason: str
    detail: str
    notes: _containers.RepeatedCompositeFieldContainer[MessageNote]
    body_sha256: str
    body_bytes: int
    body: bytes
    port: str
    mapping_version: str
    def __init__(self, name: _Optional[str] = ..., partner: _Optional[str] = ..., account: _Optional[str] = ..., adapter: _Optional[str] = ..., source: _Optional[str] = ..., receive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[Message.State, str]] = ..., reason: _Optional[str] = ..., detail: _Optional[str] = ..., notes: _Optional[_Iterable[_Union[MessageNote, _Mapping]]] = ..., body_sha256: _Optional[str] = ..., body_bytes: _Optional[int] = ..., body: _Optional[bytes] = ..., port: _Optional[str] = ..., mapping_version: _Optional[str] = ...) -> None: ...

class MessageNote(_message.Message):
    __slots__ = ("index", "event_id", "kind", "warnings")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    index: int
    event_id: str
    kind: str
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, index: _Optional[int] = ..., event_id: _Optional[str] = ..., kind: _Optional[str] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class Delivery(_message.Message):
    __slots__ = ("name", "partner", "account", "adapter", "reaction", "subject", "event_id", "create_time", "give_up_time", "state", "attempts", "uncertain", "detail", "finish_time", "body", "port")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Delivery.State]
        WAITING: _ClassVar[Delivery.State]
        SENT: _ClassVar[Delivery.State]
        PARKED: _ClassVar[Delivery.State]
        GIVEN_UP: _ClassVar[Delivery.State]
    STATE_UNSPECIFIED: Delivery.State
    WAITING: Delivery.State
    SENT: Delivery.State
    PARKED: Delivery.State
    GIVEN_UP: Delivery.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    REACTION_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    GIVE_UP_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    UNCERTAIN_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    FINISH_TIME_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    name: str
    partner: str
    account: str
    adapter: str
    reaction: str
    subject: str
    event_id: str
    create_time: _timestamp_pb2.Timestamp
    give_up_time: _timestamp_pb2.Timestamp
    state: Delivery.State
    attempts: int
    uncertain: bool
    detail: str
    finish_time: _timestamp_pb2.Timestamp
    body: bytes
    port: str
    def __init__(self, name: _Optional[str] = ..., partner: _Optional[str] = ..., account: _Optional[str] = ..., adapter: _Optional[str] = ..., reaction: _Optional[str] = ..., subject: _Optional[str] = ..., event_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., give_up_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[Delivery.State, str]] = ..., attempts: _Optional[int] = ..., uncertain: _Optional[bool] = ..., detail: _Optional[str] = ..., finish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., body: _Optional[bytes] = ..., port: _Optional[str] = ...) -> None: ...

class GetMessageRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListMessagesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "states", "port", "account", "reasons", "sources", "start_time", "end_time")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[Message.State]
    port: str
    account: str
    reasons: _containers.RepeatedScalarFieldContainer[str]
    sources: _containers.RepeatedScalarFieldContainer[str]
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[Message.State, str]]] = ..., port: _Optional[str] = ..., account: _Optional[str] = ..., reasons: _Optional[_Iterable[str]] = ..., sources: _Optional[_Iterable[str]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListMessagesResponse(_message.Message):
    __slots__ = ("messages", "next_page_token")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[Message]
    next_page_token: str
    def __init__(self, messages: _Optional[_Iterable[_Union[Message, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ReplayMessageRequest(_message.Message):
    __slots__ = ("name", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GetDeliveryRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListDeliveriesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "states", "port")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[Delivery.State]
    port: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[Delivery.State, str]]] = ..., port: _Optional[str] = ...) -> None: ...

class ListDeliveriesResponse(_message.Message):
    __slots__ = ("deliveries", "next_page_token")
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    deliveries: _containers.RepeatedCompositeFieldContainer[Delivery]
    next_page_token: str
    def __init__(self, deliveries: _Optional[_Iterable[_Union[Delivery, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ReplayDeliveryRequest(_message.Message):
    __slots__ = ("name", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class Replay(_message.Message):
    __slots__ = ("name", "account", "start_time", "end_time", "states", "reasons", "sources", "state", "total_count", "accepted_count", "refused_count", "repeated_count", "failed_count", "actor", "reason", "create_time", "finish_time")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Replay.State]
        RUNNING: _ClassVar[Replay.State]
        DONE: _ClassVar[Replay.State]
        CANCELLED: _ClassVar[Replay.State]
    STATE_UNSPECIFIED: Replay.State
    RUNNING: Replay.State
    DONE: Replay.State
    CANCELLED: Replay.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REFUSED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REPEATED_COUNT_FIELD_NUMBER: _ClassVar[int]
    FAILED_COUNT_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    FINISH_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    account: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    states: _containers.RepeatedScalarFieldContainer[Message.State]
    reasons: _containers.RepeatedScalarFieldContainer[str]
    sources: _containers.RepeatedScalarFieldContainer[str]
    state: Replay.State
    total_count: int
    accepted_count: int
    refused_count: int
    repeated_count: int
    failed_count: int
    actor: str
    reason: str
    create_time: _timestamp_pb2.Timestamp
    finish_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., account: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., states: _Optional[_Iterable[_Union[Message.State, str]]] = ..., reasons: _Optional[_Iterable[str]] = ..., sources: _Optional[_Iterable[str]] = ..., state: _Optional[_Union[Replay.State, str]] = ..., total_count: _Optional[int] = ..., accepted_count: _Optional[int] = ..., refused_count: _Optional[int] = ..., repeated_count: _Optional[int] = ..., failed_count: _Optional[int] = ..., actor: _Optional[str] = ..., reason: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateReplayRequest(_message.Message):
    __slots__ = ("account", "start_time", "end_time", "states", "reasons", "sources", "request_id", "reason")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    account: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    states: _containers.RepeatedScalarFieldContainer[Message.State]
    reasons: _containers.RepeatedScalarFieldContainer[str]
    sources: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    reason: str
    def __init__(self, account: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., states: _Optional[_Iterable[_Union[Message.State, str]]] = ..., reasons: _Optional[_Iterable[str]] = ..., sources: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GetReplayRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListReplaysRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListReplaysResponse(_message.Message):
    __slots__ = ("replays", "next_page_token")
    REPLAYS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    replays: _containers.RepeatedCompositeFieldContainer[Replay]
    next_page_token: str
    def __init__(self, replays: _Optional[_Iterable[_Union[Replay, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CancelReplayRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class MessageTranslation(_message.Message):
    __slots__ = ("account", "port", "adapter", "source", "mapping_version", "state", "reason", "detail", "event_count", "events")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    MAPPING_VERSION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    EVENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    account: str
    port: str
    adapter: str
    source: str
    mapping_version: str
    state: Message.State
    reason: str
    detail: str
    event_count: int
    events: _containers.RepeatedCompositeFieldContainer[TranslatedEvent]
    def __init__(self, account: _Optional[str] = ..., port: _Optional[str] = ..., adapter: _Optional[str] = ..., source: _Optional[str] = ..., mapping_version: _Optional[str] = ..., state: _Optional[_Union[Message.State, str]] = ..., reason: _Optional[str] = ..., detail: _Optional[str] = ..., event_count: _Optional[int] = ..., events: _Optional[_Iterable[_Union[TranslatedEvent, _Mapping]]] = ...) -> None: ...

class TranslatedEvent(_message.Message):
    __slots__ = ("index", "event_id", "kind", "code", "references", "warnings", "type", "data", "published", "detail")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    index: int
    event_id: str
    kind: str
    code: str
    references: _containers.RepeatedScalarFieldContainer[str]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    type: str
    data: _any_pb2.Any
    published: bool
    detail: str
    def __init__(self, index: _Optional[int] = ..., event_id: _Optional[str] = ..., kind: _Optional[str] = ..., code: _Optional[str] = ..., references: _Optional[_Iterable[str]] = ..., warnings: _Optional[_Iterable[str]] = ..., type: _Optional[str] = ..., data: _Optional[_Union[_any_pb2.Any, _Mapping]] = ..., published: _Optional[bool] = ..., detail: _Optional[str] = ...) -> None: ...

class RawMessage(_message.Message):
    __slots__ = ("body", "headers")
    class Header(_message.Message):
        __slots__ = ("name", "value")
        NAME_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        name: str
        value: str
        def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    BODY_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    body: bytes
    headers: _containers.RepeatedCompositeFieldContainer[RawMessage.Header]
    def __init__(self, body: _Optional[bytes] = ..., headers: _Optional[_Iterable[_Union[RawMessage.Header, _Mapping]]] = ...) -> None: ...

class TranslateMessageRequest(_message.Message):
    __slots__ = ("message", "raw", "account", "source")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    message: str
    raw: RawMessage
    account: str
    source: str
    def __init__(self, message: _Optional[str] = ..., raw: _Optional[_Union[RawMessage, _Mapping]] = ..., account: _Optional[str] = ..., source: _Optional[str] = ...) -> None: ...
