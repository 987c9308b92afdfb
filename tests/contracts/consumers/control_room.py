"""The manufacturer's control room: reads the board over REST, hears of doses at risk, and looks after incidents."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from doselane.tower.v1.events_pb2 import DoseAtRisk
from pact import Pact, match

from tests.contracts.consumers.over_grpc import answered, call
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

NAME = "tidewater-control-room"
PARTNER, SPONSOR = "partners/tidewater-isotopes", "partners/northlake-oncology"
WATCH = "/doselane.tower.v1.TowerService/WatchBoardEntries"
WATCH_OVER_REST = "/v1/boardEntries:watch"
AT_RISK = "doselane.tower.dose.at_risk.v1"
ENTRY, INCIDENT = f"boardEntries/{EXAMPLE_SLOT_ID}", f"incidents/{EXAMPLE_SLOT_ID}"
STATE = "a dose at risk that another run can save"


@dataclass(frozen=True)
class Endangered:
    """A dose on the wall: who waits for it, what is wrong, and until when something helps."""

    dose: str
    sponsor: str
    verdict: str
    causes: Sequence[tuple[str, str]]  # kind and incident
    until: str


@dataclass(frozen=True)
class Trouble:
    """An incident on the wall."""

    incident: str
    kind: str
    state: str
    subject: str
    doses: Sequence[str]


class ControlRoom:
    """The part of the program that asks Doselane."""

    def __init__(self, url: str, token: str) -> None:
        self._rest = Rest(url, token)

    def endangered(self, run: str) -> Sequence[Endangered]:
        """The doses of a run that are at risk."""
        wanted = {"run": run, "verdicts": "DOSE_VERDICT_AT_RISK"}
        return [
            _endangered(each) for each in self._rest.answer("GET", "/v1/boardEntries", params=wanted)["boardEntries"]
        ]

    def trouble(self, incident: str) -> Trouble:
        """One incident."""
        return _trouble(self._rest.answer("GET", f"/v1/{incident}"))

    def take(self, incident: str, request_id: str) -> Trouble:
        """Says that the room looks after it."""
        sent = {"requestId": request_id, "reason": "The room calls the sponsor."}
        return _trouble(self._rest.answer("POST", f"/v1/{incident}:acknowledge", json=sent))


@dataclass
class Wall:
    """The part of the program that reads the topic: what lights up."""

    lit: dict[str, str] = field(default_factory=dict)  # until when, by dose
    goes_on: str = ""  # from where it reads on after a break

    def read(self, lines: Iterable[str]) -> None:
        """Reads the board's stream of server-sent events, as far as it has come."""
        fields = dict(line.partition(": ")[::2] for line in lines if line and not line.startswith(":"))
        self.goes_on = fields["id"]
        entry = json.loads(fields["data"]).get("boardEntry")
        if entry and entry["verdict"] == "DOSE_VERDICT_AT_RISK":
            self.lit[entry["dose"]] = entry.get("rescueUntilTime", "")

    def take(self, kind: str, data: bytes) -> None:
        """Takes one record."""
        if kind == AT_RISK:
            entry = DoseAtRisk.FromString(data).board_entry
            self.lit[entry.dose] = entry.rescue_until_time.ToJsonString() if entry.HasField("rescue_until_time") else ""


def _endangered(entry: dict[str, Any]) -> Endangered:
    return Endangered(
        dose=entry["dose"],
        sponsor=entry["partner"],
        verdict=entry["verdict"],
        causes=[(each["kind"], each["incident"]) for each in entry["hazards"]],
        until=entry.get("rescueUntilTime", ""),
    )


def _trouble(incident: dict[str, Any]) -> Trouble:
    return Trouble(
        incident=incident["name"],
        kind=incident["kind"],
        state=incident["state"],
        subject=incident["subject"],
        doses=[each["dose"] for each in incident["affectedDoses"]],
    )


def contract() -> Pact:
    """What the control room relies on."""
    pact = pact_of(NAME)
    _lists_doses_at_risk(pact)
    _reads_an_incident(pact)
    _acknowledges_an_incident(pact)
    _does_not_find_an_incident(pact)
    _begins_to_watch(pact)
    _begins_to_watch_over_rest(pact)
    _hears_of_a_dose_at_risk(pact)
    return pact


def _asked(pact: Pact, description: str, scopes: str = "tower.read operator") -> Any:
    return as_caller(pact.upon_receiving(description), PARTNER, scopes).given(STATE, partner=SPONSOR)


