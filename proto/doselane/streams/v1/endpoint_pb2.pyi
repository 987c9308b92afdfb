import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SignatureKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIGNATURE_KIND_UNSPECIFIED: _ClassVar[SignatureKind]
    SIGNATURE_KIND_HMAC_SHA256: _ClassVar[SignatureKind]
    SIGNATURE_KIND_ED25519: _ClassVar[SignatureKind]
SIGNATURE_KIND_UNSPECIFIED: SignatureKind
SIGNATURE_KIND_HMAC_SHA256: SignatureKind
SIGNATURE_KIND_ED25519: SignatureKind

class Endpoint(_message.Message):
    __slots__ = ("name", "partner", "url", "description", "types", "subjects", "second_channel_url", "signature_kind", "public_keys", "state", "state_time", "state_detail", "position", "waiting_subjects", "recovery", "create_time", "update_time", "etag", "kafka")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Endpoint.State]
        ENABLED: _ClassVar[Endpoint.State]
        FAILING: _ClassVar[Endpoint.State]
        DISABLED: _ClassVar[Endpoint.State]
    STATE_UNSPECIFIED: Endpoint.State
    ENABLED: Endpoint.State
    FAILING: Endpoint.State
    DISABLED: Endpoint.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    SECOND_CHANNEL_URL_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_KIND_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEYS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_DETAIL_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    WAITING_SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    RECOVERY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    KAFKA_FIELD_NUMBER: _ClassVar[int]
    name: str
    partner: str
    url: str
    description: str
    types: _containers.RepeatedScalarFieldContainer[str]
    subjects: _containers.RepeatedScalarFieldContainer[str]
    second_channel_url: str
    signature_kind: SignatureKind
    public_keys: _containers.RepeatedScalarFieldContainer[str]
    state: Endpoint.State
    state_time: _timestamp_pb2.Timestamp
    state_detail: str
    position: int
    waiting_subjects: int
    recovery: Recovery
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    kafka: KafkaAccess
    def __init__(self, name: _Optional[str] = ..., partner: _Optional[str] = ..., url: _Optional[str] = ..., description: _Optional[str] = ..., types: _Optional[_Iterable[str]] = ..., subjects: _Optional[_Iterable[str]] = ..., second_channel_url: _Optional[str] = ..., signature_kind: _Optional[_Union[SignatureKind, str]] = ..., public_keys: _Optional[_Iterable[str]] = ..., state: _Optional[_Union[Endpoint.State, str]] = ..., state_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state_detail: _Optional[str] = ..., position: _Optional[int] = ..., waiting_subjects: _Optional[int] = ..., recovery: _Optional[_Union[Recovery, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., kafka: _Optional[_Union[KafkaAccess, _Mapping]] = ...) -> None: ...

class KafkaAccess(_message.Message):
    __slots__ = ("mode", "plaintext", "sasl_mechanism", "sasl_username", "sasl_password", "ca_certificates", "sasl_token_url", "sasl_scope", "client_certificates", "client_key")
    class Mode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MODE_UNSPECIFIED: _ClassVar[KafkaAccess.Mode]
        STRUCTURED: _ClassVar[KafkaAccess.Mode]
        BINARY: _ClassVar[KafkaAccess.Mode]
    MODE_UNSPECIFIED: KafkaAccess.Mode
    STRUCTURED: KafkaAccess.Mode
    BINARY: KafkaAccess.Mode
    class SaslMechanism(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SASL_MECHANISM_UNSPECIFIED: _ClassVar[KafkaAccess.SaslMechanism]
        PLAIN: _ClassVar[KafkaAccess.SaslMechanism]
        SCRAM_SHA_256: _ClassVar[KafkaAccess.SaslMechanism]
        SCRAM_SHA_512: _ClassVar[KafkaAccess.SaslMechanism]
        OAUTHBEARER: _ClassVar[KafkaAccess.SaslMechanism]
    SASL_MECHANISM_UNSPECIFIED: KafkaAccess.SaslMechanism
    PLAIN: KafkaAccess.SaslMechanism
    SCRAM_SHA_256: KafkaAccess.SaslMechanism
    SCRAM_SHA_512: KafkaAccess.SaslMechanism
    OAUTHBEARER: KafkaAccess.SaslMechanism
    MODE_FIELD_NUMBER: _ClassVar[int]
    PLAINTEXT_FIELD_NUMBER: _ClassVar[int]
    SASL_MECHANISM_FIELD_NUMBER: _ClassVar[int]
    SASL_USERNAME_FIELD_NUMBER: _ClassVar[int]
    SASL_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    CA_CERTIFICATES_FIELD_NUMBER: _ClassVar[int]
    SASL_TOKEN_URL_FIELD_NUMBER: _ClassVar[int]
    SASL_SCOPE_FIELD_NUMBER: _ClassVar[int]
    CLIENT_CERTIFICATES_FIELD_NUMBER: _ClassVar[int]
    CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    mode: KafkaAccess.Mode
    plaintext: bool
    sasl_mechanism: KafkaAccess.SaslMechanism
    sasl_username: str
    sasl_password: str
    ca_certificates: str
    sasl_token_url: str
    sasl_scope: str
    client_certificates: str
    client_key: str
    def __init__(self, mode: _Optional[_Union[KafkaAccess.Mode, str]] = ..., plaintext: _Optional[bool] = ..., sasl_mechanism: _Optional[_Union[KafkaAccess.SaslMechanism, str]] = ..., sasl_username: _Optional[str] = ..., sasl_password: _Optional[str] = ..., ca_certificates: _Optional[str] = ..., sasl_token_url: _Optional[str] = ..., sasl_scope: _Optional[str] = ..., client_certificates: _Optional[str] = ..., client_key: _Optional[str] = ...) -> None: ...

class Recovery(_message.Message):
    __slots__ = ("position", "last_position")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    LAST_POSITION_FIELD_NUMBER: _ClassVar[int]
    position: int
    last_position: int
    def __init__(self, position: _Optional[int] = ..., last_position: _Optional[int] = ...) -> None: ...

class DeliveryAttempt(_message.Message):
    __slots__ = ("name", "event_id", "type", "subject", "position", "cause", "number", "send_time", "delivered", "status", "fault", "latency_ms", "response_start", "next_try_time")
    class Cause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CAUSE_UNSPECIFIED: _ClassVar[DeliveryAttempt.Cause]
        FEED: _ClassVar[DeliveryAttempt.Cause]
        RECOVERY: _ClassVar[DeliveryAttempt.Cause]
        RESEND: _ClassVar[DeliveryAttempt.Cause]
        TEST: _ClassVar[DeliveryAttempt.Cause]
        SECOND_CHANNEL: _ClassVar[DeliveryAttempt.Cause]
    CAUSE_UNSPECIFIED: DeliveryAttempt.Cause
    FEED: DeliveryAttempt.Cause
    RECOVERY: DeliveryAttempt.Cause
    RESEND: DeliveryAttempt.Cause
    TEST: DeliveryAttempt.Cause
    SECOND_CHANNEL: DeliveryAttempt.Cause
    NAME_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_START_FIELD_NUMBER: _ClassVar[int]
    NEXT_TRY_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    event_id: str
    type: str
    subject: str
    position: int
    cause: DeliveryAttempt.Cause
    number: int
    send_time: _timestamp_pb2.Timestamp
    delivered: bool
    status: int
    fault: str
    latency_ms: int
    response_start: bytes
    next_try_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., event_id: _Optional[str] = ..., type: _Optional[str] = ..., subject: _Optional[str] = ..., position: _Optional[int] = ..., cause: _Optional[_Union[DeliveryAttempt.Cause, str]] = ..., number: _Optional[int] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., delivered: _Optional[bool] = ..., status: _Optional[int] = ..., fault: _Optional[str] = ..., latency_ms: _Optional[int] = ..., response_start: _Optional[bytes] = ..., next_try_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ParkedEvent(_message.Message):
    __slots__ = ("name", "event_id", "type", "subject", "position", "last_position", "reason", "detail", "attempts", "park_time")
    class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        REASON_UNSPECIFIED: _ClassVar[ParkedEvent.Reason]
        OUT_OF_TIME: _ClassVar[ParkedEvent.Reason]
        NOT_KEPT: _ClassVar[ParkedEvent.Reason]
    REASON_UNSPECIFIED: ParkedEvent.Reason
    OUT_OF_TIME: ParkedEvent.Reason
    NOT_KEPT: ParkedEvent.Reason
    NAME_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    LAST_POSITION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    PARK_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    event_id: str
    type: str
    subject: str
    position: int
    last_position: int
    reason: ParkedEvent.Reason
    detail: str
    attempts: int
    park_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., event_id: _Optional[str] = ..., type: _Optional[str] = ..., subject: _Optional[str] = ..., position: _Optional[int] = ..., last_position: _Optional[int] = ..., reason: _Optional[_Union[ParkedEvent.Reason, str]] = ..., detail: _Optional[str] = ..., attempts: _Optional[int] = ..., park_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateEndpointRequest(_message.Message):
    __slots__ = ("endpoint", "request_id", "from_earliest", "reason")
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_EARLIEST_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    endpoint: Endpoint
    request_id: str
    from_earliest: bool
    reason: str
    def __init__(self, endpoint: _Optional[_Union[Endpoint, _Mapping]] = ..., request_id: _Optional[str] = ..., from_earliest: _Optional[bool] = ..., reason: _Optional[str] = ...) -> None: ...

class CreateEndpointResponse(_message.Message):
    __slots__ = ("endpoint", "secret")
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    endpoint: Endpoint
    secret: str
    def __init__(self, endpoint: _Optional[_Union[Endpoint, _Mapping]] = ..., secret: _Optional[str] = ...) -> None: ...

class GetEndpointRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListEndpointsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEndpointsResponse(_message.Message):
    __slots__ = ("endpoints", "next_page_token")
    ENDPOINTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    endpoints: _containers.RepeatedCompositeFieldContainer[Endpoint]
    next_page_token: str
    def __init__(self, endpoints: _Optional[_Iterable[_Union[Endpoint, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateEndpointRequest(_message.Message):
    __slots__ = ("endpoint", "update_mask", "request_id", "reason")
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    endpoint: Endpoint
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    reason: str
    def __init__(self, endpoint: _Optional[_Union[Endpoint, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class DeleteEndpointRequest(_message.Message):
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

class DeleteEndpointResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RotateSecretRequest(_message.Message):
    __slots__ = ("name", "overlap", "signature_kind", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    OVERLAP_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_KIND_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    overlap: _duration_pb2.Duration
    signature_kind: SignatureKind
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., overlap: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., signature_kind: _Optional[_Union[SignatureKind, str]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RotateSecretResponse(_message.Message):
    __slots__ = ("endpoint", "secret")
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    endpoint: Endpoint
    secret: str
    def __init__(self, endpoint: _Optional[_Union[Endpoint, _Mapping]] = ..., secret: _Optional[str] = ...) -> None: ...

class TestEndpointRequest(_message.Message):
    __slots__ = ("name", "type", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., type: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RecoverEndpointRequest(_message.Message):
    __slots__ = ("name", "start_time", "end_time", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ResendEventRequest(_message.Message):
    __slots__ = ("name", "event_id", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    event_id: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., event_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class EnableEndpointRequest(_message.Message):
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

class DisableEndpointRequest(_message.Message):
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

class ListDeliveryAttemptsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "event_id", "failed_only")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    FAILED_ONLY_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    event_id: str
    failed_only: bool
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., event_id: _Optional[str] = ..., failed_only: _Optional[bool] = ...) -> None: ...

class ListDeliveryAttemptsResponse(_message.Message):
    __slots__ = ("delivery_attempts", "next_page_token")
    DELIVERY_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    delivery_attempts: _containers.RepeatedCompositeFieldContainer[DeliveryAttempt]
    next_page_token: str
    def __init__(self, delivery_attempts: _Optional[_Iterable[_Union[DeliveryAttempt, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListParkedEventsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListParkedEventsResponse(_message.Message):
    __slots__ = ("parked_events", "next_page_token")
    PARKED_EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parked_events: _containers.RepeatedCompositeFieldContainer[ParkedEvent]
    next_page_token: str
    def __init__(self, parked_events: _Optional[_Iterable[_Union[ParkedEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
