import datetime

from doselane.capacity.v1 import capacity_pb2 as _capacity_pb2
from doselane.distribution.v1 import shipment_pb2 as _shipment_pb2
from doselane.quality.v1 import batch_pb2 as _batch_pb2
from doselane.slotting.v1 import slotting_pb2 as _slotting_pb2
from doselane.tower.v1 import incident_pb2 as _incident_pb2
from doselane.type.v1 import type_pb2 as _type_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BoardEntry(_message.Message):
    __slots__ = ("name", "dose", "slot", "partner", "order_reference", "product", "run", "site", "lane", "batch", "shipment", "slot_state", "run_state", "batch_state", "shipment_state", "administration", "departure_time", "promised_delivery_time", "predicted_p50_time", "predicted_p90_time", "delivery_time", "use", "use_p90", "last_use_time", "verdict", "hazards", "rescue_until_time", "verdict_time", "end_time", "create_time", "update_time", "etag", "replaces", "replaced_by")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DOSE_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    ORDER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    SLOT_STATE_FIELD_NUMBER: _ClassVar[int]
    RUN_STATE_FIELD_NUMBER: _ClassVar[int]
    BATCH_STATE_FIELD_NUMBER: _ClassVar[int]
    SHIPMENT_STATE_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    PROMISED_DELIVERY_TIME_FIELD_NUMBER: _ClassVar[int]
    PREDICTED_P50_TIME_FIELD_NUMBER: _ClassVar[int]
    PREDICTED_P90_TIME_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_TIME_FIELD_NUMBER: _ClassVar[int]
    USE_FIELD_NUMBER: _ClassVar[int]
    USE_P90_FIELD_NUMBER: _ClassVar[int]
    LAST_USE_TIME_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    HAZARDS_FIELD_NUMBER: _ClassVar[int]
    RESCUE_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    VERDICT_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REPLACES_FIELD_NUMBER: _ClassVar[int]
    REPLACED_BY_FIELD_NUMBER: _ClassVar[int]
    name: str
    dose: str
    slot: str
    partner: str
    order_reference: str
    product: str
    run: str
    site: str
    lane: str
    batch: str
    shipment: str
    slot_state: _slotting_pb2.Slot.State
    run_state: _capacity_pb2.Run.State
    batch_state: _batch_pb2.Batch.State
    shipment_state: _shipment_pb2.Shipment.State
    administration: _type_pb2.Activity
    departure_time: _timestamp_pb2.Timestamp
    promised_delivery_time: _timestamp_pb2.Timestamp
    predicted_p50_time: _timestamp_pb2.Timestamp
    predicted_p90_time: _timestamp_pb2.Timestamp
    delivery_time: _timestamp_pb2.Timestamp
    use: _type_pb2.Activity
    use_p90: _type_pb2.Activity
    last_use_time: _timestamp_pb2.Timestamp
    verdict: _incident_pb2.DoseVerdict
    hazards: _containers.RepeatedCompositeFieldContainer[Hazard]
    rescue_until_time: _timestamp_pb2.Timestamp
    verdict_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    replaces: str
    replaced_by: str
    def __init__(self, name: _Optional[str] = ..., dose: _Optional[str] = ..., slot: _Optional[str] = ..., partner: _Optional[str] = ..., order_reference: _Optional[str] = ..., product: _Optional[str] = ..., run: _Optional[str] = ..., site: _Optional[str] = ..., lane: _Optional[str] = ..., batch: _Optional[str] = ..., shipment: _Optional[str] = ..., slot_state: _Optional[_Union[_slotting_pb2.Slot.State, str]] = ..., run_state: _Optional[_Union[_capacity_pb2.Run.State, str]] = ..., batch_state: _Optional[_Union[_batch_pb2.Batch.State, str]] = ..., shipment_state: _Optional[_Union[_shipment_pb2.Shipment.State, str]] = ..., administration: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., departure_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., promised_delivery_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., predicted_p50_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., predicted_p90_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., delivery_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., use: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., use_p90: _Optional[_Union[_type_pb2.Activity, _Mapping]] = ..., last_use_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., verdict: _Optional[_Union[_incident_pb2.DoseVerdict, str]] = ..., hazards: _Optional[_Iterable[_Union[Hazard, _Mapping]]] = ..., rescue_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., verdict_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., replaces: _Optional[str] = ..., replaced_by: _Optional[str] = ...) -> None: ...

class Hazard(_message.Message):
    __slots__ = ("kind", "explanation", "endangers", "since_time", "until_time", "incident")
    KIND_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    ENDANGERS_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    kind: _incident_pb2.Incident.Kind
    explanation: str
    endangers: bool
    since_time: _timestamp_pb2.Timestamp
    until_time: _timestamp_pb2.Timestamp
    incident: str
    def __init__(self, kind: _Optional[_Union[_incident_pb2.Incident.Kind, str]] = ..., explanation: _Optional[str] = ..., endangers: _Optional[bool] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., incident: _Optional[str] = ...) -> None: ...
