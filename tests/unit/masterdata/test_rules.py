"""What a resource must fulfil by itself."""

from datetime import timedelta
from typing import Any

import pytest
from doselane.masterdata.v1 import resources_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date
from google.type.timeofday_pb2 import TimeOfDay

from services.kernel.activity import Nuclide, reference_activity_kbq
from services.kernel.errors import GatewayError
from services.kernel.timestamps import stamp
from services.masterdata.documents import KINDS
from services.masterdata.domain import rules
from tests.support.masterdata import (
    BUILDERS,
    HARBOR,
    NOON,
    NORTHLAKE,
    a_facility,
    a_lane,
    a_line,
    a_product,
    a_site,
    an_agreement,
    content,
    dated,
    departure,
    licence,
    window,
)

Quantile = resources_pb2.TransitQuantile
KIND_OF = {kind.message: kind for kind in KINDS}
FILLING = {"activity_concentration_mbq_per_ml": 1000, "fill_volume_min_ul": 7500, "fill_volume_max_ul": 12500}


def fields(message: Any) -> list[str]:
    """The fields of a resource that are wrong: in shape, or, where its shape is right, by the rules."""
    if misshapen := KIND_OF[type(message)].misshapen(message.SerializeToString(), "it"):
        return [field for field, _ in misshapen]
    return [field for field, _ in rules.violations_in(content(message), "it")]


def refusal(message: Any, before: Any = None) -> GatewayError:
    """Why a well-formed resource cannot be."""
    assert fields(message) == []
    with pytest.raises(GatewayError) as raised:
        rules.refuse(content(message), content(before) if before else None, "it", NOON)
    return raised.value


def accept(message: Any, before: Any = None) -> None:
    assert fields(message) == []
    rules.refuse(content(message), content(before) if before else None, "it", NOON)


