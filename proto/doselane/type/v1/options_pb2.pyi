from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.type import date_pb2 as _date_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
REQUIRED_SCOPE_FIELD_NUMBER: _ClassVar[int]
required_scope: _descriptor.FieldDescriptor
TEXT_BODY_FIELD_NUMBER: _ClassVar[int]
text_body: _descriptor.FieldDescriptor
TEXT_ANSWER_FIELD_NUMBER: _ClassVar[int]
text_answer: _descriptor.FieldDescriptor
SIGNING_FIELD_NUMBER: _ClassVar[int]
signing: _descriptor.FieldDescriptor
DEPRECATED_CALL_FIELD_NUMBER: _ClassVar[int]
deprecated_call: _descriptor.FieldDescriptor
AGENTS_MAY_FIELD_NUMBER: _ClassVar[int]
agents_may: _descriptor.FieldDescriptor
DEPRECATED_FIELD_FIELD_NUMBER: _ClassVar[int]
deprecated_field: _descriptor.FieldDescriptor
WITHHELD_FIELD_NUMBER: _ClassVar[int]
withheld: _descriptor.FieldDescriptor
OWNER_FIELD_FIELD_NUMBER: _ClassVar[int]
owner_field: _descriptor.FieldDescriptor
OWN_NAME_FIELD_NUMBER: _ClassVar[int]
own_name: _descriptor.FieldDescriptor
AUDIENCE_FIELD_NUMBER: _ClassVar[int]
audience: _descriptor.FieldDescriptor
FEED_EVENT_FIELD_NUMBER: _ClassVar[int]
feed_event: _descriptor.FieldDescriptor

class Deprecation(_message.Message):
    __slots__ = ("since_date", "sunset_date", "replacement", "reason", "link")
    SINCE_DATE_FIELD_NUMBER: _ClassVar[int]
    SUNSET_DATE_FIELD_NUMBER: _ClassVar[int]
    REPLACEMENT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    since_date: _date_pb2.Date
    sunset_date: _date_pb2.Date
    replacement: str
    reason: str
    link: str
    def __init__(self, since_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., sunset_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., replacement: _Optional[str] = ..., reason: _Optional[str] = ..., link: _Optional[str] = ...) -> None: ...

class Signing(_message.Message):
    __slots__ = ("roles",)
    ROLES_FIELD_NUMBER: _ClassVar[int]
    roles: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, roles: _Optional[_Iterable[str]] = ...) -> None: ...

class TextBody(_message.Message):
    __slots__ = ("media_type", "field", "bytes_max", "example")
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    BYTES_MAX_FIELD_NUMBER: _ClassVar[int]
    EXAMPLE_FIELD_NUMBER: _ClassVar[int]
    media_type: str
    field: str
    bytes_max: int
    example: str
    def __init__(self, media_type: _Optional[str] = ..., field: _Optional[str] = ..., bytes_max: _Optional[int] = ..., example: _Optional[str] = ...) -> None: ...
