"""Forecasts as CSV: what is understood, and what is said of each row that is wrong."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.planning.domain.forecast import Series
from services.planning.domain.sheet import COLUMNS, ERRORS_MAX, Cell, Sheet, read
from tests.support.forecasts import HARBOR, MIDWEST, NORTHLAKE, NOW, PSMA

HEADER = "product,region,week_start_date,doses"
LAKES = Series(NORTHLAKE, PSMA, MIDWEST)
MONDAY, NEXT = date(2027, 3, 8), date(2027, 3, 15)
GOOD = f"{HEADER}\n{PSMA},{MIDWEST},2027-03-08,12\n{PSMA},{MIDWEST},2027-03-15,14\n"
TAKEN = {LAKES: {MONDAY: Cell(2, 12), NEXT: Cell(3, 14)}}


def sheet(text: str, *, any_partner: bool = False) -> Sheet:
    return read(text, NORTHLAKE, any_partner=any_partner, now=NOW)


def one_row(row: str, header: str = HEADER) -> list[tuple[int, str, str, str]]:
    """What is wrong with a sheet of one row."""
    return [(error.line, error.column, error.value, error.reason) for error in sheet(f"{header}\n{row}").errors]


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        GOOD.rstrip("\n"),
        GOOD.replace(PSMA, f'"{PSMA}"').replace("product,", '"product",'),
        GOOD.replace("product,region", " Product , REGION "),
        GOOD.replace("\n", ",,\n"),
    ],
    ids=["plain", "bom", "crlf", "cr", "semicolon", "tab", "no end of line", "quoted", "header's case", "empty cells"],
)
def test_sheets_as_programs_write_them_say_the_same(text: str) -> None:
    found = sheet(text)
    assert (found.errors, found.row_count) == ([], 2)
    assert found.series == TAKEN


def test_the_line_that_excel_writes_for_itself_is_passed_over() -> None:
    found = sheet("sep=;\r\n" + GOOD.replace(",", ";"))
    assert found.series == {LAKES: {MONDAY: Cell(3, 12), NEXT: Cell(4, 14)}}


def test_empty_lines_are_no_rows_and_quoted_line_ends_count_as_lines() -> None:
    text = f'{HEADER}\n\n,,,\n{PSMA},"{MIDWEST}\n",2027-03-08,12\n{PSMA},{MIDWEST},2027-03-09,1\n'
    found = sheet(text)
    assert found.row_count == 2
    assert found.series[LAKES] == {MONDAY: Cell(4, 12)}
    assert [error.line for error in found.errors] == [6]


@pytest.mark.parametrize(
    ("cells", "column", "value", "reason"),
    [
        ("2027-3-8,1", "week_start_date", "2027-3-8", "DATE_INVALID"),
        ("08.03.2027,1", "week_start_date", "08.03.2027", "DATE_INVALID"),
        ("2027-02-30,1", "week_start_date", "2027-02-30", "DATE_INVALID"),
        (",1", "week_start_date", "", "DATE_INVALID"),
        ("2027-03-09,1", "week_start_date", "2027-03-09", "DATE_NOT_MONDAY"),
        ("2062-03-06,1", "week_start_date", "2062-03-06", "DATE_TOO_FAR"),
        ("2027-03-08,-1", "doses", "-1", "DOSES_NEGATIVE"),
        ("2027-03-08,1.5", "doses", "1.5", "DOSES_NOT_WHOLE"),
        ("2027-03-08,1e3", "doses", "1e3", "DOSES_NOT_WHOLE"),
        ("2027-03-08,", "doses", "", "DOSES_INVALID"),
        ("2027-03-08,twelve", "doses", "twelve", "DOSES_INVALID"),
        ("2027-03-08,١٢", "doses", "١٢", "DOSES_INVALID"),
        ("2027-03-08,1000001", "doses", "1000001", "DOSES_TOO_MANY"),
        ("2027-03-08,1,extra", "", "", "COLUMNS_WRONG"),
        ("2027-03-08", "", "", "COLUMNS_WRONG"),
    ],
)
def test_a_wrong_cell_is_named_with_line_column_value_and_reason(
    cells: str, column: str, value: str, reason: str
) -> None:
    assert one_row(f"{PSMA},{MIDWEST},{cells}") == [(2, column, value, reason)]


def test_all_that_is_wrong_with_a_row_is_said_at_once() -> None:
    assert [error[3] for error in one_row(f"{PSMA},{MIDWEST},2027-03-09,-4")] == ["DATE_NOT_MONDAY", "DOSES_NEGATIVE"]


def test_a_wrong_date_says_which_monday_could_be_meant() -> None:
    [error] = sheet(f"{HEADER}\n{PSMA},{MIDWEST},2027-03-10,4").errors
    assert error.message == "The week must be a Monday, such as 2027-03-08."


def test_a_week_may_stand_only_once_in_a_product_and_region() -> None:
    found = sheet(GOOD + f"{PSMA},{MIDWEST},2027-03-08,12\n{PSMA},elsewhere,2027-03-08,12\n")
    assert [(error.line, error.reason, error.message) for error in found.errors] == [
        (4, "WEEK_REPEATED", "Line 2 has the same week.")
    ]
    assert len(found.series) == 2


@pytest.mark.parametrize(
    ("header", "column", "reason"),
    [
        ("product,region,week_start_date", "doses", "COLUMN_MISSING"),
        (f"{HEADER},colour", "colour", "COLUMN_UNKNOWN"),
        (f"{HEADER},doses", "doses", "COLUMN_REPEATED"),
        ("nonsense", "nonsense", "COLUMN_UNKNOWN"),
    ],
)
def test_a_wrong_header_is_an_error_of_its_line_and_no_row_is_read(header: str, column: str, reason: str) -> None:
    found = sheet(f"{header}\n{PSMA},{MIDWEST},x,y")
    assert (1, column, reason) in [(error.line, error.column, error.reason) for error in found.errors]
    assert (found.row_count, found.series) == (0, {})


def test_quotes_that_do_not_end_are_an_error_of_the_row_that_opens_them() -> None:
    found = sheet(GOOD + f'"{PSMA},{MIDWEST},2027-03-22,12\n')
    assert [(error.line, error.reason) for error in found.errors] == [(4, "ROW_UNREADABLE")]


def test_only_operators_may_name_another_partner() -> None:
    text = f"partner,{HEADER}\n{HARBOR},{PSMA},{MIDWEST},2027-03-08,12\n,{PSMA},{MIDWEST},2027-03-08,3\n"
    assert [(error.line, error.column, error.reason) for error in sheet(text).errors] == [(2, "partner", "DENIED")]
    assert set(sheet(text, any_partner=True).series) == {LAKES, Series(HARBOR, PSMA, MIDWEST)}


@given(st.text(alphabet=st.sampled_from(',;\t"\n\r ab0-é' + PSMA + MIDWEST + "2027-03-08"), max_size=200))
def test_no_text_is_too_odd_to_be_answered(text: str) -> None:
    for whole in (text, f"{HEADER}\n{text}"):
        found = sheet(whole)
        assert found.row_count <= len(whole)
        assert all(1 <= error.line <= whole.count("\n") + whole.count("\r") + 1 for error in found.errors)


@pytest.mark.parametrize("text", [HEADER, f"{HEADER}\n,,,\n"])
def test_a_header_without_rows_is_an_error_and_not_an_empty_success(text: str) -> None:
    assert [error.reason for error in sheet(text).errors] == ["ROWS_MISSING"]


NAMES = [*COLUMNS, "partner", "", "x", "\0", '"', " doses"]


@given(st.lists(st.sampled_from(NAMES), max_size=8), st.text(',\n";a1-\0', max_size=40))
def test_whatever_the_header_says_is_read_or_answered_with_its_line(names: list[str], rest: str) -> None:
    found = sheet(",".join(names) + "\n" + rest)
    assert found.errors or found.row_count
    assert all(error.line >= 1 and error.reason and len(error.value) <= 80 for error in found.errors)


@pytest.mark.parametrize("name", ["product", "x", "y" * 100])
def test_a_header_as_long_as_a_sheet_may_be_is_answered_with_a_bounded_list(name: str) -> None:
    errors = sheet(",".join([name] * 20_000)).errors
    assert 0 < len(errors) <= ERRORS_MAX + len(COLUMNS)
    assert max(len(error.column) for error in errors) <= 80
