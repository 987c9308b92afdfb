"""Samples of SENAITE as results: every state, operands and limits, retests, and copies of invalidated samples."""

import json
import pickle
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from doselane.lims.v1.lims_pb2 import Result

from adapters.host import dry_run
from adapters.host.mappings import mapping_of
from adapters.host.settings import accounts
from adapters.host.values import Account
from adapters.lims_senaite import ADAPTER
from adapters.lims_senaite.codes import ANALYSES_SPEAK, STATE_OF_SAMPLE
from adapters.lims_senaite.cursor import ReadUpTo, check_fits, read_up_to
from adapters.lims_senaite.registration import SampleThere, lacks, registrations, sample_order, written
from adapters.lims_senaite.settings import SHAPE, settings
from adapters.lims_senaite.translate import SenaiteReader
from adapters.manifest import Incoming, Refused, Translation
from adapters.mapping import Mapped
from adapters.outbound import Declined
from tests.support.senaite import (
    APPEARANCE,
    CLIENT,
    CONTACT,
    ENDOTOXIN,
    LABORATORY,
    MAPPING,
    NOW,
    PRODUCT,
    PROFILE,
    PURITY,
    SAMPLE,
    SAMPLE_TYPE,
    given,
    registered,
)
from tests.support.tokens import Issuer

State = Result.State
CAPTURED = "2026-12-01T10:00:00+01:00"


def analysis(uid: str = "u1", **changes: Any) -> dict[str, Any]:
    return {
        "uid": uid, "getKeyword": "LAL", "review_state": "verified", "Result": "3.2", "Unit": "EU/mL",
        "DetectionLimitOperand": None, "LowerDetectionLimit": None, "UpperDetectionLimit": None, "Uncertainty": "0.4",
        "ResultCaptureDate": CAPTURED, "getMethodTitle": "LAL", "Instrument": "9" * 32, "ResultOptions": None,
        "StringResult": None, "InterimFields": [], "getRetestOfUID": None, **changes,
    }  # fmt: skip


def sample(**changes: Any) -> dict[str, Any]:
    return {
        "uid": "f" * 32, "id": "LS-0001", "ClientSampleID": SAMPLE, "review_state": "to_be_verified",
        "created": "2026-12-01T08:00:00+00:00", "Invalidated": None, **changes,
    }  # fmt: skip


def read(*analyses: dict[str, Any], **of_sample: Any) -> Translation:
    body = json.dumps({"sample": sample(**of_sample), "analyses": list(analyses)}).encode()
    return SenaiteReader(given()).translate(Incoming("senaite.samples", body, {}, NOW + timedelta(hours=6)))


def one(of_sample: dict[str, Any] | None = None, **changes: Any) -> tuple[Result, tuple[str, ...]]:
    (fact,) = read(analysis(**changes), **(of_sample or {})).facts
    assert isinstance(fact.said, Result)
    return fact.said, fact.warnings


def test_a_verified_result_says_all_that_the_laboratory_says() -> None:
    said, warnings = one()
    assert warnings == ()
    assert (said.result_id, list(said.sample_references)) == ("u1", [SAMPLE, "LS-0001"])
    assert (said.test, said.test_code, said.state, said.state_code) == ("endotoxin", "LAL", State.VERIFIED, "verified")
    assert (said.value, said.unit, said.uncertainty, said.method) == ("3.2", "EU/mL", "0.4", "LAL")
    assert (said.instrument, said.capture_time.ToJsonString()) == ("9" * 32, "2026-12-01T09:00:00Z")
    assert not said.HasField("verify_time")
    assert not said.HasField("replicate")


@pytest.mark.parametrize(("code", "state", "value"), [
    ("registered", State.PENDING, ""), ("unassigned", State.PENDING, ""), ("assigned", State.PENDING, ""),
    ("received", State.PENDING, ""), ("to_be_verified", State.PRELIMINARY, "3.2"), ("verified", State.VERIFIED, "3.2"),
    ("published", State.VERIFIED, "3.2"), ("retracted", State.RETRACTED, "3.2"), ("rejected", State.REJECTED, ""),
    ("cancelled", State.REJECTED, ""),
])  # fmt: skip
def test_each_state_of_an_analysis_is_one_of_ours(code: str, state: Any, value: str) -> None:
    said, warnings = one(review_state=code)
    assert (said.state, said.value, said.state_code, warnings) == (state, value, code, ())


