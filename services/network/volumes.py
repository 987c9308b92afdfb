"""Volume: a dose is filled from its batch by activity over concentration, both at one instant.

Activity and concentration decay alike, so that the volume depends on the instant at which the activity is wanted and
not on the instant of filling.
"""

from datetime import datetime, timedelta
from math import log2
from typing import NamedTuple

from services.kernel.activity import HALF_LIVES, LIFE_MAX, Nuclide, activity_at
from services.network.resources import Product

_UL_PER_ML = 1000.0
# An exact figure of a range is within it, whatever binary rounding makes of decay.
_TOLERANCE = 1e-9


class Filling(NamedTuple):
    """What doses are filled from, and the volumes that they may have, in microlitres; None: no limit on that side."""

    nuclide: Nuclide
    concentration_mbq_per_ml: float  # at `reference_at`
    reference_at: datetime
    volume_ul_min: int | None
    volume_ul_max: int | None

    def volume_ul(self, activity_mbq: float, at: datetime) -> float:
        """The volume of a dose with this activity at this instant."""
        return volume_ul(activity_mbq, at, self.concentration_mbq_per_ml, self.reference_at, self.nuclide)

    def allows(self, activity_mbq: float, at: datetime) -> bool:
        """Whether a dose with this activity at this instant has a volume within the range."""
        volume = self.volume_ul(activity_mbq, at)
        enough = self.volume_ul_min is None or volume >= self.volume_ul_min * (1 - _TOLERANCE)
        return enough and (self.volume_ul_max is None or volume <= self.volume_ul_max * (1 + _TOLERANCE))

    def interval_for(self, activity_mbq: float) -> tuple[datetime | None, datetime | None]:
        """The earliest and the latest instant at which a dose may have this activity; None where there is no end, or
        none within the life of anything that is made."""
        return self._when(activity_mbq, self.volume_ul_min), self._when(activity_mbq, self.volume_ul_max)

    def _when(self, activity_mbq: float, volume_ul: int | None) -> datetime | None:
        if volume_ul is None:
            return None
        half_lives = log2(volume_ul * self.concentration_mbq_per_ml / (_UL_PER_ML * activity_mbq))
        seconds = half_lives * float(HALF_LIVES[self.nuclide].seconds)
        return self.reference_at + timedelta(seconds=seconds) if abs(seconds) <= LIFE_MAX.total_seconds() else None


def volume_ul(
    activity_mbq: float, at: datetime, concentration_mbq_per_ml: float, concentration_at: datetime, nuclide: Nuclide
) -> float:
    """The volume, in microlitres, of a dose that has `activity_mbq` at `at`, of what has so much a millilitre then."""
    return activity_at(activity_mbq, at, concentration_at, nuclide) / concentration_mbq_per_ml * _UL_PER_ML


def filling_of(product: Product, end_of_synthesis_at: datetime) -> Filling | None:
    """What doses of a run are to be filled from; None if master data does not tell, or limits no volume."""
    limits = product.fill_volume_ul_min, product.fill_volume_ul_max
    if product.concentration_mbq_per_ml is None or limits == (None, None):
        return None
    reference_at = end_of_synthesis_at + product.reference_after
    return Filling(product.nuclide, product.concentration_mbq_per_ml, reference_at, *limits)
