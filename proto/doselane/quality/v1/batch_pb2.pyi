import datetime

from doselane.type.v1 import options_pb2 as _options_pb2
from doselane.type.v1 import type_pb2 as _type_pb2
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

class TestClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TEST_CLASS_UNSPECIFIED: _ClassVar[TestClass]
    BEFORE_DISPATCH: _ClassVar[TestClass]
    BEFORE_USE: _ClassVar[TestClass]
    AFTER_USE: _ClassVar[TestClass]
TEST_CLASS_UNSPECIFIED: TestClass
BEFORE_DISPATCH: TestClass
BEFORE_USE: TestClass
AFTER_USE: TestClass

class Batch(_message.Message):
    __slots__ = ("name", "run", "product", "nuclide", "state", "end_of_synthesis_time", "measured", "volume_ul", "concentration_mbq_per_ml", "expire_time", "specification", "specification_version", "verdicts", "deviations", "signatures", "rejection_reason", "record_sha256", "etag", "create_time", "update_time", "last_change", "production_order")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Batch.State]
        IN_QC: _ClassVar[Batch.State]
        READY_TO_SHIP: _ClassVar[Batch.State]
        CERTIFIED_FOR_USE: _ClassVar[Batch.State]
        CERTIFIED_FINAL: _ClassVar[Batch.State]
        REJECTED: _ClassVar[Batch.State]
        FAILED_AFTER_USE: _ClassVar[Batch.State]
    STATE_UNSPECIFIED: Batch.State
    IN_QC: Batch.State
    READY_TO_SHIP: Batch.State
    CERTIFIED_FOR_USE: Batch.State
    CERTIFIED_FINAL: Batch.State
    REJECTED: Batch.State
    FAILED_AFTER_USE: Batch.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    NUCLIDE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    END_OF_SYNTHESIS_TIME_FIELD_NUMBER: _ClassVar[int]
    MEASURED_FIELD_NUMBER: _ClassVar[int]
    VOLUME_UL_FIELD_NUMBER: _ClassVar[int]
    CONCENTRATION_MBQ_PER_ML_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    SPECIFICATION_FIELD_NUMBER: _ClassVar[int]
    SPECIFICATION_VERSION_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    DEVIATIONS_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    REJECTION_REASON_FIELD_NUMBER: _ClassVar[int]
    RECORD_SHA256_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    PRODUCTION_ORDER_FIELD_NUMBER: _ClassVar[int]
    name: str
    run: str
    product: str
    nuclide: _type_pb2.Nuclide
    state: Batch.State
    end_of_synthesis_time: _timestamp_pb2.Timestamp
    measured: _type_pb2.Activity
    volume_ul: int
    concentration_mbq_per_ml: float
    expire_time: _timestamp_pb2.Timestamp
    specification: str
    specification_version: int
    verdicts: _containers.RepeatedCompositeFieldContainer[Verdict]
    deviations: _containers.RepeatedCompositeFieldContainer[Deviation]
    signatures: _containers.RepeatedCompositeFieldContainer[Signature]
    rejection_reason: str
    record_sha256: str
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    production_order: str
    def __init__(self, name: _Optional[str] = ..., run: _Optional[str] = ..., product: _Optional[str] = ..., nuclide: _Optional[_Union[_type_pb2.Nuclide, str]] = ..., state: _Optional[_Union[Batch.State, str]] = ..., end_of_synthesis_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., measured: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., volume_ul: _Optional[int] = ..., concentration_mbq_per_ml: _Optional[float] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., specification: _Optional[str] = ..., specification_version: _Optional[int] = ..., verdicts: _Optional[_Iterable[_Union[Verdict, _Mapping]]] = ..., deviations: _Optional[_Iterable[_Union[Deviation, _Mapping]]] = ..., signatures: _Optional[_Iterable[_Union[Signature, _Mapping]]] = ..., rejection_reason: _Optional[str] = ..., record_sha256: _Optional[str] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ..., production_order: _Optional[str] = ...) -> None: ...

class Verdict(_message.Message):
    __slots__ = ("test", "test_class", "outcome", "explanation", "required", "results")
    class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OUTCOME_UNSPECIFIED: _ClassVar[Verdict.Outcome]
        PASS: _ClassVar[Verdict.Outcome]
        FAIL: _ClassVar[Verdict.Outcome]
        INDETERMINATE: _ClassVar[Verdict.Outcome]
        MISSING: _ClassVar[Verdict.Outcome]
        INVALID: _ClassVar[Verdict.Outcome]
    OUTCOME_UNSPECIFIED: Verdict.Outcome
    PASS: Verdict.Outcome
    FAIL: Verdict.Outcome
    INDETERMINATE: Verdict.Outcome
    MISSING: Verdict.Outcome
    INVALID: Verdict.Outcome
    TEST_FIELD_NUMBER: _ClassVar[int]
    TEST_CLASS_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    test: str
    test_class: TestClass
    outcome: Verdict.Outcome
    explanation: str
    required: bool
    results: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, test: _Optional[str] = ..., test_class: _Optional[_Union[TestClass, str]] = ..., outcome: _Optional[_Union[Verdict.Outcome, str]] = ..., explanation: _Optional[str] = ..., required: _Optional[bool] = ..., results: _Optional[_Iterable[str]] = ...) -> None: ...

