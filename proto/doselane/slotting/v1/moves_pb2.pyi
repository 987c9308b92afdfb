import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.type.v1 import type_pb2 as _type_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SearchMovesRequest(_message.Message):
    __slots__ = ("slots", "delay_minutes_max", "activity_fractions", "other_sites", "exchange")
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    DELAY_MINUTES_MAX_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_FRACTIONS_FIELD_NUMBER: _ClassVar[int]
    OTHER_SITES_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    slots: _containers.RepeatedScalarFieldContainer[str]
    delay_minutes_max: int
    activity_fractions: _containers.RepeatedScalarFieldContainer[float]
    other_sites: bool
    exchange: bool
    def __init__(self, slots: _Optional[_Iterable[str]] = ..., delay_minutes_max: _Optional[int] = ..., activity_fractions: _Optional[_Iterable[float]] = ..., other_sites: _Optional[bool] = ..., exchange: _Optional[bool] = ...) -> None: ...

class SearchMovesResponse(_message.Message):
    __slots__ = ("slot_moves", "run_rooms", "place_rooms", "read_time")
    SLOT_MOVES_FIELD_NUMBER: _ClassVar[int]
    RUN_ROOMS_FIELD_NUMBER: _ClassVar[int]
    PLACE_ROOMS_FIELD_NUMBER: _ClassVar[int]
    READ_TIME_FIELD_NUMBER: _ClassVar[int]
    slot_moves: _containers.RepeatedCompositeFieldContainer[SlotMoves]
    run_rooms: _containers.RepeatedCompositeFieldContainer[RunRoom]
    place_rooms: _containers.RepeatedCompositeFieldContainer[PlaceRoom]
    read_time: _timestamp_pb2.Timestamp
    def __init__(self, slot_moves: _Optional[_Iterable[_Union[SlotMoves, _Mapping]]] = ..., run_rooms: _Optional[_Iterable[_Union[RunRoom, _Mapping]]] = ..., place_rooms: _Optional[_Iterable[_Union[PlaceRoom, _Mapping]]] = ..., read_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SlotMoves(_message.Message):
    __slots__ = ("slot", "etag", "partner", "product", "run", "site", "administration", "moves", "reason", "replaces")
    SLOT_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_FIELD_NUMBER: _ClassVar[int]
    MOVES_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REPLACES_FIELD_NUMBER: _ClassVar[int]
    slot: str
    etag: str
    partner: str
    product: str
    run: str
    site: str
    administration: _type_pb2.Activity
    moves: _containers.RepeatedCompositeFieldContainer[PossibleMove]
    reason: str
    replaces: bool
    def __init__(self, slot: _Optional[str] = ..., etag: _Optional[str] = ..., partner: _Optional[str] = ..., product: _Optional[str] = ..., run: _Optional[str] = ..., site: _Optional[str] = ..., administration: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., moves: _Optional[_Iterable[_Union[PossibleMove, _Mapping]]] = ..., reason: _Optional[str] = ..., replaces: _Optional[bool] = ...) -> None: ...

class PossibleMove(_message.Message):
    __slots__ = ("run", "lane", "site", "departure_time", "delivery_time", "administration_time", "doses", "slack_minutes", "decayed_fraction", "acceptance_rate", "move_until_time", "places", "keeps_vial", "allotment_freed", "pool_freed", "places_freed", "gives_up")
    RUN_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_TIME_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_TIME_FIELD_NUMBER: _ClassVar[int]
    DOSES_FIELD_NUMBER: _ClassVar[int]
    SLACK_MINUTES_FIELD_NUMBER: _ClassVar[int]
    DECAYED_FRACTION_FIELD_NUMBER: _ClassVar[int]
    ACCEPTANCE_RATE_FIELD_NUMBER: _ClassVar[int]
    MOVE_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    PLACES_FIELD_NUMBER: _ClassVar[int]
    KEEPS_VIAL_FIELD_NUMBER: _ClassVar[int]
    ALLOTMENT_FREED_FIELD_NUMBER: _ClassVar[int]
    POOL_FREED_FIELD_NUMBER: _ClassVar[int]
    PLACES_FREED_FIELD_NUMBER: _ClassVar[int]
    GIVES_UP_FIELD_NUMBER: _ClassVar[int]
    run: str
    lane: str
    site: str
    departure_time: _timestamp_pb2.Timestamp
    delivery_time: _timestamp_pb2.Timestamp
    administration_time: _timestamp_pb2.Timestamp
    doses: _containers.RepeatedCompositeFieldContainer[PossibleDose]
    slack_minutes: int
    decayed_fraction: float
    acceptance_rate: float
    move_until_time: _timestamp_pb2.Timestamp
    places: _containers.RepeatedScalarFieldContainer[str]
    keeps_vial: bool
    allotment_freed: _type_pb2.Capacity
    pool_freed: _type_pb2.Capacity
    places_freed: _containers.RepeatedScalarFieldContainer[str]
    gives_up: bool
    def __init__(self, run: _Optional[str] = ..., lane: _Optional[str] = ..., site: _Optional[str] = ..., departure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., delivery_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., administration_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., doses: _Optional[_Iterable[_Union[PossibleDose, _Mapping]]] = ..., slack_minutes: _Optional[int] = ..., decayed_fraction: _Optional[float] = ..., acceptance_rate: _Optional[float] = ..., move_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., places: _Optional[_Iterable[str]] = ..., keeps_vial: _Optional[bool] = ..., allotment_freed: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., pool_freed: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., places_freed: _Optional[_Iterable[str]] = ..., gives_up: _Optional[bool] = ...) -> None: ...

class PossibleDose(_message.Message):
    __slots__ = ("activity_mbq", "reference_activity_kbq", "added")
    ACTIVITY_MBQ_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_ACTIVITY_KBQ_FIELD_NUMBER: _ClassVar[int]
    ADDED_FIELD_NUMBER: _ClassVar[int]
    activity_mbq: float
    reference_activity_kbq: int
    added: _type_pb2.Capacity
    def __init__(self, activity_mbq: _Optional[float] = ..., reference_activity_kbq: _Optional[int] = ..., added: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ...) -> None: ...

class RunRoom(_message.Message):
    __slots__ = ("run", "partner", "allotment_free", "pool_free")
    RUN_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    ALLOTMENT_FREE_FIELD_NUMBER: _ClassVar[int]
    POOL_FREE_FIELD_NUMBER: _ClassVar[int]
    run: str
    partner: str
    allotment_free: _type_pb2.Capacity
    pool_free: _type_pb2.Capacity
    def __init__(self, run: _Optional[str] = ..., partner: _Optional[str] = ..., allotment_free: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., pool_free: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ...) -> None: ...

class PlaceRoom(_message.Message):
    __slots__ = ("place", "doses_free")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    DOSES_FREE_FIELD_NUMBER: _ClassVar[int]
    place: str
    doses_free: int
    def __init__(self, place: _Optional[str] = ..., doses_free: _Optional[int] = ...) -> None: ...
