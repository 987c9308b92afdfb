"""A contract notices each field that its consumer reads, whatever happens to it, and no other."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from doselane.contracts.protos import Protos
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorSet

from services.local.contracts.descriptors import descriptors_of_today
from services.local.contracts.door import Answer
from services.local.contracts.feed import EventFeed
from services.local.contracts.verification import ContractVerdict, play, verify
from services.local.gateway import Gateway
from tests.contracts.consumers import harbor, harbor_planning, meridian, northlake
from tests.contracts.consumers.over_rest import PROBLEM
from tests.contracts.files import file_of, interaction, interactions, pact_files
from tests.contracts.mutation import Path as FieldPath
from tests.contracts.mutation import Played, bent, fields, grown, play_each, removed, retyped

Mutation = Callable[[Any, FieldPath], None]
Change = Callable[[FileDescriptorSet], None]


class Bent(NamedTuple):
    """An answer that was bent, and whether the contract should still hold with it; in words, if it judges wrongly."""

    words: str
    said: Mapping[str, Any]
    answer: Answer
    right: bool


def example_of(said: Mapping[str, Any]) -> Answer:
    """The answer or the event that the contract itself gives as an example."""
    if said["type"] == "Synchronous/HTTP":
        response = said["response"]
        (media_type,) = response["headers"]["Content-Type"]
        return Answer(response["body"]["content"], status=response["status"], media_type=media_type)
    message = said["response"][0] if said["type"] == "Synchronous/Messages" else said
    return Answer(message["contents"]["content"], message.get("metadata", {}))


def cases_of(said: Mapping[str, Any], mutations: Sequence[Mutation]) -> Iterator[Bent]:
    """An interaction's answer in all ways that its contract must judge; a renamed field is one that is gone and one
    that is new. To play one costs some hundredths of a second, so all are played by one verifier."""
    answer = example_of(said)
    yield Bent(f"{said['description']}: its own example is refused", said, answer, True)
    new = replace(answer, contents=grown(answer.contents))
    yield Bent(f"{said['description']}: a field that is new is refused", said, new, True)
    for path in sorted(set(fields(answer.contents)), key=str):
        for mutation in mutations:
            words = f"{said['description']}: {path} {mutation.__name__}: the consumer reads it, and nobody noticed"
            yield Bent(words, said, replace(answer, contents=bent(answer.contents, mutation, path)), False)


@pytest.mark.parametrize("file", pact_files(), ids=lambda file: file.stem)
def test_a_contract_notices_each_field_that_is_gone_and_none_that_is_new(file: Path) -> None:
    assert misjudged(file, removed) == []


@pytest.mark.long  # a verifier plays each field of each answer once more
@pytest.mark.parametrize("file", pact_files(), ids=lambda file: file.stem)
def test_a_contract_notices_each_field_of_another_kind(file: Path) -> None:
    assert misjudged(file, retyped) == []


def misjudged(file: Path, *mutations: Mutation) -> list[str]:
    """What a contract lets pass and should not, or refuses and should not."""
    cases = [case for said in interactions(file) for case in cases_of(said, mutations)]
    verdicts = play_each([(case.said, case.answer) for case in cases])
    return [case.words for case, holds in zip(cases, verdicts, strict=True) if holds is not case.right]


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
    assert not play(file, Played({}, replace(right, contents=other_reason)), only=description).holds
    assert not play(file, Played({}, Answer(right.contents, {"grpc-status": "ABORTED"})), only=description).holds
