"""Signatures at the door and in the table, deviations, notices and watches."""

import asyncio
from contextlib import aclosing
from datetime import timedelta

import pytest
from doselane.quality.v1 import batch_pb2, quality_pb2
from doselane.quality.v1.events_pb2 import DeadlineClosing

from services.kernel import signatures, signing
from services.kernel.bus.memory import MemoryBus
from services.kernel.errors import GatewayError
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.outbox import Relay
from services.kernel.stored import Stored
from services.kernel.timestamps import stamp
from services.quality.domain.record import record_of
from services.quality.events import TOPIC
from services.quality.store import Store, Unit
from services.quality.usecases.deadlines import tell_deadlines
from tests.integration.quality.conftest import Door, ended, first
from tests.support.quality import EOS
from tests.support.quality_news import (
    NORTHLAKE,
    SWIFT,
    a_collected_dose,
    a_report,
    a_slot,
    an_attached_shipment,
)

HARBOR = "partners/harbor"
SEALED = Stored(signing.SealedSignature)
KEYS = {"1": bytes.fromhex("11" * 32)}
State = batch_pb2.Batch.State


async def ready(door: Door) -> str:
    """A batch that a designated person let go; its sample."""
    sample = f"{(await door.made()).name}/samples/1"
    await door.fill()
    await door.hear(a_report("appearance", "complies", "", sample))
    await door.sign("AssessBatch", "designated_person")
    return sample


async def certified(door: Door) -> str:
    sample = await ready(door)
    await door.hear(a_report("radiochemical_purity", "99", "%", sample))
    await door.sign("CertifyBatch", "qualified_person", stage="FOR_USE")
    return sample


async def sealed(door: Door, record: str) -> list[signing.SealedSignature]:
    rows = await door.database.pool.fetch("SELECT value FROM signature WHERE record = $1 ORDER BY number", record)
    return [SEALED.read(row["value"]) for row in rows]


async def test_what_is_stored_is_sealed_chained_and_bound_to_the_record_that_was_signed(door: Door) -> None:
    await certified(door)
    name = (await door.batch()).name
    first, second = await sealed(door, name)
    async with door.database.transaction() as conn:
        unit = Unit(conn)
        batch = await unit.lock_batch(name)
        record = record_of(batch, await unit.vials(name), [])
    assert signing.verify(second, record, KEYS) == ()
    assert signing.verify(second, {**record, "volume_ul": 1}, KEYS) == (signing.Finding.RECORD_CHANGED,)
    assert signing.verify(first, record, KEYS) == (signing.Finding.RECORD_CHANGED,)  # a verdict came in between


async def test_a_signature_that_is_gone_is_missed_by_those_after_it(door: Door) -> None:
    await certified(door)
    name = (await door.batch()).name
    async with door.database.transaction() as conn:
        assert await signatures.gaps(conn) == []
        first = "SELECT min(number) FROM signature WHERE record = $1"
        await conn.execute(f"DELETE FROM signature WHERE number = ({first})", name)
        assert await signatures.gaps(conn) == [name]


async def test_a_signature_that_is_repeated_is_the_same_one(door: Door) -> None:
    sample = f"{(await door.made()).name}/samples/1"
    await door.hear(a_report("appearance", "complies", "", sample))
    batch = await door.batch()
    request = quality_pb2.AssessBatchRequest(
        name=batch.name, record_sha256=batch.record_sha256, request_id=str(uuid7())
    )
    signer = door.signer("designated_person")
    assert await signer.call("AssessBatch", request) == await signer.call("AssessBatch", request)
    assert len(await sealed(door, batch.name)) == 1


@pytest.mark.parametrize(
    ("call", "role", "fields"),
    [
        ("CertifyBatch", "designated_person", {"stage": "FOR_USE"}),
        ("CertifyBatch", "assurance", {"stage": "FOR_USE"}),
        ("AssessBatch", "assurance", {}),
        ("RejectBatch", "assurance", {"reason": "because"}),
    ],
)
async def test_only_the_configured_role_signs(door: Door, call: str, role: str, fields: dict[str, str]) -> None:
    sample = await ready(door)
    await door.hear(a_report("radiochemical_purity", "99", "%", sample))
    before = await door.batch()
    with pytest.raises(GatewayError) as refused:
        await door.sign(call, role, **fields)
    assert refused.value.kind.name == "DENIED"
    assert await door.batch() == before