def test_a_state_that_no_table_has_stays_unknown_and_shows_no_value() -> None:
    said, warnings = one(review_state="in_doubt")
    assert (said.state, said.value, warnings) == (State.STATE_UNSPECIFIED, "", ("CODE_UNKNOWN",))


def test_a_keyword_that_is_not_mapped_is_told_with_the_warning() -> None:
    said, warnings = one(getKeyword="STER")
    assert (said.test, said.test_code, warnings) == ("", "STER", ("TEST_NOT_MAPPED",))


# Of SENAITE's own doctest of the limits of quantification (pull request 2682), which lie between those of detection.
LIMITS = {
    "LowerDetectionLimit": "5", "LowerLimitOfQuantification": "10",
    "UpperLimitOfQuantification": "20", "UpperDetectionLimit": "25",
}  # fmt: skip


@pytest.mark.parametrize(("fields", "value"), [
    ({"DetectionLimitOperand": "<", "Result": "20"}, "<20"),
    ({"DetectionLimitOperand": ">", "Result": "175"}, ">175"),
    ({"DetectionLimitOperand": "<", "Result": "<20"}, "<20"),
    ({"Result": "0.009", "LowerDetectionLimit": "0.01"}, "<0.01"),
    ({"Result": "0.01", "LowerDetectionLimit": "0.01"}, "0.01"),
    ({"Result": "176", "UpperDetectionLimit": "175.0"}, ">175.0"),
    ({"Result": "175", "UpperDetectionLimit": "175.0"}, "175"),
    ({"Result": "0"}, "0"),
    ({"Result": None}, ""), ({"Result": " "}, ""), ({"Result": "0/0"}, "0/0"),
    ({"Result": "NA", "ResultOptions": [{"ResultValue": "1", "ResultText": "clear"}]}, "NA"),
    ({"Result": "NA", "DetectionLimitOperand": "<"}, "NA"),
    ({"Result": "complies", "StringResult": True, "LowerDetectionLimit": "1"}, "complies"),
    ({"Result": "5", "StringResult": True, "LowerDetectionLimit": "10"}, "5"),
    ({"Result": "5", "ResultType": "string", "LowerDetectionLimit": "10"}, "5"),
    ({"Result": "5", "ResultType": "text", "StringResult": False, "LowerLimitOfQuantification": "10"}, "5"),
    ({"Result": "2026-12-01", "ResultType": "date", "UpperDetectionLimit": "100"}, "2026-12-01"),
    ({"Result": "5", "ResultType": "numeric", "LowerDetectionLimit": "10"}, "<10"),
    ({"Result": "5", "ResultType": "select", "ResultOptions": [{"ResultValue": "5", "ResultText": "clear"}]}, "clear"),
    ({"Result": "3,2", "LowerDetectionLimit": "10"}, "3,2"),
    ({"Result": "2", **LIMITS}, "<5"), ({"Result": "5", **LIMITS}, "<10"), ({"Result": "9.99", **LIMITS}, "<10"),
    ({"Result": "10", **LIMITS}, "10"), ({"Result": "20", **LIMITS}, "20"), ({"Result": "22", **LIMITS}, ">20"),
    ({"Result": "30", **LIMITS}, ">20"), ({"Result": "30", **LIMITS, "UpperLimitOfQuantification": "40"}, ">25"),
    ({"Result": "8", "LowerLimitOfQuantification": "10"}, "<10"),
    ({"Result": "30", "UpperLimitOfQuantification": "20"}, ">20"),
    ({"Result": "5", "LowerDetectionLimit": "5", "LowerLimitOfQuantification": "0.0"}, "5"),
    ({"Result": "1", "ResultOptions": [{"ResultValue": "1", "ResultText": "clear"}]}, "clear"),
    ({"Result": '["1", "2"]', "ResultOptions": [{"ResultValue": 1, "ResultText": "clear"},
                                                {"ResultValue": "2", "ResultText": "pale"}]}, "clear; pale"),
])  # fmt: skip
def test_a_value_is_read_after_its_operand_its_limits_and_its_options(fields: dict[str, Any], value: str) -> None:
    assert one(**fields)[0].value == value


