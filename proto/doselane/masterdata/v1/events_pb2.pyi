from doselane.masterdata.v1 import resources_pb2 as _resources_pb2
from doselane.masterdata.v1 import transit_proposal_pb2 as _transit_proposal_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ResourceCreated(_message.Message):
    __slots__ = ("resource", "version", "audience")
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    resource: _resources_pb2.Resource
    version: int
    audience: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, resource: _Optional[_Union[_resources_pb2.Resource, _Mapping]] = ..., version: _Optional[int] = ..., audience: _Optional[_Iterable[str]] = ...) -> None: ...

class ResourceUpdated(_message.Message):
    __slots__ = ("resource", "version", "changed_fields", "accepted_conflicts", "audience")
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    resource: _resources_pb2.Resource
    version: int
    changed_fields: _containers.RepeatedScalarFieldContainer[str]
    accepted_conflicts: _containers.RepeatedScalarFieldContainer[str]
    audience: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, resource: _Optional[_Union[_resources_pb2.Resource, _Mapping]] = ..., version: _Optional[int] = ..., changed_fields: _Optional[_Iterable[str]] = ..., accepted_conflicts: _Optional[_Iterable[str]] = ..., audience: _Optional[_Iterable[str]] = ...) -> None: ...

class ResourceDeleted(_message.Message):
    __slots__ = ("resource", "version", "accepted_conflicts", "audience")
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    resource: _resources_pb2.Resource
    version: int
    accepted_conflicts: _containers.RepeatedScalarFieldContainer[str]
    audience: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, resource: _Optional[_Union[_resources_pb2.Resource, _Mapping]] = ..., version: _Optional[int] = ..., accepted_conflicts: _Optional[_Iterable[str]] = ..., audience: _Optional[_Iterable[str]] = ...) -> None: ...

class TransitProposalCreated(_message.Message):
    __slots__ = ("transit_proposal",)
    TRANSIT_PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    transit_proposal: _transit_proposal_pb2.TransitProposal
    def __init__(self, transit_proposal: _Optional[_Union[_transit_proposal_pb2.TransitProposal, _Mapping]] = ...) -> None: ...

class TransitProposalAccepted(_message.Message):
    __slots__ = ("transit_proposal",)
    TRANSIT_PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    transit_proposal: _transit_proposal_pb2.TransitProposal
    def __init__(self, transit_proposal: _Optional[_Union[_transit_proposal_pb2.TransitProposal, _Mapping]] = ...) -> None: ...

class TransitProposalRejected(_message.Message):
    __slots__ = ("transit_proposal",)
    TRANSIT_PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    transit_proposal: _transit_proposal_pb2.TransitProposal
    def __init__(self, transit_proposal: _Optional[_Union[_transit_proposal_pb2.TransitProposal, _Mapping]] = ...) -> None: ...

class TransitProposalSuperseded(_message.Message):
    __slots__ = ("transit_proposal",)
    TRANSIT_PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    transit_proposal: _transit_proposal_pb2.TransitProposal
    def __init__(self, transit_proposal: _Optional[_Union[_transit_proposal_pb2.TransitProposal, _Mapping]] = ...) -> None: ...
