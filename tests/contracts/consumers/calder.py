"""Calder Pharma's integration hub: passes orders of its ERP on to Doselane, and what becomes of them back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from doselane.distribution.v1.shipment_pb2 import Shipment
from doselane.slotting.v1.events_pb2 import SlotConfirmed
from doselane.status.v1.events_pb2 import DoseUpdated
from pact import Pact, match

from tests.contracts.consumers.over_rest import AUTHORIZED, JSON, PROBLEM, Rest, problem
from tests.contracts.consumers.words import (
    EXAMPLE_REQUEST_ID,
    EXAMPLE_SLOT_ID,
    EXAMPLE_TOKEN,
    as_caller,
    from_state,
    heard,
    instant,
    named,
    pact_of,
    state_generator,
    text,
)

NAME = "calder-pharma-integration-hub"
PARTNER = "partners/calder-pharma"
SLOT_CONFIRMED = "doselane.slotting.slot.confirmed.v1"
DOSE_UPDATED = "doselane.status.dose.updated.v1"


@dataclass(frozen=True)
class Promised:
    """What the hub writes into the order: by which name it is withdrawn, and when the dose can be given."""

    slot: str
    etag: str
    administration_time: str


class IntegrationHub:
    """The part of Calder's middleware that calls Doselane."""

    def __init__(self, url: str, token: str) -> None:
        self._rest = Rest(url, token)

    def place(self, demand: dict[str, Any], request_id: str) -> Promised:
        """Places an order; raises Refusal, whose facts name the field where the hub has mapped one wrongly."""
        slot = self._rest.answer("POST", "/v1/slots:claim", json={"demand": demand, "requestId": request_id})
        return Promised(slot["name"], slot["etag"], slot["administration"]["time"])

    def withdraw(self, slot: str, request_id: str) -> str:
        """Withdraws the order of a slot; answers the state in which that leaves it."""
        sent = {"requestId": request_id, "reason": "the order was deleted"}
        return str(self._rest.answer("POST", f"/v1/{slot}:release", json=sent)["state"])

    def status(self, dose: str) -> tuple[str, str, str]:
        """The order of a dose, and the state of its slot and its shipment, for whoever asks in the ERP."""
        found = self._rest.answer("GET", f"/v1/{dose}")
        return found["orderReference"], found["slotState"], found["shipment"]["state"]


@dataclass
class StatusLines:
    """What the hub writes into orders because of events, by the order's number; the newest event of each is last."""

    written: dict[str, list[str]] = field(default_factory=dict)

    def take(self, headers: Mapping[str, str], data: bytes) -> None:
        """Takes one record of a topic: CloudEvents in Kafka's binary mode, a protobuf message as its value."""
        takes: dict[str, Callable[[bytes], tuple[str, str]]] = {SLOT_CONFIRMED: _promised, DOSE_UPDATED: _moved}
        if headers["ce_type"] in takes:
            order, line = takes[headers["ce_type"]](data)
            self.written.setdefault(order, []).append(line)


def _promised(data: bytes) -> tuple[str, str]:
    slot = SlotConfirmed.FromString(data).slot
    return slot.order_reference, f"CONFIRMED {slot.administration.time.ToJsonString()}"


def _moved(data: bytes) -> tuple[str, str]:
    dose = DoseUpdated.FromString(data).dose
    return dose.order_reference, Shipment.State.Name(dose.shipment.state)


def demand(run: Any, site: Any, lane: Any, time: Any) -> dict[str, Any]:
    """An order's item as the hub maps it."""
    return {
        "run": run,
        "site": site,
        "lane": lane,
        "administration": {"activityMbq": 7400, "time": time},
        "orderReference": "4500017331-10",
    }


EXAMPLE_DEMAND = demand("runs/lu-177-monday", "sites/lakeside", "lanes/lakeside-road", "2027-03-03T09:00:00Z")
# The hub has passed a date of its ERP on as it was.
WRONGLY_MAPPED = demand("runs/lu-177-monday", "sites/lakeside", "lanes/lakeside-road", "20270303")
_ORDER = text("4500017331-10", ".+")


