import datetime

from buf.validate import validate_pb2 as _validate_pb2
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

class WhatIfRequest(_message.Message):
    __slots__ = ("incident", "doses", "delay_minutes_max", "activity_fraction_min", "other_sites", "others_may_move")
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    DOSES_FIELD_NUMBER: _ClassVar[int]
    DELAY_MINUTES_MAX_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_FRACTION_MIN_FIELD_NUMBER: _ClassVar[int]
    OTHER_SITES_FIELD_NUMBER: _ClassVar[int]
    OTHERS_MAY_MOVE_FIELD_NUMBER: _ClassVar[int]
    incident: str
    doses: _containers.RepeatedScalarFieldContainer[str]
    delay_minutes_max: int
    activity_fraction_min: float
    other_sites: bool
    others_may_move: bool
    def __init__(self, incident: _Optional[str] = ..., doses: _Optional[_Iterable[str]] = ..., delay_minutes_max: _Optional[int] = ..., activity_fraction_min: _Optional[float] = ..., other_sites: _Optional[bool] = ..., others_may_move: _Optional[bool] = ...) -> None: ...

class WhatIfResponse(_message.Message):
    __slots__ = ("plans", "unsavable_doses", "read_time")
    PLANS_FIELD_NUMBER: _ClassVar[int]
    UNSAVABLE_DOSES_FIELD_NUMBER: _ClassVar[int]
    READ_TIME_FIELD_NUMBER: _ClassVar[int]
    plans: _containers.RepeatedCompositeFieldContainer[RescuePlan]
    unsavable_doses: _containers.RepeatedCompositeFieldContainer[UnsavedDose]
    read_time: _timestamp_pb2.Timestamp
    def __init__(self, plans: _Optional[_Iterable[_Union[RescuePlan, _Mapping]]] = ..., unsavable_doses: _Optional[_Iterable[_Union[UnsavedDose, _Mapping]]] = ..., read_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RescuePlan(_message.Message):
    __slots__ = ("moves", "unsaved_doses", "explanation", "saved_count", "slack_minutes", "wasted_permille", "cost_points", "apply_until_time", "proven", "saved_max_count", "asks_consent", "fingerprint")
    MOVES_FIELD_NUMBER: _ClassVar[int]
    UNSAVED_DOSES_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    SAVED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SLACK_MINUTES_FIELD_NUMBER: _ClassVar[int]
    WASTED_PERMILLE_FIELD_NUMBER: _ClassVar[int]
    COST_POINTS_FIELD_NUMBER: _ClassVar[int]
    APPLY_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    PROVEN_FIELD_NUMBER: _ClassVar[int]
    SAVED_MAX_COUNT_FIELD_NUMBER: _ClassVar[int]
    ASKS_CONSENT_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    moves: _containers.RepeatedCompositeFieldContainer[RescueMove]
    unsaved_doses: _containers.RepeatedScalarFieldContainer[str]
    explanation: str
    saved_count: int
    slack_minutes: int
    wasted_permille: int
    cost_points: int
    apply_until_time: _timestamp_pb2.Timestamp
    proven: bool
    saved_max_count: int
    asks_consent: bool
    fingerprint: str
    def __init__(self, moves: _Optional[_Iterable[_Union[RescueMove, _Mapping]]] = ..., unsaved_doses: _Optional[_Iterable[str]] = ..., explanation: _Optional[str] = ..., saved_count: _Optional[int] = ..., slack_minutes: _Optional[int] = ..., wasted_permille: _Optional[int] = ..., cost_points: _Optional[int] = ..., apply_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., proven: _Optional[bool] = ..., saved_max_count: _Optional[int] = ..., asks_consent: _Optional[bool] = ..., fingerprint: _Optional[str] = ...) -> None: ...

class RescueMove(_message.Message):
    __slots__ = ("dose", "slot_etag", "partner", "kinds", "run", "lane", "site", "departure_time", "delivery_time", "administration", "promised", "slack_minutes", "decayed_fraction", "keeps_vial", "move_until_time", "explanation", "consent_need", "consent", "helps", "gives_up", "swaps_with", "replacement")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[RescueMove.Kind]
        ANOTHER_RUN: _ClassVar[RescueMove.Kind]
        ANOTHER_DEPARTURE: _ClassVar[RescueMove.Kind]
        ANOTHER_SITE: _ClassVar[RescueMove.Kind]
        LESS_ACTIVITY: _ClassVar[RescueMove.Kind]
        LATER_ADMINISTRATION: _ClassVar[RescueMove.Kind]
        REPLACEMENT: _ClassVar[RescueMove.Kind]
        MAKES_ROOM: _ClassVar[RescueMove.Kind]
        SWAP: _ClassVar[RescueMove.Kind]
        STANDBY: _ClassVar[RescueMove.Kind]
    KIND_UNSPECIFIED: RescueMove.Kind
    ANOTHER_RUN: RescueMove.Kind
    ANOTHER_DEPARTURE: RescueMove.Kind
    ANOTHER_SITE: RescueMove.Kind
    LESS_ACTIVITY: RescueMove.Kind
    LATER_ADMINISTRATION: RescueMove.Kind
    REPLACEMENT: RescueMove.Kind
    MAKES_ROOM: RescueMove.Kind
    SWAP: RescueMove.Kind
    STANDBY: RescueMove.Kind
    class ConsentNeed(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CONSENT_NEED_UNSPECIFIED: _ClassVar[RescueMove.ConsentNeed]
        NOT_NEEDED: _ClassVar[RescueMove.ConsentNeed]
        GIVEN: _ClassVar[RescueMove.ConsentNeed]
        TO_ASK: _ClassVar[RescueMove.ConsentNeed]
    CONSENT_NEED_UNSPECIFIED: RescueMove.ConsentNeed
    NOT_NEEDED: RescueMove.ConsentNeed
    GIVEN: RescueMove.ConsentNeed
    TO_ASK: RescueMove.ConsentNeed
    DOSE_FIELD_NUMBER: _ClassVar[int]
    SLOT_ETAG_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_TIME_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_FIELD_NUMBER: _ClassVar[int]
    PROMISED_FIELD_NUMBER: _ClassVar[int]
    SLACK_MINUTES_FIELD_NUMBER: _ClassVar[int]
    DECAYED_FRACTION_FIELD_NUMBER: _ClassVar[int]
    KEEPS_VIAL_FIELD_NUMBER: _ClassVar[int]
    MOVE_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    CONSENT_NEED_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    HELPS_FIELD_NUMBER: _ClassVar[int]
    GIVES_UP_FIELD_NUMBER: _ClassVar[int]
    SWAPS_WITH_FIELD_NUMBER: _ClassVar[int]
    REPLACEMENT_FIELD_NUMBER: _ClassVar[int]
    dose: str
    slot_etag: str
    partner: str
    kinds: _containers.RepeatedScalarFieldContainer[RescueMove.Kind]
    run: str
    lane: str
    site: str
    departure_time: _timestamp_pb2.Timestamp
    delivery_time: _timestamp_pb2.Timestamp
    administration: _type_pb2.Activity
    promised: _type_pb2.Activity
    slack_minutes: int
    decayed_fraction: float
    keeps_vial: bool
    move_until_time: _timestamp_pb2.Timestamp
    explanation: str
    consent_need: RescueMove.ConsentNeed
    consent: str
    helps: bool
    gives_up: bool
    swaps_with: str
    replacement: str
    def __init__(self, dose: _Optional[str] = ..., slot_etag: _Optional[str] = ..., partner: _Optional[str] = ..., kinds: _Optional[_Iterable[_Union[RescueMove.Kind, str]]] = ..., run: _Optional[str] = ..., lane: _Optional[str] = ..., site: _Optional[str] = ..., departure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., delivery_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., administration: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., promised: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., slack_minutes: _Optional[int] = ..., decayed_fraction: _Optional[float] = ..., keeps_vial: _Optional[bool] = ..., move_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., explanation: _Optional[str] = ..., consent_need: _Optional[_Union[RescueMove.ConsentNeed, str]] = ..., consent: _Optional[str] = ..., helps: _Optional[bool] = ..., gives_up: _Optional[bool] = ..., swaps_with: _Optional[str] = ..., replacement: _Optional[str] = ...) -> None: ...

class UnsavedDose(_message.Message):
    __slots__ = ("dose", "reason")
    DOSE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    dose: str
    reason: str
    def __init__(self, dose: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...
