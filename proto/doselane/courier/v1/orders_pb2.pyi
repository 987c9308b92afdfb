import datetime

from doselane.type.v1 import type_pb2 as _type_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Consignment(_message.Message):
    __slots__ = ("shipment", "courier", "references", "pickup", "delivery", "parcels", "administration_time", "temperature_min_cel", "temperature_max_cel")
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    COURIER_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    PICKUP_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    PARCELS_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_TIME_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURE_MIN_CEL_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURE_MAX_CEL_FIELD_NUMBER: _ClassVar[int]
    shipment: str
    courier: str
    references: _containers.RepeatedScalarFieldContainer[str]
    pickup: Stop
    delivery: Stop
    parcels: _containers.RepeatedCompositeFieldContainer[Parcel]
    administration_time: _timestamp_pb2.Timestamp
    temperature_min_cel: float
    temperature_max_cel: float
    def __init__(self, shipment: _Optional[str] = ..., courier: _Optional[str] = ..., references: _Optional[_Iterable[str]] = ..., pickup: _Optional[_Union[Stop, _Mapping]] = ..., delivery: _Optional[_Union[Stop, _Mapping]] = ..., parcels: _Optional[_Iterable[_Union[Parcel, _Mapping]]] = ..., administration_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., temperature_min_cel: _Optional[float] = ..., temperature_max_cel: _Optional[float] = ...) -> None: ...

class Stop(_message.Message):
    __slots__ = ("place", "display_name", "time_zone", "earliest_time", "latest_time")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    EARLIEST_TIME_FIELD_NUMBER: _ClassVar[int]
    LATEST_TIME_FIELD_NUMBER: _ClassVar[int]
    place: str
    display_name: str
    time_zone: str
    earliest_time: _timestamp_pb2.Timestamp
    latest_time: _timestamp_pb2.Timestamp
    def __init__(self, place: _Optional[str] = ..., display_name: _Optional[str] = ..., time_zone: _Optional[str] = ..., earliest_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., latest_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Parcel(_message.Message):
    __slots__ = ("package_id", "un_number", "proper_shipping_name", "contents", "category", "transport_index", "gross_weight_g")
    PACKAGE_ID_FIELD_NUMBER: _ClassVar[int]
    UN_NUMBER_FIELD_NUMBER: _ClassVar[int]
    PROPER_SHIPPING_NAME_FIELD_NUMBER: _ClassVar[int]
    CONTENTS_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    TRANSPORT_INDEX_FIELD_NUMBER: _ClassVar[int]
    GROSS_WEIGHT_G_FIELD_NUMBER: _ClassVar[int]
    package_id: str
    un_number: str
    proper_shipping_name: str
    contents: _containers.RepeatedCompositeFieldContainer[RadioactiveContent]
    category: str
    transport_index: float
    gross_weight_g: int
    def __init__(self, package_id: _Optional[str] = ..., un_number: _Optional[str] = ..., proper_shipping_name: _Optional[str] = ..., contents: _Optional[_Iterable[_Union[RadioactiveContent, _Mapping]]] = ..., category: _Optional[str] = ..., transport_index: _Optional[float] = ..., gross_weight_g: _Optional[int] = ...) -> None: ...

class RadioactiveContent(_message.Message):
    __slots__ = ("nuclide", "activity_bq", "time")
    NUCLIDE_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_BQ_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    nuclide: _type_pb2.Nuclide
    activity_bq: float
    time: _timestamp_pb2.Timestamp
    def __init__(self, nuclide: _Optional[_Union[_type_pb2.Nuclide, str]] = ..., activity_bq: _Optional[float] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
