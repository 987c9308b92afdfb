"""Any order and any repetition of a shipment's courier events ends in the same state, through the real doors."""

import random
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid5

import httpx
from doselane.distribution.v1 import distribution_pb2 as distribution
from doselane.status.v1 import status_pb2 as status

from services.kernel.ids import uuid7
from services.local.world import SPECIALTY
from tests.support.gateway import Desk

STEPS = (
    ("departing", "in_transit"),
    ("arriving", "in_progress"),
    ("transporting", "in_transit"),
    ("receiving", "in_progress"),
)
NAMESPACE = UUID("0198f2c4-0000-7000-8000-000000000001")
HISTORIES = 12


def an_event(desk: Desk, sscc: str, step: int) -> dict:
    """The n-th event of a shipment; the same each time it is told."""
    biz_step, disposition = STEPS[step]
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{uuid5(NAMESPACE, f'{sscc} {step}')}",
        "eventTime": (desk.now - timedelta(hours=5 - step)).isoformat(),
        "eventTimeZoneOffset": "+00:00",
        "epcList": [sscc],
        "action": "OBSERVE",
        "bizStep": biz_step,
        "disposition": disposition,
    }


def a_document(desk: Desk, events: list[dict]) -> dict:
    """An EPCIS document around events."""
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": desk.now.isoformat(),
        "epcisBody": {"eventList": events},
    }


async def test_every_order_and_repetition_ends_in_the_same_state(desk: Desk):
    run = await desk.open_run(vials=HISTORIES)
    chance = random.Random(177)
    token = desk.gateway.token(SPECIALTY, "courier.push")
    ends = []
    async with httpx.AsyncClient(
        base_url=desk.gateway.rest_url, headers={"authorization": f"Bearer {token}"}, timeout=60
    ) as courier:
        for number in range(HISTORIES):
            dose = await desk.dose_of(await desk.claim(run, desk.sponsor()), desk.sponsor())
            sscc = f"urn:epc:id:sscc:9520123.{number:010d}"
            told = list(range(len(STEPS))) + chance.choices(range(len(STEPS)), k=number % 4)
            if number:
                chance.shuffle(told)
            attach_after = chance.randint(0, len(told))
            for place, step in enumerate(told):
                if place == attach_after:
                    await _attach(desk, dose.name, sscc)
                body = a_document(desk, [an_event(desk, sscc, step)])
                answer = await courier.post("/push/epcis/coldway/capture", json=body)
                assert answer.status_code == 202, answer.text
            if attach_after == len(told):
                await _attach(desk, dose.name, sscc)
            ends.append(await desk.until(partial(_settled, desk, dose.name)))
    assert len({_told_alike(end) for end in ends}) == 1, [_told_alike(end) for end in ends]


async def _attach(desk: Desk, dose: str, sscc: str) -> None:
    request = distribution.BookShipmentRequest(
        doses=[dose], courier=SPECIALTY, references=[sscc], request_id=str(uuid7())
    )
    await desk.until(lambda: desk.call("DistributionService/BookShipment", request, desk.staff))


async def _settled(desk: Desk, name: str) -> status.Dose:
    """The dose once all its milestones are on its timeline."""
    request = status.ListTimelineEntriesRequest(parent=name)
    entries = (await desk.call("StatusService/ListTimelineEntries", request, desk.sponsor())).timeline_entries
    milestones = [entry.milestone.event_id for entry in entries if entry.HasField("milestone")]
    assert len(milestones) == len(STEPS), milestones
    dose: status.Dose = await desk.call("StatusService/GetDose", status.GetDoseRequest(name=name), desk.sponsor())
    return dose


def _told_alike(dose: status.Dose) -> tuple[object, ...]:
    last = dose.shipment.last_milestone
    return dose.shipment.state, last.kind, last.time.seconds, dose.slot_state, dose.at_risk
