"""Places that are counted (in a session, on a departure, in a window), and what a claim must meet beside its run."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from services.kernel.calendar import Span
from services.kernel.visibility import visible
from services.network import Facility, Lane, Product, Site, filling_of, is_licensed, leads, most_at_centre_mbq
from services.network.refusals import RunUnknown
from services.slotting.domain import refusals
from services.slotting.domain.book import Run

_INSTANT = "%Y%m%dT%H%M%SZ"
UNLIMITED = 2**31 - 1  # the size of a place without a limit: counted all the same, in case one is set later


class CountedPlace(NamedTuple):
    """Room that is counted: for so many doses in one session, on one departure, in one window."""

    name: str
    size: int
    at: datetime


def place_in_session(facility: Facility | None, session: Span | None) -> CountedPlace | None:
    """The place that a dose takes in quality control; None where nobody counts."""
    return _place(f"{facility.name}/qcSessions", session) if facility and session else None


def place_on_departure(lane: Lane, departure: Span | None) -> CountedPlace | None:
    """The place that it takes on a departure. Those of a lane that starts anywhere are not counted, as nobody knows
    whose they are."""
    return _place(f"{lane.name}/departures", departure) if departure and lane.facility else None


def place_in_window(site: Site, window: Span | None) -> CountedPlace | None:
    """The place that it takes in a receiving window."""
    return _place(f"{site.name}/windows", window) if window else None


def names_of(site: Site, windows: Sequence[Span]) -> list[str]:
    """The names of the places of some windows."""
    return [_place(f"{site.name}/windows", window).name for window in windows]


def begins_at(place: str) -> datetime:
    """When the place of this name begins, to the second."""
    return datetime.strptime(place.rpartition("/")[2], _INSTANT).replace(tzinfo=UTC)


def _place(collection: str, span: Span) -> CountedPlace:
    iso = (
        span.start_at.isoformat()
    )  # _INSTANT put together by hand (bench `offers search`): a search names many places, and strftime is slow
    name = f"{collection}/{iso[:4]}{iso[5:7]}{iso[8:13]}{iso[14:16]}{iso[17:19]}Z"
    return CountedPlace(name, span.places or UNLIMITED, span.start_at)


def last_use_at(run: Run, product: Product | None) -> datetime:
    """The last instant at which a dose of the run may be administered. No calendar is walked beyond it."""
    if product is None:
        return run.use_by_at
    return min(run.use_by_at, run.end_of_synthesis_at + product.shelf_life)


def check_product(
    product: Product | None, partner: str, activity_mbq: float, run: Run, at: datetime, filled_ul: int | None = None
) -> None:
    """The sponsor may claim the product, within its activities, its shelf life and the volumes that a dose may have.
    An unknown product sets no limit. `filled_ul`: what was filled already, whatever the concentration was to be."""
    check_partner(product, partner, run)
    if product is not None:
        check_activity(product, activity_mbq)
        check_age(product, run, at)
        if filled_ul is None:
            _check_volume(product, activity_mbq, run, at)
        else:
            _check_filled(product, filled_ul, run)


def check_partner(product: Product | None, partner: str, run: Run) -> None:
    """The sponsor may claim the product."""
    if product is not None and not visible(partner, product.partners):
        raise RunUnknown("There is no such run.", run=run.name)


def check_age(product: Product | None, run: Run, at: datetime) -> None:
    """A dose is administered within the product's shelf life."""
    if product is not None and at - run.end_of_synthesis_at > product.shelf_life:
        raise refusals.DecayedBelowMinimum(
            "The dose would be administered after its shelf life.",
            run=run.name,
            administration_time=at,
            use_by_time=run.end_of_synthesis_at + product.shelf_life,
        )


def check_activity(product: Product, activity_mbq: float) -> None:
    """A dose must have an activity that the product allows."""
    if not product.allows(activity_mbq):
        limits = {"activity_min_mbq": product.activity_mbq_min, "activity_max_mbq": product.activity_mbq_max}
        raise refusals.ActivityOutOfRange(
            "The product does not allow this activity at administration.",
            product=product.name,
            activity_mbq=activity_mbq,
            **_known(limits),
        )


def _check_volume(product: Product, activity_mbq: float, run: Run, at: datetime) -> None:
    """A dose must fit its vial: as much of the batch as makes its activity, no less and no more than is allowed."""
    filling = filling_of(product, run.end_of_synthesis_at)
    if filling is None or filling.allows(activity_mbq, at):
        return
    earliest_at, latest_at = filling.interval_for(activity_mbq)
    limits = {
        "volume_min_ul": filling.volume_ul_min,
        "volume_max_ul": filling.volume_ul_max,
        "earliest_administration_time": earliest_at,
        "latest_administration_time": latest_at,
    }
    raise refusals.FillVolumeOutOfRange(
        "A dose with this activity at that time would have a volume that the product does not allow.",
        run=run.name,
        product=product.name,
        administration_time=at,
        volume_ul=round(filling.volume_ul(activity_mbq, at)),
        **_known(limits),
    )


def _check_filled(product: Product, volume_ul: int, run: Run) -> None:
    """A vial must hold no less and no more than is allowed."""
    least, most = product.fill_volume_ul_min, product.fill_volume_ul_max
    if volume_ul < (least or 0) or (most is not None and volume_ul > most):
        raise refusals.FillVolumeOutOfRange(
            "The vial was filled with a volume that the product does not allow.",
            run=run.name,
            product=product.name,
            volume_ul=volume_ul,
            **_known({"volume_min_ul": least, "volume_max_ul": most}),
        )


def _known(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: fact for name, fact in facts.items() if fact is not None}


def check_licence(site: Site, run: Run, activity_mbq: float, administration_at: datetime, arrival_at: datetime) -> None:
    """The centre must be licensed for the nuclide and the dose's greatest activity there, until administration."""
    if not is_licensed(site, run.nuclide, activity_mbq, administration_at, arrival_at):
        greatest_mbq = most_at_centre_mbq(run.nuclide, activity_mbq, administration_at, arrival_at)
        raise refusals.SiteLicence(
            "The centre holds no licence for this nuclide, activity and time.",
            site=site.name,
            nuclide=run.nuclide.value,
            activity_mbq=f"{greatest_mbq:.3f}",
            administration_time=administration_at,
        )


def check_lane(lane: Lane | None, name: str, site: str, facility: str) -> Lane:
    """The lane must lead from the run's facility to the centre, and every carrier on it must take the dose."""
    if lane is not None and leads(lane, facility, site):
        return lane
    if lane is None or lane.site != site:
        raise refusals.LaneNotValid("This lane does not lead to the centre.", lane=name, site=site)
    if not lane.class_7:
        raise refusals.LaneNotValid("A carrier on this lane does not accept class 7.", lane=name)
    raise refusals.LaneNotValid("This lane does not start where the run is made.", lane=name, facility=facility)
