"""What volume a dose has, and when it is within the product's range."""

from datetime import UTC, datetime, timedelta

import pytest

from services.kernel.activity import Nuclide
from services.network import Filling, Product, filling_of, volume_ul

CALIBRATION = datetime(2027, 3, 1, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)

# 1 GBq/mL at calibration, 7.5 to 12.5 mL; the published figures of a Lu-177 ligand.
LUTETIUM = Filling(Nuclide.LU_177, 1000.0, CALIBRATION, 7500, 12500)


def test_the_published_case_is_met_to_the_second_decimal_of_an_hour() -> None:
    earliest_at, latest_at = LUTETIUM.interval_for(7400.0)
    assert earliest_at and latest_at
    assert (earliest_at - CALIBRATION) / HOUR == pytest.approx(3.09, abs=0.005)
    assert (latest_at - CALIBRATION) / HOUR == pytest.approx(120.7, abs=0.05)


@pytest.mark.parametrize(
    ("after_hours", "fits"), [(0, False), (3.0, False), (3.2, True), (60, True), (120.6, True), (120.8, False)]
)
def test_a_dose_fits_between_both_instants_and_nowhere_else(after_hours: float, fits: bool) -> None:
    assert LUTETIUM.allows(7400.0, CALIBRATION + after_hours * HOUR) is fits


def test_both_ends_of_the_range_are_within_it() -> None:
    assert LUTETIUM.allows(7500.0, CALIBRATION)
    assert not LUTETIUM.allows(7499.0, CALIBRATION)
    assert LUTETIUM.allows(12500.0, CALIBRATION)
    assert not LUTETIUM.allows(12501.0, CALIBRATION)


def test_the_volume_does_not_depend_on_when_it_is_filled_only_on_when_the_activity_is_wanted() -> None:
    half_life_later = CALIBRATION + timedelta(days=6.647)
    assert volume_ul(7400.0, half_life_later, 1000.0, CALIBRATION, Nuclide.LU_177) == pytest.approx(14800.0)
    # The same dose, told by its activity at calibration.
    assert volume_ul(14800.0, CALIBRATION, 1000.0, CALIBRATION, Nuclide.LU_177) == pytest.approx(14800.0)


def test_an_end_that_is_not_known_limits_nothing() -> None:
    at_least = LUTETIUM._replace(volume_ul_max=None)
    assert at_least.allows(7400.0, CALIBRATION + 500 * HOUR)
    assert at_least.interval_for(7400.0)[1] is None
    at_most = LUTETIUM._replace(volume_ul_min=None)
    assert at_most.allows(1.0, CALIBRATION)
    assert at_most.interval_for(7400.0)[0] is None


def test_a_product_without_concentration_or_range_says_nothing_of_volumes() -> None:
    product = Product("products/x", Nuclide.LU_177, frozenset(), 7400.0)
    assert filling_of(product, CALIBRATION) is None
    assert filling_of(product._replace(concentration_mbq_per_ml=1000.0), CALIBRATION) is None
    assert filling_of(product._replace(fill_volume_ul_min=7500), CALIBRATION) is None


def test_the_concentration_is_that_of_the_reference_time_after_the_end_of_synthesis() -> None:
    product = Product(
        "products/x",
        Nuclide.LU_177,
        frozenset(),
        7400.0,
        concentration_mbq_per_ml=1000.0,
        reference_after=6 * HOUR,
        fill_volume_ul_min=7500,
        fill_volume_ul_max=12500,
    )
    assert filling_of(product, CALIBRATION - 6 * HOUR) == LUTETIUM


def test_an_instant_that_no_calendar_holds_is_no_end() -> None:
    # A dose of a millionth of what the range asks for: the instant would lie tens of half-lives on.
    slow = Filling(Nuclide.AC_225, 1e-9, CALIBRATION, 1, 1_000_000)
    assert slow.interval_for(1e9) == (None, None)
    assert not slow.allows(1e9, CALIBRATION)
