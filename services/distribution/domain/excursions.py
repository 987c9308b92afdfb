"""Readings on the way against the limits of what a shipment carries."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.distribution.domain.milestone import Milestone, SensorReading

# UN/CEFACT Recommendation 20.
_CELSIUS_OF: Mapping[str, tuple[float, float]] = {
    "CEL": (1.0, 0.0),
    "FAH": (5 / 9, -160 / 9),
    "KEL": (1.0, -273.15),
    "A48": (5 / 9, -273.15),  # degree Rankine
}
# As GS1's vocabulary names it, whatever the prefix: `Temperature`, `gs1:Temperature`, `https://gs1.org/voc/Temperature`.
# A dew point is another thing, however its name ends.
_TEMPERATURE = "temperature"
_NAME = re.compile("[:/#]")


@dataclass(frozen=True, slots=True)
class TemperatureLimits:
    """What a shipment may be exposed to, in degrees Celsius, ends included; None: no limit is known."""

    min_cel: float | None = None
    max_cel: float | None = None

    def with_those_of(self, other: "TemperatureLimits") -> "TemperatureLimits":
        """The limits of two things that travel together: the closer of each."""
        lows = [each for each in (self.min_cel, other.min_cel) if each is not None]
        highs = [each for each in (self.max_cel, other.max_cel) if each is not None]
        return TemperatureLimits(max(lows, default=None), min(highs, default=None))


NO_LIMITS = TemperatureLimits()


@dataclass(frozen=True, slots=True)
class Excursion:
    """A reading outside the limits: the value that is farthest outside, in degrees Celsius."""

    milestone_event_id: str
    value_cel: float
    limits: TemperatureLimits
    at: datetime | None
    device: str = ""


def excursions_in(milestone: Milestone, limits: TemperatureLimits) -> Iterator[Excursion]:
    """The readings of a milestone that are outside. A unit that is not known, or no limit, tells nothing."""
    for reading in milestone.readings:
        outside = _farthest_outside(reading, limits)
        if outside is not None:
            yield Excursion(milestone.event_id, outside, limits, reading.at or milestone.time, reading.device)


def excursions_of(
    found: Iterable[Excursion], seen: Sequence[Milestone], counting: Collection[str], limits: TemperatureLimits
) -> tuple[Excursion, ...]:
    """Those of a set of milestones: what was `found` before, but of one that does not count; and what is outside in one
    that counts and of which nothing was found. `counting`: the ids of those `seen` that count; others are as found."""
    seen_ids = {each.event_id for each in seen}
    kept = [each for each in found if each.milestone_event_id not in seen_ids or each.milestone_event_id in counting]
    known = {each.milestone_event_id for each in kept}
    coming = (each for each in seen if each.event_id in counting and each.event_id not in known)
    return tuple(dict.fromkeys([*kept, *(each for one in coming for each in excursions_in(one, limits))]))


def _farthest_outside(reading: SensorReading, limits: TemperatureLimits) -> float | None:
    scale = _CELSIUS_OF.get(reading.unit.upper())
    if scale is None or _NAME.split(reading.type.lower())[-1] != _TEMPERATURE:
        return None
    factor, offset = scale
    celsius = [round(value * factor + offset, 6) for value in reading.values]
    farthest = max(celsius, key=lambda each: _beyond(each, limits), default=0.0)
    return farthest if celsius and _beyond(farthest, limits) > 0 else None


def _beyond(celsius: float, limits: TemperatureLimits) -> float:
    below = limits.min_cel - celsius if limits.min_cel is not None else 0.0
    above = celsius - limits.max_cel if limits.max_cel is not None else 0.0
    return max(below, above, 0.0)