@pytest.mark.parametrize(("fields", "reason", "place"), [
    ({"Result": 3.2}, "FIELD_NOT_TEXT", "/analyses/0/Result"),
    ({"DetectionLimitOperand": "~"}, "RESULT_NOT_READABLE", "/analyses/0/DetectionLimitOperand"),
    ({"LowerDetectionLimit": "low"}, "RESULT_NOT_READABLE", "/analyses/0/LowerDetectionLimit"),
    ({"UpperLimitOfQuantification": "1,5"}, "RESULT_NOT_READABLE", "/analyses/0/UpperLimitOfQuantification"),
    ({"Result": "7", "ResultOptions": [{"ResultValue": "1", "ResultText": "clear"}]}, "RESULT_NOT_READABLE",
     "/analyses/0/Result"),
    ({"Result": "[1", "ResultOptions": [{"ResultValue": "1", "ResultText": "clear"}]}, "RESULT_NOT_READABLE",
     "/analyses/0/Result"),
    ({"Result": "[]", "ResultOptions": [{"ResultValue": "1", "ResultText": "clear"}]}, "RESULT_NOT_READABLE",
     "/analyses/0/Result"),
    ({"uid": None}, "BODY_NOT_SAMPLE", "/analyses/0/uid"),
    ({"ResultCaptureDate": "2026-12-09T10:00:00+01:00"}, "TIME_IN_FUTURE", "/analyses/0/ResultCaptureDate"),
])  # fmt: skip
def test_what_would_have_to_be_guessed_is_refused_with_its_place(
    fields: dict[str, Any], reason: str, place: str
) -> None:
    with pytest.raises(Refused) as refused:
        read(analysis(**fields))
    assert (refused.value.reason, refused.value.place) == (reason, place)


@pytest.mark.parametrize("body", ["[]", "{}", '{"sample": {"uid": "u"}}', '{"sample": {"uid": "u"}, "analyses": [1]}'])
def test_a_body_that_is_no_sample_is_refused(body: str) -> None:
    with pytest.raises(Refused, match="BODY_NOT_SAMPLE"):
        SenaiteReader(given()).translate(Incoming("senaite.samples", body.encode(), {}, NOW))


def test_one_analysis_that_cannot_be_read_keeps_back_no_other() -> None:
    found = read(analysis("u1", Result=1), analysis("u2"))
    assert [fact.event_id for fact in found.facts] == ["u2"]
    assert list(found.refused) == [1]


@pytest.mark.parametrize(("fields", "uncertainty"), [
    ({"Uncertainty": "0"}, ""), ({"Uncertainty": None}, ""), ({"DetectionLimitOperand": "<"}, ""),
    ({"review_state": "unassigned"}, ""), ({"Uncertainty": "0.00"}, ""), ({"Uncertainty": "0.01"}, "0.01"),
    ({"Result": "9", **LIMITS}, ""), ({"Uncertainty": "10 %"}, "10 %"), ({"Uncertainty": "-1"}, ""),
])  # fmt: skip
def test_an_uncertainty_that_is_not_stated_is_none(fields: dict[str, Any], uncertainty: str) -> None:
    assert one(**fields)[0].uncertainty == uncertainty


def test_an_instant_without_its_zone_is_unknown() -> None:
    said, warnings = one(ResultCaptureDate="2026-12-01T10:00:00")
    assert (said.HasField("capture_time"), warnings) == (False, ("TIME_ZONE_UNKNOWN",))


def test_in_a_chain_of_retests_each_replaces_the_one_before_and_is_told_first() -> None:
    chain = [
        analysis("u1"),
        analysis("u2", getRetestOfUID="u1", Result="3.5"),
        analysis("u3", getRetestOfUID=None, RetestOf=[{"uid": "u2"}], review_state="unassigned", Result="3.5"),
    ]
    told = [(fact.event_id, fact.said.replaces, fact.said.value) for fact in read(*chain).facts]  # type: ignore[attr-defined]
    assert told == [("u2", "u1", "3.5"), ("u3", "u2", ""), ("u1", "", "3.2")]


def test_an_invalid_sample_is_told_of_as_a_whole_and_none_of_its_analyses_counts() -> None:
    found = read(analysis("u1"), analysis("u2", review_state="retracted"), review_state="invalid")
    told = [(fact.event_id, fact.said.test, fact.said.state) for fact in found.facts]  # type: ignore[attr-defined]
    whole, first, retracted = told
    assert whole == ("f" * 32, "", State.INVALIDATED)
    assert first == ("u1", "endotoxin", State.INVALIDATED)
    assert retracted == ("u2", "endotoxin", State.RETRACTED)
    assert list(found.facts[0].references) == [SAMPLE, "LS-0001"]


