"""A YAML text becomes a specification, or is refused with every mistake at once."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.quality.domain.specification import Specification, TestClass, TestRule
from services.quality.domain.specification.criteria import (
    LimitBound,
    Limits,
    NumberEquality,
    Presence,
    TextEquality,
    Trend,
    VolumeLimit,
)
from services.quality.domain.specification.rules import Combining, Measurable
from services.quality.specifications.fields import ITEMS_MAX, TEXT_MAX
from services.quality.specifications.reading import TESTS, SpecificationRefused, read_specification
from services.quality.specifications.sandbox import sandbox, sandbox_texts
from services.quality.specifications.tree import BYTES_MAX, DEPTH_MAX, NotYaml

HEAD = "specification: ligand\nversion: 3\nproduct: products/ligand\nedition: a text\ntests:\n"
PURITY = "{test: purity, class: BEFORE_USE, unit: '%', limits: {at_least: 95}, source: a text}"


def rule(text: str) -> TestRule:
    """The one rule of a specification."""
    return read_specification(f"{HEAD}- {text}\n").rules[0]


def criterion(fields: str, unit: str = "unit: '%', ") -> object:
    return rule(f"{{test: purity, class: BEFORE_USE, {unit}{fields}, source: a text}}").criterion


def mistakes(text: str, known: frozenset[str] | None = None) -> list[tuple[int, str, str]]:
    with pytest.raises(SpecificationRefused) as refused:
        read_specification(text, known)
    assert all(each.mend for each in refused.value.mistakes)
    return [(each.line, each.path, each.wrong) for each in refused.value.mistakes]


def mistake(fields: str) -> str:
    """What is wrong with one rule, as `path: what`."""
    ((line, path, wrong),) = mistakes(f"{HEAD}- {{test: purity, class: BEFORE_USE, {fields}, source: a text}}\n")
    assert line == 6
    return f"{path.removeprefix('tests[0]')}: {wrong}"


def test_everything_that_a_specification_says_is_read() -> None:
    text = f"""{HEAD}
- test: purity
  title: Radiochemical purity
  class: BEFORE_DISPATCH
  method: HPLC
  unit: "%"
  limits: {{at_least: 95.0, less_than: 101}}
  replicates: 2
  combine: mean
  required: false
  measurable: {{detection_limit: 0.1, lowest: 0.5, highest: 100}}
  source: a text
