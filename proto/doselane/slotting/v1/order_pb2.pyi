import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import interval_pb2 as _interval_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DoseOrder(_message.Message):
    __slots__ = ("order_reference", "system_reference", "state", "state_time", "product", "site", "administration_interval", "activity_mbq", "patient_reference", "partner")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[DoseOrder.State]
        WANTED: _ClassVar[DoseOrder.State]
        WITHDRAWN: _ClassVar[DoseOrder.State]
    STATE_UNSPECIFIED: DoseOrder.State
    WANTED: DoseOrder.State
    WITHDRAWN: DoseOrder.State
    ORDER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    SYSTEM_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_MBQ_FIELD_NUMBER: _ClassVar[int]
    PATIENT_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    order_reference: str
    system_reference: str
    state: DoseOrder.State
    state_time: _timestamp_pb2.Timestamp
    product: str
    site: str
    administration_interval: _interval_pb2.Interval
    activity_mbq: float
    patient_reference: str
    partner: str
    def __init__(self, order_reference: _Optional[str] = ..., system_reference: _Optional[str] = ..., state: _Optional[_Union[DoseOrder.State, str]] = ..., state_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., product: _Optional[str] = ..., site: _Optional[str] = ..., administration_interval: _Optional[_Union[_interval_pb2.Interval, _Mapping]] = ..., activity_mbq: _Optional[float] = ..., patient_reference: _Optional[str] = ..., partner: _Optional[str] = ...) -> None: ...
