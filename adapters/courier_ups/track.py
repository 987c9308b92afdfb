"""The answer of Track (Tracking.yaml): its activities as Track Alert would have pushed them. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.manifest import Refused

NAME = "ups.track"
REASON = "BODY_NOT_TRACK"

_FIELDS: Mapping[str, str] = {
    "localActivityDate": "date",
    "localActivityTime": "time",
    "gmtActivityDate": "gmtDate",
    "gmtActivityTime": "gmtTime",
    "gmtOffset": "gmtOffset",
}


def alerts(value: Any) -> Iterator[dict[str, Any]]:
    """The activities of all packages as alerts. None, if UPS does not know the number yet."""
    response = value.get("trackResponse") if isinstance(value, dict) else None
    if not isinstance(response, dict):
        raise Refused(REASON, "trackResponse is required.", "/trackResponse")
    for shipment in _objects(response.get("shipment")):
        for package in _objects(shipment.get("package")):
            number = package.get("trackingNumber") or shipment.get("inquiryNumber")
            for activity in _objects(package.get("activity")):
                yield _alert(number, activity)


def _alert(number: Any, activity: Mapping[str, Any]) -> dict[str, Any]:
    status, address = _object(activity.get("status")), _object(_object(activity.get("location")).get("address"))
    return {
        "trackingNumber": number,
        **{ours: activity[theirs] for ours, theirs in _FIELDS.items() if theirs in activity},
        "activityLocation": {
            "city": address.get("city"),
            "stateProvince": address.get("stateProvince"),
            "postalCode": address.get("postalCode"),
            "country": address.get("countryCode") or address.get("country"),
        },
        "activityStatus": {
            "type": status.get("type"),
            "code": status.get("code"),
            "description": status.get("description"),
            "descriptionCode": status.get("statusCode"),
        },
    }


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
