"""What an account of SENAITE must say, and what it maps."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.mapping import MappingShape

UID = re.compile(r"[0-9a-f]{32}")

# What an installation maps: keywords of its analyses to tests of ours; its services, by uid, to tests, its profiles and
# sample types to products.
SHAPE = MappingShape(tables={"test": None, "service": None, "profile": None, "sample_type": None})


@dataclass(frozen=True, slots=True)
class SenaiteOptions:
    """The options of one account."""

    client: str  # uid of the client that we are to the laboratory
    contact: str  # uid of one of its contacts: without one a sample can never be published
    since: datetime | None = None  # samples that were changed before are not read


def settings(options: Mapping[str, Any]) -> SenaiteOptions:
    """Reads the options; its ValueError says all that is wrong."""
    wrong = [f"there is no option {name!r}" for name in options if name not in ("client", "contact", "since")]
    wrong += [
        f"options.{name} must be a uid of SENAITE, 32 hexadecimal digits"
        for name in ("client", "contact")
        if not UID.fullmatch(str(options.get(name)))
    ]
    since = None
    if "since" in options:
        since = _instant(options["since"])
        wrong += [] if since else ["options.since must be an instant with its offset, such as 2026-12-01T00:00:00Z"]
    if wrong:
        raise ValueError("; ".join(wrong))
    return SenaiteOptions(options["client"], options["contact"], since)


def _instant(given: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo is not None else None
