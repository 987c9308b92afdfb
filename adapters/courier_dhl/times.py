"""Dates and times as DHL's divisions write them: with Z, with an offset, without any, and to the nanosecond."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from adapters.zones import CivilTime, Zones, civil_time

_WRITTEN = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,12}))?)?"
    r" ?(?:(Z)|([+-])([0-9]{2}):?([0-9]{2})?)?",
    re.IGNORECASE,
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OFFSET_MAX = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class WrittenTime:
    """What a clock showed, and how far it was ahead of UTC, if DHL says so."""

    local: datetime  # naive; cut to the microsecond
    offset: timedelta | None = None

    def in_one_of(self, zones: Zones) -> CivilTime:
        """The instant: by the offset, else by the zone of the place."""
        if self.offset is None:
            return civil_time(self.local, zones)
        return CivilTime(self.local.replace(tzinfo=timezone(self.offset)))

    @property
    def is_midnight(self) -> bool:
        """Whether it may stand for the whole day."""
        return self.local.time() == datetime.min.time()


def read(text: str) -> WrittenTime | None:
    """The time in a text; None if it is none."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return None
    micros = (found[4] or "").ljust(6, "0")[:6]
    try:
        local = datetime.fromisoformat(f"{found[1]}T{found[2]}:{found[3] or '00'}.{micros}")
    except ValueError:
        return None  # 31 February, or 25 hours
    if found[5]:
        return WrittenTime(local, timedelta())
    if not found[6]:
        return WrittenTime(local)
    ahead = timedelta(hours=int(found[7]), minutes=int(found[8] or 0))
    if ahead > _OFFSET_MAX or int(found[8] or 0) > 59:
        return None
    return WrittenTime(local, -ahead if found[6] == "-" else ahead)


def is_day(text: str) -> bool:
    """Whether a text is a date without a time, which may stand for any time of that day."""
    if not _DAY.fullmatch(text.strip()):
        return False
    try:
        datetime.fromisoformat(text.strip())
    except ValueError:
        return False
    return True
