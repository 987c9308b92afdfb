import datetime

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

class DoseVerdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DOSE_VERDICT_UNSPECIFIED: _ClassVar[DoseVerdict]
    DOSE_VERDICT_SAFE: _ClassVar[DoseVerdict]
    DOSE_VERDICT_AT_RISK: _ClassVar[DoseVerdict]
    DOSE_VERDICT_LOST: _ClassVar[DoseVerdict]
DOSE_VERDICT_UNSPECIFIED: DoseVerdict
DOSE_VERDICT_SAFE: DoseVerdict
DOSE_VERDICT_AT_RISK: DoseVerdict
DOSE_VERDICT_LOST: DoseVerdict

class Incident(_message.Message):
    __slots__ = ("name", "kind", "subject", "explanation", "severity", "state", "affected_doses", "deadline_time", "open_time", "acknowledge_time", "resolve_time", "history", "etag")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Incident.Kind]
        RUN_FAILED: _ClassVar[Incident.Kind]
        RUN_CANCELLED: _ClassVar[Incident.Kind]
        RUN_SHORT: _ClassVar[Incident.Kind]
        RUN_LATE: _ClassVar[Incident.Kind]
        ISOTOPE_LATE: _ClassVar[Incident.Kind]
        BATCH_REJECTED: _ClassVar[Incident.Kind]
        QC_OUT_OF_SPECIFICATION: _ClassVar[Incident.Kind]
        QC_DEADLINE: _ClassVar[Incident.Kind]
        PROMISE_CONFLICT: _ClassVar[Incident.Kind]
        SHIPMENT_DENIED: _ClassVar[Incident.Kind]
        SHIPMENT_DELAYED: _ClassVar[Incident.Kind]
        MILESTONE_OVERDUE: _ClassVar[Incident.Kind]
        SHIPMENT_EXCEPTION: _ClassVar[Incident.Kind]
        COURIER_DECLINED: _ClassVar[Incident.Kind]
        EXCURSION: _ClassVar[Incident.Kind]
        ACTIVITY_LOW: _ClassVar[Incident.Kind]
        DOSE_LOST: _ClassVar[Incident.Kind]
        NOT_IN_TIME: _ClassVar[Incident.Kind]
    KIND_UNSPECIFIED: Incident.Kind
    RUN_FAILED: Incident.Kind
    RUN_CANCELLED: Incident.Kind
    RUN_SHORT: Incident.Kind
    RUN_LATE: Incident.Kind
    ISOTOPE_LATE: Incident.Kind
    BATCH_REJECTED: Incident.Kind
    QC_OUT_OF_SPECIFICATION: Incident.Kind
    QC_DEADLINE: Incident.Kind
    PROMISE_CONFLICT: Incident.Kind
    SHIPMENT_DENIED: Incident.Kind
    SHIPMENT_DELAYED: Incident.Kind
    MILESTONE_OVERDUE: Incident.Kind
    SHIPMENT_EXCEPTION: Incident.Kind
    COURIER_DECLINED: Incident.Kind
    EXCURSION: Incident.Kind
    ACTIVITY_LOW: Incident.Kind
    DOSE_LOST: Incident.Kind
    NOT_IN_TIME: Incident.Kind
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Incident.State]
        OPEN: _ClassVar[Incident.State]
        ACKNOWLEDGED: _ClassVar[Incident.State]
        RESOLVED: _ClassVar[Incident.State]
    STATE_UNSPECIFIED: Incident.State
    OPEN: Incident.State
    ACKNOWLEDGED: Incident.State
    RESOLVED: Incident.State
    class Severity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SEVERITY_UNSPECIFIED: _ClassVar[Incident.Severity]
        MINOR: _ClassVar[Incident.Severity]
        MAJOR: _ClassVar[Incident.Severity]
        CRITICAL: _ClassVar[Incident.Severity]
    SEVERITY_UNSPECIFIED: Incident.Severity
    MINOR: Incident.Severity
    MAJOR: Incident.Severity
    CRITICAL: Incident.Severity
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    AFFECTED_DOSES_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_TIME_FIELD_NUMBER: _ClassVar[int]
    OPEN_TIME_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGE_TIME_FIELD_NUMBER: _ClassVar[int]
    RESOLVE_TIME_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: Incident.Kind
    subject: str
    explanation: str
    severity: Incident.Severity
    state: Incident.State
    affected_doses: _containers.RepeatedCompositeFieldContainer[AffectedDose]
    deadline_time: _timestamp_pb2.Timestamp
    open_time: _timestamp_pb2.Timestamp
    acknowledge_time: _timestamp_pb2.Timestamp
    resolve_time: _timestamp_pb2.Timestamp
    history: _containers.RepeatedCompositeFieldContainer[IncidentStep]
    etag: str
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[_Union[Incident.Kind, str]] = ..., subject: _Optional[str] = ..., explanation: _Optional[str] = ..., severity: _Optional[_Union[Incident.Severity, str]] = ..., state: _Optional[_Union[Incident.State, str]] = ..., affected_doses: _Optional[_Iterable[_Union[AffectedDose, _Mapping]]] = ..., deadline_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., open_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., acknowledge_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., resolve_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., history: _Optional[_Iterable[_Union[IncidentStep, _Mapping]]] = ..., etag: _Optional[str] = ...) -> None: ...

class AffectedDose(_message.Message):
    __slots__ = ("dose", "partner", "verdict", "rescue_until_time", "severity", "deadline_time")
    DOSE_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    RESCUE_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_TIME_FIELD_NUMBER: _ClassVar[int]
    dose: str
    partner: str
    verdict: DoseVerdict
    rescue_until_time: _timestamp_pb2.Timestamp
    severity: Incident.Severity
    deadline_time: _timestamp_pb2.Timestamp
    def __init__(self, dose: _Optional[str] = ..., partner: _Optional[str] = ..., verdict: _Optional[_Union[DoseVerdict, str]] = ..., rescue_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., severity: _Optional[_Union[Incident.Severity, str]] = ..., deadline_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class IncidentStep(_message.Message):
    __slots__ = ("state", "time", "actor", "reason")
    STATE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    state: Incident.State
    time: _timestamp_pb2.Timestamp
    actor: str
    reason: str
    def __init__(self, state: _Optional[_Union[Incident.State, str]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., actor: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...
