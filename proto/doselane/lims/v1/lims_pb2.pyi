import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Result(_message.Message):
    __slots__ = ("result_id", "sample_references", "test", "test_code", "replicate", "state", "state_code", "value", "decimal_mark", "unit", "uncertainty", "method", "instrument", "capture_time", "verify_time", "replaces", "parser")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Result.State]
        PRELIMINARY: _ClassVar[Result.State]
        VERIFIED: _ClassVar[Result.State]
        RETRACTED: _ClassVar[Result.State]
        REJECTED: _ClassVar[Result.State]
        INVALIDATED: _ClassVar[Result.State]
        PENDING: _ClassVar[Result.State]
    STATE_UNSPECIFIED: Result.State
    PRELIMINARY: Result.State
    VERIFIED: Result.State
    RETRACTED: Result.State
    REJECTED: Result.State
    INVALIDATED: Result.State
    PENDING: Result.State
    RESULT_ID_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_REFERENCES_FIELD_NUMBER: _ClassVar[int]
    TEST_FIELD_NUMBER: _ClassVar[int]
    TEST_CODE_FIELD_NUMBER: _ClassVar[int]
    REPLICATE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_CODE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    DECIMAL_MARK_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    UNCERTAINTY_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    CAPTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    VERIFY_TIME_FIELD_NUMBER: _ClassVar[int]
    REPLACES_FIELD_NUMBER: _ClassVar[int]
    PARSER_FIELD_NUMBER: _ClassVar[int]
    result_id: str
    sample_references: _containers.RepeatedScalarFieldContainer[str]
    test: str
    test_code: str
    replicate: int
    state: Result.State
    state_code: str
    value: str
    decimal_mark: str
    unit: str
    uncertainty: str
    method: str
    instrument: str
    capture_time: _timestamp_pb2.Timestamp
    verify_time: _timestamp_pb2.Timestamp
    replaces: str
    parser: str
    def __init__(self, result_id: _Optional[str] = ..., sample_references: _Optional[_Iterable[str]] = ..., test: _Optional[str] = ..., test_code: _Optional[str] = ..., replicate: _Optional[int] = ..., state: _Optional[_Union[Result.State, str]] = ..., state_code: _Optional[str] = ..., value: _Optional[str] = ..., decimal_mark: _Optional[str] = ..., unit: _Optional[str] = ..., uncertainty: _Optional[str] = ..., method: _Optional[str] = ..., instrument: _Optional[str] = ..., capture_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., verify_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., replaces: _Optional[str] = ..., parser: _Optional[str] = ...) -> None: ...
