"""What an account of UPS may say: who asks for deliveries elsewhere, and where UPS finds the places that we name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# The bounds of DeliveryIntercept.yaml; what it does not require may be left out.
_TELEPHONE = r"\+[0-9]{1,13}"
_EMAIL = r"(?=.{1,50}$)[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"
_REQUESTER: Mapping[str, tuple[str, bool]] = {
    "name": (".{1,30}", True),
    "telephone": (_TELEPHONE, True),
    "emailAddress": (_EMAIL, False),
}
_ADDRESS: Mapping[str, tuple[str, bool]] = {
    "nameOrCompanyName": (".{1,50}", True),
    "contactName": (".{1,50}", False),
    "phoneNumber": (_TELEPHONE, True),
    "emailAddress": (_EMAIL, False),
    "addressLine1": (".{1,50}", True),
    "addressLine2": (".{1,35}", False),
    "addressLine3": (".{1,35}", False),
    "city": (".{1,30}", True),
    "state": ("[A-Z]{2}", True),
    "postalCode": (r"\d{5}(?:[-\s]\d{4})?", True),
    "countryCode": ("[A-Z]{2}", True),
}


@dataclass(frozen=True, slots=True)
class UpsSettings:
    """Without a requester nothing is intercepted; places without an address cannot be redirected to."""

    requester: Mapping[str, str] | None = None
    addresses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def settings(options: Mapping[str, Any]) -> UpsSettings:
    """Reads an account's options; ValueError says all that is wrong."""
    wrong = [f"there is no option {name!r}" for name in options if name not in ("requester", "addresses")]
    requester, addresses = options.get("requester"), options.get("addresses", {})
    if requester is not None:
        wrong += _wrong("options.requester", requester, _REQUESTER)
    if not isinstance(addresses, dict):
        wrong.append("options.addresses must be an object: a place, such as sites/northlake, and its address")
    else:
        for place, address in addresses.items():
            wrong += _wrong(f"options.addresses.{place}", address, _ADDRESS)
    if addresses and requester is None:
        wrong.append("options.addresses are of use only with options.requester")
    if wrong:
        raise ValueError("; ".join(wrong))
    return UpsSettings(requester, addresses)


def _wrong(where: str, told: Any, fields: Mapping[str, tuple[str, bool]]) -> list[str]:
    if not isinstance(told, dict):
        return [f"{where} must be an object"]
    wrong = [f"there is no {where}.{name}" for name in told if name not in fields]
    for name, (pattern, required) in fields.items():
        value = told.get(name)
        if value is None and not required:
            continue
        if not (isinstance(value, str) and re.fullmatch(pattern, value)):
            wrong.append(f"{where}.{name} must be a text that UPS takes ({pattern})")
    return wrong
