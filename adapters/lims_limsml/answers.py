"""A LIMSML answer, read from a stranger's text: no document type, no entity, bounded, and nothing taken for granted."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

ANSWER_CHARACTERS_MAX = 8 << 20
ROWS_MAX = 10_000
ERRORS_MAX = 20
_DECLARATION = re.compile(r"\A\ufeff?\s*(?:<\?xml[^>]*\?>)?")


class NotLimsml(ValueError):
    """The answer is not as LIMSML has it; nobody knows what it says."""


@dataclass(frozen=True, slots=True)
class LimsmlTable:
    """A table: the columns that its schema names, and its rows; a row lacks what has no value. Names in lower case."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LimsmlPart:
    """What one transaction brought."""

    tables: Mapping[str, LimsmlTable] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LimsmlAnswer:
    """A whole answer."""

    parameters: Mapping[str, str]  # of the header; names in capitals
    parts: tuple[LimsmlPart, ...]  # in the order of the transactions
    errors: tuple[str, ...]  # `description (code)`, or as much as there is

    @property
    def words(self) -> str:
        """All errors in words."""
        return "; ".join(self.errors[:ERRORS_MAX])


def answer_of(text: str | None) -> LimsmlAnswer:
    """Reads an answer. Raises NotLimsml."""
    root = _root(text or "")
    if _name(root) != "limsml":
        raise NotLimsml("the answer has no root limsml")
    header = [each for part in _children(root, "header") for each in _children(part, "parameter")]
    transactions = [each for body in _children(root, "body") for each in _children(body, "transaction")]
    told = [error for place in (root, *transactions) for error in _errors(place)]
    return LimsmlAnswer(
        {each.get("name", "").upper(): each.text or "" for each in header},
        tuple(map(_part, transactions)),
        tuple(told),
    )


def _root(text: str) -> etree._Element:
    if len(text) > ANSWER_CHARACTERS_MAX:
        raise NotLimsml(f"the answer is longer than {ANSWER_CHARACTERS_MAX} characters")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise NotLimsml("the answer has a document type, which LIMSML has not")
    # What its declaration says of an encoding was true before it became a text.
    data = _DECLARATION.sub("", text, count=1).encode("utf-8", "surrogatepass")
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as wrong:
        raise NotLimsml(f"the answer is not XML: {wrong.msg}") from None


def _errors(place: etree._Element) -> Iterator[str]:
    """The errors at a place and below them; one without code and description may have some that say more."""
    for error in (each for listed in _children(place, "errors") for each in _children(listed, "error")):
        below = list(_errors(error))
        code, words = _text(error, "code"), _text(error, "description")
        if words or code or not below:
            yield f"{words or 'an error without words'}{f' ({code})' if code else ''}"
        yield from below


def _part(transaction: etree._Element) -> LimsmlPart:
    tables: dict[str, LimsmlTable] = {}
    for data in _children(transaction, "data"):
        for dataset in (inner for outer in _children(data, "ADODataSet") for inner in _children(outer, "NewDataSet")):
            tables |= _tables(dataset)
    return LimsmlPart(tables)


def _tables(dataset: etree._Element) -> dict[str, LimsmlTable]:
    columns = dict(described for schema in _children(dataset, "schema") for described in _described(schema))
    rows: dict[str, list[Mapping[str, str]]] = {name: [] for name in columns}
    for element in (each for each in dataset if _name(each) != "schema"):
        name = _name(element).lower()
        if name not in rows:
            raise NotLimsml(f"the answer has a row of {name!r}, which its schema does not know")
        rows[name].append(_row(element, columns[name]))
        if len(rows[name]) > ROWS_MAX:
            raise NotLimsml(f"the answer has more than {ROWS_MAX} rows")
    return {name: LimsmlTable(columns[name], tuple(rows[name])) for name in columns}


def _described(schema: etree._Element) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The tables of a schema, each with its columns; one table is no list, and may have one column."""
    for table in _below(schema, "element", "complexType", "choice", "element"):
        columns = _below(table, "complexType", "sequence", "element")
        yield table.get("name", "").lower(), tuple(each.get("name", "").lower() for each in columns)


def _row(element: etree._Element, columns: tuple[str, ...]) -> dict[str, str]:
    row: dict[str, str] = {}
    for column in element:
        name = _name(column).lower()
        if len(column) or name in row or name not in columns:
            raise NotLimsml(f"a row has the column {name!r} twice, with more below it, or against its schema")
        row[name] = column.text or ""
    return row


def _below(element: etree._Element, *names: str) -> list[etree._Element]:
    found = [element]
    for name in names:
        found = [inner for outer in found for inner in _children(outer, name)]
    return found


def _children(element: etree._Element, name: str) -> list[etree._Element]:
    return [each for each in element if _name(each) == name]


def _name(element: etree._Element) -> str:
    """The name without its namespace, which differs from part to part of an answer. An entity has none."""
    if not isinstance(element.tag, str):
        raise NotLimsml("the answer has an entity that it does not declare")
    return etree.QName(element).localname


def _text(element: etree._Element, name: str) -> str:
    return next((" ".join((each.text or "").split()) for each in _children(element, name)), "")
