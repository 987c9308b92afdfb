"""The verdict on a dose, by what is known of it: each rule, and what it leaves alone."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from services.kernel.activity import HALF_LIVES, Nuclide
from services.kernel.calendar import Weekly
from services.tower.domain import clocks
from services.tower.domain.board import SHOWN_AFTER, BoardEntry, DoseVerdict, TowerNews, judge, news_of
from services.tower.domain.causes import CauseKind, causes_of
from services.tower.domain.known import BatchPhase, CarriageStanding, DoseFacts, LostPlace, RunStanding, SlotStanding
from tests.support.tower import (
    EVERY_DAY,
    LANE,
    a_batch,
    a_denial,
    a_lane,
    a_made_run,
    a_product,
    a_run,
    a_shipment,
    a_site,
    a_slot,
    a_supply,
    a_vial,
    an_item,
    at,
    facts,
    made,
)

SAFE, AT_RISK, LOST, NONE = DoseVerdict.SAFE, DoseVerdict.AT_RISK, DoseVerdict.LOST, DoseVerdict.NONE
Carriage, Kind = CarriageStanding, CauseKind
ON_WAY = {"state": Carriage.IN_TRANSIT, "moved_at": at(6.5)}
BY_DAY = (Weekly(EVERY_DAY, time(7), time(17), 10),)

CASES: dict[str, tuple[DoseFacts, float, DoseVerdict, set[CauseKind]]] = {
    "promised": (facts(), -10, SAFE, set()),
    "made, in quality control": (made(), 1, SAFE, set()),
    "of nothing but the slot is known": (
        facts(run=None, product=None, site=None, lanes=[], facilities={}), 1, SAFE, set()),
    "held is not promised": (facts(slot=a_slot(state=SlotStanding.HELD)), 0, NONE, set()),
    "given back": (facts(slot=a_slot(state=SlotStanding.RELEASED, risk=1)), 0, NONE, set()),
    "the run failed": (facts(run=a_run(state=RunStanding.FAILED)), 0, AT_RISK, {Kind.RUN_FAILED}),
    "the run failed, and slotting said so too": (
        facts(run=a_run(state=RunStanding.FAILED), slot=a_slot(risk=LostPlace.RUN)), 0, AT_RISK, {Kind.RUN_FAILED}),
    "the run was cancelled": (facts(run=a_run(state=RunStanding.CANCELLED)), 0, AT_RISK, {Kind.RUN_CANCELLED}),
    # 24 h and a day later, without four hours of quality control, half an hour and five hours of transit.
    "the run failed, and a new one would still be in time": (
        facts(run=a_run(state=RunStanding.FAILED)), 38.49, AT_RISK, {Kind.RUN_FAILED}),
    "the run failed, and no other could be in time": (
        facts(run=a_run(state=RunStanding.FAILED)), 38.5, LOST, {Kind.RUN_FAILED}),
    "cut": (facts(slot=a_slot(risk=LostPlace.RUN)), 0, AT_RISK, {Kind.RUN_SHORT}),
    "the lane is closed": (facts(slot=a_slot(risk=LostPlace.DEPARTURE)), 0, AT_RISK, {Kind.PROMISE_CONFLICT}),
    "nobody recorded the end of synthesis yet": (facts(run=a_run(state=RunStanding.IN_PRODUCTION)), 0.9, SAFE, set()),
    "the run is late, and its departure not missed": (
        facts(run=a_run(state=RunStanding.IN_PRODUCTION)), 1, SAFE, {Kind.RUN_LATE}),
    "the run is so late that its departure is missed": (
        facts(run=a_run(state=RunStanding.IN_PRODUCTION)), 1.51, AT_RISK, {Kind.RUN_LATE}),
    "made too late for its departure": (made(run=a_made_run(made_at=at(2))), 3, AT_RISK, {Kind.RUN_LATE}),
    "the isotope is late": (facts(supplies=[a_supply()]), -20, AT_RISK, {Kind.ISOTOPE_LATE}),
    "the isotope was late, and the dose is made": (made(supplies=[a_supply()]), 1, SAFE, set()),
    "the batch was rejected": (
        made(batch=a_batch(state=BatchPhase.REJECTED)), 3, AT_RISK, {Kind.BATCH_REJECTED}),
    "recalled on its way": (
        made(batch=a_batch(state=BatchPhase.REJECTED), shipment=a_shipment(**ON_WAY)),
        9, AT_RISK, {Kind.BATCH_REJECTED}),
    "recalled, and nothing else could be in time": (
        made(batch=a_batch(state=BatchPhase.REJECTED)), 39, LOST, {Kind.BATCH_REJECTED}),
    "out of specification": (
        made(batch=a_batch(failed_tests=["radiochemical_purity"])), 3, AT_RISK, {Kind.QC_OUT_OF_SPECIFICATION}),
    "half of the time for a result is left": (made(items=[an_item("test:identity", left_percent=50)]), 3, SAFE, set()),
    "a fifth of the time for a result is left": (made(items=[an_item("test:identity")]), 5, SAFE, {Kind.QC_DEADLINE}),
    "a result was not there by the departure": (
        made(items=[an_item("test:identity")]), 6, AT_RISK, {Kind.QC_DEADLINE}),
    "the result came": (
        made(items=[an_item("test:identity")], batch=a_batch(settled_items=["test:identity"])), 6, SAFE, set()),
    "ready to ship": (
        made(items=[an_item("test:identity")], batch=a_batch(state=BatchPhase.READY_TO_SHIP)), 5, SAFE, set()),
    "another dose has no vial": (made(items=[an_item("vial", dose="d2")]), 6, SAFE, set()),
    "the certification is missing at administration": (
        made(
            batch=a_batch(state=BatchPhase.READY_TO_SHIP),
            shipment=a_shipment(state=Carriage.DELIVERED, delivered_at=at(11)),
            items=[an_item("signature:CERTIFIED_FOR_USE", gate="USE", latest_at=at(24))],
        ),
        24, AT_RISK, {Kind.QC_DEADLINE}),
    "refused at the airport": (
        made(shipment=a_shipment(**ON_WAY), denials=[a_denial()]), 8, AT_RISK, {Kind.SHIPMENT_DENIED}),
    "refused, and carried on later": (
        made(shipment=a_shipment(state=Carriage.IN_TRANSIT, moved_at=at(8)), denials=[a_denial()]), 9, SAFE, set()),
    "refused, and replanned": (
        made(shipment=a_shipment(departure_at=at(8)), denials=[a_denial()]), 9, SAFE, set()),
    "an embargo on its departure": (made(denials=[a_denial(shipment="")]), 3, AT_RISK, {Kind.SHIPMENT_DENIED}),
    "an embargo on another departure": (
        made(denials=[a_denial(shipment="", departure_at=at(30))]), 3, SAFE, set()),
    "a delay that does not matter": (
        made(denials=[a_denial(delayed=True, delay_minutes=60)]), 8, SAFE, {Kind.SHIPMENT_DELAYED}),
    "a delay beyond the administration": (
        made(denials=[a_denial(delayed=True, delay_minutes=13 * 60)]), 8, AT_RISK, {Kind.SHIPMENT_DELAYED}),
    "arrives after its administration one time in ten": (
        made(shipment=a_shipment(p90_at=at(24.1))), 8, SAFE, {Kind.SHIPMENT_DELAYED}),
    "arrives after its administration one time in two": (
        made(shipment=a_shipment(p50_at=at(24.1), p90_at=at(26))), 8, AT_RISK, {Kind.SHIPMENT_DELAYED}),
    "may arrive when it has decayed below the least": (
        made(shipment=a_shipment(p90_at=at(49))), 8, AT_RISK, {Kind.SHIPMENT_DELAYED}),
    "arrives in time at the ninetieth percentile": (made(shipment=a_shipment(p90_at=at(24))), 8, SAFE, set()),
    "may arrive at night, when nobody receives": (
        made(site=a_site(weekly=BY_DAY), shipment=a_shipment(p90_at=at(13))), 8, AT_RISK, {Kind.SHIPMENT_DELAYED}),
    "arrives later than promised, and by day": (
        made(site=a_site(weekly=BY_DAY), shipment=a_shipment(p90_at=at(20))), 8, SAFE, set()),
    "a milestone is overdue": (
        made(shipment=a_shipment(overdue=["DEPARTED"])), 8, SAFE, {Kind.MILESTONE_OVERDUE}),
    "the delivery is overdue": (
        made(shipment=a_shipment(overdue=["DEPARTED", "DELIVERED"], **ON_WAY)), 13, AT_RISK, {Kind.MILESTONE_OVERDUE}),
    "an exception": (
        made(shipment=a_shipment(state=Carriage.EXCEPTION)), 8, AT_RISK, {Kind.SHIPMENT_EXCEPTION}),
    "the courier said no": (made(shipment=a_shipment(declined=True)), 3, AT_RISK, {Kind.COURIER_DECLINED}),
    "too warm on its way": (made(shipment=a_shipment(excursions=1, **ON_WAY)), 9, AT_RISK, {Kind.EXCURSION}),
    "too warm, and delivered": (
        made(shipment=a_shipment(excursions=1, state=Carriage.DELIVERED)), 13, AT_RISK, {Kind.EXCURSION}),
    "filled with too little": (made(vial=a_vial(6600.0)), 3, AT_RISK, {Kind.ACTIVITY_LOW}),
    "filled with just enough": (made(vial=a_vial(6660.0)), 3, SAFE, set()),
    "nobody says how much is enough": (
        made(vial=a_vial(1.0), product=a_product(activity_mbq_min=None)), 3, SAFE, set()),
    "lost on its way": (
        made(shipment=a_shipment(state=Carriage.LOST, loss_cause="DAMAGED")), 9, LOST, {Kind.DOSE_LOST}),
    "slotting heard of the loss first": (
        made(slot=a_slot(state=SlotStanding.LOST, lost_cause="DENIED")), 9, LOST, {Kind.DOSE_LOST}),
    "not there when it could be used no more": (made(), 72, LOST, {Kind.NOT_IN_TIME}),
    "delivered": (made(shipment=a_shipment(state=Carriage.DELIVERED, overdue=["DEPARTED"])), 25, SAFE, set()),
    "delivered long ago": (made(shipment=a_shipment(state=Carriage.DELIVERED)), 100, SAFE, set()),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_follows_from_what_is_known(case: str):
    known, hours, verdict, kinds = CASES[case]
    found = causes_of(known, at(hours))
    entry = judge(known, found, None, at(hours))
    assert {cause.kind for cause in found} == kinds
    assert entry.verdict is verdict
    assert {hazard.kind for hazard in entry.hazards} == kinds


def test_every_kind_of_cause_is_among_the_cases():
    assert {kind for _, _, _, kinds in CASES.values() for kind in kinds} == set(CauseKind)


@pytest.mark.parametrize("case", CASES)
def test_time_changes_a_verdict_only_at_instants_that_were_foretold(case: str):
    """From each instant to the next that the entry names, nothing changes by time alone."""
    known, now, steps = CASES[case][0], at(-30), 0
    while now is not None and steps < 50:
        entry = judge(known, causes_of(known, now), None, now)
        if entry.due_at is None:
            break
        assert entry.due_at > now
        before = entry.due_at - timedelta(microseconds=1)
        later = judge(known, causes_of(known, before), None, before)
        assert (later.verdict, _words(later)) == (entry.verdict, _words(entry)), (now, entry.due_at)
        now, steps = entry.due_at, steps + 1
    assert steps < 50


def _words(entry: BoardEntry) -> list[tuple[str, bool]]:
    return [(hazard.explanation, hazard.endangers) for hazard in entry.hazards]


def test_a_dose_can_be_used_until_it_has_decayed_to_the_least_or_its_shelf_life_is_over():
    half_life = timedelta(seconds=float(HALF_LIVES[Nuclide.LU_177].seconds))
    assert clocks.last_use_at(made()) == at(24) + half_life * 0.15200309344504997  # log2(7400 / 6660)
    assert clocks.last_use_at(made(batch=a_batch(expires_at=at(40)))) == at(40)
    assert clocks.last_use_at(facts(run=a_run(use_by_at=None), product=None)) is None
    weaker = clocks.last_use_at(made(vial=a_vial(6660.0)))
    assert weaker == at(24)


def test_what_arrives_late_is_weaker_when_it_is_used():
    use, late = clocks.use_of(made(), at(12)), clocks.use_of(made(), at(48))
    assert use and late
    assert (use.at, use.activity_mbq) == (at(24), 7400.0)
    assert late.at == at(48) and late.activity_mbq == pytest.approx(7400 * 2 ** (-24 / (6.647 * 24)), rel=1e-3)
    assert clocks.use_of(made(), None) is None


def told(entry: BoardEntry, before: BoardEntry | None) -> list[str]:
    return [str(what) for what, _ in news_of(entry, before)]


def test_news_are_told_once_and_a_dose_that_is_saved_is_said_to_be():
    failed = facts(run=a_run(state=RunStanding.FAILED))
    first = judge(facts(), (), None, at(-5))
    risky = judge(failed, causes_of(failed, at(-4)), first, at(-4))
    again = judge(failed, causes_of(failed, at(-3)), risky, at(-3))
    saved = judge(facts(slot=a_slot(run="runs/lu-2"), run=a_run(name="runs/lu-2")), (), again, at(-2))
    gone = judge(failed, causes_of(failed, at(39)), risky, at(39))
    assert told(first, None) == [TowerNews.CHANGED]
    assert told(risky, first) == [TowerNews.AT_RISK]
    assert told(again, risky) == [] and again.verdict_at == at(-4) and again.hazards == risky.hazards
    assert told(saved, again) == [TowerNews.SAFE_AGAIN]
    assert told(gone, risky) == [TowerNews.LOST]


def test_an_entry_leaves_the_board_when_its_slot_is_given_back_or_a_day_after_its_administration():
    first = judge(facts(), (), None, at(-5))
    back = facts(slot=a_slot(state=SlotStanding.RELEASED))
    assert judge(back, causes_of(back, at(-4)), first, at(-4)).ended_at == at(-4)
    delivered = made(shipment=a_shipment(state=Carriage.DELIVERED))
    assert judge(delivered, (), first, at(47.9)).live
    end = at(24) + SHOWN_AFTER
    assert judge(delivered, (), first, end).ended_at == end
    assert judge(delivered, (), first, end).due_at is None


# Rescue windows


def other_run(hours: float, **changes: object) -> object:
    return a_run(
        **{
            "name": "runs/lu-2",
            "ends_at": at(hours),
            "cutoff_at": at(hours - 4),
            "use_by_at": at(hours + 72),
            **changes,
        }
    )


FAILED = {"run": a_run(state=RunStanding.FAILED)}
WINDOWS: dict[str, tuple[DoseFacts, float, float | None]] = {
    "nothing is known to help": (facts(**FAILED), -20, None),
    "another run takes claims": (facts(**FAILED, other_runs=[other_run(8)]), -20, 4),
    "the later of two": (facts(**FAILED, other_runs=[other_run(8), other_run(20, name="runs/lu-3")]), -20, 16),
    "another run, whose doses would come too late": (facts(**FAILED, other_runs=[other_run(40)]), -20, None),
    "its cut-off has passed": (facts(**FAILED, other_runs=[other_run(8)]), 4, None),
    "it is not open": (facts(**FAILED, other_runs=[other_run(8, state=RunStanding.PLANNED)]), -20, None),
    "no lane leads to the centre": (facts(**FAILED, other_runs=[other_run(8)], lanes=[]), -20, None),
    "no carrier takes class 7": (
        facts(**FAILED, other_runs=[other_run(8)], lanes=[a_lane(class_7=False)]), -20, None),
    "the centre is not known": (facts(**FAILED, other_runs=[other_run(8)], site=None), -20, None),
    # The next departures leave 24 and 48 h later; the last hand-over is an hour before, and the second comes too late.
    "refused: the next day's departure": (made(denials=[a_denial(shipment="")]), 3, 29),
    "refused, in the courier's hands": (made(shipment=a_shipment(**ON_WAY), denials=[a_denial()]), 8, None),
    "refused, and the next day's would be too weak": (
        made(denials=[a_denial(shipment="")], product=a_product(activity_mbq_min=7300.0)), 3, None),
    "rejected: no departure helps": (made(batch=a_batch(state=BatchPhase.REJECTED)), 3, None),
    "a lane that leaves at any time": (
        made(denials=[a_denial(shipment="")], lanes=[a_lane(departures=())]), 3, 48 - 6),
}  # fmt: skip


@pytest.mark.parametrize("case", WINDOWS)
def test_a_rescue_window_ends_with_the_last_move_that_is_known(case: str):
    known, hours, until = WINDOWS[case]
    entry = judge(known, causes_of(known, at(hours)), None, at(hours))
    assert entry.verdict is AT_RISK
    expected = None if until is None else at(until)
    last_at = clocks.last_use_at(known)
    if case == "a lane that leaves at any time":
        assert last_at
        expected = min(last_at, at(48)) - a_lane().transit
    assert entry.rescue_until_at == expected


def test_a_safe_dose_has_no_rescue_window():
    known = facts(other_runs=[other_run(8)])
    assert judge(known, (), None, at(-20)).rescue_until_at is None


def test_the_closing_of_a_window_is_told_at_its_shares_and_at_its_end():
    known = facts(**FAILED, other_runs=[other_run(24)])  # 40 hours from -20 to 20
    entry = judge(known, causes_of(known, at(-20)), judge(facts(), (), None, at(-21)), at(-20))
    said: list[tuple[datetime, int]] = []
    while entry.due_at and entry.verdict is AT_RISK and len(said) < 10:
        now, before = entry.due_at, entry
        entry = judge(known, causes_of(known, now), before, now)
        said += [(now, left) for what, left in news_of(entry, before) if what is TowerNews.WINDOW_CLOSING]
    assert said == [(at(0), 50), (at(12), 20), (at(20), 0)]


def test_a_window_that_becomes_longer_begins_anew():
    short, longer = facts(**FAILED, other_runs=[other_run(8)]), facts(**FAILED, other_runs=[other_run(20)])
    first = judge(short, causes_of(short, at(-20)), None, at(-20))
    closing = judge(short, causes_of(short, at(0)), first, at(0))
    assert closing.told_percent == 20
    reopened = judge(longer, causes_of(longer, at(1)), closing, at(1))
    assert (reopened.told_percent, reopened.window_began_at) == (100, at(1))
    assert news_of(reopened, closing) == ((TowerNews.CHANGED, 0),)


def test_of_a_denied_lane_the_key_is_shared_and_what_a_person_judged_is_told_from_what_is_new():
    (of_one,) = causes_of(made(denials=[a_denial(shipment="")]), at(3))
    (of_other,) = causes_of(made(slot=a_slot(dose="d2"), denials=[a_denial(shipment="")], shipment=None), at(3))
    assert of_one.key == of_other.key == f"SHIPMENT_DENIED {LANE}"
    (warm,) = causes_of(made(shipment=a_shipment(excursions=1)), at(9))
    (warmer,) = causes_of(made(shipment=a_shipment(excursions=2)), at(9))
    assert warm.key == warmer.key and warm.mark_or_words != warmer.mark_or_words
    assert replace(warm, mark="2").mark_or_words == warmer.mark_or_words
