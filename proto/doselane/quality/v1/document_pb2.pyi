import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.type.v1 import type_pb2 as _type_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PackageReading(_message.Message):
    __slots__ = ("package_id", "surface_dose_rate_usv_per_h", "dose_rate_at_one_metre_usv_per_h", "measure_time", "instrument", "gross_weight_g")
    PACKAGE_ID_FIELD_NUMBER: _ClassVar[int]
    SURFACE_DOSE_RATE_USV_PER_H_FIELD_NUMBER: _ClassVar[int]
    DOSE_RATE_AT_ONE_METRE_USV_PER_H_FIELD_NUMBER: _ClassVar[int]
    MEASURE_TIME_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    GROSS_WEIGHT_G_FIELD_NUMBER: _ClassVar[int]
    package_id: str
    surface_dose_rate_usv_per_h: float
    dose_rate_at_one_metre_usv_per_h: float
    measure_time: _timestamp_pb2.Timestamp
    instrument: str
    gross_weight_g: int
    def __init__(self, package_id: _Optional[str] = ..., surface_dose_rate_usv_per_h: _Optional[float] = ..., dose_rate_at_one_metre_usv_per_h: _Optional[float] = ..., measure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., instrument: _Optional[str] = ..., gross_weight_g: _Optional[int] = ...) -> None: ...

class Document(_message.Message):
    __slots__ = ("name", "kind", "slot", "version", "issue_time", "pdf_sha256", "twin_sha256", "twin_media_type", "pdf", "twin")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ISSUE_TIME_FIELD_NUMBER: _ClassVar[int]
    PDF_SHA256_FIELD_NUMBER: _ClassVar[int]
    TWIN_SHA256_FIELD_NUMBER: _ClassVar[int]
    TWIN_MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    PDF_FIELD_NUMBER: _ClassVar[int]
    TWIN_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: _type_pb2.DocumentKind
    slot: str
    version: int
    issue_time: _timestamp_pb2.Timestamp
    pdf_sha256: str
    twin_sha256: str
    twin_media_type: str
    pdf: bytes
    twin: bytes
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[_Union[_type_pb2.DocumentKind, str]] = ..., slot: _Optional[str] = ..., version: _Optional[int] = ..., issue_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., pdf_sha256: _Optional[str] = ..., twin_sha256: _Optional[str] = ..., twin_media_type: _Optional[str] = ..., pdf: _Optional[bytes] = ..., twin: _Optional[bytes] = ...) -> None: ...

class MissingDocument(_message.Message):
    __slots__ = ("kind", "slot", "explanation")
    KIND_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    kind: _type_pb2.DocumentKind
    slot: str
    explanation: str
    def __init__(self, kind: _Optional[_Union[_type_pb2.DocumentKind, str]] = ..., slot: _Optional[str] = ..., explanation: _Optional[str] = ...) -> None: ...
