"""Time zones of places, by their IANA names."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.kernel.errors import Invalid


def zone_named(name: str) -> ZoneInfo:
    """The zone of this name; a name that is none is refused."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid("There is no such time zone.", field="zone", zone=repr(name)) from None
