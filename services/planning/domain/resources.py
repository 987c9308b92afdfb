"""What a plan is made from beside the network: isotope, the runs that are there, and what is expected."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.kernel.activity import Nuclide, activity_at
from services.network import Agreement, Capacity, Facility, Lane, Line, Product, Site
from services.planning.domain.weeks import WEEK, starts_at

# How far before the first week's Monday a run may start: no product keeps longer than this.
HEAD_START = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class IsotopeSupply:
    """Isotope that arrives at a facility and decays until it is used."""

    name: str
    facility: str
    nuclide: Nuclide
    activity_mbq: float
    calibrated_at: datetime
    arrival_at: datetime
    use_by_at: datetime
    yield_fraction: float

    def usable_at(self, at: datetime) -> bool:
        """Whether a run may start with it at this instant."""
        return self.arrival_at <= at < self.use_by_at

    @property
    def arriving_mbq(self) -> float:
        """Its activity when it arrives; all that is used of it is decay-corrected to then."""
        return activity_at(self.activity_mbq, self.calibrated_at, self.arrival_at, self.nuclide)

    def yields_mbq(self, start_at: datetime, end_of_synthesis_at: datetime) -> float:
        """What the whole delivery would give at the end of a synthesis that starts at an instant."""
        at_end = activity_at(self.activity_mbq, self.calibrated_at, end_of_synthesis_at, self.nuclide)
        assert start_at <= end_of_synthesis_at
        return at_end * self.yield_fraction


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that capacity has planned or opened already. `delivery` is empty where nobody knows which one it uses."""

    name: str
    product: str
    line: str
    end_of_synthesis_at: datetime
    pledged: Capacity
    allotments: tuple[tuple[str, Capacity], ...] = ()
    delivery: str = ""


@dataclass(frozen=True, slots=True)
class ForecastWeek:
    """What a sponsor's current forecast expects in a week. `firm`: the week is frozen or firm."""

    partner: str
    product: str
    region: str
    week: date
    doses: int
    firm: bool


@dataclass(frozen=True, slots=True)
class World:
    """Everything that a plan depends on, as it was at `now`."""

    now: datetime
    first_week: date
    weeks: int
    facility: str  # the only one that is planned; empty: all
    products: tuple[Product, ...] = ()
    facilities: tuple[Facility, ...] = ()
    lines: tuple[Line, ...] = ()
    sites: tuple[Site, ...] = ()
    lanes: tuple[Lane, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    deliveries: tuple[IsotopeSupply, ...] = ()
    open_runs: tuple[OpenRun, ...] = ()
    forecasts: tuple[ForecastWeek, ...] = ()
    lead: timedelta = timedelta(0)  # how long a proposal may wait before the first run it makes stops taking claims
    claim_cutoff: timedelta = timedelta(0)  # how long before its start a run stops taking claims

    @property
    def from_at(self) -> datetime:
        """The first instant at which a run can start."""
        return max(self.now + self.lead + self.claim_cutoff, starts_at(self.first_week) - HEAD_START)

    @property
    def until_at(self) -> datetime:
        """The end of the last week; exclusive."""
        return starts_at(self.first_week + self.weeks * WEEK)

    @property
    def week_starts(self) -> tuple[date, ...]:
        """The Mondays of the horizon."""
        return tuple(self.first_week + n * WEEK for n in range(self.weeks))
