"""Readings outside the limits are excursions; what is no temperature, or no number, tells nothing."""

from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2

from services.distribution.domain.excursions import NO_LIMITS, Excursion, TemperatureLimits, excursions_in
from services.distribution.domain.milestone import Milestone, MilestoneKind, Position, SensorReading
from services.distribution.events import milestone_of
from tests.support.distribution import a_milestone, at, told

FROM_2_TO_25 = TemperatureLimits(2, 25)


def a_reading(*values: float, unit: str = "CEL", **facts: Any) -> SensorReading:
    return SensorReading(facts.pop("type", "gs1:Temperature"), unit, values, **facts)


def read(*readings: SensorReading) -> Milestone:
    return a_milestone(MilestoneKind.OBSERVED, 30, "e", readings=readings)


def found(*values: float, unit: str = "CEL", limits: TemperatureLimits = FROM_2_TO_25, **facts: Any) -> list[float]:
    return [each.value_cel for each in excursions_in(read(a_reading(*values, unit=unit, **facts)), limits)]


@pytest.mark.parametrize("inside", [2, 2.000001, 10, 24.999999, 25])
def test_the_ends_of_the_limits_are_inside(inside: float) -> None:
    assert found(inside) == []


@pytest.mark.parametrize("outside", [1.99, -5, 25.01, 40])
def test_what_is_beyond_an_end_is_outside(outside: float) -> None:
    assert found(outside) == [outside]


@pytest.mark.parametrize(("value", "unit", "celsius"), [
    (77, "FAH", []),
    (79, "FAH", [26.111111]),
    (538.67, "A48", [26.111111]),
    (536.67, "A48", []),
    (35.6, "FAH", []),
    (32, "FAH", [0]),
    (298.15, "KEL", []),
    (299.15, "KEL", [26]),
    (275.15, "KEL", []),
    (274.15, "kel", [1]),
    (99, "", []),
    (99, "P1", []),
])  # fmt: skip
def test_fahrenheit_and_kelvin_are_reckoned_in_celsius_and_other_units_tell_nothing(
    value: float, unit: str, celsius: list[float]
) -> None:
    assert found(value, unit=unit) == celsius


@pytest.mark.parametrize("name", ["Temperature", "gs1:Temperature", "https://gs1.org/voc/Temperature", "TEMPERATURE"])
def test_a_temperature_is_one_under_any_prefix(name: str) -> None:
    assert found(99, type=name) == [99]


def test_another_quantity_is_no_temperature() -> None:
    assert found(99, type="gs1:RelativeHumidity") == []


def test_of_an_interval_the_value_farthest_outside_counts() -> None:
    assert found(10, 1, 30) == [30]
    assert found(10, -9, 30) == [-9]
    assert found(30, 31, 29) == [31]
    assert found() == []


def test_one_limit_alone_limits_one_side_and_none_nothing() -> None:
    assert found(-99, limits=TemperatureLimits(max_cel=25)) == []
    assert found(26, limits=TemperatureLimits(max_cel=25)) == [26]
    assert found(99, limits=TemperatureLimits(min_cel=2)) == []
    assert found(1, limits=TemperatureLimits(min_cel=2)) == [1]
    assert found(99, limits=NO_LIMITS) == []


def test_an_excursion_says_when_by_which_device_and_of_which_milestone() -> None:
    dated, undated = a_reading(26, at=at(7), device="logger"), a_reading(27)
    assert list(excursions_in(read(dated, a_reading(20), undated), FROM_2_TO_25)) == [
        Excursion("e", 26, FROM_2_TO_25, at(7), "logger"),
        Excursion("e", 27, FROM_2_TO_25, at(30), ""),
    ]


def test_what_travels_together_has_the_closer_of_each_limit() -> None:
    assert FROM_2_TO_25.with_those_of(TemperatureLimits(-5, 8)) == TemperatureLimits(2, 8)
    assert TemperatureLimits(max_cel=8).with_those_of(TemperatureLimits(min_cel=0)) == TemperatureLimits(0, 8)
    assert NO_LIMITS.with_those_of(NO_LIMITS) == NO_LIMITS


@pytest.mark.parametrize("none", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_no_reading_and_hides_no_other(none: float) -> None:
    reading = courier_pb2.SensorReading(type="Temperature", unit="CEL", value=none, maximum=26)
    heard = milestone_of(told(MilestoneKind.OBSERVED, 1, sensor_readings=[reading]))
    assert [each.value_cel for each in excursions_in(heard, FROM_2_TO_25)] == [26]


@pytest.mark.parametrize(("latitude", "longitude", "position"), [
    (90, 180, Position(90, 180)),
    (-90, -180, Position(-90, -180)),
    (90.1, 0, None),
    (0, 180.1, None),
    (float("nan"), 0, None),
    (0, float("inf"), None),
])  # fmt: skip
def test_a_point_that_is_not_on_the_earth_is_no_position(
    latitude: float, longitude: float, position: Position | None
) -> None:
    where = courier_pb2.Location(latitude_degrees=latitude, longitude_degrees=longitude)
    assert milestone_of(told(MilestoneKind.ARRIVED, 1, location=where)).position == position


def test_half_a_position_is_none() -> None:
    where = courier_pb2.Location(latitude_degrees=1)
    assert milestone_of(told(MilestoneKind.ARRIVED, 1, location=where)).position is None


@pytest.mark.parametrize("name", ["DewPointTemperature", "https://sensors.example/dew_point_temperature"])
def test_another_temperature_is_not_that_of_the_dose(name: str) -> None:
    reading = SensorReading(name, "CEL", (-40.0,))
    milestone = a_milestone(MilestoneKind.OBSERVED, readings=(reading,))
    assert list(excursions_in(milestone, TemperatureLimits(2, 25))) == []