class Deviation(_message.Message):
    __slots__ = ("number", "description", "raise_time", "conclusion", "close_time")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    RAISE_TIME_FIELD_NUMBER: _ClassVar[int]
    CONCLUSION_FIELD_NUMBER: _ClassVar[int]
    CLOSE_TIME_FIELD_NUMBER: _ClassVar[int]
    number: int
    description: str
    raise_time: _timestamp_pb2.Timestamp
    conclusion: str
    close_time: _timestamp_pb2.Timestamp
    def __init__(self, number: _Optional[int] = ..., description: _Optional[str] = ..., raise_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., conclusion: _Optional[str] = ..., close_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Signature(_message.Message):
    __slots__ = ("signer", "printed_name", "role", "meaning", "sign_time", "record_sha256", "authentication_time")
    class Meaning(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MEANING_UNSPECIFIED: _ClassVar[Signature.Meaning]
        DISPATCH_ASSESSED: _ClassVar[Signature.Meaning]
        CERTIFIED_FOR_USE: _ClassVar[Signature.Meaning]
        CERTIFIED_FINAL: _ClassVar[Signature.Meaning]
        REJECTED: _ClassVar[Signature.Meaning]
        DEVIATION_CLOSED: _ClassVar[Signature.Meaning]
        SPECIFICATION_APPROVED: _ClassVar[Signature.Meaning]
    MEANING_UNSPECIFIED: Signature.Meaning
    DISPATCH_ASSESSED: Signature.Meaning
    CERTIFIED_FOR_USE: Signature.Meaning
    CERTIFIED_FINAL: Signature.Meaning
    REJECTED: Signature.Meaning
    DEVIATION_CLOSED: Signature.Meaning
    SPECIFICATION_APPROVED: Signature.Meaning
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
    meaning: Signature.Meaning
    sign_time: _timestamp_pb2.Timestamp
    record_sha256: str
    authentication_time: _timestamp_pb2.Timestamp
    def __init__(self, signer: _Optional[str] = ..., printed_name: _Optional[str] = ..., role: _Optional[str] = ..., meaning: _Optional[_Union[Signature.Meaning, str]] = ..., sign_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., record_sha256: _Optional[str] = ..., authentication_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Vial(_message.Message):
    __slots__ = ("name", "slot", "partner", "fill_time", "volume_ul", "filled", "administration", "dispatch_time", "create_time", "surplus_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    FILL_TIME_FIELD_NUMBER: _ClassVar[int]
    VOLUME_UL_FIELD_NUMBER: _ClassVar[int]
    FILLED_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_FIELD_NUMBER: _ClassVar[int]
    DISPATCH_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SURPLUS_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    slot: str
    partner: str
    fill_time: _timestamp_pb2.Timestamp
    volume_ul: int
    filled: _type_pb2.Activity
    administration: _type_pb2.Activity
    dispatch_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    surplus_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., slot: _Optional[str] = ..., partner: _Optional[str] = ..., fill_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., volume_ul: _Optional[int] = ..., filled: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., administration: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., dispatch_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., surplus_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Sample(_message.Message):
    __slots__ = ("name", "tests", "sample_time", "product", "invalidated", "create_time", "laboratory")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TESTS_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_TIME_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    INVALIDATED_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LABORATORY_FIELD_NUMBER: _ClassVar[int]
    name: str
    tests: _containers.RepeatedScalarFieldContainer[str]
    sample_time: _timestamp_pb2.Timestamp
    product: str
    invalidated: bool
    create_time: _timestamp_pb2.Timestamp
    laboratory: str
    def __init__(self, name: _Optional[str] = ..., tests: _Optional[_Iterable[str]] = ..., sample_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., product: _Optional[str] = ..., invalidated: _Optional[bool] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., laboratory: _Optional[str] = ...) -> None: ...

class TestResult(_message.Message):
    __slots__ = ("result_id", "sample", "laboratory", "test", "replicate", "value", "unit", "method", "capture_time", "counts", "reason", "detail", "receive_time", "message")
    RESULT_ID_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_FIELD_NUMBER: _ClassVar[int]
    LABORATORY_FIELD_NUMBER: _ClassVar[int]
    TEST_FIELD_NUMBER: _ClassVar[int]
    REPLICATE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    CAPTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    result_id: str
    sample: str
    laboratory: str
    test: str
    replicate: int
    value: str
    unit: str
    method: str
    capture_time: _timestamp_pb2.Timestamp
    counts: bool
    reason: str
    detail: str
    receive_time: _timestamp_pb2.Timestamp
    message: str
    def __init__(self, result_id: _Optional[str] = ..., sample: _Optional[str] = ..., laboratory: _Optional[str] = ..., test: _Optional[str] = ..., replicate: _Optional[int] = ..., value: _Optional[str] = ..., unit: _Optional[str] = ..., method: _Optional[str] = ..., capture_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., counts: _Optional[bool] = ..., reason: _Optional[str] = ..., detail: _Optional[str] = ..., receive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., message: _Optional[str] = ...) -> None: ...

class Decision(_message.Message):
    __slots__ = ("name", "decide_time", "specification", "specification_version", "verdicts", "record_sha256", "record_json")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DECIDE_TIME_FIELD_NUMBER: _ClassVar[int]
    SPECIFICATION_FIELD_NUMBER: _ClassVar[int]
    SPECIFICATION_VERSION_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    RECORD_SHA256_FIELD_NUMBER: _ClassVar[int]
    RECORD_JSON_FIELD_NUMBER: _ClassVar[int]
    name: str
    decide_time: _timestamp_pb2.Timestamp
    specification: str
    specification_version: int
    verdicts: _containers.RepeatedCompositeFieldContainer[Verdict]
    record_sha256: str
    record_json: str
    def __init__(self, name: _Optional[str] = ..., decide_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., specification: _Optional[str] = ..., specification_version: _Optional[int] = ..., verdicts: _Optional[_Iterable[_Union[Verdict, _Mapping]]] = ..., record_sha256: _Optional[str] = ..., record_json: _Optional[str] = ...) -> None: ...
