import datetime

from doselane.type.v1 import options_pb2 as _options_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Notice(_message.Message):
    __slots__ = ("name", "kind", "batch", "slot", "partner", "role", "site", "patient_reference", "explanation", "create_time", "acknowledge_time", "acknowledged_by", "answer")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Notice.Kind]
        RECALL: _ClassVar[Notice.Kind]
        FAILED_AFTER_USE: _ClassVar[Notice.Kind]
    KIND_UNSPECIFIED: Notice.Kind
    RECALL: Notice.Kind
    FAILED_AFTER_USE: Notice.Kind
    class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ROLE_UNSPECIFIED: _ClassVar[Notice.Role]
        COURIER: _ClassVar[Notice.Role]
        SPONSOR: _ClassVar[Notice.Role]
        SITE: _ClassVar[Notice.Role]
    ROLE_UNSPECIFIED: Notice.Role
    COURIER: Notice.Role
    SPONSOR: Notice.Role
    SITE: Notice.Role
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    PATIENT_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGE_TIME_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_BY_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: Notice.Kind
    batch: str
    slot: str
    partner: str
    role: Notice.Role
    site: str
    patient_reference: str
    explanation: str
    create_time: _timestamp_pb2.Timestamp
    acknowledge_time: _timestamp_pb2.Timestamp
    acknowledged_by: str
    answer: str
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[_Union[Notice.Kind, str]] = ..., batch: _Optional[str] = ..., slot: _Optional[str] = ..., partner: _Optional[str] = ..., role: _Optional[_Union[Notice.Role, str]] = ..., site: _Optional[str] = ..., patient_reference: _Optional[str] = ..., explanation: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., acknowledge_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., acknowledged_by: _Optional[str] = ..., answer: _Optional[str] = ...) -> None: ...
