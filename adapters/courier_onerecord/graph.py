"""JSON-LD as ONE Record's servers send it: expanded, compacted or flattened, each name by its full IRI. Pure.

Read by walking, without a JSON-LD processor: only what is asked for is looked at, nothing is fetched, and nothing grows
beyond the body, whatever its context says. A context at another address cannot be known, so it refuses the body.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.courier_onerecord.words import API, CARGO, XSD
from adapters.json_body import pointer
from adapters.manifest import Refused

REASON = "BODY_NOT_ONE_RECORD"
# Bounds on contexts: names that stand for much longer ones must not make a small body a large one.
CONTEXTS_MAX = 100
TERMS_MAX = 1000
IRI_CHARACTERS_MAX = 200
NODES_MAX = 20_000
_HOPS_MAX = 8  # how many terms may stand for one another
_KEYWORDS = ("@id", "@type", "@value", "@graph", "@list", "@set")
# IATA's ontologies as contexts of their own, in any version: they say no more than these prefixes.
_IATA = re.compile(r"https?://onerecord\.iata\.org/ns/(?:cargo|api)(?:/[0-9.]+)?(?:[/#]|\.jsonld)?")
# What the standard's own documents call its ontologies; a body without a context means them by the same prefixes.
_PREFIXES: Mapping[str, str] = {"cargo": CARGO, "api": API, "xsd": XSD}

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """What the names in a part of the body stand for."""

    terms: Mapping[str, str] = field(default_factory=lambda: dict(_PREFIXES))
    vocabulary: str = ""

    def full(self, name: str) -> str:
        """The full name; empty for one that stands for nothing, which JSON-LD passes over."""
        if (meant := self.terms.get(name)) is not None:
            return meant
        prefix, colon, rest = name.partition(":")
        if colon and not rest.startswith("//") and prefix in self.terms:
            return self.terms[prefix] + rest
        return name if colon or name[:1] == "@" else (self.vocabulary and self.vocabulary + name)

    def spelled(self, keyword: str, within: Mapping[str, Any]) -> Any:
        """What stands under a keyword, by whatever name the context gives it."""
        if keyword in within:
            return within[keyword]
        return next((value for name, value in within.items() if self.terms.get(name) == keyword), None)


@dataclass(frozen=True, slots=True)
class Said:
    """One value of a property: a text, a number, a link, or a node."""

    raw: Any
    context: Context
    document: "LinkedDocument"
    steps: Steps

    @property
    def place(self) -> str:
        """Where it stands, as a JSON pointer."""
        return pointer(*self.steps)

    @property
    def text(self) -> str:
        """The literal as text, without blanks around it; empty if it is none."""
        raw = self.context.spelled("@value", self.raw) if isinstance(self.raw, dict) else self.raw
        if isinstance(raw, bool):
            return "true" if raw else "false"
        return str(raw).strip() if isinstance(raw, str | int | float) else ""

    @property
    def link(self) -> str:
        """The full name of what it points to: by its id, or written as a text, as the type anyURI is."""
        raw = self.context.spelled("@id", self.raw) if isinstance(self.raw, dict) else None
        given = raw.strip() if isinstance(raw, str) else self.text
        if not given or " " in given:
            return ""
        prefix, colon, _ = given.partition(":")
        return self.context.full(given) if colon and prefix in self.context.terms else given

    @property
    def node(self) -> "LinkedNode | None":
        """The node that it is or points to, as far as the body has it."""
        if not isinstance(self.raw, dict) or self.context.spelled("@value", self.raw) is not None:
            return self.document.node(self.link) if self.link else None
        here = LinkedNode.of(self.raw, self.context, self.document, self.steps)
        there = self.document.node(here.id) if here.is_link else None
        return there or here

    def word(self, *namespaces: str) -> str:
        """The name after one of the namespaces, or written alone; empty if it is of another one."""
        link = self.link
        for namespace in namespaces:
            if link.startswith(namespace):
                return link[len(namespace) :]
        return "" if ":" in link else link


@dataclass(frozen=True, slots=True)
class LinkedNode:
    """An object of the body with what it is called and what is said of it."""

    raw: Mapping[str, Any]
    context: Context
    document: "LinkedDocument"
    steps: Steps
    id: str
    types: frozenset[str]
    said: Mapping[str, list[tuple[str, Any]]]  # what the ontologies name: by full name, as it is spelled, its values

    @classmethod
    def of(cls, raw: Mapping[str, Any], outer: Context, document: "LinkedDocument", steps: Steps) -> "LinkedNode":
        """The node in an object; its own context counts inside it."""
        context = document.context(raw.get("@context"), outer, (*steps, "@context")) if "@context" in raw else outer
        given = context.spelled("@id", raw)
        types = context.spelled("@type", raw)
        listed = types if isinstance(types, list) else [types]
        return cls(
            raw,
            context,
            document,
            steps,
            Said(given, context, document, steps).link if isinstance(given, str) else "",
            frozenset(context.full(each.strip()) for each in listed if isinstance(each, str)),
            _said(raw, context),
        )

    @property
    def place(self) -> str:
        """Where it stands, as a JSON pointer."""
        return pointer(*self.steps)

    @property
    def is_link(self) -> bool:
        """Whether nothing is said of it here but its name and type."""
        known = {"@id", "@type"}
        return bool(self.id) and all(name in known or self.context.terms.get(name) in known for name in self.raw)

    def all(self, *properties: str) -> list[Said]:
        """The values of a property, whichever of these names it has; what is null is not there."""
        return [
            said
            for wanted in properties
            for name, value in self.said.get(wanted, ())
            for said in self._values(value, (*self.steps, name))
        ]

    def first(self, *properties: str) -> Said | None:
        """The first value of a property."""
        return next(iter(self.all(*properties)), None)

    def text(self, *properties: str) -> str:
        """The first value of a property as text."""
        return next((said.text for said in self.all(*properties) if said.text), "")

    def _values(self, value: Any, steps: Steps) -> Iterator[Said]:
        if isinstance(value, list):
            for at, each in enumerate(value):
                yield from self._values(each, (*steps, at))
            return
        if isinstance(value, dict):
            for keyword in ("@list", "@set"):
                if (listed := self.context.spelled(keyword, value)) is not None:
                    yield from self._values(listed, (*steps, keyword))
                    return
        if value is not None:
            yield Said(value, self.context, self.document, steps)


class LinkedDocument:
    """The nodes at the top of a body, or of several that were fetched together: `roots`, in their order."""

    def __init__(self, value: Any) -> None:
        self._contexts = 0
        self._by_id: dict[str, LinkedNode] = {}
        self.roots = list(self._nodes(value, Context(), ()))
        if not self.roots:
            raise Refused(REASON, "The body must be a JSON-LD object, or a list of them.")
        for node in self.roots:
            if node.id and not node.is_link:
                self._by_id.setdefault(node.id, node)

    def node(self, node_id: str) -> LinkedNode | None:
        """What the body says of this name, if it stands at the top."""
        return self._by_id.get(node_id)

    def of_type(self, kind: str) -> list[LinkedNode]:
        """The nodes at the top that are of this type."""
        return [node for node in self.roots if kind in node.types]

    def context(self, given: Any, outer: Context, steps: Steps) -> Context:
        """A context inside another one. Raises Refused where it would have to be fetched, or is beyond all bounds."""
        self._contexts += 1
        if self._contexts > CONTEXTS_MAX:
            raise Refused(REASON, f"The body holds more than {CONTEXTS_MAX} contexts.", pointer(*steps))
        found = outer
        for each in given if isinstance(given, list) else [given]:
            found = _context(each, found, pointer(*steps))
        return found

    def _nodes(self, value: Any, outer: Context, steps: Steps) -> Iterator[LinkedNode]:
        if isinstance(value, list):
            if len(value) > NODES_MAX:
                raise Refused(REASON, f"The body holds more than {NODES_MAX} objects.", pointer(*steps), status=413)
            for at, each in enumerate(value):
                if isinstance(each, dict):
                    yield from self._nodes(each, outer, (*steps, at))
        elif isinstance(value, dict):
            node = LinkedNode.of(value, outer, self, steps)
            graph = node.context.spelled("@graph", value)
            if graph is None:
                yield node
            elif isinstance(graph, list):
                yield from self._nodes(graph, node.context, (*steps, "@graph"))
            else:
                yield from self._nodes([graph], node.context, (*steps, "@graph"))


def _said(raw: Mapping[str, Any], context: Context) -> dict[str, list[tuple[str, Any]]]:
    found: dict[str, list[tuple[str, Any]]] = {}
    for name, value in raw.items():
        full = context.full(name) if name[:1] != "@" else ""
        if full.startswith((CARGO, API)) and len(full) <= IRI_CHARACTERS_MAX:
            found.setdefault(full, []).append((name, value))
    return found


def _context(given: Any, outer: Context, place: str) -> Context:
    if given is None:
        return Context({})
    if isinstance(given, str):
        if _IATA.fullmatch(given.strip()):
            return Context({**outer.terms, **_PREFIXES}, outer.vocabulary)
        detail = "A context at another address is never fetched: send it in the body, as an object of prefixes."
        raise Refused("CONTEXT_NOT_KNOWN", detail, place)
    if not isinstance(given, dict) or "@import" in given:
        raise Refused(REASON, "@context must be an object of prefixes and names.", place)
    if len(given) > TERMS_MAX:
        raise Refused(REASON, f"@context has more than {TERMS_MAX} names.", place)
    defined = {name: meant for name, term in given.items() if name[:1] != "@" for meant in _meant(term)}
    for meant in defined.values():
        if len(meant) > IRI_CHARACTERS_MAX:
            raise Refused(REASON, f"A name of @context stands for more than {IRI_CHARACTERS_MAX} characters.", place)
    gone = {name for name, term in given.items() if term is None}
    kept = {name: iri for name, iri in outer.terms.items() if name not in gone}
    terms = kept | {name: _resolved(meant, defined, outer.terms) for name, meant in defined.items()}
    vocabulary = given.get("@vocab", outer.vocabulary)
    return Context(terms, _resolved(vocabulary, defined, outer.terms) if isinstance(vocabulary, str) else "")


def _meant(term: Any) -> Iterator[str]:
    """What a term is defined as. One with a type alone keeps its own name."""
    meant = term.get("@id") if isinstance(term, dict) else term
    if isinstance(meant, str):
        yield meant.strip()


def _resolved(meant: str, defined: Mapping[str, str], outer: Mapping[str, str]) -> str:
    """The IRI of a term that may be written by other terms."""
    for _ in range(_HOPS_MAX):
        if meant in _KEYWORDS:
            return meant
        prefix, colon, rest = meant.partition(":")
        if not colon:
            above = defined.get(meant) or outer.get(meant)
            if above is None or above == meant:
                return meant
            meant = above
            continue
        above = None if rest.startswith("//") else defined.get(prefix) or outer.get(prefix)
        if above is None:
            return meant
        meant = (above + rest)[: IRI_CHARACTERS_MAX + 1]
    return ""
