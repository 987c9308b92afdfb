"""What the formats' owners published, pushed through the real door: taken whole, or refused for the right reason."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from doselane.courier.v1 import courier_pb2
from doselane.exchange.v1.exchange_pb2 import Message, MessageNote
from jsonschema import Draft202012Validator

from services.kernel.ids import uuid7
from tests.support.couriers import COLD_KEY, CourierDesk
from tests.support.interfaces import interface, json_interface, samples

Kind = courier_pb2.Milestone.Kind
EXAMPLES = samples("standards/epcis/examples", "*.jsonld")
WANTED = {
    "Example_9.6.2-ObjectEventWithDigitalLink.jsonld": [Kind.DELIVERED],
    "ErrorDeclarationAndCorrectiveEvent.jsonld": [Kind.OBSERVED, Kind.OBSERVED],
    "PersistentDisposition-example.jsonld": [Kind.DELIVERED, Kind.OBSERVED],
    "SensorDataExample11.jsonld": [Kind.EXCEPTION],  # its disposition says that the object needs replacement
    "transaction_event_all_possible_fields.jsonld": [Kind.DEPARTED],
    "object_event_all_possible_fields.jsonld": [Kind.ARRIVED],  # received, but not where it should end
}


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def with_new_ids(document: dict[str, Any]) -> dict[str, Any]:
    """The document with event ids that nobody used: GS1's examples share some."""
    fresh = copy.deepcopy(document)
    for event in fresh["epcisBody"]["eventList"]:
        event["eventID"] = f"urn:uuid:{uuid7()}"
    return fresh


def sensor_reports(document: dict[str, Any]) -> int:
    return sum(
        len(element["sensorReport"])
        for event in document["epcisBody"]["eventList"]
        for element in event.get("sensorElementList", [])
    )


async def published(door: CourierDesk, push: str) -> list[courier_pb2.Milestone]:
    """The milestones that a push brought."""
    names = {event.subject: event for event in await door.published()}
    assert push in names
    ids = [note.event_id for note in await notes(door, push)]
    found = {milestone.event_id: milestone for milestone in await door.milestones()}
    return [found[each] for each in ids]


async def notes(door: CourierDesk, push: str) -> list[MessageNote]:
    stored = await door.database.pool.fetchval(
        "SELECT notes FROM verdict WHERE message_id = $1", push.partition("/")[2]
    )
    return list(Message.FromString(stored).notes)


@pytest.mark.parametrize("path", EXAMPLES)
async def test_every_epcis_example_is_taken_with_every_event_and_every_reading(door: CourierDesk, path: Path) -> None:
    document = with_new_ids(read(path))
    answer = await door.capture(document)
    assert answer.status_code == 202
    found = await published(door, answer.headers["doselane-push"])
    assert [each.event_id for each in found] == [event["eventID"] for event in document["epcisBody"]["eventList"]]
    assert sum(len(each.sensor_readings) for each in found) == sensor_reports(document)
    assert [each.retracted for each in found] == [
        "errorDeclaration" in event for event in document["epcisBody"]["eventList"]
    ]
    if path.name in WANTED:
        assert [each.kind for each in found] == WANTED[path.name]


@pytest.mark.parametrize("path", EXAMPLES)
async def test_every_event_of_every_example_is_taken_alone(door: CourierDesk, path: Path) -> None:
    document = with_new_ids(read(path))
    for event in document["epcisBody"]["eventList"]:
        answer = await door.capture_event({**event, "@context": document["@context"]})
        assert answer.status_code == 201
        assert answer.json()["eventID"] == event["eventID"]


@pytest.mark.parametrize(
    ("place", "change"),
    [
        ("/epcisBody/eventList/0/eventTime", lambda event: event.pop("eventTime")),
        ("/epcisBody/eventList/0/eventTimeZoneOffset", lambda event: event.update(eventTimeZoneOffset="+15:00")),
        ("/epcisBody/eventList/0/bizStep", lambda event: event.update(bizStep="urn:epcglobal:cbv:bizstep:receiving")),
        ("/epcisBody/eventList/0/type", lambda event: event.update(type="HopeEvent")),
        ("/epcisBody/eventList/0/wish", lambda event: event.update(wish="none of the standard's names")),
        ("/epcisBody/eventList/0/eventID", lambda event: event.update(eventID="no URI")),
    ],
)
async def test_a_spoilt_example_is_refused_with_the_place(door: CourierDesk, place: str, change: Any) -> None:
    document = with_new_ids(json_interface("standards/epcis/examples/SensorDataExample1.jsonld"))
    change(document["epcisBody"]["eventList"][0])
    answer = await door.capture(document)
    assert answer.status_code == 400
    assert answer.json()["type"] == "epcisException:ValidationException"
    assert (answer.json()["reason"], answer.json()["facts"]["place"]) == ("BODY_NOT_EPCIS", place)


async def test_answers_fit_the_binding(door: CourierDesk) -> None:
    binding = yaml.safe_load(interface("standards/epcis/openapi.yaml").read_text("utf-8"))
    job = binding["components"]["schemas"]["CaptureJob"]
    # As it is written, no job fits: neither alternative requires anything, so each job fits both, GS1's example too.
    job["allOf"][1]["anyOf"] = job["allOf"][1].pop("oneOf")

    def fits(name: str, body: Any) -> bool:
        schema = {"$ref": f"#/components/schemas/{name}", "components": binding["components"]}
        return Draft202012Validator(schema).is_valid(body)

    document = with_new_ids(json_interface("standards/epcis/examples/SensorDataExample1.jsonld"))
    captured = await door.capture(document)
    found = await door.http.get(captured.headers["location"], headers={"x-api-key": COLD_KEY})
    assert fits("CaptureJob", found.json())
    for refused in (await door.capture(b"{"), await door.http.get("/epcis/cold/capture")):
        assert fits("RFC7807ProblemResponseBody", refused.json())


async def test_every_example_of_ups_is_taken_for_what_it_says(door: CourierDesk) -> None:
    specification = yaml.safe_load(interface("couriers/ups/UPSTrackAlert.yaml").read_text("utf-8"))
    content = specification["webhooks"]["TrackingEvent"]["post"]["requestBody"]["content"]["application/json"]
    found = []
    for example in content["examples"].values():
        # Some readers of YAML take 021 for an octal number; a courier sends a text. Both must come to the same.
        for code in (example["value"]["activityStatus"]["descriptionCode"], None):
            message = copy.deepcopy(example["value"])
            if code is None:
                message["activityStatus"]["descriptionCode"] = (
                    "021" if message["activityStatus"]["type"] == "I" else "011"
                )
            answer = await door.push_ups(message)
            assert answer.status_code == 200
            (milestone,) = await published(door, answer.headers["doselane-push"])
            found.append((milestone.kind, milestone.time.ToJsonString(), list(milestone.shipment_references)))
            assert "John" not in str(milestone)
    on_the_way = (Kind.OUT_FOR_DELIVERY, "2024-04-23T13:15:19Z", ["1Z204W4R0308071865"])
    delivered = (Kind.DELIVERED, "2024-04-23T13:50:04Z", ["1Z204W4R0308071865"])
    assert found == [on_the_way, on_the_way, delivered, delivered]
