"""What we ask of MyDHL API: how the shipments stand that we follow, many in one call."""

import json
import logging
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from adapters.courier_mydhl.client import PIECES, WAYBILLS, MyDhlClient, QueryRefused
from adapters.courier_mydhl.tracking import ExpressShipment, shipments
from adapters.courier_mydhl.translate import TRACK
from adapters.json_body import read_json
from adapters.manifest import Refused
from adapters.outbound import Fetched, Following, Poll
from adapters.ports import courier

# DHL takes 200 in one call. Each of them may need a call of its own, and a step must come to its end.
AT_ONCE_MAX = 20
WAYBILL = re.compile(r"[0-9]{10}")
PIECE = re.compile(r"J?JD[0-9A-Z]{8,34}", re.IGNORECASE)

log = logging.getLogger(__name__)


async def fetch(mydhl: MyDhlClient, cursor: str, following: Following) -> Fetched:
    """What DHL knows of the next numbers that we follow; the cursor is the last one asked for."""
    names = await following(cursor, AT_ONCE_MAX)
    numbers = ["".join(name.split()) for name in names]
    bodies = [
        *await _answers(mydhl, WAYBILLS, list(filter(WAYBILL.fullmatch, numbers))),
        *await _answers(mydhl, PIECES, list(filter(PIECE.fullmatch, numbers))),
    ]
    more = len(names) == AT_ONCE_MAX
    return Fetched(bodies, names[-1] if more else "", more)


async def _answers(mydhl: MyDhlClient, name: str, numbers: Sequence[str]) -> list[bytes]:
    """The answers for these numbers. If DHL takes or knows none of them, each half is asked for alone.

    Whether one number that DHL does not know makes an answer "not found" for all is not documented.
    """
    if not numbers:
        return []
    try:
        answer = await mydhl.many(name, numbers)
    except QueryRefused as no:
        if len(numbers) == 1:
            log.warning("MyDHL does not take the number %s: %s", numbers[0], no)
        answer = None
    if answer is not None:
        return await _with_instants(mydhl, answer)
    if len(numbers) == 1:
        return []
    half = len(numbers) // 2
    return await _answers(mydhl, name, numbers[:half]) + await _answers(mydhl, name, numbers[half:])


async def _with_instants(mydhl: MyDhlClient, answer: bytes) -> list[bytes]:
    """The answer as it came; of a shipment with a local time that nobody here can place, the answer with offsets."""
    found = _read(answer)
    lacking = [each.number for each in found or () if each.lacks_an_instant and WAYBILL.fullmatch(each.number)]
    instead: dict[str, bytes] = {}
    for number in dict.fromkeys(lacking):
        try:
            with_offsets = await mydhl.one(number)
        except QueryRefused as no:
            log.warning("MyDHL gives no offsets for %s: %s", number, no)
            continue
        if with_offsets is not None and _read(with_offsets):
            instead[number] = with_offsets
    if not instead:
        return [answer]
    # It would tell the same events without their instants.
    whole = json.loads(answer)
    rest = [each for each in whole["shipments"] if _number(each) not in instead]
    kept = [json.dumps({**whole, "shipments": rest}).encode()] if rest else []
    return [*kept, *instead.values()]


def _read(answer: bytes) -> list[ExpressShipment] | None:
    """The shipments that can be read; None if it is no answer, which the reader will say."""
    try:
        return [each for each in shipments(read_json(answer)) if isinstance(each, ExpressShipment)]
    except Refused:
        return None


def _number(shipment: Any) -> str:
    return str(shipment.get("shipmentTrackingNumber", "")).strip() if isinstance(shipment, dict) else ""


TRACKED = Poll(TRACK, timedelta(minutes=30), fetch, operation=courier.TRACK)