def _entry() -> dict[str, Any]:
    hazard = {"kind": "RUN_CANCELLED", "incident": named("incidents", INCIDENT), "endangers": True}
    return {
        "name": named("boardEntries", ENTRY),
        "dose": named("doses"),
        "partner": SPONSOR,
        "run": named("runs", "runs/lu-177-monday"),
        "verdict": "DOSE_VERDICT_AT_RISK",
        "hazards": match.array_containing([hazard]),
        "rescueUntilTime": instant("2027-03-01T20:00:00Z"),
    }


def _lists_doses_at_risk(pact: Pact) -> None:
    asked = _asked(pact, "a list of the doses of a run that are at risk")
    asked.with_request("GET", "/v1/boardEntries")
    asked.with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}")
    asked.with_query_parameter("run", match.like("runs/lu-177-monday"))
    asked.with_query_parameter("verdicts", "DOSE_VERDICT_AT_RISK")
    asked.with_generators({**AUTHORIZED, "query": {"run": state_generator("${run}")}})
    asked.will_respond_with(200).with_body({"boardEntries": match.each_like(_entry(), min=1)}, JSON)


def _incident(state: str) -> dict[str, Any]:
    dose = {"dose": named("doses"), "partner": SPONSOR, "verdict": "DOSE_VERDICT_AT_RISK"}
    return {
        "name": named("incidents", INCIDENT),
        "kind": "RUN_CANCELLED",
        "state": state,
        "subject": named("runs", "runs/lu-177-monday"),
        "affectedDoses": match.each_like(dose, min=1),
        "deadlineTime": instant("2027-03-01T20:00:00Z"),
        "etag": text("1", ".+"),
    }


def _reads_an_incident(pact: Pact) -> None:
    asked = _asked(pact, "a request for an incident")
    asked.with_request("GET", match.regex(f"/v1/{INCIDENT}", regex="^/v1/incidents/.+$"))
    asked.with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}")
    asked.with_generators({**AUTHORIZED, "path": state_generator("/v1/${incident}")})
    asked.will_respond_with(200).with_body(_incident("OPEN"), JSON)


def _acknowledges_an_incident(pact: Pact) -> None:
    asked = _asked(pact, "somebody looks after an incident", "tower.operate operator")
    asked.with_request("POST", match.regex(f"/v1/{INCIDENT}:acknowledge", regex="^/v1/incidents/.+:acknowledge$"))
    asked.with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}")
    asked.with_generators({**AUTHORIZED, "path": state_generator("/v1/${incident}:acknowledge")})
    sent = {"requestId": from_state(EXAMPLE_REQUEST_ID, "${requestId}"), "reason": "The room calls the sponsor."}
    asked.with_body(sent, JSON).will_respond_with(200).with_body(_incident("ACKNOWLEDGED"), JSON)


def _does_not_find_an_incident(pact: Pact) -> None:
    asked = as_caller(
        pact.upon_receiving("a request for an incident that is not there"), PARTNER, "tower.read operator"
    )
    asked.with_request("GET", f"/v1/{INCIDENT}")
    asked.with_header("Authorization", f"Bearer {EXAMPLE_TOKEN}").with_generators(AUTHORIZED)
    asked.will_respond_with(404).with_body(problem(404, "INCIDENT_UNKNOWN", {}), PROBLEM)


def _begins_to_watch(pact: Pact) -> None:
    asked = pact.upon_receiving("WatchBoardEntries from now on", "Sync")
    as_caller(asked, PARTNER, "tower.read operator")
    answered(call(asked, WATCH, {}), {"cursor": text("a-cursor", ".+")})


def _begins_to_watch_over_rest(pact: Pact) -> None:
    """The same as server-sent events, as a browser on the wall reads them: the id says from where it goes on."""
    asked = pact.upon_receiving("the board as server-sent events from now on", "Sync")
    as_caller(asked, PARTNER, "tower.read operator")
    answer = call(asked, WATCH, {})
    asked.with_metadata({"sse-path": WATCH_OVER_REST}, "Request")
    answered(answer, {"cursor": text("a-cursor", ".+")})
    event_id = match.regex("a-cursor", regex=".+")
    answer.with_metadata({"sse-event": "keepAlive", "sse-type": "text/event-stream", "sse-id": event_id}, "Response")


def _hears_of_a_dose_at_risk(pact: Pact) -> None:
    told = pact.upon_receiving("a dose is at risk", "Async").given(STATE, partner=SPONSOR)
    entry = {key: value for key, value in _entry().items() if key not in ("hazards", "rescueUntilTime")}
    heard(told, AT_RISK, "doselane/tower", ENTRY, {"boardEntry": entry})
