"""The answer of Track (Tracking.yaml): its activities as Track Alert would have pushed them. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.courier_ups.model import TRACKING_NUMBER
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
# Kinds of `deliveryTime` whose `endTime` is the end of what is expected: windows, and a commitment.
_ENDS = frozenset({"EDW", "CDW", "IDW", "CMT"})


def alerts(value: Any) -> Iterator[dict[str, Any]]:
    """The activities of all packages as alerts. None, if UPS does not know the number yet."""
    response = value.get("trackResponse") if isinstance(value, dict) else None
    if not isinstance(response, dict):
        raise Refused(REASON, "trackResponse is required.", "/trackResponse")
    for shipment in _objects(response.get("shipment")):
        for package in _objects(shipment.get("package")):
            yield from _package(package.get("trackingNumber") or shipment.get("inquiryNumber"), package)


def _package(number: Any, package: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The activities of a package. UPS may leave them out, as it may any field; then its status is all that is told."""
    of_package = {
        "trackingNumber": number,
        "alternateTrackingNumber": _alternate(package),
        "receivedBy": _object(package.get("deliveryInformation")).get("receivedBy"),
    }
    activities = _objects(package.get("activity"))
    for activity in activities:
        yield {**of_package, **_alert(activity), **_delivery(activity, package)}
    status = _status(_object(package.get("currentStatus")))
    if not activities and any(status[name] for name in ("type", "code", "descriptionCode")):
        yield {**of_package, **_delivered(package), "activityStatus": status}


def _alert(activity: Mapping[str, Any]) -> dict[str, Any]:
    address = _object(_object(activity.get("location")).get("address"))
    return {
        **{ours: activity[theirs] for ours, theirs in _FIELDS.items() if theirs in activity},
        "activityLocation": _location(address),
        "activityStatus": _status(_object(activity.get("status"))),
    }


def _status(status: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": status.get("type"),
        "code": status.get("code"),
        "description": status.get("description"),
        "descriptionCode": status.get("statusCode"),
    }


def _location(address: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "city": address.get("city"),
        "stateProvince": address.get("stateProvince"),
        "postalCode": address.get("postalCode"),
        "country": address.get("countryCode") or address.get("country"),
    }


def _delivery(activity: Mapping[str, Any], package: Mapping[str, Any]) -> dict[str, Any]:
    """What the package says of its delivery, for the activities of that day: it says so once, of its latest state."""
    said: dict[str, Any] = {}
    day, dates = activity.get("date"), _dates(package)
    if day and dates.get("DEL") == day:
        said["actualDeliveryDate"] = day
    time = _object(package.get("deliveryTime"))
    if day and (dates.get("RDD") or dates.get("SDD")) == day and str(time.get("type")) in _ENDS:
        said |= {"scheduledDeliveryDate": day, "deliveryEndTime": time.get("endTime")}
    return said


def _delivered(package: Mapping[str, Any]) -> dict[str, Any]:
    """When and where a package without activities was delivered, if it was: by the clocks of its destination."""
    time, day = _object(package.get("deliveryTime")), _dates(package).get("DEL")
    if not day or time.get("type") != "DEL":
        return {}
    where = [each for each in _objects(package.get("packageAddress")) if each.get("type") == "DESTINATION"]
    address = _object(where[0].get("address")) if len(where) == 1 else {}
    return {
        "localActivityDate": day,
        "localActivityTime": time.get("endTime"),
        "actualDeliveryDate": day,
        "activityLocation": _location(address),
    }


def _dates(package: Mapping[str, Any]) -> dict[Any, Any]:
    return {str(each.get("type")): each.get("date") for each in _objects(package.get("deliveryDate"))}


def _alternate(package: Mapping[str, Any]) -> str:
    """The first other number that is one of UPS; those of postal services are numbers of theirs."""
    numbers = [each.get("number") for each in _objects(package.get("alternateTrackingNumber"))]
    return next((each for each in numbers if isinstance(each, str) and TRACKING_NUMBER.fullmatch(each)), "")


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
