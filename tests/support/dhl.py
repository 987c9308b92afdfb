"""What DHL says, as tests need it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from adapters.courier_dhl.settings import DhlOptions
from adapters.courier_dhl.translate import PUSH, TRACK, DhlReader
from adapters.manifest import Fact, Incoming, Translation
from tests.support.couriers import NOW

NUMBER = "7777777770"
ARRIVED_AT = NOW + timedelta(hours=1)


def scan(
    at: str = "2026-11-22T08:00:00Z", word: str = "transit", country: str = "NL", **changes: Any
) -> dict[str, Any]:
    """An event of the unified interface."""
    return {
        "timestamp": at,
        "location": {"address": {"countryCode": country, "addressLocality": "AMSTERDAM"}},
        "statusCode": word,
        "description": "As DHL says",
        **changes,
    }


def shipments(*events: Mapping[str, Any], number: Any = NUMBER, **changes: Any) -> dict[str, Any]:
    """The body with one shipment."""
    return {"shipments": [{"id": number, "service": "express", "events": list(events), **changes}]}


def us_scan(code: Any = 600, time: str = "14:30:00", zone: str = "ET", **changes: Any) -> dict[str, Any]:
    """An event of eCommerce Americas."""
    return {
        "date": "2026-11-21",
        "time": time,
        "timeZone": zone,
        "location": "Newark, NJ, US",
        "postalCode": "07101",
        "primaryEventId": code,
        "primaryEventDescription": "AS THE LIST HAS IT",
        **changes,
    }


def packages(*events: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """The body of eCommerce Americas with one package."""
    package = {"trackingId": "9261290100830000000001", "dhlPackageId": "4231402267890349", **changes}
    return {"packages": [{"package": package, "events": list(events)}]}


def read(body: bytes, service: str = "express", webhook: str = PUSH) -> Translation:
    """What is made of a body that arrived at ten o'clock on the day of the tests."""
    return DhlReader(DhlOptions(service)).translate(Incoming(webhook, body, {}, ARRIVED_AT))


def only(translation: Translation) -> Fact:
    """The one fact, with nothing left out."""
    (fact,) = translation.facts
    assert not translation.refused
    return fact


ANSWERED = TRACK
