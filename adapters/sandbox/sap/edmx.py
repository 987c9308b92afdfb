"""Reads the metadata by which the twin serves. A reading of its own, so that a mistake in the adapter's shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

SERVICES = Path(__file__).parent / "services"
_SAP = "{http://www.sap.com/Protocols/SAPData}"
_M = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"


@dataclass(frozen=True, slots=True)
class TwinField:
    """A property of a type, or a parameter of a function, with its facets."""

    name: str
    type: str  # without `Edm.`
    nullable: bool
    length_max: int | None
    precision: int | None
    scale: int | None
    is_etag: bool
    is_date: bool
    is_upper_case: bool
    creatable: bool
    updatable: bool
    filterable: bool


@dataclass(frozen=True, slots=True)
class TwinLink:
    """A navigation: the type at its end, and whether there may be many."""

    name: str
    target: str
    is_many: bool


@dataclass(frozen=True, slots=True)
class TwinType:
    """An entity type or a complex type."""

    name: str
    key: tuple[str, ...]
    fields: Mapping[str, TwinField]
    links: Mapping[str, TwinLink]

    @property
    def etag_field(self) -> TwinField | None:
        """The property whose value is the ETag."""
        return next((each for each in self.fields.values() if each.is_etag), None)


@dataclass(frozen=True, slots=True)
class TwinSet:
    """An entity set and what may be done with it."""

    name: str
    type: TwinType
    creatable: bool
    updatable: bool
    deletable: bool
    addressable: bool


@dataclass(frozen=True, slots=True)
class TwinFunction:
    """A function import."""

    name: str
    method: str
    parameters: Mapping[str, TwinField]
    returns: TwinType | None
    returns_many: bool


@dataclass(frozen=True, slots=True)
class TwinService:
    """A service as its document says."""

    name: str
    namespace: str
    document: bytes
    sets: Mapping[str, TwinSet]
    types: Mapping[str, TwinType]
    functions: Mapping[str, TwinFunction]

    def set_of(self, type_name: str) -> TwinSet | None:
        """The set whose entities are of a type."""
        return next((each for each in self.sets.values() if each.type.name == type_name), None)


def packaged() -> dict[str, bytes]:
    """The documents that come with the twin, by service."""
    return {path.stem: path.read_bytes() for path in sorted(SERVICES.glob("*.edmx"))}


def service_of(name: str, document: bytes) -> TwinService:
    """The service that a document describes."""
    root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True))
    schema = root.find(".//{*}Schema")
    ends = {
        (association.get("Name"), end.get("Role")): (_bare(end.get("Type")), end.get("Multiplicity") == "*")
        for association in schema.findall("{*}Association")
        for end in association.findall("{*}End")
    }
    found = (*schema.findall("{*}EntityType"), *schema.findall("{*}ComplexType"))
    types = {each.get("Name"): _type_of(each, ends) for each in found}
    container = schema.find("{*}EntityContainer")
    sets = {each.get("Name"): _set_of(each, types) for each in container.findall("{*}EntitySet")}
    functions = {each.get("Name"): _function_of(each, types) for each in container.findall("{*}FunctionImport")}
    return TwinService(name, schema.get("Namespace"), document, sets, types, functions)


def _type_of(given: Any, ends: Mapping[tuple[str, str], tuple[str, bool]]) -> TwinType:
    links = {}
    for each in given.findall("{*}NavigationProperty"):
        target, is_many = ends[_bare(each.get("Relationship")), each.get("ToRole")]
        links[each.get("Name")] = TwinLink(each.get("Name"), target, is_many)
    fields = {each.get("Name"): _field_of(each) for each in given.findall("{*}Property")}
    key = tuple(each.get("Name") for each in given.findall("{*}Key/{*}PropertyRef"))
    return TwinType(given.get("Name"), key, fields, links)


def _field_of(given: Any) -> TwinField:
    return TwinField(
        name=given.get("Name"),
        type=_bare(given.get("Type")),
        nullable=given.get("Nullable", "true") == "true",
        length_max=_number(given.get("MaxLength")),
        precision=_number(given.get("Precision")),
        scale=_number(given.get("Scale")),
        is_etag=given.get("ConcurrencyMode") == "Fixed",
        is_date=given.get(f"{_SAP}display-format") == "Date",
        is_upper_case=given.get(f"{_SAP}display-format") == "UpperCase",
        creatable=_may(given, "creatable"),
        updatable=_may(given, "updatable"),
        filterable=_may(given, "filterable"),
    )


def _set_of(given: Any, types: Mapping[str, TwinType]) -> TwinSet:
    may = [_may(given, each) for each in ("creatable", "updatable", "deletable", "addressable")]
    return TwinSet(given.get("Name"), types[_bare(given.get("EntityType"))], *may)


def _function_of(given: Any, types: Mapping[str, TwinType]) -> TwinFunction:
    parameters = {each.get("Name"): _field_of(each) for each in given.findall("{*}Parameter")}
    returns = given.get("ReturnType", "")
    is_many = returns.startswith("Collection(")
    name = _bare(returns.removeprefix("Collection(").removesuffix(")"))
    return TwinFunction(given.get("Name"), given.get(f"{_M}HttpMethod", "GET"), parameters, types.get(name), is_many)


def _may(given: Any, what: str) -> bool:
    return bool(given.get(f"{_SAP}{what}", "true") == "true")


def _bare(name: str) -> str:
    return name.rpartition(".")[2]


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None