async def test_nothing_is_certified_out_of_turn(door: Door) -> None:
    await ready(door)
    for stage, reason in (("FOR_USE", "TESTS_OPEN"), ("FINAL", "BATCH_STATE")):
        with pytest.raises(GatewayError) as refused:
            await door.sign("CertifyBatch", "qualified_person", stage=stage)
        assert refused.value.reason == reason
    assert len(await sealed(door, (await door.batch()).name)) == 1


async def test_a_batch_that_was_certified_for_use_is_not_rejected_any_more(door: Door) -> None:
    await certified(door)
    with pytest.raises(GatewayError) as refused:
        await door.sign("RejectBatch", "qualified_person", reason="too late")
    assert refused.value.reason == "BATCH_STATE"


async def test_an_open_deviation_stops_the_certification_until_a_qualified_person_closes_it(door: Door) -> None:
    sample = await ready(door)
    await door.hear(a_report("radiochemical_purity", "99", "%", sample))
    name = (await door.batch()).name
    await door.ask("RaiseDeviation", batch=name, description="a filter was changed")
    with pytest.raises(GatewayError) as refused:
        await door.sign("CertifyBatch", "qualified_person", stage="FOR_USE")
    assert (refused.value.reason, refused.value.facts["deviations"]) == ("DEVIATIONS_OPEN", "1")
    shown = await door.batch()
    close = {"batch": name, "number": 1, "conclusion": "no effect", "record_sha256": shown.record_sha256}
    denied = await door.refusal("CloseDeviation", door.signer("designated_person"), **close)
    assert denied.kind.name == "DENIED"
    unknown = await door.refusal("CloseDeviation", door.signer("qualified_person"), **{**close, "number": 2})
    assert unknown.reason == "DEVIATION_UNKNOWN"
    closed = await door.ask("CloseDeviation", door.signer("qualified_person"), **close)
    assert (closed.deviations[0].conclusion, closed.deviations[0].HasField("close_time")) == ("no effect", True)
    assert (await door.sign("CertifyBatch", "qualified_person", stage="FOR_USE")).state == State.CERTIFIED_FOR_USE


# Notices


async def test_a_stranger_acknowledges_nothing_and_the_first_word_stands(door: Door) -> None:
    await ready(door)
    await door.hear(an_attached_shipment(), a_collected_dose())
    await door.sign("RejectBatch", "qualified_person", reason="particles seen")
    may = ("quality.read", "quality.acknowledge")
    courier, stranger = door.caller(SWIFT, *may), door.caller("partners/harbor", *may)
    (own,) = (await door.read("ListNotices", courier)).notices
    assert not (await door.read("ListNotices", stranger)).notices
    refused = await door.refusal("AcknowledgeNotice", stranger, name=own.name, answer="done")
    assert refused.reason == "NOTICE_UNKNOWN"
    first = await door.ask("AcknowledgeNotice", courier, name=own.name, answer="van stopped")
    second = await door.ask("AcknowledgeNotice", courier, name=own.name, answer="something else")
    assert first == second
    assert len(await door.published("notice.acknowledged")) == 1


async def test_who_acknowledged_a_recall_is_told_again_of_the_next_and_an_open_one_is_not_repeated(door: Door) -> None:
    sample = await ready(door)
    await door.hear(an_attached_shipment(), a_collected_dose())
    await door.hear(a_report("appearance", "complies", "", sample, state="RETRACTED"))
    courier = door.caller(SWIFT, "quality.read", "quality.acknowledge")
    (own,) = (await door.read("ListNotices", courier)).notices
    await door.ask("AcknowledgeNotice", courier, name=own.name, answer="van stopped")
    await door.hear(a_report("appearance", "complies", "", sample))
    await door.sign("AssessBatch", "designated_person")
    await door.sign("RejectBatch", "qualified_person", reason="particles seen")
    notices = (await door.read("ListNotices")).notices
    assert sorted(each.partner for each in notices) == ["partners/northlake"] * 2 + [SWIFT] * 2
    assert len((await door.read("ListNotices", courier, open_only=True)).notices) == 1


# Deadlines and watches


