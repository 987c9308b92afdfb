"""A courier that pushes UPS Track Alert messages (TrackingEventRequest of UPS's specification)."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from adapters.sandbox.courier import Now, SandboxCourier, machine_time
from adapters.sandbox.journey import Scan, Stage

# Type, code and words, from "Status/Description Codes" of UPS's tracking appendix.
_STATUS_OF_STAGE: Mapping[Stage, tuple[str, str, str]] = {
    Stage.BOOKED: ("M", "003", "Shipper created a label, UPS has not received the package yet."),
    Stage.COLLECTED: ("I", "038", "Picked up"),
    Stage.DEPARTED: ("I", "005", "In transit"),
    Stage.ARRIVED: ("I", "071", "Delivered to an agent for final delivery"),
    Stage.OUT_FOR_DELIVERY: ("D", "021", "Out for delivery"),
    Stage.DELIVERED: ("D", "011", "Delivered"),
}


def ups_courier(base_url: str, account: str, credential: str, now: Now = machine_time) -> SandboxCourier:
    """The courier on one account, with the credential that the account's owner registered with UPS."""
    return SandboxCourier(base_url, f"/push/ups/{account}", {"credential": credential}, message, now=now)


def message(scan: Scan) -> Mapping[str, Any]:
    """A scan as UPS pushes it: local and GMT time, and delivery fields that stay blank until the delivery."""
    at = scan.at.astimezone(UTC)
    date, time = at.strftime("%Y%m%d"), at.strftime("%H%M%S")
    kind, code, words = _STATUS_OF_STAGE[scan.stage]
    delivered = scan.stage is Stage.DELIVERED
    return {
        "trackingNumber": scan.reference,
        "localActivityDate": date,
        "localActivityTime": time,
        "activityLocation": {"city": "Duluth", "stateProvince": "MN", "postalCode": "55802", "country": "US"},
        "activityStatus": {"type": kind, "code": code, "description": words},
        "scheduledDeliveryDate": date,
        "actualDeliveryDate": date if delivered else "",
        "actualDeliveryTime": time if delivered else "",
        "gmtActivityDate": date,
        "gmtActivityTime": time,
        "gmtOffset": "+00.00",
        "deliveryTimeDescription": "",
        "deliveryPhoto": "",
    }
