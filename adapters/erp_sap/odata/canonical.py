"""Metadata in the one spelling that pyodata reads: what CSDL 1 to 3 let a service say in several ways.

pyodata takes one namespace of CSDL a document, knows no aliases and no types that are made of others, and refuses a
whole service for a parameter of a type that it does not know, or for an end of an association without a role.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from lxml import etree

from adapters.erp_sap.odata.model import DefinitionFault, EdmType

NAMESPACES = frozenset(
    f"http://schemas.microsoft.com/ado/{each}/edm"
    for each in ("2006/04", "2007/05", "2008/01", "2008/09", "2009/08", "2009/11")
)
_ONE = "http://schemas.microsoft.com/ado/2008/09/edm"
# The attributes that name something of a schema.
_NAMING = frozenset({"Type", "BaseType", "ReturnType", "EntityType", "Relationship", "Association"})
_PRIMITIVES = frozenset(each.value for each in EdmType)
_COLLECTION = "Collection("
_BASES_MAX, _INHERITED_MAX = 40, 50_000
_BOOLEANS = {"1": "true", "0": "false"}
_Xml = Any  # lxml has no types of its own
Unread = dict[tuple[str, str], str]  # by function and parameter: the type that is none of ours


def rewrite(service: str, schemas: list[_Xml]) -> Unread:
    """Rewrites schemas in their places; answers the parameters that were taken out. Raises DefinitionFault."""
    for each in schemas:
        _in_one_namespace(each)
    _resolve_names(service, schemas)
    _merge(schemas)
    _inherit(service, schemas)
    for schema in schemas:
        _spell_out(schema)
    return dict(_taken_out(schemas))


def local(element: _Xml) -> str:
    """An element's name without its namespace; empty for what is none."""
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def _in_one_namespace(schema: _Xml) -> None:
    for each in schema.iter():
        if isinstance(each.tag, str) and etree.QName(each).namespace in NAMESPACES:
            each.tag = f"{{{_ONE}}}{etree.QName(each).localname}"


def _merge(schemas: list[_Xml]) -> None:
    """A namespace may be told in several parts, whose aliases no name begins with any more."""
    first: dict[str, _Xml] = {}
    for each in list(schemas):
        kept = first.setdefault(each.get("Namespace", ""), each)
        if kept is not each:
            kept.extend(list(each))
            each.getparent().remove(each)
            schemas.remove(each)


def _resolve_names(service: str, schemas: list[_Xml]) -> None:
    """Writes the namespace where a schema's alias stands in a name (CSDL, 2.2.1), and `Edm.` where nothing does."""
    told = {(each.get("Alias"), each.get("Namespace", "")) for each in schemas if each.get("Alias")}
    aliases = dict(told)
    if len(aliases) < len(told):
        raise DefinitionFault("two of its schemas have one alias", service)
    for each in (below for schema in schemas for below in schema.iter()):
        for name in _NAMING.intersection(each.keys()):
            given = each.get(name)
            opened, plain = (_COLLECTION, given[len(_COLLECTION) :]) if given.startswith(_COLLECTION) else ("", given)
            alias, dot, rest = plain.rpartition(".")
            if dot and alias in aliases:
                each.set(name, f"{opened}{aliases[alias]}.{rest}")
            elif not dot and f"Edm.{plain.rstrip(')')}" in _PRIMITIVES:
                each.set(name, f"{opened}Edm.{plain}")


def _inherit(service: str, schemas: list[_Xml]) -> None:
    """Gives a type what its base has: key, fields and navigations (CSDL, BaseType)."""
    types = {
        f"{schema.get('Namespace', '')}.{each.get('Name')}": each
        for schema in schemas
        for each in schema
        if local(each) in ("EntityType", "ComplexType")
    }
    copied, done = 0, set[str]()
    for name in types:
        line = [name]  # the type, its base, and so on
        while line[-1] not in done and (base := types[line[-1]].get("BaseType")) is not None:
            if base not in types or base in line or len(line) == _BASES_MAX:
                words = f"its base {base} is not there, or it has more than {_BASES_MAX} bases, or itself for one"
                raise DefinitionFault(words, service, types[line[-1]].get("Name", ""))
            line.append(base)
        for base, heir in zip(reversed(line[1:]), reversed(line[:-1]), strict=True):
            own = {each.get("Name") for each in types[heir] if each.get("Name")}
            inherited = [each for each in types[base] if each.get("Name") not in own]
            copied += len(inherited)
            if copied > _INHERITED_MAX:
                raise DefinitionFault(f"its types inherit more than {_INHERITED_MAX} fields", service)
            types[heir][:0] = map(deepcopy, inherited)
        done.update(line)


def _spell_out(schema: _Xml) -> None:
    """What is left to a default, or stands in an element where an attribute could."""
    for each in schema.iter():
        kind = local(each)
        if each.get("Nullable") in _BOOLEANS:
            each.set("Nullable", _BOOLEANS[each.get("Nullable")])
        if kind == "End" and local(each.getparent()) == "Association" and not each.get("Role"):
            each.set("Role", each.get("Type", "").rpartition(".")[2])
        if kind == "EnumType" and not each.get("UnderlyingType"):
            each.set("UnderlyingType", "Edm.Int32")
        if kind == "ReturnType" and local(each.getparent()) == "FunctionImport" and each.get("Type"):
            each.getparent().set("ReturnType", each.get("Type"))


def _taken_out(schemas: list[_Xml]) -> Iterator[tuple[tuple[str, str], str]]:
    """Parameters that are no single values: only a call of their function has to do without."""
    for schema in schemas:
        for each in list(schema.iter(f"{{{_ONE}}}Parameter")):
            function = each.getparent()
            if local(function) == "FunctionImport" and each.get("Type") not in _PRIMITIVES:
                yield (function.get("Name", ""), each.get("Name", "")), each.get("Type", "no type")
                function.remove(each)
