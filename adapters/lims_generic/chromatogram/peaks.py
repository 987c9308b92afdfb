"""The peaks of one signal: whether they can be believed, and what share of it each has."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from adapters.lims_generic.chromatogram.tree import Branch
from adapters.lims_generic.settings import ChromatogramSettings, PlausibleRange
from adapters.manifest import Refused

# Shares are written with at most as many places; what stands behind them is a converter's arithmetic.
PLACES_MAX = 4
_WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class Peak:
    """One peak as the data system integrated it."""

    name: str
    share: Decimal  # of what was integrated of the signal, in per cent
    area: Decimal
    height: Decimal
    place: str


def peaks_of(signal: Branch, settings: ChromatogramSettings) -> list[Peak]:
    """The peaks of a signal, none if it was not integrated. Raises Refused if they cannot be believed."""
    lists = [
        branch.branch("peak list")
        for branch in signal.branch_if_any("processed data aggregate document").branches("processed data document")
        if "peak list" in branch.value
    ]
    if len(lists) > 1:
        detail = "The signal was integrated more than once, and nothing says which one counts."
        raise Refused("INTEGRATED_TWICE", detail, signal.place)
    found = [_peak(each) for branch in lists for each in branch.branches("peak")]
    if found:
        _check_shares(found, lists[0].below("peak"))
        _check_plausible(found, settings)
    return found


def _peak(peak: Branch) -> Peak:
    share = peak.amount("relative peak area", "%")
    return Peak(peak.text("written name"), share, peak.amount("peak area"), peak.amount("peak height"), peak.place)


def _check_shares(found: Sequence[Peak], place: str) -> None:
    """All shares come to 100, but for half a unit of the last place of each."""
    for peak in found:
        if not 0 <= peak.share <= _WHOLE:
            raise Refused("AREAS_NOT_WHOLE", f"A share of {peak.share} % is none.", peak.place)
    places = min(PLACES_MAX, max(max(0, -int(peak.share.as_tuple().exponent)) for peak in found))
    total = sum((peak.share for peak in found), Decimal(0))
    if abs(total - _WHOLE) > len(found) * Decimal(5).scaleb(-places - 1):
        raise Refused("AREAS_NOT_WHOLE", f"The relative areas of the signal come to {total} %, not to 100 %.", place)


def _check_plausible(found: Sequence[Peak], settings: ChromatogramSettings) -> None:
    main = max(found, key=lambda peak: peak.share)
    for name, bounds in (("height", settings.peak_height), ("area", settings.peak_area)):
        for peak in found:
            _check_range(name, getattr(peak, name), bounds, peak is main, peak.place)


def _check_range(name: str, measured: Decimal, bounds: PlausibleRange, is_main: bool, place: str) -> None:
    if measured > bounds.highest or measured < (bounds.lowest if is_main else 0):
        detail = (
            f"A peak's {name} of {measured} is not plausible; this account's signals have "
            f"{bounds.lowest} to {bounds.highest}. A converter may have read another unit."
        )
        raise Refused("PEAK_IMPLAUSIBLE", detail, place)