note: not for use
"""
    limits = Limits(LimitBound(Decimal("95.0"), True, 1), LimitBound(Decimal(101), False, 0))
    assert read_specification(text) == Specification(
        "ligand",
        3,
        "products/ligand",
        "a text",
        (
            TestRule(
                "purity",
                TestClass.BEFORE_DISPATCH,
                limits,
                "%",
                "HPLC",
                "Radiochemical purity",
                2,
                Combining.MEAN,
                False,
                Measurable(Decimal("0.1"), Decimal("0.5"), Decimal(100)),
                "a text",
            ),
        ),
        "not for use",
    )
    least = rule(PURITY)
    assert (least.replicates, least.combining, least.required) == (1, Combining.EACH, True)
    assert (least.measurable, least.method, least.title) == (Measurable(), None, "")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("limits: {more_than: 95}", Limits(low=LimitBound(Decimal(95), False, 0))),
        ("limits: {at_most: 0.10}", Limits(high=LimitBound(Decimal("0.10"), True, 2))),
        ("limits: {at_most: 5}, rounding: limit", Limits(high=LimitBound(Decimal(5), True, 0))),
        ("limits: {at_most: 5}, rounding: none", Limits(high=LimitBound(Decimal(5), True, None))),
        ("limits: {at_most: 5}, rounding: 2", Limits(high=LimitBound(Decimal(5), True, 2))),
        ("equals: 7.0", NumberEquality(Decimal("7.0"), 1)),
    ],
)
def test_limits_keep_their_operators_and_digits(fields: str, expected: object) -> None:
    assert criterion(fields) == expected


def test_the_other_criteria_are_read() -> None:
    assert criterion("text: clear", unit="") == TextEquality(("clear",))
    assert criterion("text: [clear, colourless]", unit="") == TextEquality(("clear", "colourless"))
    assert criterion("presence: {}", unit="") == Presence()
    assert criterion("presence: {accepts: sterile, rejects: [growth]}", unit="") == Presence(("sterile",), ("growth",))
    volume = "in_volume: {less_than: 175, unit: IU}"
    assert criterion(volume, unit="unit: IU/mL, ") == VolumeLimit(Decimal(175), "IU", False)
    assert criterion(volume.replace("less_than", "at_most"), unit="unit: IU/mL, ") == VolumeLimit(Decimal(175), "IU")


def test_a_trend_is_asked_of_no_laboratory() -> None:
    trend = "{of: purity, warning: {at_least: 97}, breaches: 2, batches: 3}"
    read = read_specification(
        f"{HEAD}- {PURITY}\n- {{test: slope, class: AFTER_USE, trend: {trend}, source: a text}}\n"
    )
    assert (list(read.by_test), read.laboratory_tests) == (["purity", "slope"], ("purity",))


def test_a_trend_names_the_test_that_it_watches() -> None:
    trend = "{of: purity, warning: {at_least: 97}, breaches: 2, batches: 3}"
    text = f"{HEAD}- {PURITY}\n- {{test: trend, class: AFTER_USE, trend: {trend}, source: a text}}\n"
    expected = Trend("purity", Limits(low=LimitBound(Decimal(97), True, 0)), 2, 3)
    assert read_specification(text).rules[1].criterion == expected


def test_every_mistake_is_told_at_once_with_its_line() -> None:
    text = """specification: ligand
version: 0
product: products/ligand
tests:
- test: purity
  class: NEVER
  unit: "%"
  limits: {at_least: 99, at_most: 95}
- test: purity
  class: BEFORE_USE
  limits: {at_least: ten}
  colour: red
  source: a text
