"""A stored decision replays to the same verdict, byte for byte."""

import hashlib
import json
from datetime import timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.quality.domain.specification import (
    CensoredFound,
    Facts,
    FoundValue,
    NumberFound,
    Outcome,
    Reading,
    Result,
    Side,
    Specification,
    Standing,
    TestClass,
    WordsFound,
)
from services.quality.domain.specification.criteria import (
    Criterion,
    LimitBound,
    Limits,
    NumberEquality,
    Presence,
    TextEquality,
    Trend,
    VolumeLimit,
)
from services.quality.domain.specification.decisions import decided, replayed, specification_sha256
from services.quality.domain.specification.records import of_specification, of_value, specification_from, value_from
from services.quality.domain.specification.rules import Combining, Measurable, TestRule
from services.quality.domain.specification.values import LimitOfMethod
from services.quality.specifications.sandbox import sandbox
from tests.unit.quality.specification.builders import (
    NOON,
    TEN_ML,
    a_result,
    a_rule,
    a_specification,
    at_least,
    at_most,
)

NUMBERS = st.decimals(min_value=-500, max_value=500, places=3, allow_nan=False)
AMOUNTS = st.decimals(min_value=1, max_value=500, places=1)
BOUNDS = st.builds(LimitBound, NUMBERS, st.booleans(), st.none() | st.integers(0, 3))
LIMITS = st.builds(Limits, st.none() | BOUNDS, st.none() | BOUNDS)
WORDS = st.sampled_from(["complies", "fails", "clear", "", "ä €"])
CRITERIA: st.SearchStrategy[Criterion] = st.one_of(
    LIMITS,
    st.builds(NumberEquality, NUMBERS, st.none() | st.integers(0, 3)),
    st.builds(VolumeLimit, AMOUNTS, st.just("IU"), st.booleans()),
    st.builds(TextEquality, st.lists(WORDS, min_size=1, max_size=3).map(tuple)),
    st.just(Presence()),
)
VALUES: st.SearchStrategy[FoundValue] = st.one_of(
    st.builds(NumberFound, NUMBERS),
    st.builds(CensoredFound, st.sampled_from(Side), NUMBERS | st.sampled_from(LimitOfMethod), st.booleans()),
    st.builds(WordsFound, WORDS),
)
TESTS = ("a", "b", "c")
INSTANTS = st.integers(0, 2 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes - 24 * 60))
RESULTS = st.builds(
    Result,
    source=st.sampled_from(["1", "2", "3", "4", "5"]),
    test=st.sampled_from([*TESTS, "unknown"]),
    value=VALUES,
    instant=INSTANTS,
    verified=st.booleans(),
    replicate=st.integers(1, 2),
    unit=st.sampled_from([None, "%", "ppm", "IU/mL", "mAU"]),
    method=st.sampled_from([None, "HPLC", "TLC"]),
    standing=st.sampled_from(Standing),
    replaces=st.none() | st.sampled_from(["1", "2"]),
)
RULES = st.builds(
    TestRule,
    test=st.just("?"),
    test_class=st.sampled_from(TestClass),
    criterion=CRITERIA,
    unit=st.sampled_from(["%", "IU/mL"]),
    method=st.sampled_from([None, "HPLC"]),
    replicates=st.integers(1, 2),
    combining=st.sampled_from(Combining),
    required=st.booleans(),
    measurable=st.builds(Measurable, st.none() | NUMBERS, st.none() | NUMBERS, st.none() | NUMBERS),
    source=st.just("a text"),
)
FACTS = st.builds(
    Facts,
    sampled_at=st.none() | INSTANTS,
    volume_ml=st.none() | AMOUNTS,
    earlier=st.dictionaries(
        st.sampled_from(TESTS),
        st.lists(st.builds(Reading, st.just("b"), NUMBERS, st.sampled_from(["%", "mAU"])), max_size=3).map(tuple),
    ),
)


@st.composite
def specifications(draw: st.DrawFn) -> Specification:
    rules = [TestRule(**{**draw(RULES).__dict__, "test": name}) for name in TESTS]
    if isinstance(rules[0].criterion, Limits | NumberEquality):
        trend = Trend("a", draw(LIMITS), draw(st.integers(1, 2)), draw(st.integers(2, 3)))
        rules.append(TestRule("t", TestClass.BEFORE_USE, trend, source="a text"))
    return a_specification(*rules)


