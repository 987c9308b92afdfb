"""Reads the metadata of an OData V2 service (EDMX 1.0, CSDL 1 to 3) into our model.

pyodata reads types, associations and functions; what it passes over (ConcurrencyMode, digits not said) is read beside
it. It is given the document without annotations, which say nothing of what we ask, differ from release to release, and
fill its log.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any

from lxml import etree
from pyodata.exceptions import PyODataException
from pyodata.v2 import model as edm

from adapters.erp_sap.odata.canonical import NAMESPACES, Unread, local, rewrite
from adapters.erp_sap.odata.model import (
    DefinitionFault,
    EdmType,
    EntitySet,
    EntityType,
    FunctionImport,
    NavigationLink,
    ServiceModel,
    TypedField,
)

BYTES_MAX = 8 << 20
_EDMX = "http://schemas.microsoft.com/ado/2007/06/edmx"
_V4 = frozenset({"http://docs.oasis-open.org/odata/ns/edmx", "http://docs.oasis-open.org/odata/ns/edm"})
_DEPTH_MAX = 40
_TYPE_KINDS = ("ComplexType", "EntityType")
_Xml = Any  # lxml has no types of its own
_Place = tuple[str, str, str]  # kind and name of the owner (of a type with its namespace), and the name
_Facets = dict[str, str]
_TYPES = {each.value: each for each in EdmType}
_TIMED = frozenset({EdmType.DATE_TIME.value, EdmType.DATE_TIME_OFFSET.value, EdmType.TIME.value})

# It names each annotation and each quirk that it passes over, at the root of all logs.
logging.getLogger("pyodata.model").setLevel(logging.ERROR)


def read_v2(service: str, document: bytes) -> ServiceModel:
    """The model of a service by its `$metadata`; raises DefinitionFault. Nothing is fetched, no entity resolved."""
    root = _root(service, document)
    schemas = _schemas(service, root)
    unread = rewrite(service, schemas)
    said = {place: facets for schema in schemas for place, facets in _facets(schema)}
    try:
        parsed = edm.MetadataBuilder(etree.tostring(root), _config()).build()
        namespaces = parsed.namespaces
        names = _TypeNames(schemas)
        types = {names.of(each): _structure(each, parsed, said, names) for each in names.types}
        sets = {each.name: _entity_set(each, types, names) for each in parsed.entity_sets}
        functions = {each.name: _function(each, said, names, unread) for each in parsed.function_imports}
    except (PyODataException, KeyError, AttributeError, TypeError, ValueError, RuntimeError) as wrong:
        raise DefinitionFault(f"its metadata contradict themselves: {_words(wrong)}", service) from wrong
    return ServiceModel(service, namespaces[0] if namespaces else "", sets, types, functions)


def _config() -> edm.Config:
    """What contradicts itself is refused; a field of a type that nobody knows is no contradiction."""
    ignored = {edm.ParserError.PROPERTY: edm.PolicyIgnore()}
    return edm.Config(default_error_policy=edm.PolicyFatal(), custom_error_policies=ignored)


def _root(service: str, document: bytes) -> _Xml:
    if len(document) > BYTES_MAX:
        raise DefinitionFault(f"its metadata are larger than {BYTES_MAX} bytes", service)
    # Entities are not resolved, and a document that declares any is refused below, before anything reads it again.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True)
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as wrong:
        raise DefinitionFault(f"its metadata are no XML: {_words(wrong)}", service) from wrong
    if root.getroottree().docinfo.doctype or root.getroottree().docinfo.internalDTD is not None:
        raise DefinitionFault("its metadata declare a document type, which metadata never need", service)
    if any(depth > _DEPTH_MAX for depth in _depths(root)):
        raise DefinitionFault(f"its metadata are nested more than {_DEPTH_MAX} deep", service)
    return root


def _depths(root: _Xml) -> Iterator[int]:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        yield depth


def _schemas(service: str, root: _Xml) -> list[_Xml]:
    """The schemas, without annotations; refuses what is not V2, and says what it is."""
    name = etree.QName(root)
    if name.namespace in _V4 or (name.localname == "Edmx" and root.get("Version", "").startswith("4")):
        raise DefinitionFault("it speaks OData V4, which is not supported yet; name its V2 service", service)
    if (name.localname, name.namespace) != ("Edmx", _EDMX):
        words = (
            f"its metadata begin with {name.localname} of {name.namespace or 'no namespace'}, not with Edmx of {_EDMX}"
        )
        raise DefinitionFault(words, service)
    for each in [each for each in root.iter() if _is_annotation(each)]:
        each.getparent().remove(each)
    schemas = [each for each in root.iter() if etree.QName(each).localname == "Schema"]
    if not schemas:
        raise DefinitionFault("its metadata have no Schema", service)
    for schema in schemas:
        namespace = etree.QName(schema).namespace
        if namespace in _V4:
            raise DefinitionFault("it speaks OData V4, which is not supported yet; name its V2 service", service)
        if namespace not in NAMESPACES:
            raise DefinitionFault(f"its Schema is of an unknown namespace, {namespace}", service)
    return schemas


def _is_annotation(each: _Xml) -> bool:
    if not isinstance(each.tag, str):
        return each.getparent() is not None  # a comment
    name = etree.QName(each)
    return name.localname in ("Annotations", "Annotation", "Reference") and each.getparent() is not None


def _facets(schema: _Xml) -> Iterator[tuple[_Place, _Facets]]:
    """What stands beside each field and parameter; pyodata makes 0 of a precision that is not said."""
    for each in schema.iter():
        if (owner := each.getparent()) is not None and each.get("Name") and owner.get("Name"):
            kind, name = local(owner), owner.get("Name", "")
            # Types of several schemas may share a name.
            owner_name = f"{schema.get('Namespace', '')}.{name}" if kind in _TYPE_KINDS else name
            yield (kind, owner_name, each.get("Name", "")), dict(each.attrib)


class _TypeNames:
    """What types are called in the model: by their names, and with the namespace where two schemas have the same."""

    def __init__(self, schemas: list[_Xml]) -> None:
        self.types: list[tuple[str, str, str]] = [
            (local(each), schema.get("Namespace", ""), each.get("Name", ""))
            for kind in _TYPE_KINDS
            for schema in schemas
            for each in schema
            if local(each) == kind
        ]
        counts = Counter(name for _, _, name in self.types)
        self._shared = {name for name, count in counts.items() if count > 1}

    def of(self, declared: tuple[str, str, str]) -> str:
        """The name of one that is declared."""
        return self._called(declared[1], declared[2])

    def of_info(self, info: edm.TypeInfo) -> str:
        """The name of one that is referred to; a primitive one has its own."""
        return self._called(info.namespace or "", info.name)

    def _called(self, namespace: str, name: str) -> str:
        return f"{namespace}.{name}" if name in self._shared else name


def _structure(
    declared: tuple[str, str, str], parsed: edm.Schema, said: dict[_Place, _Facets], names: _TypeNames
) -> EntityType:
    kind, namespace, own_name = declared
    is_complex = kind == "ComplexType"
    given = (parsed.complex_type if is_complex else parsed.entity_type)(own_name, namespace=namespace)
    fields, unread = {}, {}
    for each in given.proprties():
        name = _type_name(each)
        if name in _TYPES:
            fields[each.name] = _field(each, _TYPES[name], said[kind, f"{namespace}.{own_name}", each.name])
        else:
            unread[each.name] = name
    if is_complex:
        return EntityType(given.name, (), fields, {}, unread)
    links = {each.name: _link(each, names) for each in given.nav_proprties}
    return EntityType(given.name, tuple(each.name for each in given.key_proprties), fields, links, unread)


def _field(given: edm.StructTypeProperty, its_type: EdmType, said: _Facets) -> TypedField:
    precision, scale = _digits(said)
    return TypedField(
        given.name,
        its_type,
        nullable=given.nullable,
        length_max=_length_max(given),
        precision=precision,
        scale=scale,
        is_date=bool(given.date),
        is_upper_case=bool(given.upper_case),
        is_etag=said.get("ConcurrencyMode") == "Fixed",
        creatable=given.creatable,
        updatable=given.updatable,
        filterable=given.filterable,
    )


def _parameter(given: edm.FunctionImportParameter, said: _Facets) -> TypedField:
    precision, scale = _digits(said)
    if precision == scale:
        # Gateway writes a parameter's scale in both places: taken at its word, a quantity would have to be below one.
        precision = None
    length_max = _length_max(given)
    return TypedField(given.name, _TYPES[_type_name(given)], given.nullable, length_max, precision, scale)


def _digits(said: _Facets) -> tuple[int | None, int | None]:
    """Precision and scale. With a precision, a number without a scale has none behind the point (CSDL)."""
    precision = int(said["Precision"]) if "Precision" in said else None
    if said.get("Type") != EdmType.DECIMAL.value or precision == 0:
        return (precision, None) if said.get("Type") in _TIMED else (None, None)
    scale = said.get("Scale")
    return precision, int(scale) if scale is not None else None if precision is None else 0


def _link(given: edm.NavigationTypeProperty, names: _TypeNames) -> NavigationLink:
    end = given.to_role
    is_many = end.multiplicity == edm.EndRole.MULTIPLICITY_ZERO_OR_MORE
    return NavigationLink(given.name, names.of_info(end.entity_type_info), is_many)


def _entity_set(given: edm.EntitySet, types: dict[str, EntityType], names: _TypeNames) -> EntitySet:
    return EntitySet(
        given.name,
        types[names.of_info(given.entity_type_info)],
        creatable=given.creatable,
        updatable=given.updatable,
        deletable=given.deletable,
        addressable=given.addressable,
    )


def _function(
    given: edm.FunctionImport, said: dict[_Place, _Facets], names: _TypeNames, unread: Unread
) -> FunctionImport:
    parameters = {
        each.name: _parameter(each, said["FunctionImport", given.name, each.name]) for each in given.parameters
    }
    returned = given.return_type_info
    name = names.of_info(returned) if returned is not None else ""
    many = bool(returned is not None and returned.is_collection)
    others = {parameter: kind for (function, parameter), kind in unread.items() if function == given.name}
    return FunctionImport(given.name, given.http_method or "GET", parameters, name, many, others)


def _type_name(given: edm.VariableDeclaration) -> str:
    info = given.type_info
    name = info.name if info.namespace is None else f"{info.namespace}.{info.name}"
    return f"Collection({name})" if info.is_collection else str(name)


def _length_max(given: edm.VariableDeclaration) -> int | None:
    length = given.max_length
    return None if length is None or length == edm.VariableDeclaration.MAXIMUM_LENGTH else int(length)


def _words(wrong: BaseException) -> str:
    return f"{type(wrong).__name__}: {' '.join(str(wrong).split())[:300]}"
