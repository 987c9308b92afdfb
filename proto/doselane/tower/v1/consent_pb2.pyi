import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.tower.v1 import rescue_pb2 as _rescue_pb2
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

class Consent(_message.Message):
    __slots__ = ("name", "partner", "state", "terms", "valid_from_time", "valid_until_time", "explanation", "create_time", "last_change", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Consent.State]
        ASKED: _ClassVar[Consent.State]
        GIVEN: _ClassVar[Consent.State]
        REFUSED: _ClassVar[Consent.State]
        REVOKED: _ClassVar[Consent.State]
        EXPIRED: _ClassVar[Consent.State]
    STATE_UNSPECIFIED: Consent.State
    ASKED: Consent.State
    GIVEN: Consent.State
    REFUSED: Consent.State
    REVOKED: Consent.State
    EXPIRED: Consent.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    partner: str
    state: Consent.State
    terms: ConsentTerms
    valid_from_time: _timestamp_pb2.Timestamp
    valid_until_time: _timestamp_pb2.Timestamp
    explanation: str
    create_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    etag: str
    def __init__(self, name: _Optional[str] = ..., partner: _Optional[str] = ..., state: _Optional[_Union[Consent.State, str]] = ..., terms: _Optional[_Union[ConsentTerms, _Mapping]] = ..., valid_from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., explanation: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class ConsentTerms(_message.Message):
    __slots__ = ("product", "site", "dose", "delay_minutes_max", "activity_fraction_min", "sites", "helping")
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    DOSE_FIELD_NUMBER: _ClassVar[int]
    DELAY_MINUTES_MAX_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_FRACTION_MIN_FIELD_NUMBER: _ClassVar[int]
    SITES_FIELD_NUMBER: _ClassVar[int]
    HELPING_FIELD_NUMBER: _ClassVar[int]
    product: str
    site: str
    dose: str
    delay_minutes_max: int
    activity_fraction_min: float
    sites: _containers.RepeatedScalarFieldContainer[str]
    helping: bool
    def __init__(self, product: _Optional[str] = ..., site: _Optional[str] = ..., dose: _Optional[str] = ..., delay_minutes_max: _Optional[int] = ..., activity_fraction_min: _Optional[float] = ..., sites: _Optional[_Iterable[str]] = ..., helping: _Optional[bool] = ...) -> None: ...

class SignConsentRequest(_message.Message):
    __slots__ = ("terms", "valid_from_time", "valid_until_time", "request_id", "reason")
    TERMS_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    terms: ConsentTerms
    valid_from_time: _timestamp_pb2.Timestamp
    valid_until_time: _timestamp_pb2.Timestamp
    request_id: str
    reason: str
    def __init__(self, terms: _Optional[_Union[ConsentTerms, _Mapping]] = ..., valid_from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class AskConsentsRequest(_message.Message):
    __slots__ = ("moves", "request_id", "reason")
    MOVES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    moves: _containers.RepeatedCompositeFieldContainer[_rescue_pb2.RescueMove]
    request_id: str
    reason: str
    def __init__(self, moves: _Optional[_Iterable[_Union[_rescue_pb2.RescueMove, _Mapping]]] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class AskConsentsResponse(_message.Message):
    __slots__ = ("consents",)
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    consents: _containers.RepeatedCompositeFieldContainer[Consent]
    def __init__(self, consents: _Optional[_Iterable[_Union[Consent, _Mapping]]] = ...) -> None: ...

class AnswerConsentRequest(_message.Message):
    __slots__ = ("name", "answer", "etag", "request_id", "reason")
    class Answer(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ANSWER_UNSPECIFIED: _ClassVar[AnswerConsentRequest.Answer]
        GIVE: _ClassVar[AnswerConsentRequest.Answer]
        REFUSE: _ClassVar[AnswerConsentRequest.Answer]
    ANSWER_UNSPECIFIED: AnswerConsentRequest.Answer
    GIVE: AnswerConsentRequest.Answer
    REFUSE: AnswerConsentRequest.Answer
    NAME_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    answer: AnswerConsentRequest.Answer
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., answer: _Optional[_Union[AnswerConsentRequest.Answer, str]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RevokeConsentRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GetConsentRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListConsentsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "states")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[Consent.State]
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[Consent.State, str]]] = ...) -> None: ...

class ListConsentsResponse(_message.Message):
    __slots__ = ("consents", "next_page_token")
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    consents: _containers.RepeatedCompositeFieldContainer[Consent]
    next_page_token: str
    def __init__(self, consents: _Optional[_Iterable[_Union[Consent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ApplyRescueRequest(_message.Message):
    __slots__ = ("moves", "fingerprint", "request_id", "reason")
    MOVES_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    moves: _containers.RepeatedCompositeFieldContainer[_rescue_pb2.RescueMove]
    fingerprint: str
    request_id: str
    reason: str
    def __init__(self, moves: _Optional[_Iterable[_Union[_rescue_pb2.RescueMove, _Mapping]]] = ..., fingerprint: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ApplyRescueResponse(_message.Message):
    __slots__ = ("moves", "apply_time")
    MOVES_FIELD_NUMBER: _ClassVar[int]
    APPLY_TIME_FIELD_NUMBER: _ClassVar[int]
    moves: _containers.RepeatedCompositeFieldContainer[_rescue_pb2.RescueMove]
    apply_time: _timestamp_pb2.Timestamp
    def __init__(self, moves: _Optional[_Iterable[_Union[_rescue_pb2.RescueMove, _Mapping]]] = ..., apply_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
