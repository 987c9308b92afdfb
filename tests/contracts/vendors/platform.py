"""What `courier_generic` relies on in a courier's own platform: to book, cancel, redirect and track, in our JSON."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from doselane.courier.v1.orders_pb2 import Consignment, Parcel, Stop
from doselane.distribution.v1.events_pb2 import BookingRequested, CancellationRequested, RedirectionRequested
from google.protobuf.message import Message
from pact import Pact, match
from pact.interaction import HttpInteraction

from adapters.courier_generic.orders import BOOK, CANCEL, EVENT_TYPES, REDIRECT, orders
from adapters.outbound import Outgoing
from adapters.sandbox.courier_platform import KEY_HEADER
from services.kernel.event import Event
from services.kernel.timestamps import stamp
from tests.contracts.consumers.words import text
from tests.support.couriers import NOW

NAME, PROVIDER = "doselane-courier-generic", "courier-platform"
VEGA, KEY = "partners/vega", "k" * 20
SHIPMENT, REFERENCE = "shipments/261122-0001", "VEGA-0001"
NOTHING_BOOKED, BOOKED, BOOKED_BEFORE = "nothing is booked", "our shipment is booked", "our booking was taken before"
COLLECTED, DECIDES_LATER = "it is collected", "the courier decides later"
JSON, PROBLEM = "application/json", "application/problem+json"
INSTANT = r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)?$"


def order(what: str) -> Outgoing:
    """What distribution asks for, as it goes out. The key is the id of the event, so each has its own."""
    consignment = Consignment(
        shipment=SHIPMENT,
        courier=VEGA,
        references=[] if what == BOOK else [REFERENCE],
        pickup=Stop(place="facilities/north", time_zone="America/New_York", earliest_time=stamp(NOW)),
        delivery=Stop(place="sites/lakeside", time_zone="America/Chicago"),
        parcels=[Parcel(package_id="BOX-1", un_number="UN2915", category="II-YELLOW", transport_index=0.4)],
    )
    asked: Message = {
        BOOK: BookingRequested(consignment=consignment),
        CANCEL: CancellationRequested(consignment=consignment, cause="the patient is ill"),
        REDIRECT: RedirectionRequested(consignment=consignment, cause="the centre is closed"),
    }[what]
    event_id = UUID(int=(BOOK, CANCEL, REDIRECT).index(what) + 1)
    event = Event(event_id, EVENT_TYPES[what], "doselane/distribution", SHIPMENT, 1, NOW, asked.SerializeToString())
    (outgoing,) = orders(what)(event, VEGA)
    return outgoing


def contract() -> Pact:
    """All that the adapter relies on."""
    pact = Pact(NAME, PROVIDER).with_specification("V4")
    for step in (
        books,
        books_once,
        is_not_decided,
        cancels,
        is_on_its_way,
        redirects,
        misses_the_booking,
        is_not_believed,
        reads_milestones,
        finds_no_milestones,
    ):
        step(pact)
    return pact


def books(pact: Pact) -> None:
    """A yes with the courier's names of the shipment."""
    _says_yes(_ordered(pact, "a booking", BOOK, NOTHING_BOOKED), 201)


def books_once(pact: Pact) -> None:
    """The key tells a repetition, and it is answered as the first was: with the same name."""
    asked = _ordered(pact, "the same booking again", BOOK, BOOKED_BEFORE)
    asked.will_respond_with(201).with_body({"references": [REFERENCE]}, JSON)


def is_not_decided(pact: Pact) -> None:
    """It is taken, and what becomes of it the courier tells later."""
    _ordered(pact, "a booking that needs a decision", BOOK, NOTHING_BOOKED, DECIDES_LATER).will_respond_with(202)


def cancels(pact: Pact) -> None:
    """A yes needs no words."""
    _ordered(pact, "a cancellation", CANCEL, BOOKED).will_respond_with(200)


def is_on_its_way(pact: Pact) -> None:
    """A no that does not pass by itself, in the courier's words."""
    _says_no(_ordered(pact, "a cancellation of what is on its way", CANCEL, BOOKED, COLLECTED), 409)


def redirects(pact: Pact) -> None:
    """A yes with the courier's names of the shipment, which may be new ones."""
    _says_yes(_ordered(pact, "a redirection", REDIRECT, BOOKED), 200)


def misses_the_booking(pact: Pact) -> None:
    """Nothing has this name."""
    _says_no(_ordered(pact, "a redirection of what is not booked", REDIRECT, NOTHING_BOOKED), 404)


def is_not_believed(pact: Pact) -> None:
    """A wrong key is told as such."""
    _says_no(_ordered(pact, "a booking with another key", BOOK, NOTHING_BOOKED, key="another"), 401)


def reads_milestones(pact: Pact) -> None:
    """In the JSON in which couriers push."""
    milestone = {
        "shipments": match.each_like(text(REFERENCE, ".+"), min=1),
        "kind": text("COLLECTED", "^[A-Z_]+$"),
        "occurred_at": text(NOW.isoformat(), INSTANT),
    }
    asked = _tracked(pact, "the milestones of a shipment", BOOKED, COLLECTED)
    asked.will_respond_with(200).with_body({"milestones": match.each_like(milestone, min=1)}, JSON)


def finds_no_milestones(pact: Pact) -> None:
    """Nothing is known of it yet."""
    _says_no(_tracked(pact, "the milestones of a shipment of which there are none", BOOKED), 404)


def _asked(pact: Pact, description: str, states: Sequence[str]) -> HttpInteraction:
    asked = pact.upon_receiving(description)
    for state in states:
        asked.given(state)
    return asked


def _ordered(pact: Pact, description: str, what: str, *states: str, key: str = KEY) -> HttpInteraction:
    said: dict[str, Any] = json.loads(order(what).body)
    asked = _asked(pact, description, states)
    asked.with_request("POST", "/v1/bookings" if what == BOOK else f"/v1/bookings/{REFERENCE}/{what}")
    asked.with_header(KEY_HEADER, key).with_header("idempotency-key", said["request_id"])
    return asked.with_body(said, JSON)


def _tracked(pact: Pact, description: str, *states: str) -> HttpInteraction:
    asked = _asked(pact, description, states).with_request("GET", f"/v1/shipments/{REFERENCE}/milestones")
    return asked.with_header(KEY_HEADER, KEY)


def _says_yes(asked: HttpInteraction, status: int) -> None:
    names = match.each_like(text(REFERENCE, ".+"), min=1)
    asked.will_respond_with(status).with_body({"references": names}, JSON)


def _says_no(asked: HttpInteraction, status: int) -> None:
    asked.will_respond_with(status)
