"""Class 7 arithmetic: transport index, category of a package, UN number, and what its label says.

49 CFR 172.403(b) and (c), IAEA SSR-6 alike. How much of A2 the contents take up stands in `a2`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from enum import StrEnum

from services.kernel.errors import Invalid

# A measured index up to this counts as zero.
INDEX_ZERO_MAX = Decimal("0.05")
SURFACE_MSV_H_MAX = Decimal(10)
_SHOWN = Context(prec=4, rounding=ROUND_CEILING)
_PREFIXES = ("", "k", "M", "G", "T", "P")


class PackageType(StrEnum):
    """The design of a package of class 7."""

    EXCEPTED = "EXCEPTED"
    INDUSTRIAL = "INDUSTRIAL"
    TYPE_A = "TYPE_A"
    TYPE_B_U = "TYPE_B_U"


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


@dataclass(frozen=True, slots=True)
class Class7Label:
    """What a category label says. WHITE-I bears no transport index."""

    category: PackageCategory
    contents: str
    activity: str
    transport_index: Decimal | None

    @property
    def lines(self) -> tuple[str, ...]:
        """The label, line by line."""
        index = () if self.transport_index is None else (f"TRANSPORT INDEX {self.transport_index}",)
        return (f"RADIOACTIVE {self.category}", f"CONTENTS {self.contents}", f"ACTIVITY {self.activity}", *index, "7")


# Each row holds up to its bounds, both inclusive; a value above the last one means exclusive use.
_ROWS = (
    (PackageCategory.WHITE_I, Decimal(0), Decimal("0.005")),
    (PackageCategory.YELLOW_II, Decimal(1), Decimal("0.5")),
    (PackageCategory.YELLOW_III, Decimal(10), Decimal(2)),
)
# UN model regulations, dangerous goods list; "non-special form, non fissile" and the like are no part of the name.
PROPER_SHIPPING_NAMES: Mapping[str, str] = {
    "UN2908": "RADIOACTIVE MATERIAL, EXCEPTED PACKAGE - EMPTY PACKAGING",
    "UN2909": "RADIOACTIVE MATERIAL, EXCEPTED PACKAGE - ARTICLES MANUFACTURED FROM NATURAL URANIUM",
    "UN2910": "RADIOACTIVE MATERIAL, EXCEPTED PACKAGE - LIMITED QUANTITY OF MATERIAL",
    "UN2911": "RADIOACTIVE MATERIAL, EXCEPTED PACKAGE - INSTRUMENTS",
    "UN2912": "RADIOACTIVE MATERIAL, LOW SPECIFIC ACTIVITY (LSA-I)",
    "UN2913": "RADIOACTIVE MATERIAL, SURFACE CONTAMINATED OBJECTS (SCO-I)",
    "UN2915": "RADIOACTIVE MATERIAL, TYPE A PACKAGE",
    "UN2916": "RADIOACTIVE MATERIAL, TYPE B(U) PACKAGE",
    "UN3321": "RADIOACTIVE MATERIAL, LOW SPECIFIC ACTIVITY (LSA-II)",
    "UN3322": "RADIOACTIVE MATERIAL, LOW SPECIFIC ACTIVITY (LSA-III)",
    "UN3332": "RADIOACTIVE MATERIAL, TYPE A PACKAGE, SPECIAL FORM",
}
# Where an entry of the list holds several names, divided by "or", the one that fits best is the name.
_OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "UN2909": tuple(
        f"RADIOACTIVE MATERIAL, EXCEPTED PACKAGE - ARTICLES MANUFACTURED FROM {of}"
        for of in ("DEPLETED URANIUM", "NATURAL THORIUM")
    ),
    "UN2911": ("RADIOACTIVE MATERIAL, EXCEPTED PACKAGE - ARTICLES",),
    "UN2913": tuple(f"RADIOACTIVE MATERIAL, SURFACE CONTAMINATED OBJECTS ({each})" for each in ("SCO-II", "SCO-III")),
}
# In small letters in the list: no part of the name, and may stand behind it (49 CFR 172.101(c)).
_IN_ADDITION = (" NON FISSILE OR FISSILE EXCEPTED", " NONFISSILE OR FISSILE EXCEPTED", " NON SPECIAL FORM")
# The numbers that a design may have. Of those that have several, the contents decide.
UN_NUMBERS: Mapping[tuple[PackageType, bool], tuple[str, ...]] = {
    (PackageType.EXCEPTED, False): ("UN2908", "UN2909", "UN2910", "UN2911"),
    (PackageType.EXCEPTED, True): ("UN2908", "UN2909", "UN2910", "UN2911"),
    (PackageType.INDUSTRIAL, False): ("UN2912", "UN2913", "UN3321", "UN3322"),
    (PackageType.INDUSTRIAL, True): ("UN2912", "UN2913", "UN3321", "UN3322"),
    (PackageType.TYPE_A, False): ("UN2915",),
    (PackageType.TYPE_A, True): ("UN3332",),
    (PackageType.TYPE_B_U, False): ("UN2916",),
    (PackageType.TYPE_B_U, True): ("UN2916",),
}


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


def index_sum(indices: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of the packages' indices; None as long as one is not known."""
    known = list(indices)
    return None if None in known else sum((each for each in known if each is not None), Decimal(0))


def un_number(package_type: PackageType, special_form: bool) -> str | None:
    """The number that a design leads to; None where the contents, or limits of the edition, decide between several."""
    numbers = UN_NUMBERS[package_type, special_form]
    return numbers[0] if len(numbers) == 1 else None


def is_proper_shipping_name(text: str, number: str = "") -> bool:
    """Whether a declared name is one of a number, or of any; capitals, and signs between words, are no part of it."""
    of_number = {each: (name, *_OTHER_NAMES.get(each, ())) for each, name in PROPER_SHIPPING_NAMES.items()}
    numbers = of_number.keys() & {number} if number else of_number.keys()
    known = {_words(name) for each in numbers for name in of_number[each]}
    told = _words(text)
    for addition in ("", *_IN_ADDITION):
        told = told.removesuffix(addition)
        if told in known:
            return True
    return False


def _words(name: str) -> str:
    return " ".join(re.findall(r"[A-Z0-9]+", name.upper()))


def label_of(
    categorisation: Categorisation, index: Decimal, nuclides: Sequence[str], activity_bq: Decimal
) -> Class7Label:
    """What the label of a package says; `activity_bq` is the greatest during transport, of all its contents."""
    white = categorisation.category is PackageCategory.WHITE_I
    return Class7Label(
        categorisation.category, ", ".join(nuclides), activity_text(activity_bq), None if white else index
    )


def activity_text(activity_bq: Decimal) -> str:
    """An activity in becquerel with an SI prefix, in four digits at most, rounded up: never less than there is."""
    shown = _SHOWN.plus(_not_negative(activity_bq, "activity"))
    step = 0 if shown < 1 else min(shown.adjusted() // 3, len(_PREFIXES) - 1)
    number = shown.scaleb(-3 * step).normalize()
    return f"{number:f} {_PREFIXES[step]}Bq"


def _not_negative(value: Decimal, name: str) -> Decimal:
    if not (value.is_finite() and value >= 0):
        raise Invalid("A measured quantity is a finite number, zero or more.", field=name, value=value)
    return value
