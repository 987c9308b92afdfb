"""States of standbys: one that waits, and one that was offered a place."""

from doselane.slotting.v1 import slotting_pb2 as slotting

from services.kernel.ids import uuid7
from services.local.contracts.calls import GatewayCalls
from services.local.contracts.states.given import Given, about
from services.local.contracts.states.network import OTHER
from services.local.contracts.states.runs import demand, filled

OFFERED = "doselane.slotting.standby.offered.v1"


def a_standby(calls: GatewayCalls, partner: str) -> Given:
    """An order of `partner` that waits for a run on which somebody else took the last place."""
    given, _ = _waiting(calls, partner)
    return given


def an_offered_standby(calls: GatewayCalls, partner: str) -> Given:
    """An order of `partner` for which a place is held, since somebody else gave it back."""
    given, taken = _waiting(calls, partner)
    request = slotting.ReleaseSlotRequest(name=taken.name, request_id=str(uuid7()), reason="the patient is ill")
    calls.speaking_for(OTHER, "slotting.claim").ReleaseSlot(request)
    return given.and_then(Given(events={OFFERED: about(given.values["standby"])}))


def _waiting(calls: GatewayCalls, partner: str) -> tuple[Given, slotting.Slot]:
    given, taken = filled(calls, partner)
    wanted = demand(given.values, f"ORDER-{uuid7().hex[-12:]}")
    request = slotting.JoinStandbyRequest(demand=wanted, request_id=str(uuid7()))
    standby = calls.speaking_for(partner, "slotting.claim").JoinStandby(request)
    return given.and_then(Given({"standby": standby.name})), taken
