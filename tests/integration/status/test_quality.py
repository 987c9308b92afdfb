"""What quality decides about a batch is told in the timeline of each dose that it made."""

import pytest
from doselane.courier.v1.courier_pb2 import Milestone
from doselane.quality.v1 import batch_pb2, events_pb2, notice_pb2
from google.protobuf.message import Message

from services.kernel.event import Event
from services.kernel.ids import uuid7
from tests.integration.status.conftest import Desk
from tests.support.status import TRACE, at, milestone_event, slot_event

NEWS = {
    "ready_to_ship": "The batch may be shipped in quarantine; it must not be used yet.",
    "reopened": "A result was taken back; the batch is looked at again, and must not be used before it is certified.",
    "certified_for_use": "The batch was certified for use.",
    "certified_final": "The batch was certified finally: all its tests have passed.",
    "rejected": "The batch was rejected; the dose must not be used.",
    "failed_after_use": "The batch failed a test after it was certified for use; the dose must not be used any more.",
}


async def summaries(desk: Desk, dose_id: str) -> list[str]:
    """What a dose's timeline says, in order."""
    return [entry.summary for entry in await desk.entries(dose_id)]


def quality_event(what: str, said: Message, subject: str = "batches/1", sequence: int = 3) -> Event:
    """An event of quality, with what only operators may read."""
    return Event(
        id=uuid7(),
        type=f"doselane.quality.{what}.v1",
        source="doselane/quality",
        subject=subject,
        sequence=sequence,
        time=at(30),
        data=said.SerializeToString(),
        actor="qp@cdmo",
        reason="particles seen",
        traceparent=TRACE,
    )


def batch_event(news: str, sequence: int = 3, run: str = "runs/lu-1") -> Event:
    batch = batch_pb2.Batch(name="batches/1", run=run, rejection_reason="particles seen")
    return quality_event(f"batch.{news}", events_pb2.BatchCreated(batch=batch, version=sequence), sequence=sequence)


def notice_event(dose_id: str, kind: str = "RECALL", role: str = "SPONSOR", number: int = 1) -> Event:
    notice = notice_pb2.Notice(
        name=f"notices/{number}",
        kind=notice_pb2.Notice.Kind.Value(kind),
        role=notice_pb2.Notice.Role.Value(role),
        slot=f"slots/{dose_id}",
        patient_reference="P-1",
    )
    return quality_event("notice.issued", events_pb2.NoticeIssued(notice=notice), notice.name, 1)


@pytest.mark.parametrize("news", NEWS)
async def test_every_dose_of_the_run_is_told_and_no_other(desk: Desk, news: str) -> None:
    await desk.apply(slot_event("a"), slot_event("b", "held"), slot_event("c", run="runs/lu-2"))
    await desk.apply(batch_event(news))
    assert [(await summaries(desk, dose))[1:] for dose in ("a", "b", "c")] == [[NEWS[news]], [NEWS[news]], []]


async def test_a_dose_that_was_given_back_hears_nothing_more(desk: Desk) -> None:
    await desk.apply(slot_event("a"), slot_event("a", "released", 2))
    await desk.apply(batch_event("rejected"))
    assert len(await summaries(desk, "a")) == 2


async def test_the_same_news_is_told_once_and_another_of_its_kind_again(desk: Desk) -> None:
    await desk.apply(slot_event("a"))
    await desk.apply(batch_event("reopened", 4), batch_event("reopened", 4), batch_event("reopened", 8))
    assert (await summaries(desk, "a"))[1:] == [NEWS["reopened"]] * 2


@pytest.mark.parametrize("news", ["created", "judged", "deviated"])
async def test_what_is_quality_controls_own_is_not_told(desk: Desk, news: str) -> None:
    await desk.apply(slot_event("a"), batch_event(news))
    assert len(await summaries(desk, "a")) == 1


async def test_a_recall_is_told_once_of_the_dose_that_it_is_about(desk: Desk) -> None:
    await desk.apply(slot_event("a"), slot_event("b"))
    roles = ("COURIER", "SPONSOR", "SITE")
    await desk.apply(*(notice_event("a", role=role, number=number) for number, role in enumerate(roles)))
    await desk.apply(notice_event("a", "FAILED_AFTER_USE", number=9), notice_event("unknown", number=10))
    assert (await summaries(desk, "a"))[1:] == ["The dose was recalled; it must not be used."]
    assert len(await summaries(desk, "b")) == 1


async def test_who_decided_and_why_is_in_no_timeline(desk: Desk) -> None:
    await desk.apply(slot_event("a"))
    await desk.apply(batch_event("rejected"), notice_event("a"))
    for event in (await desk.published("doses/a"))[1:]:
        assert (event.actor, event.reason) == ("", "")
        assert b"particles" not in event.data and b"P-1" not in event.data


async def test_news_of_a_batch_come_between_what_couriers_report(desk: Desk) -> None:
    await desk.apply(slot_event("a"))
    await desk.apply(
        batch_event("ready_to_ship"),
        milestone_event("a", Milestone.COLLECTED, 1, 5),
        batch_event("certified_for_use", 4),
    )
    told = await summaries(desk, "a")
    assert [each for each in told if each in NEWS.values()] == [NEWS["ready_to_ship"], NEWS["certified_for_use"]]
    assert [update.entry.name for update in await desk.updates("a")] == [
        f"doses/a/timelineEntries/{number}" for number in range(1, len(told) + 1)
    ]
