"""The options of an account whose courier speaks our JSON, pushed to us or taken by it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import available_timezones

_OPTIONS = frozenset({"zone", "orders"})
ORDERS = ("book", "cancel", "redirect", "track")
# A path of the courier's, in which the shipment's name or the courier's own may stand.
_PATH = re.compile(r"/(?:[A-Za-z0-9._~/-]|\{shipment\}|\{reference\})*")


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs from courier to courier and is no word of theirs."""

    zone: str = ""  # of times that say none, in places that say none
    orders: Mapping[str, str] = field(default_factory=dict)  # what is asked of the courier, and the path for it


def settings(options: Mapping[str, Any]) -> Settings:
    """Reads `{"zone": …, "orders": {"book": "/bookings", …}}`; all may be left out."""
    if wrong := list(_wrong(options)):
        raise ValueError("; ".join(wrong))
    return Settings(options.get("zone", ""), dict(options.get("orders", {})))


def _wrong(options: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"there is no option {name!r}" for name in options if name not in _OPTIONS)
    if "zone" in options and str(options["zone"]) not in available_timezones():
        yield f"zone must be a time zone such as Europe/Zurich, not {str(options['zone'])[:40]!r}"
    orders = options.get("orders", {})
    if not isinstance(orders, dict):
        yield "orders must be an object"
        return
    for name, path in orders.items():
        if name not in ORDERS:
            yield f"orders must name {', '.join(ORDERS)}, not {name!r}"
        elif not (isinstance(path, str) and _PATH.fullmatch(path)):
            yield f"orders.{name} must be a path such as /bookings/{{reference}}/cancel"
        elif name == "book" and "{reference}" in path:
            yield "orders.book cannot hold {reference}: the courier gives it in its answer"
        elif name == "track" and ("{reference}" not in path or "{shipment}" in path):
            yield "orders.track must hold {reference}, any name that the courier knows, and no {shipment}"
