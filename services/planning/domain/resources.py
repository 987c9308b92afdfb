"""What a plan is made from: products, lines, centres, lanes, agreements, isotope, and the runs that are there."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.kernel.activity import Nuclide, activity_at
from services.kernel.calendar import Span, Weekly
from services.planning.domain.weeks import WEEK, starts_at

# How far before the first week's Monday a run may start: no product keeps longer than this.
HEAD_START = timedelta(days=7)


class Capacity(NamedTuple):
    """Reference activity (decay-corrected to end of synthesis) in whole kBq, and vials."""

    kbq: int
    vials: int

    def plus(self, other: "Capacity") -> "Capacity":
        """The sum of each figure."""
        return Capacity(self.kbq + other.kbq, self.vials + other.vials)

    def minus(self, other: "Capacity") -> "Capacity":
        """The difference of each figure."""
        return Capacity(self.kbq - other.kbq, self.vials - other.vials)

    def least(self, other: "Capacity") -> "Capacity":
        """The smaller of each figure."""
        return Capacity(min(self.kbq, other.kbq), min(self.vials, other.vials))

    def covers(self, other: "Capacity") -> bool:
        """True if `other` fits into this, in both figures."""
        return self.kbq >= other.kbq and self.vials >= other.vials


NOTHING = Capacity(0, 0)


@dataclass(frozen=True, slots=True)
class Product:
    """A radioligand, and what one forecast dose of it is."""

    name: str
    nuclide: Nuclide
    nominal_mbq: float
    shelf_life: timedelta
    qc: timedelta
    vial_kbq_max: int
    loss_fraction: float = 0.0


@dataclass(frozen=True, slots=True)
class Facility:
    """Where runs are made. Without sessions quality control takes whatever comes, at any time."""

    name: str
    zone: ZoneInfo
    qc_sessions: tuple[Weekly, ...] = ()
    closed: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """Equipment that makes one run at a time. Without shifts it works at any time."""

    name: str
    facility: str
    products: frozenset[str]
    run: timedelta
    cleaning: timedelta
    changeover: timedelta
    run_capacity: Capacity
    shifts: tuple[Weekly, ...] = ()
    closed: frozenset[date] = frozenset()

    def gap(self, product: str, other: str) -> timedelta:
        """Least time between the end of one run and the start of the next."""
        return self.cleaning if product == other else max(self.changeover, self.cleaning)


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence to receive a nuclide up to an activity, until an instant (exclusive)."""

    nuclide: Nuclide
    activity_mbq_max: float
    valid_until_at: datetime


@dataclass(frozen=True, slots=True)
class Site:
    """A treatment centre; sponsors not in `partners` send nothing there. Without windows it receives at any time."""

    name: str
    region: str
    zone: ZoneInfo
    partners: frozenset[str]
    licences: tuple[Licence, ...]
    weekly: tuple[Weekly, ...] = ()
    dated: tuple[Span, ...] = ()
    closed: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Departure:
    """A departure that takes place every week, in the facility's zone: `weekly.start` is when it leaves."""

    weekly: Weekly
    cutoff: timedelta


@dataclass(frozen=True, slots=True)
class Lane:
    """A validated way to a centre; `facility` empty: from any. Without departures a dose leaves when it is ready."""

    name: str
    facility: str
    site: str
    dispatch: timedelta
    transit: timedelta
    valid_until_at: datetime
    departures: tuple[Departure, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a sponsor has pre-booked of a product, in each run or in each week."""

    name: str
    partner: str
    product: str
    per_run: Capacity | None
    per_week: Capacity | None
    release_back: timedelta
    valid_from_at: datetime
    valid_until_at: datetime

    def holds_in(self, week: date) -> bool:
        """Whether it is in force at some instant of the week."""
        start_at = starts_at(week)
        return self.valid_from_at < start_at + WEEK and start_at < self.valid_until_at


@dataclass(frozen=True, slots=True)
class Delivery:
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
    deliveries: tuple[Delivery, ...] = ()
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
