"""Demand, allotments, limits and edits of plans, in small worlds."""

import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from services.kernel.activity import Nuclide
from services.kernel.calendar import Span, Weekly
from services.network import Agreement, Capacity
from services.planning.domain.assembling import plan_of
from services.planning.domain.demand import buckets_of
from services.planning.domain.editing import Judged, RunDraft, judge
from services.planning.domain.forecast import Provenance
from services.planning.domain.greedy import greedy
from services.planning.domain.plan import RunPlan
from services.planning.domain.problem import problem_of
from services.planning.domain.proposals import RUNS_MAX, Proposal, State, ready, run_name_of
from services.planning.domain.resources import OpenRun, World
from services.planning.domain.routing import DoseRouting, dose_kbq
from services.planning.domain.scoring import LimitsBroken, Score, score_of, weights_of
from tests.support.planning_worlds import (
    ACTINIUM,
    EVERY_DAY,
    FAR,
    HARBOR,
    LINE,
    LUTETIUM,
    MONDAY,
    NORTHLAKE,
    NOW,
    TIDEWATER,
    a_delivery,
    a_lane,
    a_line,
    a_product,
    a_site,
    a_week,
    a_world,
    at,
)


def an_agreement(per_run: int = 0, per_week: int = 0, partner: str = NORTHLAKE, hours: float = 24) -> Agreement:
    run, week = (Capacity(10_000 * vials, vials) if vials else None for vials in (per_run, per_week))
    name = f"agreements/{partner[9:]}"
    return Agreement(name, partner, ACTINIUM, run, week, timedelta(hours=hours), NOW - timedelta(days=9), FAR)


def planned(world: World) -> RunPlan:
    return plan_of(greedy(problem_of(world, DoseRouting(world))))


def a_draft(**changes: object) -> RunDraft:
    draft = RunDraft("one", ACTINIUM, LINE, at(0, 6), "isotopeDeliveries/ac-1", Capacity(45_000, 5))
    return replace(draft, **changes)


def reasons(world: World, *drafts: RunDraft) -> list[str]:
    with pytest.raises(LimitsBroken) as fault:
        judge(world, drafts, {})
    return sorted({each.reason for each in fault.value.broken})


def test_firm_weeks_are_firm_demand() -> None:
    [bucket] = buckets_of(a_world(a_week(5, firm=True)))
    assert (bucket.firm, bucket.doses) == (5, 5)


def test_what_is_booked_each_week_is_firm_with_or_without_a_forecast() -> None:
    [forecast] = buckets_of(a_world(a_week(5), agreements=(an_agreement(per_week=3),)))
    assert (forecast.firm, forecast.doses) == (3, 5)
    beyond, _ = sorted(buckets_of(a_world(a_week(2), agreements=(an_agreement(per_week=3),))))
    assert (beyond.region, beyond.firm, beyond.doses) == ("", 1, 1)


def test_what_is_booked_in_each_run_makes_only_forecast_doses_firm() -> None:
    [bucket] = buckets_of(a_world(a_week(1), agreements=(an_agreement(per_run=3),)))
    assert (bucket.firm, bucket.doses) == (1, 1)
    assert buckets_of(a_world(a_week(0), agreements=(an_agreement(per_run=3),))) == ()


def test_an_allotment_per_run_is_pledged_and_returns_to_the_pool_in_time() -> None:
    world = a_world(a_week(2, partner=HARBOR), agreements=(an_agreement(per_run=3, hours=6),))
    [run] = planned(world).runs
    [allotted] = run.allotments
    assert (run.pledged.vials, allotted.capacity) == (5, Capacity(30_000, 3))
    assert allotted.release_back_at == run.end_of_synthesis_at - timedelta(hours=6)
    assert run.claim_cutoff_at == run.start_at


def test_the_return_to_the_pool_is_never_after_the_cutoff_nor_before_now() -> None:
    late = planned(a_world(agreements=(an_agreement(per_run=1, hours=1),))).runs[0]
    assert late.allotments[0].release_back_at == late.claim_cutoff_at
    early = planned(a_world(agreements=(an_agreement(per_run=1, hours=999),))).runs[0]
    assert early.allotments[0].release_back_at == NOW


