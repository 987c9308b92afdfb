"""What each kind of resource must fulfil by itself. `at` is where it stands in the request, for errors to name fields.

Bounds, patterns and what must be stated are annotations of the protos, judged before. `violations_in` yields all else
that is wrong with the fields of one, at once; `refuse` raises what is well-formed and still cannot be: each such
refusal has a reason of its own.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from services.kernel.activity import LIFE_MAX, REFERENCE_ACTIVITY_KBQ_MAX, reference_activity_kbq
from services.kernel.errors import Invalid
from services.masterdata.domain import fields, windows
from services.masterdata.domain.contents import Agreement, Content, Facility, Lane, Line, Product, Site
from services.masterdata.domain.fields import Violation
from services.masterdata.domain.refusals import LicenceExpired
from services.network import Filling

_LIFE_MINUTES = int(LIFE_MAX.total_seconds()) // 60

# Whatever the day: only the time that passes matters to decay.
_SOME_SYNTHESIS = datetime(2000, 1, 1, tzinfo=UTC)


def violations_in(content: Content, at: str) -> list[Violation]:
    """Everything that is wrong with a resource in itself."""
    return [(f"{at}.{field}", wrong) for field, wrong in _CHECKS[type(content)](content)]


def refuse(content: Content, before: Content | None, at: str, now: datetime) -> None:
    """Refuse what contradicts itself or the clock. `before` is the resource as it stood, None if it is new."""
    match content:
        case Facility():
            windows.require_weekly_apart(f"{at}.qc_sessions", content.qc_sessions)
        case Line():
            windows.require_weekly_apart(f"{at}.shifts", content.shifts)
        case Site():
            windows.require_weekly_apart(f"{at}.weekly_windows", content.weekly_windows)
            windows.require_dated_apart(f"{at}.dated_windows", content.dated_windows)
            _require_licences_in_force(content, before if isinstance(before, Site) else None, at, now)
        case Lane():
            windows.require_cutoffs(f"{at}.departures", content.departures)
            windows.require_departures_apart(f"{at}.departures", content.departures)


def _in_product(product: Product) -> Iterator[Violation]:
    if product.min_mbq is not None and product.min_mbq > product.nominal_mbq:
        yield "activity_min_mbq", "must not be more than activity_nominal_mbq"
    if product.max_mbq is not None and product.max_mbq < product.nominal_mbq:
        yield "activity_max_mbq", "must not be less than activity_nominal_mbq"
    if product.shelf_life_minutes <= product.qc_minutes:
        yield "qc_minutes", "must be less than shelf_life_minutes, or no dose is ever of use"
    yield from _in_volumes(product)
    coldest, warmest = product.transport_cel_min, product.transport_cel_max
    if coldest is not None and warmest is not None and warmest < coldest:
        yield "transport_temperature_max_cel", "must not be less than transport_temperature_min_cel"
    needed = _least_vial_kbq(product)
    if product.vial_kbq_max < needed:
        yield (
            "vial_reference_activity_max_kbq",
            f"must hold at least an ordinary dose that is given right after quality control, {needed} kBq",
        )


def _in_volumes(product: Product) -> Iterator[Violation]:
    """The shelf life ends within the life of anything, and a dose of it can have a volume that is allowed."""
    origin_minutes = product.reference_minutes if product.shelf_life_from_reference else 0
    if product.shelf_life_minutes + origin_minutes > _LIFE_MINUTES:
        yield "shelf_life_minutes", f"must end at most {_LIFE_MINUTES} minutes after the end of synthesis"
        return
    least, most = product.fill_volume_ul_min, product.fill_volume_ul_max
    if least is not None and most is not None and most < least:
        yield "fill_volume_max_ul", "must not be less than fill_volume_min_ul"
    elif not _is_ever_filled(product, origin_minutes):
        yield (
            "activity_concentration_mbq_per_ml",
            "must make an ordinary dose fit the fill volume at some time between quality control and shelf life",
        )


def _is_ever_filled(product: Product, origin_minutes: int) -> bool:
    """Whether an ordinary dose has an allowed volume at some time; its volume rises from the first instant on."""
    if product.concentration_mbq_per_ml is None:
        return True
    reference_at = _SOME_SYNTHESIS + timedelta(minutes=product.reference_minutes)
    limits = product.fill_volume_ul_min, product.fill_volume_ul_max
    filling = Filling(product.nuclide, product.concentration_mbq_per_ml, reference_at, *limits)
    first_at = _SOME_SYNTHESIS + timedelta(minutes=product.qc_minutes)
    last_at = _SOME_SYNTHESIS + timedelta(minutes=origin_minutes + product.shelf_life_minutes)
    try:
        not_too_much = filling._replace(volume_ul_min=None).allows(product.nominal_mbq, first_at)
        return not_too_much and filling._replace(volume_ul_max=None).allows(product.nominal_mbq, last_at)
    except Invalid:  # so long after its synthesis that nothing is left of the nuclide; the vial is told to be too small
        return True


def _least_vial_kbq(product: Product) -> int:
    """Reference activity of a nominal dose that is given at the earliest."""
    given_at = _SOME_SYNTHESIS + timedelta(minutes=product.qc_minutes)
    try:
        return reference_activity_kbq(
            product.nominal_mbq, given_at, _SOME_SYNTHESIS, product.nuclide, product.loss_fraction
        )
    except Invalid:
        # More than any run can yield is more than any vial can hold.
        return REFERENCE_ACTIVITY_KBQ_MAX + 1


def _in_facility(facility: Facility) -> Iterator[Violation]:
    yield from fields.in_zone("time_zone", facility.time_zone)
    yield from windows.in_weekly("qc_sessions", facility.qc_sessions)
    yield from fields.in_closed_dates("closed_dates", facility.closed_dates)


def _in_line(line: Line) -> Iterator[Violation]:
    yield from windows.in_weekly("shifts", line.shifts)
    if line.changeover_minutes < line.cleaning_minutes:
        yield "changeover_minutes", "must be at least cleaning_minutes"
    yield from fields.in_capacity("run_capacity", line.run_capacity)
    yield from fields.in_closed_dates("closed_dates", line.closed_dates)


def _in_site(site: Site) -> Iterator[Violation]:
    yield from fields.in_zone("time_zone", site.time_zone)
    for index, licence in enumerate(site.licences):
        yield from fields.in_instant(f"licences[{index}].valid_until_time", licence.valid_until)
    yield from windows.in_weekly("weekly_windows", site.weekly_windows)
    yield from windows.in_dated("dated_windows", site.dated_windows)
    yield from fields.in_closed_dates("closed_dates", site.closed_dates)


def _in_lane(lane: Lane) -> Iterator[Violation]:
    yield from windows.in_departures("departures", lane.departures)
    yield from _in_transit(lane)
    yield from fields.in_instant("valid_until_time", lane.valid_until)


def _in_transit(lane: Lane) -> Iterator[Violation]:
    percentile, minutes = 0, 0
    for index, each in enumerate(lane.quantiles):
        if each.percentile <= percentile or each.minutes <= minutes:
            yield (
                f"transit_quantiles[{index}]",
                "must be greater than the one before, in percentile and in minutes",
            )
        # After one that is too small the next is compared with the greatest so far, or each would be at fault.
        percentile, minutes = max(percentile, each.percentile), max(minutes, each.minutes)
    if lane.quantiles and lane.promised_percentile not in {each.percentile for each in lane.quantiles}:
        yield "promised_percentile", "must be the percentile of one of transit_quantiles"
    elif not lane.quantiles and lane.transit_minutes is None:
        yield "transit_minutes", "must be stated, or transit_quantiles"


def _in_agreement(agreement: Agreement) -> Iterator[Violation]:
    if agreement.allotment is not None:
        yield from fields.in_capacity(*agreement.allotment)
    yield from fields.in_instant("valid_from_time", agreement.valid_from)
    yield from fields.in_instant("valid_until_time", agreement.valid_until)
    if agreement.valid_from and agreement.valid_until and agreement.valid_until <= agreement.valid_from:
        yield "valid_until_time", "must be after valid_from_time"


def _require_licences_in_force(site: Site, before: Site | None, at: str, now: datetime) -> None:
    """Refuse to enter a licence that has ended. One that has ended since it was entered may stay, as a record."""
    # By value: one that was moved within the list is still known, one that was altered is new.
    known = set(before.licences) if before else set()
    for index, licence in enumerate(site.licences):
        if licence.valid_until and licence.valid_until <= now and licence not in known:
            raise LicenceExpired(
                "This licence has ended already.",
                field=f"{at}.licences[{index}].valid_until_time",
                nuclide=licence.nuclide,
                valid_until_time=licence.valid_until,
            )


_CHECKS: Mapping[type[Content], Callable[..., Iterator[Violation]]] = {
    Product: _in_product,
    Facility: _in_facility,
    Line: _in_line,
    Site: _in_site,
    Lane: _in_lane,
    Agreement: _in_agreement,
}
