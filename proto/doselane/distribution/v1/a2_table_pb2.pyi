import datetime

from buf.validate import validate_pb2 as _validate_pb2
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

class A2Table(_message.Message):
    __slots__ = ("name", "version", "state", "edition", "source", "rows", "default_rows", "not_for_use", "in_force", "record_sha256", "signature", "retirement", "create_time", "last_change", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[A2Table.State]
        PROPOSED: _ClassVar[A2Table.State]
        SIGNED: _ClassVar[A2Table.State]
        RETIRED: _ClassVar[A2Table.State]
    STATE_UNSPECIFIED: A2Table.State
    PROPOSED: A2Table.State
    SIGNED: A2Table.State
    RETIRED: A2Table.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    EDITION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_ROWS_FIELD_NUMBER: _ClassVar[int]
    NOT_FOR_USE_FIELD_NUMBER: _ClassVar[int]
    IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    RECORD_SHA256_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    RETIREMENT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    state: A2Table.State
    edition: str
    source: str
    rows: _containers.RepeatedCompositeFieldContainer[A2TableRow]
    default_rows: _containers.RepeatedCompositeFieldContainer[A2DefaultRow]
    not_for_use: bool
    in_force: bool
    record_sha256: str
    signature: A2TableSignature
    retirement: A2TableSignature
    create_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    etag: str
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., state: _Optional[_Union[A2Table.State, str]] = ..., edition: _Optional[str] = ..., source: _Optional[str] = ..., rows: _Optional[_Iterable[_Union[A2TableRow, _Mapping]]] = ..., default_rows: _Optional[_Iterable[_Union[A2DefaultRow, _Mapping]]] = ..., not_for_use: _Optional[bool] = ..., in_force: _Optional[bool] = ..., record_sha256: _Optional[str] = ..., signature: _Optional[_Union[A2TableSignature, _Mapping]] = ..., retirement: _Optional[_Union[A2TableSignature, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class A2TableRow(_message.Message):
    __slots__ = ("nuclide", "a1_tbq", "a2_tbq", "unlimited", "footnote")
    NUCLIDE_FIELD_NUMBER: _ClassVar[int]
    A1_TBQ_FIELD_NUMBER: _ClassVar[int]
    A2_TBQ_FIELD_NUMBER: _ClassVar[int]
    UNLIMITED_FIELD_NUMBER: _ClassVar[int]
    FOOTNOTE_FIELD_NUMBER: _ClassVar[int]
    nuclide: str
    a1_tbq: float
    a2_tbq: float
    unlimited: bool
    footnote: str
    def __init__(self, nuclide: _Optional[str] = ..., a1_tbq: _Optional[float] = ..., a2_tbq: _Optional[float] = ..., unlimited: _Optional[bool] = ..., footnote: _Optional[str] = ...) -> None: ...

class A2DefaultRow(_message.Message):
    __slots__ = ("emission", "a1_tbq", "a2_tbq")
    class Emission(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        EMISSION_UNSPECIFIED: _ClassVar[A2DefaultRow.Emission]
        BETA_GAMMA: _ClassVar[A2DefaultRow.Emission]
        ALPHA: _ClassVar[A2DefaultRow.Emission]
        NEUTRON_OR_NOT_KNOWN: _ClassVar[A2DefaultRow.Emission]
    EMISSION_UNSPECIFIED: A2DefaultRow.Emission
    BETA_GAMMA: A2DefaultRow.Emission
    ALPHA: A2DefaultRow.Emission
    NEUTRON_OR_NOT_KNOWN: A2DefaultRow.Emission
    EMISSION_FIELD_NUMBER: _ClassVar[int]
    A1_TBQ_FIELD_NUMBER: _ClassVar[int]
    A2_TBQ_FIELD_NUMBER: _ClassVar[int]
    emission: A2DefaultRow.Emission
    a1_tbq: float
    a2_tbq: float
    def __init__(self, emission: _Optional[_Union[A2DefaultRow.Emission, str]] = ..., a1_tbq: _Optional[float] = ..., a2_tbq: _Optional[float] = ...) -> None: ...

class A2TableSignature(_message.Message):
    __slots__ = ("signer", "printed_name", "role", "meaning", "sign_time", "record_sha256", "authentication_time")
    class Meaning(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MEANING_UNSPECIFIED: _ClassVar[A2TableSignature.Meaning]
        A2_TABLE_APPROVED: _ClassVar[A2TableSignature.Meaning]
        A2_TABLE_RETIRED: _ClassVar[A2TableSignature.Meaning]
    MEANING_UNSPECIFIED: A2TableSignature.Meaning
    A2_TABLE_APPROVED: A2TableSignature.Meaning
    A2_TABLE_RETIRED: A2TableSignature.Meaning
    SIGNER_FIELD_NUMBER: _ClassVar[int]
    PRINTED_NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    MEANING_FIELD_NUMBER: _ClassVar[int]
    SIGN_TIME_FIELD_NUMBER: _ClassVar[int]
    RECORD_SHA256_FIELD_NUMBER: _ClassVar[int]
    AUTHENTICATION_TIME_FIELD_NUMBER: _ClassVar[int]
    signer: str
    printed_name: str
    role: str
    meaning: A2TableSignature.Meaning
    sign_time: _timestamp_pb2.Timestamp
    record_sha256: str
    authentication_time: _timestamp_pb2.Timestamp
    def __init__(self, signer: _Optional[str] = ..., printed_name: _Optional[str] = ..., role: _Optional[str] = ..., meaning: _Optional[_Union[A2TableSignature.Meaning, str]] = ..., sign_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., record_sha256: _Optional[str] = ..., authentication_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ProposeA2TableRequest(_message.Message):
    __slots__ = ("name", "edition", "source", "rows", "default_rows", "not_for_use", "validate_only", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    EDITION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_ROWS_FIELD_NUMBER: _ClassVar[int]
    NOT_FOR_USE_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    edition: str
    source: str
    rows: _containers.RepeatedCompositeFieldContainer[A2TableRow]
    default_rows: _containers.RepeatedCompositeFieldContainer[A2DefaultRow]
    not_for_use: bool
    validate_only: bool
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., edition: _Optional[str] = ..., source: _Optional[str] = ..., rows: _Optional[_Iterable[_Union[A2TableRow, _Mapping]]] = ..., default_rows: _Optional[_Iterable[_Union[A2DefaultRow, _Mapping]]] = ..., not_for_use: _Optional[bool] = ..., validate_only: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class SignA2TableRequest(_message.Message):
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

class RetireA2TableRequest(_message.Message):
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

class GetA2TableRequest(_message.Message):
    __slots__ = ("name", "version")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class ListA2TablesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListA2TablesResponse(_message.Message):
    __slots__ = ("a2_tables", "next_page_token")
    A2_TABLES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    a2_tables: _containers.RepeatedCompositeFieldContainer[A2Table]
    next_page_token: str
    def __init__(self, a2_tables: _Optional[_Iterable[_Union[A2Table, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CompareA2TablesRequest(_message.Message):
    __slots__ = ("name", "version", "other", "other_version")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    OTHER_FIELD_NUMBER: _ClassVar[int]
    OTHER_VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    other: str
    other_version: int
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., other: _Optional[str] = ..., other_version: _Optional[int] = ...) -> None: ...

class CompareA2TablesResponse(_message.Message):
    __slots__ = ("version", "other_version", "differences", "rows", "products_compared", "packages_compared", "lanes_compared")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    OTHER_VERSION_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    PRODUCTS_COMPARED_FIELD_NUMBER: _ClassVar[int]
    PACKAGES_COMPARED_FIELD_NUMBER: _ClassVar[int]
    LANES_COMPARED_FIELD_NUMBER: _ClassVar[int]
    version: int
    other_version: int
    differences: _containers.RepeatedCompositeFieldContainer[A2Difference]
    rows: _containers.RepeatedCompositeFieldContainer[A2RowDifference]
    products_compared: int
    packages_compared: int
    lanes_compared: int
    def __init__(self, version: _Optional[int] = ..., other_version: _Optional[int] = ..., differences: _Optional[_Iterable[_Union[A2Difference, _Mapping]]] = ..., rows: _Optional[_Iterable[_Union[A2RowDifference, _Mapping]]] = ..., products_compared: _Optional[int] = ..., packages_compared: _Optional[int] = ..., lanes_compared: _Optional[int] = ...) -> None: ...

class A2Difference(_message.Message):
    __slots__ = ("product", "lane", "shipment", "package_id", "a2_fraction", "other_a2_fraction", "default_row_nuclides", "other_default_row_nuclides", "stops")
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_ID_FIELD_NUMBER: _ClassVar[int]
    A2_FRACTION_FIELD_NUMBER: _ClassVar[int]
    OTHER_A2_FRACTION_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_ROW_NUCLIDES_FIELD_NUMBER: _ClassVar[int]
    OTHER_DEFAULT_ROW_NUCLIDES_FIELD_NUMBER: _ClassVar[int]
    STOPS_FIELD_NUMBER: _ClassVar[int]
    product: str
    lane: str
    shipment: str
    package_id: str
    a2_fraction: float
    other_a2_fraction: float
    default_row_nuclides: _containers.RepeatedScalarFieldContainer[str]
    other_default_row_nuclides: _containers.RepeatedScalarFieldContainer[str]
    stops: bool
    def __init__(self, product: _Optional[str] = ..., lane: _Optional[str] = ..., shipment: _Optional[str] = ..., package_id: _Optional[str] = ..., a2_fraction: _Optional[float] = ..., other_a2_fraction: _Optional[float] = ..., default_row_nuclides: _Optional[_Iterable[str]] = ..., other_default_row_nuclides: _Optional[_Iterable[str]] = ..., stops: _Optional[bool] = ...) -> None: ...

class A2RowDifference(_message.Message):
    __slots__ = ("nuclide", "row", "other_row")
    NUCLIDE_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    OTHER_ROW_FIELD_NUMBER: _ClassVar[int]
    nuclide: str
    row: A2TableRow
    other_row: A2TableRow
    def __init__(self, nuclide: _Optional[str] = ..., row: _Optional[_Union[A2TableRow, _Mapping]] = ..., other_row: _Optional[_Union[A2TableRow, _Mapping]] = ...) -> None: ...
