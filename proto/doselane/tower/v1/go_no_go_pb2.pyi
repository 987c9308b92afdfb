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

class GoNoGoStatement(_message.Message):
    __slots__ = ("name", "dose", "partner", "site", "product", "order_reference", "administration_time", "decision", "confidence", "ground", "statement_time", "next_statement_time", "etag")
    class Decision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        DECISION_UNSPECIFIED: _ClassVar[GoNoGoStatement.Decision]
        GO: _ClassVar[GoNoGoStatement.Decision]
        WAIT: _ClassVar[GoNoGoStatement.Decision]
        NO_GO: _ClassVar[GoNoGoStatement.Decision]
        UNKNOWN: _ClassVar[GoNoGoStatement.Decision]
    DECISION_UNSPECIFIED: GoNoGoStatement.Decision
    GO: GoNoGoStatement.Decision
    WAIT: GoNoGoStatement.Decision
    NO_GO: GoNoGoStatement.Decision
    UNKNOWN: GoNoGoStatement.Decision
    class Confidence(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CONFIDENCE_UNSPECIFIED: _ClassVar[GoNoGoStatement.Confidence]
        HIGH: _ClassVar[GoNoGoStatement.Confidence]
        MEDIUM: _ClassVar[GoNoGoStatement.Confidence]
        LOW: _ClassVar[GoNoGoStatement.Confidence]
    CONFIDENCE_UNSPECIFIED: GoNoGoStatement.Confidence
    HIGH: GoNoGoStatement.Confidence
    MEDIUM: GoNoGoStatement.Confidence
    LOW: GoNoGoStatement.Confidence
    class Ground(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        GROUND_UNSPECIFIED: _ClassVar[GoNoGoStatement.Ground]
        DELIVERED: _ClassVar[GoNoGoStatement.Ground]
        PREDICTED_P90: _ClassVar[GoNoGoStatement.Ground]
        BATCH_NOT_CERTIFIED: _ClassVar[GoNoGoStatement.Ground]
        PREDICTED_P50: _ClassVar[GoNoGoStatement.Ground]
        PROMISED: _ClassVar[GoNoGoStatement.Ground]
        AT_RISK: _ClassVar[GoNoGoStatement.Ground]
        NO_MOVE_KNOWN: _ClassVar[GoNoGoStatement.Ground]
        LOST: _ClassVar[GoNoGoStatement.Ground]
        NOTHING_KNOWN: _ClassVar[GoNoGoStatement.Ground]
    GROUND_UNSPECIFIED: GoNoGoStatement.Ground
    DELIVERED: GoNoGoStatement.Ground
    PREDICTED_P90: GoNoGoStatement.Ground
    BATCH_NOT_CERTIFIED: GoNoGoStatement.Ground
    PREDICTED_P50: GoNoGoStatement.Ground
    PROMISED: GoNoGoStatement.Ground
    AT_RISK: GoNoGoStatement.Ground
    NO_MOVE_KNOWN: GoNoGoStatement.Ground
    LOST: GoNoGoStatement.Ground
    NOTHING_KNOWN: GoNoGoStatement.Ground
    NAME_FIELD_NUMBER: _ClassVar[int]
    DOSE_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    ORDER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_TIME_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_TIME_FIELD_NUMBER: _ClassVar[int]
    NEXT_STATEMENT_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    dose: str
    partner: str
    site: str
    product: str
    order_reference: str
    administration_time: _timestamp_pb2.Timestamp
    decision: GoNoGoStatement.Decision
    confidence: GoNoGoStatement.Confidence
    ground: GoNoGoStatement.Ground
    statement_time: _timestamp_pb2.Timestamp
    next_statement_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., dose: _Optional[str] = ..., partner: _Optional[str] = ..., site: _Optional[str] = ..., product: _Optional[str] = ..., order_reference: _Optional[str] = ..., administration_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., decision: _Optional[_Union[GoNoGoStatement.Decision, str]] = ..., confidence: _Optional[_Union[GoNoGoStatement.Confidence, str]] = ..., ground: _Optional[_Union[GoNoGoStatement.Ground, str]] = ..., statement_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next_statement_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class GetGoNoGoStatementRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListGoNoGoStatementsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "site", "decisions", "dose")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    DOSE_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    site: str
    decisions: _containers.RepeatedScalarFieldContainer[GoNoGoStatement.Decision]
    dose: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., site: _Optional[str] = ..., decisions: _Optional[_Iterable[_Union[GoNoGoStatement.Decision, str]]] = ..., dose: _Optional[str] = ...) -> None: ...

class ListGoNoGoStatementsResponse(_message.Message):
    __slots__ = ("go_no_go_statements", "next_page_token")
    GO_NO_GO_STATEMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    go_no_go_statements: _containers.RepeatedCompositeFieldContainer[GoNoGoStatement]
    next_page_token: str
    def __init__(self, go_no_go_statements: _Optional[_Iterable[_Union[GoNoGoStatement, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
