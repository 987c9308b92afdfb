"""How units and numbers are printed: twins carry UCUM codes, pages what people read."""

from collections.abc import Mapping
from decimal import Decimal

from services.kernel.errors import Invalid
from services.quality.documents.facts import Measure

# UCUM's [EU] is the Ehrlich unit: an endotoxin unit is one international unit, hence [iU] in the code and EU on paper.
PRINTED: Mapping[str, str] = {
    "[pH]": "",
    "1": "",
    "Cel": "°C",
    "[iU]/mL": "EU/mL",
    "[iU]": "EU",
    "uSv/h": "µSv/h",
    "ug/mL": "µg/mL",
    "ug": "µg",
    "uL": "µL",
    "um": "µm",
}
NOT_KNOWN = "not known"

_MSV_PER_HOUR: Mapping[str, Decimal] = {"mSv/h": Decimal(1), "uSv/h": Decimal("0.001")}
_BECQUEREL: Mapping[str, Decimal] = {
    "Bq": Decimal(1),
    "kBq": Decimal(10) ** 3,
    "MBq": Decimal(10) ** 6,
    "GBq": Decimal(10) ** 9,
    "TBq": Decimal(10) ** 12,
}


def number_text(value: Decimal) -> str:
    """The number with the digits it came with, never with an exponent."""
    return format(value, "f")


def measure_text(measure: Measure | None) -> str:
    """Number and unit as people read them."""
    return NOT_KNOWN if measure is None else with_unit(number_text(measure.value), measure.unit)


def with_unit(text: str, unit: str) -> str:
    """A number's text followed by its printed unit, where it has one."""
    return f"{text} {PRINTED.get(unit, unit)}".rstrip()


def dose_rate_msv_h(measure: Measure, field: str) -> Decimal:
    """A dose rate in mSv/h; a unit that is none is refused."""
    return _converted(measure, _MSV_PER_HOUR, field)


def activity_bq(measure: Measure, field: str) -> Decimal:
    """An activity in becquerel; curies are refused, since class 7 is declared in becquerel."""
    return _converted(measure, _BECQUEREL, field)


def _converted(measure: Measure, factors: Mapping[str, Decimal], field: str) -> Decimal:
    if measure.unit not in factors:
        raise Invalid(
            "This unit is not one for this quantity.", field=field, unit=measure.unit, known=", ".join(factors)
        )
    if not (measure.value.is_finite() and measure.value >= 0):
        raise Invalid("A measured quantity is a finite number, zero or more.", field=field, value=measure.value)
    return measure.value * factors[measure.unit]
