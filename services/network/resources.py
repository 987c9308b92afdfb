"""Products, facilities, lines, treatment centres, lanes and agreements, as every service reckons with them."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.kernel.activity import LIFE_MAX, Nuclide
from services.kernel.calendar import Span, Weekly

_UTC = ZoneInfo("UTC")


class Capacity(NamedTuple):
    """Reference activity (decay-corrected to end of synthesis) in whole kBq, and vials; summed as integers."""

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

    def most(self, other: "Capacity") -> "Capacity":
        """The larger of each figure."""
        return Capacity(max(self.kbq, other.kbq), max(self.vials, other.vials))

    def covers(self, other: "Capacity") -> bool:
        """True if `other` fits into this, in both figures."""
        return self.kbq >= other.kbq and self.vials >= other.vials

    @property
    def claimable(self) -> bool:
        """True if at least something could be claimed of it: a dose needs activity and a vial."""
        return self.kbq > 0 and self.vials > 0


NOTHING = Capacity(0, 0)


class ShelfLifeOrigin(IntEnum):
    """From when a shelf life counts; the numbers are those of doselane.masterdata.v1.Product.ShelfLifeOrigin."""

    END_OF_SYNTHESIS = 1
    MANUFACTURE = 2
    ACTIVITY_REFERENCE_TIME = 3


class DocumentKind(IntEnum):
    """A document of a pack; the numbers are those of doselane.type.v1.DocumentKind."""

    BATCH_RECORD = 1
    LABEL = 2
    DANGEROUS_GOODS_DECLARATION = 3
    CONSIGNMENT_NOTE = 4
    CERTIFICATE_OF_ANALYSIS = 5


class Product(NamedTuple):
    """A radioligand, which its sponsors alone may know and claim. What is None is not known, or not limited; whoever is
    not told that he may do without a person's assessment may not."""

    name: str
    nuclide: Nuclide
    partners: frozenset[str]
    activity_mbq_nominal: float  # of one ordinary dose, at administration
    activity_mbq_min: float | None = None
    activity_mbq_max: float | None = None
    shelf_life: timedelta = LIFE_MAX  # as it counts from the end of synthesis, whatever its origin
    qc_lasting: timedelta = timedelta(0)
    vial_kbq_max: int = 0
    loss_fraction: float = 0.0
    concentration_mbq_per_ml: float | None = None  # nominal, at the activity reference time
    reference_after: timedelta = timedelta(0)  # from the end of synthesis to the activity reference time
    fill_volume_ul_min: int | None = None
    fill_volume_ul_max: int | None = None
    shelf_life_origin: ShelfLifeOrigin = ShelfLifeOrigin.END_OF_SYNTHESIS
    specification: str = ""  # empty: none yet
    package: str = ""  # empty: not known
    assessed_before_dispatch: bool = True  # by a designated person
    certified_by_qualified_person: bool = True
    required_documents: frozenset[DocumentKind] = frozenset()
    transport_temperature_cel_min: float | None = None
    transport_temperature_cel_max: float | None = None

    def allows(self, activity_mbq: float) -> bool:
        """Whether a dose may have this activity at administration."""
        if self.activity_mbq_min is not None and activity_mbq < self.activity_mbq_min:
            return False
        return self.activity_mbq_max is None or activity_mbq <= self.activity_mbq_max


class Facility(NamedTuple):
    """Where runs are made. Without sessions quality control takes whatever comes, at any time."""

    name: str
    zone: ZoneInfo = _UTC
    qc_sessions: tuple[Weekly, ...] = ()
    closed: frozenset[date] = frozenset()


class Line(NamedTuple):
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


class Licence(NamedTuple):
    """A licence to receive a nuclide up to an activity, until an instant (exclusive)."""

    nuclide: Nuclide
    activity_mbq_max: float
    valid_until: datetime