def test_a_rejected_sample_rejects_its_analyses() -> None:
    found = read(analysis("u1"), review_state="rejected")
    assert [fact.said.state for fact in found.facts] == [State.REJECTED, State.REJECTED]  # type: ignore[attr-defined]


@pytest.mark.parametrize("state", sorted(ANALYSES_SPEAK))
def test_in_every_other_state_of_a_sample_its_analyses_speak(state: str) -> None:
    assert state not in STATE_OF_SAMPLE
    assert [one({"review_state": state})[0].state, one({"review_state": state})[1]] == [State.VERIFIED, ()]


def test_in_a_state_of_a_sample_that_no_table_has_its_analyses_speak_with_a_warning() -> None:
    said, warnings = one({"review_state": "stored"})
    assert (said.state, warnings) == (State.VERIFIED, ("CODE_UNKNOWN",))


COPY = {"Invalidated": "b" * 32, "created": "2026-12-01T10:00:00+00:00", "id": "LS-0001-R01"}


@pytest.mark.parametrize("state", ["to_be_verified", "verified", "published"])
@pytest.mark.parametrize("captured", [CAPTURED, "2026-12-01T11:00:00+01:00", None, "2026-12-01T12:00:00"])
def test_on_the_copy_of_an_invalid_sample_a_value_without_a_fresh_capture_is_none(state: str, captured: Any) -> None:
    said, warnings = one(COPY, review_state=state, ResultCaptureDate=captured)
    assert (said.state, said.value, said.state_code) == (State.PENDING, "", state)
    assert "VALUE_OF_INVALIDATED_SAMPLE" in warnings


def test_on_the_copy_a_value_that_was_captured_after_it_was_made_counts() -> None:
    said, _ = one(COPY, ResultCaptureDate="2026-12-01T12:00:00+01:00")
    assert (said.state, said.value) == (State.VERIFIED, "3.2")
    unknown, _ = one({**COPY, "created": None}, ResultCaptureDate="2026-12-01T12:00:00+01:00")
    assert unknown.state == State.PENDING


def test_the_same_word_on_an_analysis_counts_once_and_each_new_one_anew() -> None:
    (first,), (again,) = read(analysis(Analyst="x")).facts, read(analysis(Analyst="y")).facts
    (published,) = read(analysis(review_state="published")).facts
    assert (first.key, first.content) == (again.key, again.content)
    assert first.key != published.key


def test_the_reader_can_be_sent_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(SenaiteReader(given()))) == SenaiteReader(given())


# What we send.


def test_a_sample_for_this_laboratory_is_sent_until_a_result_is_of_no_use() -> None:
    (sent,) = registrations(registered(), LABORATORY)
    assert (sent.subject, sent.give_up_at) == (SAMPLE, NOW + timedelta(days=10))
    (unknown,) = registrations(registered(until=None), LABORATORY)
    assert unknown.give_up_at == NOW + timedelta(days=30)
    assert list(registrations(registered(), "partners/another")) == []


def test_what_is_written_names_contact_type_and_services_by_their_uids() -> None:
    (sent,) = registrations(registered(), LABORATORY)
    assert json.loads(written(given(), sent)) == {
        "Contact": CONTACT,
        "SampleType": SAMPLE_TYPE,
        "ClientSampleID": SAMPLE,
        "DateSampled": NOW.isoformat(),
        "Analyses": [PURITY, ENDOTOXIN],
    }


def test_a_profile_may_stand_for_services() -> None:
    lines = f'version: 1\ntables:\n  test: {{LAL: endotoxin}}\n  sample_type: {{"{SAMPLE_TYPE}": {PRODUCT}}}\n'
    account = given(lines + f'  profile: {{"{PROFILE}": {PRODUCT}}}\n')
    fields = sample_order(account, registered("endotoxin").data).fields
    assert fields["Profiles"] == [PROFILE]
    assert "Analyses" not in fields


def test_each_line_that_the_mapping_lacks_is_named_before_anything_is_sent() -> None:
    with pytest.raises(Declined) as no:
        sample_order(given("version: 1"), registered("endotoxin").data)
    assert f"tables.sample_type: {PRODUCT}; tables.test: endotoxin; tables.service: endotoxin" in str(no.value)


def an_account(folder: Path, mapping: str) -> Account:
    (folder / "mapping.yaml").write_text(mapping)
    described = {"partner": LABORATORY, "adapter": "lims_senaite", "options": {"client": CLIENT, "contact": CONTACT},
                 "mapping": str(folder / "mapping.yaml")}  # fmt: skip
    known = accounts(json.dumps({"lab": described}), {"lims_senaite": ADAPTER}, Issuer().verifier())
    return known["lab"]


