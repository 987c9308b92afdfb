"""What a laboratory's JSON and CSV are taken for."""

import json
import pickle
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from doselane.lims.v1.lims_pb2 import Result
from hypothesis import given
from hypothesis import strategies as st

from adapters import lims_generic
from adapters.lims_generic.settings import settings
from adapters.lims_generic.times import instant_of
from adapters.lims_generic.translate import CSV, JSON
from adapters.manifest import Fact, Refused
from services.kernel.timestamps import instant
from tests.support.laboratory import MAPPING, SAMPLE, a_reader, a_result, read, refused, results

State = Result.State
EMPTY = "version: 1"


def one(said: dict[str, Any], **options: Any) -> Fact:
    (fact,) = read(JSON, results(said), a_reader(**options)).facts
    return fact


def test_a_result_is_told_in_our_words_with_its_text_as_it_came() -> None:
    fact = one(a_result(
        samples=[SAMPLE, "LAB-7"], test="GMP-ENDO", replicate=2, value="<0.50", unit="EU/mL", uncertainty="± 0.05",
        method="RCP-177-01", instrument="HPLC-7", captured_at="2026-12-01T08:00:00.25Z",
        verified_at="2026-12-01 09:30", replaces="A-0",
    ))  # fmt: skip
    assert fact.said == Result(
        result_id="A-1", sample_references=[SAMPLE, "LAB-7"], test="endotoxin", test_code="GMP-ENDO", replicate=2,
        state=State.VERIFIED, state_code="verified", value="<0.50", unit="IU/mL", uncertainty="± 0.05", method="HPLC",
        instrument="HPLC-7", capture_time=datetime(2026, 12, 1, 8, 0, 0, 250_000, UTC),
        verify_time=datetime(2026, 12, 1, 8, 30, tzinfo=UTC), replaces="A-0",
    )  # fmt: skip
    assert (fact.index, fact.event_id, fact.kind, fact.references, fact.warnings) == (
        0, "A-1", "VERIFIED", (SAMPLE, "LAB-7"), ()
    )  # fmt: skip


@pytest.mark.parametrize(("word", "state"), [
    ("pending", State.PENDING), ("preliminary", State.PRELIMINARY), ("verified", State.VERIFIED),
    ("retracted", State.RETRACTED), ("rejected", State.REJECTED), ("invalidated", State.INVALIDATED),
])  # fmt: skip
def test_each_state_of_the_schema_is_one_of_ours(word: str, state: State) -> None:
    fact = one(a_result(state=word, value=None if word == "pending" else "99.50"))
    assert (fact.said.state, fact.said.state_code, fact.code) == (state, word, word)
    assert not fact.said.HasField("replicate")
    assert not fact.said.HasField("verify_time")


@pytest.mark.parametrize("value", ["<20", "ND", "99.50", "> 175", "complies", "1,5", "0"])
def test_a_value_stays_the_text_that_it_is(value: str) -> None:
    assert one(a_result(value=value)).said.value == value


def test_the_decimal_mark_is_the_accounts_and_stands_only_beside_a_value() -> None:
    assert one(a_result(value="99,5"), decimal_mark=",").said.decimal_mark == ","
    assert one(a_result(state="retracted", value=None), decimal_mark=",").said.decimal_mark == ""
    assert one(a_result()).said.decimal_mark == ""


def test_a_test_that_no_line_lists_is_unknown_and_told() -> None:
    fact = one(a_result(test="radiochemical_purity"))
    assert (fact.said.test, fact.said.test_code, fact.warnings) == ("", "radiochemical_purity", ("TEST_UNKNOWN",))


def test_without_a_table_of_tests_the_laboratory_speaks_our_words() -> None:
    (fact,) = read(JSON, results(a_result(test="endotoxin")), a_reader(EMPTY)).facts
    assert (fact.said.test, fact.warnings) == ("endotoxin", ())


def test_a_whole_sample_is_invalidated_without_a_test() -> None:
    fact = one(a_result(state="invalidated", test=None, value=None, unit=None))
    assert (fact.said.test, fact.said.test_code, fact.warnings) == ("", "", ())


