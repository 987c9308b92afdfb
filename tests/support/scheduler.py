"""A scheduler that speaks FHIR R4 as Salesforce's adapter does, and judges each answer by FHIR's own model."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
from fhir.resources.R4B import get_fhir_model_class

from services.local.world import NORTHLAKE
from tests.support.gateway import Desk

FORM = {"content-type": "application/x-www-form-urlencoded"}
SITE = "lakeside-clinic"
LINE = "facilities/tidewater/lines/hot-cell-1"  # whose facility lanes lead from, so that there are offers
SURNAME = "Secretname"  # what no answer, and nothing stored, may have
CANCEL = {
    "resourceType": "Appointment",
    "status": "cancelled",
    "cancelationReason": {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason", "code": "pat"}]
    },
}


class Scheduler:
    """A program that speaks for one sponsor."""

    def __init__(self, desk: Desk, partner: str = NORTHLAKE, *scopes: str) -> None:
        self._now = desk.now
        token = desk.gateway.token(partner, *scopes) if scopes else desk.sponsor(partner)
        base = f"{desk.gateway.rest_url}/fhir/r4"
        self.client = httpx.AsyncClient(base_url=base, headers={"authorization": f"Bearer {token}"}, timeout=60)

    async def get(self, path: str, status: int = 200, **more: Any) -> dict[str, Any]:
        """The resource at an address."""
        return judged(await self.client.get(path, **more), status)

    async def post(self, path: str, body: Any, status: int = 200, **more: Any) -> dict[str, Any]:
        """What is answered to a resource."""
        return judged(await self.client.post(path, json=body, **more), status)

    async def search(self, form: str, status: int = 200) -> dict[str, Any]:
        """The Bundle that a form finds."""
        return judged(await self.client.post("/Slot/_search", content=form.encode(), headers=FORM), status)

    async def slots(self, **changed: str) -> list[dict[str, Any]]:
        """The slots that the usual form finds."""
        return matches(await self.search(self.form(**changed)))

    async def book(self, slot: str, appointment: str = "", status: int = 200, **changed: Any) -> dict[str, Any]:
        """What a booking is answered."""
        return await self.post("/Appointment/doselane", wish(slot, appointment, **changed), status)

    async def cancel(self, appointment: str, status: int = 200, **more: Any) -> dict[str, Any]:
        """What a cancellation is answered."""
        return await self.post(f"/Appointment/{appointment}", {**CANCEL, "id": appointment}, status, **more)

    def form(self, **changed: str) -> str:
        """Ten days of one product at one centre; names with a chain are given without it."""
        begin, end = (f"{self._now + timedelta(days=days):%Y-%m-%d}" for days in (0, 10))
        actors = {"Location._id": f"doselane|{SITE}", "Practitioner._id": "doselane|lu-ligand"}
        given = {**actors, **{name.replace("__", "._"): value for name, value in changed.items()}}
        chained = [f"schedule:Schedule.actor:{name}={value}" for name, value in given.items()]
        return "&".join([*chained, f"start=ge{begin}&start=le{end}&status=free&_include=Slot:schedule&_sort=start"])


def judged(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The resource in an answer, which must be valid R4 and have this status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/fhir+json"
    assert SURNAME not in answer.text
    resource: dict[str, Any] = json.loads(answer.content)
    judge(resource)
    return resource


def judge(resource: dict[str, Any]) -> None:
    """Raises if a resource, or one in its Bundle, is not valid R4."""
    get_fhir_model_class(resource["resourceType"]).model_validate_json(json.dumps(resource))
    for entry in resource.get("entry", ()):
        judge(entry["resource"])


def matches(bundle: dict[str, Any], mode: str = "match") -> list[dict[str, Any]]:
    """What a Bundle found."""
    return [entry["resource"] for entry in bundle["entry"] if entry["search"]["mode"] == mode]


def new_id() -> str:
    """An id as Salesforce gives them to service appointments."""
    return f"08p{uuid4().hex[:12]}AAA"


def wish(slot: str, appointment: str = "", patient: str = "pt-1", **changed: Any) -> dict[str, Any]:
    """A booking as the adapter sends it, with more of the patient than it should have."""
    return {
        "resourceType": "Appointment",
        "identifier": [
            {"system": "salesforce-appointment", "value": appointment or new_id()},
            {"system": "salesforce-patient", "value": "001000000000001AAA"},
            {"system": "source-system", "value": "doselane"},
        ],
        "cancelationReason": {},
        "serviceType": [{"coding": [{"code": "lu-ligand"}]}],
        "appointmentType": {"coding": [{"code": "ROUTINE"}]},
        "slot": [{"reference": f"Slot/{slot}"}],
        "comment": f"Ms {SURNAME} prefers mornings",
        "contained": [{"resourceType": "Patient", "id": "p", "name": [{"family": SURNAME}]}],
        "participant": [
            {"actor": {"reference": f"Patient/{patient}", "display": f"Jane {SURNAME}"}, "status": "accepted"},
            {"actor": {"reference": "Practitioner/lu-ligand"}, "status": "accepted"},
        ],
        "status": "proposed",
        **changed,
    }
