"""Lakeside Clinic's booking program: finds a dose for a patient over REST and claims it, or waits for a place.

The centre acts for the sponsor whose doses it gives: its token speaks for Northlake Oncology.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pact import Pact, match

from tests.contracts.consumers.over_rest import AUTHORIZED, JSON, Rest
from tests.contracts.consumers.words import (
    EXAMPLE_REQUEST_ID,
    EXAMPLE_TOKEN,
    as_caller,
    from_state,
    instant,
    named,
    pact_of,
    state_generator,
    text,
    whole_number,
)

NAME = "lakeside-clinic-booking"
PARTNER = "partners/northlake-oncology"
DOSE_MBQ = 7400
ORDER, PATIENT = "LC-2027-0311", "lc-p-0093"
RUN, SITE, LANE = "runs/lu-177-monday", "sites/lakeside-clinic", "lanes/to-lakeside-clinic"
STANDBY = "standbys/0198a1b2-6f00-7000-8000-000000000003"
FROM, UNTIL = "2027-03-03T06:00:00Z", "2027-03-04T06:00:00Z"


@dataclass(frozen=True)
class Offered:
    """What the clinic's booking desk is shown of an offer, and what it sends back to claim it."""

    run: str
    lane: str
    departure_time: str
    arrives: tuple[str, str]  # at the earliest, and as promised
    received: tuple[str, str]  # the window
    administration_time: str
    activity_mbq: tuple[float, float]  # at delivery and at administration
    lost_per_hour_mbq: float
    slack_minutes: int
    claim_until: str


@dataclass(frozen=True)
class Found:
    """What a search came to: offers, best first, or why there are none."""

    offers: Sequence[Offered]
    because: dict[str, int]


@dataclass(frozen=True)
class Booked:
    """A dose that will come."""

    slot: str
    state: str
    leaves_at: str
    arrives_at: str
    administered_at: str
    kbq: int
    etag: str


@dataclass(frozen=True)
class Waiting:
    """A place in the queue."""

    standby: str
    state: str
    run: str
    order: str
    slot: str  # once one is held for it
    etag: str


class Booking:
    """The part of the clinic's program that talks to Doselane."""

    def __init__(self, url: str, token: str) -> None:
        self._rest = Rest(url, token)

    def search(self, product: str, site: str, from_time: str, until_time: str) -> Found:
        """What can reach the clinic in time."""
        answer = self._rest.answer("POST", "/v1/offers:search", json=wanted(product, site, from_time, until_time))
        if answer["offers"]:
            return Found([_offered(offer) for offer in answer["offers"]], {})
        return Found([], {each["reason"]: each["count"] for each in answer["rejections"]})

    def book(self, offer: Offered, site: str, request_id: str) -> Booked:
        """Claims an offer as it is stated, all its legs; the answer is final."""
        places = {"run": offer.run, "site": site, "lane": offer.lane, "departureTime": offer.departure_time}
        asked = claim(places, offer.administration_time, request_id)
        return _booked(self._rest.answer("POST", "/v1/slots:claim", json=asked))

    def wait(self, run: str, site: str, lane: str, time: str, request_id: str) -> Waiting:
        """Queues for a run that is full."""
        asked = claim({"run": run, "site": site, "lane": lane}, time, request_id)
        return _waiting(self._rest.answer("POST", "/v1/standbys:join", json=asked))

    def waiting(self, name: str) -> Waiting:
        """Where a place in the queue stands."""
        return _waiting(self._rest.answer("GET", f"/v1/{name}"))


def wanted(product: Any, site: Any, from_time: Any, until_time: Any) -> dict[str, Any]:
    """A search: one dose within an interval."""
    interval = {"startTime": from_time, "endTime": until_time}
    return {"product": product, "site": site, "administrationInterval": interval, "activityMbq": DOSE_MBQ}


def claim(places: dict[str, Any], time: Any, request_id: Any) -> dict[str, Any]:
    """What a claim and a standby ask for alike."""
    administration = {"activityMbq": DOSE_MBQ, "time": time}
    demand = {**places, "administration": administration, "orderReference": ORDER, "patientReference": PATIENT}
    return {"demand": demand, "requestId": request_id}


def _offered(offer: dict[str, Any]) -> Offered:
    arrives, window = offer["deliveryInterval"], offer["receivingWindow"]
    return Offered(
        run=offer["run"],
        lane=offer["lane"],
        departure_time=offer["departureTime"],
        arrives=(arrives["startTime"], arrives["endTime"]),
        received=(window["startTime"], window["endTime"]),
        administration_time=offer["administrationTime"],
        activity_mbq=(offer["deliveryActivityMbq"], offer["administrationActivityMbq"]),
        lost_per_hour_mbq=offer["activityLostPerHourMbq"],
        slack_minutes=offer["slackMinutes"],
        claim_until=offer["lastClaimTime"],
    )


def _booked(slot: dict[str, Any]) -> Booked:
    return Booked(
        slot=slot["name"],
        state=slot["state"],
        leaves_at=slot["departureTime"],
        arrives_at=slot["deliveryTime"],
        administered_at=slot["administration"]["time"],
        kbq=int(slot["referenceActivityKbq"]),
        etag=slot["etag"],
    )