@pytest.mark.parametrize(("text", "zone", "at", "why"), [
    ("2026-12-01T08:30:00Z", None, "2026-12-01T08:30:00", ""),
    ("2026-12-01t08:30z", None, "2026-12-01T08:30:00", ""),
    ("2026-12-01 08:30:00,123456789+01:00", None, "2026-12-01T07:30:00.123456", ""),
    ("2026-12-01T08:30", "Europe/Zurich", "2026-12-01T07:30:00", ""),
    ("2026-07-01T08:30", "Europe/Zurich", "2026-07-01T06:30:00", ""),
    ("2026-07-01T08:30", None, None, "TIME_ZONE_UNKNOWN"),
    ("2026-10-25T02:30", "Europe/Zurich", None, "TIME_AMBIGUOUS"),  # the clock shows it twice
    ("2026-03-29T02:30", "Europe/Zurich", None, "TIME_AMBIGUOUS"),  # and this one never
])  # fmt: skip
def test_a_time_is_an_instant_or_says_why_not(text: str, zone: str | None, at: str | None, why: str) -> None:
    wanted = datetime.fromisoformat(at).replace(tzinfo=UTC) if at else None
    assert instant_of(text, ZoneInfo(zone) if zone else None) == (wanted, why)


@pytest.mark.parametrize("text", ["2026-13-01T08:30Z", "2026-12-01T24:30Z", "yesterday", "0001-01-01T00:00+14:00",
                                  "2026-12-01T08:30:00Z ", "٢٠٢٦-12-01T08:30Z"])  # fmt: skip
def test_what_is_no_time_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no time|must be in|calendar|range"):
        instant_of(text, None)


def test_the_zone_of_the_account_is_used_and_a_time_without_any_is_left_out() -> None:
    said = a_result(captured_at="2026-11-30T10:00")
    assert instant(one(said).said.capture_time, "capture_time") == datetime(2026, 11, 30, 9, tzinfo=UTC)
    without = one(said, zone=None)
    assert (without.said.HasField("capture_time"), without.warnings) == (False, ("TIME_ZONE_UNKNOWN",))


def test_old_and_early_words_are_told_of() -> None:
    assert one(a_result(changed_at="2026-10-01T08:00Z")).warnings == ("EVENT_OLD",)
    assert one(a_result(changed_at="2026-12-01T13:00Z")).warnings == ("EVENT_EARLY",)


def test_one_word_at_one_time_is_one_fact_however_it_is_spelled() -> None:
    fact, again = one(a_result()), one(a_result(changed_at="2026-12-01T08:30Z", samples=[SAMPLE]))
    assert (fact.key, fact.content) == (again.key, again.content)


@pytest.mark.parametrize("change", [{"state": "retracted"}, {"changed_at": "2026-12-01T08:31Z"}, {"result_id": "A-2"}])
def test_a_new_word_is_a_new_fact(change: dict[str, str]) -> None:
    assert one(a_result(**change)).key != one(a_result()).key


@pytest.mark.parametrize("change", [{"value": "99.5"}, {"unit": None}, {"samples": ["x"]}, {"replaces": "A-0"}])
def test_another_story_under_the_same_id_and_time_is_seen(change: dict[str, Any]) -> None:
    fact, other = one(a_result()), one(a_result(**change))
    assert (fact.key, fact.content != other.content) == (other.key, True)


WRONG: list[tuple[Any, str, str]] = [
    ([], "", "not of type"),
    ({}, "/results", "is missing"),
    ({"results": []}, "/results", "less than 1 item"),
    ({"results": [3]}, "/results/0", "not of type"),
    (results(a_result(value=99.5)), "/results/0/value", "not of type"),  # a number has lost its last digits
    (results(a_result(value="")), "/results/0/value", "shorter than"),
    (results(a_result(value="9" * 1001)), "/results/0/value", "longer than"),
    (results(a_result(value=None)), "/results/0/value", "is missing"),
    (results(a_result(state="preliminary", value=None)), "/results/0/value", "is missing"),
    (results(a_result(state="pending")), "/results/0/value", "has no value yet"),
    (results(a_result(state="Verified")), "/results/0/state", "must be one of pending, preliminary"),
    (results(a_result(), a_result(test=None)), "/results/1/test", "is missing"),
    (results(a_result(samples=[])), "/results/0/samples", "less than 1 item"),
    (results(a_result(samples=["a"] * 9)), "/results/0/samples", "more than 8"),
    (results(a_result(result_id=None)), "/results/0/result_id", "is missing"),
    (results(a_result(changed_at=None)), "/results/0/changed_at", "is missing"),
    (results(a_result(changed_at="01.12.2026")), "/results/0/changed_at", "must be a time such as"),
    (results(a_result(changed_at="2026-02-30T08:30Z")), "/results/0/changed_at", "The time"),
    (results(a_result(replicate=0)), "/results/0/replicate", "less than the minimum"),
    (results(a_result(replicate=10**400)), "/results/0/replicate", "greater than the maximum"),
    (results(a_result(replicate=True)), "/results/0/replicate", "not of type"),
    (results(a_result(**{"a/b": "1"})), "/results/0/a~1b", "is no field"),
    ({"results": [a_result()] * 5001}, "/results", "more than 5000"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "place", "words"), WRONG, ids=range(len(WRONG)))
