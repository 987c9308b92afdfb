"""Reads a CSV file of results: one a row, the names of its columns in the first."""

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.lims_generic.codes import COLUMNS_NEEDED, SAMPLE_COLUMNS
from adapters.manifest import Refused

ROWS_MAX = 5000
CELL_CHARACTERS_MAX = 10_000
DELIMITERS = (",", ";")

# Lines with their ends. csv joins those inside quotes again, and no other character ends one.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")

StateOf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ResultTable:
    """The rows of a file in the words of our schema, and where each of them stands."""

    results: list[dict[str, Any]]
    states: list[str]  # as the file has them
    lines: list[int]  # of the file, from 1
    columns: Mapping[str, str]  # our name, theirs
    unread: list[str]  # columns that we do not know

    def place(self, steps: Sequence[str | int]) -> str:
        """The row and the column of a place in `{"results": …}`."""
        if len(steps) < 2:
            return ""
        row = f"row {self.lines[int(steps[1])]}"
        name = str(steps[2]) if len(steps) > 2 else ""
        return f"{row}, column {self.columns.get('sample' if name == 'samples' else name, name)}" if name else row


def read_table(body: bytes, columns: Mapping[str, str], state_of: StateOf) -> ResultTable:
    """The results in a file. `columns`: our name of a column, and theirs."""
    rows = _rows(_text(body), columns)
    header = next((cells for _, cells in rows), [])
    _check_header(header, columns)
    ours = {theirs: name for name, theirs in columns.items()}
    filled = [(line, _named(header, cells, ours)) for line, cells in rows]
    if not filled:
        raise Refused("BODY_EMPTY", "The file has no row below its header.")
    return ResultTable(
        [_result(cells, state_of) for _, cells in filled],
        [cells.get("state", "") for _, cells in filled],
        [line for line, _ in filled],
        columns,
        [name for name in header if name not in ours],
    )


def _named(header: list[str], cells: list[str], ours: Mapping[str, str]) -> dict[str, str]:
    """The cells that say something, under our names."""
    return {ours[name]: cell for name, cell in zip(header, cells, strict=True) if name in ours and cell}


def _result(cells: Mapping[str, str], state_of: StateOf) -> dict[str, Any]:
    """A row as our schema has it; what cannot be so is left for the schema to refuse."""
    said: dict[str, Any] = {name: cell for name, cell in cells.items() if name not in SAMPLE_COLUMNS}
    if samples := [cells[name] for name in SAMPLE_COLUMNS if name in cells]:
        said["samples"] = samples
    if "state" in said:
        said["state"] = state_of(said["state"])
    number = said.get("replicate", "")
    if number.isascii() and number.isdigit() and len(number) <= 9:
        said["replicate"] = int(number)
    return said


def _text(body: bytes) -> str:
    if not body.strip():
        raise Refused("BODY_EMPTY", "The body is empty.")
    try:
        text = body.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise Refused("BODY_NOT_UTF8", f"The file is not UTF-8: byte {wrong.start}.") from None
    if "\0" in text:
        raise Refused("TEXT_NOT_STORABLE", "The file holds U+0000, which no text can hold.")
    return text


def _rows(text: str, columns: Mapping[str, str]) -> Iterator[tuple[int, list[str]]]:
    """The header and each row that is not empty, with its line and without the blanks around its cells."""
    reader = csv.reader(_LINE.findall(text), delimiter=_delimiter(text, columns), strict=True)
    width, line = 0, 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                width = width or len(cells)
                yield line, _checked(cells, width, line)
            line = reader.line_num + 1
            if line > 20 * ROWS_MAX:
                raise _too_many()
    except csv.Error as wrong:
        raise Refused("BODY_NOT_CSV", f"The file is not CSV: {wrong}.", f"row {line}") from None


def _delimiter(text: str, columns: Mapping[str, str]) -> str:
    """The mark under which the first line has the column of our ids; the names of columns are agreed, so it is one."""
    header = next(iter(_LINE.findall(text[:CELL_CHARACTERS_MAX])), "")
    for mark in DELIMITERS:
        cells = next(csv.reader([header], delimiter=mark), [])
        if columns["result_id"] in (cell.strip() for cell in cells):
            return mark
    detail = f"The first line names no column {columns['result_id']!r}; cells are set apart by a comma or a semicolon."
    raise Refused("COLUMN_MISSING", detail, "row 1")


def _checked(cells: list[str], width: int, line: int) -> list[str]:
    if len(cells) != width:
        raise Refused("BODY_NOT_CSV", f"The row has {len(cells)} cells; the header has {width}.", f"row {line}")
    if any(len(cell) > CELL_CHARACTERS_MAX for cell in cells):
        raise Refused("BODY_NOT_CSV", f"A cell is longer than {CELL_CHARACTERS_MAX} characters.", f"row {line}")
    return cells


def _check_header(header: list[str], columns: Mapping[str, str]) -> None:
    if twice := sorted({name for name in header if name and header.count(name) > 1}):
        raise Refused("COLUMN_REPEATED", f"Columns stand twice: {', '.join(twice)[:200]}.", "row 1")
    if missing := [columns[name] for name in COLUMNS_NEEDED if columns[name] not in header]:
        raise Refused("COLUMN_MISSING", f"Columns are missing: {', '.join(missing)}.", "row 1")


def _too_many() -> Refused:
    return Refused("TOO_MANY_RESULTS", f"At most {ROWS_MAX} results are taken at once.", status=413)
