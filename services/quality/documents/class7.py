"""Class 7 arithmetic: transport index, category of a package, and how much of A2 its contents take up.

49 CFR 172.403(c) and (b), IAEA SSR-6 alike. A1 and A2 are data with their edition, entered and signed by a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Context, Decimal
from enum import StrEnum

from services.kernel.errors import Invalid
from services.quality.documents.facts import ContentFacts, Emission, PackageFacts, PackageType
from services.quality.documents.units import activity_bq

# A measured index up to this counts as zero.
INDEX_ZERO_MAX = Decimal("0.05")
SURFACE_MSV_H_MAX = Decimal(10)
_BQ_PER_TBQ = Decimal(10) ** 12
_EXACT = Context(prec=60)


class PackageCategory(StrEnum):
    """The category on a package's label."""

    WHITE_I = "I-WHITE"
    YELLOW_II = "II-YELLOW"
    YELLOW_III = "III-YELLOW"


@dataclass(frozen=True, slots=True)
class Categorisation:
    """Which label a package bears, and whether it may travel under exclusive use only."""

    category: PackageCategory
    exclusive_use: bool


# Each row holds up to its bounds, both inclusive; a value above the last one means exclusive use.
_ROWS = (
    (PackageCategory.WHITE_I, Decimal(0), Decimal("0.005")),
    (PackageCategory.YELLOW_II, Decimal(1), Decimal("0.5")),
    (PackageCategory.YELLOW_III, Decimal(10), Decimal(2)),
)


@dataclass(frozen=True, slots=True)
class A2Edition:
    """A2 values in TBq, of one edition. `not_for_use` marks a table that is for trying out only."""

    name: str
    a2_tbq: Mapping[str, Decimal]
    default_a2_tbq: Mapping[Emission, Decimal] = field(default_factory=dict)
    not_for_use: bool = False


@dataclass(frozen=True, slots=True)
class A2Share:
    """How much of A2 a package's contents take up; `by_default_row` are the nuclides that the edition does not list."""

    fraction: Decimal
    by_default_row: tuple[str, ...] = ()


def transport_index(dose_rate_at_1_m_msv_h: Decimal) -> Decimal:
    """A hundred times the dose rate at 1 m in mSv/h, rounded up to one decimal; up to 0.05 it is zero."""
    raw = _not_negative(dose_rate_at_1_m_msv_h, "dose_rate_at_1_m") * 100
    return Decimal(0) if raw <= INDEX_ZERO_MAX else raw.quantize(Decimal("0.1"), ROUND_CEILING)


def categorise(index: Decimal, surface_msv_h: Decimal, highway_route_controlled: bool = False) -> Categorisation:
    """The higher of what the transport index and the surface dose rate say.

    A highway route controlled quantity is YELLOW-III whatever was measured (United States).
    """
    _not_negative(index, "transport_index")
    if _not_negative(surface_msv_h, "surface_dose_rate") > SURFACE_MSV_H_MAX:
        raise Invalid("No package may have such a surface dose rate.", field="surface_dose_rate", msv_h=surface_msv_h)
    row = next(
        (name for name, index_max, msv_h_max in _ROWS if index <= index_max and surface_msv_h <= msv_h_max), None
    )
    if row is None:
        return Categorisation(PackageCategory.YELLOW_III, exclusive_use=True)
    return Categorisation(PackageCategory.YELLOW_III if highway_route_controlled else row, exclusive_use=False)


def a2_share(contents: Sequence[ContentFacts], edition: A2Edition) -> A2Share | None:
    """The mixture rule, Σ(A/A2) over all nuclides; None while the contents or an activity of them are not known."""
    if not contents:
        return None
    fraction = Decimal(0)
    for content in contents:
        if content.activity is None:
            return None
        becquerel = activity_bq(content.activity, "contents.activity")
        fraction = _EXACT.add(fraction, _EXACT.divide(becquerel, _a2_tbq(content, edition) * _BQ_PER_TBQ))
    unlisted = tuple(content.nuclide for content in contents if content.nuclide not in edition.a2_tbq)
    return A2Share(fraction, unlisted)


def un_number(package_type: PackageType, special_form: bool) -> str | None:
    """The number that a design leads to; None for excepted packages, where limits of the edition decide."""
    if package_type is PackageType.TYPE_A:
        return "UN3332" if special_form else "UN2915"
    return "UN2916" if package_type is PackageType.TYPE_B_U else None


def contradictions(package: PackageFacts, share: A2Share | None) -> tuple[str, ...]:
    """What in a package's data cannot go together, as sentences; empty when nothing was found."""
    found = []
    expected = un_number(package.package_type, package.special_form)
    if expected is not None and package.un_number != expected:
        found.append(f"{package.un_number} was declared; the package's design leads to {expected}.")
    if not package.special_form and package.package_type is PackageType.TYPE_A and share and share.fraction > 1:
        found.append("The contents exceed A2: this is no Type A package.")
    if not package.contents:
        found.append("No contents are declared.")
    return tuple(found)


def _a2_tbq(content: ContentFacts, edition: A2Edition) -> Decimal:
    a2 = edition.a2_tbq.get(content.nuclide, edition.default_a2_tbq.get(content.emission))
    if a2 is None or a2 <= 0:
        raise Invalid(
            "The edition has neither an A2 value nor a default row for this nuclide.",
            field="contents.nuclide",
            nuclide=content.nuclide,
            edition=edition.name,
        )
    return a2


def _not_negative(value: Decimal, name: str) -> Decimal:
    if not (value.is_finite() and value >= 0):
        raise Invalid("A measured quantity is a finite number, zero or more.", field=name, value=value)
    return value
