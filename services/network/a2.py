"""How much of A1 or A2 the contents of a package take up: Σ(A/A2) over its nuclides, daughters and impurities.

A1 and A2 are data with their edition, entered and signed by a person; none is built in but what follows from physics:
half-lives, what a nuclide sends out, and which daughters outlive their parents.

**Daughters** (IAEA SSR-6 (Rev. 1), paragraph 403 and footnote (a) of table 2): a chain in which no daughter lives
longer than 10 days, or longer than its parent, counts as one nuclide, by its parent's activity and its parent's row. So
Ac-225 includes Fr-221 to Pb-209, and Ra-223 and Pb-212 theirs. A daughter that does live longer is a nuclide of the
mixture: who does not declare one has it counted at the greatest activity that can ever grow in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Context, Decimal
from enum import StrEnum

from services.kernel.activity import HALF_LIVES, HALF_LIVES_MAX
from services.kernel.errors import Invalid

BQ_PER_TBQ = Decimal(10) ** 12
# What a document or a label names makes up this part of the whole fraction (49 CFR 173.433(g)).
NAMED_SHARE_MIN = Decimal("0.95")
_EXACT = Context(prec=60)
_SHOWN = Context(prec=4, rounding=ROUND_CEILING)
_DAY = Decimal(86_400)
_YEAR = Decimal("365.2422") * _DAY


class Emission(StrEnum):
    """What a nuclide sends out: it decides the default row of an edition that does not list the nuclide."""

    BETA_GAMMA = "BETA_GAMMA"
    ALPHA = "ALPHA"
    NEUTRON_OR_NOT_KNOWN = "NEUTRON_OR_NOT_KNOWN"


@dataclass(frozen=True, slots=True)
class RadioactiveContent:
    """One nuclide in a package, such as `Lu-177`, with its activity at an instant; None: not known.

    Without `emission` a nuclide counts as what is known of it here, and one that is not known here as neutron emitter.
    """

    nuclide: str
    activity_bq: Decimal | None
    at: datetime | None = None
    emission: Emission | None = None


@dataclass(frozen=True, slots=True)
class A2Edition:
    """A1 and A2 values in TBq, of one edition. `not_for_use` marks a table that is for trying out only."""

    name: str
    a2_tbq: Mapping[str, Decimal]
    default_a2_tbq: Mapping[Emission, Decimal] = field(default_factory=dict)
    not_for_use: bool = False
    a1_tbq: Mapping[str, Decimal] = field(default_factory=dict)
    default_a1_tbq: Mapping[Emission, Decimal] = field(default_factory=dict)

    def lists(self, nuclide: str, *, special_form: bool = False) -> bool:
        """Whether it has a row of its own for a nuclide."""
        return nuclide in (self.a1_tbq if special_form else self.a2_tbq)

    def value_tbq(self, nuclide: str, emission: Emission, *, special_form: bool = False) -> Decimal:
        """A2, or A1 of special form, of a nuclide; by its emission's default row where it has no row of its own."""
        rows, defaults = self.a2_tbq, self.default_a2_tbq
        if special_form:
            rows, defaults = self.a1_tbq, self.default_a1_tbq
        value = rows.get(nuclide, defaults.get(emission))
        if value is None or value <= 0:
            limit = "A1" if special_form else "A2"
            raise Invalid(
                f"The edition has neither an {limit} value nor a default row for this nuclide.",
                field="contents.nuclide",
                nuclide=nuclide,
                edition=self.name,
            )
        return value


# Table 3 of IAEA SSR-6 for nuclides that a table does not list, in TBq: without a table every nuclide is one.
NO_TABLE = A2Edition(
    "no table entered",
    {},
    {
        Emission.BETA_GAMMA: Decimal("0.02"),
        Emission.ALPHA: Decimal("0.00009"),
        Emission.NEUTRON_OR_NOT_KNOWN: Decimal("0.00009"),
    },
    not_for_use=True,
    default_a1_tbq={
        Emission.BETA_GAMMA: Decimal("0.1"),
        Emission.ALPHA: Decimal("0.2"),
        Emission.NEUTRON_OR_NOT_KNOWN: Decimal("0.001"),
    },
)


