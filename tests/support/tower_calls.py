"""Calls of the tower that name something of a partner, and what it has of a dose whose batch was rejected."""

from collections.abc import Mapping
from datetime import UTC, datetime

from doselane.tower.v1 import consent_pb2, escalation_pb2, incident_pb2, rescue_pb2, tower_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.message import Message

from services.kernel.timestamps import stamp
from services.tower.events.rescues import fingerprint_of
from tests.support.gateway import Desk

FAR = datetime(2027, 6, 1, tzinfo=UTC)


def of_tower(entry: str, incident: str, product: str, request_id: str) -> Mapping[str, Message]:
    """Each call that names an entry of the board, an incident, or a product."""
    moves = [
        rescue_pb2.RescueMove(
            dose=entry.replace("boardEntries/", "doses/"),
            slot_etag="v1",
            run="runs/any",
            lane="lanes/any",
            site="sites/any",
            departure_time=stamp(FAR),
            administration=type_pb2.Activity(activity_mbq=7400, time=stamp(FAR)),
        )
    ]
    of_incident = {"name": incident, "request_id": request_id}
    contact = escalation_pb2.AlertContact(
        channel=escalation_pb2.AlertContact.EMAIL, address="desk@harbor-pharma.example"
    )
    step = escalation_pb2.LadderStep(left_percent=50, contacts=[contact])
    return {
        "TowerService/GetBoardEntry": tower_pb2.GetBoardEntryRequest(name=entry),
        "TowerService/GetIncident": tower_pb2.GetIncidentRequest(name=incident),
        "TowerService/WhatIf": rescue_pb2.WhatIfRequest(incident=incident),
        "TowerService/ApplyRescue": consent_pb2.ApplyRescueRequest(
            moves=moves, fingerprint=fingerprint_of(moves), request_id=request_id
        ),
        "TowerService/AskConsents": consent_pb2.AskConsentsRequest(moves=moves, request_id=request_id),
        "TowerService/AcknowledgeIncident": tower_pb2.AcknowledgeIncidentRequest(**of_incident),
        "TowerService/ResolveIncident": tower_pb2.ResolveIncidentRequest(reason="any", **of_incident),
        "TowerService/SetEscalationLadder": escalation_pb2.SetEscalationLadderRequest(
            product=product, steps=[step], request_id=request_id
        ),
    }


async def rejected_in_tower(desk: Desk, slot: str) -> tuple[str, str]:
    """The entry of a dose whose batch was rejected, and the incident, once the tower has heard of it."""
    dose, kinds = slot.replace("slots/", "doses/"), [incident_pb2.Incident.BATCH_REJECTED]

    async def first() -> str:
        asked = tower_pb2.ListIncidentsRequest(dose=dose, kinds=kinds)
        found = (await desk.call("TowerService/ListIncidents", asked, desk.sponsor())).incidents
        assert found
        return str(found[0].name)

    return slot.replace("slots/", "boardEntries/"), await desk.until(first)
