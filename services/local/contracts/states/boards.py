"""States of the control tower: a dose at risk with what would help, and a consent that its sponsor is asked for."""

from doselane.capacity.v1 import capacity_pb2 as capacity
from doselane.tower.v1 import consent_pb2 as consent
from doselane.tower.v1 import incident_pb2 as incident
from doselane.tower.v1 import rescue_pb2 as rescue
from doselane.tower.v1 import tower_pb2 as tower
from google.protobuf.json_format import MessageToDict

from services.kernel.ids import uuid7
from services.local.contracts.calls import GatewayCalls
from services.local.contracts.states.given import Given, about
from services.local.contracts.states.network import a_network, staff_of
from services.local.contracts.states.runs import claim, opened

AT_RISK, ASKED = "doselane.tower.dose.at_risk.v1", "doselane.tower.consent.asked.v1"
# Made so much later, a dose comes some hours after it was to be given: its patient notices.
NOTICED_HOURS = 18


def a_dose_at_risk(calls: GatewayCalls, partner: str, hours_later: int = 0) -> Given:
    """A dose of `partner` whose run was cancelled, and the best plan: a place on a run that ends so much later."""
    network = a_network(calls, partner)
    given = opened(calls, network, partner)
    order = f"ORDER-{uuid7().hex[-12:]}"
    slot = claim(calls, partner, given.values, order)
    other = opened(calls, network, partner, another="-other", hours_later=hours_later)
    cancel = capacity.CancelRunRequest(
        name=given.values["run"], accept_conflicts=True, request_id=str(uuid7()), reason="the target failed"
    )
    calls.until(lambda: staff_of(calls).CancelRun(cancel))
    entry = slot.name.replace("slots/", "boardEntries/")
    found = _incident_of(calls, slot.name.replace("slots/", "doses/"))
    plan = _plan(calls, partner, found)
    values = {
        "dose": slot.name.replace("slots/", "doses/"),
        "entry": entry,
        "incident": found,
        "orderReference": order,
        "otherRun": other.values["run"],
        "moves": [MessageToDict(move) for move in plan.moves],
        "fingerprint": plan.fingerprint,
    }
    return given.and_then(Given(values, {AT_RISK: about(entry)}))


def an_asked_consent(calls: GatewayCalls, partner: str) -> Given:
    """A consent that `partner` is asked for: a dose of a run that was cancelled could be given some hours later."""
    given = a_dose_at_risk(calls, partner, NOTICED_HOURS)
    plan = _plan(calls, partner, given.values["incident"])
    request = consent.AskConsentsRequest(moves=plan.moves, request_id=str(uuid7()), reason="its run was cancelled")
    (asked,) = staff_of(calls).AskConsents(request).consents
    return given.and_then(Given({"consent": asked.name}, {ASKED: about(asked.name)}))


def _incident_of(calls: GatewayCalls, dose: str) -> str:
    """The incident of a run that was cancelled, once the tower has heard of it."""
    asked = tower.ListIncidentsRequest(dose=dose, kinds=[incident.Incident.RUN_CANCELLED])
    (found,) = calls.until(lambda: staff_of(calls).ListIncidents(asked).incidents or None)
    return str(found.name)


def _plan(calls: GatewayCalls, partner: str, name: str) -> rescue.RescuePlan:
    """The best plan for the sponsor's doses of an incident, once slotting and the tower agree on what there is."""
    asked = rescue.WhatIfRequest(incident=name)
    owner = calls.speaking_for(partner, "tower.read", "slotting.read")
    plans = calls.until(lambda: owner.WhatIf(asked).plans or None)
    return plans[0]  # type: ignore[no-any-return]
