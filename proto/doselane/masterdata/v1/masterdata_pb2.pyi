from buf.validate import validate_pb2 as _validate_pb2
from doselane.masterdata.v1 import resources_pb2 as _resources_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from doselane.type.v1 import type_pb2 as _type_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateProductRequest(_message.Message):
    __slots__ = ("product", "product_id", "request_id", "reason")
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    product: _resources_pb2.Product
    product_id: str
    request_id: str
    reason: str
    def __init__(self, product: _Optional[_Union[_resources_pb2.Product, _Mapping]] = ..., product_id: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GetProductRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListProductsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "nuclide")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    NUCLIDE_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    nuclide: _type_pb2.Nuclide
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., nuclide: _Optional[_Union[_type_pb2.Nuclide, str]] = ...) -> None: ...

class ListProductsResponse(_message.Message):
    __slots__ = ("products", "next_page_token")
    PRODUCTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    products: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Product]
    next_page_token: str
    def __init__(self, products: _Optional[_Iterable[_Union[_resources_pb2.Product, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateProductRequest(_message.Message):
    __slots__ = ("product", "update_mask", "allow_missing", "accept_conflicts", "validate_only", "request_id", "reason")
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    ALLOW_MISSING_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    product: _resources_pb2.Product
    update_mask: _field_mask_pb2.FieldMask
    allow_missing: bool
    accept_conflicts: bool
    validate_only: bool
    request_id: str
    reason: str
    def __init__(self, product: _Optional[_Union[_resources_pb2.Product, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., allow_missing: _Optional[bool] = ..., accept_conflicts: _Optional[bool] = ..., validate_only: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class UpdateProductResponse(_message.Message):
    __slots__ = ("product", "conflicting_slots")
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    product: _resources_pb2.Product
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, product: _Optional[_Union[_resources_pb2.Product, _Mapping]] = ..., conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class DeleteProductRequest(_message.Message):
    __slots__ = ("name", "etag", "accept_conflicts", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    accept_conflicts: bool
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., accept_conflicts: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class DeleteProductResponse(_message.Message):
    __slots__ = ("conflicting_slots",)
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class CreateFacilityRequest(_message.Message):
    __slots__ = ("facility", "facility_id", "request_id", "reason")
    FACILITY_FIELD_NUMBER: _ClassVar[int]
    FACILITY_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    facility: _resources_pb2.Facility
    facility_id: str
    request_id: str
    reason: str
    def __init__(self, facility: _Optional[_Union[_resources_pb2.Facility, _Mapping]] = ..., facility_id: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GetFacilityRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListFacilitiesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListFacilitiesResponse(_message.Message):
    __slots__ = ("facilities", "next_page_token")
    FACILITIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    facilities: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Facility]
    next_page_token: str
    def __init__(self, facilities: _Optional[_Iterable[_Union[_resources_pb2.Facility, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateFacilityRequest(_message.Message):
    __slots__ = ("facility", "update_mask", "allow_missing", "accept_conflicts", "validate_only", "request_id", "reason")
    FACILITY_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    ALLOW_MISSING_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    facility: _resources_pb2.Facility
    update_mask: _field_mask_pb2.FieldMask
    allow_missing: bool
    accept_conflicts: bool
    validate_only: bool
    request_id: str
    reason: str
    def __init__(self, facility: _Optional[_Union[_resources_pb2.Facility, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., allow_missing: _Optional[bool] = ..., accept_conflicts: _Optional[bool] = ..., validate_only: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class UpdateFacilityResponse(_message.Message):
    __slots__ = ("facility", "conflicting_slots")
    FACILITY_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    facility: _resources_pb2.Facility
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, facility: _Optional[_Union[_resources_pb2.Facility, _Mapping]] = ..., conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class DeleteFacilityRequest(_message.Message):
    __slots__ = ("name", "etag", "accept_conflicts", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    accept_conflicts: bool
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., accept_conflicts: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class DeleteFacilityResponse(_message.Message):
    __slots__ = ("conflicting_slots",)
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class CreateLineRequest(_message.Message):
    __slots__ = ("line", "line_id", "request_id", "reason", "parent")
    LINE_FIELD_NUMBER: _ClassVar[int]
    LINE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    PARENT_FIELD_NUMBER: _ClassVar[int]
    line: _resources_pb2.Line
    line_id: str
    request_id: str
    reason: str
    parent: str
    def __init__(self, line: _Optional[_Union[_resources_pb2.Line, _Mapping]] = ..., line_id: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ..., parent: _Optional[str] = ...) -> None: ...

class GetLineRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListLinesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "parent", "product")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    parent: str
    product: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., parent: _Optional[str] = ..., product: _Optional[str] = ...) -> None: ...

class ListLinesResponse(_message.Message):
    __slots__ = ("lines", "next_page_token")
    LINES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Line]
    next_page_token: str
    def __init__(self, lines: _Optional[_Iterable[_Union[_resources_pb2.Line, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateLineRequest(_message.Message):
    __slots__ = ("line", "update_mask", "allow_missing", "accept_conflicts", "validate_only", "request_id", "reason")
    LINE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    ALLOW_MISSING_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    line: _resources_pb2.Line
    update_mask: _field_mask_pb2.FieldMask
    allow_missing: bool
    accept_conflicts: bool
    validate_only: bool
    request_id: str
    reason: str
    def __init__(self, line: _Optional[_Union[_resources_pb2.Line, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., allow_missing: _Optional[bool] = ..., accept_conflicts: _Optional[bool] = ..., validate_only: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class UpdateLineResponse(_message.Message):
    __slots__ = ("line", "conflicting_slots")
    LINE_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    line: _resources_pb2.Line
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, line: _Optional[_Union[_resources_pb2.Line, _Mapping]] = ..., conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class DeleteLineRequest(_message.Message):
    __slots__ = ("name", "etag", "accept_conflicts", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    accept_conflicts: bool
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., accept_conflicts: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class DeleteLineResponse(_message.Message):
    __slots__ = ("conflicting_slots",)
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class CreateSiteRequest(_message.Message):
    __slots__ = ("site", "site_id", "request_id", "reason")
    SITE_FIELD_NUMBER: _ClassVar[int]
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    site: _resources_pb2.Site
    site_id: str
    request_id: str
    reason: str
    def __init__(self, site: _Optional[_Union[_resources_pb2.Site, _Mapping]] = ..., site_id: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GetSiteRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListSitesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "region")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    region: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., region: _Optional[str] = ...) -> None: ...

class ListSitesResponse(_message.Message):
    __slots__ = ("sites", "next_page_token")
    SITES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    sites: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Site]
    next_page_token: str
    def __init__(self, sites: _Optional[_Iterable[_Union[_resources_pb2.Site, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateSiteRequest(_message.Message):
    __slots__ = ("site", "update_mask", "allow_missing", "accept_conflicts", "validate_only", "request_id", "reason")
    SITE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    ALLOW_MISSING_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    site: _resources_pb2.Site
    update_mask: _field_mask_pb2.FieldMask
    allow_missing: bool
    accept_conflicts: bool
    validate_only: bool
    request_id: str
    reason: str
    def __init__(self, site: _Optional[_Union[_resources_pb2.Site, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., allow_missing: _Optional[bool] = ..., accept_conflicts: _Optional[bool] = ..., validate_only: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class UpdateSiteResponse(_message.Message):
    __slots__ = ("site", "conflicting_slots")
    SITE_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    site: _resources_pb2.Site
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, site: _Optional[_Union[_resources_pb2.Site, _Mapping]] = ..., conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class DeleteSiteRequest(_message.Message):
    __slots__ = ("name", "etag", "accept_conflicts", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    accept_conflicts: bool
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., accept_conflicts: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class DeleteSiteResponse(_message.Message):
    __slots__ = ("conflicting_slots",)
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class CreateLaneRequest(_message.Message):
    __slots__ = ("lane", "lane_id", "request_id", "reason")
    LANE_FIELD_NUMBER: _ClassVar[int]
    LANE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    lane: _resources_pb2.Lane
    lane_id: str
    request_id: str
    reason: str
    def __init__(self, lane: _Optional[_Union[_resources_pb2.Lane, _Mapping]] = ..., lane_id: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GetLaneRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListLanesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "site", "facility")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    FACILITY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    site: str
    facility: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., site: _Optional[str] = ..., facility: _Optional[str] = ...) -> None: ...

class ListLanesResponse(_message.Message):
    __slots__ = ("lanes", "next_page_token")
    LANES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    lanes: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Lane]
    next_page_token: str
    def __init__(self, lanes: _Optional[_Iterable[_Union[_resources_pb2.Lane, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateLaneRequest(_message.Message):
    __slots__ = ("lane", "update_mask", "allow_missing", "accept_conflicts", "validate_only", "request_id", "reason")
    LANE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    ALLOW_MISSING_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    lane: _resources_pb2.Lane
    update_mask: _field_mask_pb2.FieldMask
    allow_missing: bool
    accept_conflicts: bool
    validate_only: bool
    request_id: str
    reason: str
    def __init__(self, lane: _Optional[_Union[_resources_pb2.Lane, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., allow_missing: _Optional[bool] = ..., accept_conflicts: _Optional[bool] = ..., validate_only: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class UpdateLaneResponse(_message.Message):
    __slots__ = ("lane", "conflicting_slots")
    LANE_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    lane: _resources_pb2.Lane
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, lane: _Optional[_Union[_resources_pb2.Lane, _Mapping]] = ..., conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class DeleteLaneRequest(_message.Message):
    __slots__ = ("name", "etag", "accept_conflicts", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    accept_conflicts: bool
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., accept_conflicts: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class DeleteLaneResponse(_message.Message):
    __slots__ = ("conflicting_slots",)
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class CreateAgreementRequest(_message.Message):
    __slots__ = ("agreement", "agreement_id", "request_id", "reason")
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    agreement: _resources_pb2.Agreement
    agreement_id: str
    request_id: str
    reason: str
    def __init__(self, agreement: _Optional[_Union[_resources_pb2.Agreement, _Mapping]] = ..., agreement_id: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GetAgreementRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListAgreementsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "partner", "product")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    partner: str
    product: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., partner: _Optional[str] = ..., product: _Optional[str] = ...) -> None: ...

class ListAgreementsResponse(_message.Message):
    __slots__ = ("agreements", "next_page_token")
    AGREEMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    agreements: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Agreement]
    next_page_token: str
    def __init__(self, agreements: _Optional[_Iterable[_Union[_resources_pb2.Agreement, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateAgreementRequest(_message.Message):
    __slots__ = ("agreement", "update_mask", "allow_missing", "accept_conflicts", "validate_only", "request_id", "reason")
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    ALLOW_MISSING_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    agreement: _resources_pb2.Agreement
    update_mask: _field_mask_pb2.FieldMask
    allow_missing: bool
    accept_conflicts: bool
    validate_only: bool
    request_id: str
    reason: str
    def __init__(self, agreement: _Optional[_Union[_resources_pb2.Agreement, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., allow_missing: _Optional[bool] = ..., accept_conflicts: _Optional[bool] = ..., validate_only: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class UpdateAgreementResponse(_message.Message):
    __slots__ = ("agreement", "conflicting_slots")
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    agreement: _resources_pb2.Agreement
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, agreement: _Optional[_Union[_resources_pb2.Agreement, _Mapping]] = ..., conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class DeleteAgreementRequest(_message.Message):
    __slots__ = ("name", "etag", "accept_conflicts", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    accept_conflicts: bool
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., accept_conflicts: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class DeleteAgreementResponse(_message.Message):
    __slots__ = ("conflicting_slots",)
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class ListRevisionsRequest(_message.Message):
    __slots__ = ("name", "page_size", "page_token")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    name: str
    page_size: int
    page_token: str
    def __init__(self, name: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRevisionsResponse(_message.Message):
    __slots__ = ("revisions", "next_page_token")
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    revisions: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Revision]
    next_page_token: str
    def __init__(self, revisions: _Optional[_Iterable[_Union[_resources_pb2.Revision, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ExportMasterDataRequest(_message.Message):
    __slots__ = ("collections",)
    COLLECTIONS_FIELD_NUMBER: _ClassVar[int]
    collections: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, collections: _Optional[_Iterable[str]] = ...) -> None: ...

class ExportMasterDataResponse(_message.Message):
    __slots__ = ("yaml",)
    YAML_FIELD_NUMBER: _ClassVar[int]
    yaml: str
    def __init__(self, yaml: _Optional[str] = ...) -> None: ...

class ImportMasterDataRequest(_message.Message):
    __slots__ = ("yaml", "accept_conflicts", "validate_only", "request_id", "reason")
    YAML_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    yaml: str
    accept_conflicts: bool
    validate_only: bool
    request_id: str
    reason: str
    def __init__(self, yaml: _Optional[str] = ..., accept_conflicts: _Optional[bool] = ..., validate_only: _Optional[bool] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ImportMasterDataResponse(_message.Message):
    __slots__ = ("resources", "conflicting_slots")
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_SLOTS_FIELD_NUMBER: _ClassVar[int]
    resources: _containers.RepeatedCompositeFieldContainer[ImportedResource]
    conflicting_slots: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, resources: _Optional[_Iterable[_Union[ImportedResource, _Mapping]]] = ..., conflicting_slots: _Optional[_Iterable[str]] = ...) -> None: ...

class ImportedResource(_message.Message):
    __slots__ = ("name", "action")
    class Action(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ACTION_UNSPECIFIED: _ClassVar[ImportedResource.Action]
        CREATED: _ClassVar[ImportedResource.Action]
        UPDATED: _ClassVar[ImportedResource.Action]
        UNCHANGED: _ClassVar[ImportedResource.Action]
    ACTION_UNSPECIFIED: ImportedResource.Action
    CREATED: ImportedResource.Action
    UPDATED: ImportedResource.Action
    UNCHANGED: ImportedResource.Action
    NAME_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    name: str
    action: ImportedResource.Action
    def __init__(self, name: _Optional[str] = ..., action: _Optional[_Union[ImportedResource.Action, str]] = ...) -> None: ...
