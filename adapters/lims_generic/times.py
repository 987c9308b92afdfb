"""Times as laboratories write them: with an offset, or by a clock on the wall whose zone the account says."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


def instant_of(text: str, zone: ZoneInfo | None) -> tuple[datetime | None, str]:
    """The instant of a text; or None, and why it cannot be known. ValueError if the text is no time.

    What lies below the microsecond is cut. A time that a clock shows twice, or never, is not guessed.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError("is no time such as 2026-12-01T08:30:00+01:00")
    written = f"{found[1]}T{found[2]}{f'.{found[3][:6]:0<6}' if found[3] else ''}"
    if found[4]:
        return _utc(datetime.fromisoformat(written + found[4].upper())), ""
    naive = datetime.fromisoformat(written)
    if zone is None:
        return None, "TIME_ZONE_UNKNOWN"
    first, second = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return (None, "TIME_AMBIGUOUS") if first.utcoffset() != second.utcoffset() else (_utc(first), "")


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies beyond the calendar") from None
