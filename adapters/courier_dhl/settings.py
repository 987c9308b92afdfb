"""What an account of DHL must say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

_SERVICE = re.compile(r"[a-z]+(?:-[a-z]+)*")
PAUSE_S_MAX = 60


@dataclass(frozen=True, slots=True)
class DhlOptions:
    """The options of one account."""

    service: str  # the division, in the words of the unified interface, such as express or parcel-de
    pause: timedelta = timedelta(seconds=1)  # at least between two calls; DHL speaks of one a second


def settings(options: Mapping[str, Any]) -> DhlOptions:
    """Reads the options; its ValueError says all that is wrong."""
    wrong = [f"there is no option {name!r}" for name in options if name not in ("service", "pause_s")]
    service, pause = options.get("service"), options.get("pause_s", 1)
    if not (isinstance(service, str) and _SERVICE.fullmatch(service)):
        wrong.append("options.service must be a division of DHL as its interface names it, such as express")
    if isinstance(pause, bool) or not isinstance(pause, int | float) or not 0 <= pause <= PAUSE_S_MAX:
        wrong.append(f"options.pause_s must be a number of seconds from 0 to {PAUSE_S_MAX}")
    if wrong:
        raise ValueError("; ".join(wrong))
    return DhlOptions(str(service), timedelta(seconds=pause))
