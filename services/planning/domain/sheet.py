"""Forecasts as a sheet (CSV): read row by row, with everything that is wrong and where."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from services.planning.domain.forecast import DOSES_MAX, WEEKS_MAX, Series, week_problem

COLUMNS = ("product", "region", "week_start_date", "doses")
PARTNER = "partner"
ERRORS_MAX = 1000
SERIES_MAX = 1000

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,12}", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d*[.,]?\d+(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
# Excel writes this line above the header, to tell itself.
_SEPARATOR_LINE = re.compile(r"sep=([,;\t|])", re.IGNORECASE)
_VALUE_LENGTH_MAX = 80


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with a row."""

    line: int
    column: str
    value: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Cell:
    """Doses of a week, and the line that says so."""

    line: int
    doses: int


@dataclass(slots=True)
class Sheet:
    """What a text says: the weeks of each series, and what is wrong."""

    series: dict[Series, dict[date, Cell]] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)
    row_count: int = 0


Row = Mapping[str, str]


class _Unreadable(Exception):
    """The text cannot be read any further."""


def read(text: str, own_partner: str, *, any_partner: bool, now: datetime) -> Sheet:
    """Reads a sheet for the partner that the caller speaks for; `any_partner`: rows may name others."""
    sheet = Sheet()
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    try:
        for line, row in _rows(lines, sheet):
            sheet.row_count += 1
            _take(sheet, line, row, own_partner, any_partner, now)
    except _Unreadable:
        pass  # What could not be read is among the errors.
    if not sheet.row_count and not sheet.errors:
        _refuse(sheet, 1, "", "", "ROWS_MISSING", "The sheet has a header and no row below it.")
    return sheet


def _rows(lines: list[str], sheet: Sheet) -> Iterator[tuple[int, Row]]:
    """The rows with data, each with the line on which it begins."""
    start, delimiter = _delimiter(lines)
    reader = csv.reader((line + "\n" for line in lines[start:]), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    began = start + 1
    while True:
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            break
        except csv.Error as fault:
            _refuse(sheet, began, "", "", "ROW_UNREADABLE", f"The row cannot be read as CSV: {fault}.")
            raise _Unreadable from fault
        line, began = began, start + reader.line_num + 1
        if header is None:
            header = _header(cells, line, sheet)
        elif any(cells):
            while len(cells) > len(header) and not cells[-1]:
                cells.pop()  # spreadsheets end rows with empty cells
            if len(cells) == len(header):
                yield line, dict(zip(header, cells, strict=True))
            else:
                sheet.row_count += 1
                what = f"The row has {len(cells)} values, the header {len(header)} columns."
                _refuse(sheet, line, "", "", "COLUMNS_WRONG", what)


def _delimiter(lines: list[str]) -> tuple[int, str]:
    """Where the header is, and what separates its columns: the header's names hold none of the candidates."""
    said = _SEPARATOR_LINE.fullmatch(lines[0].strip('" '))
    if said:
        return 1, said[1]
    return 0, next((each for each in ";\t" if each in lines[0]), ",")


def _header(cells: list[str], line: int, sheet: Sheet) -> list[str]:
    names = [cell.lower() for cell in cells]
    while names and not names[-1]:
        names.pop()
    for name in COLUMNS:
        if name not in names:
            what = f"The header must name the columns {', '.join(COLUMNS)}; {name} is missing."
            _refuse(sheet, line, name, "", "COLUMN_MISSING", what)
    seen: set[str] = set()
    for name in names[:ERRORS_MAX]:
        column = name[:_VALUE_LENGTH_MAX]
        if name not in (*COLUMNS, PARTNER):
            _refuse(sheet, line, column, name, "COLUMN_UNKNOWN", "There is no such column; leave it out.")
        elif name in seen:
            _refuse(sheet, line, column, name, "COLUMN_REPEATED", "The header names the column twice.")
        seen.add(name)
    if sheet.errors:
        raise _Unreadable
    return names


def _take(sheet: Sheet, line: int, row: Row, own_partner: str, any_partner: bool, now: datetime) -> None:
    """Adds a row to its series, or says what is wrong with it."""
    partner = row.get(PARTNER) or own_partner
    if partner != own_partner and not any_partner:
        what = "You can forecast only for the partner that your token speaks for."
        _refuse(sheet, line, PARTNER, partner, "DENIED", what)
        return
    week = _week(sheet, line, row["week_start_date"], now)
    doses = _doses(sheet, line, row["doses"])
    series = Series(partner, row["product"], row["region"])
    if series not in sheet.series and len(sheet.series) == SERIES_MAX:
        what = f"A sheet holds at most {SERIES_MAX} products and regions; send the rest in another."
        _refuse(sheet, line, "", "", "SHEET_TOO_LARGE", what)
        raise _Unreadable
    cells = sheet.series.setdefault(series, {})
    if week is None or doses is None:
        return
    if week in cells:
        what = f"Line {cells[week].line} has the same week."
        _refuse(sheet, line, "week_start_date", row["week_start_date"], "WEEK_REPEATED", what)
    elif len(cells) == WEEKS_MAX:
        what = f"A forecast names at most {WEEKS_MAX} weeks."
        _refuse(sheet, line, "week_start_date", row["week_start_date"], "WEEKS_TOO_MANY", what)
    else:
        cells[week] = Cell(line, doses)


def _week(sheet: Sheet, line: int, text: str, now: datetime) -> date | None:
    try:
        week = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        week = None
    if week is None:
        what = "Write the Monday as year-month-day, such as 2027-03-01."
        _refuse(sheet, line, "week_start_date", text, "DATE_INVALID", what)
        return None
    if problem := week_problem(week, now):
        reason = "DATE_NOT_MONDAY" if week.weekday() else "DATE_TOO_FAR"
        _refuse(sheet, line, "week_start_date", text, reason, f"The week {problem}.")
        return None
    return week


def _doses(sheet: Sheet, line: int, text: str) -> int | None:
    if not _WHOLE.fullmatch(text):
        reason = "DOSES_NOT_WHOLE" if _NUMBER.fullmatch(text) else "DOSES_INVALID"
        _refuse(sheet, line, "doses", text, reason, f"Doses must be a whole number, 0 to {DOSES_MAX}.")
        return None
    doses = int(text)
    if not 0 <= doses <= DOSES_MAX:
        reason = "DOSES_NEGATIVE" if doses < 0 else "DOSES_TOO_MANY"
        _refuse(sheet, line, "doses", text, reason, f"Doses must be 0 to {DOSES_MAX}.")
        return None
    return doses


def _refuse(sheet: Sheet, line: int, column: str, value: str, reason: str, message: str) -> None:
    sheet.errors.append(RowError(line, column, value[:_VALUE_LENGTH_MAX], reason, message))
