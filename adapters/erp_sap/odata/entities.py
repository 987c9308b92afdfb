"""Entities as bodies hold them: read and written by the model of their service."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from adapters.erp_sap.odata.literals import Value, of_json, to_json
from adapters.erp_sap.odata.model import DefinitionFault, EntityType, FunctionImport, NavigationLink, ServiceModel
from adapters.erp_sap.odata.values import ValueFault

# What is to be written of an entity: values by field, and, when it is made, lists of entities by navigation.
Written = Mapping[str, "Value | Sequence[Written] | None"]
_DEPTH_MAX = 64


class BodyFault(Exception):
    """An answer is not in the form of OData V2, so what it says is unknown."""


@dataclass(frozen=True, slots=True)
class SapEntity:
    """What an answer holds of an entity, or of what a function returns."""

    type: EntityType
    values: Mapping[str, Value | None]  # None: SAP has no value; what was not asked for is not there
    unreadable: Mapping[str, ValueFault] = field(default_factory=dict)  # what is there and cannot be read, and why
    etag: str = ""  # to be sent back byte for byte
    address: str = ""
    links: Mapping[str, "Sequence[SapEntity]"] = field(default_factory=dict)  # what was expanded; of one entity, one
    continued: Mapping[str, str] = field(default_factory=dict)  # where a long expanded list goes on

    def __getitem__(self, name: str) -> Value | None:
        """A field; raises BodyFault where the answer does not hold it, and ValueFault where it cannot be read."""
        if name in self.unreadable:
            raise self.unreadable[name]
        if name not in self.values:
            raise BodyFault(f"the answer holds no {self.type.name}.{name}")
        return self.values[name]

    def require_expanded(self, paths: Sequence[Sequence[str]]) -> None:
        """Raises BodyFault where the answer leaves out what was to be expanded: that is unknown, and not nothing."""
        for name, *further in filter(None, paths):
            if name not in self.links:
                raise BodyFault(f"the answer does not hold {self.type.name}.{name}, which was to be expanded")
            for each in self.links[name]:
                each.require_expanded([further])


@dataclass(frozen=True, slots=True)
class EntitiesPage:
    """Part of a collection, where it goes on, and how many there are in all, where that was asked."""

    entities: Sequence[SapEntity]
    next: str = ""
    count: int | None = None


def read_body(body: bytes) -> Any:
    """What stands under `d`; numbers are exact. Raises BodyFault."""
    try:
        found = json.loads(body, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError) as wrong:
        raise BodyFault(f"the answer is no JSON: {type(wrong).__name__}: {str(wrong)[:200]}") from None
    if not isinstance(found, dict) or "d" not in found:
        raise BodyFault("the answer has no `d`, so it is not of OData V2")
    return found["d"]


def page_of(model: ServiceModel, entity: EntityType, found: Any) -> EntitiesPage:
    """A collection: under `results`, or, as OData 1.0 wrote it, bare. Raises BodyFault."""
    if isinstance(found, list):
        found = {"results": found}
    if not isinstance(found, dict) or not isinstance(found.get("results"), list):
        raise BodyFault("the answer holds no collection")
    count, following = found.get("__count"), found.get("__next")
    if count is not None and not (isinstance(count, str | int) and str(count).isascii() and str(count).isdigit()):
        raise BodyFault(f"its count is no number: {str(count)[:60]}")
    if following is not None and not isinstance(following, str):
        raise BodyFault("its next page is no address")
    entities = [entity_of(model, entity, each) for each in found["results"]]
    return EntitiesPage(entities, following or "", None if count is None else int(count))


def entity_of(model: ServiceModel, entity: EntityType, found: Any) -> SapEntity:
    """An entity. What the model does not know is passed over: a newer release has more."""
    return _entity_of(model, entity, found, 0)


def _entity_of(model: ServiceModel, entity: EntityType, found: Any, depth: int) -> SapEntity:
    if not isinstance(found, dict) or depth > _DEPTH_MAX:
        raise BodyFault(f"the answer holds no {entity.name}")
    if isinstance(found.get("results"), list) and "results" not in entity.fields:
        raise BodyFault(f"a collection stands where one {entity.name} should")
    values, unreadable, links, continued = {}, {}, {}, {}
    for name, given in found.items():
        if name in entity.links and _is_expanded(given):
            links[name], continued[name] = _expanded(model, entity.links[name], given, depth + 1)
        if name not in entity.fields:
            continue
        try:
            values[name] = of_json(entity.fields[name], given)
        except ValueFault as fault:  # One odd field must not hide the others; whoever needs it is told.
            unreadable[name] = fault
    about = found.get("__metadata")
    about = about if isinstance(about, dict) else {}
    goes_on = {name: address for name, address in continued.items() if address}
    etag, address = str(about.get("etag") or ""), str(about.get("uri") or "")
    return SapEntity(entity, values, unreadable, etag, address, links, goes_on)


def _is_expanded(given: Any) -> bool:
    return not (isinstance(given, dict) and "__deferred" in given)


def _expanded(model: ServiceModel, link: NavigationLink, given: Any, depth: int) -> tuple[tuple[SapEntity, ...], str]:
    target = model.target_of(link)
    if not link.is_many:
        return () if given is None else (_entity_of(model, target, given, depth),), ""
    many = given.get("results") if isinstance(given, dict) else given
    if not isinstance(many, list):
        raise BodyFault(f"{link.name} holds no collection")
    following = given.get("__next") if isinstance(given, dict) else None
    return tuple(_entity_of(model, target, each, depth) for each in many), str(following or "")


def returned_of(model: ServiceModel, function: FunctionImport, found: Any) -> Sequence[SapEntity]:
    """What a function returned: under its name, or at once; one entity or a collection. Raises BodyFault."""
    if not function.returns:
        return ()
    if isinstance(found, dict) and found.keys() - {"__metadata"} == {function.name}:
        found = found[function.name]
    if found is None:
        return ()
    answered = model.type(function.returns)
    if isinstance(found, list) or (isinstance(found, dict) and isinstance(found.get("results"), list)):
        return page_of(model, answered, found).entities
    return (entity_of(model, answered, found),)


def body_to_create(model: ServiceModel, entity: EntityType, values: Written) -> dict[str, Any]:
    """The body that makes an entity, with those below it (deep insert: arrays under the names of the navigations).

    Raises ValueFault or DefinitionFault: nothing that SAP would drop or refuse is sent.
    """
    body: dict[str, Any] = {}
    for name, value in values.items():
        if name in entity.links:
            target = model.target_of(entity.links[name])
            body[name] = [body_to_create(model, target, each) for each in _entities(model, entity, name, value)]
            continue
        known = model.field_of(entity, name)
        if not known.creatable:
            raise DefinitionFault("it cannot be set when it is made (sap:creatable)", model.name, entity.name, name)
        body[name] = to_json(known, _value(model, entity, name, value))
    return body


def body_to_change(model: ServiceModel, entity: EntityType, values: Written) -> dict[str, Any]:
    """The body that changes fields of an entity; there is no deep change. Raises ValueFault or DefinitionFault."""
    body: dict[str, Any] = {}
    for name, value in values.items():
        if name in entity.links:
            raise DefinitionFault("what is below an entity is changed by itself", model.name, entity.name, name)
        known = model.field_of(entity, name)
        if name in entity.key or not known.updatable:
            raise DefinitionFault("it cannot be changed (sap:updatable)", model.name, entity.name, name)
        body[name] = to_json(known, _value(model, entity, name, value))
    return body


def _entities(model: ServiceModel, entity: EntityType, name: str, value: Any) -> Sequence[Written]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise DefinitionFault("it takes a list of entities", model.name, entity.name, name)
    return value


def _value(model: ServiceModel, entity: EntityType, name: str, value: Any) -> Value | None:
    if isinstance(value, list | tuple | dict):
        raise DefinitionFault("it takes a value", model.name, entity.name, name)
    given: Value | None = value
    return given


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(each for each in names if names.count(each) > 1)[:100]!r} stands twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")