@given(specifications(), st.lists(RESULTS, max_size=6), FACTS, st.randoms())
def test_a_decision_replays_to_the_same_whatever_the_order_of_its_results(
    specification: Specification, results: list[Result], facts: Facts, random: object
) -> None:
    first = decided(specification, results, facts)
    again = replayed(first.record)
    assert (again.evaluation, again.record, again.sha256) == (first.evaluation, first.record, first.sha256)
    shuffled = list(results)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert decided(specification, shuffled, facts) == first
    assert specification_from(of_specification(specification)) == specification


def test_one_value_in_two_spellings_under_one_id_is_written_alike_whichever_came_first() -> None:
    specification = a_specification(a_rule(at_least("95.0")))
    short, long = a_result("99.2"), a_result("99.20")
    decisions = [decided(specification, results, TEN_ML) for results in ([short, long], [long, short])]
    assert decisions[0] == decisions[1]
    assert decisions[0].evaluation.overall is Outcome.PASS


@given(VALUES)
def test_a_value_is_written_and_read_back(value: FoundValue) -> None:
    assert value_from(json.loads(json.dumps(of_value(value)))) == value


def test_the_record_says_what_was_decided_from_what() -> None:
    decision = decided(a_specification(a_rule(at_least("95.0"))), [a_result("99.20")], TEN_ML)
    record = json.loads(decision.record)
    assert record["evaluation"]["overall"] == "PASS"
    assert record["evaluation"]["classes"] == {"BEFORE_DISPATCH": "PASS"}
    assert record["evaluation"]["tests"][0]["sentences"] == ["99.20 %, rounded 99.2, is within ≥ 95.0."]
    assert record["inputs"]["results"][0]["value"] == {"number": "99.20"}
    assert record["inputs"]["results"][0]["instant"] == "2026-03-02T12:00:00Z"
    assert record["inputs"]["facts"] == {"sampled_at": "2026-03-02T10:00:00Z", "volume_ml": "10", "earlier": {}}
    assert record["specification"]["rules"][0]["criterion"] == {"limits": {"low": ["95.0", True, 1], "high": None}}
    assert decision.sha256 == hashlib.sha256(decision.record).hexdigest()
    canonical = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert decision.record == canonical


def test_one_changed_digit_changes_the_hash() -> None:
    specification = a_specification(a_rule(at_least("95")))
    hashes = {decided(specification, [a_result(value)], TEN_ML).sha256 for value in ("99.2", "99.20", "99.21")}
    assert len(hashes) == 3
    assert specification_sha256(specification) != specification_sha256(a_specification(a_rule(at_least("95.0"))))
    assert specification_sha256(specification) == specification_sha256(a_specification(a_rule(at_least("95"))))


def test_an_instant_is_the_same_in_every_zone() -> None:
    east = a_result("99", instant=NOON.astimezone(timezone(timedelta(hours=9))))
    specification = a_specification(a_rule(at_least("95")))
    assert decided(specification, [east], TEN_ML).sha256 == decided(specification, [a_result("99")], TEN_ML).sha256


def test_a_record_of_no_known_criterion_is_no_record() -> None:
    written = of_specification(a_specification(a_rule(at_most("1"))))
    written["rules"][0]["criterion"] = {"magic": 1}
    with pytest.raises(ValueError, match="no criterion"):
        specification_from(written)


def test_a_batch_of_the_sandbox_passes_with_good_results_and_fails_with_one_bad() -> None:
    good = {
        "appearance": ("clear", None), "identity": ("complies", None), "sterility": ("no growth", None),
        "radiochemical_purity": ("98.7", "%"), "unbound_lutetium": ("ND", "%"), "ph": ("5", "pH"),
        "lu177m": ("<0.001", "%"), "activity_concentration": ("1.01", "GBq/mL"), "endotoxin": ("<0.5", "EU/mL"),
        "filter_integrity": ("3.4", "bar"),
    }  # fmt: skip
    lutetium = sandbox()["products/lu-ligand"]
    rules = {test: lutetium.by_test[test] for test in good}
    results = [
        a_result(value if rules[test].numeric else WordsFound(value), test, test, unit=unit)
        for test, (value, unit) in good.items()
    ]
    facts = Facts(volume_ml=Decimal("12.5"))
    assert decided(lutetium, results, facts).evaluation.overall == Outcome.PASS
    bad = [a_result("94", "radiochemical_purity", "x", replaces="radiochemical_purity")]
    found = decided(lutetium, [*results, *bad], facts).evaluation
    assert (found.by_class[TestClass.BEFORE_DISPATCH], found.by_class[TestClass.AFTER_USE]) == (
        Outcome.FAIL,
        Outcome.PASS,
    )
