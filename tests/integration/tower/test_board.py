"""The board follows what it hears, in whatever order, and opens one incident for each cause."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from doselane.courier.v1 import courier_pb2
from doselane.quality.v1 import batch_pb2
from doselane.tower.v1 import events_pb2, incident_pb2

from services.kernel.event import Event
from tests.integration.tower.conftest import Desk
from tests.support.tower import HARBOR, NORTHLAKE, RUN, SHIPMENT, at
from tests.support.tower_news import (
    Shipment,
    batch_news,
    deadline_news,
    denial_news,
    moved,
    overdue,
    run_news,
    shipment_news,
    slot_news,
    supply_news,
)

SAFE, AT_RISK, LOST = (incident_pb2.DoseVerdict.Value(f"DOSE_VERDICT_{each}") for each in ("SAFE", "AT_RISK", "LOST"))
Incident = incident_pb2.Incident


async def test_a_promised_dose_is_on_the_board_with_all_that_is_known_of_it(desk: Desk):
    await desk.apply(slot_news(), run_news(), batch_news(), shipment_news())
    entry = await desk.entry()
    assert (entry.verdict, entry.run, entry.batch, entry.shipment) == (SAFE, RUN, "batches/b1", SHIPMENT)
    assert entry.predicted_p90_time.ToDatetime() == at(12).replace(tzinfo=None)
    assert (entry.use.activity_mbq, entry.use.time) == (7400, entry.administration.time)
    assert not entry.HasField("rescue_until_time")
    assert await desk.told() == ["board_entry.changed", "go_no_go.stated"]
    assert b"px-77" not in b"".join(event.data for event in await desk.published())


async def test_a_hold_is_not_on_the_board_and_what_is_given_back_leaves_it(desk: Desk):
    await desk.apply(slot_news("h1", "held"), run_news())
    assert await desk.board() == []
    await desk.apply(slot_news("h1", "released", 2), slot_news("d1"))
    await desk.apply(slot_news("d1", "released", 2))
    assert await desk.board() == []
    assert (await desk.entry("d1")).HasField("end_time")


async def test_a_failed_run_is_one_incident_however_many_doses_it_touches(desk: Desk):
    await desk.apply(run_news(), slot_news("d1"), slot_news("d2", partner=HARBOR), slot_news("d3", run="runs/lu-9"))
    await desk.apply(run_news("opened", name="runs/lu-2", ends_at=8))
    await desk.apply(run_news("failed", 2))
    (incident,) = await desk.incidents()
    assert (incident.kind, incident.subject, incident.state) == (Incident.RUN_FAILED, RUN, Incident.OPEN)
    assert sorted(each.dose for each in incident.affected_doses) == ["doses/d1", "doses/d2"]
    assert incident.deadline_time.ToDatetime() == at(4).replace(tzinfo=None)
    entries = {each.dose: each for each in await desk.board()}
    assert [entries[f"doses/{each}"].verdict for each in ("d1", "d2", "d3")] == [AT_RISK, AT_RISK, SAFE]
    assert {each.incident for each in entries["doses/d1"].hazards} == {incident.name}
    assert (await desk.told("boardEntries/d1")) == ["board_entry.changed", "dose.at_risk"]
    # What slotting says of it later is the same cause.
    await desk.apply(slot_news("d1", "at_risk", 2), slot_news("d2", "at_risk", 2, partner=HARBOR))
    assert len(await desk.incidents()) == 1


async def test_a_dose_that_is_moved_is_safe_and_the_incident_ends_with_the_last(desk: Desk):
    await desk.apply(run_news(), slot_news("d1"), slot_news("d2"), run_news("opened", name="runs/lu-2", ends_at=1))
    await desk.apply(run_news("cancelled", 2))
    await desk.apply(slot_news("d1", "moved", 2, run="runs/lu-2"))
    (incident,) = await desk.incidents()
    assert (incident.state, [each.dose for each in incident.affected_doses]) == (Incident.OPEN, ["doses/d2"])
    assert (await desk.entry("d1")).verdict == SAFE
    await desk.apply(slot_news("d2", "released", 2))
    (incident,) = await desk.incidents()
    assert incident.state == Incident.RESOLVED
    assert [each.state for each in incident.history] == [Incident.OPEN, Incident.RESOLVED]
    assert sorted(each.dose for each in incident.affected_doses) == ["doses/d1", "doses/d2"]
    assert await desk.told("incidents/") == ["incident.opened", "incident.updated", "incident.resolved"]
    assert await desk.told("boardEntries/d1") == ["board_entry.changed", "dose.at_risk", "dose.safe_again"]


NEWS = {
    "batch rejected": ([batch_news("rejected", 2)], Incident.BATCH_REJECTED, AT_RISK),
    "out of specification": (
        [batch_news("judged", 2, verdicts=[batch_pb2.Verdict(test="ph", outcome=batch_pb2.Verdict.FAIL)])],
        Incident.QC_OUT_OF_SPECIFICATION, AT_RISK),
    "a result is nearly too late": ([deadline_news("test:ph", 20)], Incident.QC_DEADLINE, SAFE),
    "refused": ([denial_news()], Incident.SHIPMENT_DENIED, AT_RISK),
    "overdue": (
        [shipment_news("milestone.overdue", 2, expected_milestones=overdue(courier_pb2.Milestone.DELIVERED))],
        Incident.MILESTONE_OVERDUE, AT_RISK),
    "predicted too late": (
        [shipment_news("milestone.recorded", 2, prediction={"p50_time": at(25), "p90_time": at(30)})],
        Incident.SHIPMENT_DELAYED, AT_RISK),
    "too warm": (
        [shipment_news("shipment.excursion_detected", 2, excursions=[{"type": "Temperature", "value": 31}])],
        Incident.EXCURSION, AT_RISK),
    "lost": (
        [shipment_news("shipment.lost", 2, state=Shipment.LOST, loss={"cause": "DAMAGED"})], Incident.DOSE_LOST, LOST),
    "the isotope is late": ([run_news("opened", 3), supply_news(2, RUN)], Incident.ISOTOPE_LATE, AT_RISK),
}  # fmt: skip


@pytest.mark.parametrize("case", NEWS)
async def test_each_news_opens_its_incident(desk: Desk, case: str):
    batch, kind, verdict = NEWS[case]
    await desk.apply(run_news(), slot_news(), batch_news(), shipment_news(), run_news("produced", 2))
    await desk.apply(*batch)
    (incident,) = await desk.incidents()
    assert (incident.kind, (await desk.entry()).verdict) == (kind, verdict)
    assert [each.verdict for each in incident.affected_doses] == [verdict]


async def test_what_a_sponsor_is_told_of_its_own_deadlines_changes_nothing_of_what_is_told_of_all(desk: Desk):
    await desk.apply(run_news("produced", 2, name=RUN), slot_news("d1"), batch_news("created"))
    await desk.apply(replace(deadline_news("test:ph", 20), partner=NORTHLAKE))
    assert await desk.incidents() == []


async def test_a_cause_that_goes_away_resolves_its_incident(desk: Desk):
    await desk.apply(run_news(), slot_news(), batch_news(), shipment_news(), run_news("produced", 2))
    await desk.apply(denial_news(), deadline_news("test:ph", 20), supply_news(2, RUN))
    assert {each.kind for each in await desk.incidents()} == {Incident.SHIPMENT_DENIED, Incident.QC_DEADLINE}
    passed = [batch_pb2.Verdict(test="ph", outcome=batch_pb2.Verdict.PASS)]
    flown = {"state": Shipment.IN_TRANSIT, "last_milestone": moved(8)}
    await desk.apply(batch_news("judged", 2, verdicts=passed), shipment_news("milestone.recorded", 2, **flown))
    assert {each.state for each in await desk.incidents()} == {Incident.RESOLVED}
    assert (await desk.entry()).verdict == SAFE


def the_story() -> list[Event]:
    """A day on which much goes wrong, in the order in which each subject tells it."""
    return [
        slot_news("d1"),
        slot_news("d2", partner=HARBOR),
        run_news(),
        run_news("produced", 2),
        batch_news(),
        shipment_news("shipment.booked", 1, "d1"),
        shipment_news("milestone.overdue", 2, "d1", expected_milestones=overdue(courier_pb2.Milestone.DEPARTED)),
        denial_news(),
        deadline_news("test:ph", 20),
        batch_news("rejected", 2),
        slot_news("d2", "moved", 2, partner=HARBOR, run="runs/lu-2"),
        run_news("opened", 1, "runs/lu-2", 8),
        slot_news("d3", "lost", 2, replaced_by="slots/d4"),
        slot_news("d4", run="runs/lu-2", replaces="slots/d3"),
    ]


async def test_in_whatever_order_and_however_often_it_hears_the_same_is_on_the_board(desk: Desk, tell):
    chance, orders = random.Random(13), 6
    ended: set[tuple[object, ...]] = set()
    for _ in range(orders):
        story = the_story()
        batch: Sequence[Event] = chance.sample([*story, *chance.sample(story, 5)], len(story) + 5)
        await desk.database.pool.execute(
            "TRUNCATE board_entry, incident, slot, run, batch, vial, shipment, denial, qc_item, supply"
        )
        for event in batch:
            await desk.apply(event)
        entries = [
            (each.dose, each.verdict, each.run, each.batch, each.shipment, tuple(h.kind for h in each.hazards))
            for each in sorted(await desk.board(), key=lambda each: each.dose)
        ]
        still = [each for each in await desk.incidents() if each.state != Incident.RESOLVED]
        touched = sorted((each.kind, tuple(sorted(dose.dose for dose in each.affected_doses))) for each in still)
        ended.add((*entries, *touched))
        replaced = {each.dose: (each.replaces, each.replaced_by) for each in await desk.board()}
        assert replaced.pop("doses/d3") == ("", "doses/d4") and replaced.pop("doses/d4") == ("doses/d3", "")
        assert set(replaced.values()) == {("", "")}
    assert len(ended) == 1, ended
    tell(f"{orders} orders of {len(the_story()) + 5} events, each one board")


async def test_time_alone_changes_verdicts_and_tells_of_closing_windows_once(desk: Desk):
    await desk.apply(run_news(), slot_news(), run_news("opened", name="runs/lu-2", ends_at=24))
    await desk.apply(run_news("failed", 2))
    assert await desk.look(-1) == 0
    for hours in (0, 0.5, 12, 12.5, 20, 21, 38, 43.5, 44, 48):
        await desk.look(hours)
    told = await desk.told("boardEntries/d1")
    closing = [
        events_pb2.RescueWindowClosing.FromString(event.data).left_percent
        for event in await desk.published("boardEntries/d1")
        if event.type.endswith("rescue_window_closing.v1")
    ]
    assert closing == [50, 20, 0]
    # 24 h and a day later, without four hours of quality control, half an hour and six hours on the lane.
    assert told[:2] == ["board_entry.changed", "dose.at_risk"] and told.count("dose.lost") == 1
    assert told[-1] == "board_entry.changed"
    assert await desk.board() == []
    (incident,) = await desk.incidents()
    assert (incident.state, incident.severity) == (Incident.RESOLVED, Incident.CRITICAL)
    assert await desk.look(1000) == 0
    numbers = [event.sequence for event in await desk.published("boardEntries/d1")]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_events_belong_to_the_doses_sponsor_and_those_of_incidents_to_nobody(desk: Desk):
    await desk.apply(run_news(), slot_news("d1"), slot_news("d2", partner=HARBOR))
    await desk.apply(run_news("failed", 2))
    assert {event.partner for event in await desk.published("boardEntries/d1")} == {NORTHLAKE}
    assert {event.partner for event in await desk.published("boardEntries/d2")} == {HARBOR}
    assert {event.partner for event in await desk.published("incidents/")} == {""}
