import datetime

from doselane.quality.v1 import batch_pb2 as _batch_pb2
from doselane.quality.v1 import critical_path_pb2 as _critical_path_pb2
from doselane.quality.v1 import document_pb2 as _document_pb2
from doselane.quality.v1 import notice_pb2 as _notice_pb2
from doselane.quality.v1 import specification_pb2 as _specification_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BatchCreated(_message.Message):
    __slots__ = ("batch", "version", "audience")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    batch: _batch_pb2.Batch
    version: int
    audience: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, batch: _Optional[_Union[_batch_pb2.Batch, _Mapping]] = ..., version: _Optional[int] = ..., audience: _Optional[_Iterable[str]] = ...) -> None: ...

class BatchAllocated(_message.Message):
    __slots__ = ("batch", "version")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    batch: _batch_pb2.Batch
    version: int
    def __init__(self, batch: _Optional[_Union[_batch_pb2.Batch, _Mapping]] = ..., version: _Optional[int] = ...) -> None: ...

class BatchJudged(_message.Message):
    __slots__ = ("batch", "version", "audience")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    batch: _batch_pb2.Batch
    version: int
    audience: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, batch: _Optional[_Union[_batch_pb2.Batch, _Mapping]] = ..., version: _Optional[int] = ..., audience: _Optional[_Iterable[str]] = ...) -> None: ...

class BatchReadyToShip(_message.Message):
    __slots__ = ("batch", "version", "audience")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    batch: _batch_pb2.Batch
    version: int
    audience: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, batch: _Optional[_Union[_batch_pb2.Batch, _Mapping]] = ..., version: _Optional[int] = ..., audience: _Optional[_Iterable[str]] = ...) -> None: ...

class BatchReopened(_message.Message):
    __slots__ = ("batch", "version", "audience")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    batch: _batch_pb2.Batch
    version: int
    audience: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, batch: _Optional[_Union[_batch_pb2.Batch, _Mapping]] = ..., version: _Optional[int] = ..., audience: _Optional[_Iterable[str]] = ...) -> None: ...

class BatchCertifiedForUse(_message.Message):
    __slots__ = ("batch", "version", "audience")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    batch: _batch_pb2.Batch
    version: int
    audience: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, batch: _Optional[_Union[_batch_pb2.Batch, _Mapping]] = ..., version: _Optional[int] = ..., audience: _Optional[_Iterable[str]] = ...) -> None: ...

class BatchCertifiedFinal(_message.Message):
    __slots__ = ("batch", "version", "audience")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    batch: _batch_pb2.Batch
    version: int
    audience: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, batch: _Optional[_Union[_batch_pb2.Batch, _Mapping]] = ..., version: _Optional[int] = ..., audience: _Optional[_Iterable[str]] = ...) -> None: ...

class BatchRejected(_message.Message):
    __slots__ = ("batch", "version", "audience")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    batch: _batch_pb2.Batch
    version: int
    audience: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, batch: _Optional[_Union[_batch_pb2.Batch, _Mapping]] = ..., version: _Optional[int] = ..., audience: _Optional[_Iterable[str]] = ...) -> None: ...

class BatchFailedAfterUse(_message.Message):
    __slots__ = ("batch", "version", "audience")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    batch: _batch_pb2.Batch
    version: int
    audience: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, batch: _Optional[_Union[_batch_pb2.Batch, _Mapping]] = ..., version: _Optional[int] = ..., audience: _Optional[_Iterable[str]] = ...) -> None: ...

class BatchDeviated(_message.Message):
    __slots__ = ("batch", "version", "audience")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    batch: _batch_pb2.Batch
    version: int
    audience: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, batch: _Optional[_Union[_batch_pb2.Batch, _Mapping]] = ..., version: _Optional[int] = ..., audience: _Optional[_Iterable[str]] = ...) -> None: ...

class VialChanged(_message.Message):
    __slots__ = ("vial", "site", "run")
    VIAL_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    vial: _batch_pb2.Vial
    site: str
    run: str
    def __init__(self, vial: _Optional[_Union[_batch_pb2.Vial, _Mapping]] = ..., site: _Optional[str] = ..., run: _Optional[str] = ...) -> None: ...

class SampleRegistered(_message.Message):
    __slots__ = ("sample", "result_until_time")
    SAMPLE_FIELD_NUMBER: _ClassVar[int]
    RESULT_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    sample: _batch_pb2.Sample
    result_until_time: _timestamp_pb2.Timestamp
    def __init__(self, sample: _Optional[_Union[_batch_pb2.Sample, _Mapping]] = ..., result_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DocumentIssued(_message.Message):
    __slots__ = ("document", "audience")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    document: _document_pb2.Document
    audience: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, document: _Optional[_Union[_document_pb2.Document, _Mapping]] = ..., audience: _Optional[_Iterable[str]] = ...) -> None: ...

class NoticeIssued(_message.Message):
    __slots__ = ("notice",)
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    notice: _notice_pb2.Notice
    def __init__(self, notice: _Optional[_Union[_notice_pb2.Notice, _Mapping]] = ...) -> None: ...

class NoticeAcknowledged(_message.Message):
    __slots__ = ("notice",)
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    notice: _notice_pb2.Notice
    def __init__(self, notice: _Optional[_Union[_notice_pb2.Notice, _Mapping]] = ...) -> None: ...

class DeadlineClosing(_message.Message):
    __slots__ = ("batch", "item", "left_percent")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    LEFT_PERCENT_FIELD_NUMBER: _ClassVar[int]
    batch: str
    item: _critical_path_pb2.MissingItem
    left_percent: int
    def __init__(self, batch: _Optional[str] = ..., item: _Optional[_Union[_critical_path_pb2.MissingItem, _Mapping]] = ..., left_percent: _Optional[int] = ...) -> None: ...

class ResultRefused(_message.Message):
    __slots__ = ("result", "sample_references")
    RESULT_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_REFERENCES_FIELD_NUMBER: _ClassVar[int]
    result: _batch_pb2.TestResult
    sample_references: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, result: _Optional[_Union[_batch_pb2.TestResult, _Mapping]] = ..., sample_references: _Optional[_Iterable[str]] = ...) -> None: ...

class SpecificationSigned(_message.Message):
    __slots__ = ("specification",)
    SPECIFICATION_FIELD_NUMBER: _ClassVar[int]
    specification: _specification_pb2.Specification
    def __init__(self, specification: _Optional[_Union[_specification_pb2.Specification, _Mapping]] = ...) -> None: ...
