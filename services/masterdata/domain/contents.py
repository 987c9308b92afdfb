"""What the rules read of each kind of resource, its shape judged. None is what was not stated, or cannot be read."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple

from services.kernel.activity import Nuclide
from services.network import Capacity


class WeeklyWindow(NamedTuple):
    """A local time that comes every week; an end that is not after the start is on the next day."""

    days: tuple[int, ...]  # ISO weekdays on which it starts; 0 is none
    start: time | None
    end: time | None


class DatedWindow(NamedTuple):
    """A window at its own instants."""

    start_at: datetime | None
    end_at: datetime | None


class Licence(NamedTuple):
    """A licence to receive a nuclide, up to an activity and until an instant (exclusive)."""

    nuclide: Nuclide
    activity_mbq_max: float
    valid_until: datetime | None


class Departure(NamedTuple):
    """A departure that takes place every week; without a cut-off it promises nothing."""

    days: tuple[int, ...]
    time: time | None
    cutoff_minutes: int | None


class Quantile(NamedTuple):
    """Minutes that a share of the journeys, in percent, did not exceed."""

    percentile: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Content:
    """What all kinds have in common."""

    name: str

    @property
    def references(self) -> tuple[tuple[str, str], ...]:
        """The resources that it refers to, which must exist as long as it does: pairs of a field and a name."""
        return ()

    @property
    def labels(self) -> tuple[str, ...]:
        """What a list can be filtered by beside the references."""
        return ()

    @property
    def seen_by(self) -> tuple[str, ...]:
        """The partners that see it. For all others it does not exist."""
        return ()

    @property
    def seen_through(self) -> str:
        """The resource whose partners see this one too; its own name if it says itself who does."""
        return self.name


@dataclass(frozen=True, slots=True)
class Product(Content):
    """A radioligand."""

    nuclide: Nuclide
    partners: tuple[str, ...]
    nominal_mbq: float
    min_mbq: float | None
    max_mbq: float | None
    shelf_life_minutes: int
    qc_minutes: int
    vial_kbq_max: int
    loss_fraction: float
    concentration_mbq_per_ml: float | None
    reference_minutes: int
    shelf_life_from_reference: bool
    fill_volume_ul_min: int | None
    fill_volume_ul_max: int | None
    transport_cel_min: float | None
    transport_cel_max: float | None

    @property
    def labels(self) -> tuple[str, ...]:
        """Its nuclide."""
        return (self.nuclide.value,)

    @property
    def seen_by(self) -> tuple[str, ...]:
        """The sponsors it names."""
        return self.partners


@dataclass(frozen=True, slots=True)
class Facility(Content):
    """A place where runs are made."""

    time_zone: str
    qc_sessions: tuple[WeeklyWindow, ...]
    closed_dates: tuple[date | None, ...]


@dataclass(frozen=True, slots=True)
class Line(Content):
    """Equipment that makes runs."""

    facility: str
    products: tuple[str, ...]
    shifts: tuple[WeeklyWindow, ...]
    cleaning_minutes: int
    changeover_minutes: int
    run_capacity: Capacity
    closed_dates: tuple[date | None, ...]

    @property
    def references(self) -> tuple[tuple[str, str], ...]:
        """Its facility, and the products it can make."""
        return (("name", self.facility), *((f"products[{n}]", name) for n, name in enumerate(self.products)))


@dataclass(frozen=True, slots=True)
class Site(Content):
    """A treatment centre."""

    region: str
    time_zone: str
    partners: tuple[str, ...]
    licences: tuple[Licence, ...]
    weekly_windows: tuple[WeeklyWindow, ...]
    dated_windows: tuple[DatedWindow, ...]
    closed_dates: tuple[date | None, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Its region."""
        return (self.region,) if self.region else ()

    @property
    def seen_by(self) -> tuple[str, ...]:
        """The sponsors it names."""
        return self.partners


@dataclass(frozen=True, slots=True)
class Lane(Content):
    """A validated way from a facility, or from any, to a centre."""

    facility: str
    site: str
    departures: tuple[Departure, ...]
    quantiles: tuple[Quantile, ...]
    promised_percentile: int | None
    transit_minutes: int | None
    valid_until: datetime | None

    @property
    def references(self) -> tuple[tuple[str, str], ...]:
        """Its two ends."""
        start = (("facility", self.facility),) if self.facility else ()
        return (*start, ("site", self.site))

    @property
    def seen_through(self) -> str:
        """The centre: who may send doses there may know the way."""
        return self.site


@dataclass(frozen=True, slots=True)
class Agreement(Content):
    """What a sponsor has pre-booked of a product, and by which rules it forecasts."""

    partner: str
    product: str
    allotment: tuple[str, Capacity] | None  # `per_run` or `per_week`, and how much
    valid_from: datetime | None
    valid_until: datetime | None

    @property
    def references(self) -> tuple[tuple[str, str], ...]:
        """Its product."""
        return (("product", self.product),)

    @property
    def labels(self) -> tuple[str, ...]:
        """The sponsor."""
        return (self.partner,)

    @property
    def seen_by(self) -> tuple[str, ...]:
        """The sponsor."""
        return (self.partner,)
