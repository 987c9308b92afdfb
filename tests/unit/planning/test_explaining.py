"""What binds, in worlds where the answer is obvious; and the agreement of explanations with the figures."""

from datetime import time

from services.kernel.calendar import Weekly
from services.network import Capacity, Facility
from services.planning.domain.assembling import plan_of
from services.planning.domain.explaining import BindingLimit, Covered, coverage_of
from services.planning.domain.greedy import greedy
from services.planning.domain.problem import problem_of
from services.planning.domain.resources import OpenRun, World
from services.planning.domain.routing import DoseRouting
from tests.support.planning_worlds import (
    ACTINIUM,
    HARBOR,
    LINE,
    TIDEWATER,
    UTC_ZONE,
    a_delivery,
    a_lane,
    a_line,
    a_product,
    a_site,
    a_week,
    a_world,
    at,
)

OTHER = "products/dota-ac225"


def explained(world: World) -> Covered:
    """What becomes of the first bucket."""
    routes = DoseRouting(world)
    board = greedy(problem_of(world, routes))
    plan = plan_of(board)
    return coverage_of(board, routes, plan)[0]


def qc(places: int, *, start: int = 8, end: int = 20, day: int = 1) -> Facility:
    sessions = (Weekly(frozenset({day}), time(start), time(end), places),)
    return Facility(TIDEWATER, UTC_ZONE, qc_sessions=sessions)


def test_what_is_covered_needs_no_explanation() -> None:
    found = explained(a_world())
    assert (found.binding, found.doses, found.explanation) == (BindingLimit.NOTHING, 5, "")


def test_no_line_is_qualified() -> None:
    found = explained(a_world(lines=(a_line(LINE, OTHER),)))
    assert (found.binding, found.doses) == (BindingLimit.NO_LINE, 0)


def test_no_centre_of_the_region_takes_the_sponsors_doses() -> None:
    found = explained(a_world(sites=(a_site(partners=frozenset({HARBOR})),)))
    assert found.binding is BindingLimit.RECEIVING
    assert found.explanation == "No centre in us-midwest takes doses of the sponsor."


def test_no_lane_arrives_in_a_window() -> None:
    nights = (Weekly(frozenset({1}), time(2), time(3), 5),)
    found = explained(a_world(sites=(a_site(weekly=nights),)))
    assert found.binding is BindingLimit.RECEIVING and "1 centres" in found.explanation


def test_the_dose_does_not_keep_until_it_arrives() -> None:
    assert explained(a_world(lanes=(a_lane(hours=120),))).binding is BindingLimit.RECEIVING


def test_the_regions_places_are_all_taken() -> None:
    windows = (Weekly(frozenset({1, 2}), time(0), time(23), 1),)
    found = explained(a_world(sites=(a_site(weekly=windows),)))
    assert (found.binding, found.doses) == (BindingLimit.RECEIVING, 2)
    assert "2 places" in found.explanation


def test_there_is_no_isotope() -> None:
    assert explained(a_world(deliveries=())).binding is BindingLimit.ISOTOPE


def test_isotope_comes_after_the_shift() -> None:
    late = a_delivery(arrival_at=at(2, 0), calibrated_at=at(2, 0))
    assert explained(a_world(deliveries=(late,))).binding is BindingLimit.ISOTOPE


def test_there_is_too_little_isotope() -> None:
    found = explained(a_world(deliveries=(a_delivery(mbq=30),)))
    assert (found.binding, found.doses) == (BindingLimit.ISOTOPE, 2)
    assert "of their 30 MBq" in found.explanation


def test_the_shift_is_shorter_than_a_run() -> None:
    short = (Weekly(frozenset({1}), time(6), time(8)),)
    assert explained(a_world(lines=(a_line(shifts=short),))).binding is BindingLimit.LINE_TIME


def test_an_open_run_takes_the_line() -> None:
    one_run = (Weekly(frozenset({1}), time(6), time(10)),)
    opened = OpenRun("runs/1", OTHER, LINE, at(0, 10), Capacity(1000, 1))
    world = a_world(
        lines=(a_line(LINE, ACTINIUM, OTHER, shifts=one_run),),
        products=(a_product(), a_product(OTHER)),
        open_runs=(opened,),
    )
    assert explained(world).binding is BindingLimit.LINE_TIME


def test_the_runs_of_the_line_are_full() -> None:
    one_run = (Weekly(frozenset({1}), time(6), time(10)),)
    found = explained(a_world(lines=(a_line(shifts=one_run, run_capacity=Capacity(10**9, 3)),)))
    assert (found.binding, found.doses) == (BindingLimit.LINE_TIME, 3)


def test_quality_control_takes_no_more() -> None:
    found = explained(a_world(facilities=(qc(4),)))
    assert (found.binding, found.doses) == (BindingLimit.QUALITY_CONTROL, 4)
    assert "4 doses" in found.explanation


def test_quality_control_works_only_after_the_shelf_life() -> None:
    assert explained(a_world(facilities=(qc(9, day=7),), weeks=1)).binding is BindingLimit.QUALITY_CONTROL


def test_the_plan_covers_more_elsewhere() -> None:
    # One start is short of isotope, the other of line time: nothing binds in all ways.
    world = a_world(
        a_week(3),
        a_week(40, product=OTHER, firm=True),
        products=(a_product(), a_product(OTHER)),
        lines=(
            a_line(LINE, ACTINIUM, OTHER, shifts=(Weekly(frozenset({1, 3}), time(6), time(10)),)),
            a_line(f"{TIDEWATER}/lines/2", ACTINIUM, OTHER, shifts=(Weekly(frozenset({1}), time(6), time(10)),)),
        ),
        deliveries=(
            a_delivery(mbq=5000, use_by_at=at(1, 0)),
            a_delivery("isotopeDeliveries/2", 14, arrival_at=at(1, 0), calibrated_at=at(1, 0)),
        ),
    )
    routes = DoseRouting(world)
    board = greedy(problem_of(world, routes))
    found = {each.bucket.product: each for each in coverage_of(board, routes, plan_of(board))}
    assert found[ACTINIUM].binding is BindingLimit.TRADE_OFF
    assert "elsewhere" in found[ACTINIUM].explanation


def test_a_product_that_master_data_lost_has_no_line() -> None:
    found = explained(a_world(products=()))
    assert (found.binding, "not in the master data" in found.explanation) == (BindingLimit.NO_LINE, True)


def test_a_licence_that_ends_before_the_dose_arrives_binds() -> None:
    site = a_site()
    over = tuple(licence._replace(valid_until=at(0, 0)) for licence in site.licences)
    assert explained(a_world(sites=(site._replace(licences=over),))).binding is BindingLimit.RECEIVING
