from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor
REQUIRED_SCOPE_FIELD_NUMBER: _ClassVar[int]
required_scope: _descriptor.FieldDescriptor
TEXT_BODY_FIELD_NUMBER: _ClassVar[int]
text_body: _descriptor.FieldDescriptor
TEXT_ANSWER_FIELD_NUMBER: _ClassVar[int]
text_answer: _descriptor.FieldDescriptor
SIGNING_FIELD_NUMBER: _ClassVar[int]
signing: _descriptor.FieldDescriptor

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
