"""Harbor Pharma's gateway: claims and follows doses over gRPC with the stubs generated from the protos."""

from dataclasses import dataclass
from typing import Any

from doselane.courier.v1.courier_pb2 import Milestone
from doselane.distribution.v1.shipment_pb2 import Shipment
from doselane.slotting.v1.slotting_pb2 import ClaimSlotRequest, Slot, SlotDemand
from doselane.status.v1.status_pb2 import Dose, GetDoseRequest
from doselane.type.v1.type_pb2 import Activity
from google.protobuf.timestamp_pb2 import Timestamp
from pact import Pact

from tests.contracts.consumers.over_grpc import Channel, answered, call, refused
from tests.contracts.consumers.words import (
    EXAMPLE_REQUEST_ID,
    EXAMPLE_SLOT_ID,
    as_caller,
    from_state,
    instant,
    named,
    pact_of,
    whole_number,
)

NAME = "harbor-pharma-gateway"
PARTNER = "partners/harbor-pharma"
CLAIM = "/doselane.slotting.v1.SlottingService/ClaimSlot"
GET_DOSE = "/doselane.status.v1.StatusService/GetDose"


@dataclass(frozen=True)
class Whereabouts:
    """What Harbor shows its planners of a dose."""

    dose: str
    slot_state: str
    shipment_state: str
    last_milestone: str
    delivered_at: str


class HarborGateway:
    """The part of Harbor's program that talks to Doselane."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def claim(self, run: str, site: str, lane: str, time: str, request_id: str) -> tuple[str, int]:
        """Claims a slot; answers its name and what it takes of the run."""
        at = Timestamp()
        at.FromJsonString(time)
        wanted = Activity(activity_mbq=5550, time=at)
        demand = SlotDemand(run=run, site=site, lane=lane, administration=wanted, order_reference="HP-44-0192")
        slot = self._channel(CLAIM, ClaimSlotRequest(demand=demand, request_id=request_id))
        assert isinstance(slot, Slot) and slot.state == Slot.CONFIRMED
        return slot.name, slot.reference_activity_kbq

    def whereabouts(self, name: str) -> Whereabouts:
        """Where a dose is."""
        dose = self._channel(GET_DOSE, GetDoseRequest(name=name))
        assert isinstance(dose, Dose)
        last = dose.shipment.last_milestone
        return Whereabouts(
            dose=dose.name,
            slot_state=Slot.State.Name(dose.slot_state),
            shipment_state=Shipment.State.Name(dose.shipment.state),
            last_milestone=Milestone.Kind.Name(last.kind),
            delivered_at=last.time.ToJsonString(),
        )


def contract() -> Pact:
    """What Harbor relies on."""
    pact = pact_of(NAME)
    _claims_a_slot(pact)
    _is_refused_on_a_full_run(pact)
    _follows_a_delivered_dose(pact)
    _does_not_find_the_dose_of_another(pact)
    return pact


def _claim_request() -> dict[str, Any]:
    return {
        "demand": {
            "run": from_state("runs/lu-177-monday", "${run}"),
            "site": from_state("sites/harbor-centre", "${site}"),
            "lane": from_state("lanes/harbor-road", "${lane}"),
            "administration": {
                "activityMbq": 5550.0,
                "time": from_state("2027-03-03T09:00:00Z", "${administrationTime}"),
            },
            "orderReference": "HP-44-0192",
        },
        "requestId": from_state(EXAMPLE_REQUEST_ID, "${requestId}"),
    }


def _claims_a_slot(pact: Pact) -> None:
    asked = pact.upon_receiving("ClaimSlot on an open run", "Sync")
    as_caller(asked, PARTNER, "slotting.claim").given("an open run with free capacity", partner=PARTNER)
    slot = {"name": named("slots"), "state": "CONFIRMED", "referenceActivityKbq": whole_number("6320100")}
    answered(call(asked, CLAIM, _claim_request()), slot)


def _is_refused_on_a_full_run(pact: Pact) -> None:
    asked = pact.upon_receiving("ClaimSlot on a full run", "Sync")
    as_caller(asked, PARTNER, "slotting.claim").given("a full run", partner=PARTNER)
    facts = {"run": named("runs", "runs/lu-177-monday"), "because": "POOL_USED", "pool_free_vials": whole_number("0")}
    refused(call(asked, CLAIM, _claim_request()), 9, "FAILED_PRECONDITION", "RUN_FULL", facts)


def _follows_a_delivered_dose(pact: Pact) -> None:
    asked = pact.upon_receiving("GetDose of a delivered dose", "Sync")
    as_caller(asked, PARTNER, "status.read").given("a dose whose shipment is delivered", partner=PARTNER)
    answer = call(asked, GET_DOSE, {"name": from_state(f"doses/{EXAMPLE_SLOT_ID}", "${dose}")})
    last = {"kind": "DELIVERED", "time": instant("2027-03-03T06:40:00Z")}
    shipment = {"state": "DELIVERED", "lastMilestone": last}
    answered(answer, {"name": named("doses"), "slotState": "FULFILLED", "shipment": shipment})


def _does_not_find_the_dose_of_another(pact: Pact) -> None:
    asked = pact.upon_receiving("GetDose of another partner's dose", "Sync")
    as_caller(asked, PARTNER, "status.read").given("a slot of another partner")
    answer = call(asked, GET_DOSE, {"name": from_state(f"doses/{EXAMPLE_SLOT_ID}", "${dose}")})
    refused(answer, 5, "NOT_FOUND", "NOT_FOUND", {})
