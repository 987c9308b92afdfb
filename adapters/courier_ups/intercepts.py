"""UPS Delivery Intercept (DeliveryIntercept.yaml, v2): a package on its way is sent elsewhere, or back. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from doselane.courier.v1.courier_pb2 import Milestone
from doselane.courier.v1.orders_pb2 import Consignment
from doselane.distribution.v1.events_pb2 import CancellationRequested, RedirectionRequested

from adapters.content import digest
from adapters.courier_ups.settings import UpsSettings
from adapters.courier_ups.subscriptions import LIFE_MAX
from adapters.facts import stamp_if_possible
from adapters.json_body import read_json
from adapters.manifest import Fact, Incoming, Refused
from adapters.outbound import Away, Declined, Outgoing, Uncertain
from adapters.ports.courier import fact
from services.kernel.event import Event
from services.kernel.references import canonical
from services.kernel.timestamps import instant

REDIRECTION_REQUESTED = "doselane.distribution.shipment.redirection_requested.v1"
CANCELLATION_REQUESTED = "doselane.distribution.shipment.cancellation_requested.v1"
# Of all tracking numbers only these can be intercepted.
NUMBER = re.compile(r"1Z[0-9A-Z]{16}")
_ADDRESS_INFO = ("addressLine1", "addressLine2", "addressLine3", "city", "state", "postalCode", "countryCode")
_ADDRESSEE = ("nameOrCompanyName", "contactName", "phoneNumber", "emailAddress")
# RECEIVER REFUSED, CANCELLED ORDER: of UPS's reasons the one that tells of a cancelled order.
_CANCELLED_ORDER = "AM"
# System errors come with the status 200: nobody knows what became of the request.
_SYSTEM_ERRORS = {"500", "501", "502", "503", "504"}


@dataclass(frozen=True, slots=True)
class Intercept:
    """One kind of intercept: our name for it, the path of the call, and the names that UPS has for it."""

    name: str
    path: str
    request_type: str
    feature: str  # in the list of what a package is eligible for


REDIRECT = Intercept("ups.redirect", "redirect/address", "AA", "RD")
RETURN = Intercept("ups.return", "return", "RS", "RTS")
_FEATURE_OF_NAME = {each.name: each.feature for each in (REDIRECT, RETURN)}
# In what is kept of an answer, which does not say it itself.
NUMBER_OF_ANSWER = "doselane:trackingNumber"


def redirections(event: Event, partner: str) -> Iterator[Outgoing]:
    """One for each package of a shipment that is to be delivered elsewhere."""
    asked = RedirectionRequested.FromString(event.data)
    yield from _each(event, partner, asked.consignment, asked.cause)


def returns(event: Event, partner: str) -> Iterator[Outgoing]:
    """One for each package of a shipment that was called off: UPS can bring back what it has, and nothing else."""
    asked = CancellationRequested.FromString(event.data)
    yield from _each(event, partner, asked.consignment, asked.cause)


def _each(event: Event, partner: str, consignment: Consignment, cause: str) -> Iterator[Outgoing]:
    if consignment.courier != partner:
        return
    ends = event.time + LIFE_MAX
    if consignment.HasField("administration_time"):
        ends = instant(consignment.administration_time, "administration_time")
    numbers = dict.fromkeys(filter(NUMBER.fullmatch, map(canonical, consignment.references)))
    stop = consignment.delivery
    for number in numbers or ("",):  # Without a number it is declined, so that somebody hears of it.
        body = {"number": number, "shipment": consignment.shipment, "cause": cause, "place": stop.place,
                "called": stop.display_name}  # fmt: skip
        # A subject of its own: the renewal of a subscription, which waits for days, must not hold it up.
        yield Outgoing(f"intercept of {number or consignment.shipment}", json.dumps(body).encode(), ends)


def asked(outgoing: Outgoing) -> dict[str, str]:
    """What is asked for; Declined where UPS has no name of the package."""
    told: dict[str, str] = json.loads(outgoing.body)
    if not told["number"]:
        raise Declined(f"No tracking number (1Z…) of {told['shipment']} is known, so UPS cannot intercept it.")
    return told


def written(intercept: Intercept, settings: UpsSettings, outgoing: Outgoing) -> bytes:
    """The body of the call; Declined, with what to do, where the account does not say enough."""
    told = asked(outgoing)
    if settings.requester is None:
        raise Declined("The account does not say who asks for this: its options need a requester.")
    request: dict[str, Any] = {
        "requestType": intercept.request_type,
        "requesterContactInfo": dict(settings.requester),
        "specialInstructions": None,
    }
    if intercept is RETURN:
        return json.dumps(request | {"reasonForReturn": _CANCELLED_ORDER}).encode()
    address = settings.addresses.get(told["place"])
    if address is None:
        raise Declined(f"The account's options have no address of {told['place'] or 'a place that is not known'}.")
    return json.dumps(
        request
        | {
            "specialInstructions": told["cause"][:254] or None,  # to the driver; only with this kind
            "newDeliveryAddress": {
                "addressNickName": (told["called"] or told["place"])[:20],
                "addressInfo": _of(address, _ADDRESS_INFO),
                **_of(address, _ADDRESSEE),
            },
        }
    ).encode()


def done(answer: Mapping[str, Any], number: str) -> str:
    """The receipt. UPS answers 200 also where it does not do it: `success` decides."""
    if answer.get("success") is True:
        return f"UPS intercepts {number}"
    listed = answer.get("errors")
    errors = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    codes = {str(each.get("errorCode")) for each in errors} | {str(answer.get("statusCode"))}
    words = "; ".join(f"{each.get('errorCode')} {each.get('errorMessage')}" for each in errors) or json.dumps(answer)
    if codes & _SYSTEM_ERRORS:
        raise Uncertain(f"UPS does not say what became of it: {words}")
    raise Declined(f"UPS does not intercept {number}: {words}")


def is_answer(webhook: str) -> bool:
    """Whether a message is the answer to an intercept."""
    return webhook in _FEATURE_OF_NAME


def agreed(incoming: Incoming) -> Fact:
    """UPS's yes as a milestone that says nothing of where the package is, but which of our orders it answers."""
    value, headers = read_json(incoming.body), incoming.headers
    number = value.get(NUMBER_OF_ANSWER) if isinstance(value, dict) else None
    if not isinstance(number, str) or not NUMBER.fullmatch(number) or value.get("success") is not True:
        raise Refused("BODY_NOT_ANSWER", "The answer must be that of an intercept which UPS makes.")
    feature = _FEATURE_OF_NAME[incoming.webhook]
    content = digest({"intercept": feature, "number": number, "at": headers.get("doselane-delivery", "")})
    milestone = Milestone(
        event_id=f"urn:doselane:ups:intercept:sha-256:{content.hex()}",
        kind=Milestone.OBSERVED,
        code=feature,
        time=stamp_if_possible(incoming.received_at),
        shipment_references=[number],
        answers_event_id=headers.get("doselane-event", ""),
    )
    return fact(0, milestone.event_id, content, milestone)


def require_none_stands(intercept: Intercept, eligibility: Mapping[str, Any], number: str) -> None:
    """After a lost answer: whether the package has such an intercept. UPS does not say whose, or where to."""
    response = eligibility.get("response")
    if not isinstance(response, dict) or response.get("success") is not True:
        raise Away(f"UPS does not say which intercepts {number} has")
    features = response.get("commonEligibilityMap")
    for each in features if isinstance(features, list) else []:
        value = each.get("eligibilityValue") if each.get("interceptFeature") == intercept.feature else None
        if isinstance(value, dict) and value.get("cancelEligibility") == "ELIGIBLE":
            words = "the answer to ours was lost, so look with UPS whether it is as it was asked for"
            raise Declined(f"{number} has an intercept of this kind; {words}")


def _of(address: Mapping[str, str], fields: tuple[str, ...]) -> dict[str, str]:
    return {name: address[name] for name in fields if name in address}
