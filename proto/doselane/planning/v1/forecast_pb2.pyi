import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from doselane.type.v1 import type_pb2 as _type_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Forecast(_message.Message):
    __slots__ = ("name", "partner", "product", "region", "version", "current", "weeks", "create_time", "last_change")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    WEEKS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    partner: str
    product: str
    region: str
    version: int
    current: bool
    weeks: _containers.RepeatedCompositeFieldContainer[ForecastWeek]
    create_time: _timestamp_pb2.Timestamp
    last_change: _type_pb2.Change
    def __init__(self, name: _Optional[str] = ..., partner: _Optional[str] = ..., product: _Optional[str] = ..., region: _Optional[str] = ..., version: _Optional[int] = ..., current: _Optional[bool] = ..., weeks: _Optional[_Iterable[_Union[ForecastWeek, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_change: _Optional[_Union[_type_pb2.Change, _Mapping]] = ...) -> None: ...

class ForecastWeek(_message.Message):
    __slots__ = ("week_start_date", "doses", "horizon")
    class Horizon(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        HORIZON_UNSPECIFIED: _ClassVar[ForecastWeek.Horizon]
        FROZEN: _ClassVar[ForecastWeek.Horizon]
        FIRM: _ClassVar[ForecastWeek.Horizon]
        FREE: _ClassVar[ForecastWeek.Horizon]
        PAST: _ClassVar[ForecastWeek.Horizon]
    HORIZON_UNSPECIFIED: ForecastWeek.Horizon
    FROZEN: ForecastWeek.Horizon
    FIRM: ForecastWeek.Horizon
    FREE: ForecastWeek.Horizon
    PAST: ForecastWeek.Horizon
    WEEK_START_DATE_FIELD_NUMBER: _ClassVar[int]
    DOSES_FIELD_NUMBER: _ClassVar[int]
    HORIZON_FIELD_NUMBER: _ClassVar[int]
    week_start_date: _date_pb2.Date
    doses: int
    horizon: ForecastWeek.Horizon
    def __init__(self, week_start_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., doses: _Optional[int] = ..., horizon: _Optional[_Union[ForecastWeek.Horizon, str]] = ...) -> None: ...

class SubmitForecastRequest(_message.Message):
    __slots__ = ("forecast", "base_version", "validate_only", "request_id", "reason")
    FORECAST_FIELD_NUMBER: _ClassVar[int]
    BASE_VERSION_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    forecast: Forecast
    base_version: int
    validate_only: bool
    request_id: str
    reason: str
    def __init__(self, forecast: _Optional[_Union[Forecast, _Mapping]] = ..., base_version: _Optional[int] = ..., validate_only: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ImportForecastsRequest(_message.Message):
    __slots__ = ("csv", "validate_only", "request_id", "reason")
    CSV_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    csv: str
    validate_only: bool
    request_id: str
    reason: str
    def __init__(self, csv: _Optional[str] = ..., validate_only: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ImportForecastsResponse(_message.Message):
    __slots__ = ("forecasts", "errors", "row_count")
    FORECASTS_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    forecasts: _containers.RepeatedCompositeFieldContainer[Forecast]
    errors: _containers.RepeatedCompositeFieldContainer[ForecastRowError]
    row_count: int
    def __init__(self, forecasts: _Optional[_Iterable[_Union[Forecast, _Mapping]]] = ..., errors: _Optional[_Iterable[_Union[ForecastRowError, _Mapping]]] = ..., row_count: _Optional[int] = ...) -> None: ...

class ForecastRowError(_message.Message):
    __slots__ = ("line", "column", "value", "reason", "message")
    LINE_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    line: int
    column: str
    value: str
    reason: str
    message: str
    def __init__(self, line: _Optional[int] = ..., column: _Optional[str] = ..., value: _Optional[str] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class GetForecastRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListForecastsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "partner", "product", "region", "show_replaced")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    SHOW_REPLACED_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    partner: str
    product: str
    region: str
    show_replaced: bool
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., partner: _Optional[str] = ..., product: _Optional[str] = ..., region: _Optional[str] = ..., show_replaced: _Optional[bool] = ...) -> None: ...

class ListForecastsResponse(_message.Message):
    __slots__ = ("forecasts", "next_page_token")
    FORECASTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    forecasts: _containers.RepeatedCompositeFieldContainer[Forecast]
    next_page_token: str
    def __init__(self, forecasts: _Optional[_Iterable[_Union[Forecast, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CompareForecastsRequest(_message.Message):
    __slots__ = ("name", "base")
    NAME_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    name: str
    base: str
    def __init__(self, name: _Optional[str] = ..., base: _Optional[str] = ...) -> None: ...

class CompareForecastsResponse(_message.Message):
    __slots__ = ("base", "differences", "base_doses", "doses")
    BASE_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    BASE_DOSES_FIELD_NUMBER: _ClassVar[int]
    DOSES_FIELD_NUMBER: _ClassVar[int]
    base: str
    differences: _containers.RepeatedCompositeFieldContainer[ForecastDifference]
    base_doses: int
    doses: int
    def __init__(self, base: _Optional[str] = ..., differences: _Optional[_Iterable[_Union[ForecastDifference, _Mapping]]] = ..., base_doses: _Optional[int] = ..., doses: _Optional[int] = ...) -> None: ...

class ForecastDifference(_message.Message):
    __slots__ = ("week_start_date", "base_doses", "doses")
    WEEK_START_DATE_FIELD_NUMBER: _ClassVar[int]
    BASE_DOSES_FIELD_NUMBER: _ClassVar[int]
    DOSES_FIELD_NUMBER: _ClassVar[int]
    week_start_date: _date_pb2.Date
    base_doses: int
    doses: int
    def __init__(self, week_start_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., base_doses: _Optional[int] = ..., doses: _Optional[int] = ...) -> None: ...

class GetForecastAccuracyRequest(_message.Message):
    __slots__ = ("partner", "product", "region", "from_date", "until_date", "weeks_ahead")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    FROM_DATE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_DATE_FIELD_NUMBER: _ClassVar[int]
    WEEKS_AHEAD_FIELD_NUMBER: _ClassVar[int]
    partner: str
    product: str
    region: str
    from_date: _date_pb2.Date
    until_date: _date_pb2.Date
    weeks_ahead: int
    def __init__(self, partner: _Optional[str] = ..., product: _Optional[str] = ..., region: _Optional[str] = ..., from_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., until_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., weeks_ahead: _Optional[int] = ...) -> None: ...

class ForecastAccuracy(_message.Message):
    __slots__ = ("weeks", "weighted_absolute_error_fraction", "bias_fraction")
    WEEKS_FIELD_NUMBER: _ClassVar[int]
    WEIGHTED_ABSOLUTE_ERROR_FRACTION_FIELD_NUMBER: _ClassVar[int]
    BIAS_FRACTION_FIELD_NUMBER: _ClassVar[int]
    weeks: _containers.RepeatedCompositeFieldContainer[ForecastAccuracyWeek]
    weighted_absolute_error_fraction: float
    bias_fraction: float
    def __init__(self, weeks: _Optional[_Iterable[_Union[ForecastAccuracyWeek, _Mapping]]] = ..., weighted_absolute_error_fraction: _Optional[float] = ..., bias_fraction: _Optional[float] = ...) -> None: ...

class ForecastAccuracyWeek(_message.Message):
    __slots__ = ("product", "region", "week_start_date", "forecast", "forecast_doses", "claimed_doses", "partner")
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    WEEK_START_DATE_FIELD_NUMBER: _ClassVar[int]
    FORECAST_FIELD_NUMBER: _ClassVar[int]
    FORECAST_DOSES_FIELD_NUMBER: _ClassVar[int]
    CLAIMED_DOSES_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    product: str
    region: str
    week_start_date: _date_pb2.Date
    forecast: str
    forecast_doses: int
    claimed_doses: int
    partner: str
    def __init__(self, product: _Optional[str] = ..., region: _Optional[str] = ..., week_start_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., forecast: _Optional[str] = ..., forecast_doses: _Optional[int] = ..., claimed_doses: _Optional[int] = ..., partner: _Optional[str] = ...) -> None: ...

class GetForecastConsumptionRequest(_message.Message):
    __slots__ = ("partner", "product", "region", "from_date", "until_date")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    FROM_DATE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_DATE_FIELD_NUMBER: _ClassVar[int]
    partner: str
    product: str
    region: str
    from_date: _date_pb2.Date
    until_date: _date_pb2.Date
    def __init__(self, partner: _Optional[str] = ..., product: _Optional[str] = ..., region: _Optional[str] = ..., from_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., until_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class ForecastConsumption(_message.Message):
    __slots__ = ("weeks",)
    WEEKS_FIELD_NUMBER: _ClassVar[int]
    weeks: _containers.RepeatedCompositeFieldContainer[ForecastConsumptionWeek]
    def __init__(self, weeks: _Optional[_Iterable[_Union[ForecastConsumptionWeek, _Mapping]]] = ...) -> None: ...

class ForecastConsumptionWeek(_message.Message):
    __slots__ = ("partner", "product", "region", "week_start_date", "forecast_doses", "claimed_doses")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    WEEK_START_DATE_FIELD_NUMBER: _ClassVar[int]
    FORECAST_DOSES_FIELD_NUMBER: _ClassVar[int]
    CLAIMED_DOSES_FIELD_NUMBER: _ClassVar[int]
    partner: str
    product: str
    region: str
    week_start_date: _date_pb2.Date
    forecast_doses: int
    claimed_doses: int
    def __init__(self, partner: _Optional[str] = ..., product: _Optional[str] = ..., region: _Optional[str] = ..., week_start_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., forecast_doses: _Optional[int] = ..., claimed_doses: _Optional[int] = ...) -> None: ...