@dataclass(frozen=True, slots=True)
class A2Share:
    """How much of A2 (of A1, for special form) a package's contents take up.

    `by_default_row` are the nuclides that the edition does not list, `progeny` the daughters that were counted although
    nobody declared them.
    """

    fraction: Decimal
    by_default_row: tuple[str, ...] = ()
    progeny: tuple[str, ...] = ()

    @property
    def shown(self) -> Decimal:
        """Four digits, rounded up: a share of A2 is never shown smaller than it is."""
        return _SHOWN.plus(self.fraction)


def a2_share(
    contents: Sequence[RadioactiveContent], edition: A2Edition, *, special_form: bool = False
) -> A2Share | None:
    """The mixture rule, Σ(A/A2); None while the contents or an activity of them are not known."""
    if not contents or any(each.activity_bq is None for each in contents):
        return None
    counted = with_progeny(contents)
    fraction = Decimal(0)
    for each in counted:
        fraction = _EXACT.add(fraction, _fraction(each, edition, special_form))
    unlisted = [each.nuclide for each in counted if not edition.lists(each.nuclide, special_form=special_form)]
    progeny = [each.nuclide for each in counted[len(contents) :]]
    return A2Share(fraction, tuple(dict.fromkeys(unlisted)), tuple(progeny))


def with_progeny(contents: Sequence[RadioactiveContent]) -> tuple[RadioactiveContent, ...]:
    """The contents, and behind them each longer-lived daughter that is not among them, at the most that may grow in.

    An activity that is not known makes that of its daughter unknown.
    """
    declared = {each.nuclide for each in contents}
    found: dict[str, RadioactiveContent] = {}
    for parent in contents:
        for daughter, ratio in _greatest_ingrowth(parent.nuclide):
            if daughter in declared:
                continue
            grown = None if parent.activity_bq is None else _EXACT.multiply(parent.activity_bq, ratio)
            known = found.get(daughter)
            found[daughter] = _added(known, grown) if known else RadioactiveContent(daughter, grown, parent.at)
    return (*contents, *found.values())


def activity_when(content: RadioactiveContent, when: datetime) -> Decimal | None:
    """Activity in becquerel at an instant; None if it is not known, or was measured at nobody knows when.

    A nuclide whose half-life is not known here keeps its activity, which is the most that it may have from then on;
    what it had before is not known.
    """
    if content.activity_bq is None or content.at is None:
        return None
    half_life_s = half_life_seconds(content.nuclide)
    elapsed = when - content.at
    if half_life_s is None:
        return content.activity_bq if elapsed >= timedelta(0) else None
    half_lives = min(elapsed.total_seconds() / float(half_life_s), float(HALF_LIVES_MAX))
    if half_lives < -HALF_LIVES_MAX:
        raise Invalid(
            "The instants are too far apart for this nuclide.", field="contents.time", nuclide=content.nuclide
        )
    return _EXACT.multiply(content.activity_bq, Decimal(2.0**-half_lives))


def named_nuclides(
    contents: Sequence[RadioactiveContent], edition: A2Edition, *, special_form: bool = False
) -> tuple[str, ...]:
    """The nuclides that a label must name, the most restrictive first; all of them while an activity is not known.

    Those of which the fractions of A2 make up 95 % of the whole (49 CFR 173.433(g)).
    """
    if any(each.activity_bq is None for each in contents):
        return tuple(dict.fromkeys(each.nuclide for each in contents))
    shares: dict[str, Decimal] = {}
    for each in contents:
        shares[each.nuclide] = shares.get(each.nuclide, Decimal(0)) + _fraction(each, edition, special_form)
    named: list[str] = []
    enough, reached = sum(shares.values(), Decimal(0)) * NAMED_SHARE_MIN, Decimal(0)
    for nuclide, share in sorted(shares.items(), key=lambda pair: -pair[1]):
        if named and reached >= enough:
            break
        named.append(nuclide)
        reached += share
    return tuple(named)


