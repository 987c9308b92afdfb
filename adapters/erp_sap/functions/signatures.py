"""What a WSDL of SAP says of its function modules: parameters, and the length and digits of each value. Pure.

Both naming styles are read: names as in ABAP (`urn:sap-com:document:sap:rfc:functions`) and `mc-style`, in which
`ORDER_RANGE` is called `OrderRange`; names are compared without case and underscores.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

WSDL = "http://schemas.xmlsoap.org/wsdl/"
SOAP = ("http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/")  # the first is preferred
XSD = "http://www.w3.org/2001/XMLSchema"
_SESSION = "{http://www.sap.com/webas/630/soap/features/session/}enableSession"
BYTES_MAX = 8 << 20
DEPTH_MAX = 20
_TEXTS = frozenset({"string", "normalizedString", "token"})
_WHOLE = frozenset({"int", "integer", "short", "long", "byte", "unsignedByte", "unsignedShort", "unsignedInt"})
_OTHERS = frozenset({"decimal", "double", "float", "boolean", "date", "time", "dateTime", "base64Binary", "hexBinary"})


class UnreadableWsdl(ValueError):
    """A WSDL that cannot be used, with what is wrong."""


@dataclass(frozen=True, slots=True)
class FunctionValue:
    """What one value may be; None: no bound is stated."""

    base: str  # of XML Schema, such as string or decimal
    length_max: int | None = None  # in characters
    digits: int | None = None
    scale: int | None = None
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class FunctionParameter:
    """A parameter, or a field below one: a value, a structure, or a table whose lines have these parts."""

    name: str  # as the WSDL spells it
    is_needed: bool
    value: FunctionValue | None = None
    parts: Mapping[str, "FunctionParameter"] = field(default_factory=dict)  # by `canonical` name
    line: str = ""  # of a table: what its lines are called, mostly `item`


Parameters = Mapping[str, FunctionParameter]  # by `canonical` name


@dataclass(frozen=True, slots=True)
class FunctionSignature:
    """An operation: what it takes, and what it answers."""

    name: str
    takes: Parameters
    answers: Parameters


@dataclass(frozen=True, slots=True)
class FunctionService:
    """The operations of one binding. `has_session`: whether calls can belong together; None: the WSDL does not say."""

    binding: str  # {namespace}name
    path: str  # of the address in the WSDL
    functions: Mapping[str, FunctionSignature]  # by `canonical` name
    has_session: bool | None


def canonical(name: str) -> str:
    """By which names of both styles are compared."""
    return name.replace("_", "").upper()


def read_wsdl(document: bytes) -> FunctionService:
    """Reads a WSDL; raises UnreadableWsdl. Nothing is fetched, and no entity is resolved."""
    if len(document) > BYTES_MAX:
        raise UnreadableWsdl(f"it has {len(document)} bytes; at most {BYTES_MAX} are read")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as wrong:
        raise UnreadableWsdl(f"it is no XML: {wrong}") from None
    if root.getroottree().docinfo.doctype:
        raise UnreadableWsdl("it has a document type, by which entities come in; save it without one")
    if root.tag != f"{{{WSDL}}}definitions":
        raise UnreadableWsdl(f"its root is {root.tag}, not the definitions of a WSDL 1.1")
    for each in root.iter(f"{{{WSDL}}}import", f"{{{XSD}}}import", f"{{{XSD}}}include"):
        if (where := each.get("location") or each.get("schemaLocation")) is not None:
            raise UnreadableWsdl(f"it imports {where[:200]!r}; save it as one file with all its types")
    return _Reader(root).service()


class _Reader:
    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._known: dict[tuple[str, str, str], etree._Element] = {}
        for schema in root.iter(f"{{{XSD}}}schema"):
            space = schema.get("targetNamespace", "")
            for each in schema:
                if each.get("name") and isinstance(each.tag, str):
                    self._known[etree.QName(each).localname, space, each.get("name", "")] = each

    def service(self) -> FunctionService:
        found = [
            (soap, each)
            for soap in SOAP
            for each in self._named("binding")
            if each.find(f"{{{soap}}}binding") is not None
        ]
        if not found:
            raise UnreadableWsdl("it has no binding of SOAP 1.1 or 1.2")
        soap, binding = found[0]
        qualified = f"{{{self._root.get('targetNamespace', '')}}}{binding.get('name', '')}"
        ports = self._by_name("portType", _local(binding.get("type", "")))
        functions = [self._function(each) for each in ports.findall(f"{{{WSDL}}}operation")]
        said = [(each.text or "").strip().lower() for each in self._root.iter(_SESSION)]
        return FunctionService(
            qualified,
            self._path(soap, binding.get("name", "")),
            {canonical(each.name): each for each in functions},
            "true" in said if said else None,
        )

    def _path(self, soap: str, binding: str) -> str:
        for port in self._root.iter(f"{{{WSDL}}}port"):
            address = port.find(f"{{{soap}}}address")
            if _local(port.get("binding", "")) == binding and address is not None:
                rest = address.get("location", "").partition("://")[2]
                return f"/{rest.partition('/')[2]}"
        return ""

    def _function(self, operation: etree._Element) -> FunctionSignature:
        name = operation.get("name", "")
        takes, answers = (self._message(operation, each) for each in ("input", "output"))
        return FunctionSignature(name, takes, answers)

    def _message(self, operation: etree._Element, way: str) -> Parameters:
        there = operation.find(f"{{{WSDL}}}{way}")
        if there is None:
            return {}
        parts = self._by_name("message", _local(there.get("message", ""))).findall(f"{{{WSDL}}}part")
        if len(parts) != 1 or not parts[0].get("element"):
            raise UnreadableWsdl(f"{operation.get('name')} is not document/literal; publish it so in SOAMANAGER")
        return self._parts(self._known_as("element", parts[0], parts[0].get("element", "")), 0)

    def _parts(self, element: etree._Element, depth: int) -> Parameters:
        """What is inside an element: of a complex type its elements, whether in a sequence, in all or in a choice."""
        if depth > DEPTH_MAX:
            raise UnreadableWsdl(f"types are nested more than {DEPTH_MAX} deep below {element.get('name')}")
        holder = self._complex(element)
        if holder is None:
            return {}
        found = [self._parameter(each, depth + 1) for each in _elements(holder)]
        return {canonical(each.name): each for each in found}

    def _parameter(self, element: etree._Element, depth: int) -> FunctionParameter:
        name, is_needed = element.get("name", ""), element.get("minOccurs", "1") != "0"
        if self._complex(element) is None:
            return FunctionParameter(name, is_needed, self._value(element))
        below = list(_elements(self._complex(element)))
        if len(below) == 1 and below[0].get("maxOccurs", "1") != "1":
            line = below[0]
            parts = self._parts(line, depth) or {"": FunctionParameter("", True, self._value(line))}
            return FunctionParameter(name, is_needed, None, parts, line.get("name", ""))
        return FunctionParameter(name, is_needed, None, self._parts(element, depth))

    def _complex(self, element: etree._Element) -> etree._Element | None:
        """The complex type of an element, its own or a named one; None: it has a value."""
        own = element.find(f"{{{XSD}}}complexType")
        if own is not None or not element.get("type"):
            return own
        return self._known.get(("complexType", *_qualified(element, element.get("type", ""))))

    def _value(self, element: etree._Element) -> FunctionValue:
        """The base and the facets of a simple type; those of a type nearer to the element go first."""
        own = element.find(f"{{{XSD}}}simpleType")
        node, named, facets = own, element.get("type", ""), dict[str, str]()
        for _ in range(DEPTH_MAX):
            if node is None:
                space, local = _qualified(element, named)
                if space == XSD:
                    return _value_of(local, facets)
                node = self._known_as("simpleType", element, named)
            restriction = node.find(f"{{{XSD}}}restriction")
            if restriction is None:
                raise UnreadableWsdl(f"the type of {element.get('name')} is no restriction")
            for each in restriction:
                if isinstance(each.tag, str):
                    facets.setdefault(etree.QName(each).localname, each.get("value", ""))
            element, named, node = restriction, restriction.get("base", ""), None
        raise UnreadableWsdl(f"the types of {element.get('name')} go round in circles")

    def _known_as(self, kind: str, at: etree._Element, named: str) -> etree._Element:
        space, local = _qualified(at, named)
        try:
            return self._known[kind, space, local]
        except KeyError:
            raise UnreadableWsdl(f"it has no {kind} {local} of the namespace {space or 'none'}") from None

    def _named(self, kind: str) -> list[etree._Element]:
        return self._root.findall(f"{{{WSDL}}}{kind}")

    def _by_name(self, kind: str, name: str) -> etree._Element:
        for each in self._named(kind):
            if each.get("name") == name:
                return each
        raise UnreadableWsdl(f"it has no {kind} {name!r}")


def _elements(holder: etree._Element | None) -> Iterator[etree._Element]:
    for each in holder if holder is not None else ():
        if not isinstance(each.tag, str):
            continue
        local = etree.QName(each).localname
        if local == "element":
            yield each
        elif local in ("sequence", "all", "choice", "complexContent", "restriction", "extension"):
            yield from _elements(each)


def _value_of(base: str, facets: Mapping[str, str]) -> FunctionValue:
    if base not in _TEXTS | _WHOLE | _OTHERS:
        raise UnreadableWsdl(f"values of the type xsd:{base} are not known")
    bounds: dict[str, Any] = {}
    for facet, ours in (
        ("maxLength", "length_max"),
        ("length", "length_max"),
        ("totalDigits", "digits"),
        ("fractionDigits", "scale"),
    ):
        if (said := facets.get(facet)) is not None:
            if not said.isdigit():
                raise UnreadableWsdl(f"{facet} is {said[:40]!r}, which is no number")
            bounds[ours] = int(said)
    kind = "string" if base in _TEXTS else "int" if base in _WHOLE else base
    return FunctionValue(kind, pattern=facets.get("pattern", ""), **bounds)


def _qualified(at: etree._Element, name: str) -> tuple[str, str]:
    prefix, _, local = name.rpartition(":")
    return at.nsmap.get(prefix or None) or "", local


def _local(name: str) -> str:
    return name.rpartition(":")[2]
