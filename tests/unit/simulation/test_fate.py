"""What the seed has in store: the same each time, whatever was asked before, and as often as its share says."""

from collections import Counter
from datetime import timedelta

import pytest
import yaml

from adapters.sandbox import Stage
from services.local.simulation.fate import Fate, RunFate, ShipmentFate
from services.local.simulation.faults import FaultPlan
from services.local.simulation.producing import ODD
from services.quality.specifications.sandbox import sandbox_texts

NONE = FaultPlan()


def test_the_same_seed_has_the_same_in_store_in_whatever_order_it_is_asked() -> None:
    faults = FaultPlan(batch_failure=0.3, missed_departure=0.3, reordered_events=0.5)
    one, other = Fate(7, faults), Fate(7, faults)
    runs = [run for day in range(20) for run in one.runs(day)]
    backwards = {run.name: (other.run(run), other.orders(run), other.yield_share(run)) for run in reversed(runs)}
    assert {run.name: (one.run(run), one.orders(run), one.yield_share(run)) for run in runs} == backwards
    assert [one.shipment(str(each)) for each in range(50)] == [other.shipment(str(each)) for each in range(50)]
    assert one.telling("x") == other.telling("x")
    assert one.number("x", 6) == other.number("x", 6) < 10**6


def test_another_seed_has_something_else_in_store() -> None:
    run = Fate(1, NONE).runs(0)[0]
    assert Fate(1, NONE).orders(run) != Fate(2, NONE).orders(run)


def test_each_fault_comes_as_often_as_its_share_says() -> None:
    fate = Fate(3, FaultPlan(batch_failure=0.1, short_yield=0.2, late_isotope=0.15, out_of_specification=0.05))
    drawn = Counter(fate.run(run) for day in range(1500) for run in fate.runs(day) if not run.spare)
    shares = {each: drawn[each] / drawn.total() for each in RunFate}
    assert shares == pytest.approx(
        {
            RunFate.GOOD: 0.5,
            RunFate.FAILED: 0.1,
            RunFate.SHORT: 0.2,
            RunFate.LATE: 0.15,
            RunFate.OUT_OF_SPECIFICATION: 0.05,
        },
        abs=0.025,
    )
    fate = Fate(3, FaultPlan(missed_departure=0.1, denied_shipment=0.2, silent_courier=0.3))
    shipped = Counter(fate.shipment(str(number)) for number in range(3000))
    assert {each: shipped[each] / 3000 for each in ShipmentFate} == pytest.approx(
        {ShipmentFate.GOOD: 0.4, ShipmentFate.MISSED: 0.1, ShipmentFate.DENIED: 0.2, ShipmentFate.SILENT: 0.3}, abs=0.03
    )


def test_without_faults_everything_goes_well() -> None:
    fate = Fate(5, NONE)
    runs = [run for day in range(30) for run in fate.runs(day)]
    assert {fate.run(run) for run in runs} == {RunFate.GOOD}
    assert all(1.0 <= fate.yield_share(run) <= 1.06 for run in runs)
    assert {fate.shipment(str(each)) for each in range(100)} == {ShipmentFate.GOOD}
    telling = fate.telling("x")
    assert (telling.repeated, telling.out_of_order, telling.silent_after) == (0.0, False, None)


def test_a_day_has_two_runs_that_are_ordered_of_and_one_to_spare() -> None:
    fate = Fate(1, FaultPlan(batch_failure=1))
    first, second, spare = fate.runs(0)
    assert [run.product for run in (first, second, spare)] == ["lu", "ac", "lu"]
    assert [run.product for run in fate.runs(1)] == ["lu", "pb", "lu"]
    assert (first.ends, spare.ends - first.ends) == (timedelta(days=1), timedelta(hours=9))
    assert fate.orders(spare) == ()
    assert (fate.run(first), fate.run(spare)) == (RunFate.FAILED, RunFate.GOOD)
    assert [first.vials, second.vials] == [8, 4]


def test_runs_open_as_many_days_ahead_as_is_said_and_a_spare_one_after_the_orders_of_its_morning() -> None:
    hours = [
        [Fate(1, plan).opens(run) / timedelta(hours=1) for day in (0, 1, 4) for run in Fate(1, plan).runs(day)]
        for plan in (NONE, FaultPlan(days_ahead=3), FaultPlan(days_ahead=3, spare_days_ahead=1))
    ]
    assert hours == [[0, 0, 0, 24, 24, 24, 96, 96, 96], [0, 0, 0, 0, 0, 0, 48, 48, 48], [0, 0, 2, 0, 0, 26, 48, 48, 98]]


def test_no_more_is_ordered_of_a_run_than_it_makes() -> None:
    fate = Fate(1, NONE)
    for run in (run for day in range(60) for run in fate.runs(day)):
        orders = fate.orders(run)
        assert len(orders) <= run.vials
        assert len({order.reference for order in orders}) == len(orders)
        assert {(order.run, order.day, order.product) for order in orders} <= {(run.name, run.day, run.product)}


def test_a_full_plant_has_as_many_orders_as_its_occupancy_says_and_patients_wait_as_long_as_is_said() -> None:
    fate = Fate(1, FaultPlan(occupancy=0.9, waits_hours=(20, 44)))
    runs = [run for day in range(300) for run in fate.runs(day) if not run.spare]
    orders = [order for run in runs for order in fate.orders(run)]
    assert len(orders) / sum(run.vials for run in runs) == pytest.approx(0.9, abs=0.02)
    assert all(len(fate.orders(run)) <= run.vials for run in runs)
    assert {order.waits for order in orders} == {timedelta(hours=20), timedelta(hours=44)}


def test_a_departure_is_cancelled_for_whatever_would_have_left_with_it() -> None:
    fate = Fate(1, FaultPlan(cancelled_departure=0.1))
    drawn = [fate.cancelled(str(each)) for each in range(3000)]
    assert sum(drawn) / len(drawn) == pytest.approx(0.1, abs=0.02)
    assert [fate.cancelled(str(each)) for each in range(3000)] == drawn
    assert not any(Fate(1, NONE).cancelled(str(each)) for each in range(100))


def test_a_run_that_falls_short_makes_less_than_was_pledged() -> None:
    fate = Fate(1, FaultPlan(short_yield=1))
    assert all(0.45 <= fate.yield_share(run) <= 0.7 for day in range(9) for run in fate.runs(day) if not run.spare)


def test_a_silent_courier_tells_of_nothing_after_it_left() -> None:
    assert Fate(1, FaultPlan(silent_courier=1)).telling("x").silent_after is Stage.DEPARTED
    assert Fate(1, FaultPlan(reordered_events=1)).telling("x").out_of_order
    assert all(0.7 <= Fate(1, NONE).punctuality(str(each)) <= 0.98 for each in range(100))
    assert {Fate(1, NONE).courier(str(each), 4) for each in range(100)} == {0, 1, 2, 3}


@pytest.mark.parametrize("product", sorted(ODD))
def test_what_is_odd_fails_a_test_that_is_due_only_while_doses_are_on_the_road(product: str) -> None:
    name = product.removeprefix("products/")
    tests = yaml.safe_load(sandbox_texts()[f"{name}-sandbox.yaml"])["tests"]
    assert {each["test"]: each["class"] for each in tests if each["test"] in ODD[product]} == dict.fromkeys(
        ODD[product], "BEFORE_USE"
    )
