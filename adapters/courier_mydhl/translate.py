"""From an answer of MyDHL API to milestones: pure, and the unknown stays unknown."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from doselane.courier.v1.courier_pb2 import Location, Milestone

from adapters import content
from adapters.courier_mydhl.codes import HANDED_OVER, kind_of
from adapters.courier_mydhl.tracking import REASON, ExpressEvent, ExpressShipment, ServiceArea, shipments
from adapters.facts import check_size, check_time, stamp_if_possible, time_warnings
from adapters.json_body import read_json
from adapters.manifest import Fact, Incoming, Refused, Translation
from adapters.ports.courier import fact

Kind = Milestone.Kind

TRACK = "mydhl.track"
SAYS_ERROR = "BODY_SAYS_ERROR"
EXPECTED_CODE = "estimatedDeliveryDate"
REMARK_CHARACTERS_MAX = 500
# The status of a query that found something; it says nothing of the shipment.
_FOUND = "success"
# Words that say to whom.
_TO_WHOM = re.compile(r"\b(?:delivered|signed|accepted|received)\b *(?:[:-]|.*\b(?:to|by|for)\b)", re.IGNORECASE)


class MyDhlReader:
    """Reads answers of the tracking. There is nothing to set."""

    def translate(self, incoming: Incoming) -> Translation:
        """Reads the events of all shipments; of many one that cannot be read keeps back none of the others."""
        value = read_json(incoming.body)
        _refuse_errors(value)
        return _translation(list(shipments(value)), incoming.received_at)


def _refuse_errors(value: Any) -> None:
    """The error document of the interface, also where it comes with a success."""
    if not isinstance(value, dict):
        raise Refused(REASON, "The body must be a JSON object.")
    if "shipments" not in value and (value.get("detail") or value.get("title") or value.get("message")):
        words = " ".join(str(value[name]) for name in ("status", "title", "message", "detail") if value.get(name))
        raise Refused(SAYS_ERROR, f"DHL says an error: {words}")


def _translation(found: Iterable[ExpressShipment | Refused], received_at: datetime) -> Translation:
    facts: list[Fact] = []
    refused: dict[int, Refused] = {}
    remarks: list[str] = []
    index = 0
    for shipment in found:
        if isinstance(shipment, Refused):
            refused[index] = shipment
            index += 1
            continue
        if shipment.query_status and shipment.query_status.casefold() != _FOUND:
            remarks.append(f"{shipment.number}: {shipment.query_status}")
        told: list[Fact] = []
        for event in shipment.events:
            try:
                told.append(_fact(index, event, received_at))
            except Refused as refusal:
                refused[index] = refusal
            index += 1
        told += _expected(index, shipment, told, received_at)
        index += 1
        facts += told
    if refused and not facts:
        raise next(iter(refused.values()))
    return Translation(tuple(facts), refused, "; ".join(remarks)[:REMARK_CHARACTERS_MAX], proceeds=True)


def _fact(index: int, event: ExpressEvent | Refused, received_at: datetime) -> Fact:
    if isinstance(event, Refused):
        raise event
    civil, kind = event.time, kind_of(event.code)
    if civil.at:
        check_time(civil.at, received_at, event.at)
    key = content.digest({"number": event.number, "event": [f"{at}:{each}" for at, each in enumerate(event.identity)]})
    milestone = Milestone(
        event_id=_event_id(key),
        kind=kind,
        code=event.code,
        description=_description(event, kind),
        time=stamp_if_possible(civil.at),
        local_time=event.written,
        location=_location(event.area),
        shipment_references=event.references,
    )
    warnings = [] if kind else ["CODE_UNKNOWN"]
    warnings += [civil.doubt] if civil.doubt else []
    warnings += time_warnings(civil.at, received_at) if civil.at else ()
    warnings += ["FIELD_NOT_VALID"] if event.not_valid else []
    check_size(milestone, milestone.event_id, event.at)
    return fact(index, milestone.event_id, key, milestone, warnings)


def _expected(index: int, shipment: ExpressShipment, told: list[Fact], received_at: datetime) -> list[Fact]:
    """When DHL expects to deliver, as a milestone beside the newest event: it changes without one."""
    if shipment.expected.at is None or stamp_if_possible(shipment.expected.at) is None or any(map(_ends, told)):
        return []
    latest = max((each.said.time.ToDatetime(UTC) for each in told if each.said.HasField("time")), default=None)
    key = content.digest(
        {"number": shipment.number, "expected": shipment.expected.at.isoformat(), "after": str(latest)}
    )
    milestone = Milestone(
        event_id=_event_id(key),
        kind=Kind.OBSERVED,
        code=EXPECTED_CODE,
        time=stamp_if_possible(latest),
        shipment_references=shipment.references,
        expected_delivery_time=stamp_if_possible(shipment.expected.at),
    )
    warnings = time_warnings(latest, received_at) if latest else ("TIME_MISSING",)
    return [fact(index, milestone.event_id, key, milestone, warnings)]


def _ends(told: Fact) -> bool:
    return told.ends


def _event_id(key: bytes) -> str:
    return f"urn:doselane:mydhl:sha-256:{key.hex()}"


def _description(event: ExpressEvent, kind: Kind) -> str:
    """DHL's words with its remarks, unless they may name who took the shipment."""
    remarks = f" ({'; '.join(event.remarks)})" if event.remarks else ""
    words = f"{event.description}{remarks}".strip()
    named = bool(event.signed_by) and event.signed_by.casefold() in words.casefold()
    withheld = kind == Kind.DELIVERED or event.code in HANDED_OVER or named or bool(_TO_WHOM.search(words))
    return "" if withheld else words


def _location(area: ServiceArea) -> Location | None:
    if not (area.code or area.city or area.country):
        return None
    return Location(place=area.code, city=area.city, country=area.country)
