"""The search parameter `start`: FHIR's dates with prefixes, as instants from one on and before another."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from services.kernel.errors import Invalid

DAYS_UNLESS_SAID = 14  # as a search of offers has it that names no interval
PREFIXES = ("eq", "gt", "ge", "lt", "le", "sa", "eb")
_FIELD = "start"
_FORM = re.compile(
    r"(?P<prefix>[a-z]{2})?(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,6})\d*)?)?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class StartBound:
    """One value of `start`: what it compares with, and the parts of the date or instant that it names."""

    prefix: str
    parts: Mapping[str, str | None]

    @classmethod
    def read(cls, text: str) -> "StartBound":
        """Reads `ge2026-12-01` or `le2026-12-10T08:30:00+0000`; Invalid says what is wrong."""
        found = _FORM.fullmatch(text)
        prefix = (found and found["prefix"]) or "eq"
        if not found or prefix not in PREFIXES:
            hint = " In a form, + means a blank; write %2B." if " " in text else ""
            raise Invalid(
                f"{_FIELD} must be a date or an instant after one of {', '.join(PREFIXES)}, "
                f"such as ge2026-12-01 or lt2026-12-01T08:30:00Z.{hint}",
                field=_FIELD,
            )
        made = cls(prefix, found.groupdict())
        made.span(UTC)
        return made

    @property
    def has_zone(self) -> bool:
        """Whether it says its offset, and so is an instant everywhere."""
        return bool(self.parts["zone"])

    def span(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """The first instant that it names, and the first after it, in UTC; in `zone` where it says no offset."""
        try:
            first, after = _span(self.parts, zone)
            return first.astimezone(UTC), after.astimezone(UTC)
        except (ValueError, OverflowError):
            raise Invalid(f"{_FIELD} names a date or a time that there is not.", field=_FIELD) from None


@dataclass(frozen=True, slots=True)
class Starts:
    """All values of `start` together: they hold at once."""

    bounds: tuple[StartBound, ...]

    @classmethod
    def read(cls, texts: Sequence[str]) -> "Starts":
        """Reads them; Invalid if there is an end and no beginning, since a search begins somewhere."""
        bounds = tuple(StartBound.read(text) for text in texts)
        if bounds and not any(each.prefix in ("ge", "gt", "sa", "eq") for each in bounds):
            raise Invalid(f"{_FIELD} must also say from when on, such as ge2026-12-01.", field=_FIELD)
        return cls(bounds)

    def interval(self, zone: tzinfo) -> tuple[datetime, datetime] | None:
        """From when on and before when, dates being those of `zone`; None if nothing was said.

        The end may lie before the start: then nothing can be found.
        """
        if not self.bounds:
            return None
        lower: list[datetime] = []
        upper: list[datetime] = []
        for each in self.bounds:
            first, after = each.span(zone)
            if each.prefix in ("ge", "eq"):
                lower.append(first)
            if each.prefix in ("gt", "sa"):
                lower.append(after)
            if each.prefix in ("le", "eq"):
                upper.append(after)
            if each.prefix in ("lt", "eb"):
                upper.append(first)
        begin = max(lower)
        return begin, min(upper, default=begin + timedelta(days=DAYS_UNLESS_SAID))

    def holds(self, at: datetime, zone: tzinfo) -> bool:
        """Whether an instant is one of these; without a bound every one is."""
        interval = self.interval(zone)
        return interval is None or interval[0] <= at < interval[1]


def _span(parts: Mapping[str, str | None], zone: tzinfo) -> tuple[datetime, datetime]:
    year, month, day = int(parts["year"] or 0), int(parts["month"] or 1), int(parts["day"] or 1)
    if not parts["month"]:
        return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
    if not parts["day"]:
        return datetime(year, month, 1, tzinfo=zone), datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
    midnight = datetime(year, month, day, tzinfo=zone)
    if not parts["hour"]:
        return midnight, midnight + timedelta(days=1)
    fraction, offset = parts["fraction"] or "", parts["zone"]
    clock = {"hour": int(parts["hour"]), "minute": int(parts["minute"] or 0), "second": int(parts["second"] or 0)}
    if offset:
        zone = datetime.fromisoformat(f"2000-01-01T00:00:00{offset}").tzinfo or UTC
    at = datetime(year, month, day, **clock, microsecond=int(fraction.ljust(6, "0")), tzinfo=zone).astimezone(UTC)
    if not parts["second"]:
        return at, at + timedelta(minutes=1)
    return at, at + timedelta(microseconds=10 ** (6 - len(fraction)))
