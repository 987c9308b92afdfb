import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from doselane.type.v1 import type_pb2 as _type_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from google.type import dayofweek_pb2 as _dayofweek_pb2
from google.type import timeofday_pb2 as _timeofday_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Product(_message.Message):
    __slots__ = ("name", "display_name", "nuclide", "partners", "activity_nominal_mbq", "activity_min_mbq", "activity_max_mbq", "shelf_life_minutes", "qc_minutes", "vial_reference_activity_max_kbq", "loss_fraction", "etag", "create_time", "update_time", "last_change", "activity_concentration_mbq_per_ml", "activity_reference_minutes", "fill_volume_min_ul", "fill_volume_max_ul", "shelf_life_origin", "specification", "package", "dispatch_assessment_required", "qualified_person_certifies", "required_documents", "end_of_synthesis_tolerance_minutes", "gtin", "dosage_form", "route_of_administration", "production_route", "storage", "transport_temperature_min_cel", "transport_temperature_max_cel")
    class ShelfLifeOrigin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SHELF_LIFE_ORIGIN_UNSPECIFIED: _ClassVar[Product.ShelfLifeOrigin]
        END_OF_SYNTHESIS: _ClassVar[Product.ShelfLifeOrigin]
        MANUFACTURE: _ClassVar[Product.ShelfLifeOrigin]
        ACTIVITY_REFERENCE_TIME: _ClassVar[Product.ShelfLifeOrigin]
    SHELF_LIFE_ORIGIN_UNSPECIFIED: Product.ShelfLifeOrigin
    END_OF_SYNTHESIS: Product.ShelfLifeOrigin
    MANUFACTURE: Product.ShelfLifeOrigin
    ACTIVITY_REFERENCE_TIME: Product.ShelfLifeOrigin
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    NUCLIDE_FIELD_NUMBER: _ClassVar[int]
    PARTNERS_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_NOMINAL_MBQ_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_MIN_MBQ_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_MAX_MBQ_FIELD_NUMBER: _ClassVar[int]
    SHELF_LIFE_MINUTES_FIELD_NUMBER: _ClassVar[int]
    QC_MINUTES_FIELD_NUMBER: _ClassVar[int]
    VIAL_REFERENCE_ACTIVITY_MAX_KBQ_FIELD_NUMBER: _ClassVar[int]
    LOSS_FRACTION_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_CONCENTRATION_MBQ_PER_ML_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_REFERENCE_MINUTES_FIELD_NUMBER: _ClassVar[int]
    FILL_VOLUME_MIN_UL_FIELD_NUMBER: _ClassVar[int]
    FILL_VOLUME_MAX_UL_FIELD_NUMBER: _ClassVar[int]
    SHELF_LIFE_ORIGIN_FIELD_NUMBER: _ClassVar[int]
    SPECIFICATION_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    DISPATCH_ASSESSMENT_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    QUALIFIED_PERSON_CERTIFIES_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    END_OF_SYNTHESIS_TOLERANCE_MINUTES_FIELD_NUMBER: _ClassVar[int]
    GTIN_FIELD_NUMBER: _ClassVar[int]
    DOSAGE_FORM_FIELD_NUMBER: _ClassVar[int]
    ROUTE_OF_ADMINISTRATION_FIELD_NUMBER: _ClassVar[int]
    PRODUCTION_ROUTE_FIELD_NUMBER: _ClassVar[int]
    STORAGE_FIELD_NUMBER: _ClassVar[int]
    TRANSPORT_TEMPERATURE_MIN_CEL_FIELD_NUMBER: _ClassVar[int]
    TRANSPORT_TEMPERATURE_MAX_CEL_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    nuclide: _type_pb2.Nuclide
    partners: _containers.RepeatedScalarFieldContainer[str]
    activity_nominal_mbq: float
    activity_min_mbq: float
    activity_max_mbq: float
    shelf_life_minutes: int
    qc_minutes: int
    vial_reference_activity_max_kbq: int
    loss_fraction: float
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    activity_concentration_mbq_per_ml: float
    activity_reference_minutes: int
    fill_volume_min_ul: int
    fill_volume_max_ul: int
    shelf_life_origin: Product.ShelfLifeOrigin
    specification: str
    package: str
    dispatch_assessment_required: bool
    qualified_person_certifies: bool
    required_documents: _containers.RepeatedScalarFieldContainer[_type_pb2.DocumentKind]
    end_of_synthesis_tolerance_minutes: int
    gtin: str
    dosage_form: str
    route_of_administration: str
    production_route: str
    storage: str
    transport_temperature_min_cel: float
    transport_temperature_max_cel: float
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., nuclide: _Optional[_Union[_type_pb2.Nuclide, str]] = ..., partners: _Optional[_Iterable[str]] = ..., activity_nominal_mbq: _Optional[float] = ..., activity_min_mbq: _Optional[float] = ..., activity_max_mbq: _Optional[float] = ..., shelf_life_minutes: _Optional[int] = ..., qc_minutes: _Optional[int] = ..., vial_reference_activity_max_kbq: _Optional[int] = ..., loss_fraction: _Optional[float] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ..., activity_concentration_mbq_per_ml: _Optional[float] = ..., activity_reference_minutes: _Optional[int] = ..., fill_volume_min_ul: _Optional[int] = ..., fill_volume_max_ul: _Optional[int] = ..., shelf_life_origin: _Optional[_Union[Product.ShelfLifeOrigin, str]] = ..., specification: _Optional[str] = ..., package: _Optional[str] = ..., dispatch_assessment_required: _Optional[bool] = ..., qualified_person_certifies: _Optional[bool] = ..., required_documents: _Optional[_Iterable[_Union[_type_pb2.DocumentKind, str]]] = ..., end_of_synthesis_tolerance_minutes: _Optional[int] = ..., gtin: _Optional[str] = ..., dosage_form: _Optional[str] = ..., route_of_administration: _Optional[str] = ..., production_route: _Optional[str] = ..., storage: _Optional[str] = ..., transport_temperature_min_cel: _Optional[float] = ..., transport_temperature_max_cel: _Optional[float] = ...) -> None: ...

