import datetime

from doselane.exchange.v1 import exchange_pb2 as _exchange_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DeliveryFailed(_message.Message):
    __slots__ = ("delivery", "account", "adapter", "reaction", "about", "event_id", "state", "detail", "uncertain", "attempts")
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    REACTION_FIELD_NUMBER: _ClassVar[int]
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    UNCERTAIN_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    delivery: str
    account: str
    adapter: str
    reaction: str
    about: str
    event_id: str
    state: _exchange_pb2.Delivery.State
    detail: str
    uncertain: bool
    attempts: int
    def __init__(self, delivery: _Optional[str] = ..., account: _Optional[str] = ..., adapter: _Optional[str] = ..., reaction: _Optional[str] = ..., about: _Optional[str] = ..., event_id: _Optional[str] = ..., state: _Optional[_Union[_exchange_pb2.Delivery.State, str]] = ..., detail: _Optional[str] = ..., uncertain: _Optional[bool] = ..., attempts: _Optional[int] = ...) -> None: ...

class SourceSilent(_message.Message):
    __slots__ = ("account", "adapter", "source", "since", "detail")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    account: str
    adapter: str
    source: str
    since: _timestamp_pb2.Timestamp
    detail: str
    def __init__(self, account: _Optional[str] = ..., adapter: _Optional[str] = ..., source: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., detail: _Optional[str] = ...) -> None: ...

class SourceHeard(_message.Message):
    __slots__ = ("account", "adapter", "source", "since")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    account: str
    adapter: str
    source: str
    since: _timestamp_pb2.Timestamp
    def __init__(self, account: _Optional[str] = ..., adapter: _Optional[str] = ..., source: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
