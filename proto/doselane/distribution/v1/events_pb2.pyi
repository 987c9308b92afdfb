import datetime

from doselane.courier.v1 import courier_pb2 as _courier_pb2
from doselane.courier.v1 import orders_pb2 as _orders_pb2
from doselane.distribution.v1 import a2_table_pb2 as _a2_table_pb2
from doselane.distribution.v1 import lane_pb2 as _lane_pb2
from doselane.distribution.v1 import shipment_pb2 as _shipment_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ShipmentBooked(_message.Message):
    __slots__ = ("shipment",)
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ...) -> None: ...

class ShipmentReplanned(_message.Message):
    __slots__ = ("shipment", "removed_doses", "from_site")
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    REMOVED_DOSES_FIELD_NUMBER: _ClassVar[int]
    FROM_SITE_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    removed_doses: _containers.RepeatedScalarFieldContainer[str]
    from_site: str
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ..., removed_doses: _Optional[_Iterable[str]] = ..., from_site: _Optional[str] = ...) -> None: ...

class ShipmentPacked(_message.Message):
    __slots__ = ("shipment",)
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ...) -> None: ...

class ShipmentFollowed(_message.Message):
    __slots__ = ("shipment", "courier", "references", "administration_time")
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    COURIER_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_TIME_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    courier: str
    references: _containers.RepeatedScalarFieldContainer[str]
    administration_time: _timestamp_pb2.Timestamp
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ..., courier: _Optional[str] = ..., references: _Optional[_Iterable[str]] = ..., administration_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ShipmentHandedOver(_message.Message):
    __slots__ = ("shipment", "entry")
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    entry: _shipment_pb2.CustodyEntry
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ..., entry: _Optional[_Union[_shipment_pb2.CustodyEntry, _Mapping]] = ...) -> None: ...

class MilestoneRecorded(_message.Message):
    __slots__ = ("shipment", "milestone", "implausibility", "record_time")
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    MILESTONE_FIELD_NUMBER: _ClassVar[int]
    IMPLAUSIBILITY_FIELD_NUMBER: _ClassVar[int]
    RECORD_TIME_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    milestone: _courier_pb2.Milestone
    implausibility: _shipment_pb2.Implausibility
    record_time: _timestamp_pb2.Timestamp
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ..., milestone: _Optional[_Union[_courier_pb2.Milestone, _Mapping]] = ..., implausibility: _Optional[_Union[_shipment_pb2.Implausibility, _Mapping]] = ..., record_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class MilestoneSettled(_message.Message):
    __slots__ = ("shipment", "milestone_event_id", "accepted")
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    MILESTONE_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    milestone_event_id: str
    accepted: bool
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ..., milestone_event_id: _Optional[str] = ..., accepted: _Optional[bool] = ...) -> None: ...

class MilestoneOverdue(_message.Message):
    __slots__ = ("shipment", "expected")
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    expected: _shipment_pb2.ExpectedMilestone
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ..., expected: _Optional[_Union[_shipment_pb2.ExpectedMilestone, _Mapping]] = ...) -> None: ...

class ShipmentRejudged(_message.Message):
    __slots__ = ("shipment",)
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ...) -> None: ...

class ExcursionDetected(_message.Message):
    __slots__ = ("shipment", "excursion")
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    EXCURSION_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    excursion: _shipment_pb2.Excursion
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ..., excursion: _Optional[_Union[_shipment_pb2.Excursion, _Mapping]] = ...) -> None: ...

class ShipmentDelivered(_message.Message):
    __slots__ = ("shipment", "delivery_time")
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_TIME_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    delivery_time: _timestamp_pb2.Timestamp
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ..., delivery_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DeliveryWithdrawn(_message.Message):
    __slots__ = ("shipment",)
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ...) -> None: ...

class ShipmentLost(_message.Message):
    __slots__ = ("shipment",)
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ...) -> None: ...

class ShipmentCancelled(_message.Message):
    __slots__ = ("shipment",)
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ...) -> None: ...