class Facility(_message.Message):
    __slots__ = ("name", "display_name", "time_zone", "qc_sessions", "closed_dates", "etag", "create_time", "update_time", "last_change", "address", "emergency_contact")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    QC_SESSIONS_FIELD_NUMBER: _ClassVar[int]
    CLOSED_DATES_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    EMERGENCY_CONTACT_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    time_zone: str
    qc_sessions: _containers.RepeatedCompositeFieldContainer[WeeklyWindow]
    closed_dates: _containers.RepeatedCompositeFieldContainer[_date_pb2.Date]
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    address: str
    emergency_contact: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., time_zone: _Optional[str] = ..., qc_sessions: _Optional[_Iterable[_Union[WeeklyWindow, _Mapping]]] = ..., closed_dates: _Optional[_Iterable[_Union[_date_pb2.Date, _Mapping]]] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ..., address: _Optional[str] = ..., emergency_contact: _Optional[str] = ...) -> None: ...

class Line(_message.Message):
    __slots__ = ("name", "display_name", "products", "shifts", "run_minutes", "cleaning_minutes", "changeover_minutes", "run_capacity", "closed_dates", "etag", "create_time", "update_time", "last_change")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    PRODUCTS_FIELD_NUMBER: _ClassVar[int]
    SHIFTS_FIELD_NUMBER: _ClassVar[int]
    RUN_MINUTES_FIELD_NUMBER: _ClassVar[int]
    CLEANING_MINUTES_FIELD_NUMBER: _ClassVar[int]
    CHANGEOVER_MINUTES_FIELD_NUMBER: _ClassVar[int]
    RUN_CAPACITY_FIELD_NUMBER: _ClassVar[int]
    CLOSED_DATES_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    products: _containers.RepeatedScalarFieldContainer[str]
    shifts: _containers.RepeatedCompositeFieldContainer[WeeklyWindow]
    run_minutes: int
    cleaning_minutes: int
    changeover_minutes: int
    run_capacity: _type_pb2.Capacity
    closed_dates: _containers.RepeatedCompositeFieldContainer[_date_pb2.Date]
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., products: _Optional[_Iterable[str]] = ..., shifts: _Optional[_Iterable[_Union[WeeklyWindow, _Mapping]]] = ..., run_minutes: _Optional[int] = ..., cleaning_minutes: _Optional[int] = ..., changeover_minutes: _Optional[int] = ..., run_capacity: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., closed_dates: _Optional[_Iterable[_Union[_date_pb2.Date, _Mapping]]] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ...) -> None: ...