def test_an_allotment_per_week_is_spread_over_the_weeks_runs() -> None:
    full = a_line(run_capacity=Capacity(10**9, 4), shifts=(Weekly(frozenset({1, 2}), time(6), time(10)),))
    world = a_world(a_week(6), lines=(full,), agreements=(an_agreement(per_week=5),))
    vials = [run.allotments[0].capacity.vials for run in planned(world).runs]
    assert sum(vials) == 5 and max(vials) - min(vials) <= 1


def test_what_open_runs_allot_already_is_not_booked_again() -> None:
    opened = OpenRun("runs/1", ACTINIUM, LINE, at(0, 10), Capacity(20_000, 2), ((NORTHLAKE, Capacity(20_000, 2)),))
    world = a_world(a_week(6), open_runs=(opened,), agreements=(an_agreement(per_week=3),))
    assert [run.allotments[0].capacity.vials for run in planned(world).runs] == [1]


def test_an_allotment_that_finds_no_room_is_smaller() -> None:
    world = a_world(
        a_week(3, partner=HARBOR),
        lines=(a_line(run_capacity=Capacity(10**9, 4)),),
        agreements=(an_agreement(per_run=3),),
    )
    [run] = planned(world).runs
    assert (run.pledged.vials, run.allotments[0].capacity.vials) == (4, 1)


@pytest.mark.parametrize("mbq", range(57, 400, 7))
def test_allotments_are_never_more_than_is_pledged(mbq: int) -> None:
    """A delivery is taken in shares, which seldom yield exactly what doses and allotments need."""
    for doses in (1, 2):
        delivery = a_delivery(mbq=float(mbq))
        world = a_world(a_week(doses), agreements=(an_agreement(per_run=3),), deliveries=(delivery,))
        [run] = planned(world).runs
        assert run.pledged.covers(run.allotments[0].capacity), (run.pledged, run.allotments)


def test_the_weights_hold_the_order() -> None:
    world = a_world()
    weights = weights_of(world, 100)
    assert weights.forecast > sum(each.arriving_mbq for each in world.deliveries) * 0.8
    assert weights.firm > weights.forecast * 100


def test_a_dose_is_planned_for_when_it_has_a_volume_that_the_product_allows() -> None:
    plain = a_world(a_week(5))
    assert sum(planned(plain).covered().values()) == 5
    [line], end_at = plain.lines, at(0, 10)
    release = DoseRouting(plain).release(line.facility, a_product(), end_at)
    assert release

    def used_at(**facts: object) -> datetime | None:
        product = a_product()._replace(concentration_mbq_per_ml=1.0, **facts)  # 8 mL at first, and rising
        world = replace(plain, products=(product,))
        weeks = DoseRouting(world).administrations(line.facility, product, end_at, release.at, ["sites/lakeside"])
        doses = sum(planned(world).covered().values())
        assert doses == (5 if dose_kbq(product, weeks[MONDAY], end_at) else 0)
        return weeks[MONDAY] if doses else None

    first_at = used_at(fill_volume_ul_min=8000)
    later_at = used_at(fill_volume_ul_min=8800)
    assert first_at and later_at and end_at < first_at < later_at
    assert abs(later_at - end_at - timedelta(hours=32.74)) < timedelta(minutes=1)  # log2(1.1) half-lives of 9.92 days
    assert used_at(fill_volume_ul_max=8000) is None


def test_a_plan_that_covers_a_dose_twice_is_no_plan() -> None:
    world = a_world()
    plan = planned(world)
    [run] = plan.runs
    twice = RunPlan((replace(run, serves=((run.serves[0][0], 6),), pledged=Capacity(60_000, 6)),))
    with pytest.raises(LimitsBroken, match="COVERED_TWICE"):
        score_of(world, DoseRouting(world), buckets_of(world), twice)


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        (a_draft(start_at=at(0, 13)), "OUTSIDE_SHIFT"),
        (a_draft(start_at=at(1, 6)), "OUTSIDE_SHIFT"),
        (a_draft(product="products/none"), "PRODUCT_UNKNOWN"),
        (a_draft(line="facilities/tidewater/lines/9"), "LINE_UNKNOWN"),
        (a_draft(delivery="isotopeDeliveries/none"), "DELIVERY_UNKNOWN"),
        (a_draft(pledged=Capacity(900_000, 5)), "DELIVERY_OVERUSED"),
        (a_draft(pledged=Capacity(45_000, 21)), "RUN_CAPACITY"),
        (a_draft(start_at=NOW - timedelta(days=4)), "IN_THE_PAST"),
        (a_draft(start_at=at(8, 6)), "OUTSIDE_HORIZON"),
    ],
)
def test_each_limit_that_an_edit_breaks_is_named(draft: RunDraft, reason: str) -> None:
    assert reason in reasons(a_world(), draft)


