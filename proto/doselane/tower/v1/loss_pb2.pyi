import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.tower.v1 import consent_pb2 as _consent_pb2
from doselane.tower.v1 import escalation_pb2 as _escalation_pb2
from doselane.tower.v1 import incident_pb2 as _incident_pb2
from doselane.type.v1 import type_pb2 as _type_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LossReport(_message.Message):
    __slots__ = ("name", "dose", "partner", "product", "run", "site", "administration", "loss_time", "cause", "causes", "moves", "last_rescue_time", "told", "asked", "explanation")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DOSE_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_FIELD_NUMBER: _ClassVar[int]
    LOSS_TIME_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    CAUSES_FIELD_NUMBER: _ClassVar[int]
    MOVES_FIELD_NUMBER: _ClassVar[int]
    LAST_RESCUE_TIME_FIELD_NUMBER: _ClassVar[int]
    TOLD_FIELD_NUMBER: _ClassVar[int]
    ASKED_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    dose: str
    partner: str
    product: str
    run: str
    site: str
    administration: _type_pb2.Activity
    loss_time: _timestamp_pb2.Timestamp
    cause: LossCause
    causes: _containers.RepeatedCompositeFieldContainer[LossCause]
    moves: _containers.RepeatedCompositeFieldContainer[MissedMove]
    last_rescue_time: _timestamp_pb2.Timestamp
    told: _containers.RepeatedCompositeFieldContainer[ToldContact]
    asked: _containers.RepeatedCompositeFieldContainer[AskedConsent]
    explanation: str
    def __init__(self, name: _Optional[str] = ..., dose: _Optional[str] = ..., partner: _Optional[str] = ..., product: _Optional[str] = ..., run: _Optional[str] = ..., site: _Optional[str] = ..., administration: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., loss_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cause: _Optional[_Union[LossCause, _Mapping]] = ..., causes: _Optional[_Iterable[_Union[LossCause, _Mapping]]] = ..., moves: _Optional[_Iterable[_Union[MissedMove, _Mapping]]] = ..., last_rescue_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., told: _Optional[_Iterable[_Union[ToldContact, _Mapping]]] = ..., asked: _Optional[_Iterable[_Union[AskedConsent, _Mapping]]] = ..., explanation: _Optional[str] = ...) -> None: ...

class LossCause(_message.Message):
    __slots__ = ("incident", "kind", "explanation", "open_time", "acknowledge_time", "resolve_time")
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    OPEN_TIME_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGE_TIME_FIELD_NUMBER: _ClassVar[int]
    RESOLVE_TIME_FIELD_NUMBER: _ClassVar[int]
    incident: str
    kind: _incident_pb2.Incident.Kind
    explanation: str
    open_time: _timestamp_pb2.Timestamp
    acknowledge_time: _timestamp_pb2.Timestamp
    resolve_time: _timestamp_pb2.Timestamp
    def __init__(self, incident: _Optional[str] = ..., kind: _Optional[_Union[_incident_pb2.Incident.Kind, str]] = ..., explanation: _Optional[str] = ..., open_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., acknowledge_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., resolve_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class MissedMove(_message.Message):
    __slots__ = ("run", "lane", "departure_time", "known_time", "until_time")
    RUN_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    KNOWN_TIME_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    run: str
    lane: str
    departure_time: _timestamp_pb2.Timestamp
    known_time: _timestamp_pb2.Timestamp
    until_time: _timestamp_pb2.Timestamp
    def __init__(self, run: _Optional[str] = ..., lane: _Optional[str] = ..., departure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., known_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ToldContact(_message.Message):
    __slots__ = ("escalation", "partner", "step", "take_time", "contact", "state", "time", "acknowledge_time")
    ESCALATION_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    TAKE_TIME_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGE_TIME_FIELD_NUMBER: _ClassVar[int]
    escalation: str
    partner: str
    step: int
    take_time: _timestamp_pb2.Timestamp
    contact: _escalation_pb2.AlertContact
    state: _escalation_pb2.AlertOutcome.State
    time: _timestamp_pb2.Timestamp
    acknowledge_time: _timestamp_pb2.Timestamp
    def __init__(self, escalation: _Optional[str] = ..., partner: _Optional[str] = ..., step: _Optional[int] = ..., take_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., contact: _Optional[_Union[_escalation_pb2.AlertContact, _Mapping]] = ..., state: _Optional[_Union[_escalation_pb2.AlertOutcome.State, str]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., acknowledge_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AskedConsent(_message.Message):
    __slots__ = ("consent", "explanation", "ask_time", "state", "answer_time")
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    ASK_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ANSWER_TIME_FIELD_NUMBER: _ClassVar[int]
    consent: str
    explanation: str
    ask_time: _timestamp_pb2.Timestamp
    state: _consent_pb2.Consent.State
    answer_time: _timestamp_pb2.Timestamp
    def __init__(self, consent: _Optional[str] = ..., explanation: _Optional[str] = ..., ask_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[_consent_pb2.Consent.State, str]] = ..., answer_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetLossReportRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...