def test_what_is_not_as_the_schema_has_it_is_refused_with_its_place(body: Any, place: str, words: str) -> None:
    refusal = refused(JSON, body)
    assert (refusal.place, refusal.reason) == (place, refusal.reason)
    assert refusal.reason in ("BODY_NOT_RESULTS", "TIME_NOT_VALID")
    assert words in refusal.detail
    assert "99.5" not in refusal.detail


def test_all_that_is_wrong_is_said_at_once() -> None:
    refusal = refused(JSON, results(a_result(value=None, unit=""), a_result(state="odd")))
    assert refusal.reason == "BODY_NOT_RESULTS"
    assert refusal.detail.startswith("3 mistakes: ")
    for place in ("/results/0/value", "/results/0/unit", "/results/1/state"):
        assert f"({place})" in refusal.detail
    late = refused(JSON, results(*[a_result(changed_at="2026-12-03T09:30Z")] * 2))
    assert (late.reason, late.place) == ("TIME_IN_FUTURE", "/results/0/changed_at")
    assert "(/results/1/changed_at)" in late.detail


def test_a_body_that_is_no_json_is_refused() -> None:
    assert refused(JSON, b"{").reason == "BODY_NOT_JSON"
    assert refused(JSON, b'{"results": 1, "results": 2}').reason == "KEY_REPEATED"


HEADER = "result_id,sample,laboratory_sample,test,replicate,state,value,unit,changed_at\n"
ROW = f"A-1,{SAMPLE},LAB-7,RCP-HPLC,2,verified,99.50,%,2026-12-01T09:30\n"
GERMAN = """\
version: 2
fields: {result_id: Analyse, sample: Probe, test: Prüfung, state: Status, value: Ergebnis, unit: Einheit,
         changed_at: Stand}
tables:
  state: {freigegeben: verified, offen: pending}
"""
GERMAN_HEADER = "Analyse;Probe;Prüfung;Status;Ergebnis;Einheit;Stand;Bemerkung\r\n"


def table(text: str, mapping: str = MAPPING, **options: Any) -> list[Fact]:
    return list(read(CSV, text.encode(), a_reader(mapping, **options)).facts)


def test_a_row_is_a_result() -> None:
    (fact,) = table(HEADER + ROW)
    assert fact.said == Result(
        result_id="A-1", sample_references=[SAMPLE, "LAB-7"], test="radiochemical_purity", test_code="RCP-HPLC",
        replicate=2, state=State.VERIFIED, state_code="verified", value="99.50", unit="%",
    )  # fmt: skip
    assert one(a_result(samples=[SAMPLE, "LAB-7"], replicate=2, changed_at="2026-12-01T08:30Z")).key == fact.key


def test_a_file_speaks_the_laboratorys_own_names_marks_and_words() -> None:
    text = (
        "\ufeff" + GERMAN_HEADER + 'A-1; s1 ;ph;freigegeben;"7,40";pH;2026-12-01 09:30;"zwei\r\nZeilen; eine"\r\n\r\n'
    )
    translation = read(CSV, text.encode(), a_reader(GERMAN, decimal_mark=","))
    (fact,) = translation.facts
    assert fact.said == Result(
        result_id="A-1",
        sample_references=["s1"],
        test="ph",
        test_code="ph",
        unit="pH",
        state=State.VERIFIED,
        state_code="freigegeben",
        value="7,40",
        decimal_mark=",",
    )
    assert translation.remark == "columns that are not read: Bemerkung"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_three_manners_and_in_quotes_in_none(end: str) -> None:
    text = HEADER + ROW + ROW.replace("A-1", "A-2").replace("99.50", '"see\nbelow\u2028"')
    first, second = table(text.replace("\n", end))
    assert (first.index, second.index, second.said.value) == (0, 1, f"see{end}below")