def test_lines_are_busy_while_they_are_cleaned_and_changed_over() -> None:
    second = a_draft(id="two", start_at=at(0, 11) - timedelta(minutes=1))
    assert reasons(a_world(), a_draft(), second) == ["LINE_BUSY"]
    assert judge(a_world(), (a_draft(), replace(second, start_at=at(0, 11))), {}).score.covered == 5


def test_a_line_that_is_not_qualified_is_named() -> None:
    world = a_world(lines=(a_line(LINE, "products/other"),))
    assert reasons(world, a_draft()) == ["NOT_QUALIFIED"]


def test_a_delivery_is_not_used_before_it_arrives() -> None:
    world = a_world(deliveries=(a_delivery(arrival_at=at(0, 7)),))
    assert reasons(world, a_draft()) == ["DELIVERY_NOT_USABLE"]


def test_several_limits_are_named_at_once() -> None:
    broken = (a_draft(), a_draft(id="two", start_at=at(0, 7), pledged=Capacity(900_000, 99)))
    assert reasons(a_world(), *broken) == ["DELIVERY_OVERUSED", "LINE_BUSY", "RUN_CAPACITY"]


def test_an_edit_is_scored_by_what_its_runs_cover() -> None:
    judged: Judged = judge(a_world(), (a_draft(pledged=Capacity(30_000, 3)),), {})
    assert (judged.score.covered, judged.score.bound) == (3, None)
    assert judged.coverage[0].doses == 3 and judged.plan.runs[0].serves[0][1] == 3


def test_an_edit_without_runs_covers_nothing() -> None:
    assert judge(a_world(), (), {}).score.covered == 0


def test_a_prebooking_is_as_many_doses_as_its_reference_activity_gives_after_losses_and_decay() -> None:
    # 24,000 kBq are three times what is administered, but with losses, and decayed during quality control, two doses.
    booked = an_agreement(per_week=3)._replace(per_week=Capacity(24_000, 3))
    [bucket] = buckets_of(a_world(a_week(5), agreements=(booked,)))
    assert bucket.firm == 2


def test_runs_go_on_serving_whom_they_served_as_far_as_there_is_somebody() -> None:
    east = a_site("sites/easton", region="us-east")
    world = a_world(
        a_week(5), a_week(5, region="us-east"), sites=(a_site(), east), lanes=(a_lane(), a_lane("sites/easton"))
    )
    drafts = (a_draft(pledged=Capacity(100_000, 3)),)
    buckets = problem_of(world, DoseRouting(world)).buckets
    for bucket in buckets:
        assert judge(world, drafts, {"one": ((bucket, 3),)}).plan.runs[0].serves == ((bucket, 3),)
    gone = replace(buckets[0], region="nowhere")
    assert judge(world, drafts, {"one": ((gone, 3),)}).score.covered == 3


def test_a_plan_wastes_what_nobody_needs_of_its_runs_and_of_open_ones_of_what_is_forecast() -> None:
    opened = (OpenRun("runs/1", ACTINIUM, LINE, at(0, 16), Capacity(10**6, 3)),)
    lines, products = (a_line(LINE, ACTINIUM, LUTETIUM),), (a_product(), a_product(LUTETIUM))
    wasted = {
        product: judge(
            a_world(a_week(0, product=product), open_runs=opened, lines=lines, products=products), (a_draft(),), {}
        ).score.wasted_mbq
        for product in (ACTINIUM, LUTETIUM)
    }
    assert wasted == {ACTINIUM: 1000 + 45, LUTETIUM: 45}