class BookingRequested(_message.Message):
    __slots__ = ("shipment", "consignment")
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    CONSIGNMENT_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    consignment: _orders_pb2.Consignment
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ..., consignment: _Optional[_Union[_orders_pb2.Consignment, _Mapping]] = ...) -> None: ...

class CancellationRequested(_message.Message):
    __slots__ = ("shipment", "consignment", "cause")
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    CONSIGNMENT_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    consignment: _orders_pb2.Consignment
    cause: str
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ..., consignment: _Optional[_Union[_orders_pb2.Consignment, _Mapping]] = ..., cause: _Optional[str] = ...) -> None: ...

class RedirectionRequested(_message.Message):
    __slots__ = ("shipment", "consignment", "cause")
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    CONSIGNMENT_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    consignment: _orders_pb2.Consignment
    cause: str
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ..., consignment: _Optional[_Union[_orders_pb2.Consignment, _Mapping]] = ..., cause: _Optional[str] = ...) -> None: ...

class CourierOrderConfirmed(_message.Message):
    __slots__ = ("shipment", "order")
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    order: _shipment_pb2.CourierOrder
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ..., order: _Optional[_Union[_shipment_pb2.CourierOrder, _Mapping]] = ...) -> None: ...

class CourierOrderFailed(_message.Message):
    __slots__ = ("shipment", "order")
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    shipment: _shipment_pb2.Shipment
    order: _shipment_pb2.CourierOrder
    def __init__(self, shipment: _Optional[_Union[_shipment_pb2.Shipment, _Mapping]] = ..., order: _Optional[_Union[_shipment_pb2.CourierOrder, _Mapping]] = ...) -> None: ...

class A2TableSigned(_message.Message):
    __slots__ = ("a2_table",)
    A2_TABLE_FIELD_NUMBER: _ClassVar[int]
    a2_table: _a2_table_pb2.A2Table
    def __init__(self, a2_table: _Optional[_Union[_a2_table_pb2.A2Table, _Mapping]] = ...) -> None: ...

class A2TableRetired(_message.Message):
    __slots__ = ("a2_table",)
    A2_TABLE_FIELD_NUMBER: _ClassVar[int]
    a2_table: _a2_table_pb2.A2Table
    def __init__(self, a2_table: _Optional[_Union[_a2_table_pb2.A2Table, _Mapping]] = ...) -> None: ...

class DenialRecorded(_message.Message):
    __slots__ = ("denial",)
    DENIAL_FIELD_NUMBER: _ClassVar[int]
    denial: _lane_pb2.Denial
    def __init__(self, denial: _Optional[_Union[_lane_pb2.Denial, _Mapping]] = ...) -> None: ...

class LaneMeasured(_message.Message):
    __slots__ = ("lane", "lane_version", "transit", "acceptance")
    LANE_FIELD_NUMBER: _ClassVar[int]
    LANE_VERSION_FIELD_NUMBER: _ClassVar[int]
    TRANSIT_FIELD_NUMBER: _ClassVar[int]
    ACCEPTANCE_FIELD_NUMBER: _ClassVar[int]
    lane: str
    lane_version: int
    transit: _lane_pb2.TransitMeasurement
    acceptance: _lane_pb2.AcceptanceMeasurement
    def __init__(self, lane: _Optional[str] = ..., lane_version: _Optional[int] = ..., transit: _Optional[_Union[_lane_pb2.TransitMeasurement, _Mapping]] = ..., acceptance: _Optional[_Union[_lane_pb2.AcceptanceMeasurement, _Mapping]] = ...) -> None: ...

class OutboundDeliveryRefused(_message.Message):
    __slots__ = ("delivery", "order_reference", "references", "reason", "detail", "message", "adapter")
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    ORDER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    delivery: str
    order_reference: str
    references: _containers.RepeatedScalarFieldContainer[str]
    reason: str
    detail: str
    message: str
    adapter: str
    def __init__(self, delivery: _Optional[str] = ..., order_reference: _Optional[str] = ..., references: _Optional[_Iterable[str]] = ..., reason: _Optional[str] = ..., detail: _Optional[str] = ..., message: _Optional[str] = ..., adapter: _Optional[str] = ...) -> None: ...
