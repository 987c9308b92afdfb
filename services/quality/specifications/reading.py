"""Reads a specification from YAML: every mistake at once, with its path, its line and what to do."""

from collections.abc import Collection
from decimal import Decimal

from services.kernel.errors import InvalidFields
from services.quality.domain.specification.checks import mistakes_in
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
from services.quality.domain.specification.rules import (
    WITHOUT_BOUNDS,
    Combining,
    Measurable,
    Specification,
    TestClass,
    TestRule,
)
from services.quality.domain.specification.values import decimals_of
from services.quality.specifications.fields import Fields, Notes, TextMistake
from services.quality.specifications.tree import tree_of

# Tests that any specification may name without introducing them: what the general monographs ask of radiopharmaceutical
# preparations (Ph. Eur. 0125) and of parenteral ones, in the words of `doselane.lims.v1`.
TESTS = frozenset(
    {
        "activity_concentration",
        "appearance",
        "bioburden",
        "chemical_purity",
        "endotoxin",
        "enantiomeric_purity",
        "ethanol",
        "extractable_volume",
        "fill_volume",
        "filter_integrity",
        "identity",
        "identity_of_ligand",
        "identity_of_nuclide",
        "labelling_yield",
        "osmolality",
        "particulate_matter",
        "ph",
        "radiochemical_purity",
        "radionuclidic_purity",
        "residual_solvents",
        "specific_activity",
        "sterility",
        "total_activity",
    }
)
KINDS = ("limits", "equals", "in_volume", "text", "presence", "trend")


class SpecificationRefused(InvalidFields):
    """The text is no specification; `mistakes` says all that is wrong with it, line by line."""

    reason = "SPECIFICATION_REFUSED"

    def __init__(self, mistakes: list[TextMistake]) -> None:
        self.mistakes = tuple(sorted(mistakes))
        super().__init__([(f"{each.path} (line {each.line})", f"{each.wrong}; {each.mend}") for each in self.mistakes])


def read_specification(text: str, known_tests: Collection[str] | None = None) -> Specification:
    """The specification that a text holds; SpecificationRefused or NotYaml if it holds none that can be used.

    With `known_tests` it names only those, and such as it introduces itself.
    """
    notes = Notes()
    fields = Fields(tree_of(text), "", notes)
    introduced = fields.texts("introduces")
    specification = _specification(fields)
    tests = {rule.test for rule in specification.rules}
    for test in introduced:
        if test not in tests:
            notes.add("introduces", f"{test[:80]!r} is no test of this specification", "leave it out, or add its rule")
    told = {mistake.path for mistake in notes.mistakes}
    known = None if known_tests is None else {*known_tests, *introduced}
    for mistake in mistakes_in(specification, known):
        if not any(mistake.path == path or path.startswith(f"{mistake.path}.") for path in told):
            notes.add(mistake.path, mistake.wrong, mistake.mend)
    if notes.mistakes:
        raise SpecificationRefused(notes.mistakes)
    return specification


def _specification(fields: Fields) -> Specification:
    version = fields.whole("version", 0)
    if version < 1 and fields.path == "":
        fields.notes.add("version", "it must be 1 or more", "count the versions of a specification from 1")
    found = Specification(
        name=fields.text("specification", required=True) or "",
        version=version,
        product=fields.text("product", required=True) or "",
        edition=fields.text("edition", required=True) or "",
        rules=tuple(_rule(each) for each in fields.items("tests")),
        note=fields.text("note") or "",
    )
    fields.done()
    return found


def _rule(fields: Fields) -> TestRule:
    rule = TestRule(
        test=fields.text("test", required=True) or fields.path,
        test_class=fields.choice("class", TestClass, TestClass.BEFORE_USE, required=True),
        criterion=_criterion(fields),
        unit=fields.text("unit"),
        method=fields.text("method"),
        title=fields.text("title") or "",
        replicates=fields.whole("replicates", 1),
        combining=fields.choice("combine", Combining, Combining.EACH),
        required=fields.flag("required", True),
        measurable=_measurable(fields.mapping("measurable")),
        source=fields.text("source") or "",
    )
    fields.done()
    return rule


def _criterion(fields: Fields) -> Criterion:
    kinds = [kind for kind in KINDS if fields.has(kind)]
    if len(kinds) != 1:
        fields.notes.add(fields.path, f"it has {len(kinds)} criteria", f"give exactly one of {', '.join(KINDS)}")
    rounding = fields.text("rounding") or "limit"
    if rounding not in ("limit", "none") and not (rounding.isascii() and rounding.isdigit() and len(rounding) < 3):
        fields.notes.add(fields.at("rounding"), f"{rounding[:40]!r} is no rounding", "write limit, none or digits")
    # Each kind is taken, so that none is reported as an unknown field beside the mistake above.
    limits, volume, trend, presence = (fields.mapping(name) for name in ("limits", "in_volume", "trend", "presence"))
    equals, texts = fields.number("equals"), fields.texts("text")
    if equals is not None:
        return NumberEquality(equals, _digits(equals, rounding))
    if texts:
        return TextEquality(texts)
    if volume is not None:
        return _volume(volume)
    if presence is not None:
        return _presence(presence)
    return _trend(trend) if trend is not None else _limits(limits, rounding)


def _limits(fields: Fields | None, rounding: str) -> Limits:
    if fields is None:
        return Limits()
    found = Limits(
        _bound(fields, "at_least", "more_than", rounding),
        _bound(fields, "at_most", "less_than", rounding),
    )
    fields.done()
    return found


def _bound(fields: Fields, inclusive: str, exclusive: str, rounding: str) -> LimitBound | None:
    if fields.has(inclusive) and fields.has(exclusive):
        fields.notes.add(fields.at(exclusive), f"{inclusive} is there as well", "give one of the two")
    for name in (inclusive, exclusive):
        value = fields.number(name)
        if value is not None:
            fields.number(exclusive)
            return LimitBound(value, name == inclusive, _digits(value, rounding))
    return None


def _digits(value: Decimal, rounding: str) -> int | None:
    if rounding == "none":
        return None
    return int(rounding) if rounding.isascii() and rounding.isdigit() else decimals_of(value)


def _volume(fields: Fields) -> VolumeLimit:
    bound = _bound(fields, "at_most", "less_than", "none")
    if bound is None:
        fields.notes.add(fields.path, "it has no limit", "give at_most or less_than")
    found = VolumeLimit(
        bound.value if bound else Decimal(1), fields.text("unit", required=True) or "IU", not bound or bound.inclusive
    )
    fields.done()
    return found


def _presence(fields: Fields) -> Presence:
    default = Presence()
    found = Presence(fields.texts("accepts") or default.accepted, fields.texts("rejects") or default.rejected)
    fields.done()
    return found


def _trend(fields: Fields) -> Trend:
    found = Trend(
        fields.text("of", required=True) or "",
        _limits(fields.mapping("warning"), "limit"),
        fields.whole("breaches", 0),
        fields.whole("batches", 0),
    )
    fields.done()
    return found


def _measurable(fields: Fields | None) -> Measurable:
    if fields is None:
        return WITHOUT_BOUNDS
    found = Measurable(fields.number("detection_limit"), fields.number("lowest"), fields.number("highest"))
    fields.done()
    return found