@pytest.mark.parametrize("kind", BUILDERS)
def test_a_good_resource_is_accepted(kind: str) -> None:
    accept(BUILDERS[kind]())


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        (a_product(nuclide=0), ["nuclide"]),
        (a_product(partners=["northlake"]), ["partners[0]"]),
        (a_product(partners=[NORTHLAKE, NORTHLAKE]), ["partners"]),
        (a_product(activity_nominal_mbq=float("nan")), ["activity_nominal_mbq"]),
        (a_product(activity_min_mbq=7500), ["activity_min_mbq"]),
        (a_product(activity_max_mbq=7000), ["activity_max_mbq"]),
        (a_product(activity_max_mbq=-1), ["activity_max_mbq"]),
        (a_product(shelf_life_minutes=0), ["shelf_life_minutes"]),
        (a_product(qc_minutes=72 * 60), ["qc_minutes"]),
        (a_product(loss_fraction=0.95), ["loss_fraction"]),
        (a_product(vial_reference_activity_max_kbq=0), ["vial_reference_activity_max_kbq"]),
        (a_product(display_name="bell\a"), ["display_name"]),
        (a_product(activity_concentration_mbq_per_ml=0), ["activity_concentration_mbq_per_ml"]),
        (a_product(activity_concentration_mbq_per_ml=float("nan")), ["activity_concentration_mbq_per_ml"]),
        (a_product(fill_volume_min_ul=0), ["fill_volume_min_ul"]),
        (a_product(fill_volume_min_ul=7500, fill_volume_max_ul=7499), ["fill_volume_max_ul"]),
        (a_product(**{**FILLING, "activity_concentration_mbq_per_ml": 500}), ["activity_concentration_mbq_per_ml"]),
        (a_product(**{**FILLING, "activity_concentration_mbq_per_ml": 2000}), ["activity_concentration_mbq_per_ml"]),
        (a_product(activity_reference_minutes=-1), ["activity_reference_minutes"]),
        (a_product(shelf_life_origin=9), ["shelf_life_origin"]),
        (
            a_product(shelf_life_origin=3, activity_reference_minutes=60, shelf_life_minutes=86_341),
            ["shelf_life_minutes"],
        ),
        (a_product(specification="lu-ligand"), ["specification"]),
        (a_product(package="Type A"), ["package"]),
        (a_product(required_documents=[1, 1]), ["required_documents"]),
        (a_product(required_documents=[0]), ["required_documents[0]"]),
        (a_facility(time_zone="Mars/Olympus"), ["time_zone"]),
        (a_facility(time_zone="America"), ["time_zone"]),
        (a_facility(time_zone="../etc/passwd"), ["time_zone"]),
        (a_facility(time_zone="localtime"), ["time_zone"]),
        (a_facility(closed_dates=[Date(year=2027, month=2, day=30)]), ["closed_dates[0]"]),
        (a_facility(closed_dates=[Date(year=2027, month=2)]), ["closed_dates[0]"]),
        (a_line(products=["psma"]), ["products[0]"]),
        (a_line(run_minutes=0), ["run_minutes"]),
        (a_line(changeover_minutes=30), ["changeover_minutes"]),
        (a_line(run_capacity=None), ["run_capacity"]),
        (a_line(run_capacity=type_pb2.Capacity(vials=1)), ["run_capacity.reference_activity_kbq"]),
        (a_site(region="us midwest"), ["region"]),
        (a_site(licences=[resources_pb2.Licence()]), ["nuclide", "activity_max_mbq", "valid_until_time"]),
        (a_site(dated_windows=[resources_pb2.DatedWindow(start_time=stamp(NOON))]), ["dated_windows[0].end_time"]),
        (a_lane(site="lakeside"), ["site"]),
        (a_lane(facility="north"), ["facility"]),
        (a_lane(legs=[resources_pb2.Leg(carrier="swift")]), ["legs[0].mode", "legs[0].carrier"]),
        (a_lane(departures=[departure("15:00", places=0)]), ["departures[0].places"]),
        (a_lane(departures=[departure("15:00", cutoff=-1)]), ["departures[0].cutoff_minutes"]),
        (a_lane(promised_percentile=90), ["promised_percentile"]),
        (a_lane(transit_quantiles=[], promised_percentile=None), ["transit_minutes"]),
        (a_lane(promised_percentile=0), ["promised_percentile"]),
        (a_lane(promised_percentile=None), ["promised_percentile"]),
        (a_lane(transit_minutes=0), ["transit_minutes"]),
        (a_lane(legs=[resources_pb2.Leg(mode="ROAD", minutes=-1)]), ["legs[0].minutes"]),
        (a_site(weekly_windows=[window("08:00", "12:00", places=0)]), ["weekly_windows[0].places"]),
        (a_site(dated_windows=[dated(NOON, 4, places=0)]), ["places"]),
        (a_lane(valid_until_time=None), ["valid_until_time"]),
        (a_lane(valid_until_time=Timestamp(seconds=10**12)), ["valid_until_time"]),
        (an_agreement(partner="partners/North"), ["partner"]),
        (an_agreement(product="psma"), ["product"]),
        (an_agreement(firm_change_fraction=1.5), ["firm_change_fraction"]),
        (an_agreement(firm_change_fraction=float("nan")), ["firm_change_fraction"]),
        (an_agreement(frozen_weeks=-1), ["frozen_weeks"]),
        (an_agreement(per_week=type_pb2.Capacity()), ["per_week.reference_activity_kbq", "per_week.vials"]),
        (an_agreement(valid_until_time=stamp(NOON)), ["valid_until_time"]),
    ],
)
def test_each_wrong_field_is_named(message: Any, wrong: list[str]) -> None:
    found = fields(message)
    assert len(found) == len(wrong)
    assert all(field.startswith("it.") and field.endswith(part) for field, part in zip(found, wrong, strict=True))