def test_an_edit_allots_no_more_than_it_pledges() -> None:
    world = a_world(a_week(5), agreements=(an_agreement(per_run=5),))
    run = judge(world, (a_draft(pledged=Capacity(30_000, 3)),), {}).plan.runs[0]
    assert [each.capacity for each in run.allotments] == [Capacity(30_000, 3)]


def test_a_dose_is_administered_as_soon_as_it_has_arrived_and_is_prepared() -> None:
    world, end_at = a_world(), at(0, 10)
    found = DoseRouting(world).administrations(TIDEWATER, world.products[0], end_at, end_at, ["sites/lakeside"])
    # An hour until it leaves, six on its way, one to prepare it.
    assert found == {MONDAY: end_at + timedelta(hours=8)}


def test_a_run_of_a_proposal_is_opened_under_one_name_however_often() -> None:
    proposal, other = "proposals/0198f2c4-0000-7000-8000-000000000001", "proposals/0198f2c4-0000-7000-8000-000000000002"
    names = [run_name_of(name, run) for name in (proposal, other) for run in ("r1", "r2")]
    assert names == [run_name_of(name, run) for name in (proposal, other) for run in ("r1", "r2")]
    assert len({*names}) == 4
    assert all(re.fullmatch("runs/plan-[0-9a-f]{24}", name) for name in names)


def test_what_open_runs_took_of_a_session_that_is_over_is_not_taken_of_the_next() -> None:
    world = a_world()
    noon = world.facilities[0]._replace(qc_sessions=(Weekly(EVERY_DAY, time(12), time(14), 5),))
    yesterday = OpenRun("runs/yesterday", ACTINIUM, LINE, at(-1, 10), Capacity(45_000, 5))
    world = a_world(a_week(5, partner=HARBOR), facilities=(noon,), now=at(0, 5), open_runs=(yesterday,))
    world = replace(
        world, sites=(a_site(partners=frozenset({HARBOR}), weekly=(Weekly(EVERY_DAY, time(20), time(22)),)),)
    )
    [run] = planned(world).runs
    assert (run.start_at, run.pledged.vials) == (at(0, 6), 5)


def test_a_dated_window_counts_however_many_weekly_ones_begin_within_it() -> None:
    hourly = tuple(Weekly(EVERY_DAY, time(hour), time(hour, 30)) for hour in range(24))
    site = a_site(weekly=hourly, windows=(Span(at(0, 0), at(6, 0), 0),))
    [run] = planned(a_world(sites=(site,), lanes=(a_lane(hours=6.75),))).runs
    assert run.end_of_synthesis_at == at(0, 10)


def test_a_long_changeover_keeps_starts_away_from_open_runs() -> None:
    line = a_line(changeover=timedelta(days=9), shifts=(Weekly(EVERY_DAY, time(6), time(10)),))
    other = OpenRun("runs/1", "products/other", LINE, at(8, 10), Capacity(1, 1))
    world = a_world(lines=(line,), open_runs=(other,))
    assert all(
        each.start_at + line.run + line.changeover <= at(8, 6)
        for each in problem_of(world, DoseRouting(world)).openings
    )


@pytest.mark.parametrize("days", [-20, 20])
def test_a_start_too_far_from_the_delivery_to_reckon_decay_is_refused_as_any_other(days: int) -> None:
    fluorine = a_delivery(nuclide=Nuclide.F_18, use_by_at=at(0, 12))
    world = a_world(products=(a_product(nuclide=Nuclide.F_18),), deliveries=(fluorine,))
    assert "DELIVERY_NOT_USABLE" in reasons(world, a_draft(start_at=at(0, 6) + timedelta(days=days)))


def test_a_plan_of_more_runs_than_an_event_carries_fails_and_says_what_to_do() -> None:
    [run] = planned(a_world()).runs
    by = Provenance("planner", datetime(2027, 2, 26, tzinfo=UTC))
    asked = Proposal("proposals/1", State.SOLVING, MONDAY, 52, "", 10, by.at, by)
    judged = Judged(RunPlan((run,) * (RUNS_MAX + 1)), Score(0, 0, 0, 0, 0, 0), ())
    after = ready(asked, judged, None, by)
    assert (after.state, after.runs, "fewer weeks" in after.failure) == (State.FAILED, (), True)