async def of_all(door: Door, partner: str = "") -> list[Event]:
    """What was told of deadlines of all doses, or of a partner's own."""
    return [each for each in await door.published("qc.deadline_closing") if each.partner == partner]


async def test_each_threshold_of_a_deadline_is_told_once(door: Door) -> None:
    await door.made()
    commits: list[None] = []
    store = Store(door.database, lambda: commits.append(None))
    told = []
    departure = EOS + timedelta(hours=6)  # two hours after the batch was made
    for left_minutes in (119, 59, 58, 23, 22, 0, -1):
        door.clock.advance(departure - timedelta(minutes=left_minutes) - door.clock.now())
        await tell_deadlines(store, door.clock)
        committed = len(commits)
        await tell_deadlines(store, door.clock)
        assert len(commits) == committed  # a look that finds nothing to tell changes nothing
        closing = [DeadlineClosing.FromString(each.data) for each in await of_all(door)]
        told.append([each.left_percent for each in closing if each.item.item == "test:appearance"])
    assert told == [[], [50], [50], [50, 20], [50, 20], [50, 20, 0], [50, 20, 0]]
    numbers = [event.sequence for event in await door.published("qc.deadline_closing")]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_a_sponsor_is_told_of_the_deadlines_of_its_own_doses_and_of_no_others(door: Door) -> None:
    later = EOS + timedelta(hours=30)
    mine, theirs = a_slot().subject, "slots/01a215bf-0000-7000-8000-000000000002"
    await door.hear(a_slot(theirs, partner=HARBOR, departure_time=stamp(later), delivery_time=stamp(later)))
    await door.made(partners=[NORTHLAKE, HARBOR])
    store, departure = Store(door.database, lambda: None), EOS + timedelta(hours=6)
    door.clock.advance(departure - door.clock.now())
    for _ in range(2):
        await tell_deadlines(store, door.clock)
    closing = {
        partner: [DeadlineClosing.FromString(each.data) for each in await of_all(door, partner)]
        for partner in ("", NORTHLAKE, HARBOR)
    }
    shown = {
        partner: [(each.left_percent, each.item.slot) for each in found if each.item.item == "test:appearance"]
        for partner, found in closing.items()
    }
    assert shown == {"": [(0, mine)], NORTHLAKE: [(0, mine)], HARBOR: []}
    door.clock.advance(later - door.clock.now())
    await tell_deadlines(store, door.clock)
    told = {
        each: " ".join(str(DeadlineClosing.FromString(event.data)) for event in await of_all(door, each))
        for each in (NORTHLAKE, HARBOR)
    }
    assert mine in told[NORTHLAKE] and theirs in told[HARBOR]
    assert theirs not in told[NORTHLAKE] and mine not in told[HARBOR]
    numbers = [event.sequence for event in await door.published("qc.deadline_closing")]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_of_thresholds_that_were_crossed_at_once_the_last_says_it_all(door: Door) -> None:
    await door.made()
    door.clock.advance(timedelta(hours=3))
    await tell_deadlines(Store(door.database, lambda: None), door.clock)
    closing = [DeadlineClosing.FromString(each.data) for each in await of_all(door)]
    assert [each.left_percent for each in closing if each.item.item == "test:appearance"] == [0]
    assert {each.item.owner for each in closing} >= {"laboratory", "production", "designated_person"}


async def test_a_watch_tells_each_change_of_a_batch_as_its_watcher_may_see_it(door: Door) -> None:
    relay = asyncio.create_task(Relay(door.database, MemoryBus(), TOPIC).run())
    request = quality_pb2.WatchBatchesRequest()
    async with (
        aclosing(door.staff().stream("WatchBatches", request)) as staff,
        aclosing(door.caller().stream("WatchBatches", request)) as sponsor,
    ):
        for watch in (staff, sponsor):
            await anext(watch)  # where the watch begins
        batch = await door.made()
        whole, own = await first(staff), await first(sponsor)
        assert (whole.name, own.name, whole.state) == (batch.name, batch.name, State.IN_QC)
        assert (whole.HasField("measured"), own.HasField("measured")) == (True, False)
        await door.hear(a_report("appearance", "complies", "", f"{batch.name}/samples/1"))
        assert (await first(staff)).verdicts[0].outcome == batch_pb2.Verdict.PASS
    await ended([relay])
