"""A contract notices each field that its consumer reads, whatever happens to it, and no other."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from doselane.contracts.protos import Protos
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorSet

from services.local.contracts.bridge import Bridge
from services.local.contracts.calls import GatewayCalls
from services.local.contracts.descriptors import descriptors_of_today, load_stubs
from services.local.contracts.door import Answer
from services.local.contracts.feed import EventFeed
from services.local.contracts.verification import ContractVerdict, play, verify
from services.local.gateway import Gateway
from tests.contracts.consumers import harbor, harbor_planning, meridian, northlake
from tests.contracts.consumers.over_rest import PROBLEM
from tests.contracts.files import file_of, interaction, interactions, pact_files
from tests.contracts.mutation import Path as FieldPath
from tests.contracts.mutation import Played, Recorder, bent, fields, grown, play_each, removed, retyped, without

PROMISES = [(file, each["description"]) for file in pact_files() for each in interactions(file)]
MUTATIONS = (removed, retyped)
Change = Callable[[FileDescriptorSet], None]


def promised_fields(file: Path, description: str) -> set[FieldPath]:
    """What the consumer reads of the answer or the event."""
    said = interaction(file, description)
    if said["type"] == "Asynchronous/Messages":
        return set(fields(said["contents"]["content"]))
    if said["type"] == "Synchronous/Messages":
        return set(fields(said["response"][0]["contents"]["content"]))
    return set(fields(said["response"]["body"]["content"]))


def record(file: Path, description: str, gateway: Gateway, feed: EventFeed) -> Recorder:
    """Plays one interaction against the gateway and keeps what it answered."""
    load_stubs()
    calls = GatewayCalls(gateway)
    recorder = Recorder(Bridge(file, calls, feed, Protos(descriptors_of_today())))
    verdict = play(file, recorder, only=description)
    calls.close()
    assert verdict.holds, str(verdict)
    return recorder


def complaints(file: Path, description: str, recorder: Recorder) -> Iterator[str]:
    """Every mutation that the contract judges wrongly. To play one costs a tenth of a second, so what must go
    unnoticed is played at once; and a renamed field is one that is gone and one that is new."""
    answer, promised = recorder.answers[-1], promised_fields(file, description)
    unread = [path for path in fields(answer.contents) if path not in promised and isinstance(path[-1], str)]
    cases = {
        "the recorded answer itself is refused": (answer.contents, True),
        "a field that is new is refused": (grown(answer.contents), True),
        f"no consumer reads these, and yet to remove them failed: {unread}": (without(answer.contents, unread), True),
    }
    for path in sorted(promised, key=str):
        for mutation in MUTATIONS:
            words = f"{path} {mutation.__name__}: the consumer reads it, and nobody noticed"
            cases[words] = (bent(answer.contents, mutation, path), False)
    changed = [answer.with_contents(contents) for contents, _ in cases.values()]
    verdicts = play_each(interaction(file, description), recorder.values, changed)
    yield from (words for (words, (_, right)), holds in zip(cases.items(), verdicts, strict=True) if holds is not right)


@pytest.mark.parametrize(("file", "description"), PROMISES, ids=lambda value: getattr(value, "stem", value))
async def test_a_contract_notices_what_its_consumer_reads_and_nothing_else(
    file: Path, description: str, gateway: Gateway, feed: EventFeed
) -> None:
    recorder = await asyncio.to_thread(record, file, description, gateway, feed)
    assert list(await asyncio.to_thread(lambda: list(complaints(file, description, recorder)))) == []


def message_of(descriptors: FileDescriptorSet, name: str) -> DescriptorProto:
    """A message by its full name, such as doselane.slotting.v1.Slot."""
    package, _, short = name.rpartition(".")
    (found,) = (
        message
        for file in descriptors.file
        if file.package == package
        for message in file.message_type
        if message.name == short
    )
    return found


def field_of(descriptors: FileDescriptorSet, message: str, name: str) -> FieldDescriptorProto:
    """A field of a message."""
    (found,) = (field for field in message_of(descriptors, message).field if field.name == name)
    return found


def drop(message: str, name: str) -> Change:
    """Removes a field from the protos."""
    return lambda every: message_of(every, message).field.remove(field_of(every, message, name))


def rename(message: str, old: str, new: str, json_name: str) -> Change:
    """Gives a field another name in the protos."""

    def change(every: FileDescriptorSet) -> None:
        field = field_of(every, message, old)
        field.name, field.json_name = new, json_name

    return change


def retype(message: str, name: str, kind: "FieldDescriptorProto.Type") -> Change:
    """Gives a field another type in the protos."""

    def change(every: FileDescriptorSet) -> None:
        field = field_of(every, message, name)
        field.ClearField("type_name")  # what an enum was
        field.type = kind

    return change


SLOT, DOSE, MILESTONE = "doselane.slotting.v1.Slot", "doselane.status.v1.Dose", "doselane.courier.v1.Milestone"
USAGE, STANDBY = "doselane.slotting.v1.AllotmentUsage", "doselane.slotting.v1.Standby"
FORECAST, WEEK = "doselane.planning.v1.Forecast", "doselane.planning.v1.ForecastWeek"
INT32 = FieldDescriptorProto.TYPE_INT32
CLAIM, DELIVERED, USAGES = "ClaimSlot on an open run", "GetDose of a delivered dose", "ListAllotmentUsages of a product"
SUBMIT, PROMISED, REPORTED = (
    "SubmitForecast that changes a free week",
    "a slot was confirmed",
    "a courier reported a milestone",
)


class Case(NamedTuple):
    """A change of the protos, the interaction that would break by it, and the field that its consumer misses."""

    consumer: str
    description: str
    field: str
    change: Change


NOTICED = {
    "gRPC: renamed": Case(
        harbor.NAME,
        CLAIM,
        "referenceActivityKbq",
        rename(SLOT, "reference_activity_kbq", "reference_kbq", "referenceKbq"),
    ),
    "gRPC: removed": Case(harbor.NAME, DELIVERED, "shipment", drop(DOSE, "shipment")),
    "gRPC: 64 bits become 32": Case(
        harbor.NAME, CLAIM, "referenceActivityKbq", retype(SLOT, "reference_activity_kbq", INT32)
    ),
    "gRPC: removed inside a list": Case(harbor_planning.NAME, SUBMIT, "horizon", drop(WEEK, "horizon")),
    "gRPC: an enum becomes a number": Case(harbor_planning.NAME, USAGES, "gone", retype(USAGE, "gone", INT32)),
    "events: renamed": Case(meridian.NAME, REPORTED, "eventId", rename(MILESTONE, "event_id", "id", "id")),
    "events: removed": Case(meridian.NAME, PROMISED, "partner", drop(SLOT, "partner")),
    "events: 64 bits become 32": Case(
        meridian.NAME, PROMISED, "referenceActivityKbq", retype(SLOT, "reference_activity_kbq", INT32)
    ),
    "events: an enum becomes a number": Case(
        meridian.NAME, "a slot has lost what it stands on", "risk", retype(SLOT, "risk", INT32)
    ),
    "events: an instant removed": Case(
        meridian.NAME, "a standby was offered a place", "answerUntilTime", drop(STANDBY, "answer_until_time")
    ),
}
UNNOTICED = {
    "gRPC: a field nobody reads": Case(harbor.NAME, CLAIM, "", drop(SLOT, "patient_reference")),
    "gRPC: a change that nobody reads": Case(harbor_planning.NAME, SUBMIT, "", drop(FORECAST, "last_change")),
    "events: a field nobody reads": Case(meridian.NAME, REPORTED, "", drop(MILESTONE, "description")),
}


async def verdict_after(case: Case, gateway: Gateway, feed: EventFeed) -> ContractVerdict:
    """The verdict on an interaction if the protos had been changed so."""
    descriptors = descriptors_of_today()
    case.change(descriptors)
    file, protos = file_of(case.consumer), Protos(descriptors)
    return await asyncio.to_thread(verify, file, gateway, feed, protos, only=case.description)


@pytest.mark.parametrize("name", NOTICED)
async def test_a_change_of_the_protos_that_a_consumer_notices_fails(
    name: str, gateway: Gateway, feed: EventFeed
) -> None:
    verdict = await verdict_after(NOTICED[name], gateway, feed)
    assert not verdict.holds
    assert NOTICED[name].field in verdict.report
    assert verdict.faults == ()


@pytest.mark.parametrize("name", UNNOTICED)
async def test_a_change_of_the_protos_that_nobody_notices_passes(name: str, gateway: Gateway, feed: EventFeed) -> None:
    verdict = await verdict_after(UNNOTICED[name], gateway, feed)
    assert verdict.holds, str(verdict)


def test_a_wrong_status_or_media_type_over_http_fails() -> None:
    file, description = file_of(northlake.NAME), "a claim of a slot on a full run"
    said = interaction(file, description)["response"]
    values = dict.fromkeys(("run", "site", "lane", "administrationTime", "token", "requestId"), "x")
    right = Answer(said["body"]["content"], status=409, media_type=PROBLEM)
    assert play(file, Played(values, right), only=description).holds
    for wrong in (
        Answer(right.contents, status=400, media_type=PROBLEM),
        Answer(right.contents, status=409, media_type="application/json"),
    ):
        assert not play(file, Played(values, wrong), only=description).holds


def test_another_reason_of_a_refusal_fails() -> None:
    file, description = file_of(harbor.NAME), "ClaimSlot on a full run"
    (said,) = interaction(file, description)["response"]
    right = Answer(said["contents"]["content"], {"grpc-status": "FAILED_PRECONDITION"})
    assert play(file, Played({}, right), only=description).holds
    other_reason = json.loads(json.dumps(right.contents).replace("RUN_FULL", "NO_ROOM"))
    assert not play(file, Played({}, right.with_contents(other_reason)), only=description).holds
    assert not play(file, Played({}, Answer(right.contents, {"grpc-status": "ABORTED"})), only=description).holds
