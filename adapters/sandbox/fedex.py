"""A courier that pushes as FedEx's Advanced Integrated Visibility does: the answer of Track, signed."""

import base64
import hashlib
import hmac
from collections.abc import Generator, Mapping
from datetime import timedelta, timezone
from typing import Any
from uuid import uuid4

import httpx

from adapters.sandbox.courier import Now, SandboxCourier, machine_time
from adapters.sandbox.journey import Scan, Stage

# Event, words, the status that FedEx derives, and the kind of place.
_EVENT_OF_STAGE: Mapping[Stage, tuple[str, str, str, str]] = {
    Stage.BOOKED: ("OC", "Shipment information sent to FedEx", "IN", "CUSTOMER"),
    Stage.COLLECTED: ("PU", "Picked up", "PU", "PICKUP_LOCATION"),
    Stage.DEPARTED: ("DP", "Left FedEx origin facility", "IT", "ORIGIN_FEDEX_FACILITY"),
    Stage.ARRIVED: ("AR", "At local FedEx facility", "IT", "DESTINATION_FEDEX_FACILITY"),
    Stage.OUT_FOR_DELIVERY: ("OD", "On FedEx vehicle for delivery", "IT", "VEHICLE"),
    Stage.DELIVERED: ("DL", "Delivered", "DL", "DELIVERY_LOCATION"),
}
_DERIVED = {"IN": "Label created", "PU": "Picked up", "IT": "In transit", "DL": "Delivered"}
_CENTRAL = timezone(timedelta(hours=-6))


class BodySigned(httpx.Auth):
    """Signs each body as FedEx does: `fdx-signature`, Base64 of HMAC-SHA256 with the project's security token."""

    requires_request_body = True

    def __init__(self, security_token: str) -> None:
        self._key = security_token.encode()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The request, signed."""
        request.headers["fdx-signature"] = signature(self._key, request.content)
        yield request


def signature(key: bytes, body: bytes) -> str:
    """What FedEx writes beside a body."""
    return base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()


def fedex_courier(base_url: str, account: str, security_token: str, now: Now = machine_time) -> SandboxCourier:
    """The courier on one account, with the security token of the project in FedEx's portal."""
    return SandboxCourier(base_url, f"/push/fedex/{account}", {}, push, auth=BodySigned(security_token), now=now)


def push(scan: Scan) -> Mapping[str, Any]:
    """A scan as FedEx pushes it."""
    event = scan_event(scan)
    status = {"code": event["eventType"], "derivedCode": event["derivedStatusCode"]}
    dates = []
    if scan.stage is Stage.DELIVERED:
        dates.append({"type": "ACTUAL_DELIVERY", "dateTime": event["date"]})
    result = track_result(scan.reference, [event], dateAndTimes=dates)
    result["latestStatusDetail"] = {**status, "description": event["eventDescription"], "statusByLocale": "?"}
    attempt = {"timestamp": event["date"], "attempt": "1"}
    return {**answer({scan.reference: [result]}), "outputMetaData": [attempt]}


def scan_event(scan: Scan) -> dict[str, Any]:
    """A scan as FedEx writes it: blank where it has nothing to say."""
    code, words, derived, place = _EVENT_OF_STAGE[scan.stage]
    return {
        "date": scan.at.astimezone(_CENTRAL).isoformat(timespec="seconds"),
        "eventType": code,
        "eventDescription": words,
        "exceptionCode": "",
        "exceptionDescription": "",
        "scanLocation": {
            "streetLines": [""],
            "city": "DULUTH",
            "stateOrProvinceCode": "MN",
            "postalCode": "55802",
            "countryCode": "US",
            "residential": False,
            "countryName": "United States",
        },
        "locationId": "0558",
        "locationType": place,
        "derivedStatusCode": derived,
        "derivedStatus": _DERIVED[derived],
    }


def track_result(number: str, events: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """What FedEx tells of one shipment."""
    info = {"trackingNumber": number, "carrierCode": "FDXE", "trackingNumberUniqueId": f"12030~{number}~FDEG"}
    return {"trackingNumberInfo": info, "scanEvents": events, "availableImages": [], **more}


def answer(results: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """What FedEx tells of several numbers."""
    complete = [{"trackingNumber": number, "trackResults": told} for number, told in results.items()]
    return {"transactionId": str(uuid4()), "output": {"completeTrackResults": complete}}