class Site(_message.Message):
    __slots__ = ("name", "display_name", "region", "time_zone", "partners", "licences", "weekly_windows", "dated_windows", "closed_dates", "etag", "create_time", "update_time", "last_change", "address", "emergency_contact")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    PARTNERS_FIELD_NUMBER: _ClassVar[int]
    LICENCES_FIELD_NUMBER: _ClassVar[int]
    WEEKLY_WINDOWS_FIELD_NUMBER: _ClassVar[int]
    DATED_WINDOWS_FIELD_NUMBER: _ClassVar[int]
    CLOSED_DATES_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    EMERGENCY_CONTACT_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    region: str
    time_zone: str
    partners: _containers.RepeatedScalarFieldContainer[str]
    licences: _containers.RepeatedCompositeFieldContainer[Licence]
    weekly_windows: _containers.RepeatedCompositeFieldContainer[WeeklyWindow]
    dated_windows: _containers.RepeatedCompositeFieldContainer[DatedWindow]
    closed_dates: _containers.RepeatedCompositeFieldContainer[_date_pb2.Date]
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    address: str
    emergency_contact: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., region: _Optional[str] = ..., time_zone: _Optional[str] = ..., partners: _Optional[_Iterable[str]] = ..., licences: _Optional[_Iterable[_Union[Licence, _Mapping]]] = ..., weekly_windows: _Optional[_Iterable[_Union[WeeklyWindow, _Mapping]]] = ..., dated_windows: _Optional[_Iterable[_Union[DatedWindow, _Mapping]]] = ..., closed_dates: _Optional[_Iterable[_Union[_date_pb2.Date, _Mapping]]] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ..., address: _Optional[str] = ..., emergency_contact: _Optional[str] = ...) -> None: ...

class Licence(_message.Message):
    __slots__ = ("nuclide", "activity_max_mbq", "valid_until_time")
    NUCLIDE_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_MAX_MBQ_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    nuclide: _type_pb2.Nuclide
    activity_max_mbq: float
    valid_until_time: _timestamp_pb2.Timestamp
    def __init__(self, nuclide: _Optional[_Union[_type_pb2.Nuclide, str]] = ..., activity_max_mbq: _Optional[float] = ..., valid_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Lane(_message.Message):
    __slots__ = ("name", "display_name", "facility", "site", "legs", "dispatch_minutes", "departures", "transit_quantiles", "promised_percentile", "transit_minutes", "valid_until_time", "etag", "create_time", "update_time", "last_change")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    FACILITY_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    LEGS_FIELD_NUMBER: _ClassVar[int]
    DISPATCH_MINUTES_FIELD_NUMBER: _ClassVar[int]
    DEPARTURES_FIELD_NUMBER: _ClassVar[int]
    TRANSIT_QUANTILES_FIELD_NUMBER: _ClassVar[int]
    PROMISED_PERCENTILE_FIELD_NUMBER: _ClassVar[int]
    TRANSIT_MINUTES_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    facility: str
    site: str
    legs: _containers.RepeatedCompositeFieldContainer[Leg]
    dispatch_minutes: int
    departures: _containers.RepeatedCompositeFieldContainer[Departure]
    transit_quantiles: _containers.RepeatedCompositeFieldContainer[TransitQuantile]
    promised_percentile: int
    transit_minutes: int
    valid_until_time: _timestamp_pb2.Timestamp
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., facility: _Optional[str] = ..., site: _Optional[str] = ..., legs: _Optional[_Iterable[_Union[Leg, _Mapping]]] = ..., dispatch_minutes: _Optional[int] = ..., departures: _Optional[_Iterable[_Union[Departure, _Mapping]]] = ..., transit_quantiles: _Optional[_Iterable[_Union[TransitQuantile, _Mapping]]] = ..., promised_percentile: _Optional[int] = ..., transit_minutes: _Optional[int] = ..., valid_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ...) -> None: ...

class Leg(_message.Message):
    __slots__ = ("mode", "carrier", "accepts_class_7", "minutes")
    class Mode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MODE_UNSPECIFIED: _ClassVar[Leg.Mode]
        ROAD: _ClassVar[Leg.Mode]
        AIR: _ClassVar[Leg.Mode]
        HAND_OVER: _ClassVar[Leg.Mode]
    MODE_UNSPECIFIED: Leg.Mode
    ROAD: Leg.Mode
    AIR: Leg.Mode
    HAND_OVER: Leg.Mode
    MODE_FIELD_NUMBER: _ClassVar[int]
    CARRIER_FIELD_NUMBER: _ClassVar[int]
    ACCEPTS_CLASS_7_FIELD_NUMBER: _ClassVar[int]
    MINUTES_FIELD_NUMBER: _ClassVar[int]
    mode: Leg.Mode
    carrier: str
    accepts_class_7: bool
    minutes: int
    def __init__(self, mode: _Optional[_Union[Leg.Mode, str]] = ..., carrier: _Optional[str] = ..., accepts_class_7: _Optional[bool] = ..., minutes: _Optional[int] = ...) -> None: ...

