"""Who sees how much of a run."""

from dataclasses import replace
from datetime import timedelta

from services.capacity import events
from services.capacity.domain import BatchMeasurement, CutOfRun, Manufacture, Run, State, cancel, cut, open_run, view_of
from services.kernel.visibility import NOBODY
from tests.support.capacity import (
    CUTOFF,
    HARBOR,
    MERIDIAN,
    NOON,
    NORTHLAKE,
    RELEASE_BACK,
    an_allotment,
    by,
    gbq,
    opened,
    planned,
)

SECOND = timedelta(seconds=1)
FULLY_ALLOTTED = (an_allotment(NORTHLAKE, gbq(60, 6)), an_allotment(HARBOR, gbq(40, 4)))


def sees(run: Run, partner: str | None, at: object = NOON) -> bool:
    return view_of(run, partner, at) is not None  # type: ignore[arg-type]


def test_an_operator_sees_a_planned_run_and_a_partner_does_not() -> None:
    run = planned(an_allotment(NORTHLAKE))
    assert sees(run, None)
    assert not sees(run, NORTHLAKE)


def test_everybody_sees_an_open_run_that_has_a_pool() -> None:
    assert sees(opened(), MERIDIAN)


def test_a_fully_allotted_run_is_seen_only_by_its_sponsors() -> None:
    run = opened(*FULLY_ALLOTTED)
    assert (sees(run, NORTHLAKE), sees(run, HARBOR), sees(run, MERIDIAN)) == (True, True, False)


def test_a_run_is_seen_only_by_those_who_may_know_of_its_product() -> None:
    for of_pool in (opened(), opened(an_allotment(NORTHLAKE), an_allotment(HARBOR))):
        private = replace(of_pool, product_audience=frozenset([NORTHLAKE]))
        assert (sees(private, NORTHLAKE), sees(private, HARBOR), sees(private, None)) == (True, False, True)
        assert not sees(replace(of_pool, product_audience=NOBODY), NORTHLAKE)


def test_a_pool_of_activity_without_a_vial_is_no_pool() -> None:
    assert not sees(opened(an_allotment(NORTHLAKE, gbq(90, 10))), MERIDIAN)


def test_from_the_instant_of_release_back_on_everybody_sees_the_run() -> None:
    run = opened(*FULLY_ALLOTTED)
    assert not sees(run, MERIDIAN, RELEASE_BACK - SECOND)
    assert sees(run, MERIDIAN, RELEASE_BACK)


def test_an_allotment_that_was_cut_to_nothing_gives_nothing_back_to_see() -> None:
    run = opened(an_allotment(NORTHLAKE, gbq(100, 10)))
    run = cut(run, CutOfRun(gbq(0, 0), {NORTHLAKE: gbq(0, 0)}), (), by()).run
    assert not sees(run, MERIDIAN, RELEASE_BACK)
    assert sees(run, NORTHLAKE)


def test_who_saw_a_run_hears_that_its_pool_is_gone() -> None:
    run = opened(an_allotment(NORTHLAKE, gbq(60, 6)))
    view = view_of(cut(run, CutOfRun(gbq(60, 6)), (), by()).run, MERIDIAN, NOON)
    assert view is not None
    assert view.run.pool == gbq(0, 0)


def test_a_run_that_was_cancelled_before_it_opened_is_never_seen_by_a_partner() -> None:
    assert not sees(cancel(planned(), (), by()).run, MERIDIAN)
    assert sees(cancel(opened(), (), by()).run, MERIDIAN)


def test_a_pool_that_was_cut_away_before_the_opening_is_never_seen() -> None:
    run = cut(planned(an_allotment(NORTHLAKE, gbq(60, 6))), CutOfRun(gbq(60, 6)), (), by()).run
    assert not sees(open_run(run, by()).run, MERIDIAN)


def test_a_partner_sees_its_own_allotment_and_the_pool_and_nothing_of_the_rest() -> None:
    run = opened(an_allotment(NORTHLAKE, gbq(40, 4)), an_allotment(HARBOR, gbq(30, 3)))
    message = events.message_for(run, HARBOR, NOON)
    assert message is not None
    assert [each.partner for each in message.allotments] == [HARBOR]
    assert events.capacity_of(message.pool) == gbq(30, 3)
    shown = {field.name for field, _ in message.ListFields()}
    assert shown.isdisjoint({"line", "pledged", "last_change", "etag", "update_time"})
    assert NORTHLAKE not in str(message)


def test_a_change_of_another_sponsors_allotment_leaves_a_partners_view_as_it_was() -> None:
    run = opened(*FULLY_ALLOTTED)
    after = cut(run, CutOfRun(gbq(50, 5), {NORTHLAKE: gbq(10, 1)}), (), by(NOON + SECOND, "bert")).run
    assert events.message_for(after, HARBOR, NOON) == events.message_for(run, HARBOR, NOON)


def test_an_operator_sees_everything() -> None:
    made = Manufacture(NOON, CUTOFF, BatchMeasurement(1, CUTOFF, 1, 1), CUTOFF, "a pump")
    run = replace(opened(*FULLY_ALLOTTED), manufacture=made, production_order="4711")
    message = events.full_message(run, CUTOFF)
    told = message.production
    assert {each.name for each, _ in told.ListFields()} == set(told.DESCRIPTOR.fields_by_name)
    assert {each.name for each, _ in told.measured.ListFields()} == set(told.measured.DESCRIPTOR.fields_by_name)
    empty = {field.name for field in message.DESCRIPTOR.fields} - {field.name for field, _ in message.ListFields()}
    assert empty == set()


def test_a_partner_sees_when_a_run_was_made_and_neither_its_yield_nor_why_it_failed() -> None:
    made = Manufacture(NOON, CUTOFF, BatchMeasurement(1, CUTOFF, 1, 1), CUTOFF, "a pump")
    run = replace(opened(), manufacture=made, production_order="4711", stored_state=State.PRODUCED)
    message = events.message_for(run, HARBOR, CUTOFF)
    assert message is not None
    shown = {field.name for field, _ in message.production.ListFields()}
    assert shown == {"start_time", "end_of_synthesis_time", "fail_time"}
    assert not message.production_order and not message.HasField("pool")
    assert events.manufacture_of(events.full_message(run, CUTOFF).production) == made


def test_a_run_comes_back_from_its_event_as_it_was_except_for_its_opening() -> None:
    run = opened(*FULLY_ALLOTTED)
    for changed in (
        open_run(planned(*FULLY_ALLOTTED), by(actor="anna", reason="go")),
        cut(run, CutOfRun(gbq(100, 9), {HARBOR: gbq(40, 3)}), ("slots/1",), by(CUTOFF + SECOND)),
        cancel(run, (), by()),
    ):
        read = events.run_in(events.event_of(changed, ""))
        assert read == replace(changed.run, opened_at=None, pool_at_opening=False, product_audience=NOBODY)


def test_an_event_says_who_when_why_and_how_often_the_run_changed() -> None:
    event = events.event_of(open_run(planned(), by(actor="anna", reason="line is free")), "00-trace")
    assert (event.type, event.subject, event.sequence) == ("doselane.capacity.run.opened.v1", "runs/lu-1", 2)
    assert (event.actor, event.reason, event.time, event.partner) == ("anna", "line is free", NOON, "")
    assert event.traceparent == "00-trace"
    assert event.topic == events.TOPIC