def test_all_that_is_wrong_is_said_at_once() -> None:
    nothing = a_product(
        nuclide=0, activity_nominal_mbq=0, shelf_life_minutes=-5, loss_fraction=2, activity_min_mbq=None
    )
    assert {field.removeprefix("it.") for field in fields(nothing)} == {
        "nuclide",
        "activity_nominal_mbq",
        "shelf_life_minutes",
        "loss_fraction",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        resources_pb2.WeeklyWindow(days=[1], start_time=TimeOfDay(hours=8)),
        resources_pb2.WeeklyWindow(days=[1], start_time=TimeOfDay(hours=24), end_time=TimeOfDay(hours=3)),
        resources_pb2.WeeklyWindow(days=[1], start_time=TimeOfDay(hours=25), end_time=TimeOfDay(hours=3)),
        resources_pb2.WeeklyWindow(start_time=TimeOfDay(hours=8), end_time=TimeOfDay(hours=9)),
        window("08:00", "09:00", 1, 1),
        window("08:00", "09:00", 0),
        window("08:00", "09:00", places=-1),
    ],
)
def test_a_window_that_is_none_is_named(wrong: resources_pb2.WeeklyWindow) -> None:
    [field] = fields(a_site(weekly_windows=[wrong]))
    assert field.startswith("it.weekly_windows[0].")


def test_a_window_may_end_at_midnight_and_reach_over_it() -> None:
    accept(
        a_site(weekly_windows=[window("20:00", "24:00", 1), window("22:00", "02:00", 2), window("00:00", "24:00", 5)])
    )


def test_lists_are_bounded() -> None:
    many = [window("08:00", "09:00")] * 101
    assert fields(a_site(weekly_windows=many, partners=[])) == ["it.weekly_windows"]
    assert "it.partners" in fields(a_site(partners=[f"partners/p{n}" for n in range(1001)]))


@pytest.mark.parametrize(
    ("windows", "pair"),
    [
        ([window("07:00", "12:00"), window("11:59", "13:00", 3)], "weekly_windows[0]+it.weekly_windows[1]"),
        ([window("22:00", "03:00", 1), window("02:00", "04:00", 2)], "weekly_windows[0]+it.weekly_windows[1]"),
        ([window("22:00", "03:00", 7), window("02:00", "04:00", 1)], "weekly_windows[0]+it.weekly_windows[1]"),
        ([window("00:00", "24:00", 2), window("23:00", "01:00", 1)], "weekly_windows[0]+it.weekly_windows[1]"),
    ],
)
def test_weekly_windows_that_overlap_contradict_each_other(windows: list[Any], pair: str) -> None:
    refused = refusal(a_site(weekly_windows=windows))
    assert (refused.reason, refused.facts["windows"]) == ("WINDOWS_CONTRADICT", f"it.{pair}")


def test_weekly_windows_that_only_touch_do_not_contradict_each_other() -> None:
    accept(a_site(weekly_windows=[window("07:00", "12:00"), window("12:00", "14:00"), window("14:00", "07:00", 1)]))


def test_sessions_and_shifts_may_not_overlap_either() -> None:
    twice = [window("07:00", "12:00"), window("08:00", "09:00")]
    assert refusal(a_facility(qc_sessions=twice)).reason == "WINDOWS_CONTRADICT"
    assert refusal(a_line(shifts=twice)).facts["field"] == "it.shifts[1]"


def test_dated_windows_end_after_they_start_and_do_not_overlap() -> None:
    backwards = refusal(a_site(dated_windows=[dated(NOON, -1)]))
    assert (backwards.reason, backwards.facts["windows"]) == ("WINDOWS_CONTRADICT", "it.dated_windows[0]")
    overlapping = refusal(a_site(dated_windows=[dated(NOON + timedelta(hours=1), 1), dated(NOON, 1.5)]))
    assert overlapping.facts["windows"] == "it.dated_windows[0]+it.dated_windows[1]"
    accept(a_site(dated_windows=[dated(NOON, 1), dated(NOON + timedelta(hours=1), 1)]))


