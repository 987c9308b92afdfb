"""UPS Delivery Intercept on UPS's own side, with the rules of DeliveryIntercept.yaml (v2)."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

NUMBER = re.compile("1Z[A-Z0-9]{16}")
# A package that has got so far is intercepted no more.
DELIVERED = frozenset({"011", "D"})
_HEADERS: Mapping[str, str] = {"transid": "[a-zA-Z0-9-.]{3,14}", "platformtype": "XOLT", "inquirytype": "U"}
_REQUESTER = {"name": ".{1,30}", "telephone": r"\+[0-9]{1,13}"}
_ADDRESS = {
    "addressLine1": ".{1,50}",
    "city": ".{1,30}",
    "state": "[A-Z]{2}",
    "postalCode": r"\d{5}(?:[-\s]\d{4})?",
    "countryCode": "[A-Z]{2}",
}
_REASONS = frozenset({"AM", "AN", "AQ", "AR", "AS", "FA", "KR", "KS", "KV"})
# Path, type of the request, and the feature that it is an intercept of.
KINDS: Mapping[str, tuple[str, str]] = {"redirect/address": ("AA", "RD"), "return": ("RS", "RTS")}

Activities = Callable[[str], Sequence[Mapping[str, Any]]]


class Intercepts:
    """What was asked of each package. One intercept at a time; another must be cancelled before."""

    def __init__(self, activities: Activities) -> None:
        self._activities = activities
        self.standing: dict[str, tuple[str, dict[str, Any]]] = {}  # feature and request, by number
        self.lose_answers = 0  # so many are done and then answered with a system error

    async def eligibility(self, request: Request) -> Response:
        """What may be asked of a package, and what was."""
        number = request.path_params["number"]
        if fault := _fault_of_call(request, number):
            return fault
        if not self._activities(number):
            return _refused(401, "605", "Package is not eligible for this user.")
        features = [{"interceptFeature": feature, "eligibilityValue": self._value(number, feature)}
                    for _, feature in KINDS.values()]  # fmt: skip
        told = {"transactionId": request.headers["transid"], "statusCode": "000", "statusMsg": "SUCCESS"}
        return JSONResponse({"response": {**told, "success": True, "errors": None, "commonEligibilityMap": features}})

    async def intercept(self, request: Request) -> Response:
        """Redirects a package, or sends it back."""
        number = request.path_params["number"]
        kind, feature = KINDS[request.url.path.removeprefix("/api/deliveryintercept/v2/").rpartition("/")[0]]
        if fault := _fault_of_call(request, number):
            return fault
        try:
            asked = json.loads(await request.body())
        except ValueError:
            asked = None
        if not _is_valid(asked, kind):
            return _refused(400, "710", "Failure due to input validation error")
        if not self._activities(number):
            return _refused(401, "605", "Package is not eligible for this user.")
        if self._value(number, feature)["createEligibility"] != "ELIGIBLE":
            return _told(request, "705", "The package is not eligible for this intercept.")
        self.standing[number] = (feature, asked)
        if self.lose_answers:
            self.lose_answers -= 1
            return _told(request, "500", "System Error")
        return _told(request, "000", "")

    def _value(self, number: str, feature: str) -> dict[str, str]:
        under_way = not any(DELIVERED & _codes(each) for each in self._activities(number))
        standing = self.standing.get(number, ("", {}))[0]
        create = under_way and not standing
        cancel = under_way and standing == feature
        return {
            "createEligibility": "ELIGIBLE" if create else "NOT_ELIGIBLE",
            "modifyEligibility": "NOT_ELIGIBLE",
            "cancelEligibility": "ELIGIBLE" if cancel else "NOT_ELIGIBLE",
        }


def _codes(activity: Mapping[str, Any]) -> set[str]:
    status = activity.get("status", {})
    return {str(status.get("statusCode")), str(status.get("type"))}


def _fault_of_call(request: Request, number: str) -> Response | None:
    headers = all(re.fullmatch(pattern, request.headers.get(name, "")) for name, pattern in _HEADERS.items())
    typed = request.method == "GET" or request.headers.get("content-type", "").startswith("application/json")
    if headers and typed and NUMBER.fullmatch(number):
        return None
    return _refused(400, "710", "Failure due to input validation error")


def _is_valid(asked: Any, kind: str) -> bool:
    if not isinstance(asked, dict) or asked.get("requestType") != kind or "specialInstructions" not in asked:
        return False
    instructions = asked["specialInstructions"]
    if instructions is not None and not (isinstance(instructions, str) and 1 <= len(instructions) <= 254):
        return False
    if not _fits(asked.get("requesterContactInfo"), _REQUESTER):
        return False
    if kind == "RS":
        return asked.get("reasonForReturn") in _REASONS
    address = asked.get("newDeliveryAddress")
    return (
        isinstance(address, dict)
        and _fits(address, {"addressNickName": ".{2,20}"})
        and _fits(address.get("addressInfo"), _ADDRESS)
        and isinstance(address.get("nameOrCompanyName"), str)
        and isinstance(address.get("phoneNumber"), str)
    )


def _fits(told: Any, patterns: Mapping[str, str]) -> bool:
    return isinstance(told, dict) and all(
        isinstance(told.get(name), str) and re.fullmatch(pattern, told[name]) for name, pattern in patterns.items()
    )


def _told(request: Request, code: str, message: str) -> Response:
    """UPS's own yes and no, both with 200."""
    errors = [{"errorCode": code, "errorMessage": message}] if message else None
    told = {"transactionId": request.headers["transid"], "statusCode": code, "statusMsg": message or "Success"}
    return JSONResponse({**told, "success": errors is None, "errors": errors, "subStatusCode": ""})


def _refused(status: int, code: str, message: str) -> Response:
    error = {"code": code, "message": message}
    return JSONResponse({"response": {"transactionId": "", "statusCode": str(status), "errors": [error]}}, status)
