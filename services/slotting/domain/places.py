"""What slotting must know of treatment centres and lanes before it promises a dose to one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from services.kernel.activity import Nuclide, activity_at
from services.slotting.domain import refusals
from services.slotting.domain.book import Run


class Licence(NamedTuple):
    """A licence to receive a nuclide up to an activity, until an instant (exclusive)."""

    nuclide: Nuclide
    activity_mbq_max: float
    valid_until: datetime


class Window(NamedTuple):
    """A time in which a centre can receive; the end is exclusive."""

    start_at: datetime
    end_at: datetime


class Site(NamedTuple):
    """A treatment centre; sponsors not in `partners` know of none. Without windows it receives at any time."""

    name: str
    partners: frozenset[str]
    licences: Sequence[Licence]
    windows: Sequence[Window]


class Lane(NamedTuple):
    """A validated way to a centre, with minutes from end of synthesis to departure and on to arrival."""

    name: str
    site: str
    dispatch_minutes: int
    transit_minutes: int
    valid_until: datetime

    def departure_at(self, run: Run) -> datetime:
        """When a dose of the run leaves."""
        return run.end_of_synthesis_at + timedelta(minutes=self.dispatch_minutes)

    def arrival_at(self, run: Run) -> datetime:
        """When a dose of the run reaches the centre."""
        return self.departure_at(run) + timedelta(minutes=self.transit_minutes)


def check_licence(site: Site, run: Run, activity_mbq: float, administration_at: datetime, arrival_at: datetime) -> None:
    """The centre must be licensed for the nuclide and the dose's greatest activity there, until administration."""
    at_arrival_mbq = activity_at(activity_mbq, administration_at, arrival_at, run.nuclide)
    greatest_mbq = max(at_arrival_mbq, activity_mbq)
    for licence in site.licences:
        if (
            licence.nuclide is run.nuclide
            and licence.activity_mbq_max >= greatest_mbq
            and administration_at < licence.valid_until
        ):
            return
    raise refusals.SiteLicence(
        "The centre holds no licence for this nuclide, activity and time.",
        site=site.name,
        nuclide=run.nuclide.value,
        activity_mbq=f"{greatest_mbq:.3f}",
        administration_time=administration_at,
    )


def check_lane(lane: Lane | None, name: str, site: Site, run: Run, administration_at: datetime) -> None:
    """The lane must lead to the centre, be validated at departure, and arrive before administration in a window."""
    if lane is None or lane.site != site.name:
        raise refusals.LaneNotValid("This lane does not lead to the centre.", lane=name, site=site.name)
    departure_at, arrival_at = lane.departure_at(run), lane.arrival_at(run)
    if departure_at >= lane.valid_until:
        raise refusals.LaneNotValid(
            "The lane's validation ends before the dose departs.",
            lane=name,
            departure_time=departure_at,
            valid_until_time=lane.valid_until,
        )
    if arrival_at > administration_at:
        raise refusals.LaneNotValid(
            "On this lane the dose arrives after its administration.",
            lane=name,
            arrival_time=arrival_at,
            administration_time=administration_at,
        )
    if site.windows and not any(window.start_at <= arrival_at < window.end_at for window in site.windows):
        raise refusals.SiteWindow(
            "The centre cannot receive when the dose arrives.", site=site.name, lane=name, arrival_time=arrival_at
        )
