"""From rows to results: by the account's mapping alone, and what is not known stays unknown."""

import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from doselane.lims.v1.lims_pb2 import Result

from adapters.host.mappings import mapping_of
from adapters.lims_limsml import ADAPTER
from adapters.lims_limsml.codes import SHAPE
from adapters.lims_limsml.settings import settings
from adapters.lims_limsml.translate import RESULTS
from adapters.manifest import Incoming, Refused, Translation
from adapters.mapping import Mapped
from tests.support.limsml import MAPPING, body, options, row

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
State = Result.State


def read(*rows: dict[str, str], mapping: str = MAPPING, **changes: Any) -> Translation:
    given = Mapped(settings(options(**changes)), mapping_of("mapping", mapping, SHAPE).mapping)
    reader = pickle.loads(pickle.dumps(ADAPTER.build(given)))
    return reader.translate(Incoming(RESULTS, body(*rows), {}, NOW))


def result(*rows: dict[str, str], **more: Any) -> Result:
    (fact,) = read(*rows, **more).facts
    assert isinstance(fact.said, Result)
    return fact.said


def test_a_row_is_read_by_the_mapping_without_the_blanks_around_its_values() -> None:
    said = result(row(result="98.6 ", replicate="2", retest_of="6999"), decimal_mark=".")
    assert said == Result(
        result_id="7001/RCP",
        sample_references=["batches/b/samples/s", "41"],
        test="radiochemical_purity",
        test_code="RCP",
        replicate=2,
        state=State.VERIFIED,
        state_code="A",
        value="98.6",
        decimal_mark=".",
        unit="%",
        replaces="6999/RCP",
    )


@pytest.mark.parametrize("written", ["<0.5", ">175", "ND", "98,6", "does not comply"])
def test_what_a_chemist_typed_stays_as_it_is(written: str) -> None:
    assert result(row(result=written)).value == written


@pytest.mark.parametrize(
    ("status", "state"),
    [("A", "VERIFIED"), ("C", "PRELIMINARY"), ("V", "PENDING"), ("X", "REJECTED"), ("R", "RETRACTED")],
)
def test_a_status_is_what_the_mapping_says(status: str, state: str) -> None:
    assert State.Name(result(row(status=status)).state) == state


@pytest.mark.parametrize("status", ["Q", "a", ""])
def test_an_unknown_status_stays_unknown_with_its_code(status: str) -> None:
    (fact,) = read(row(status=status)).facts
    assert isinstance(fact.said, Result)
    assert (fact.said.state, fact.said.state_code) == (State.STATE_UNSPECIFIED, status)
    assert (fact.kind, fact.warnings) == ("", ("CODE_UNKNOWN",))


def test_a_test_that_no_line_names_keeps_its_code() -> None:
    (fact,) = read(row(name="KRYPTOFIX")).facts
    assert isinstance(fact.said, Result)
    assert (fact.said.test, fact.said.test_code, fact.warnings) == ("", "KRYPTOFIX", ("TEST_UNKNOWN",))


def test_a_result_without_its_unit_is_refused_and_the_others_are_taken() -> None:
    found = read(row(units=""), row(test_number="7002", name="PH", result="6.1", units=""))
    assert [fact.event_id for fact in found.facts] == ["7002/PH"]
    assert (found.refused[0].reason, found.refused[0].place, found.proceeds) == ("UNIT_MISSING", "/rows/0", True)
    with pytest.raises(Refused, match="UNIT_MISSING"):
        read(row(units="", name="KRYPTOFIX"))