class Site(NamedTuple):
    """A treatment centre; sponsors not in `partners` know of none. Without windows it receives at any time."""

    name: str
    partners: frozenset[str]
    licences: Sequence[Licence]
    windows: Sequence[Span] = ()  # at their own instants
    weekly: tuple[Weekly, ...] = ()
    zone: ZoneInfo = _UTC
    closed: frozenset[date] = frozenset()
    region: str = ""

    @property
    def receives_at_any_time(self) -> bool:
        """True if no window says otherwise."""
        return not (self.windows or self.weekly)


class Departure(NamedTuple):
    """A departure that takes place every week, in the facility's zone: `weekly.start` is when it leaves."""

    weekly: Weekly
    cutoff: timedelta  # before it leaves; from then on nothing is handed over


class LegMode(IntEnum):
    """How a dose travels; the numbers are those of doselane.masterdata.v1.Leg.Mode."""

    ROAD = 1
    AIR = 2
    HAND_OVER = 3


class Leg(NamedTuple):
    """A part of a lane. None, or empty: not known."""

    mode: LegMode | None
    carrier: str = ""
    class_7: bool = True
    minutes: int | None = None


def minutes_within(known: Sequence[tuple[int, int]], percentile: int) -> float:
    """The minutes within which so many per cent arrive: on the line between those that are `known` by percentile, both
    rising and at least one, and at its ends the nearest."""
    above = bisect_left(known, (percentile, 0))
    if above == len(known) or above == 0:
        return float(known[min(above, len(known) - 1)][1])
    (low, fewer), (high, more) = known[above - 1], known[above]
    return fewer + (more - fewer) * (percentile - low) / (high - low)


class Lane(NamedTuple):
    """A validated way to a centre. Without departures a dose leaves as soon as it is ready.

    `dispatch_minutes` are from the release by quality control to the hand-over; `transit_minutes` are the promised
    percentile's, `transit_minutes_min` the lowest measured.
    """

    name: str
    site: str
    dispatch_minutes: int
    transit_minutes: int
    valid_until: datetime
    facility: str = ""  # empty: it starts at any
    departures: tuple[Departure, ...] = ()
    transit_minutes_min: int = 0
    class_7: bool = True  # whether every carrier on it accepts radioactive material
    legs: tuple[Leg, ...] = ()
    quantiles: tuple[tuple[int, int], ...] = ()  # percentile and minutes, both rising; empty: `transit_minutes` alone
    promised_percentile: int | None = None  # whose minutes `transit_minutes` are; None: nobody said

    @property
    def carrier(self) -> str:
        """Who carries a dose first; empty if nobody said."""
        return next((leg.carrier for leg in self.legs if leg.carrier), "")

    def quantile_minutes(self, percentile: int) -> float:
        """The minutes within which so many per cent arrive, by what the lane says."""
        return minutes_within(self.quantiles or ((percentile, self.transit_minutes),), percentile)

    @property
    def dispatch(self) -> timedelta:
        """From the release by quality control to the hand-over."""
        return timedelta(minutes=self.dispatch_minutes)

    @property
    def transit(self) -> timedelta:
        """How long the way takes, as promised."""
        return timedelta(minutes=self.transit_minutes)


class Agreement(NamedTuple):
    """What a sponsor has pre-booked of a product, in each run or in each week, from an instant until before another."""

    name: str
    partner: str
    product: str
    per_run: Capacity | None
    per_week: Capacity | None
    release_back: timedelta
    valid_from: datetime
    valid_until: datetime
    frozen_weeks: int = 0
    firm_weeks: int = 0
    firm_change_fraction: float = 0.0
    standby_priority: int = 0

    def in_force(self, from_at: datetime, until_at: datetime) -> bool:
        """Whether it is in force at some instant of [from_at, until_at)."""
        return self.valid_from < until_at and from_at < self.valid_until


Resource = Product | Facility | Line | Site | Lane | Agreement


class ResourceVersion(NamedTuple):
    """A version of a resource. `deleted`: it is the one that ends it, and tells the resource as it was before.

    `document` is the resource as published: the message of its kind, encoded.
    """

    name: str
    kind: str  # product, facility, line, site, lane or agreement
    version: int
    resource: Resource
    deleted: bool
    document: bytes