"""
    assert mistakes(text) == [
        (1, "edition", "it is missing"),
        (2, "version", "it must be 1 or more"),
        (5, "tests[0].source", "it does not say where its limit comes from"),
        (5, "tests[0].test", "'purity' is there more than once"),
        (6, "tests[0].class", "'NEVER' is not known"),
        (8, "tests[0].limits", "no number is ≥ 99 and ≤ 95"),
        (9, "tests[1].unit", "a rule of numbers must say its unit"),
        (11, "tests[1].limits.at_least", "'ten' is no number"),
        (12, "tests[1].colour", "there is no such field"),
    ]
    with pytest.raises(SpecificationRefused) as refused:
        read_specification(text)
    assert refused.value.facts["field"] == "edition (line 1)"
    assert str(refused.value.mistakes[0]) == "line 1, edition: it is missing; add it"
    assert "tests[0].limits (line 8) no number is ≥ 99 and ≤ 95; the lower limit" in refused.value.message


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("limits: {at_least: 95}", ".unit: a rule of numbers must say its unit"),
        ("equals: 1", ".unit: a rule of numbers must say its unit"),
        ("unit: furlong, limits: {at_least: 95}", ".unit: The unit 'furlong' is not known"),
        ("unit: '%', limits: {}", ".limits: there is no limit"),
        ("unit: '%', limits: {more_than: 5, at_most: 5}", ".limits: no number is > 5 and ≤ 5"),
        ("unit: '%', limits: {more_than: 5, less_than: 6}", ".limits: no number is > 5 and < 6"),
        ("unit: '%', limits: {at_least: 5, more_than: 6}", ".limits.more_than: at_least is there as well"),
        ("unit: '%', limits: {at_most: 5, less_than: 6}", ".limits.less_than: at_most is there as well"),
        ("unit: '%', limits: {at_most: NaN}", ".limits.at_most: 'NaN' is no number"),
        ("unit: '%', limits: {at_most: 1_0}", ".limits.at_most: '1_0' is no number"),
        ("unit: '%', limits: {at_most: '9,5'}", ".limits.at_most: '9,5' is no number"),
        ("unit: '%', limits: {at_most: 1e40}", ".limits.at_most: '1e40' is no number"),
        (
            "unit: '%', equals: 1.25, rounding: 1",
            ".equals: the limit 1.25 has more digits than the 1 that results are rounded to",
        ),
        (
            "unit: '%', limits: {at_most: 17.55}, rounding: 1",
            ".limits: the limit 17.55 has more digits than the 1 that results are rounded to",
        ),
        (
            "unit: '%', limits: {at_least: 17.55}, rounding: 1",
            ".limits: the limit 17.55 has more digits than the 1 that results are rounded to",
        ),
        ("unit: '%', limits: {at_most: 5}, rounding: up", ".rounding: 'up' is no rounding"),
        ("unit: '%', limits: {at_most: 5}, rounding: 100", ".rounding: '100' is no rounding"),
        ("unit: '%', limits: {at_most: 5}, replicates: 0", ".replicates: there must be one at least"),
        ("unit: '%', limits: {at_most: 5}, replicates: two", ".replicates: 'two' is no whole number"),
        ("unit: '%', limits: {at_most: 5}, replicates: -1", ".replicates: '-1' is no whole number"),
        ("unit: '%', limits: {at_most: 5}, required: maybe", ".required: 'maybe' is neither"),
        ("unit: '%', limits: {at_most: 5}, combine: median", ".combine: 'median' is not known"),
        ("unit: '%', limits: {at_most: 5, best: 6}", ".limits.best: there is no such field"),
        (
            "unit: '%', limits: {at_most: 5}, measurable: {lowest: 6}",
            ".measurable.lowest: it is above the upper limit: nothing could pass",
        ),
        (
            "unit: '%', limits: {at_least: 5}, measurable: {highest: 4}",
            ".measurable.highest: it is below the lower limit: nothing could pass",
        ),
        (
            "unit: '%', limits: {at_least: 5}, measurable: {lowest: 9, highest: 8}",
            ".measurable: its figures contradict one another",
        ),
        (
            "unit: '%', limits: {at_least: 5}, measurable: {detection_limit: 9, lowest: 8}",
            ".measurable: its figures contradict one another",
        ),
        (
            "unit: IU/mL, limits: {at_most: 17.5}",
            ".limits: a limit of endotoxin for each millilitre holds for one volume only",
        ),
        ("unit: IU, in_volume: {at_most: 175, unit: IU}", ".unit: IU is not IU for each volume"),
        ("unit: MBq/mL, in_volume: {at_most: 175, unit: IU}", ".unit: MBq/mL is not IU for each volume"),
        ("unit: IU/mL, in_volume: {at_most: 0, unit: IU}", ".in_volume: the amount must be above 0"),
        ("unit: IU/mL, in_volume: {unit: IU}", ".in_volume: it has no limit"),
        ("unit: IU/mL, in_volume: {at_most: 175}", ".in_volume.unit: it is missing"),
        (
            "unit: IU/mL, in_volume: {at_most: 175, unit: '[EU]'}",
            ".in_volume.unit: The unit '[EU]' is not taken: UCUM's [EU] is the Ehrlich unit of urobilinogen; say [iU],"
            " IU or EU for endotoxin",
        ),
        ("in_volume: {at_most: 175, unit: IU}", ".unit: a rule of numbers must say its unit"),
        ("unit: '%', text: clear", ".unit: words have no unit"),
        ("presence: {}, combine: mean", ".combine: words have no mean"),
        ("presence: {accepts: [a, b], rejects: [B, c]}", ".presence: it accepts and rejects the same: b"),
        ("presence: {accepts: []}", ".presence.accepts: it is no list of texts"),
        (
            "trend: {of: colour, warning: {at_least: 1}, breaches: 1, batches: 2}",
            ".trend.of: 'colour' is no test of this specification",
        ),
        (
            "trend: {of: purity, warning: {at_least: 1}, breaches: 1, batches: 2}",
            ".trend.of: 'purity' has no limits on numbers",
        ),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(fields: str, told: str) -> None:
    assert mistake(fields) == told


@pytest.mark.parametrize(
    ("trend", "told"),
    [
        ("{of: purity, warning: {at_least: 1}, breaches: 0, batches: 2}", "breaches must be from 1 to batches"),
        ("{of: purity, warning: {at_least: 1}, breaches: 3, batches: 2}", "breaches must be from 1 to batches"),
        ("{of: purity, warning: {at_least: 2, at_most: 1}, breaches: 1, batches: 2}", "no number is ≥ 2 and ≤ 1"),
        ("{of: purity, breaches: 1, batches: 2}", "there is no limit"),
        (
            "{of: purity, warning: {at_least: 1}, breaches: 1, batches: 2}, unit: '%'",
            "a trend has the unit of the test that it watches",
        ),
    ],
)
def test_a_trend_that_cannot_be_meant_is_refused(trend: str, told: str) -> None:
    text = f"{HEAD}- {PURITY}\n- {{test: t, class: AFTER_USE, source: a text, trend: {trend}}}\n"
    assert [(line, wrong) for line, _, wrong in mistakes(text)] == [(7, told)]


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("a", True),
        ("a" * 63, True),
        ("a" * 64, False),
        ("lu177m", True),
        ("1a", False),
        ("Foo Bar", False),
        ("pH", False),
    ],
)
def test_a_test_is_named_as_results_name_it(name: str, right: bool) -> None:
    text = f"{HEAD}- {PURITY.replace('purity', name)}\n"
    if right:
        assert read_specification(text).rules[0].test == name
    else:
        assert mistakes(text, frozenset()) == [(6, "tests[0].test", f"{name!r} is no name of a test")]


def test_the_sandbox_introduces_what_is_its_own_and_no_more() -> None:
    for text in sandbox_texts().values():
        assert read_specification(text, TESTS)


@pytest.mark.parametrize(("fields", "count"), [("unit: '%'", 0), ("unit: '%', limits: {at_most: 1}, equals: 1", 2)])
def test_a_rule_has_exactly_one_criterion(fields: str, count: int) -> None:
    found = mistakes(f"{HEAD}- {{test: purity, class: BEFORE_USE, {fields}, source: a text}}\n")
    assert (6, "tests[0]", f"it has {count} criteria") in found


def test_a_test_that_nobody_knows_is_refused_unless_it_is_introduced() -> None:
    text = f"{HEAD}- {PURITY}\n"
    assert mistakes(text, frozenset({"ph"})) == [(6, "tests[0].test", "'purity' is no known test")]
    assert read_specification(text, {"purity"}) == read_specification(text)
    assert read_specification(f"introduces: [purity]\n{text}", {"ph"}) == read_specification(text)
    both = f"introduces: [purty, purity]\n{text}"
    assert mistakes(both, frozenset({"ph"})) == [(1, "introduces", "'purty' is no test of this specification")]
    with pytest.raises(SpecificationRefused, match="is 'purify' meant\\? If it is new, list it under introduces"):
        read_specification(text, {"ph", "purify"})
    with pytest.raises(SpecificationRefused, match="no known test; if it is new, list it under introduces"):
        read_specification(text, {"ph"})
    trend = "{of: purity, warning: {at_least: 97}, breaches: 2, batches: 3}"
    watched = f"{text}- {{test: trend, class: AFTER_USE, trend: {trend}, source: a text}}\n"
    assert len(read_specification(watched, {"purity"}).rules) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + "  []", (5, "tests", f"it is no list of 1 to {ITEMS_MAX} items")),
        (HEAD + "  purity", (5, "tests", f"it is no list of 1 to {ITEMS_MAX} items")),
        (HEAD + f"- {PURITY}\n" * (ITEMS_MAX + 1), (5, "tests", f"it is no list of 1 to {ITEMS_MAX} items")),
        (HEAD + "- purity", (6, "tests[0]", "it is no mapping")),
        (HEAD + f"- {PURITY}\nversion: 4\n", (7, "version", "it is there a second time")),
        (HEAD + f"- {PURITY}\nnote: {'x' * (TEXT_MAX + 1)}\n", (7, "note", "it is no text")),
        (HEAD + f"- {PURITY}\nnote: [a]\n", (7, "note", "it is no text")),
        (HEAD + f"- {PURITY}\nnote: '  '\n", (7, "note", "it is no text")),
        ("[]", (1, "", "it is no mapping")),
    ],
)
def test_a_text_of_another_shape_is_refused_by_its_line(text: str, told: tuple[int, str, str]) -> None:
    assert told in mistakes(text)


def test_a_long_list_and_a_long_note_are_taken() -> None:
    many = "".join(f"- {PURITY.replace('purity', f'purity{number}')}\n" for number in range(ITEMS_MAX))
    assert len(read_specification(f"{HEAD}{many}note: {'x' * TEXT_MAX}\n").rules) == ITEMS_MAX


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("a: [", r"line 1"),
        ("a: 1\nb: &x 1", r"anchors and aliases are not taken \(line 2\)"),
        ("a: *x", "anchors and aliases are not taken"),
        ("a: !!python/object:os.system 1", "tags are not taken"),
        ("a: \u0007", "character that no YAML may hold"),
        ("[" * DEPTH_MAX + "[" + "]" * DEPTH_MAX + "]", f"deeper than {DEPTH_MAX}"),
        ("a: 1\n---\nb: 2", "found another document"),
        ("a: " + "x" * BYTES_MAX, "larger than 256 KiB"),
    ],
)
def test_what_is_no_yaml_for_us_is_refused(text: str, told: str) -> None:
    with pytest.raises(NotYaml, match=told):
        read_specification(text)


def test_nesting_and_size_are_taken_up_to_their_bound() -> None:
    for text in ("[" * DEPTH_MAX + "]" * DEPTH_MAX, "a: " + "x" * (BYTES_MAX - 3)):
        with pytest.raises(SpecificationRefused):
            read_specification(text)


LINES = sorted({line.strip() for text in sandbox_texts().values() for line in text.splitlines()})
ODD = ["? [a]: b", "- - a", "limits: 5", "text: [[a], {b: c}]", "measurable: [1]", "tests: {a: b}", "~: ~", "unit:"]


@given(
    st.sampled_from(list(sandbox_texts().values())), st.lists(st.tuples(st.integers(0, 90), st.integers()), max_size=4)
)
def test_a_spoilt_text_is_read_or_refused_and_never_anything_else(text: str, spoilt: list[tuple[int, int]]) -> None:
    lines = text.splitlines()
    for at, choice in spoilt:
        line = lines[at % len(lines)]
        new = [*ODD, *LINES][choice % (len(ODD) + len(LINES))]
        lines[at % len(lines)] = line[: len(line) - len(line.lstrip())] + new
    try:
        assert read_specification("\n".join(lines)).rules
    except (SpecificationRefused, NotYaml) as refused:
        assert refused.message


def test_the_sandbox_has_a_specification_for_each_of_its_nuclides_and_says_that_it_is_not_for_use() -> None:
    assert set(sandbox()) == {f"products/{nuclide}-ligand" for nuclide in ("lu", "ac", "pb", "tb")}
    for specification in sandbox().values():
        assert specification.note.startswith("Not for use.")
        assert specification.classes == tuple(TestClass)
        assert all(rule.source for rule in specification.rules)
        assert {"radiochemical_purity", "ph", "endotoxin", "sterility", "identity"} <= specification.by_test.keys()
    assert list(sandbox_texts()) == [f"{nuclide}-ligand-sandbox.yaml" for nuclide in ("ac", "lu", "pb", "tb")]