def test_a_dry_run_shows_what_would_be_sent_or_what_the_mapping_lacks(tmp_path: Path) -> None:
    (delivery,) = dry_run.sending(an_account(tmp_path, MAPPING), registered("endotoxin"))["deliveries"]
    assert json.loads(delivery["body"])["Analyses"] == [ENDOTOXIN]
    with pytest.raises(ValueError, match=r"tables\.service: endotoxin"):
        dry_run.sending(an_account(tmp_path, "version: 1"), registered("endotoxin"))


WHOLE = {"uid": "u", "Contact": CONTACT, "SampleType": SAMPLE_TYPE, "DateSampled": "2026-12-01T09:00:00+00:00"}
MADE = ({"getKeyword": "RCP", "getServiceUID": PURITY}, {"getKeyword": "LAL", "getServiceUID": ENDOTOXIN})


def test_a_whole_sample_lacks_nothing_and_a_half_made_one_what_it_is_without() -> None:
    account = given()
    order = sample_order(account, registered().data)
    assert lacks(order, SampleThere(WHOLE, MADE), account.mapping) == {}
    half = lacks(order, SampleThere({**WHOLE, "Contact": None}, MADE[:1]), account.mapping)
    assert half == {"Contact": CONTACT, "Analyses": [{"uid": PURITY}, {"uid": ENDOTOXIN}]}
    kept = lacks(order, SampleThere(WHOLE, ({"getKeyword": "APP", "getServiceUID": APPEARANCE},)), account.mapping)
    assert kept == {"Analyses": [{"uid": APPEARANCE}, {"uid": PURITY}, {"uid": ENDOTOXIN}]}
    over = SampleThere({"uid": "u", "review_state": "cancelled"}, ())
    assert lacks(order, over, account.mapping) == {}


# How far it has come.


def hit(uid: str, minutes: float, **more: Any) -> dict[str, Any]:
    return {"uid": uid, "modified": (NOW + timedelta(minutes=minutes)).isoformat(), "getClientUID": CLIENT, **more}


def test_what_was_read_is_read_again_only_when_it_changed() -> None:
    done = ReadUpTo().after([hit("a", 0), hit("b", 5)])
    assert read_up_to(done.written()) == done
    assert done.begins(None) == NOW - timedelta(minutes=5)
    assert done.unread([hit("a", 0), hit("b", 5), hit("c", 1)]) == [hit("c", 1)]
    assert done.unread([hit("a", 6)]) == [hit("a", 6)]


def test_a_cursor_holds_the_last_minutes_only_and_never_goes_back() -> None:
    done = ReadUpTo().after([hit("a", 0), hit("b", 20)])
    assert set(done.read) == {"b"}
    assert done.after([hit("c", 11)]).newest == NOW + timedelta(minutes=20)
    assert read_up_to("") == ReadUpTo()
    assert ReadUpTo().begins(NOW) == NOW


@pytest.mark.parametrize("hits", [
    [hit("a", -2)], [hit("a", 5), hit("b", 2)], [hit("a", 5), hit("b", 6, getClientUID="0" * 32)],
])  # fmt: skip
def test_a_list_that_is_not_as_it_was_asked_for_is_no_answer(hits: list[dict[str, Any]]) -> None:
    with pytest.raises(Declined):
        check_fits(hits, NOW, CLIENT)


def test_a_list_as_it_was_asked_for_fits() -> None:
    check_fits([hit("a", 0), hit("b", 5), hit("c", 4.5)], NOW, CLIENT)
    check_fits([hit("a", -9)], None, CLIENT)


# What an account says.


def test_what_is_wrong_with_the_options_is_said_at_once() -> None:
    with pytest.raises(ValueError, match=r"'x'.*options\.client.*options\.contact.*options\.since"):
        settings({"x": 1, "client": "DOSELANE", "since": "2026-12-01"})
    assert settings({"client": CLIENT, "contact": CONTACT, "since": "2026-12-01T00:00:00Z"}).since is not None


def test_the_manifest_takes_no_push() -> None:
    assert (ADAPTER.webhooks, ADAPTER.pages) == ((), ())
    assert isinstance(ADAPTER.build(Mapped(settings({"client": CLIENT, "contact": CONTACT}),
                                           mapping_of("m", MAPPING, SHAPE).mapping)), SenaiteReader)  # fmt: skip
