import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Nuclide(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NUCLIDE_UNSPECIFIED: _ClassVar[Nuclide]
    NUCLIDE_LU_177: _ClassVar[Nuclide]
    NUCLIDE_AC_225: _ClassVar[Nuclide]
    NUCLIDE_PB_212: _ClassVar[Nuclide]
    NUCLIDE_AT_211: _ClassVar[Nuclide]
    NUCLIDE_I_131: _ClassVar[Nuclide]
    NUCLIDE_RA_223: _ClassVar[Nuclide]
    NUCLIDE_TB_161: _ClassVar[Nuclide]
    NUCLIDE_Y_90: _ClassVar[Nuclide]
    NUCLIDE_CU_64: _ClassVar[Nuclide]
    NUCLIDE_CU_67: _ClassVar[Nuclide]
    NUCLIDE_F_18: _ClassVar[Nuclide]
    NUCLIDE_GA_68: _ClassVar[Nuclide]
    NUCLIDE_TC_99M: _ClassVar[Nuclide]
    NUCLIDE_I_123: _ClassVar[Nuclide]
    NUCLIDE_ZR_89: _ClassVar[Nuclide]

class DocumentKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DOCUMENT_KIND_UNSPECIFIED: _ClassVar[DocumentKind]
    DOCUMENT_KIND_BATCH_RECORD: _ClassVar[DocumentKind]
    DOCUMENT_KIND_LABEL: _ClassVar[DocumentKind]
    DOCUMENT_KIND_DANGEROUS_GOODS_DECLARATION: _ClassVar[DocumentKind]
    DOCUMENT_KIND_CONSIGNMENT_NOTE: _ClassVar[DocumentKind]
    DOCUMENT_KIND_CERTIFICATE_OF_ANALYSIS: _ClassVar[DocumentKind]
NUCLIDE_UNSPECIFIED: Nuclide
NUCLIDE_LU_177: Nuclide
NUCLIDE_AC_225: Nuclide
NUCLIDE_PB_212: Nuclide
NUCLIDE_AT_211: Nuclide
NUCLIDE_I_131: Nuclide
NUCLIDE_RA_223: Nuclide
NUCLIDE_TB_161: Nuclide
NUCLIDE_Y_90: Nuclide
NUCLIDE_CU_64: Nuclide
NUCLIDE_CU_67: Nuclide
NUCLIDE_F_18: Nuclide
NUCLIDE_GA_68: Nuclide
NUCLIDE_TC_99M: Nuclide
NUCLIDE_I_123: Nuclide
NUCLIDE_ZR_89: Nuclide
DOCUMENT_KIND_UNSPECIFIED: DocumentKind
DOCUMENT_KIND_BATCH_RECORD: DocumentKind
DOCUMENT_KIND_LABEL: DocumentKind
DOCUMENT_KIND_DANGEROUS_GOODS_DECLARATION: DocumentKind
DOCUMENT_KIND_CONSIGNMENT_NOTE: DocumentKind
DOCUMENT_KIND_CERTIFICATE_OF_ANALYSIS: DocumentKind

class Activity(_message.Message):
    __slots__ = ("activity_mbq", "time")
    ACTIVITY_MBQ_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    activity_mbq: float
    time: _timestamp_pb2.Timestamp
    def __init__(self, activity_mbq: _Optional[float] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Capacity(_message.Message):
    __slots__ = ("reference_activity_kbq", "vials")
    REFERENCE_ACTIVITY_KBQ_FIELD_NUMBER: _ClassVar[int]
    VIALS_FIELD_NUMBER: _ClassVar[int]
    reference_activity_kbq: int
    vials: int
    def __init__(self, reference_activity_kbq: _Optional[int] = ..., vials: _Optional[int] = ...) -> None: ...

class KeepAlive(_message.Message):
    __slots__ = ("server_time",)
    SERVER_TIME_FIELD_NUMBER: _ClassVar[int]
    server_time: _timestamp_pb2.Timestamp
    def __init__(self, server_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Change(_message.Message):
    __slots__ = ("actor", "time", "reason")
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    actor: str
    time: _timestamp_pb2.Timestamp
    reason: str
    def __init__(self, actor: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...
