"""Addresses below the root of a service: keys, queries, filters and calls of functions, with typed literals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from adapters.erp_sap.odata.literals import Value, to_uri
from adapters.erp_sap.odata.model import DefinitionFault, EntityType, FunctionImport, ServiceModel
from adapters.erp_sap.odata.values import ValueFault

_OPERATORS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_TEXT_FUNCTIONS = frozenset({"startswith", "endswith", "substringof"})
_KEPT = "'(),:$*!~"  # as they stand in examples of Gateway; all else is percent-encoded


@dataclass(frozen=True, slots=True)
class EntityQuery:
    """What is asked of a collection, or, of one entity, `select` and `expand` alone."""

    filter: str = ""  # from `condition`, `all_of`, `any_of`
    select: Sequence[str] = ()
    expand: Sequence[str] = ()  # navigations, such as `to_Item/to_ScheduleLine`
    order_by: Sequence[str] = ()  # fields, each with ` desc` or without
    top: int | None = None
    skip: int | None = None
    counts: bool = False  # $inlinecount=allpages


def entity_address(model: ServiceModel, entity_set: str, key: Value | Mapping[str, Value]) -> str:
    """Such as `A_SalesOrderItem(SalesOrder='1',SalesOrderItem='10')`; raises DefinitionFault or ValueFault."""
    entity = model.entity_set(entity_set).type
    given = key if isinstance(key, Mapping) else dict(zip(entity.key, [key], strict=False))
    if given.keys() != set(entity.key):
        words = f"its key is {', '.join(entity.key)}, and given is {', '.join(map(str, given)) or 'none'}"
        raise DefinitionFault(words, model.name, entity_set)
    literals = {name: quote(to_uri(entity.fields[name], given[name]), safe=_KEPT) for name in entity.key}
    if len(literals) == 1:
        return f"{entity_set}({next(iter(literals.values()))})"
    return f"{entity_set}({','.join(f'{name}={literal}' for name, literal in literals.items())})"


def query_of(model: ServiceModel, entity: EntityType, query: EntityQuery) -> str:
    """The query, encoded, without its question mark; raises DefinitionFault for what the metadata do not have."""
    for name in query.select:
        _check_path(model, entity, name)
    for name in query.expand:
        _target(model, entity, name.split("/"))
    for each in query.order_by:
        model.field_of(entity, each.removesuffix(" desc"))
    asked = {
        "$filter": query.filter,
        "$select": ",".join(query.select),
        "$expand": ",".join(query.expand),
        "$orderby": ",".join(query.order_by),
        "$top": _number(model, entity, query.top),
        "$skip": _number(model, entity, query.skip),
        "$inlinecount": "allpages" if query.counts else "",
    }
    return "&".join(f"{name}={quote(value, safe=_KEPT + '/')}" for name, value in asked.items() if value)


def condition(model: ServiceModel, entity: EntityType, name: str, operator: str, value: Value | None) -> str:
    """Such as `SalesOrder eq '1'` or `startswith(Material,'LU')`; raises DefinitionFault or ValueFault."""
    known = model.field_of(entity, name)
    if not known.filterable:
        raise DefinitionFault("it cannot be filtered by (sap:filterable)", model.name, entity.name, name)
    if operator in _OPERATORS:
        return f"{name} {operator} {to_uri(known, value)}"
    if operator not in _TEXT_FUNCTIONS:
        raise DefinitionFault(f"there is no filter {operator} in OData V2", model.name, entity.name, name)
    literal = to_uri(known, value)
    return f"substringof({literal},{name})" if operator == "substringof" else f"{operator}({name},{literal})"


def all_of(*conditions: str) -> str:
    """Holds where each of them does."""
    return " and ".join(f"({each})" for each in conditions) if len(conditions) > 1 else "".join(conditions)


def any_of(*conditions: str) -> str:
    """Holds where one of them does."""
    return " or ".join(f"({each})" for each in conditions) if len(conditions) > 1 else "".join(conditions)


def call_address(model: ServiceModel, function: FunctionImport, given: Mapping[str, Value | None]) -> str:
    """A call: its parameters stand in the query, also of a POST. Raises DefinitionFault or ValueFault."""
    for name, kind in function.unread.items():
        raise DefinitionFault(f"its type {kind} is none that we read", model.name, function.name, name)
    for name in given.keys() - function.parameters.keys():
        raise DefinitionFault(f"it has no parameter {name}", model.name, function.name, name)
    literals = []
    for name, parameter in function.parameters.items():
        value = given.get(name)
        if value is None and not parameter.nullable:
            raise ValueFault(parameter, f"must be given to {function.name}")
        if value is not None:
            literals.append(f"{name}={quote(to_uri(parameter, value), safe=_KEPT)}")
    return f"{function.name}?{'&'.join(literals)}" if literals else function.name


def _check_path(model: ServiceModel, entity: EntityType, path: str) -> None:
    *links, name = path.split("/")
    reached = _target(model, entity, links)
    if name not in ("*", *reached.links):
        model.field_of(reached, name)


def _target(model: ServiceModel, entity: EntityType, links: Sequence[str]) -> EntityType:
    for name in links:
        entity = model.target_of(model.link_of(entity, name))
    return entity


def _number(model: ServiceModel, entity: EntityType, given: int | None) -> str:
    if given is not None and given < 0:
        raise DefinitionFault("$top and $skip are no negative numbers", model.name, entity.name)
    return "" if given is None else str(given)
