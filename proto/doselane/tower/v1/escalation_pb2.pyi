import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.tower.v1 import incident_pb2 as _incident_pb2
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

class EscalationLadder(_message.Message):
    __slots__ = ("name", "partner", "product", "steps", "create_time", "last_change", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    partner: str
    product: str
    steps: _containers.RepeatedCompositeFieldContainer[LadderStep]
    create_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    etag: str
    def __init__(self, name: _Optional[str] = ..., partner: _Optional[str] = ..., product: _Optional[str] = ..., steps: _Optional[_Iterable[_Union[LadderStep, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class LadderStep(_message.Message):
    __slots__ = ("left_percent", "contacts")
    LEFT_PERCENT_FIELD_NUMBER: _ClassVar[int]
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    left_percent: int
    contacts: _containers.RepeatedCompositeFieldContainer[AlertContact]
    def __init__(self, left_percent: _Optional[int] = ..., contacts: _Optional[_Iterable[_Union[AlertContact, _Mapping]]] = ...) -> None: ...

class AlertContact(_message.Message):
    __slots__ = ("channel", "address")
    class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CHANNEL_UNSPECIFIED: _ClassVar[AlertContact.Channel]
        EMAIL: _ClassVar[AlertContact.Channel]
        SMS: _ClassVar[AlertContact.Channel]
        WEBHOOK: _ClassVar[AlertContact.Channel]
    CHANNEL_UNSPECIFIED: AlertContact.Channel
    EMAIL: AlertContact.Channel
    SMS: AlertContact.Channel
    WEBHOOK: AlertContact.Channel
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    channel: AlertContact.Channel
    address: str
    def __init__(self, channel: _Optional[_Union[AlertContact.Channel, str]] = ..., address: _Optional[str] = ...) -> None: ...

class Escalation(_message.Message):
    __slots__ = ("name", "partner", "ladder", "incident", "kind", "subject", "product", "state", "steps", "doses", "begin_time", "until_time", "acknowledge_time", "acknowledge_actor", "acknowledge_reason", "end_time", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Escalation.State]
        RUNNING: _ClassVar[Escalation.State]
        ACKNOWLEDGED: _ClassVar[Escalation.State]
        ENDED: _ClassVar[Escalation.State]
    STATE_UNSPECIFIED: Escalation.State
    RUNNING: Escalation.State
    ACKNOWLEDGED: Escalation.State
    ENDED: Escalation.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    LADDER_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    DOSES_FIELD_NUMBER: _ClassVar[int]
    BEGIN_TIME_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGE_TIME_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGE_ACTOR_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGE_REASON_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    partner: str
    ladder: str
    incident: str
    kind: _incident_pb2.Incident.Kind
    subject: str
    product: str
    state: Escalation.State
    steps: _containers.RepeatedCompositeFieldContainer[EscalationStep]
    doses: _containers.RepeatedCompositeFieldContainer[EscalatedDose]
    begin_time: _timestamp_pb2.Timestamp
    until_time: _timestamp_pb2.Timestamp
    acknowledge_time: _timestamp_pb2.Timestamp
    acknowledge_actor: str
    acknowledge_reason: str
    end_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., partner: _Optional[str] = ..., ladder: _Optional[str] = ..., incident: _Optional[str] = ..., kind: _Optional[_Union[_incident_pb2.Incident.Kind, str]] = ..., subject: _Optional[str] = ..., product: _Optional[str] = ..., state: _Optional[_Union[Escalation.State, str]] = ..., steps: _Optional[_Iterable[_Union[EscalationStep, _Mapping]]] = ..., doses: _Optional[_Iterable[_Union[EscalatedDose, _Mapping]]] = ..., begin_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., acknowledge_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., acknowledge_actor: _Optional[str] = ..., acknowledge_reason: _Optional[str] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class EscalationStep(_message.Message):
    __slots__ = ("left_percent", "due_time", "take_time", "doses", "outcomes")
    LEFT_PERCENT_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    TAKE_TIME_FIELD_NUMBER: _ClassVar[int]
    DOSES_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    left_percent: int
    due_time: _timestamp_pb2.Timestamp
    take_time: _timestamp_pb2.Timestamp
    doses: _containers.RepeatedScalarFieldContainer[str]
    outcomes: _containers.RepeatedCompositeFieldContainer[AlertOutcome]
    def __init__(self, left_percent: _Optional[int] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., take_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., doses: _Optional[_Iterable[str]] = ..., outcomes: _Optional[_Iterable[_Union[AlertOutcome, _Mapping]]] = ...) -> None: ...

class AlertOutcome(_message.Message):
    __slots__ = ("contact", "state", "time", "detail")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[AlertOutcome.State]
        SENDING: _ClassVar[AlertOutcome.State]
        SENT: _ClassVar[AlertOutcome.State]
        FAILED: _ClassVar[AlertOutcome.State]
    STATE_UNSPECIFIED: AlertOutcome.State
    SENDING: AlertOutcome.State
    SENT: AlertOutcome.State
    FAILED: AlertOutcome.State
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    contact: AlertContact
    state: AlertOutcome.State
    time: _timestamp_pb2.Timestamp
    detail: str
    def __init__(self, contact: _Optional[_Union[AlertContact, _Mapping]] = ..., state: _Optional[_Union[AlertOutcome.State, str]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., detail: _Optional[str] = ...) -> None: ...

class EscalatedDose(_message.Message):
    __slots__ = ("dose", "rescue_until_time")
    DOSE_FIELD_NUMBER: _ClassVar[int]
    RESCUE_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    dose: str
    rescue_until_time: _timestamp_pb2.Timestamp
    def __init__(self, dose: _Optional[str] = ..., rescue_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SetEscalationLadderRequest(_message.Message):
    __slots__ = ("product", "steps", "etag", "request_id", "reason")
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    product: str
    steps: _containers.RepeatedCompositeFieldContainer[LadderStep]
    etag: str
    request_id: str
    reason: str
    def __init__(self, product: _Optional[str] = ..., steps: _Optional[_Iterable[_Union[LadderStep, _Mapping]]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class WithdrawEscalationLadderRequest(_message.Message):
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

class GetEscalationLadderRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListEscalationLaddersRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEscalationLaddersResponse(_message.Message):
    __slots__ = ("escalation_ladders", "next_page_token")
    ESCALATION_LADDERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    escalation_ladders: _containers.RepeatedCompositeFieldContainer[EscalationLadder]
    next_page_token: str
    def __init__(self, escalation_ladders: _Optional[_Iterable[_Union[EscalationLadder, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetEscalationRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListEscalationsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "states", "incident")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[Escalation.State]
    incident: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[Escalation.State, str]]] = ..., incident: _Optional[str] = ...) -> None: ...

class ListEscalationsResponse(_message.Message):
    __slots__ = ("escalations", "next_page_token")
    ESCALATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    escalations: _containers.RepeatedCompositeFieldContainer[Escalation]
    next_page_token: str
    def __init__(self, escalations: _Optional[_Iterable[_Union[Escalation, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AcknowledgeEscalationRequest(_message.Message):
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
