from doselane.slotting.v1 import order_pb2 as _order_pb2
from doselane.slotting.v1 import slotting_pb2 as _slotting_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from doselane.type.v1 import type_pb2 as _type_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SlotHeld(_message.Message):
    __slots__ = ("slot",)
    SLOT_FIELD_NUMBER: _ClassVar[int]
    slot: _slotting_pb2.Slot
    def __init__(self, slot: _Optional[_Union[_slotting_pb2.Slot, _Mapping]] = ...) -> None: ...

class SlotConfirmed(_message.Message):
    __slots__ = ("slot",)
    SLOT_FIELD_NUMBER: _ClassVar[int]
    slot: _slotting_pb2.Slot
    def __init__(self, slot: _Optional[_Union[_slotting_pb2.Slot, _Mapping]] = ...) -> None: ...

class SlotReleased(_message.Message):
    __slots__ = ("slot",)
    SLOT_FIELD_NUMBER: _ClassVar[int]
    slot: _slotting_pb2.Slot
    def __init__(self, slot: _Optional[_Union[_slotting_pb2.Slot, _Mapping]] = ...) -> None: ...

class SlotExpired(_message.Message):
    __slots__ = ("slot",)
    SLOT_FIELD_NUMBER: _ClassVar[int]
    slot: _slotting_pb2.Slot
    def __init__(self, slot: _Optional[_Union[_slotting_pb2.Slot, _Mapping]] = ...) -> None: ...

class SlotMoved(_message.Message):
    __slots__ = ("slot", "from_run")
    SLOT_FIELD_NUMBER: _ClassVar[int]
    FROM_RUN_FIELD_NUMBER: _ClassVar[int]
    slot: _slotting_pb2.Slot
    from_run: str
    def __init__(self, slot: _Optional[_Union[_slotting_pb2.Slot, _Mapping]] = ..., from_run: _Optional[str] = ...) -> None: ...

class SlotAtRisk(_message.Message):
    __slots__ = ("slot",)
    SLOT_FIELD_NUMBER: _ClassVar[int]
    slot: _slotting_pb2.Slot
    def __init__(self, slot: _Optional[_Union[_slotting_pb2.Slot, _Mapping]] = ...) -> None: ...

class SlotFulfilled(_message.Message):
    __slots__ = ("slot",)
    SLOT_FIELD_NUMBER: _ClassVar[int]
    slot: _slotting_pb2.Slot
    def __init__(self, slot: _Optional[_Union[_slotting_pb2.Slot, _Mapping]] = ...) -> None: ...

class SlotFulfilmentWithdrawn(_message.Message):
    __slots__ = ("slot",)
    SLOT_FIELD_NUMBER: _ClassVar[int]
    slot: _slotting_pb2.Slot
    def __init__(self, slot: _Optional[_Union[_slotting_pb2.Slot, _Mapping]] = ...) -> None: ...

class SlotLost(_message.Message):
    __slots__ = ("slot", "cause")
    SLOT_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    slot: _slotting_pb2.Slot
    cause: str
    def __init__(self, slot: _Optional[_Union[_slotting_pb2.Slot, _Mapping]] = ..., cause: _Optional[str] = ...) -> None: ...

class SlotReplaced(_message.Message):
    __slots__ = ("slot",)
    SLOT_FIELD_NUMBER: _ClassVar[int]
    slot: _slotting_pb2.Slot
    def __init__(self, slot: _Optional[_Union[_slotting_pb2.Slot, _Mapping]] = ...) -> None: ...

class RunCapacityCut(_message.Message):
    __slots__ = ("run", "pledged", "allotments", "cancelled", "conflicting_slots", "version", "failed")
    RUN_FIELD_NUMBER: _ClassVar[int]
    PLEDGED_FIELD_NUMBER: _ClassVar[int]
    ALLOTMENTS_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    run: str
    pledged: _type_pb2.Capacity
    allotments: _containers.RepeatedCompositeFieldContainer[_slotting_pb2.AllotmentSize]
    cancelled: bool
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    version: int
    failed: bool
    def __init__(self, run: _Optional[str] = ..., pledged: _Optional[_Union[_type_pb2.Capacity, _Mapping]] = ..., allotments: _Optional[_Iterable[_Union[_slotting_pb2.AllotmentSize, _Mapping]]] = ..., cancelled: _Optional[bool] = ..., conflicting_slots: _Optional[_Iterable[str]] = ..., version: _Optional[int] = ..., failed: _Optional[bool] = ...) -> None: ...

