import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.quality.v1 import batch_pb2 as _batch_pb2
from doselane.quality.v1 import critical_path_pb2 as _critical_path_pb2
from doselane.quality.v1 import document_pb2 as _document_pb2
from doselane.quality.v1 import notice_pb2 as _notice_pb2
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

class GetBatchRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListBatchesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "product", "states", "run")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    product: str
    states: _containers.RepeatedScalarFieldContainer[_batch_pb2.Batch.State]
    run: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., product: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_batch_pb2.Batch.State, str]]] = ..., run: _Optional[str] = ...) -> None: ...

class ListBatchesResponse(_message.Message):
    __slots__ = ("batches", "next_page_token")
    BATCHES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    batches: _containers.RepeatedCompositeFieldContainer[_batch_pb2.Batch]
    next_page_token: str
    def __init__(self, batches: _Optional[_Iterable[_Union[_batch_pb2.Batch, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WatchBatchesRequest(_message.Message):
    __slots__ = ("cursor", "product")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    product: str
    def __init__(self, cursor: _Optional[str] = ..., product: _Optional[str] = ...) -> None: ...

class WatchBatchesResponse(_message.Message):
    __slots__ = ("cursor", "batch", "keep_alive")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    KEEP_ALIVE_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    batch: _batch_pb2.Batch
    keep_alive: _type_pb2.KeepAlive
    def __init__(self, cursor: _Optional[str] = ..., batch: _Optional[_Union[_batch_pb2.Batch, _Mapping]] = ..., keep_alive: _Optional[_Union[_type_pb2.KeepAlive, _Mapping]] = ...) -> None: ...

class FillVialRequest(_message.Message):
    __slots__ = ("batch", "slot", "container_id", "fill_time", "volume_ul", "validate_only", "etag", "request_id", "reason")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_ID_FIELD_NUMBER: _ClassVar[int]
    FILL_TIME_FIELD_NUMBER: _ClassVar[int]
    VOLUME_UL_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    batch: str
    slot: str
    container_id: str
    fill_time: _timestamp_pb2.Timestamp
    volume_ul: int
    validate_only: bool
    etag: str
    request_id: str
    reason: str
    def __init__(self, batch: _Optional[str] = ..., slot: _Optional[str] = ..., container_id: _Optional[str] = ..., fill_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., volume_ul: _Optional[int] = ..., validate_only: _Optional[bool] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ListVialsRequest(_message.Message):
    __slots__ = ("batch", "page_size", "page_token")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    batch: str
    page_size: int
    page_token: str
    def __init__(self, batch: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListVialsResponse(_message.Message):
    __slots__ = ("vials", "next_page_token")
    VIALS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    vials: _containers.RepeatedCompositeFieldContainer[_batch_pb2.Vial]
    next_page_token: str
    def __init__(self, vials: _Optional[_Iterable[_Union[_batch_pb2.Vial, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RegisterSampleRequest(_message.Message):
    __slots__ = ("batch", "tests", "sample_time", "laboratory", "etag", "request_id", "reason")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    TESTS_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_TIME_FIELD_NUMBER: _ClassVar[int]
    LABORATORY_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    batch: str
    tests: _containers.RepeatedScalarFieldContainer[str]
    sample_time: _timestamp_pb2.Timestamp
    laboratory: str
    etag: str
    request_id: str
    reason: str
    def __init__(self, batch: _Optional[str] = ..., tests: _Optional[_Iterable[str]] = ..., sample_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., laboratory: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ListSamplesRequest(_message.Message):
    __slots__ = ("batch", "page_size", "page_token")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    batch: str
    page_size: int
    page_token: str
    def __init__(self, batch: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSamplesResponse(_message.Message):
    __slots__ = ("samples", "next_page_token")
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    samples: _containers.RepeatedCompositeFieldContainer[_batch_pb2.Sample]
    next_page_token: str
    def __init__(self, samples: _Optional[_Iterable[_Union[_batch_pb2.Sample, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListResultsRequest(_message.Message):
    __slots__ = ("batch", "page_size", "page_token", "test")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TEST_FIELD_NUMBER: _ClassVar[int]
    batch: str
    page_size: int
    page_token: str
    test: str
    def __init__(self, batch: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., test: _Optional[str] = ...) -> None: ...

class ListResultsResponse(_message.Message):
    __slots__ = ("results", "next_page_token")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_batch_pb2.TestResult]
    next_page_token: str
    def __init__(self, results: _Optional[_Iterable[_Union[_batch_pb2.TestResult, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListDecisionsRequest(_message.Message):
    __slots__ = ("batch", "page_size", "page_token")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    batch: str
    page_size: int
    page_token: str
    def __init__(self, batch: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDecisionsResponse(_message.Message):
    __slots__ = ("decisions", "next_page_token")
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    decisions: _containers.RepeatedCompositeFieldContainer[_batch_pb2.Decision]
    next_page_token: str
    def __init__(self, decisions: _Optional[_Iterable[_Union[_batch_pb2.Decision, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ReplayDecisionRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ReplayDecisionResponse(_message.Message):
    __slots__ = ("decision", "alike")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    ALIKE_FIELD_NUMBER: _ClassVar[int]
    decision: _batch_pb2.Decision
    alike: bool
    def __init__(self, decision: _Optional[_Union[_batch_pb2.Decision, _Mapping]] = ..., alike: _Optional[bool] = ...) -> None: ...

class RaiseDeviationRequest(_message.Message):
    __slots__ = ("batch", "description", "etag", "request_id", "reason")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    batch: str
    description: str
    etag: str
    request_id: str
    reason: str
    def __init__(self, batch: _Optional[str] = ..., description: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CloseDeviationRequest(_message.Message):
    __slots__ = ("batch", "number", "conclusion", "record_sha256", "etag", "request_id", "reason")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    CONCLUSION_FIELD_NUMBER: _ClassVar[int]
    RECORD_SHA256_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    batch: str
    number: int
    conclusion: str
    record_sha256: str
    etag: str
    request_id: str
    reason: str
    def __init__(self, batch: _Optional[str] = ..., number: _Optional[int] = ..., conclusion: _Optional[str] = ..., record_sha256: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class AssessBatchRequest(_message.Message):
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

class CertifyBatchRequest(_message.Message):
    __slots__ = ("name", "stage", "record_sha256", "etag", "request_id", "reason")
    class Stage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STAGE_UNSPECIFIED: _ClassVar[CertifyBatchRequest.Stage]
        FOR_USE: _ClassVar[CertifyBatchRequest.Stage]
        FINAL: _ClassVar[CertifyBatchRequest.Stage]
    STAGE_UNSPECIFIED: CertifyBatchRequest.Stage
    FOR_USE: CertifyBatchRequest.Stage
    FINAL: CertifyBatchRequest.Stage
    NAME_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    RECORD_SHA256_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    stage: CertifyBatchRequest.Stage
    record_sha256: str
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., stage: _Optional[_Union[CertifyBatchRequest.Stage, str]] = ..., record_sha256: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RejectBatchRequest(_message.Message):
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

class GetCriticalPathRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class IssueDocumentRequest(_message.Message):
    __slots__ = ("batch", "kind", "slot", "package", "etag", "request_id", "reason")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    batch: str
    kind: _type_pb2.DocumentKind
    slot: str
    package: _document_pb2.PackageReading
    etag: str
    request_id: str
    reason: str
    def __init__(self, batch: _Optional[str] = ..., kind: _Optional[_Union[_type_pb2.DocumentKind, str]] = ..., slot: _Optional[str] = ..., package: _Optional[_Union[_document_pb2.PackageReading, _Mapping]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GetDocumentRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListDocumentsRequest(_message.Message):
    __slots__ = ("batch", "page_size", "page_token", "slot")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    batch: str
    page_size: int
    page_token: str
    slot: str
    def __init__(self, batch: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., slot: _Optional[str] = ...) -> None: ...

class ListDocumentsResponse(_message.Message):
    __slots__ = ("documents", "next_page_token", "missing")
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    documents: _containers.RepeatedCompositeFieldContainer[_document_pb2.Document]
    next_page_token: str
    missing: _containers.RepeatedCompositeFieldContainer[_document_pb2.MissingDocument]
    def __init__(self, documents: _Optional[_Iterable[_Union[_document_pb2.Document, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., missing: _Optional[_Iterable[_Union[_document_pb2.MissingDocument, _Mapping]]] = ...) -> None: ...

class ListNoticesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "batch", "open_only")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    OPEN_ONLY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    batch: str
    open_only: bool
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., batch: _Optional[str] = ..., open_only: _Optional[bool] = ...) -> None: ...

class ListNoticesResponse(_message.Message):
    __slots__ = ("notices", "next_page_token")
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    notices: _containers.RepeatedCompositeFieldContainer[_notice_pb2.Notice]
    next_page_token: str
    def __init__(self, notices: _Optional[_Iterable[_Union[_notice_pb2.Notice, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AcknowledgeNoticeRequest(_message.Message):
    __slots__ = ("name", "answer", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    answer: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., answer: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...