class Departure(_message.Message):
    __slots__ = ("days", "time", "cutoff_minutes", "places")
    DAYS_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    CUTOFF_MINUTES_FIELD_NUMBER: _ClassVar[int]
    PLACES_FIELD_NUMBER: _ClassVar[int]
    days: _containers.RepeatedScalarFieldContainer[_dayofweek_pb2.DayOfWeek]
    time: _timeofday_pb2.TimeOfDay
    cutoff_minutes: int
    places: int
    def __init__(self, days: _Optional[_Iterable[_Union[_dayofweek_pb2.DayOfWeek, str]]] = ..., time: _Optional[_Union[_timeofday_pb2.TimeOfDay, _Mapping]] = ..., cutoff_minutes: _Optional[int] = ..., places: _Optional[int] = ...) -> None: ...

class TransitQuantile(_message.Message):
    __slots__ = ("percentile", "minutes")
    PERCENTILE_FIELD_NUMBER: _ClassVar[int]
    MINUTES_FIELD_NUMBER: _ClassVar[int]
    percentile: int
    minutes: int
    def __init__(self, percentile: _Optional[int] = ..., minutes: _Optional[int] = ...) -> None: ...

class WeeklyWindow(_message.Message):
    __slots__ = ("days", "start_time", "end_time", "places")
    DAYS_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    PLACES_FIELD_NUMBER: _ClassVar[int]
    days: _containers.RepeatedScalarFieldContainer[_dayofweek_pb2.DayOfWeek]
    start_time: _timeofday_pb2.TimeOfDay
    end_time: _timeofday_pb2.TimeOfDay
    places: int
    def __init__(self, days: _Optional[_Iterable[_Union[_dayofweek_pb2.DayOfWeek, str]]] = ..., start_time: _Optional[_Union[_timeofday_pb2.TimeOfDay, _Mapping]] = ..., end_time: _Optional[_Union[_timeofday_pb2.TimeOfDay, _Mapping]] = ..., places: _Optional[int] = ...) -> None: ...

class DatedWindow(_message.Message):
    __slots__ = ("start_time", "end_time", "places")
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    PLACES_FIELD_NUMBER: _ClassVar[int]
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    places: int
    def __init__(self, start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., places: _Optional[int] = ...) -> None: ...

class Agreement(_message.Message):
    __slots__ = ("name", "partner", "product", "per_run", "per_week", "release_back_minutes", "frozen_weeks", "firm_weeks", "firm_change_fraction", "standby_priority", "valid_from_time", "valid_until_time", "etag", "create_time", "update_time", "last_change")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    PER_RUN_FIELD_NUMBER: _ClassVar[int]
    PER_WEEK_FIELD_NUMBER: _ClassVar[int]
    RELEASE_BACK_MINUTES_FIELD_NUMBER: _ClassVar[int]
    FROZEN_WEEKS_FIELD_NUMBER: _ClassVar[int]
    FIRM_WEEKS_FIELD_NUMBER: _ClassVar[int]
    FIRM_CHANGE_FRACTION_FIELD_NUMBER: _ClassVar[int]
    STANDBY_PRIORITY_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    partner: str
    product: str
    per_run: _type_pb2.Capacity
    per_week: _type_pb2.Capacity
    release_back_minutes: int
    frozen_weeks: int
    firm_weeks: int
    firm_change_fraction: float
    standby_priority: int
    valid_from_time: _timestamp_pb2.Timestamp
    valid_until_time: _timestamp_pb2.Timestamp
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    def __init__(self, name: _Optional[str] = ..., partner: _Optional[str] = ..., product: _Optional[str] = ..., per_run: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., per_week: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., release_back_minutes: _Optional[int] = ..., frozen_weeks: _Optional[int] = ..., firm_weeks: _Optional[int] = ..., firm_change_fraction: _Optional[float] = ..., standby_priority: _Optional[int] = ..., valid_from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ...) -> None: ...

class Resource(_message.Message):
    __slots__ = ("product", "facility", "line", "site", "lane", "agreement")
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    FACILITY_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    product: Product
    facility: Facility
    line: Line
    site: Site
    lane: Lane
    agreement: Agreement
    def __init__(self, product: _Optional[_Union[Product, _Mapping]] = ..., facility: _Optional[_Union[Facility, _Mapping]] = ..., line: _Optional[_Union[Line, _Mapping]] = ..., site: _Optional[_Union[Site, _Mapping]] = ..., lane: _Optional[_Union[Lane, _Mapping]] = ..., agreement: _Optional[_Union[Agreement, _Mapping]] = ...) -> None: ...

class Revision(_message.Message):
    __slots__ = ("name", "version", "resource", "deleted", "change", "changed_fields")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    resource: Resource
    deleted: bool
    change: _type_pb2.Change
    changed_fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., resource: _Optional[_Union[Resource, _Mapping]] = ..., deleted: _Optional[bool] = ..., change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ..., changed_fields: _Optional[_Iterable[str]] = ...) -> None: ...