class NetworkConflicted(_message.Message):
    __slots__ = ("resource", "resource_version", "slots")
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_VERSION_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    resource: str
    resource_version: int
    slots: _containers.RepeatedCompositeFieldContainer[_slotting_pb2.ThreatenedSlot]
    def __init__(self, resource: _Optional[str] = ..., resource_version: _Optional[int] = ..., slots: _Optional[_Iterable[_Union[_slotting_pb2.ThreatenedSlot, _Mapping]]] = ...) -> None: ...

class StandbyJoined(_message.Message):
    __slots__ = ("standby",)
    STANDBY_FIELD_NUMBER: _ClassVar[int]
    standby: _slotting_pb2.Standby
    def __init__(self, standby: _Optional[_Union[_slotting_pb2.Standby, _Mapping]] = ...) -> None: ...

class StandbyOffered(_message.Message):
    __slots__ = ("standby",)
    STANDBY_FIELD_NUMBER: _ClassVar[int]
    standby: _slotting_pb2.Standby
    def __init__(self, standby: _Optional[_Union[_slotting_pb2.Standby, _Mapping]] = ...) -> None: ...

class StandbyServed(_message.Message):
    __slots__ = ("standby",)
    STANDBY_FIELD_NUMBER: _ClassVar[int]
    standby: _slotting_pb2.Standby
    def __init__(self, standby: _Optional[_Union[_slotting_pb2.Standby, _Mapping]] = ...) -> None: ...

class StandbyLeft(_message.Message):
    __slots__ = ("standby",)
    STANDBY_FIELD_NUMBER: _ClassVar[int]
    standby: _slotting_pb2.Standby
    def __init__(self, standby: _Optional[_Union[_slotting_pb2.Standby, _Mapping]] = ...) -> None: ...

class StandbyLapsed(_message.Message):
    __slots__ = ("standby",)
    STANDBY_FIELD_NUMBER: _ClassVar[int]
    standby: _slotting_pb2.Standby
    def __init__(self, standby: _Optional[_Union[_slotting_pb2.Standby, _Mapping]] = ...) -> None: ...

class OrderDecided(_message.Message):
    __slots__ = ("order", "outcome", "slot", "reason", "detail", "message", "adapter", "nearest_offer", "stated_by")
    class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OUTCOME_UNSPECIFIED: _ClassVar[OrderDecided.Outcome]
        PROMISED: _ClassVar[OrderDecided.Outcome]
        MOVED: _ClassVar[OrderDecided.Outcome]
        KEPT: _ClassVar[OrderDecided.Outcome]
        GIVEN_BACK: _ClassVar[OrderDecided.Outcome]
        REFUSED: _ClassVar[OrderDecided.Outcome]
    OUTCOME_UNSPECIFIED: OrderDecided.Outcome
    PROMISED: OrderDecided.Outcome
    MOVED: OrderDecided.Outcome
    KEPT: OrderDecided.Outcome
    GIVEN_BACK: OrderDecided.Outcome
    REFUSED: OrderDecided.Outcome
    ORDER_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    NEAREST_OFFER_FIELD_NUMBER: _ClassVar[int]
    STATED_BY_FIELD_NUMBER: _ClassVar[int]
    order: _order_pb2.DoseOrder
    outcome: OrderDecided.Outcome
    slot: _slotting_pb2.Slot
    reason: str
    detail: str
    message: str
    adapter: str
    nearest_offer: _slotting_pb2.Offer
    stated_by: str
    def __init__(self, order: _Optional[_Union[_order_pb2.DoseOrder, _Mapping]] = ..., outcome: _Optional[_Union[OrderDecided.Outcome, str]] = ..., slot: _Optional[_Union[_slotting_pb2.Slot, _Mapping]] = ..., reason: _Optional[str] = ..., detail: _Optional[str] = ..., message: _Optional[str] = ..., adapter: _Optional[str] = ..., nearest_offer: _Optional[_Union[_slotting_pb2.Offer, _Mapping]] = ..., stated_by: _Optional[str] = ...) -> None: ...
