"""Numbers in the unit that is asked for. A unit that we cannot turn into another one is compared with itself alone."""

from collections.abc import Mapping

from adapters.courier_epcis.query.fields import Measured

# Codes of UN/CEFACT Recommendation 20: what to multiply with and to add for kelvin, to which all are turned.
# A48 is the degree Rankine.
_KELVIN: Mapping[str, tuple[float, float]] = {
    "KEL": (1.0, 0.0), "CEL": (1.0, 273.15), "FAH": (5 / 9, 459.67 * 5 / 9), "A48": (5 / 9, 0.0),
}  # fmt: skip
# Scales end far before this many digits; more only show how the machine computes.
_DIGITS = 9


def same(measured: Measured, unit: str) -> float | None:
    """The number in a unit; nothing if it cannot be known. Who asks for no unit takes any."""
    if not unit or measured.unit == unit:
        return measured.number
    theirs, ours = _KELVIN.get(measured.unit), _KELVIN.get(unit)
    if theirs is None or ours is None:
        return None
    return round((measured.number * theirs[0] + theirs[1] - ours[1]) / ours[0], _DIGITS)