def _waiting(standby: dict[str, Any]) -> Waiting:
    return Waiting(
        standby=standby["name"],
        state=standby["state"],
        run=standby["demand"]["run"],
        order=standby["demand"]["orderReference"],
        slot=standby["slot"],
        etag=standby["etag"],
    )


def contract() -> Pact:
    """What the clinic's booking relies on."""
    pact = pact_of(NAME)
    _finds_offers(pact)
    _learns_why_there_is_none(pact)
    _claims_an_offer(pact)
    _joins_standby(pact)
    _reads_its_standby(pact)
    return pact


def _post(pact: Pact, description: str, scope: str, state: str, path: str, body: dict[str, Any]) -> Any:
    """A request in a state that knows the sponsor; answers what it is answered."""
    asked = as_caller(pact.upon_receiving(description), PARTNER, scope).given(state, partner=PARTNER)
    asked.with_request("POST", path)
    asked.with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}").with_generators(AUTHORIZED)
    return asked.with_body(body, JSON).will_respond_with(200)


def _search(pact: Pact, description: str, state: str) -> Any:
    product, site = from_state("products/lu-ligand", "${product}"), from_state(SITE, "${site}")
    body = wanted(product, site, from_state(FROM, "${fromTime}"), from_state(UNTIL, "${untilTime}"))
    return _post(pact, description, "slotting.read", state, "/v1/offers:search", body)


def _finds_offers(pact: Pact) -> None:
    offer = {
        "run": named("runs", RUN),
        "lane": named("lanes", LANE),
        "departureTime": instant("2027-03-02T13:00:00Z"),
        "deliveryInterval": {"startTime": instant("2027-03-02T18:40:00Z"), "endTime": instant("2027-03-02T19:40:00Z")},
        "receivingWindow": {"startTime": instant("2027-03-02T06:00:00Z"), "endTime": instant("2027-03-03T06:00:00Z")},
        "administrationTime": instant(FROM),
        "deliveryActivityMbq": match.number(7730.5),
        "administrationActivityMbq": match.number(DOSE_MBQ),
        "activityLostPerHourMbq": match.number(32.1),
        "slackMinutes": match.integer(620),
        "lastClaimTime": instant("2027-03-02T02:00:00Z"),
    }
    answer = _search(pact, "a search that finds offers", "an offer for a dose")
    answer.with_body({"offers": match.each_like(offer, min=1)}, JSON)


def _learns_why_there_is_none(pact: Pact) -> None:
    rejection = {"reason": "RUN_FULL", "count": match.integer(3)}
    answer = _search(pact, "a search that finds nothing, as the run is full", "a full run")
    answer.with_body({"offers": [], "rejections": [rejection]}, JSON)


def _claims_an_offer(pact: Pact) -> None:
    places = {
        "run": from_state(RUN, "${run}"),
        "site": from_state(SITE, "${site}"),
        "lane": from_state(LANE, "${lane}"),
        "departureTime": from_state("2027-03-02T13:00:00Z", "${departureTime}"),
    }
    body = claim(places, from_state(FROM, "${administrationTime}"), from_state(EXAMPLE_REQUEST_ID, "${requestId}"))
    answer = _post(pact, "a claim of an offer", "slotting.claim", "an offer for a dose", "/v1/slots:claim", body)
    slot = {
        "name": named("slots"),
        "state": "CONFIRMED",
        "departureTime": instant("2027-03-02T13:00:00Z"),
        "deliveryTime": instant("2027-03-02T19:40:00Z"),
        "administration": {"time": instant(FROM)},
        "referenceActivityKbq": whole_number("8213360"),
        "etag": text("1", ".+"),
    }
    answer.with_body(slot, JSON)


def _standby(order: Any) -> dict[str, Any]:
    return {
        "name": named("standbys", STANDBY),
        "state": "WAITING",
        "demand": {"run": named("runs", RUN), "orderReference": order},
        "slot": "",
        "etag": text("1", ".+"),
    }


def _joins_standby(pact: Pact) -> None:
    places = {
        "run": from_state(RUN, "${run}"),
        "site": from_state(SITE, "${site}"),
        "lane": from_state(LANE, "${lane}"),
    }
    time, request_id = from_state(FROM, "${administrationTime}"), from_state(EXAMPLE_REQUEST_ID, "${requestId}")
    body = claim(places, time, request_id)
    answer = _post(
        pact, "an order that waits for a full run", "slotting.claim", "a full run", "/v1/standbys:join", body
    )
    answer.with_body(_standby(ORDER), JSON)


def _reads_its_standby(pact: Pact) -> None:
    asked = pact.upon_receiving("a request for a standby that waits")
    asked = as_caller(asked, PARTNER, "slotting.read").given("a standby on a full run", partner=PARTNER)
    asked.with_request("GET", match.regex(f"/v1/{STANDBY}", regex="^/v1/standbys/.+$"))
    asked.with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}")
    asked.with_generators({**AUTHORIZED, "path": state_generator("/v1/${standby}")})
    asked.will_respond_with(200).with_body(_standby(text(ORDER, ".+")), JSON)