TABLES_WRONG: list[tuple[str, str, str, str]] = [
    ("", "BODY_EMPTY", "", ""),
    (HEADER, "BODY_EMPTY", "", ""),
    (HEADER + "\n,,,,,,,,\n", "BODY_EMPTY", "", ""),
    ("a,b\n1,2\n", "COLUMN_MISSING", "row 1", "'result_id'"),
    (HEADER.replace(",value", "").replace(",state", "") + ROW, "COLUMN_MISSING", "row 1", "state, value"),
    (HEADER.replace("unit", "value") + ROW, "COLUMN_REPEATED", "row 1", "value"),
    (HEADER + ROW + "A-2,s\n", "BODY_NOT_CSV", "row 3", "2 cells; the header has 9"),
    (HEADER + ROW + 'A-2,"s"x,,,,,,,\n', "BODY_NOT_CSV", "row 3", "expected after"),
    (HEADER + ROW + '"A-2', "BODY_NOT_CSV", "row 3", "end of data"),
    (HEADER + ROW.replace("99.50", "9" * 10_001), "BODY_NOT_CSV", "row 2", "longer than"),
    (HEADER + ROW.replace("verified", "ok"), "ROW_NOT_VALID", "row 2, column state", "must be one of"),
    (HEADER + ROW.replace("99.50", ""), "ROW_NOT_VALID", "row 2, column value", "is missing"),
    (HEADER + ROW.replace(",2,", ",two,"), "ROW_NOT_VALID", "row 2, column replicate", "not of type"),
    (HEADER + ROW.replace(SAMPLE + ",LAB-7", ","), "ROW_NOT_VALID", "row 2, column sample", "is missing"),
    (HEADER + "\n" + ROW.replace("12-01", "12-99"), "TIME_NOT_VALID", "row 3, column changed_at", "The time"),
    (HEADER + ROW * 5001, "ROW_NOT_VALID", "", "more than 5000"),
    (HEADER + "\n" * 100_001 + ROW, "TOO_MANY_RESULTS", "", "5000"),
    (HEADER + ROW.replace("LAB", "L\0B"), "TEXT_NOT_STORABLE", "", ""),
]


@pytest.mark.parametrize(("text", "reason", "place", "words"), TABLES_WRONG, ids=range(len(TABLES_WRONG)))
def test_a_file_that_cannot_be_read_is_refused_with_its_row(text: str, reason: str, place: str, words: str) -> None:
    refusal = refused(CSV, text.encode())
    assert (refusal.reason, refusal.place) == (reason, place)
    assert refusal.status == (413 if reason == "TOO_MANY_RESULTS" else 400)
    assert words in refusal.detail


def test_a_file_that_is_no_utf_8_says_so() -> None:
    assert refused(CSV, (HEADER + ROW).replace("LAB", "Prüf").encode("latin-1")).reason == "BODY_NOT_UTF8"


def test_the_column_that_is_wrong_is_named_as_the_file_names_it() -> None:
    text = GERMAN_HEADER + "A-1;s1;ph;fertig;7,40;pH;2026-12-01 09:30;\n"
    refusal = refused(CSV, text.encode(), a_reader(GERMAN))
    assert (refusal.place, refusal.reason) == ("row 2, column Status", "ROW_NOT_VALID")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    body = (HEADER + text).encode("utf-8", "surrogatepass")
    try:
        assert read(CSV, body).facts
    except Refused as refusal:
        assert refusal.reason


@pytest.mark.parametrize(("options", "words"), [
    ({"zone": "Mars/Base"}, "zone must be"),
    ({"zone": None}, "zone must be"),
    ({"zone": []}, "zone must be"),
    ({"decimal_mark": ";"}, "decimal_mark must be"),
    ({"zones": "UTC"}, "no option 'zones'"),
    ({"allotrope": 3}, "allotrope must be an object"),
    ({"allotrope": {"state": "retracted"}}, "allotrope.state must be one of preliminary, verified"),
    ({"allotrope": {"peak_area": [1, 2]}}, "allotrope.peak_height must be two numbers"),
    ({"allotrope": {"peak_area": [2, 1], "peak_height": [1, 2]}}, "allotrope.peak_area must be two numbers"),
    ({"allotrope": {"peak_area": [1, "x"], "peak_height": [1, 2]}}, "allotrope.peak_area must be two numbers"),
    ({"allotrope": {"not_samples": [1]}}, "allotrope.not_samples must be a list of words"),
    ({"allotrope": {"bounds": 1}}, "allotrope: there is no option 'bounds'"),
])  # fmt: skip
def test_options_that_cannot_be_used_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=r".") as wrong:
        settings(options)
    assert words in str(wrong.value)


def test_a_reader_can_be_passed_to_another_process() -> None:
    again = pickle.loads(pickle.dumps(a_reader()))
    assert read(JSON, results(a_result()), again) == read(JSON, results(a_result()))


def test_the_readme_shows_the_schema_that_judges() -> None:
    package = files(lims_generic)
    readme, schema = ((package / name).read_text("utf-8") for name in ("README.md", "results.schema.json"))
    (shown,) = (block.partition("```")[0] for block in readme.split("```json\n")[1:] if '"$schema"' in block)
    assert json.loads(shown) == json.loads(schema)
