"""What `courier_onerecord` relies on in a carrier's ONE Record server (API 2.3): subscribe, read, ask and notify."""

import json
from datetime import timedelta
from typing import Any

from pact import Pact, match
from pact.interaction import HttpInteraction

from adapters.courier_onerecord.port import SUBSCRIBED_FOR, subscription_written
from adapters.courier_onerecord.settings import settings
from adapters.courier_onerecord.telling import announcement_written
from adapters.outbound import Outgoing
from tests.contracts.consumers.words import text
from tests.contracts.vendors.forms import authorization
from tests.support.couriers import NOW
from tests.support.onerecord import SERVER, THEIRS, WAYBILL

NAME, PROVIDER = "doselane-courier-onerecord", "one-record-server"
CLIENT, SECRET, TOKEN = "doselane", "one-record-secret-0001", "6e" * 32
SHIPMENT, EVENT = "8a76ed85-959e-45d5-8c42-5fd39c08efb1", "1f0cbb2e-7c5d-4b8e-9a51-0c9a3f3ce001"
PAPER = f"waybill-{WAYBILL}"
NO_TOKEN, A_TOKEN = "we have no token", "we have a token"
CARRIED, WANTED = "our shipment was flown", "the carrier wants to hear of our object"
MEDIA, FORM, JSON = "application/ld+json; version=2.3.0", "application/x-www-form-urlencoded", "application/json"
API = "https://onerecord.iata.org/ns/api#"
SETTINGS = settings({"server": SERVER})
OURS = SETTINGS.object_url(WAYBILL)
_CONTEXT = {"api": API, "cargo": "https://onerecord.iata.org/ns/cargo#"}
_URL = r"^https?://[^\s]+$"


def subscription() -> Outgoing:
    """That we want to hear of the shipment with this waybill."""
    said = {"reference": WAYBILL, "expires": (NOW + SUBSCRIBED_FOR).isoformat()}
    return Outgoing(WAYBILL, json.dumps(said).encode(), NOW + timedelta(days=3))


def announcement() -> Outgoing:
    """That the shipment is there."""
    said = json.dumps({"reference": WAYBILL}).encode()
    return Outgoing(f"announce {WAYBILL}", said, NOW + timedelta(days=3))


def contract() -> Pact:
    """All that the adapter relies on."""
    pact = Pact(NAME, PROVIDER).with_specification("V4")
    for step in (gives_a_token, takes_a_subscription, lists_events, reads_an_event, reads_a_shipment, reads_a_waybill):
        step(pact)
    for step in (finds_none, says_what_it_wants, wants_nothing, is_notified, is_not_believed):
        step(pact)
    return pact


def gives_a_token(pact: Pact) -> None:
    """By the credentials in the header (RFC 6749, 2.3.1)."""
    asked = pact.upon_receiving("a token is asked for").given(NO_TOKEN).with_request("POST", "/oauth/token")
    asked.with_header("Authorization", authorization(CLIENT, SECRET)).with_body("grant_type=client_credentials", FORM)
    said = {"access_token": text(TOKEN, "^[!-~]+$"), "expires_in": match.integer(3600)}
    asked.will_respond_with(200).with_body(said, JSON)


def takes_a_subscription(pact: Pact) -> None:
    """It answers where our request is; whether it is accepted, it tells later."""
    asked = _asked(pact, "a subscription to shipments", A_TOKEN).with_request("POST", "/subscriptions")
    _believed(asked).with_body(json.loads(subscription_written(SETTINGS, subscription())), MEDIA)
    asked.will_respond_with(201).with_header("location", match.regex(f"{THEIRS}/action-requests/1", regex=_URL))


def lists_events(pact: Pact) -> None:
    """A collection, of which each item is a whole event."""
    asked = _asked(pact, "the events of a shipment", A_TOKEN, CARRIED)
    _believed(asked.with_request("GET", f"/logistics-objects/{SHIPMENT}/logistics-events"))
    _said(asked, {"@type": "api:Collection", "api:hasItem": match.each_like(_event(), min=1)})


def reads_an_event(pact: Pact) -> None:
    """The same alone."""
    asked = _asked(pact, "an event of a shipment", A_TOKEN, CARRIED)
    _believed(asked.with_request("GET", f"/logistics-objects/{SHIPMENT}/logistics-events/{EVENT}"))
    _said(asked, _event())


