"""LIMSML answers: every shape that is known is read, and nothing is read into what is not."""

import pytest

from adapters.lims_limsml.answers import ANSWER_CHARACTERS_MAX, NotLimsml, answer_of

LIMSML = "http://www.thermo.com/informatics/xmlns/limsml/1.0"
SCHEMA = (
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="NewDataSet"><xs:complexType><xs:choice>{}'
    "</xs:choice></xs:complexType></xs:element></xs:schema>"
)


def document(body: str = "", errors: str = "", header: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="utf-16"?>\r\n<limsml xmlns="{LIMSML}">\r\n<header>{header}</header>'
        f"\n<body>{body}</body>\n{f'<errors>{errors}</errors>' if errors else ''}</limsml>"
    )


def described(table: str, *columns: str) -> str:
    inner = "".join(f'<xs:element name="{name}" type="xs:string"/>' for name in columns)
    return (
        f'<xs:element name="{table}"><xs:complexType><xs:sequence>{inner}</xs:sequence></xs:complexType></xs:element>'
    )


def dataset(schema: str, rows: str = "") -> str:
    inner = f"<NewDataSet>{SCHEMA.format(schema)}{rows}</NewDataSet>"
    return f'<transaction><data><ADODataSet xmlns="">{inner}</ADODataSet></data></transaction>'


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        ("<error><code>E1</code><description>no such\n   sample</description></error>", ["no such sample (E1)"]),
        ("<error><description>no code</description></error>", ["no code"]),
        ("<error><code>E2</code></error>", ["an error without words (E2)"]),
        ("<error/>", ["an error without words"]),
        ("<error><errors><error><description>below</description></error></errors></error>", ["below"]),
        (
            "<error><code>E1</code><description>above</description><errors><error><code>E2</code></error>"
            "<error><errors><error><description>deep</description></error></errors></error></errors></error>",
            ["above (E1)", "an error without words (E2)", "deep"],
        ),
        ("<error><description>one</description></error><error><description>two</description></error>", ["one", "two"]),
    ],
)
def test_no_error_is_lost_whatever_it_says_of_itself(errors: str, words: list[str]) -> None:
    assert list(answer_of(document(errors=errors)).errors) == words
    inside = f"<transaction><errors>{errors}</errors></transaction>"
    assert list(answer_of(document(inside)).errors) == words


def test_a_table_without_rows_is_empty_and_one_that_no_schema_has_is_missing() -> None:
    (part,) = answer_of(document(dataset(described("RESULT", "NAME", "RESULT")))).parts
    assert part.tables["result"].columns == ("name", "result")
    assert part.tables["result"].rows == ()
    assert "sample" not in part.tables


def test_one_row_one_column_and_one_table_are_read_as_many_are() -> None:
    (part,) = answer_of(document(dataset(described("RESULT", "NAME"), "<RESULT><NAME>RCP  </NAME></RESULT>"))).parts
    assert part.tables["result"].rows == ({"name": "RCP  "},)
    two = described("RESULT", "NAME", "UNITS") + described("SAMPLE", "ID_NUMERIC")
    rows = "<RESULT><NAME>A</NAME></RESULT><SAMPLE><ID_NUMERIC/></SAMPLE><RESULT><UNITS>%</UNITS></RESULT>"
    (part,) = answer_of(document(dataset(two, rows))).parts
    assert part.tables["result"].rows == ({"name": "A"}, {"units": "%"})
    assert part.tables["sample"].rows == ({"id_numeric": ""},)


def test_parts_stand_in_the_order_of_the_transactions_and_the_session_keeps_its_blanks() -> None:
    body = "<transaction><system/></transaction>" + dataset(described("RESULT", "NAME"))
    answer = answer_of(document(body, header='<parameter name="session">  42 </parameter>'))
    assert [list(part.tables) for part in answer.parts] == [[], ["result"]]
    assert answer.parameters == {"SESSION": "  42 "}


ROW_TABLE = described("RESULT", "NAME")


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "Internal Server Error",
        "<html/>",
        document("<transaction>"),
        document(dataset(ROW_TABLE, "<OTHER><NAME>A</NAME></OTHER>")),
        document(dataset(ROW_TABLE, "<RESULT><NAME>A</NAME><NAME>B</NAME></RESULT>")),
        document(dataset(ROW_TABLE, "<RESULT><UNITS>A</UNITS></RESULT>")),
        document(dataset(ROW_TABLE, "<RESULT><NAME><b/></NAME></RESULT>")),
        document(dataset(ROW_TABLE, "<RESULT><NAME>A</NAME></RESULT>" * 10_001)),
        document("&unknown;"),
        document("<a>" * 5000 + "</a>" * 5000),
        f"<limsml>{' ' * ANSWER_CHARACTERS_MAX}</limsml>",
        '<!DOCTYPE limsml SYSTEM "file:///etc/passwd"><limsml/>',
        '<!DOCTYPE limsml [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><limsml><errors>&b;</errors></limsml>',
        '<!DOCTYPE limsml [<!ENTITY a SYSTEM "http://127.0.0.1:9/">]><limsml>&a;</limsml>',
    ],
    ids=range(16),
)
def test_what_is_not_limsml_is_refused(text: str | None) -> None:
    with pytest.raises(NotLimsml):
        answer_of(text)
