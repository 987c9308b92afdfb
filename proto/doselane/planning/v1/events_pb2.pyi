from doselane.planning.v1 import forecast_pb2 as _forecast_pb2
from doselane.planning.v1 import planning_pb2 as _planning_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ForecastSubmitted(_message.Message):
    __slots__ = ("forecast",)
    FORECAST_FIELD_NUMBER: _ClassVar[int]
    forecast: _forecast_pb2.Forecast
    def __init__(self, forecast: _Optional[_Union[_forecast_pb2.Forecast, _Mapping]] = ...) -> None: ...

class IsotopeDeliveryPlanned(_message.Message):
    __slots__ = ("isotope_delivery",)
    ISOTOPE_DELIVERY_FIELD_NUMBER: _ClassVar[int]
    isotope_delivery: _planning_pb2.IsotopeDelivery
    def __init__(self, isotope_delivery: _Optional[_Union[_planning_pb2.IsotopeDelivery, _Mapping]] = ...) -> None: ...

class IsotopeDeliveryUpdated(_message.Message):
    __slots__ = ("isotope_delivery",)
    ISOTOPE_DELIVERY_FIELD_NUMBER: _ClassVar[int]
    isotope_delivery: _planning_pb2.IsotopeDelivery
    def __init__(self, isotope_delivery: _Optional[_Union[_planning_pb2.IsotopeDelivery, _Mapping]] = ...) -> None: ...

class IsotopeDeliveryCancelled(_message.Message):
    __slots__ = ("isotope_delivery",)
    ISOTOPE_DELIVERY_FIELD_NUMBER: _ClassVar[int]
    isotope_delivery: _planning_pb2.IsotopeDelivery
    def __init__(self, isotope_delivery: _Optional[_Union[_planning_pb2.IsotopeDelivery, _Mapping]] = ...) -> None: ...

class ProposalReady(_message.Message):
    __slots__ = ("proposal",)
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    proposal: _planning_pb2.Proposal
    def __init__(self, proposal: _Optional[_Union[_planning_pb2.Proposal, _Mapping]] = ...) -> None: ...

class ProposalFailed(_message.Message):
    __slots__ = ("proposal",)
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    proposal: _planning_pb2.Proposal
    def __init__(self, proposal: _Optional[_Union[_planning_pb2.Proposal, _Mapping]] = ...) -> None: ...

class ProposalEdited(_message.Message):
    __slots__ = ("proposal",)
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    proposal: _planning_pb2.Proposal
    def __init__(self, proposal: _Optional[_Union[_planning_pb2.Proposal, _Mapping]] = ...) -> None: ...

class ProposalAccepted(_message.Message):
    __slots__ = ("proposal",)
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    proposal: _planning_pb2.Proposal
    def __init__(self, proposal: _Optional[_Union[_planning_pb2.Proposal, _Mapping]] = ...) -> None: ...

class ProposalRejected(_message.Message):
    __slots__ = ("proposal",)
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    proposal: _planning_pb2.Proposal
    def __init__(self, proposal: _Optional[_Union[_planning_pb2.Proposal, _Mapping]] = ...) -> None: ...

class DemandRefused(_message.Message):
    __slots__ = ("product", "region", "reason", "detail", "message", "adapter")
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    product: str
    region: str
    reason: str
    detail: str
    message: str
    adapter: str
    def __init__(self, product: _Optional[str] = ..., region: _Optional[str] = ..., reason: _Optional[str] = ..., detail: _Optional[str] = ..., message: _Optional[str] = ..., adapter: _Optional[str] = ...) -> None: ...