def test_a_departure_without_a_cutoff_is_refused_and_one_with_nought_is_not() -> None:
    refused = refusal(a_lane(departures=[departure("15:00", cutoff=0), departure("16:00", cutoff=None)]))
    assert (refused.reason, refused.facts["field"]) == ("LANE_CUTOFF_MISSING", "it.departures[1].cutoff_minutes")


def test_two_departures_cannot_leave_at_the_same_time() -> None:
    refused = refusal(a_lane(departures=[departure("15:00"), departure("15:00", 3)]))
    assert (refused.reason, refused.facts["count"]) == ("WINDOWS_CONTRADICT", "1")


@pytest.mark.parametrize(
    ("figures", "wrong"),
    [
        ([(50, 100), (50, 120)], ["it.transit_quantiles[1]"]),
        ([(50, 100), (95, 100)], ["it.transit_quantiles[1]"]),
        ([(95, 100), (50, 90)], ["it.transit_quantiles[1]"]),
        ([(0, 100), (95, 110)], ["it.transit_quantiles[0].percentile"]),
        ([(50, 100), (95, 90), (99, 110)], ["it.transit_quantiles[1]"]),
    ],
)
def test_transit_quantiles_rise_in_both_figures(figures: list[tuple[int, int]], wrong: list[str]) -> None:
    quantiles = [Quantile(percentile=percentile, minutes=minutes) for percentile, minutes in figures]
    assert fields(a_lane(transit_quantiles=quantiles, promised_percentile=figures[0][0] or 95)) == wrong


def test_a_lane_that_was_measured_promises_the_minutes_of_its_percentile() -> None:
    def stored(lane: Any) -> Any:
        document = KIND_OF[type(lane)].merged(lane.name, b"", lane.SerializeToString(), ())
        return resources_pb2.Lane.FromString(document).transit_minutes

    assert stored(a_lane(transit_minutes=5)) == 240
    assert stored(a_lane(transit_quantiles=[], transit_minutes=5)) == 5


def test_a_licence_that_has_ended_cannot_be_entered() -> None:
    refused = refusal(a_site(licences=[licence(), licence(NOON)]))
    assert (refused.reason, refused.facts["field"]) == ("LICENCE_EXPIRED", "it.licences[1].valid_until_time")
    assert (refused.facts["nuclide"], refused.facts["valid_until_time"]) == ("Lu-177", "2027-03-01T12:00:00Z")


def test_a_licence_that_has_ended_since_it_was_entered_may_stay() -> None:
    before = a_site(licences=[licence(NOON)])
    accept(a_site(licences=[licence(NOON)], partners=[HARBOR]), before)
    assert refusal(a_site(licences=[licence(NOON - timedelta(1))]), before).reason == "LICENCE_EXPIRED"


def test_a_vial_must_hold_an_ordinary_dose_given_right_after_quality_control() -> None:
    needed = reference_activity_kbq(7400, NOON + timedelta(hours=2), NOON, Nuclide.LU_177, 0.05)
    assert fields(a_product(vial_reference_activity_max_kbq=needed)) == []
    assert fields(a_product(vial_reference_activity_max_kbq=needed - 1)) == ["it.vial_reference_activity_max_kbq"]
    gone = a_product(nuclide=type_pb2.NUCLIDE_GA_68, shelf_life_minutes=40_000, qc_minutes=30_000)
    assert fields(gone) == ["it.vial_reference_activity_max_kbq"]


def test_a_product_may_say_what_filling_and_quality_control_need() -> None:
    accept(a_product(**FILLING, activity_reference_minutes=360, shelf_life_origin=3, specification="specifications/x"))
    accept(a_product(shelf_life_origin=3, activity_reference_minutes=60, shelf_life_minutes=86_340))
    accept(a_product(required_documents=[1, 2, 3, 4, 5], package="type-a-7l", qualified_person_certifies=False))
