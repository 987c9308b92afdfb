"""Checks of single fields: each yields what is wrong, as pairs of a field and a sentence that continues its name."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cache
from math import isfinite
from zoneinfo import available_timezones

from services.kernel.activity import ACTIVITY_MBQ_MAX, LIFE_MAX, REFERENCE_ACTIVITY_KBQ_MAX
from services.kernel.calendar import RANGE
from services.masterdata.domain.contents import Size

# A field of the request, and what is wrong with it.
Violation = tuple[str, str]

TEXT_LENGTH_MAX = 200
PARTNERS_MAX = 1000
CLOSED_DATES_MAX = 1000
VIALS_MAX = 2**31 - 1
MINUTES_MAX = int(LIFE_MAX.total_seconds()) // 60

SEGMENT = "[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
_SEGMENT = re.compile(SEGMENT)
_PRODUCT = re.compile(f"products/{SEGMENT}")
# As in tokens: a sponsor whom no token can speak for would never see what names it.
_PARTNER = re.compile("partners/[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Stand-ins of the time zone database for `not set`; they are no place on Earth.
_NO_ZONES = frozenset({"Factory", "localtime"})


def is_segment(text: str) -> bool:
    """Whether a text can be the last part of a name."""
    return _SEGMENT.fullmatch(text) is not None


def is_partner(name: str) -> bool:
    """Whether a text can name a partner."""
    return _PARTNER.fullmatch(name) is not None


def in_text(field: str, text: str) -> Iterator[Violation]:
    """A text for people: short, and nothing that cannot be shown."""
    if len(text) > TEXT_LENGTH_MAX or not text.isprintable():
        yield field, f"must be at most {TEXT_LENGTH_MAX} characters, all printable"


def in_region(field: str, region: str) -> Iterator[Violation]:
    """A region, or none."""
    if region and not is_segment(region):
        yield field, "must be 1 to 63 letters, digits and `._-`, first a letter or digit"


def in_partner(field: str, name: str) -> Iterator[Violation]:
    """The name of a partner."""
    if not is_partner(name):
        yield field, "must look like partners/{partner}"


def in_partners(field: str, partners: Sequence[str]) -> Iterator[Violation]:
    """Names of partners, each once."""
    yield from in_count(field, partners, PARTNERS_MAX)
    times = Counter(partners)
    for index, name in enumerate(partners[:PARTNERS_MAX]):
        yield from in_partner(f"{field}[{index}]", name)
        if times[name] > 1:
            yield f"{field}[{index}]", "is named more than once"


def in_products(field: str, products: Sequence[str]) -> Iterator[Violation]:
    """Names of products, each once."""
    yield from in_count(field, products, PARTNERS_MAX)
    times = Counter(products)
    for index, name in enumerate(products[:PARTNERS_MAX]):
        if not _PRODUCT.fullmatch(name):
            yield f"{field}[{index}]", "must look like products/{product}"
        elif times[name] > 1:
            yield f"{field}[{index}]", "is named more than once"


def in_reference(field: str, name: str, collection: str) -> Iterator[Violation]:
    """The name of a resource of a collection."""
    start, _, last = name.partition("/")
    if start != collection or not is_segment(last):
        singular = "facility" if collection == "facilities" else collection.removesuffix("s")
        yield field, f"must look like {collection}/{{{singular}}}"


def in_whole(field: str, value: int, least: int, most: int) -> Iterator[Violation]:
    """A whole number within bounds."""
    if not least <= value <= most:
        yield field, f"must be from {least} up to {most}"


def in_minutes(field: str, minutes: int, least: int = 0) -> Iterator[Violation]:
    """A number of minutes."""
    return in_whole(field, minutes, least, MINUTES_MAX)


def in_activity(field: str, activity_mbq: float, *, zero_is_none: bool) -> Iterator[Violation]:
    """An activity in MBq."""
    if zero_is_none and activity_mbq == 0:
        return
    if not (isfinite(activity_mbq) and 0 < activity_mbq <= ACTIVITY_MBQ_MAX):
        yield field, f"must be a number greater than 0, up to {ACTIVITY_MBQ_MAX:.0f}"


def in_share(field: str, share: float, most: float) -> Iterator[Violation]:
    """A share of a whole."""
    if not 0.0 <= share <= most:  # NaN fails this too
        yield field, f"must be from 0 up to {most:g}"


def in_size(field: str, size: Size | None) -> Iterator[Violation]:
    """An amount of capacity, some of each."""
    if size is None:
        yield field, "must be stated"
        return
    yield from in_whole(f"{field}.reference_activity_kbq", size.kbq, 1, REFERENCE_ACTIVITY_KBQ_MAX)
    yield from in_whole(f"{field}.vials", size.vials, 1, VIALS_MAX)


def in_instant(field: str, at: datetime | None) -> Iterator[Violation]:
    """An instant."""
    if at is None:
        yield field, f"must be an instant {RANGE}"


def in_zone(field: str, zone: str) -> Iterator[Violation]:
    """The name of a time zone."""
    if zone not in _zones():
        yield field, "must be an IANA time zone, such as America/Chicago"


def in_closed_dates(field: str, dates: Sequence[date | None]) -> Iterator[Violation]:
    """Local dates."""
    yield from in_count(field, dates, CLOSED_DATES_MAX)
    for index, day in enumerate(dates[:CLOSED_DATES_MAX]):
        if day is None:
            yield f"{field}[{index}]", "must be a date with year, month and day"


def in_count(field: str, items: Sequence[object], most: int) -> Iterator[Violation]:
    """A list that is not too long."""
    if len(items) > most:
        yield field, f"must be at most {most} (they are {len(items)})"


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - _NO_ZONES
