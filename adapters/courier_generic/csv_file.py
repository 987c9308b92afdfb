"""Reads a CSV file of milestones: one a row, the names of its columns in the first."""

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.courier_generic.codes import (
    CELSIUS,
    COLUMNS_NEEDED,
    COLUMNS_ONE_OF,
    LOCATION_COLUMNS,
    NUMBER_COLUMNS,
    SHIPMENT_COLUMNS,
    TEMPERATURE,
)
from adapters.manifest import Refused

ROWS_MAX = 5000
CELL_CHARACTERS_MAX = 10_000
DELIMITERS = (",", ";")

# Lines with their ends. csv joins those inside quotes again, and no other character ends one.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}([.,][0-9]{1,9})?", re.ASCII)

KindOf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A row in the words of our schema; or why it is none."""

    line: int  # of the file, from 1
    said: Any
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class MilestoneTable:
    """The rows of a file."""

    rows: list[MilestoneRow]
    columns: Mapping[str, str]  # our name, theirs
    unread: list[str]  # columns that we do not know

    def place(self, line: int, steps: Sequence[str | int]) -> str:
        """The row and the column of a place in a milestone."""
        named = [str(step) for step in steps if isinstance(step, str)]
        name = {"shipments": "shipment", "readings": "temperature_celsius"}.get(named[0], named[-1]) if named else ""
        return f"row {line}, column {self.columns.get(name, name)}" if name else f"row {line}"


def read_table(body: bytes, columns: Mapping[str, str], kind_of: KindOf) -> MilestoneTable:
    """The milestones in a file. `columns`: our name of a column, and theirs."""
    rows = _rows(_text(body), columns)
    header = next((cells for _, cells in rows), [])
    _check_header(header, columns)
    ours = {theirs: name for name, theirs in columns.items()}
    found = [_row(line, cells, header, ours, kind_of) for line, cells in rows]
    if not found:
        raise Refused("BODY_EMPTY", "The file has no row below its header.")
    return MilestoneTable(found, columns, [name for name in header if name not in ours])


def _row(line: int, cells: list[str], header: list[str], ours: Mapping[str, str], kind_of: KindOf) -> MilestoneRow:
    place = f"row {line}"
    if len(cells) != len(header):
        words = f"The row has {len(cells)} cells; the header has {len(header)}."
        return MilestoneRow(line, None, Refused("ROW_NOT_VALID", words, place))
    if any(len(cell) > CELL_CHARACTERS_MAX for cell in cells):
        words = f"A cell is longer than {CELL_CHARACTERS_MAX} characters."
        return MilestoneRow(line, None, Refused("ROW_NOT_VALID", words, place))
    named = {ours[name]: cell for name, cell in zip(header, cells, strict=True) if name in ours and cell}
    return MilestoneRow(line, _milestone(named, kind_of))


def _milestone(cells: Mapping[str, str], kind_of: KindOf) -> dict[str, Any]:
    """A row as our schema has it; what cannot be so is left for the schema to refuse."""
    said: dict[str, Any] = {
        name: cells[name]
        for name in ("event_id", "code", "description", "occurred_at", "zone", "expected_delivery_at")
        if name in cells
    }
    said["shipments"] = [cells[name] for name in SHIPMENT_COLUMNS if name in cells]
    if "kind" in cells:
        said["kind"] = kind_of(cells["kind"])
    if "withdraws" in cells:
        said["withdraws"] = cells["withdraws"].split()
    if location := {name: _value(name, cells[name]) for name in LOCATION_COLUMNS if name in cells}:
        said["location"] = location
    if "temperature_celsius" in cells:
        value = _value("temperature_celsius", cells["temperature_celsius"])
        reading = {"type": TEMPERATURE, "unit": CELSIUS, "value": value}
        said["readings"] = [reading | ({"device": cells["device"]} if "device" in cells else {})]
    return said


def _value(name: str, cell: str) -> str | float:
    """A number in either spelling of its mark; else the text, for the schema to refuse."""
    if name not in NUMBER_COLUMNS or not _NUMBER.fullmatch(cell):
        return cell
    return float(cell.replace(",", "."))


def _text(body: bytes) -> str:
    body = body.removeprefix(codecs.BOM_UTF8)
    if not body.strip():
        raise Refused("BODY_EMPTY", "The body is empty.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise Refused("BODY_NOT_UTF8", f"The file is not UTF-8: byte {wrong.start}.") from None
    if "\0" in text:
        raise Refused("TEXT_NOT_STORABLE", "The file holds U+0000, which no text can hold.")
    return text


def _rows(text: str, columns: Mapping[str, str]) -> Iterator[tuple[int, list[str]]]:
    """The header and each row that is not empty, with its line and without the blanks around its cells."""
    reader = csv.reader(_LINE.findall(text), delimiter=_delimiter(text, columns), strict=True)
    line, count = 1, 0
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                count += 1
                yield line, cells
            line = reader.line_num + 1
            if count > ROWS_MAX + 1 or line > 20 * ROWS_MAX:
                raise Refused("TOO_MANY_MILESTONES", f"At most {ROWS_MAX} rows are taken at once.", status=413)
    except csv.Error as wrong:
        raise Refused("BODY_NOT_CSV", f"The file is not CSV: {wrong}.", f"row {line}") from None


def _delimiter(text: str, columns: Mapping[str, str]) -> str:
    """The mark under which the first line has the column of shipments: the names of columns are agreed."""
    header = next(iter(_LINE.findall(text[:CELL_CHARACTERS_MAX])), "")
    for mark in DELIMITERS:
        cells = next(csv.reader([header], delimiter=mark), [])
        if columns["shipment"] in (cell.strip() for cell in cells):
            return mark
    detail = f"The first line names no column {columns['shipment']!r}; cells are set apart by a comma or a semicolon."
    raise Refused("COLUMN_MISSING", detail, "row 1")


def _check_header(header: list[str], columns: Mapping[str, str]) -> None:
    if twice := sorted({name for name in header if name and header.count(name) > 1}):
        raise Refused("COLUMN_REPEATED", f"Columns stand twice: {', '.join(twice)[:200]}.", "row 1")
    missing = [columns[name] for name in COLUMNS_NEEDED if columns[name] not in header]
    if not any(columns[name] in header for name in COLUMNS_ONE_OF):
        missing.append(" or ".join(columns[name] for name in COLUMNS_ONE_OF))
    if missing:
        raise Refused("COLUMN_MISSING", f"Columns are missing: {', '.join(missing)}.", "row 1")
