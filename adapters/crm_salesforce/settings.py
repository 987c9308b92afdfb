"""What an account of Salesforce must say, and what it maps."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.mapping import MappingShape

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_VERSION = re.compile(r"[1-9][0-9]\.0")
_URL = re.compile(r"https?://[\x21-\x7e]{1,250}")
# What an order wants, in our words; of one that is still being written nothing is made.
WANTED, WITHDRAWN, DRAFT = "WANTED", "WITHDRAWN", "DRAFT"

REST, SOAP = "REST", "SOAP"
_ORDER = {
    "order_reference": "Order_Reference__c",
    "state": "Status__c",
    "product": "Product__c",
    "site": "Site__c",
    "administration_from": "Administration_From__c",
    "administration_until": "Administration_Until__c",
    "activity_mbq": "Activity_MBq__c",
    "patient_reference": "Patient_Reference__c",
}
_OUTCOME = {
    "outcome": "Outcome__c",
    "slot": "Slot__c",
    "reason": "Refusal_Reason__c",
    "detail": "Refusal_Detail__c",
    "administration_time": "Promised_Administration__c",
    "delivery_time": "Promised_Delivery__c",
    "nearest_administration_time": "Nearest_Administration__c",
}
_DOSE = {
    "dose": "Dose_Id__c",
    "order_reference": "Order_Reference__c",
    "slot_state": "Slot_State__c",
    "at_risk": "At_Risk__c",
    "run": "Run__c",
    "site": "Site__c",
    "activity_mbq": "Activity_MBq__c",
    "administration_time": "Administration_Time__c",
    "shipment_state": "Shipment_State__c",
    "courier": "Courier__c",
    "expected_delivery_time": "Expected_Delivery__c",
    "last_event": "Last_Event__c",
    "last_event_time": "Last_Event_Time__c",
    "last_event_summary": "Last_Event_Summary__c",
}
# The names of fields that the kit deploys; an org that has its own maps them. `order` is a record and how it is read,
# `request` a platform event that asks for the same, `outcome` what is written into an order, `dose` a record of ours.
SHAPE = MappingShape(
    fields={
        **{f"order.{ours}": theirs for ours, theirs in _ORDER.items()},
        "order.system_reference": "Id",
        "order.state_time": "LastModifiedDate",
        **{f"request.{ours}": theirs for ours, theirs in _ORDER.items()},
        "request.system_reference": "Order_Id__c",
        "request.state_time": "CreatedDate",
        **{f"outcome.{ours}": theirs for ours, theirs in _OUTCOME.items()},
        **{f"dose.{ours}": theirs for ours, theirs in _DOSE.items()},
    },
    # Their word, ours. Products, sites and couriers without a line are written as we call them.
    tables={
        "order_state": frozenset({WANTED, WITHDRAWN, DRAFT}),
        "product": None,
        "site": None,
        "courier": None,
        "outcome": None,
        "slot_state": None,
        "shipment_state": None,
    },
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of one account."""

    pubsub_url: str = "https://api.pubsub.salesforce.com:7443"
    api_version: str = "66.0"
    order_object: str = "Dose_Order__c"
    dose_object: str = "Dose__c"
    # What tells of orders: the record's changes, a platform event, or both.
    order_changes: bool = True
    order_event: str = ""  # such as Dose_Order_Request__e; empty: none
    # How long after its start a dose may be administered, where the order does not say; None: such an order is refused.
    administration_minutes: int | None = None
    write_orders: bool = True
    write_doses: bool = True
    doses_over: str = REST  # SOAP, for organisations that let programs write by SOAP only
    dose_event: str = ""  # the platform event that tells of each change of a dose; empty: none
    # How much of the day's calls of the whole org we may use, in percent; above it, what waits waits.
    calls_percent_max: int = 80
    hosts: tuple[str, ...] = field(default=())  # further hosts that a log-in may send us to


def settings(options: Mapping[str, Any]) -> Settings:
    """Reads the options; its ValueError says all that is wrong."""
    known = Settings.__dataclass_fields__
    wrong = [f"there is no option {name!r}" for name in options if name not in known]
    wrong += [
        f"options.{name} must be {what}" for name, (what, fits) in _FORMS.items() if not _fits(options, name, fits)
    ]
    if not wrong and not (options.get("order_changes", True) or options.get("order_event")):
        wrong.append("options.order_event must name a platform event, as options.order_changes is false")
    if wrong:
        raise ValueError("; ".join(wrong))
    return Settings(**{**options, **({"hosts": tuple(options["hosts"])} if "hosts" in options else {})})


def _fits(options: Mapping[str, Any], name: str, fits: Any) -> bool:
    return name not in options or bool(fits(options[name]))


def _is_name(given: Any) -> bool:
    return isinstance(given, str) and bool(_NAME.fullmatch(given))


def _is_event(given: Any) -> bool:
    return given == "" or (_is_name(given) and given.endswith("__e"))


def _is_whole(given: Any, least: int, most: int) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and least <= given <= most


_FORMS: Mapping[str, tuple[str, Any]] = {
    "pubsub_url": ("an https address", lambda given: isinstance(given, str) and _URL.fullmatch(given)),
    "api_version": ("a version such as 66.0", lambda given: isinstance(given, str) and _VERSION.fullmatch(given)),
    "order_object": ("the API name of an object", _is_name),
    "dose_object": ("the API name of an object", _is_name),
    "order_changes": ("true or false", lambda given: isinstance(given, bool)),
    "order_event": ("the API name of a platform event, which ends in __e", _is_event),
    "administration_minutes": ("whole minutes, from 1 to 44640", lambda given: _is_whole(given, 1, 44640)),
    "write_orders": ("true or false", lambda given: isinstance(given, bool)),
    "write_doses": ("true or false", lambda given: isinstance(given, bool)),
    "doses_over": ("REST or SOAP", lambda given: given in (REST, SOAP)),
    "dose_event": ("the API name of a platform event, which ends in __e", _is_event),
    "calls_percent_max": ("a whole number from 1 to 100", lambda given: _is_whole(given, 1, 100)),
    "hosts": (
        "a list of host names",
        lambda given: isinstance(given, list) and all(isinstance(each, str) and each for each in given),
    ),
}
