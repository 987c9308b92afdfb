"""Reads the mapping of an account, and says what is wrong with it: file, line, and what to do."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters.manifest import Refused
from adapters.mapping import AccountMapping, MappingShape, VendorMetadata
from services.kernel.errors import Invalid
from services.kernel.yaml_tree import Node, tree_of

MAPPING_BYTES_MAX = 1 << 20
# Of an account that names no mapping.
NO_VERSION = "none"
NO_MAPPING = f"version: {NO_VERSION}"
# Why a document is refused of which one word has no meaning here.
UNKNOWN_WORDS = frozenset({"WORD_UNKNOWN", "UNIT_UNKNOWN"})
_TABLE_NAMED = re.compile(r"\btables\.([a-z_]+)")
_VERSION = re.compile(r"[A-Za-z0-9._-]{1,40}")
_KEYS = ("version", "fields", "tables", "constants")


class MappingNotValid(ValueError):
    """The mapping cannot be used; every problem at once, one a line."""


@dataclass(frozen=True, slots=True)
class MappingFile:
    """A mapping with the lines on which it says what it says, for words about it that come later."""

    name: str
    mapping: AccountMapping
    lines: Mapping[tuple[str, ...], int]


def mapping_file(path: str, shape: MappingShape) -> MappingFile:
    """Reads a mapping and compares it with what the adapter declares. Raises MappingNotValid."""
    try:
        data = Path(path).read_bytes()
        text = data[: MAPPING_BYTES_MAX + 1].decode()
    except (OSError, UnicodeDecodeError) as wrong:
        raise MappingNotValid(f"{path}: cannot be read: {wrong}") from None
    if len(data) > MAPPING_BYTES_MAX:
        raise MappingNotValid(f"{path}: is larger than {MAPPING_BYTES_MAX} bytes")
    return mapping_of(path, text, shape)


def mapping_of(name: str, text: str, shape: MappingShape) -> MappingFile:
    """As `mapping_file`, of a text."""
    try:
        tree = tree_of(text)
    except Invalid as wrong:
        raise MappingNotValid(f"{name}:{wrong.facts['line']}: {wrong.message}") from None
    problems = [f"{name}:{line}: {words}" for line, words in sorted(_problems(tree, shape))]
    if problems:
        raise MappingNotValid("\n".join(problems))
    given = {key: _texts(tree, key) for key in ("fields", "constants")}
    tables = {table: _texts(node, table) for node in _part(tree, "tables") for table in node.entries or {}}
    defaults = {ours: theirs for ours, theirs in shape.fields.items() if theirs is not None}
    # What is written as null is neither read nor sent.
    fields = {ours: theirs for ours, theirs in (defaults | given["fields"]).items() if theirs}
    mapping = AccountMapping(_text(tree, "version"), fields, tables, given["constants"])
    return MappingFile(name, mapping, dict(_lines(tree)))


def against(found: MappingFile, theirs: VendorMetadata) -> list[str]:
    """Where a mapping names what the other side does not have, one line a problem."""
    problems = []
    for ours, name in found.mapping.fields.items():
        has = theirs.kinds.get(_kind(ours), theirs.fields)
        if has is not None and name not in has:
            words = f"fields.{ours}: the other side has no field {name!r}; it has {_some(has)}"
            problems.append((found.lines.get(("fields", ours), 1), words))
    for table, known in theirs.tables.items():
        for word in found.mapping.tables.get(table, {}).keys() - known:
            words = f"tables.{table}: the other side has no {word!r}; it has {_some(known)}"
            problems.append((found.lines.get(("tables", table, word), 1), words))
    return [f"{found.name}:{line}: {words}" for line, words in sorted(problems)]


def placed(found: MappingFile, refusal: Refused) -> Refused:
    """A refusal that asks for a line of a table (`tables.product`), with the file and the line of the table."""
    named = _TABLE_NAMED.search(refusal.detail)
    if refusal.reason not in UNKNOWN_WORDS or named is None:
        return refusal
    line = found.lines.get(("tables", named[1])) or found.lines.get(("tables",)) or 1
    detail = f"{refusal.detail.removesuffix('.')} ({found.name}:{line})."
    return Refused(refusal.reason, detail, refusal.place, status=refusal.status)


Problem = tuple[int, str]


def _problems(tree: Node, shape: MappingShape) -> Iterator[Problem]:
    if tree.entries is None:
        yield tree.line, f"a mapping has the keys {', '.join(_KEYS)}"
        return
    for key, node in tree.entries.items():
        if key not in _KEYS:
            yield node.line, f"there is no key {key!r}; write one of {', '.join(_KEYS)}"
    if not (version := _text(tree, "version")):
        yield tree.line, "version is missing; count it up with each change"
    elif not _VERSION.fullmatch(version):
        yield _part(tree, "version")[0].line, "version must be 1 to 40 letters, digits, dots, hyphens and underscores"
    needed = [name for name, given in shape.fields.items() if given is None]
    yield from _named(tree, "fields", shape.fields.keys(), needed, shape.fields.keys() - set(needed))
    yield from _shared(tree, shape)
    yield from _named(tree, "constants", shape.constants, shape.constants)
    for tables in _part(tree, "tables"):
        if tables.entries is None:
            yield tables.line, "tables must be an object: a table, and its lines `theirs: ours`"
        for table, node in (tables.entries or {}).items():
            yield from _table(table, node, shape)


def _named(
    tree: Node, key: str, declared: Iterable[str], needed: Iterable[str], dispensable: Collection[str] = ()
) -> Iterator[Problem]:
    known, wanted = set(declared), set(needed)
    entries: Mapping[str, Node] = {}
    for part in _part(tree, key):
        if part.entries is None:
            yield part.line, f"{key} must be an object of texts"
        entries = part.entries or {}
    for name, node in entries.items():
        if name not in known:
            yield node.line, f"{key}.{name}: the adapter has none of this name; it has {_some(known)}"
        elif (node.is_null or not node.text) and not (node.is_null and name in dispensable):
            yield node.line, f"{key}.{name}: write a text{', or null to leave it out' if name in dispensable else ''}"
        elif node.text and not node.is_null and (node.text != node.text.strip() or not node.text.isprintable()):
            yield node.line, f"{key}.{name}: {node.text!r} has blanks around it, or what nobody can see; take them out"
    for name in wanted - entries.keys():
        yield tree.line, f"{key}.{name} is missing; say what the other side calls it"


def _shared(tree: Node, shape: MappingShape) -> Iterator[Problem]:
    """Two of our fields that would be one of theirs: of what is read nobody could tell which, and one would overwrite
    the other in what is sent."""
    entries = next((node.entries for node in _part(tree, "fields") if node.entries), {})
    kinds = {_kind(name) for name in shape.fields} - {""}  # what is only read may be read twice
    taken: dict[tuple[str, str], str] = {}
    defaults = [(name, theirs) for name, theirs in shape.fields.items() if name not in entries and theirs]
    given = [(name, node.text) for name, node in entries.items() if node.text and not node.is_null]
    for ours, theirs in [each for each in (*defaults, *given) if _kind(each[0]) in kinds]:
        before = taken.setdefault((_kind(ours), theirs.casefold()), ours)  # Salesforce takes A__c and a__C for one
        if before != ours:
            words = f"fields.{ours}: {theirs!r} is {before} already; of each field of theirs one of ours is made"
            yield (entries[ours].line if ours in entries else tree.line), words


def _kind(ours: str) -> str:
    """Our name of the kind of records that a field is of; empty where there is one kind."""
    return ours.rpartition(".")[0]


def _table(table: str, node: Node, shape: MappingShape) -> Iterator[Problem]:
    if table not in shape.tables:
        yield node.line, f"tables.{table}: the adapter has no such table; it has {_some(set(shape.tables))}"
        return
    if node.entries is None:
        yield node.line, f"tables.{table} must be an object of lines `theirs: ours`"
    words = shape.tables[table]
    for theirs, ours in (node.entries or {}).items():
        if not ours.text:
            yield ours.line, f"tables.{table}.{theirs}: write one of our words"
        elif words is not None and ours.text not in words:
            yield ours.line, f"tables.{table}.{theirs}: {ours.text!r} is no word of ours; write one of {_some(words)}"


def _lines(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int]]:
    yield path, node.line
    for name, inner in (node.entries or {}).items():
        yield from _lines(inner, (*path, name))


def _part(tree: Node, key: str) -> list[Node]:
    found = (tree.entries or {}).get(key)
    return [found] if found is not None and not found.is_null else []


def _text(tree: Node, key: str) -> str:
    return next((node.text or "" for node in _part(tree, key)), "")


def _texts(tree: Node, key: str) -> dict[str, str]:
    entries = [entry for node in _part(tree, key) for entry in (node.entries or {}).items()]
    return {name: "" if each.is_null else each.text or "" for name, each in entries}


def _some(names: frozenset[str] | set[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:20]) + (f" and {len(listed) - 20} more" if len(listed) > 20 else "") or "none"