def reads_a_shipment(pact: Pact) -> None:
    """It says where its waybill is."""
    asked = _asked(pact, "a shipment", A_TOKEN, CARRIED)
    _believed(asked.with_request("GET", f"/logistics-objects/{SHIPMENT}"))
    _said(asked, {"@type": "cargo:Shipment", "@id": text(_url(SHIPMENT), _URL), "cargo:waybill": _link(_url(PAPER))})


def reads_a_waybill(pact: Pact) -> None:
    """By its number we know the shipment."""
    asked = _asked(pact, "a waybill", A_TOKEN, CARRIED)
    _believed(asked.with_request("GET", f"/logistics-objects/{PAPER}"))
    prefix, _, serial = WAYBILL.partition("-")
    number = {"cargo:waybillPrefix": prefix, "cargo:waybillNumber": serial}
    _said(asked, {"@type": "cargo:Waybill", "@id": text(_url(PAPER), _URL), **number})


def finds_none(pact: Pact) -> None:
    """What is not there, or not for us, brings nothing."""
    asked = _asked(pact, "the events of what is not there", A_TOKEN)
    _believed(asked.with_request("GET", f"/logistics-objects/{SHIPMENT}/logistics-events")).will_respond_with(404)


def says_what_it_wants(pact: Pact) -> None:
    """A publisher may ask; the answer is a collection of subscriptions."""
    wanted = {
        "@type": "api:Subscription",
        "api:hasTopicType": {"@id": "api:LOGISTICS_OBJECT_IDENTIFIER"},
        "api:includeSubscriptionEventType": match.each_like(_link("api:LOGISTICS_OBJECT_CREATED", "^api:[A-Z_]+$")),
        "api:hasTopic": {"@value": OURS},
    }
    _said(_proposed(pact, "what it wants to hear of our object", A_TOKEN, WANTED), {"api:hasItem": [wanted]})


def wants_nothing(pact: Pact) -> None:
    """An empty collection is an answer."""
    _said(_proposed(pact, "what it wants to hear of an object that it does not care for", A_TOKEN), {"api:hasItem": []})


def is_notified(pact: Pact) -> None:
    """A yes needs no words."""
    asked = _asked(pact, "a notification that our shipment is there", A_TOKEN).with_request("POST", "/notifications")
    _believed(asked).with_body(json.loads(announcement_written(SETTINGS, announcement())), MEDIA)
    asked.will_respond_with(204)


def is_not_believed(pact: Pact) -> None:
    """A token that is over is told as such, and a new one is asked for, once."""
    asked = _asked(pact, "a shipment with a token that is over", NO_TOKEN, CARRIED)
    _believed(asked.with_request("GET", f"/logistics-objects/{SHIPMENT}"))
    error = {"@type": "api:Error", "api:hasTitle": text("Not authenticated", ".+")}
    asked.will_respond_with(401).with_body(error, MEDIA)


def _asked(pact: Pact, description: str, *states: str) -> HttpInteraction:
    asked = pact.upon_receiving(description)
    for state in states:
        asked.given(state)
    return asked


def _believed(asked: HttpInteraction) -> HttpInteraction:
    return asked.with_header("Authorization", f"Bearer {TOKEN}").with_header("accept", MEDIA)


def _proposed(pact: Pact, description: str, *states: str) -> HttpInteraction:
    asked = _believed(_asked(pact, description, *states).with_request("GET", "/subscriptions"))
    asked.with_query_parameter("topicType", f"{API}LOGISTICS_OBJECT_IDENTIFIER")
    return asked.with_query_parameter("topic", OURS)


def _said(asked: HttpInteraction, said: dict[str, Any]) -> None:
    asked.will_respond_with(200).with_body({"@context": _CONTEXT, **said}, MEDIA)


def _event() -> dict[str, Any]:
    return {
        "@id": text(f"{_url(SHIPMENT)}/logistics-events/{EVENT}", _URL),
        "@type": "cargo:LogisticsEvent",
        "cargo:eventDate": {"@value": text(NOW.strftime("%Y-%m-%dT%H:%M:%S.000Z"), r"^\d{4}-\d\d-\d\dT[\d:.]+Z$")},
        "cargo:eventCode": _link("https://onerecord.iata.org/ns/code-lists/StatusCode#DEP"),
        "cargo:eventTimeType": _link("cargo:ACTUAL", "^cargo:[A-Z]+$"),
        "cargo:eventFor": _link(_url(SHIPMENT)),
        "cargo:recordingOrganization": _link(_url("carrier")),
    }


def _link(url: str, form: str = _URL) -> dict[str, Any]:
    return {"@id": text(url, form)}


def _url(name: str) -> str:
    return f"{THEIRS}/logistics-objects/{name}"
