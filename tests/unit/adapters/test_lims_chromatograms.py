"""What a chromatogram in Allotrope's model is taken for."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from doselane.lims.v1.lims_pb2 import Result

from adapters.lims_generic.translate import ALLOTROPE
from adapters.manifest import Fact
from services.kernel.timestamps import stamp
from tests.support.laboratory import (
    MAPPING,
    OPTIONS,
    PEAKS,
    SAMPLE,
    a_chromatogram,
    a_peak,
    a_reader,
    a_signal,
    an_injection,
    read,
    refused,
)

LC = "/liquid chromatography aggregate document/liquid chromatography document/0"
SIGNAL = f"{LC}/measurement aggregate document/measurement document"
PEAK_LIST = "processed data aggregate document/processed data document/0/peak list/peak"


def facts(document: dict[str, Any], mapping: str = MAPPING) -> list[Fact]:
    return list(read(ALLOTROPE, document, a_reader(mapping)).facts)


def of_peaks(*peaks: dict[str, Any]) -> dict[str, Any]:
    return a_chromatogram(an_injection(a_signal(*peaks)))


def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """A good document whose one signal was changed."""
    signal = copy.deepcopy(a_signal(*PEAKS))
    change(signal)
    return a_chromatogram(an_injection(signal))


def test_a_named_peak_of_the_radio_signal_is_a_result_with_all_its_digits() -> None:
    unbound, pure = facts(a_chromatogram())
    assert pure.said == Result(
        result_id="INJ-1/radiochemical_purity", sample_references=[SAMPLE, "QC1"], test="radiochemical_purity",
        test_code="product", state=Result.VERIFIED, value="99.68", unit="%", method="HPLC", instrument="HPLC-7",
        capture_time=stamp(datetime(2026, 12, 1, 5, 11, tzinfo=UTC)), parser="converter 0.1.150",
    )  # fmt: skip
    assert (unbound.said.test, unbound.said.value, unbound.index, pure.index) == ("unbound_lutetium", "0.32", 0, 1)
    assert (pure.warnings, pure.references) == ((), (SAMPLE, "QC1"))
    assert "operator" not in str(pure.said)


def test_the_mapping_and_never_the_unit_says_which_signal_is_radio() -> None:
    ultraviolet = a_signal(a_peak("product", 100, 1000, 50), label="UV_VIS_1", detection="absorbance")
    document = a_chromatogram(an_injection(ultraviolet, a_signal(*PEAKS)))
    assert [fact.said.value for fact in facts(document)] == ["0.32", "99.68"]
    by_label = MAPPING.replace("RADIO_1/radiometric: radio", "RADIO_1: radio")
    by_detection = MAPPING.replace("RADIO_1/radiometric: radio", "/radiometric: radio")
    assert facts(document, by_label) == facts(document, by_detection) == facts(document)


def test_a_signal_of_another_detection_is_not_the_radio_signal() -> None:
    refusal = refused(ALLOTROPE, a_chromatogram(an_injection(a_signal(*PEAKS, detection="absorbance"))))
    assert (refusal.reason, refusal.place) == ("CHANNEL_UNKNOWN", f"{SIGNAL}/0")
    assert "RADIO_1/absorbance" in refusal.detail


def test_two_radio_signals_are_ambiguous() -> None:
    refusal = refused(ALLOTROPE, a_chromatogram(an_injection(a_signal(*PEAKS), a_signal(*PEAKS))))
    assert (refusal.reason, refusal.place) == ("CHANNEL_AMBIGUOUS", f"{SIGNAL}/1")


@pytest.mark.parametrize(("shares", "fits"), [
    ((0.32, 99.68), True), ((0.33, 99.68), True), ((0.34, 99.68), False), ((0.30, 99.68), False),
    ((12.3, 87.6), True), ((12.3, 87.5), False), ((33, 33, 33), True), ((33, 33, 32), False),
    ((33.333333333333336, 33.333333333333336, 33.333333333333336), True), ((0.0, 100), True), ((-0.0, 100), True),
    ((50, 50.0002), False), ((50, 50.00009), True), ((81.05229, 0.09422549), False), ((-1, 101), False),
])  # fmt: skip
def test_the_shares_of_a_signal_come_to_a_hundred_but_for_rounding(shares: tuple[float, ...], fits: bool) -> None:
    names = ("product", "free nuclide", "other")
    document = of_peaks(*(a_peak(name, share, 1000, 100) for name, share in zip(names, shares, strict=False)))
    if fits:
        assert len(facts(document)) == 2
    else:
        assert refused(ALLOTROPE, document).reason == "AREAS_NOT_WHOLE"


def test_a_number_in_any_form_is_the_same_text() -> None:
    written = json.dumps(a_chromatogram()).replace("99.68", "9.968e1").replace("0.32", "32e-2").encode()
    assert [fact.said.value for fact in read(ALLOTROPE, written).facts] == ["0.32", "99.68"]
    nought = json.dumps(of_peaks(a_peak("free nuclide", 7, 5, 5), a_peak("product", 100, 500, 50)))
    assert read(ALLOTROPE, nought.replace('"value": 7,', '"value": -0.0,').encode()).facts[0].said.value == "0.0"


@pytest.mark.parametrize(("area", "height", "fits"), [
    (100, 10, True), (100_000, 5000, True), (99.9, 10, False), (100, 9.99, False), (100_000.1, 10, False),
    (100, 5000.1, False), (28272, 0.94, False),  # a thousand times too small, as a converter once told
])  # fmt: skip
def test_the_main_peak_must_be_plausible(area: float, height: float, fits: bool) -> None:
    document = of_peaks(a_peak("free nuclide", 0.32, 1, 0.1), a_peak("product", 99.68, area, height))
    if fits:
        assert len(facts(document)) == 2
    else:
        refusal = refused(ALLOTROPE, document)
        assert (refusal.reason, refusal.place) == ("PEAK_IMPLAUSIBLE", f"{SIGNAL}/0/{PEAK_LIST}/1")


@pytest.mark.parametrize(("area", "height"), [(100_001, 1), (1, 5001), (-1, 1), (1, -1)])
def test_a_small_peak_may_be_small_but_not_below_nought_nor_above_all(area: float, height: float) -> None:
    document = of_peaks(a_peak("free nuclide", 0.32, area, height), PEAKS[1])
    assert refused(ALLOTROPE, document).place == f"{SIGNAL}/0/{PEAK_LIST}/0"


def role(word: str) -> Callable[[dict[str, Any]], Any]:
    return lambda signal: signal["sample document"].update({"sample role type": word})


def kind(word: str) -> Callable[[dict[str, Any]], Any]:
    custom = "custom information document"
    return lambda signal: signal["injection document"][custom].update({"injection type": word})


def name(word: str) -> Callable[[dict[str, Any]], Any]:
    return lambda signal: signal["sample document"].update({"written name": word})


@pytest.mark.parametrize(("change", "words"), [
    (role("blank role"), "sample role is 'blank role'"),
    (role("a new role"), "sample role is 'a new role'"),
    (kind("Calibration Standard"), "injection type is 'Calibration Standard'"),
    (name("Blank_01"), "name says 'Blank'"),
    (name("SST-4"), "name says 'SST'"),
])  # fmt: skip
def test_what_is_no_sample_is_never_a_result(change: Callable[[dict[str, Any]], Any], words: str) -> None:
    found = read(ALLOTROPE, changed(change))
    assert found.facts == ()
    assert found.remark.startswith("injection INJ-1: ")
    assert words in found.remark


@pytest.mark.parametrize(
    "change", [role("Unknown sample role"), role("sample role"), kind("unknown"), name("blankets")]
)
def test_what_is_said_to_be_a_sample_is_one(change: Callable[[dict[str, Any]], Any]) -> None:
    assert len(facts(changed(change))) == 2


def test_an_account_has_words_of_its_own_for_what_is_no_sample() -> None:
    reader = a_reader(allotrope={**OPTIONS["allotrope"], "not_samples": ["Leerwert"]})
    assert read(ALLOTROPE, changed(name("leerwert 3")), reader).facts == ()
    assert len(read(ALLOTROPE, changed(name("blank 3")), reader).facts) == 2


def test_a_blank_with_a_second_signal_spoils_nothing_of_the_sample_beside_it() -> None:
    blank = copy.deepcopy(a_signal(a_peak("product", 3, 1, 1)))
    name("blank")(blank)
    found = read(ALLOTROPE, a_chromatogram(an_injection(blank, a_signal()), an_injection(a_signal(*PEAKS))))
    assert [fact.said.value for fact in found.facts] == ["0.32", "99.68"]


def test_a_signal_that_was_not_integrated_is_no_result_and_no_purity() -> None:
    for document in (of_peaks(), changed(lambda signal: signal.pop("processed data aggregate document"))):
        found = read(ALLOTROPE, document)
        assert (found.facts, "was not integrated" in found.remark) == ((), True)
    found = read(ALLOTROPE, of_peaks(a_peak("peak 1", 100, 1000, 100)))
    assert (found.facts, "no peak of it is in the mapping" in found.remark) == ((), True)


def test_of_many_remarks_the_first_are_told() -> None:
    remark = read(ALLOTROPE, a_chromatogram(*[an_injection(a_signal())] * 7)).remark
    assert (remark.count("injection INJ-1"), remark.endswith("and 2 more")) == (5, True)
    assert "more" not in read(ALLOTROPE, a_chromatogram(*[an_injection(a_signal())] * 5)).remark


def test_a_file_counts_as_the_account_says() -> None:
    reader = a_reader(allotrope={name: value for name, value in OPTIONS["allotrope"].items() if name != "state"})
    assert {fact.said.state for fact in read(ALLOTROPE, a_chromatogram(), reader).facts} == {Result.PRELIMINARY}


def test_a_newer_converter_that_says_the_same_tells_no_second_story() -> None:
    document = json.dumps(a_chromatogram())
    before, after = facts(json.loads(document)), facts(json.loads(document.replace("0.1.150", "0.1.151")))
    assert [(fact.key, fact.content) for fact in before] == [(fact.key, fact.content) for fact in after]
    other = facts(json.loads(document.replace("99.68", "99.60").replace("0.32", "0.40")))
    assert [fact.key for fact in other] == [fact.key for fact in before]
    assert [fact.content for fact in other] != [fact.content for fact in before]


def test_a_time_of_injection_without_zone_is_the_accounts_and_a_missing_one_is_told() -> None:
    said = facts(changed(lambda signal: signal["injection document"].update({"injection time": "2026-12-01T06:11:00"})))
    assert said[0].said.capture_time.ToDatetime(UTC) == datetime(2026, 12, 1, 5, 11, tzinfo=UTC)
    without = facts(changed(lambda signal: signal["injection document"].pop("injection time")))
    assert (without[0].said.HasField("capture_time"), without[0].warnings) == (False, ("TIME_MISSING",))


def drop(*path: str) -> Callable[[dict[str, Any]], Any]:
    def change(signal: dict[str, Any]) -> None:
        for step in path[:-1]:
            signal = signal[step]
        del signal[path[-1]]

    return change


def peak(**parts: Any) -> Callable[[dict[str, Any]], Any]:
    def change(signal: dict[str, Any]) -> None:
        (processed,) = signal["processed data aggregate document"]["processed data document"]
        processed["peak list"]["peak"][1].update({name.replace("_", " "): part for name, part in parts.items()})

    return change


@pytest.mark.parametrize(("change", "place", "words"), [
    (drop("sample document"), "sample document", "is missing"),
    (drop("injection document"), "injection document", "is missing"),
    (drop("injection document", "injection identifier"), "injection document/injection identifier", "is missing"),
    (peak(relative_peak_area={"value": 99.68, "unit": "mAU"}), f"{PEAK_LIST}/1/relative peak area/unit", "must be %"),
    (peak(relative_peak_area={"unit": "%"}), f"{PEAK_LIST}/1/relative peak area/value", "is missing"),
    (peak(peak_area={"value": "28272"}), f"{PEAK_LIST}/1/peak area/value", "must be a number"),
    (peak(peak_area={"value": True}), f"{PEAK_LIST}/1/peak area/value", "must be a number"),
    (peak(peak_area={"value": 10**41}), f"{PEAK_LIST}/1/peak area/value", "no number"),
    (peak(peak_height=None), f"{PEAK_LIST}/1/peak height", "must be an object"),
    (peak(written_name=7), f"{PEAK_LIST}/1/written name", "must be a text"),
    (peak(written_name="x" * 201), f"{PEAK_LIST}/1/written name", "at most 200"),
])  # fmt: skip
def test_what_decides_and_is_not_as_the_model_has_it_is_refused_with_its_place(
    change: Callable[[dict[str, Any]], Any], place: str, words: str
) -> None:
    refusal = refused(ALLOTROPE, changed(change))
    assert (refusal.reason, refusal.place) == ("BODY_NOT_ALLOTROPE", f"{SIGNAL}/0/{place}")
    assert words in refusal.detail


def test_a_huge_exponent_is_refused_before_it_is_written_out() -> None:
    written = json.dumps(a_chromatogram()).replace("28272.0", "0e999999").encode()
    assert refused(ALLOTROPE, written).reason == "BODY_NOT_ALLOTROPE"


def test_a_peak_that_stands_twice_or_a_signal_integrated_twice_is_ambiguous() -> None:
    twice = of_peaks(a_peak("product", 50, 1000, 100), a_peak("product", 50, 1000, 100))
    assert refused(ALLOTROPE, twice).reason == "PEAK_AMBIGUOUS"

    def again(signal: dict[str, Any]) -> None:
        processed = signal["processed data aggregate document"]
        processed["processed data document"] *= 2

    assert refused(ALLOTROPE, changed(again)).reason == "INTEGRATED_TWICE"


@pytest.mark.parametrize("word", ["N/A", "", "unknown"])
def test_an_injection_without_a_sample_is_refused(word: str) -> None:
    document = changed(lambda signal: signal.update({"sample document": {"sample identifier": word}}))
    assert refused(ALLOTROPE, document).reason == "SAMPLE_MISSING"


def test_another_edition_and_an_account_without_chromatograms_are_refused() -> None:
    other = {
        **a_chromatogram(),
        "$asm.manifest": "http://purl.allotrope.org/manifests/liquid-chromatography/REC/2024/03",
    }
    for document in (other, {}, [], None):
        refusal = refused(ALLOTROPE, document)
        assert (refusal.reason, refusal.place) == ("MANIFEST_UNKNOWN", "/$asm.manifest")
    assert refused(ALLOTROPE, a_chromatogram(), a_reader(allotrope=None)).reason == "FORMAT_NOT_AGREED"


def test_a_document_without_its_converter_is_refused() -> None:
    document = a_chromatogram()
    del document["liquid chromatography aggregate document"]["data system document"]["ASM converter version"]
    refusal = refused(ALLOTROPE, document)
    assert refusal.place.endswith("/data system document/ASM converter version")


def test_all_that_is_wrong_with_a_document_is_said_at_once_and_nothing_of_it_counts() -> None:
    bad = an_injection(a_signal(a_peak("product", 90, 1000, 100)))
    refusal = refused(ALLOTROPE, a_chromatogram(bad, an_injection(a_signal(*PEAKS)), an_injection()))
    assert refusal.detail.startswith("2 mistakes: ")
    assert "document/2)" in refusal.detail
    assert refusal.reason == "AREAS_NOT_WHOLE"
