"""Days, wall times, instants and times of day, as OData V2 writes them in JSON and in addresses.

A DateTime has no zone and is never shifted: in JSON its milliseconds count as if the wall time were UTC. A
DateTimeOffset is an instant: its milliseconds are UTC, and the offset, in minutes, only says how it is shown.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

from adapters.erp_sap.odata.model import TypedField
from adapters.erp_sap.odata.values import ValueFault

_EPOCH = datetime.combine(date(1970, 1, 1), time.min)  # without a zone, as all wall times here
_MILLISECOND = timedelta(milliseconds=1)
_DAY = timedelta(days=1)
_OFFSET_MINUTES_MAX = 24 * 60 - 1
_TICKS = re.compile(r"/Date\((-?[0-9]{1,18})([+-][0-9]{1,4})?\)/")
# A duration of xsd, of which a time of day has no years, months or days.
_DURATION = re.compile(
    r"P(?:0{1,4}Y)?(?:0{1,2}M)?(?:0{1,4}D)?T(?=[0-9])(?:([0-9]{1,2})H)?(?:([0-9]{1,2})M)?(?:([0-9]{1,2})(?:\.([0-9]{1,7}))?S)?"
)


def date_time_of_json(field: TypedField, text: str) -> datetime | date:
    """The wall time in `/Date(ms)/`, or the day where the field holds one."""
    wall, offset = _ticks(field, text)
    if offset:
        raise ValueFault(field, f"has no zone, and {text} has one")
    return _day_or_wall(field, wall)


def date_time_to_json(field: TypedField, value: object) -> str:
    """`/Date(ms)/`."""
    return f"/Date({_milliseconds(field, _wall(field, value))})/"


def date_time_to_uri(field: TypedField, value: object) -> str:
    """`2026-12-03T00:00:00`, with a fraction only where there is one."""
    return _written(_wall(field, value))


def instant_of_json(field: TypedField, text: str) -> datetime:
    """The instant in `/Date(ms+0060)/`, in the zone of its offset; without one, UTC."""
    wall, offset = _ticks(field, text)
    return _in_zone(field, wall.replace(tzinfo=UTC), timezone(timedelta(minutes=offset)) if offset else UTC)


def instant_to_json(field: TypedField, value: object) -> str:
    """`/Date(ms+0000)/`, always in UTC."""
    return f"/Date({_milliseconds(field, _instant(field, value))}+0000)/"


def instant_to_uri(field: TypedField, value: object) -> str:
    """`2026-12-03T08:00:00Z`, always in UTC."""
    return f"{_written(_instant(field, value))}Z"


def time_of(field: TypedField, text: str) -> timedelta:
    """The time since midnight in `PT08H30M00S`, up to 24 hours, which SAP writes for the end of a day."""
    hours, minutes, seconds, fraction = _matched(field, _DURATION, text).groups()
    if int(minutes or 0) > 59 or int(seconds or 0) > 59:
        raise ValueFault(field, f"{text[:60]!r} is no time of day")
    micro = _microseconds(field, text, fraction)
    found = timedelta(hours=int(hours or 0), minutes=int(minutes or 0), seconds=int(seconds or 0), microseconds=micro)
    return _time(field, found)


def time_to(field: TypedField, value: object) -> str:
    """`PT08H30M00S`."""
    if not isinstance(value, timedelta):
        raise ValueFault(field, f"must be a time since midnight (timedelta), and is {type(value).__name__}")
    whole, rest = divmod(_time(field, value), timedelta(seconds=1))
    _check_fraction(field, rest.microseconds)
    minutes, seconds = divmod(whole, 60)
    return f"PT{minutes // 60:02}H{minutes % 60:02}M{seconds:02}{_fraction(rest.microseconds)}S"


def _ticks(field: TypedField, text: str) -> tuple[datetime, int]:
    milliseconds, offset = _matched(field, _TICKS, text).groups()
    minutes = int(offset or 0)
    if abs(minutes) > _OFFSET_MINUTES_MAX:
        raise ValueFault(field, f"{text} has an offset that no zone has")
    try:
        return _EPOCH + int(milliseconds) * _MILLISECOND, minutes
    except OverflowError:
        raise ValueFault(field, f"{text} is not in the calendar of the years 1 to 9999") from None


def _in_zone(field: TypedField, at: datetime, zone: timezone) -> datetime:
    try:
        return at.astimezone(zone)
    except OverflowError:
        raise ValueFault(field, "is not in the calendar of the years 1 to 9999") from None


def _day_or_wall(field: TypedField, wall: datetime) -> datetime | date:
    if not field.is_date:
        return wall
    if wall.time() != _EPOCH.time():
        raise ValueFault(field, f"is a day, and {wall.isoformat()} has a time of day: which day is meant is unknown")
    return wall.date()


def _wall(field: TypedField, value: object) -> datetime:
    """A day is its midnight; metadata do not always say that a field holds days."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time.min)
    if field.is_date:
        raise ValueFault(field, f"must be a day (date), and is {type(value).__name__}")
    if not isinstance(value, datetime):
        words = f"must be a wall time (datetime without a zone) or a day, and is {type(value).__name__}"
        raise ValueFault(field, words)
    if value.tzinfo is not None:
        raise ValueFault(field, "has no zone, so the wall time at the place that is meant must be given, without one")
    _check_fraction(field, value.microsecond)
    return value


def _instant(field: TypedField, value: object) -> datetime:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise ValueFault(field, "must be an instant (datetime with a zone)")
    _check_fraction(field, value.microsecond)
    try:
        return value.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise ValueFault(field, "is not in the calendar of the years 1 to 9999") from None


def _check_fraction(field: TypedField, microseconds: int) -> None:
    """What a field has no room for, SAP would cut."""
    digits = len(f"{microseconds:06}".rstrip("0"))
    if field.precision is not None and digits > field.precision:
        raise ValueFault(field, f"has {digits} digits behind the second and may have {field.precision}")


def _milliseconds(field: TypedField, wall: datetime) -> int:
    whole, rest = divmod(wall - _EPOCH, _MILLISECOND)
    if rest:
        raise ValueFault(field, "has parts of a millisecond, which JSON has no room for")
    return whole


def _microseconds(field: TypedField, text: str, fraction: str | None) -> int:
    digits = (fraction or "").ljust(7, "0")
    if digits[6] != "0":
        raise ValueFault(field, f"{text[:60]} is finer than a microsecond")
    return int(digits[:6])


def _written(wall: datetime) -> str:
    return f"{wall.replace(microsecond=0).isoformat()}{_fraction(wall.microsecond)}"


def _fraction(microseconds: int) -> str:
    return f".{microseconds:06}".rstrip("0") if microseconds else ""


def _time(field: TypedField, value: timedelta) -> timedelta:
    if not timedelta() <= value <= _DAY:
        raise ValueFault(field, "must be a time of day, from 0 to 24 hours since midnight")
    return value


def _matched(field: TypedField, form: re.Pattern[str], text: object) -> re.Match[str]:
    found = form.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueFault(field, f"{str(text)[:60]!r} cannot be read as {field.type.value}")
    return found
