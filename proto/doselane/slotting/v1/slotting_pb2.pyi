import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.masterdata.v1 import resources_pb2 as _resources_pb2
from doselane.slotting.v1 import moves_pb2 as _moves_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from doselane.type.v1 import type_pb2 as _type_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from google.type import interval_pb2 as _interval_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Slot(_message.Message):
    __slots__ = ("name", "partner", "run", "state", "at_risk", "site", "lane", "administration", "reference_activity_kbq", "order_reference", "patient_reference", "hold_until_time", "etag", "create_time", "update_time", "last_change", "product", "departure_time", "delivery_time", "risk", "replaces", "replaced_by")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Slot.State]
        HELD: _ClassVar[Slot.State]
        CONFIRMED: _ClassVar[Slot.State]
        FULFILLED: _ClassVar[Slot.State]
        RELEASED: _ClassVar[Slot.State]
        EXPIRED: _ClassVar[Slot.State]
        LOST: _ClassVar[Slot.State]
    STATE_UNSPECIFIED: Slot.State
    HELD: Slot.State
    CONFIRMED: Slot.State
    FULFILLED: Slot.State
    RELEASED: Slot.State
    EXPIRED: Slot.State
    LOST: Slot.State
    class Risk(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        RISK_UNSPECIFIED: _ClassVar[Slot.Risk]
        RUN: _ClassVar[Slot.Risk]
        QUALITY_CONTROL: _ClassVar[Slot.Risk]
        DEPARTURE: _ClassVar[Slot.Risk]
        RECEIVING_WINDOW: _ClassVar[Slot.Risk]
        LICENCE: _ClassVar[Slot.Risk]
        PRODUCT: _ClassVar[Slot.Risk]
    RISK_UNSPECIFIED: Slot.Risk
    RUN: Slot.Risk
    QUALITY_CONTROL: Slot.Risk
    DEPARTURE: Slot.Risk
    RECEIVING_WINDOW: Slot.Risk
    LICENCE: Slot.Risk
    PRODUCT: Slot.Risk
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    AT_RISK_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_ACTIVITY_KBQ_FIELD_NUMBER: _ClassVar[int]
    ORDER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    PATIENT_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    HOLD_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_TIME_FIELD_NUMBER: _ClassVar[int]
    RISK_FIELD_NUMBER: _ClassVar[int]
    REPLACES_FIELD_NUMBER: _ClassVar[int]
    REPLACED_BY_FIELD_NUMBER: _ClassVar[int]
    name: str
    partner: str
    run: str
    state: Slot.State
    at_risk: bool
    site: str
    lane: str
    administration: _type_pb2.Activity
    reference_activity_kbq: int
    order_reference: str
    patient_reference: str
    hold_until_time: _timestamp_pb2.Timestamp
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    product: str
    departure_time: _timestamp_pb2.Timestamp
    delivery_time: _timestamp_pb2.Timestamp
    risk: Slot.Risk
    replaces: str
    replaced_by: str
    def __init__(self, name: _Optional[str] = ..., partner: _Optional[str] = ..., run: _Optional[str] = ..., state: _Optional[_Union[Slot.State, str]] = ..., at_risk: _Optional[bool] = ..., site: _Optional[str] = ..., lane: _Optional[str] = ..., administration: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., reference_activity_kbq: _Optional[int] = ..., order_reference: _Optional[str] = ..., patient_reference: _Optional[str] = ..., hold_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ..., product: _Optional[str] = ..., departure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., delivery_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., risk: _Optional[_Union[Slot.Risk, str]] = ..., replaces: _Optional[str] = ..., replaced_by: _Optional[str] = ...) -> None: ...

class SlotDemand(_message.Message):
    __slots__ = ("run", "site", "lane", "administration", "order_reference", "patient_reference", "partner", "departure_time")
    RUN_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_FIELD_NUMBER: _ClassVar[int]
    ORDER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    PATIENT_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    run: str
    site: str
    lane: str
    administration: _type_pb2.Activity
    order_reference: str
    patient_reference: str
    partner: str
    departure_time: _timestamp_pb2.Timestamp
    def __init__(self, run: _Optional[str] = ..., site: _Optional[str] = ..., lane: _Optional[str] = ..., administration: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., order_reference: _Optional[str] = ..., patient_reference: _Optional[str] = ..., partner: _Optional[str] = ..., departure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class HoldSlotRequest(_message.Message):
    __slots__ = ("demand", "hold_minutes", "request_id", "reason")
    DEMAND_FIELD_NUMBER: _ClassVar[int]
    HOLD_MINUTES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    demand: SlotDemand
    hold_minutes: int
    request_id: str
    reason: str
    def __init__(self, demand: _Optional[_Union[SlotDemand, _Mapping]] = ..., hold_minutes: _Optional[int] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ConfirmSlotRequest(_message.Message):
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

class ClaimSlotRequest(_message.Message):
    __slots__ = ("demand", "request_id", "reason")
    DEMAND_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    demand: SlotDemand
    request_id: str
    reason: str
    def __init__(self, demand: _Optional[_Union[SlotDemand, _Mapping]] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class BatchClaimSlotsRequest(_message.Message):
    __slots__ = ("requests",)
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[ClaimSlotRequest]
    def __init__(self, requests: _Optional[_Iterable[_Union[ClaimSlotRequest, _Mapping]]] = ...) -> None: ...

class BatchClaimSlotsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[BatchClaimSlotsResult]
    def __init__(self, results: _Optional[_Iterable[_Union[BatchClaimSlotsResult, _Mapping]]] = ...) -> None: ...

class BatchClaimSlotsResult(_message.Message):
    __slots__ = ("slot", "error")
    SLOT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    slot: Slot
    error: _status_pb2.Status
    def __init__(self, slot: _Optional[_Union[Slot, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class ReleaseSlotRequest(_message.Message):
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

class MoveSlotRequest(_message.Message):
    __slots__ = ("name", "run", "lane", "administration", "etag", "request_id", "reason", "site", "departure_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    run: str
    lane: str
    administration: _type_pb2.Activity
    etag: str
    request_id: str
    reason: str
    site: str
    departure_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., run: _Optional[str] = ..., lane: _Optional[str] = ..., administration: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ..., site: _Optional[str] = ..., departure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class BatchMoveSlotsRequest(_message.Message):
    __slots__ = ("moves", "request_id", "reason", "exchange")
    MOVES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    moves: _containers.RepeatedCompositeFieldContainer[SlotMove]
    request_id: str
    reason: str
    exchange: bool
    def __init__(self, moves: _Optional[_Iterable[_Union[SlotMove, _Mapping]]] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ..., exchange: _Optional[bool] = ...) -> None: ...

class SlotMove(_message.Message):
    __slots__ = ("slot", "etag", "run", "lane", "site", "administration", "departure_time", "gives_up")
    SLOT_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    GIVES_UP_FIELD_NUMBER: _ClassVar[int]
    slot: str
    etag: str
    run: str
    lane: str
    site: str
    administration: _type_pb2.Activity
    departure_time: _timestamp_pb2.Timestamp
    gives_up: bool
    def __init__(self, slot: _Optional[str] = ..., etag: _Optional[str] = ..., run: _Optional[str] = ..., lane: _Optional[str] = ..., site: _Optional[str] = ..., administration: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., departure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., gives_up: _Optional[bool] = ...) -> None: ...

class BatchMoveSlotsResponse(_message.Message):
    __slots__ = ("slots",)
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    slots: _containers.RepeatedCompositeFieldContainer[Slot]
    def __init__(self, slots: _Optional[_Iterable[_Union[Slot, _Mapping]]] = ...) -> None: ...

class GetSlotRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListSlotsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "run", "states", "order_reference")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    ORDER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    run: str
    states: _containers.RepeatedScalarFieldContainer[Slot.State]
    order_reference: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., run: _Optional[str] = ..., states: _Optional[_Iterable[_Union[Slot.State, str]]] = ..., order_reference: _Optional[str] = ...) -> None: ...

class ListSlotsResponse(_message.Message):
    __slots__ = ("slots", "next_page_token")
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    slots: _containers.RepeatedCompositeFieldContainer[Slot]
    next_page_token: str
    def __init__(self, slots: _Optional[_Iterable[_Union[Slot, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetAvailabilityRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class Availability(_message.Message):
    __slots__ = ("name", "allotment_free", "pool_free", "vial_reference_activity_max_kbq", "claim_cutoff_time", "read_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ALLOTMENT_FREE_FIELD_NUMBER: _ClassVar[int]
    POOL_FREE_FIELD_NUMBER: _ClassVar[int]
    VIAL_REFERENCE_ACTIVITY_MAX_KBQ_FIELD_NUMBER: _ClassVar[int]
    CLAIM_CUTOFF_TIME_FIELD_NUMBER: _ClassVar[int]
    READ_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    allotment_free: _type_pb2.Capacity
    pool_free: _type_pb2.Capacity
    vial_reference_activity_max_kbq: int
    claim_cutoff_time: _timestamp_pb2.Timestamp
    read_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., allotment_free: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., pool_free: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., vial_reference_activity_max_kbq: _Optional[int] = ..., claim_cutoff_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., read_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CutRunCapacityRequest(_message.Message):
    __slots__ = ("run", "pledged", "allotments", "cancel", "accept_conflicts", "validate_only", "base_version", "request_id", "reason", "failed")
    RUN_FIELD_NUMBER: _ClassVar[int]
    PLEDGED_FIELD_NUMBER: _ClassVar[int]
    ALLOTMENTS_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    BASE_VERSION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    run: str
    pledged: _type_pb2.Capacity
    allotments: _containers.RepeatedCompositeFieldContainer[AllotmentSize]
    cancel: bool
    accept_conflicts: bool
    validate_only: bool
    base_version: int
    request_id: str
    reason: str
    failed: bool
    def __init__(self, run: _Optional[str] = ..., pledged: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., allotments: _Optional[_Iterable[_Union[AllotmentSize, _Mapping]]] = ..., cancel: _Optional[bool] = ..., accept_conflicts: _Optional[bool] = ..., validate_only: _Optional[bool] = ..., base_version: _Optional[int] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ..., failed: _Optional[bool] = ...) -> None: ...

class AllotmentSize(_message.Message):
    __slots__ = ("partner", "capacity")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    partner: str
    capacity: _type_pb2.Capacity
    def __init__(self, partner: _Optional[str] = ..., capacity: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ...) -> None: ...

class CutRunCapacityResponse(_message.Message):
    __slots__ = ("conflicting_slots", "version")
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    version: int
    def __init__(self, conflicting_slots: _Optional[_Iterable[str]] = ..., version: _Optional[int] = ...) -> None: ...

class PreviewNetworkChangeRequest(_message.Message):
    __slots__ = ("changed", "deleted")
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    changed: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Resource]
    deleted: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, changed: _Optional[_Iterable[_Union[_resources_pb2.Resource, _Mapping]]] = ..., deleted: _Optional[_Iterable[str]] = ...) -> None: ...

class PreviewNetworkChangeResponse(_message.Message):
    __slots__ = ("slots",)
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    slots: _containers.RepeatedCompositeFieldContainer[ThreatenedSlot]
    def __init__(self, slots: _Optional[_Iterable[_Union[ThreatenedSlot, _Mapping]]] = ...) -> None: ...

class ThreatenedSlot(_message.Message):
    __slots__ = ("slot", "risk")
    SLOT_FIELD_NUMBER: _ClassVar[int]
    RISK_FIELD_NUMBER: _ClassVar[int]
    slot: str
    risk: Slot.Risk
    def __init__(self, slot: _Optional[str] = ..., risk: _Optional[_Union[Slot.Risk, str]] = ...) -> None: ...

class SearchOffersRequest(_message.Message):
    __slots__ = ("product", "site", "administration_interval", "activity_mbq", "runs", "lanes", "slack_minutes_min", "decayed_fraction_max", "partner", "page_size", "page_token")
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_MBQ_FIELD_NUMBER: _ClassVar[int]
    RUNS_FIELD_NUMBER: _ClassVar[int]
    LANES_FIELD_NUMBER: _ClassVar[int]
    SLACK_MINUTES_MIN_FIELD_NUMBER: _ClassVar[int]
    DECAYED_FRACTION_MAX_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    product: str
    site: str
    administration_interval: _interval_pb2.Interval
    activity_mbq: float
    runs: _containers.RepeatedScalarFieldContainer[str]
    lanes: _containers.RepeatedScalarFieldContainer[str]
    slack_minutes_min: int
    decayed_fraction_max: float
    partner: str
    page_size: int
    page_token: str
    def __init__(self, product: _Optional[str] = ..., site: _Optional[str] = ..., administration_interval: _Optional[_Union[_interval_pb2.Interval, _Mapping]] = ..., activity_mbq: _Optional[float] = ..., runs: _Optional[_Iterable[str]] = ..., lanes: _Optional[_Iterable[str]] = ..., slack_minutes_min: _Optional[int] = ..., decayed_fraction_max: _Optional[float] = ..., partner: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class SearchOffersResponse(_message.Message):
    __slots__ = ("offers", "next_page_token", "read_time", "rejections", "nothing_found")
    OFFERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    READ_TIME_FIELD_NUMBER: _ClassVar[int]
    REJECTIONS_FIELD_NUMBER: _ClassVar[int]
    NOTHING_FOUND_FIELD_NUMBER: _ClassVar[int]
    offers: _containers.RepeatedCompositeFieldContainer[Offer]
    next_page_token: str
    read_time: _timestamp_pb2.Timestamp
    rejections: _containers.RepeatedCompositeFieldContainer[Rejection]
    nothing_found: NothingFound
    def __init__(self, offers: _Optional[_Iterable[_Union[Offer, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., read_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., rejections: _Optional[_Iterable[_Union[Rejection, _Mapping]]] = ..., nothing_found: _Optional[_Union[NothingFound, _Mapping]] = ...) -> None: ...

class NothingFound(_message.Message):
    __slots__ = ("reason", "explanation", "nearest_offer")
    class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        REASON_UNSPECIFIED: _ClassVar[NothingFound.Reason]
        NO_RUN: _ClassVar[NothingFound.Reason]
        CUTOFFS_PASSED: _ClassVar[NothingFound.Reason]
        NO_LANE: _ClassVar[NothingFound.Reason]
        NO_DEPARTURE: _ClassVar[NothingFound.Reason]
        DECAYED: _ClassVar[NothingFound.Reason]
        FILL_VOLUME: _ClassVar[NothingFound.Reason]
        NO_WINDOW: _ClassVar[NothingFound.Reason]
        NO_LICENCE: _ClassVar[NothingFound.Reason]
        FULL: _ClassVar[NothingFound.Reason]
        NOT_AS_WISHED: _ClassVar[NothingFound.Reason]
    REASON_UNSPECIFIED: NothingFound.Reason
    NO_RUN: NothingFound.Reason
    CUTOFFS_PASSED: NothingFound.Reason
    NO_LANE: NothingFound.Reason
    NO_DEPARTURE: NothingFound.Reason
    DECAYED: NothingFound.Reason
    FILL_VOLUME: NothingFound.Reason
    NO_WINDOW: NothingFound.Reason
    NO_LICENCE: NothingFound.Reason
    FULL: NothingFound.Reason
    NOT_AS_WISHED: NothingFound.Reason
    REASON_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    NEAREST_OFFER_FIELD_NUMBER: _ClassVar[int]
    reason: NothingFound.Reason
    explanation: str
    nearest_offer: Offer
    def __init__(self, reason: _Optional[_Union[NothingFound.Reason, str]] = ..., explanation: _Optional[str] = ..., nearest_offer: _Optional[_Union[Offer, _Mapping]] = ...) -> None: ...

class Rejection(_message.Message):
    __slots__ = ("reason", "count")
    REASON_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    reason: str
    count: int
    def __init__(self, reason: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class Offer(_message.Message):
    __slots__ = ("run", "lane", "site", "end_of_synthesis_time", "ready_time", "departure_time", "delivery_interval", "receiving_window", "administration_time", "calibration_activity_mbq", "delivery_activity_mbq", "administration_activity_mbq", "reference_activity_kbq", "last_claim_time", "activity_lost_per_hour_mbq", "latest_rescue_time", "slack_minutes", "decayed_fraction", "departure_places_left", "acceptance_rate")
    RUN_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    END_OF_SYNTHESIS_TIME_FIELD_NUMBER: _ClassVar[int]
    READY_TIME_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    RECEIVING_WINDOW_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_TIME_FIELD_NUMBER: _ClassVar[int]
    CALIBRATION_ACTIVITY_MBQ_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_ACTIVITY_MBQ_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_ACTIVITY_MBQ_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_ACTIVITY_KBQ_FIELD_NUMBER: _ClassVar[int]
    LAST_CLAIM_TIME_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_LOST_PER_HOUR_MBQ_FIELD_NUMBER: _ClassVar[int]
    LATEST_RESCUE_TIME_FIELD_NUMBER: _ClassVar[int]
    SLACK_MINUTES_FIELD_NUMBER: _ClassVar[int]
    DECAYED_FRACTION_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_PLACES_LEFT_FIELD_NUMBER: _ClassVar[int]
    ACCEPTANCE_RATE_FIELD_NUMBER: _ClassVar[int]
    run: str
    lane: str
    site: str
    end_of_synthesis_time: _timestamp_pb2.Timestamp
    ready_time: _timestamp_pb2.Timestamp
    departure_time: _timestamp_pb2.Timestamp
    delivery_interval: _interval_pb2.Interval
    receiving_window: _interval_pb2.Interval
    administration_time: _timestamp_pb2.Timestamp
    calibration_activity_mbq: float
    delivery_activity_mbq: float
    administration_activity_mbq: float
    reference_activity_kbq: int
    last_claim_time: _timestamp_pb2.Timestamp
    activity_lost_per_hour_mbq: float
    latest_rescue_time: _timestamp_pb2.Timestamp
    slack_minutes: int
    decayed_fraction: float
    departure_places_left: int
    acceptance_rate: float
    def __init__(self, run: _Optional[str] = ..., lane: _Optional[str] = ..., site: _Optional[str] = ..., end_of_synthesis_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ready_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., departure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., delivery_interval: _Optional[_Union[_interval_pb2.Interval, _Mapping]] = ..., receiving_window: _Optional[_Union[_interval_pb2.Interval, _Mapping]] = ..., administration_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., calibration_activity_mbq: _Optional[float] = ..., delivery_activity_mbq: _Optional[float] = ..., administration_activity_mbq: _Optional[float] = ..., reference_activity_kbq: _Optional[int] = ..., last_claim_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., activity_lost_per_hour_mbq: _Optional[float] = ..., latest_rescue_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., slack_minutes: _Optional[int] = ..., decayed_fraction: _Optional[float] = ..., departure_places_left: _Optional[int] = ..., acceptance_rate: _Optional[float] = ...) -> None: ...

class JoinStandbyRequest(_message.Message):
    __slots__ = ("demand", "request_id", "reason")
    DEMAND_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    demand: SlotDemand
    request_id: str
    reason: str
    def __init__(self, demand: _Optional[_Union[SlotDemand, _Mapping]] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class LeaveStandbyRequest(_message.Message):
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

class GetStandbyRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListStandbysRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "run", "states")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    run: str
    states: _containers.RepeatedScalarFieldContainer[Standby.State]
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., run: _Optional[str] = ..., states: _Optional[_Iterable[_Union[Standby.State, str]]] = ...) -> None: ...

class ListStandbysResponse(_message.Message):
    __slots__ = ("standbys", "next_page_token")
    STANDBYS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    standbys: _containers.RepeatedCompositeFieldContainer[Standby]
    next_page_token: str
    def __init__(self, standbys: _Optional[_Iterable[_Union[Standby, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class Standby(_message.Message):
    __slots__ = ("name", "partner", "demand", "state", "slot", "answer_until_time", "etag", "create_time", "update_time", "last_change")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Standby.State]
        WAITING: _ClassVar[Standby.State]
        OFFERED: _ClassVar[Standby.State]
        SERVED: _ClassVar[Standby.State]
        LEFT: _ClassVar[Standby.State]
        LAPSED: _ClassVar[Standby.State]
    STATE_UNSPECIFIED: Standby.State
    WAITING: Standby.State
    OFFERED: Standby.State
    SERVED: Standby.State
    LEFT: Standby.State
    LAPSED: Standby.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    DEMAND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    partner: str
    demand: SlotDemand
    state: Standby.State
    slot: str
    answer_until_time: _timestamp_pb2.Timestamp
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    def __init__(self, name: _Optional[str] = ..., partner: _Optional[str] = ..., demand: _Optional[_Union[SlotDemand, _Mapping]] = ..., state: _Optional[_Union[Standby.State, str]] = ..., slot: _Optional[str] = ..., answer_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ...) -> None: ...

class ListAllotmentUsagesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "partner", "product", "end_of_synthesis_from_time", "end_of_synthesis_until_time")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    END_OF_SYNTHESIS_FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    END_OF_SYNTHESIS_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    partner: str
    product: str
    end_of_synthesis_from_time: _timestamp_pb2.Timestamp
    end_of_synthesis_until_time: _timestamp_pb2.Timestamp
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., partner: _Optional[str] = ..., product: _Optional[str] = ..., end_of_synthesis_from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_of_synthesis_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListAllotmentUsagesResponse(_message.Message):
    __slots__ = ("usages", "next_page_token")
    USAGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    usages: _containers.RepeatedCompositeFieldContainer[AllotmentUsage]
    next_page_token: str
    def __init__(self, usages: _Optional[_Iterable[_Union[AllotmentUsage, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AllotmentUsage(_message.Message):
    __slots__ = ("run", "product", "end_of_synthesis_time", "allotted", "claimed", "returned", "free", "claimed_from_pool", "release_back_time", "gone")
    class Gone(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        GONE_UNSPECIFIED: _ClassVar[AllotmentUsage.Gone]
        OWN_ALLOTMENT_USED: _ClassVar[AllotmentUsage.Gone]
        POOL_USED: _ClassVar[AllotmentUsage.Gone]
        CAPACITY_CUT: _ClassVar[AllotmentUsage.Gone]
        CLOSED: _ClassVar[AllotmentUsage.Gone]
    GONE_UNSPECIFIED: AllotmentUsage.Gone
    OWN_ALLOTMENT_USED: AllotmentUsage.Gone
    POOL_USED: AllotmentUsage.Gone
    CAPACITY_CUT: AllotmentUsage.Gone
    CLOSED: AllotmentUsage.Gone
    RUN_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    END_OF_SYNTHESIS_TIME_FIELD_NUMBER: _ClassVar[int]
    ALLOTTED_FIELD_NUMBER: _ClassVar[int]
    CLAIMED_FIELD_NUMBER: _ClassVar[int]
    RETURNED_FIELD_NUMBER: _ClassVar[int]
    FREE_FIELD_NUMBER: _ClassVar[int]
    CLAIMED_FROM_POOL_FIELD_NUMBER: _ClassVar[int]
    RELEASE_BACK_TIME_FIELD_NUMBER: _ClassVar[int]
    GONE_FIELD_NUMBER: _ClassVar[int]
    run: str
    product: str
    end_of_synthesis_time: _timestamp_pb2.Timestamp
    allotted: _type_pb2.Capacity
    claimed: _type_pb2.Capacity
    returned: _type_pb2.Capacity
    free: _type_pb2.Capacity
    claimed_from_pool: _type_pb2.Capacity
    release_back_time: _timestamp_pb2.Timestamp
    gone: AllotmentUsage.Gone
    def __init__(self, run: _Optional[str] = ..., product: _Optional[str] = ..., end_of_synthesis_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., allotted: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., claimed: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., returned: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., free: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., claimed_from_pool: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., release_back_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., gone: _Optional[_Union[AllotmentUsage.Gone, str]] = ...) -> None: ...
