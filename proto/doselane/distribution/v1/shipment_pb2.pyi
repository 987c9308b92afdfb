import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.courier.v1 import courier_pb2 as _courier_pb2
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

class Shipment(_message.Message):
    __slots__ = ("name", "courier", "references", "state", "last_milestone", "expected_delivery_time", "implausible_milestones", "partner", "site", "lane", "doses", "packages", "departure_time", "promised_delivery_time", "expected_milestones", "prediction", "custody", "excursions", "loss", "orders", "create_time", "update_time", "etag", "last_change")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Shipment.State]
        BOOKED: _ClassVar[Shipment.State]
        COLLECTED: _ClassVar[Shipment.State]
        IN_TRANSIT: _ClassVar[Shipment.State]
        OUT_FOR_DELIVERY: _ClassVar[Shipment.State]
        DELIVERED: _ClassVar[Shipment.State]
        EXCEPTION: _ClassVar[Shipment.State]
        RETURNED: _ClassVar[Shipment.State]
        LOST: _ClassVar[Shipment.State]
        CANCELLED: _ClassVar[Shipment.State]
    STATE_UNSPECIFIED: Shipment.State
    BOOKED: Shipment.State
    COLLECTED: Shipment.State
    IN_TRANSIT: Shipment.State
    OUT_FOR_DELIVERY: Shipment.State
    DELIVERED: Shipment.State
    EXCEPTION: Shipment.State
    RETURNED: Shipment.State
    LOST: Shipment.State
    CANCELLED: Shipment.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    COURIER_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    LAST_MILESTONE_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_DELIVERY_TIME_FIELD_NUMBER: _ClassVar[int]
    IMPLAUSIBLE_MILESTONES_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    DOSES_FIELD_NUMBER: _ClassVar[int]
    PACKAGES_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    PROMISED_DELIVERY_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_MILESTONES_FIELD_NUMBER: _ClassVar[int]
    PREDICTION_FIELD_NUMBER: _ClassVar[int]
    CUSTODY_FIELD_NUMBER: _ClassVar[int]
    EXCURSIONS_FIELD_NUMBER: _ClassVar[int]
    LOSS_FIELD_NUMBER: _ClassVar[int]
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    courier: str
    references: _containers.RepeatedScalarFieldContainer[str]
    state: Shipment.State
    last_milestone: _courier_pb2.Milestone
    expected_delivery_time: _timestamp_pb2.Timestamp
    implausible_milestones: _containers.RepeatedCompositeFieldContainer[ImplausibleMilestone]
    partner: str
    site: str
    lane: str
    doses: _containers.RepeatedCompositeFieldContainer[CarriedDose]
    packages: _containers.RepeatedCompositeFieldContainer[Package]
    departure_time: _timestamp_pb2.Timestamp
    promised_delivery_time: _timestamp_pb2.Timestamp
    expected_milestones: _containers.RepeatedCompositeFieldContainer[ExpectedMilestone]
    prediction: Prediction
    custody: _containers.RepeatedCompositeFieldContainer[CustodyEntry]
    excursions: _containers.RepeatedCompositeFieldContainer[Excursion]
    loss: Loss
    orders: _containers.RepeatedCompositeFieldContainer[CourierOrder]
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    last_change: _type_pb2.Change
    def __init__(self, name: _Optional[str] = ..., courier: _Optional[str] = ..., references: _Optional[_Iterable[str]] = ..., state: _Optional[_Union[Shipment.State, str]] = ..., last_milestone: _Optional[_Union[_courier_pb2.Milestone, _Mapping]] = ..., expected_delivery_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., implausible_milestones: _Optional[_Iterable[_Union[ImplausibleMilestone, _Mapping]]] = ..., partner: _Optional[str] = ..., site: _Optional[str] = ..., lane: _Optional[str] = ..., doses: _Optional[_Iterable[_Union[CarriedDose, _Mapping]]] = ..., packages: _Optional[_Iterable[_Union[Package, _Mapping]]] = ..., departure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., promised_delivery_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expected_milestones: _Optional[_Iterable[_Union[ExpectedMilestone, _Mapping]]] = ..., prediction: _Optional[_Union[Prediction, _Mapping]] = ..., custody: _Optional[_Iterable[_Union[CustodyEntry, _Mapping]]] = ..., excursions: _Optional[_Iterable[_Union[Excursion, _Mapping]]] = ..., loss: _Optional[_Union[Loss, _Mapping]] = ..., orders: _Optional[_Iterable[_Union[CourierOrder, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ...) -> None: ...

class CarriedDose(_message.Message):
    __slots__ = ("dose", "run", "product", "administration", "delivery", "delivery_p90")
    DOSE_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_P90_FIELD_NUMBER: _ClassVar[int]
    dose: str
    run: str
    product: str
    administration: _type_pb2.Activity
    delivery: _type_pb2.Activity
    delivery_p90: _type_pb2.Activity
    def __init__(self, dose: _Optional[str] = ..., run: _Optional[str] = ..., product: _Optional[str] = ..., administration: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., delivery: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., delivery_p90: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ...) -> None: ...

class Package(_message.Message):
    __slots__ = ("package_id", "doses", "design", "special_form", "contents", "physical_form", "chemical_form", "un_number", "proper_shipping_name", "surface_dose_rate_usv_per_h", "dose_rate_at_one_metre_usv_per_h", "measure_time", "measured_by", "instrument", "label_category", "labels", "seal_number", "gross_weight_g", "shipper", "consignee", "emergency_contact", "exclusive_use", "class7")
    class Design(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        DESIGN_UNSPECIFIED: _ClassVar[Package.Design]
        EXCEPTED: _ClassVar[Package.Design]
        INDUSTRIAL: _ClassVar[Package.Design]
        TYPE_A: _ClassVar[Package.Design]
        TYPE_B_U: _ClassVar[Package.Design]
    DESIGN_UNSPECIFIED: Package.Design
    EXCEPTED: Package.Design
    INDUSTRIAL: Package.Design
    TYPE_A: Package.Design
    TYPE_B_U: Package.Design
    class Category(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CATEGORY_UNSPECIFIED: _ClassVar[Package.Category]
        WHITE_I: _ClassVar[Package.Category]
        YELLOW_II: _ClassVar[Package.Category]
        YELLOW_III: _ClassVar[Package.Category]
    CATEGORY_UNSPECIFIED: Package.Category
    WHITE_I: Package.Category
    YELLOW_II: Package.Category
    YELLOW_III: Package.Category
    PACKAGE_ID_FIELD_NUMBER: _ClassVar[int]
    DOSES_FIELD_NUMBER: _ClassVar[int]
    DESIGN_FIELD_NUMBER: _ClassVar[int]
    SPECIAL_FORM_FIELD_NUMBER: _ClassVar[int]
    CONTENTS_FIELD_NUMBER: _ClassVar[int]
    PHYSICAL_FORM_FIELD_NUMBER: _ClassVar[int]
    CHEMICAL_FORM_FIELD_NUMBER: _ClassVar[int]
    UN_NUMBER_FIELD_NUMBER: _ClassVar[int]
    PROPER_SHIPPING_NAME_FIELD_NUMBER: _ClassVar[int]
    SURFACE_DOSE_RATE_USV_PER_H_FIELD_NUMBER: _ClassVar[int]
    DOSE_RATE_AT_ONE_METRE_USV_PER_H_FIELD_NUMBER: _ClassVar[int]
    MEASURE_TIME_FIELD_NUMBER: _ClassVar[int]
    MEASURED_BY_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    LABEL_CATEGORY_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    SEAL_NUMBER_FIELD_NUMBER: _ClassVar[int]
    GROSS_WEIGHT_G_FIELD_NUMBER: _ClassVar[int]
    SHIPPER_FIELD_NUMBER: _ClassVar[int]
    CONSIGNEE_FIELD_NUMBER: _ClassVar[int]
    EMERGENCY_CONTACT_FIELD_NUMBER: _ClassVar[int]
    EXCLUSIVE_USE_FIELD_NUMBER: _ClassVar[int]
    CLASS7_FIELD_NUMBER: _ClassVar[int]
    package_id: str
    doses: _containers.RepeatedScalarFieldContainer[str]
    design: Package.Design
    special_form: bool
    contents: _containers.RepeatedCompositeFieldContainer[PackageContent]
    physical_form: str
    chemical_form: str
    un_number: str
    proper_shipping_name: str
    surface_dose_rate_usv_per_h: float
    dose_rate_at_one_metre_usv_per_h: float
    measure_time: _timestamp_pb2.Timestamp
    measured_by: str
    instrument: str
    label_category: Package.Category
    labels: int
    seal_number: str
    gross_weight_g: int
    shipper: PackageParty
    consignee: PackageParty
    emergency_contact: str
    exclusive_use: bool
    class7: Class7Findings
    def __init__(self, package_id: _Optional[str] = ..., doses: _Optional[_Iterable[str]] = ..., design: _Optional[_Union[Package.Design, str]] = ..., special_form: _Optional[bool] = ..., contents: _Optional[_Iterable[_Union[PackageContent, _Mapping]]] = ..., physical_form: _Optional[str] = ..., chemical_form: _Optional[str] = ..., un_number: _Optional[str] = ..., proper_shipping_name: _Optional[str] = ..., surface_dose_rate_usv_per_h: _Optional[float] = ..., dose_rate_at_one_metre_usv_per_h: _Optional[float] = ..., measure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., measured_by: _Optional[str] = ..., instrument: _Optional[str] = ..., label_category: _Optional[_Union[Package.Category, str]] = ..., labels: _Optional[int] = ..., seal_number: _Optional[str] = ..., gross_weight_g: _Optional[int] = ..., shipper: _Optional[_Union[PackageParty, _Mapping]] = ..., consignee: _Optional[_Union[PackageParty, _Mapping]] = ..., emergency_contact: _Optional[str] = ..., exclusive_use: _Optional[bool] = ..., class7: _Optional[_Union[Class7Findings, _Mapping]] = ...) -> None: ...

class PackageContent(_message.Message):
    __slots__ = ("nuclide", "activity_bq", "time")
    NUCLIDE_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_BQ_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    nuclide: str
    activity_bq: float
    time: _timestamp_pb2.Timestamp
    def __init__(self, nuclide: _Optional[str] = ..., activity_bq: _Optional[float] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PackageParty(_message.Message):
    __slots__ = ("display_name", "address")
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    display_name: str
    address: str
    def __init__(self, display_name: _Optional[str] = ..., address: _Optional[str] = ...) -> None: ...

class Class7Findings(_message.Message):
    __slots__ = ("edition", "not_for_use", "transport_index", "category", "exclusive_use_only", "un_number", "proper_shipping_name", "activity_bq", "a2_fraction", "default_row_nuclides", "progeny", "label_lines", "contradictions")
    EDITION_FIELD_NUMBER: _ClassVar[int]
    NOT_FOR_USE_FIELD_NUMBER: _ClassVar[int]
    TRANSPORT_INDEX_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    EXCLUSIVE_USE_ONLY_FIELD_NUMBER: _ClassVar[int]
    UN_NUMBER_FIELD_NUMBER: _ClassVar[int]
    PROPER_SHIPPING_NAME_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_BQ_FIELD_NUMBER: _ClassVar[int]
    A2_FRACTION_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_ROW_NUCLIDES_FIELD_NUMBER: _ClassVar[int]
    PROGENY_FIELD_NUMBER: _ClassVar[int]
    LABEL_LINES_FIELD_NUMBER: _ClassVar[int]
    CONTRADICTIONS_FIELD_NUMBER: _ClassVar[int]
    edition: str
    not_for_use: bool
    transport_index: float
    category: Package.Category
    exclusive_use_only: bool
    un_number: str
    proper_shipping_name: str
    activity_bq: float
    a2_fraction: float
    default_row_nuclides: _containers.RepeatedScalarFieldContainer[str]
    progeny: _containers.RepeatedScalarFieldContainer[str]
    label_lines: _containers.RepeatedScalarFieldContainer[str]
    contradictions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, edition: _Optional[str] = ..., not_for_use: _Optional[bool] = ..., transport_index: _Optional[float] = ..., category: _Optional[_Union[Package.Category, str]] = ..., exclusive_use_only: _Optional[bool] = ..., un_number: _Optional[str] = ..., proper_shipping_name: _Optional[str] = ..., activity_bq: _Optional[float] = ..., a2_fraction: _Optional[float] = ..., default_row_nuclides: _Optional[_Iterable[str]] = ..., progeny: _Optional[_Iterable[str]] = ..., label_lines: _Optional[_Iterable[str]] = ..., contradictions: _Optional[_Iterable[str]] = ...) -> None: ...

class ExpectedMilestone(_message.Message):
    __slots__ = ("kind", "p50_time", "p90_time", "reach_time", "reached", "overdue_time")
    KIND_FIELD_NUMBER: _ClassVar[int]
    P50_TIME_FIELD_NUMBER: _ClassVar[int]
    P90_TIME_FIELD_NUMBER: _ClassVar[int]
    REACH_TIME_FIELD_NUMBER: _ClassVar[int]
    REACHED_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_TIME_FIELD_NUMBER: _ClassVar[int]
    kind: _courier_pb2.Milestone.Kind
    p50_time: _timestamp_pb2.Timestamp
    p90_time: _timestamp_pb2.Timestamp
    reach_time: _timestamp_pb2.Timestamp
    reached: bool
    overdue_time: _timestamp_pb2.Timestamp
    def __init__(self, kind: _Optional[_Union[_courier_pb2.Milestone.Kind, str]] = ..., p50_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., p90_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reach_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reached: _Optional[bool] = ..., overdue_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Prediction(_message.Message):
    __slots__ = ("p50_time", "p90_time", "from_kind", "measured_shipments", "predict_time")
    P50_TIME_FIELD_NUMBER: _ClassVar[int]
    P90_TIME_FIELD_NUMBER: _ClassVar[int]
    FROM_KIND_FIELD_NUMBER: _ClassVar[int]
    MEASURED_SHIPMENTS_FIELD_NUMBER: _ClassVar[int]
    PREDICT_TIME_FIELD_NUMBER: _ClassVar[int]
    p50_time: _timestamp_pb2.Timestamp
    p90_time: _timestamp_pb2.Timestamp
    from_kind: _courier_pb2.Milestone.Kind
    measured_shipments: int
    predict_time: _timestamp_pb2.Timestamp
    def __init__(self, p50_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., p90_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., from_kind: _Optional[_Union[_courier_pb2.Milestone.Kind, str]] = ..., measured_shipments: _Optional[int] = ..., predict_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CustodyEntry(_message.Message):
    __slots__ = ("time", "from_party", "to_party", "place", "actor", "milestone_event_id", "received_by")
    TIME_FIELD_NUMBER: _ClassVar[int]
    FROM_PARTY_FIELD_NUMBER: _ClassVar[int]
    TO_PARTY_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    MILESTONE_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_BY_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    from_party: str
    to_party: str
    place: str
    actor: str
    milestone_event_id: str
    received_by: str
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., from_party: _Optional[str] = ..., to_party: _Optional[str] = ..., place: _Optional[str] = ..., actor: _Optional[str] = ..., milestone_event_id: _Optional[str] = ..., received_by: _Optional[str] = ...) -> None: ...

class Excursion(_message.Message):
    __slots__ = ("type", "value", "unit", "limit_min", "limit_max", "time", "device", "milestone_event_id")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    LIMIT_MIN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_MAX_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    MILESTONE_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    type: str
    value: float
    unit: str
    limit_min: float
    limit_max: float
    time: _timestamp_pb2.Timestamp
    device: str
    milestone_event_id: str
    def __init__(self, type: _Optional[str] = ..., value: _Optional[float] = ..., unit: _Optional[str] = ..., limit_min: _Optional[float] = ..., limit_max: _Optional[float] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., device: _Optional[str] = ..., milestone_event_id: _Optional[str] = ...) -> None: ...

class Loss(_message.Message):
    __slots__ = ("cause", "detail", "time")
    class Cause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CAUSE_UNSPECIFIED: _ClassVar[Loss.Cause]
        MISSING: _ClassVar[Loss.Cause]
        DAMAGED: _ClassVar[Loss.Cause]
        DENIED: _ClassVar[Loss.Cause]
        TOO_LATE: _ClassVar[Loss.Cause]
        EXCURSION: _ClassVar[Loss.Cause]
        RECALLED: _ClassVar[Loss.Cause]
        OTHER: _ClassVar[Loss.Cause]
    CAUSE_UNSPECIFIED: Loss.Cause
    MISSING: Loss.Cause
    DAMAGED: Loss.Cause
    DENIED: Loss.Cause
    TOO_LATE: Loss.Cause
    EXCURSION: Loss.Cause
    RECALLED: Loss.Cause
    OTHER: Loss.Cause
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    cause: Loss.Cause
    detail: str
    time: _timestamp_pb2.Timestamp
    def __init__(self, cause: _Optional[_Union[Loss.Cause, str]] = ..., detail: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CourierOrder(_message.Message):
    __slots__ = ("kind", "state", "request_time", "answer_time", "detail", "courier")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[CourierOrder.Kind]
        BOOK: _ClassVar[CourierOrder.Kind]
        CANCEL: _ClassVar[CourierOrder.Kind]
        REDIRECT: _ClassVar[CourierOrder.Kind]
    KIND_UNSPECIFIED: CourierOrder.Kind
    BOOK: CourierOrder.Kind
    CANCEL: CourierOrder.Kind
    REDIRECT: CourierOrder.Kind
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[CourierOrder.State]
        REQUESTED: _ClassVar[CourierOrder.State]
        CONFIRMED: _ClassVar[CourierOrder.State]
        FAILED: _ClassVar[CourierOrder.State]
    STATE_UNSPECIFIED: CourierOrder.State
    REQUESTED: CourierOrder.State
    CONFIRMED: CourierOrder.State
    FAILED: CourierOrder.State
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_TIME_FIELD_NUMBER: _ClassVar[int]
    ANSWER_TIME_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    COURIER_FIELD_NUMBER: _ClassVar[int]
    kind: CourierOrder.Kind
    state: CourierOrder.State
    request_time: _timestamp_pb2.Timestamp
    answer_time: _timestamp_pb2.Timestamp
    detail: str
    courier: str
    def __init__(self, kind: _Optional[_Union[CourierOrder.Kind, str]] = ..., state: _Optional[_Union[CourierOrder.State, str]] = ..., request_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answer_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., detail: _Optional[str] = ..., courier: _Optional[str] = ...) -> None: ...

class ImplausibleMilestone(_message.Message):
    __slots__ = ("milestone", "implausibility")
    MILESTONE_FIELD_NUMBER: _ClassVar[int]
    IMPLAUSIBILITY_FIELD_NUMBER: _ClassVar[int]
    milestone: _courier_pb2.Milestone
    implausibility: Implausibility
    def __init__(self, milestone: _Optional[_Union[_courier_pb2.Milestone, _Mapping]] = ..., implausibility: _Optional[_Union[Implausibility, _Mapping]] = ...) -> None: ...

class Implausibility(_message.Message):
    __slots__ = ("reason", "limit_time", "milestone_event_id")
    class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        REASON_UNSPECIFIED: _ClassVar[Implausibility.Reason]
        BEFORE_END_OF_SYNTHESIS: _ClassVar[Implausibility.Reason]
        IN_FUTURE: _ClassVar[Implausibility.Reason]
        RUN_CANCELLED: _ClassVar[Implausibility.Reason]
        POSITION_NOT_REACHABLE: _ClassVar[Implausibility.Reason]
    REASON_UNSPECIFIED: Implausibility.Reason
    BEFORE_END_OF_SYNTHESIS: Implausibility.Reason
    IN_FUTURE: Implausibility.Reason
    RUN_CANCELLED: Implausibility.Reason
    POSITION_NOT_REACHABLE: Implausibility.Reason
    REASON_FIELD_NUMBER: _ClassVar[int]
    LIMIT_TIME_FIELD_NUMBER: _ClassVar[int]
    MILESTONE_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    reason: Implausibility.Reason
    limit_time: _timestamp_pb2.Timestamp
    milestone_event_id: str
    def __init__(self, reason: _Optional[_Union[Implausibility.Reason, str]] = ..., limit_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., milestone_event_id: _Optional[str] = ...) -> None: ...

class RecordedMilestone(_message.Message):
    __slots__ = ("name", "milestone", "record_time", "push", "implausibility")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MILESTONE_FIELD_NUMBER: _ClassVar[int]
    RECORD_TIME_FIELD_NUMBER: _ClassVar[int]
    PUSH_FIELD_NUMBER: _ClassVar[int]
    IMPLAUSIBILITY_FIELD_NUMBER: _ClassVar[int]
    name: str
    milestone: _courier_pb2.Milestone
    record_time: _timestamp_pb2.Timestamp
    push: str
    implausibility: Implausibility
    def __init__(self, name: _Optional[str] = ..., milestone: _Optional[_Union[_courier_pb2.Milestone, _Mapping]] = ..., record_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., push: _Optional[str] = ..., implausibility: _Optional[_Union[Implausibility, _Mapping]] = ...) -> None: ...

class UnmatchedMilestone(_message.Message):
    __slots__ = ("courier", "push", "milestone", "record_time")
    COURIER_FIELD_NUMBER: _ClassVar[int]
    PUSH_FIELD_NUMBER: _ClassVar[int]
    MILESTONE_FIELD_NUMBER: _ClassVar[int]
    RECORD_TIME_FIELD_NUMBER: _ClassVar[int]
    courier: str
    push: str
    milestone: _courier_pb2.Milestone
    record_time: _timestamp_pb2.Timestamp
    def __init__(self, courier: _Optional[str] = ..., push: _Optional[str] = ..., milestone: _Optional[_Union[_courier_pb2.Milestone, _Mapping]] = ..., record_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AcceptanceItem(_message.Message):
    __slots__ = ("package_id", "item", "state", "detail")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[AcceptanceItem.State]
        SATISFIED: _ClassVar[AcceptanceItem.State]
        MISSING: _ClassVar[AcceptanceItem.State]
        CONTRADICTED: _ClassVar[AcceptanceItem.State]
    STATE_UNSPECIFIED: AcceptanceItem.State
    SATISFIED: AcceptanceItem.State
    MISSING: AcceptanceItem.State
    CONTRADICTED: AcceptanceItem.State
    PACKAGE_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    package_id: str
    item: str
    state: AcceptanceItem.State
    detail: str
    def __init__(self, package_id: _Optional[str] = ..., item: _Optional[str] = ..., state: _Optional[_Union[AcceptanceItem.State, str]] = ..., detail: _Optional[str] = ...) -> None: ...
