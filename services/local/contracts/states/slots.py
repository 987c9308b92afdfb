"""States of slots: a promise, one at risk, and one that belongs to somebody else."""

from doselane.masterdata.v1 import masterdata_pb2 as masterdata
from doselane.masterdata.v1 import resources_pb2 as resources
from doselane.status.v1 import status_pb2 as status
from google.protobuf.field_mask_pb2 import FieldMask

from services.kernel.ids import uuid7
from services.local.contracts.calls import GatewayCalls
from services.local.contracts.states.given import Given, about
from services.local.contracts.states.network import OTHER, staff_of
from services.local.contracts.states.runs import an_open_run, claim

CONFIRMED, AT_RISK = "doselane.slotting.slot.confirmed.v1", "doselane.slotting.slot.at_risk.v1"


def a_confirmed_slot(calls: GatewayCalls, partner: str) -> Given:
    """A promise to `partner`, for an order of which nothing else is known."""
    given = an_open_run(calls, partner)
    order = f"ORDER-{uuid7().hex[-12:]}"
    slot = claim(calls, partner, given.values, order)
    values = {"slot": slot.name, "dose": slot.name.replace("slots/", "doses/"), "orderReference": order}
    return given.and_then(Given(values, {CONFIRMED: about(slot.name)}))


def a_slot_at_risk(calls: GatewayCalls, partner: str) -> Given:
    """A promise to `partner` whose centre has lost its licence."""
    given = a_confirmed_slot(calls, partner)
    request = masterdata.UpdateSiteRequest(
        site=resources.Site(name=given.values["site"]),
        update_mask=FieldMask(paths=["licences"]),
        accept_conflicts=True,
        request_id=str(uuid7()),
        reason="the licence was withdrawn",
    )
    staff_of(calls).UpdateSite(request)
    return given.and_then(Given(events={AT_RISK: about(given.values["slot"])}))


def a_slot_of_another_partner(calls: GatewayCalls) -> Given:
    """A slot, and its dose, that belong to nobody whom a contract speaks for."""
    given = a_confirmed_slot(calls, OTHER)
    owner = calls.speaking_for(OTHER, "status.read")
    calls.until(lambda: owner.GetDose(status.GetDoseRequest(name=given.values["dose"])))
    return given
