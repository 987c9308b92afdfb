import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.quality.v1 import batch_pb2 as _batch_pb2
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

class Specification(_message.Message):
    __slots__ = ("name", "version", "state", "display_name", "tests", "yaml", "record_sha256", "signature", "create_time", "last_change", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Specification.State]
        PROPOSED: _ClassVar[Specification.State]
        SIGNED: _ClassVar[Specification.State]
    STATE_UNSPECIFIED: Specification.State
    PROPOSED: Specification.State
    SIGNED: Specification.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    TESTS_FIELD_NUMBER: _ClassVar[int]
    YAML_FIELD_NUMBER: _ClassVar[int]
    RECORD_SHA256_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    state: Specification.State
    display_name: str
    tests: _containers.RepeatedCompositeFieldContainer[SpecifiedTest]
    yaml: str
    record_sha256: str
    signature: _batch_pb2.Signature
    create_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    etag: str
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., state: _Optional[_Union[Specification.State, str]] = ..., display_name: _Optional[str] = ..., tests: _Optional[_Iterable[_Union[SpecifiedTest, _Mapping]]] = ..., yaml: _Optional[str] = ..., record_sha256: _Optional[str] = ..., signature: _Optional[_Union[_batch_pb2.Signature, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class SpecifiedTest(_message.Message):
    __slots__ = ("test", "method", "test_class", "limits", "unit")
    TEST_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    TEST_CLASS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    test: str
    method: str
    test_class: _batch_pb2.TestClass
    limits: str
    unit: str
    def __init__(self, test: _Optional[str] = ..., method: _Optional[str] = ..., test_class: _Optional[_Union[_batch_pb2.TestClass, str]] = ..., limits: _Optional[str] = ..., unit: _Optional[str] = ...) -> None: ...

class ProposeSpecificationRequest(_message.Message):
    __slots__ = ("name", "yaml", "validate_only", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    YAML_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    yaml: str
    validate_only: bool
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., yaml: _Optional[str] = ..., validate_only: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RehearseSpecificationRequest(_message.Message):
    __slots__ = ("name", "batches")
    NAME_FIELD_NUMBER: _ClassVar[int]
    BATCHES_FIELD_NUMBER: _ClassVar[int]
    name: str
    batches: int
    def __init__(self, name: _Optional[str] = ..., batches: _Optional[int] = ...) -> None: ...

class RehearseSpecificationResponse(_message.Message):
    __slots__ = ("version", "batches_judged", "changes")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    BATCHES_JUDGED_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    version: int
    batches_judged: int
    changes: _containers.RepeatedCompositeFieldContainer[VerdictChange]
    def __init__(self, version: _Optional[int] = ..., batches_judged: _Optional[int] = ..., changes: _Optional[_Iterable[_Union[VerdictChange, _Mapping]]] = ...) -> None: ...

class VerdictChange(_message.Message):
    __slots__ = ("batch", "subject", "before", "after", "explanation")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    batch: str
    subject: str
    before: _batch_pb2.Verdict.Outcome
    after: _batch_pb2.Verdict.Outcome
    explanation: str
    def __init__(self, batch: _Optional[str] = ..., subject: _Optional[str] = ..., before: _Optional[_Union[_batch_pb2.Verdict.Outcome, str]] = ..., after: _Optional[_Union[_batch_pb2.Verdict.Outcome, str]] = ..., explanation: _Optional[str] = ...) -> None: ...

class SignSpecificationRequest(_message.Message):
    __slots__ = ("name", "record_sha256", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    RECORD_SHA256_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    record_sha256: str
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., record_sha256: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GetSpecificationRequest(_message.Message):
    __slots__ = ("name", "version")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class ListSpecificationsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSpecificationsResponse(_message.Message):
    __slots__ = ("specifications", "next_page_token")
    SPECIFICATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    specifications: _containers.RepeatedCompositeFieldContainer[Specification]
    next_page_token: str
    def __init__(self, specifications: _Optional[_Iterable[_Union[Specification, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
