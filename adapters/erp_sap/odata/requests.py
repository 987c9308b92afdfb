"""Requests that change something, by the model: what the metadata do not allow is not sent. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from adapters.erp_sap.odata.addresses import call_address, entity_address
from adapters.erp_sap.odata.batch import BatchOperation
from adapters.erp_sap.odata.entities import Written, body_to_change, body_to_create
from adapters.erp_sap.odata.literals import Value
from adapters.erp_sap.odata.model import DefinitionFault, ServiceModel

JSON = "application/json"
Key = Value | Mapping[str, Value]


def creation(model: ServiceModel, entity_set: str, values: Written, content_id: str = "") -> BatchOperation:
    """Makes an entity, with those below it."""
    into = model.entity_set(entity_set)
    if not into.creatable:
        raise DefinitionFault("nothing can be made in it (sap:creatable)", model.name, entity_set)
    return _with_json("POST", entity_set, {}, body_to_create(model, into.type, values), content_id)


def changing(
    model: ServiceModel,
    entity_set: str,
    key: Key,
    values: Written,
    etag: str,
    *,
    merge: bool = False,
    content_id: str = "",
) -> BatchOperation:
    """Changes fields of an entity that was read with this ETag; with `merge` in the manner of older Gateways."""
    into = model.entity_set(entity_set)
    if not into.updatable:
        raise DefinitionFault("it cannot be changed (sap:updatable)", model.name, entity_set)
    headers = _guard(model, entity_set, etag)
    if merge:
        headers["x-http-method"] = "MERGE"
    body, address = body_to_change(model, into.type, values), entity_address(model, entity_set, key)
    return _with_json("POST" if merge else "PATCH", address, headers, body, content_id)


def deletion(model: ServiceModel, entity_set: str, key: Key, etag: str) -> BatchOperation:
    """Deletes an entity that was read with this ETag."""
    if not model.entity_set(entity_set).deletable:
        raise DefinitionFault("it cannot be deleted (sap:deletable)", model.name, entity_set)
    return BatchOperation("DELETE", entity_address(model, entity_set, key), _guard(model, entity_set, etag))


def calling(model: ServiceModel, function: str, given: Mapping[str, Value | None], etag: str = "") -> BatchOperation:
    """Calls a function; its parameters stand in the address."""
    called = model.function(function)
    headers = {"if-match": given_etag(etag)} if etag else {}
    return BatchOperation(called.method, call_address(model, called, given), headers)


def given_etag(etag: str) -> str:
    """An ETag byte for byte; raises ValueError for one that fits whatever is there."""
    if etag.strip() == "*":
        raise ValueError("an ETag of * would overwrite what nobody has read")
    return etag


def _guard(model: ServiceModel, entity_set: str, etag: str) -> dict[str, str]:
    if not etag and model.entity_set(entity_set).type.has_etag:
        raise DefinitionFault("it is changed only with the ETag with which it was read", model.name, entity_set)
    return {"if-match": given_etag(etag)} if etag else {}


def _with_json(method: str, address: str, headers: Mapping[str, str], body: Any, content_id: str) -> BatchOperation:
    written = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return BatchOperation(method, address, {**headers, "content-type": JSON, "accept": JSON}, written, content_id)
