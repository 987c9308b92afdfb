"""What we told others, so that it is known when it comes back: by our event ids, and by our name as recorder. Pure."""

import re

from adapters.courier_onerecord.event import LogisticsEvent
from adapters.courier_onerecord.settings import Settings
from adapters.courier_onerecord.translate import EVENTS

# The ids that we give to events are digests; who gives an event of his own an address on our server takes no digest.
OWN_NUMBER = re.compile(r"[0-9a-f]{64}")


def is_echo(event: LogisticsEvent, settings: Settings) -> bool:
    """Whether an event is one that we told: it bears an id of ours, or says that we recorded it."""
    _, found, number = event.id.rpartition(EVENTS)
    bears_ours = bool(found) and settings.is_ours(event.id) and bool(OWN_NUMBER.fullmatch(number))
    return bears_ours or event.recorded_by == settings.organization
