import datetime

from doselane.tower.v1 import board_pb2 as _board_pb2
from doselane.tower.v1 import consent_pb2 as _consent_pb2
from doselane.tower.v1 import draft_pb2 as _draft_pb2
from doselane.tower.v1 import escalation_pb2 as _escalation_pb2
from doselane.tower.v1 import go_no_go_pb2 as _go_no_go_pb2
from doselane.tower.v1 import incident_pb2 as _incident_pb2
from doselane.tower.v1 import rescue_pb2 as _rescue_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DoseAtRisk(_message.Message):
    __slots__ = ("board_entry",)
    BOARD_ENTRY_FIELD_NUMBER: _ClassVar[int]
    board_entry: _board_pb2.BoardEntry
    def __init__(self, board_entry: _Optional[_Union[_board_pb2.BoardEntry, _Mapping]] = ...) -> None: ...

class DoseSafeAgain(_message.Message):
    __slots__ = ("board_entry",)
    BOARD_ENTRY_FIELD_NUMBER: _ClassVar[int]
    board_entry: _board_pb2.BoardEntry
    def __init__(self, board_entry: _Optional[_Union[_board_pb2.BoardEntry, _Mapping]] = ...) -> None: ...

class DoseLost(_message.Message):
    __slots__ = ("board_entry",)
    BOARD_ENTRY_FIELD_NUMBER: _ClassVar[int]
    board_entry: _board_pb2.BoardEntry
    def __init__(self, board_entry: _Optional[_Union[_board_pb2.BoardEntry, _Mapping]] = ...) -> None: ...

class RescueWindowClosing(_message.Message):
    __slots__ = ("board_entry", "left_percent")
    BOARD_ENTRY_FIELD_NUMBER: _ClassVar[int]
    LEFT_PERCENT_FIELD_NUMBER: _ClassVar[int]
    board_entry: _board_pb2.BoardEntry
    left_percent: int
    def __init__(self, board_entry: _Optional[_Union[_board_pb2.BoardEntry, _Mapping]] = ..., left_percent: _Optional[int] = ...) -> None: ...

class BoardEntryChanged(_message.Message):
    __slots__ = ("board_entry",)
    BOARD_ENTRY_FIELD_NUMBER: _ClassVar[int]
    board_entry: _board_pb2.BoardEntry
    def __init__(self, board_entry: _Optional[_Union[_board_pb2.BoardEntry, _Mapping]] = ...) -> None: ...

class IncidentOpened(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...

class IncidentAcknowledged(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...

class IncidentUpdated(_message.Message):
    __slots__ = ("incident", "concerned_partners")
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    CONCERNED_PARTNERS_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    concerned_partners: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ..., concerned_partners: _Optional[_Iterable[str]] = ...) -> None: ...

class IncidentResolved(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...

class ConsentAsked(_message.Message):
    __slots__ = ("consent",)
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    consent: _consent_pb2.Consent
    def __init__(self, consent: _Optional[_Union[_consent_pb2.Consent, _Mapping]] = ...) -> None: ...

class ConsentGiven(_message.Message):
    __slots__ = ("consent",)
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    consent: _consent_pb2.Consent
    def __init__(self, consent: _Optional[_Union[_consent_pb2.Consent, _Mapping]] = ...) -> None: ...

class ConsentRefused(_message.Message):
    __slots__ = ("consent",)
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    consent: _consent_pb2.Consent
    def __init__(self, consent: _Optional[_Union[_consent_pb2.Consent, _Mapping]] = ...) -> None: ...

class ConsentRevoked(_message.Message):
    __slots__ = ("consent",)
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    consent: _consent_pb2.Consent
    def __init__(self, consent: _Optional[_Union[_consent_pb2.Consent, _Mapping]] = ...) -> None: ...

class RescueApplied(_message.Message):
    __slots__ = ("moves", "apply_time")
    MOVES_FIELD_NUMBER: _ClassVar[int]
    APPLY_TIME_FIELD_NUMBER: _ClassVar[int]
    moves: _containers.RepeatedCompositeFieldContainer[_rescue_pb2.RescueMove]
    apply_time: _timestamp_pb2.Timestamp
    def __init__(self, moves: _Optional[_Iterable[_Union[_rescue_pb2.RescueMove, _Mapping]]] = ..., apply_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DraftChanged(_message.Message):
    __slots__ = ("draft",)
    DRAFT_FIELD_NUMBER: _ClassVar[int]
    draft: _draft_pb2.Draft
    def __init__(self, draft: _Optional[_Union[_draft_pb2.Draft, _Mapping]] = ...) -> None: ...

class EscalationLadderSet(_message.Message):
    __slots__ = ("escalation_ladder",)
    ESCALATION_LADDER_FIELD_NUMBER: _ClassVar[int]
    escalation_ladder: _escalation_pb2.EscalationLadder
    def __init__(self, escalation_ladder: _Optional[_Union[_escalation_pb2.EscalationLadder, _Mapping]] = ...) -> None: ...

class EscalationLadderWithdrawn(_message.Message):
    __slots__ = ("escalation_ladder",)
    ESCALATION_LADDER_FIELD_NUMBER: _ClassVar[int]
    escalation_ladder: _escalation_pb2.EscalationLadder
    def __init__(self, escalation_ladder: _Optional[_Union[_escalation_pb2.EscalationLadder, _Mapping]] = ...) -> None: ...

class EscalationStepTaken(_message.Message):
    __slots__ = ("escalation", "step")
    ESCALATION_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    escalation: _escalation_pb2.Escalation
    step: int
    def __init__(self, escalation: _Optional[_Union[_escalation_pb2.Escalation, _Mapping]] = ..., step: _Optional[int] = ...) -> None: ...

class EscalationAcknowledged(_message.Message):
    __slots__ = ("escalation",)
    ESCALATION_FIELD_NUMBER: _ClassVar[int]
    escalation: _escalation_pb2.Escalation
    def __init__(self, escalation: _Optional[_Union[_escalation_pb2.Escalation, _Mapping]] = ...) -> None: ...

class EscalationChanged(_message.Message):
    __slots__ = ("escalation",)
    ESCALATION_FIELD_NUMBER: _ClassVar[int]
    escalation: _escalation_pb2.Escalation
    def __init__(self, escalation: _Optional[_Union[_escalation_pb2.Escalation, _Mapping]] = ...) -> None: ...

class GoNoGoStated(_message.Message):
    __slots__ = ("go_no_go_statement",)
    GO_NO_GO_STATEMENT_FIELD_NUMBER: _ClassVar[int]
    go_no_go_statement: _go_no_go_pb2.GoNoGoStatement
    def __init__(self, go_no_go_statement: _Optional[_Union[_go_no_go_pb2.GoNoGoStatement, _Mapping]] = ...) -> None: ...