def contract() -> Pact:
    """What Calder relies on."""
    pact = pact_of(NAME)
    _places_an_order(pact)
    _is_told_which_field_is_wrong(pact)
    _withdraws_an_order(pact)
    _asks_for_a_delivered_dose(pact)
    _hears_of_a_promise(pact)
    _hears_of_a_delivery(pact)
    return pact


def _places_an_order(pact: Pact) -> None:
    asked = as_caller(pact.upon_receiving("an order that can be promised"), PARTNER, "slotting.claim")
    asked.given("an open run with free capacity", partner=PARTNER).with_request("POST", "/v1/slots:claim")
    asked.with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}").with_generators(AUTHORIZED)
    wanted = {name: from_state(EXAMPLE_DEMAND[name], f"${{{name}}}") for name in ("run", "site", "lane")}
    time = from_state("2027-03-03T09:00:00Z", "${administrationTime}")
    request = {"demand": demand(**wanted, time=time), "requestId": from_state(EXAMPLE_REQUEST_ID, "${requestId}")}
    promised = {"name": named("slots"), "etag": text("1", ".+"), "administration": {"time": instant()}}
    asked.with_body(request, JSON).will_respond_with(200).with_body(promised, JSON)


def _is_told_which_field_is_wrong(pact: Pact) -> None:
    asked = as_caller(pact.upon_receiving("an order with a date in place of an instant"), PARTNER, "slotting.claim")
    asked.with_request("POST", "/v1/slots:claim").with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}")
    asked.with_generators(AUTHORIZED)
    request = {"demand": WRONGLY_MAPPED, "requestId": from_state(EXAMPLE_REQUEST_ID, "${requestId}")}
    facts = {"field": "demand.administration.time"}
    asked.with_body(request, JSON).will_respond_with(400).with_body(problem(400, "INVALID_ARGUMENT", facts), PROBLEM)


def _withdraws_an_order(pact: Pact) -> None:
    asked = as_caller(pact.upon_receiving("the withdrawal of an order"), PARTNER, "slotting.claim")
    asked.given("a confirmed slot", partner=PARTNER)
    path = match.regex(f"/v1/slots/{EXAMPLE_SLOT_ID}:release", regex="^/v1/slots/.+:release$")
    asked.with_request("POST", path).with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}")
    asked.with_generators({**AUTHORIZED, "path": state_generator("/v1/${slot}:release")})
    asked.with_body(
        {"requestId": from_state(EXAMPLE_REQUEST_ID, "${requestId}"), "reason": "the order was deleted"}, JSON
    )
    asked.will_respond_with(200).with_body({"state": "RELEASED"}, JSON)


def _asks_for_a_delivered_dose(pact: Pact) -> None:
    asked = as_caller(pact.upon_receiving("a request for a delivered dose"), PARTNER, "status.read")
    asked.given("a dose whose shipment is delivered", partner=PARTNER)
    asked.with_request("GET", match.regex(f"/v1/doses/{EXAMPLE_SLOT_ID}", regex="^/v1/doses/.+$"))
    asked.with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}")
    asked.with_generators({**AUTHORIZED, "path": state_generator("/v1/${dose}")})
    found = {"orderReference": _ORDER, "slotState": "FULFILLED", "shipment": {"state": "DELIVERED"}}
    asked.will_respond_with(200).with_body(found, JSON)


def _hears_of_a_promise(pact: Pact) -> None:
    told = pact.upon_receiving("an order was promised", "Async").given("a confirmed slot", partner=PARTNER)
    slot = {"orderReference": _ORDER, "administration": {"time": instant("2027-03-03T09:00:00Z")}}
    heard(told, SLOT_CONFIRMED, "doselane/slotting", f"slots/{EXAMPLE_SLOT_ID}", {"slot": slot})


def _hears_of_a_delivery(pact: Pact) -> None:
    told = pact.upon_receiving("the dose of an order was delivered", "Async")
    told.given("a dose whose shipment is delivered", partner=PARTNER)
    dose = {"orderReference": _ORDER, "shipment": {"state": "DELIVERED"}}
    heard(told, DOSE_UPDATED, "doselane/status", f"doses/{EXAMPLE_SLOT_ID}", {"dose": dose})
