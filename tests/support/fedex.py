"""What FedEx tells: bodies as its pushes and the answers of Track have them."""

import json
from datetime import UTC, datetime
from typing import Any

from adapters.courier_fedex.port import NAME as TRACK
from adapters.courier_fedex.translate import PUSH, FedexReader
from adapters.manifest import Fact, Incoming, Refused, Translation

RECEIVED = datetime(2026, 11, 22, 10, tzinfo=UTC)
NUMBER, OTHER = "123456789012", "123456789013"


def a_scan(**changes: Any) -> dict[str, Any]:
    """A scan on a vehicle that is out for delivery; None leaves a field out."""
    said = {
        "date": "2026-11-22T03:44:00-06:00",
        "eventType": "OD",
        "eventDescription": "On FedEx vehicle for delivery",
        "exceptionCode": "",
        "exceptionDescription": "",
        "scanLocation": {"streetLines": [""], "city": "MANKATO", "stateOrProvinceCode": "MN", "countryCode": "US"},
        "locationId": "0560",
        "locationType": "VEHICLE",
        "derivedStatusCode": "IT",
        "derivedStatus": "In transit",
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


def a_result(*scans: Any, number: str = NUMBER, **more: Any) -> dict[str, Any]:
    """What FedEx tells of one shipment."""
    return {"trackingNumberInfo": {"trackingNumber": number}, "scanEvents": list(scans), **more}


def a_body(*results: Any, number: str = NUMBER) -> dict[str, Any]:
    """What FedEx tells of one number."""
    complete = [{"trackingNumber": number, "trackResults": list(results)}]
    return {"transactionId": "624deea6", "output": {"completeTrackResults": complete}}


def read(body: Any, webhook: str = PUSH) -> Translation:
    """What a body is read as; JSON is written first."""
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    return FedexReader().translate(Incoming(webhook, written, {}, RECEIVED))


def polled(body: Any) -> Translation:
    """The same as the answer to a poll."""
    return read(body, TRACK)


def one(*scans: Any, **more: Any) -> Fact:
    """The only fact of a push."""
    (fact,) = read(a_body(a_result(*scans, **more))).facts
    return fact


def refused(body: Any) -> Refused:
    """Why a push is refused."""
    try:
        found = read(body)
    except Refused as refusal:
        return refusal
    raise AssertionError(f"it was taken: {found}")
