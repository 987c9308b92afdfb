"""What we ask of DHL: how the shipments stand that we follow, one by one."""

import codecs
import json
import logging
import re
from datetime import timedelta

from adapters.courier_dhl.client import DhlClient, NumberRefused
from adapters.courier_dhl.translate import TRACK
from adapters.outbound import Fetched, Following, Poll
from adapters.ports import courier

# Waybills, piece numbers (JD…, 0034…) and the numbers of all divisions; a URI is none.
NUMBER = re.compile(r"[0-9A-Z][0-9A-Z-]{4,38}", re.IGNORECASE)
# So many names that are no numbers of DHL are passed over in one step.
NAMES_MAX = 50

log = logging.getLogger(__name__)


async def fetch(dhl: DhlClient, cursor: str, following: Following) -> Fetched:
    """What DHL knows of the next number; the cursor is the last one asked for.

    One number a step, so that what was answered is kept before the quota of the day comes to its end.
    """
    names = await following(cursor, NAMES_MAX)
    for name in names:
        number = "".join(name.split())
        if not NUMBER.fullmatch(number):
            continue
        try:
            answer = await dhl.shipments(number)
        except NumberRefused as no:
            log.warning("DHL does not take the number %s: %s", number, no)
            answer = None
        return Fetched([] if answer is None else [beside(name.strip(), answer)], name, more=True)
    more = len(names) == NAMES_MAX
    return Fetched([], names[-1] if more else "", more)


def beside(number: str, answer: bytes) -> bytes:
    """The answer as it came, beside the number that was asked for: DHL may call the shipment by another one."""
    plain = answer.removeprefix(codecs.BOM_UTF8)
    return b'{"trackingNumber":%b,"answer":%b}' % (json.dumps(number).encode(), plain or b"null")


# Ten times a day and shipment is what DHL allows.
TRACKED = Poll(TRACK, timedelta(hours=2, minutes=24), fetch, operation=courier.TRACK)