def test_a_row_without_a_result_needs_no_unit_and_has_no_value() -> None:
    said = result(row(result="", units="", status="V", modified_on=""))
    assert (said.state, said.value, said.unit) == (State.PENDING, "", "")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"test_number": ""}, "ID_MISSING"),
        ({"name": ""}, "ID_MISSING"),
        ({"modified_on": ""}, "CHANGE_MISSING"),
    ],
)
def test_a_row_that_cannot_be_told_apart_is_refused(changes: dict[str, str], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        read(row(**changes))


def test_two_rows_of_one_analysis_and_test_are_both_refused() -> None:
    found = read(row(), row(result="12"), row(test_number="7002"))
    assert [fact.event_id for fact in found.facts] == ["7002/RCP"]
    assert {refused.reason for refused in found.refused.values()} == {"ID_REPEATED"}
    assert set(found.refused) == {0, 1}


@pytest.mark.parametrize("written", ["0", "x", "-1", "1.5", "4294967296", "²"])
def test_a_replicate_that_is_none_is_left_unset_and_told(written: str) -> None:
    (fact,) = read(row(replicate=written)).facts
    assert isinstance(fact.said, Result)
    assert not fact.said.HasField("replicate")
    assert fact.warnings == ("FIELD_NOT_VALID",)


WITH_TIME = MAPPING.replace("changed: modified_on", "changed: modified_on, captured: modified_on")


def test_a_time_counts_only_with_its_offset() -> None:
    said = result(row(modified_on="2026-11-22T11:00:00+01:00"), mapping=WITH_TIME)
    assert said.capture_time.ToDatetime(UTC) == datetime(2026, 11, 22, 10, tzinfo=UTC)
    for written in ("2026-11-22T11:00:00", "22.11.2026 11:00", "11/22/2026"):
        (fact,) = read(row(modified_on=written), mapping=WITH_TIME).facts
        assert isinstance(fact.said, Result)
        assert not fact.said.HasField("capture_time")
        assert fact.warnings == ("TIME_ZONE_UNKNOWN",)
    with pytest.raises(Refused, match="TIME_IN_FUTURE"):
        read(row(modified_on="2026-11-24T11:00:00+01:00"), mapping=WITH_TIME)


def test_a_time_that_is_ahead_or_long_ago_is_told() -> None:
    for at, warning in ((NOW + timedelta(minutes=6), "EVENT_EARLY"), (NOW - timedelta(days=31), "EVENT_OLD")):
        (fact,) = read(row(modified_on=at.isoformat()), mapping=WITH_TIME).facts
        assert fact.warnings == (warning,)


def test_a_result_that_went_back_to_what_it_was_is_told_again() -> None:
    """Verified, preliminary again and verified again are three things; two answers that say the same are one."""
    rows = [row(), row(status="C", modified_on="2026-11-22T10:05:00"), row(modified_on="2026-11-22T10:10:00"), row()]
    keys = [read(each).facts[0].key for each in rows]
    assert keys[0] == keys[3]
    assert len(set(keys)) == 3


def test_a_column_that_the_table_has_not_is_named() -> None:
    with pytest.raises(Refused) as refused:
        read(row(), mapping=MAPPING.replace("unit: units", "unit: unit_text"))
    assert refused.value.reason == "COLUMN_UNKNOWN"
    assert "no column unit_text; it has " in refused.value.detail
    assert "units" in refused.value.detail and "the mapping" in refused.value.detail  # what there is, and what to mend


def test_the_reader_knows_no_password() -> None:
    given = Mapped(settings(options(password="correct-horse")), mapping_of("mapping", MAPPING, SHAPE).mapping)
    assert b"correct-horse" not in pickle.dumps(ADAPTER.build(given))
    assert "correct-horse" not in repr(given)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"user": ""}, "user must be a text"),
        ({"password": 1}, "password must be a text"),
        ({"path": "//elsewhere.example/"}, "path must begin"),
        ({"path": "http://elsewhere.example/"}, "path must begin"),
        ({"log_in": None}, "log_in must be an object"),
        ({"log_in": {"action": "LOGIN SAMPLE", "fields": {"x": "{sample}"}}}, "log_in.action must be"),
        ({"log_in": {"action": "L", "fields": {"x": "fixed"}}}, "must hold {sample}"),
        ({"log_in": {"action": "L", "fields": {"x": "{sample}{dose}"}}}, "may hold {batch}, {product}, {sample}"),
        ({"log_in": {"action": "L", "fields": {"x": "{sample.__class__}"}}}, "may hold"),
        ({"log_in": {"action": "L", "fields": {"x": "{sample"}}}, "may hold"),
        ({"log_in": {"action": "L", "fields": {"x y": "{sample}"}}}, "log_in.fields.x y must be a name"),
        ({"log_in": {"action": "L", "fields": {"x": "{sample}"}, "response_type": "file"}}, "response_type must be"),
        ({"log_in": {"action": "L", "fields": {"x": "{sample}"}, "analyses": {"ph": 1}}}, "log_in.analyses must be"),
        ({"find": {"table": "SAMPLE", "column": "x"}}, "either the parameter or the field"),
        ({"find": {"table": "SAMPLE", "column": "x", "field": "x", "parameter": "y"}}, "either the parameter or"),
        ({"session_errors": []}, "session_errors must be a list"),
        ({"decimal_mark": ";"}, "decimal_mark must be"),
        ({"speed": 9}, "there is no option 'speed'"),
    ],
)
def test_a_wrong_option_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("{", r"\{").replace(".", r"\.")) as wrong:
        settings(options(**changes))
    assert "geheim" not in str(wrong.value)