def emission_of(content: RadioactiveContent) -> Emission:
    """What a nuclide sends out, its short-lived daughters included."""
    return content.emission or _EMISSIONS.get(content.nuclide, Emission.NEUTRON_OR_NOT_KNOWN)


def half_life_seconds(nuclide: str) -> Decimal | None:
    """The half-life of a nuclide that can be shipped, or of its daughters and impurities; None: not known here."""
    return _HALF_LIVES_S.get(nuclide)


def _fraction(content: RadioactiveContent, edition: A2Edition, special_form: bool) -> Decimal:
    assert content.activity_bq is not None
    value_tbq = edition.value_tbq(content.nuclide, emission_of(content), special_form=special_form)
    return _EXACT.divide(_activity(content.activity_bq), value_tbq * BQ_PER_TBQ)


def _activity(becquerel: Decimal) -> Decimal:
    if not (becquerel.is_finite() and becquerel >= 0):
        raise Invalid("An activity is a finite number, zero or more.", field="contents.activity", value=becquerel)
    return becquerel


def _added(known: RadioactiveContent, more: Decimal | None) -> RadioactiveContent:
    unknown = known.activity_bq is None or more is None
    return replace(known, activity_bq=None if unknown else known.activity_bq + more)  # type: ignore[operator]


def _greatest_ingrowth(parent: str) -> Iterable[tuple[str, Decimal]]:
    """Daughters that count by themselves, and the most of each that there ever is for each becquerel of the parent."""
    for daughter, yielded in _LONG_LIVED_PROGENY.get(parent, ()):
        own, of_parent = _HALF_LIVES_S[daughter], _HALF_LIVES_S[parent]
        # All atoms of the parent at once, if it decays faster than the daughter; else transient equilibrium.
        most = of_parent / own if of_parent < own else of_parent / (of_parent - own)
        yield daughter, _EXACT.multiply(yielded, most)


# Daughters and impurities: ICRP-107, whose figures the tests compare.
_HALF_LIVES_S: Mapping[str, Decimal] = {
    **{str(nuclide): half.seconds for nuclide, half in HALF_LIVES.items()},
    "Ac-227": Decimal("21.772") * _YEAR,
    "Bi-207": Decimal("32.9") * _YEAR,
    "Lu-177m": Decimal("160.4") * _DAY,
    "Tc-99": Decimal("211100") * _YEAR,
    "Te-123m": Decimal("119.25") * _DAY,
    "Th-227": Decimal("18.68") * _DAY,
    "Xe-131m": Decimal("11.84") * _DAY,
}
# Daughters that live longer than 10 days or than their parents, and how many there are for each decay of the parent
# (ICRP-107). Those in between are short-lived. Te-123 lives so long that it counts as stable.
_LONG_LIVED_PROGENY: Mapping[str, tuple[tuple[str, Decimal], ...]] = {
    "Ac-227": (("Th-227", Decimal("0.9862")), ("Ra-223", Decimal("1.0025"))),  # as its parent is 0.24 % above Ac-227
    "At-211": (("Bi-207", Decimal("0.418")),),
    "I-123": (("Te-123m", Decimal("0.00004442")),),
    "I-131": (("Xe-131m", Decimal("0.01176")),),
    "Tc-99m": (("Tc-99", Decimal(1)),),
    "Th-227": (("Ra-223", Decimal(1)),),
}
# An alpha emitter is who has one among its short-lived daughters too.
_ALPHA = ("Ac-225", "Ac-227", "At-211", "Pb-212", "Ra-223", "Th-227")
_EMISSIONS: Mapping[str, Emission] = {
    nuclide: Emission.ALPHA if nuclide in _ALPHA else Emission.BETA_GAMMA for nuclide in _HALF_LIVES_S
}
