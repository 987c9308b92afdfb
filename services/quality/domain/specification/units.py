"""Units of measurement with exact factors; a unit that is not known is refused, never guessed."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from services.kernel.errors import Invalid

LENGTH_MAX = 32


@dataclass(frozen=True, slots=True)
class MeasurementUnit:
    """A unit: its spelling here, what it measures, and how many of the dimension's own unit it is."""

    symbol: str
    dimension: str
    factor: Fraction


class UnitRefused(Invalid):
    """The unit is not known, or must not be used; the message says why."""

    reason = "UNIT_REFUSED"


def _scaled(dimension: str, factors: str) -> dict[str, tuple[str, Fraction]]:
    pairs = (pair.partition("=") for pair in factors.split())
    return {symbol: (dimension, Fraction(factor)) for symbol, _, factor in pairs}


# A pound-force is 4.4482216152605 N and an inch 25.4 mm, both by definition.
_PSI = Fraction("4.4482216152605") / (Fraction("0.0254") ** 2)
# One USP endotoxin unit is one international unit (USP <85>, Ph. Eur. 2.6.14). "V" of the pharmacopoeia is the whole
# dose: 175 IU/V is 175 IU in whatever volume is given, and so an amount of endotoxin.
_ATOMS: dict[str, tuple[str, Fraction]] = {
    **_scaled("activity", "Bq=1 kBq=1e3 MBq=1e6 GBq=1e9 TBq=1e12"),
    **_scaled("activity", "nCi=37 µCi=37e3 mCi=37e6 Ci=37e9"),
    **_scaled("volume", "µL=1e-6 mL=1e-3 L=1"),
    **_scaled("mass", "ng=1e-9 µg=1e-6 mg=1e-3 g=1 kg=1e3"),
    **_scaled("time", "s=1 min=60 h=3600 d=86400"),
    **_scaled("pressure", "Pa=1 kPa=1e3 mbar=100 bar=1e5"),
    **_scaled("energy", "eV=1 keV=1e3 MeV=1e6"),
    **_scaled("endotoxin", "IU=1"),
    **_scaled("acidity", "pH=1"),
    **_scaled("colonies", "CFU=1"),
    "psi": ("pressure", _PSI),
    "%": ("fraction", Fraction(1, 100)),
    "ppm": ("fraction", Fraction(1, 10**6)),
}
_PER = ("volume", "mass", "time", "activity")
# Other spellings of the same, among them those of UCUM. Case decides everywhere: mBq is no MBq.
_SPELLINGS = {
    "uL": "µL", "ul": "µL", "µl": "µL", "ml": "mL", "l": "L", "cc": "mL", "cm3": "mL",
    "ug": "µg", "mcg": "µg", "uCi": "µCi", "hr": "h", "sec": "s",
    "EU": "IU", "I.U.": "IU", "[iU]": "IU", "[IU]": "IU", "[USP'U]": "IU", "IU/V": "IU", "EU/V": "IU",
    "IU/vial": "IU", "EU/vial": "IU", "[iU]/{vial}": "IU", "IU/dose": "IU", "EU/dose": "IU",
    "[pH]": "pH", "[psi]": "psi", "[ppm]": "ppm", "percent": "%",
}  # fmt: skip
_REFUSED = {
    "[EU]": "UCUM's [EU] is the Ehrlich unit of urobilinogen; say [iU], IU or EU for endotoxin",
    "mAU": "it is what a detector signals, not a quantity; give the evaluated result, such as % of the area",
    "AU": "it is what a detector signals, not a quantity; give the evaluated result, such as % of the area",
    "cps": "a rate of counts depends on the detector; give the activity",
    "cpm": "a rate of counts depends on the detector; give the activity",
    "counts": "a number of counts depends on the detector; give the activity",
    "U": "it is a unit of an unnamed kind; say IU or EU for endotoxin",
    "Cel": "temperatures are no test of a batch here",
}


@lru_cache(maxsize=512)
def unit_of(text: str) -> MeasurementUnit:
    """The unit that a text names; UnitRefused, saying why, if it names none that may be used."""
    written = _tidy(text)
    if written in _REFUSED:
        raise UnitRefused(f"The unit {written!r} is not taken: {_REFUSED[written]}.", unit=written)
    spelled = _SPELLINGS.get(written, written)
    if spelled in _ATOMS:
        return MeasurementUnit(spelled, *_ATOMS[spelled])
    return _quotient(written)


def ratio(of: MeasurementUnit, to: MeasurementUnit) -> Fraction:
    """How many of `to` one `of` is; UnitRefused if they measure different things."""
    if of.dimension != to.dimension:
        raise UnitRefused(
            f"{of.symbol} measures {of.dimension} and {to.symbol} {to.dimension}: neither is the other.",
            unit=of.symbol,
            wanted=to.symbol,
        )
    return of.factor / to.factor


def _tidy(text: str) -> str:
    if len(text) > LENGTH_MAX:
        raise UnitRefused(f"The unit is longer than {LENGTH_MAX} characters.", unit=text[:LENGTH_MAX])
    # The Greek letter mu and the micro sign are two characters that look the same.
    return re.sub(r"\s+", "", text).replace("\u03bc", "\u00b5")


def _quotient(written: str) -> MeasurementUnit:
    over, slash, under = written.partition("/")
    if not slash or not over or not under or "/" in under:
        raise _unknown(written)
    if any(part in _REFUSED for part in (over, under)):
        unit_of(over), unit_of(under)
    top, bottom = _ATOMS.get(_SPELLINGS.get(over, over)), _ATOMS.get(_SPELLINGS.get(under, under))
    if top is None or bottom is None or bottom[0] not in _PER:
        raise _unknown(written)
    symbol = f"{_SPELLINGS.get(over, over)}/{_SPELLINGS.get(under, under)}"
    return MeasurementUnit(symbol, f"{top[0]} per {bottom[0]}", top[1] / bottom[1])


def _unknown(written: str) -> UnitRefused:
    if not written:
        return UnitRefused("There is no unit.", unit="")
    near = [symbol for symbol in _ATOMS if symbol.lower() == written.lower()]
    hint = f"; {' and '.join(near)} would be known, and case decides" if near else ""
    return UnitRefused(f"The unit {written!r} is not known{hint}.", unit=written)
