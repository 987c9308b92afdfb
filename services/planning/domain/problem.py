"""The problem of a plan: every run that could be made, and whom it could serve.

Time is made discrete here: a shift offers a few starts (at its beginning, when isotope arrives, after earlier runs of
the shift, and as late as possible). A delivery is used in whole shares, thousandths of it. Everything else is as it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil, floor
from zoneinfo import ZoneInfo

from services.kernel.activity import Nuclide
from services.kernel.calendar import Span, Weekly, occurrences
from services.network import Line, Product
from services.planning.domain.demand import Bucket, buckets_of
from services.planning.domain.resources import IsotopeSupply, OpenRun, World
from services.planning.domain.routing import DoseRouting, Session, dose_kbq

SHARES = 1000
STARTS_MAX = 24
_MINUTE = timedelta(minutes=1)
_ALL_DAY = (Weekly(frozenset(range(1, 8)), datetime.min.time(), datetime.min.time()),)
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class PooledDemand:
    """Buckets that are served alike: of one product, region and week, with the same centres."""

    product: str
    region: str
    week: date
    sites: tuple[str, ...]
    buckets: tuple[Bucket, ...]
    firm: int
    doses: int


@dataclass(frozen=True, slots=True)
class Opening:
    """A run that a line could make. `doses`: which demand (by number) it can serve, and a dose's reference activity."""

    line: str
    product: str
    start_at: datetime
    end_of_synthesis_at: datetime
    session: Session | None
    doses: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An opening with the delivery that it would use, of which a share gives `kbq_per_share` at its end."""

    number: int
    opening: Opening
    delivery: str
    kbq_per_share: float
    shares_max: int
    vials_max: int

    def kbq(self, shares: int) -> int:
        """What so many shares would pledge, rounded down."""
        return floor(self.kbq_per_share * shares)

    def shares_for(self, kbq: int) -> int:
        """The least shares that give so much."""
        shares = ceil(kbq / self.kbq_per_share)
        while self.kbq(shares) < kbq:  # a rounding below the last digit
            shares += 1
        return shares


@dataclass(frozen=True, slots=True)
class Supply:
    """A run that is there already, and what it can serve."""

    run: OpenRun
    opening: Opening


@dataclass(frozen=True, slots=True)
class PlanningProblem:
    """What the solver and the greedy planner are both given."""

    world: World
    buckets: tuple[Bucket, ...]
    demands: tuple[PooledDemand, ...]
    openings: tuple[Opening, ...]
    candidates: tuple[Candidate, ...]
    supplies: tuple[Supply, ...]
    shares_left: Mapping[str, int]  # of each delivery
    places_left: Mapping[Session, int]
    # Doses that the centres of a region can receive in a week; regions without limit are left out.
    receiving: Mapping[tuple[str, date], int]


def problem_of(world: World, routes: DoseRouting) -> PlanningProblem:
    """Works out every run that could be made for the world's demand."""
    buckets = buckets_of(world)
    demands = _demands(world, buckets)
    reach = _Reach(world, routes, demands)
    lines = {line.name: line for line in world.lines}
    supplies = tuple(
        Supply(run, opening)
        for run in world.open_runs
        if run.line in lines and (opening := reach.opening(lines[run.line], run.product, start_of(run, lines)))
    )
    openings = tuple(_openings(world, reach))
    return PlanningProblem(
        world,
        buckets,
        demands,
        openings,
        tuple(_candidates(world, openings, lines)),
        supplies,
        _shares_left(world, lines),
        _places_left(world, lines, routes),
        _receiving(routes, demands),
    )


def shifts_of(world: World, line: Line) -> list[Span]:
    """When a line works over the horizon."""
    facility = next((each for each in world.facilities if each.name == line.facility), None)
    zone, closed = (facility.zone, facility.closed) if facility else (_UTC, frozenset[date]())
    return occurrences(line.shifts or _ALL_DAY, zone, closed | line.closed, world.from_at, world.until_at)


def lines_planned(world: World) -> list[Line]:
    """The lines that a plan may use."""
    return [line for line in world.lines if world.facility in ("", line.facility)]


def sites_for(world: World, bucket: Bucket) -> tuple[str, ...]:
    """The centres that could administer a bucket's doses."""
    return tuple(
        site.name for site in world.sites if bucket.region in ("", site.region) and bucket.partner in site.partners
    )


def starts_in(span: Span, line: Line, arrivals: Iterable[datetime]) -> list[datetime]:
    """The starts that a shift offers, at most STARTS_MAX."""
    # A line that works at any time may go on with a run after midnight.
    last = span.end_at - (line.run if line.shifts else _MINUTE)
    if last < span.start_at:
        return []
    found = {last} if line.shifts else set()
    for base in (span.start_at, *(at for at in arrivals if span.start_at < at <= last)):
        at: datetime | None = base
        while at is not None and len(found) < STARTS_MAX:
            found.add(at)
            # The next as if another product followed; only where that is too late, as if the same did.
            ends = (at + line.run + gap for gap in (max(line.changeover, line.cleaning), line.cleaning))
            at = next((end for end in ends if end <= last), None)
    return sorted(found)


class _Reach:
    """Which demand a run could serve."""

    def __init__(self, world: World, routes: DoseRouting, demands: Sequence[PooledDemand]) -> None:
        self._routes = routes
        self._products = {product.name: product for product in world.products}
        self._numbers: dict[str, dict[tuple[str, ...], dict[date, list[int]]]] = defaultdict(dict)
        for number, demand in enumerate(demands):
            weeks = self._numbers[demand.product].setdefault(demand.sites, defaultdict(list))
            weeks[demand.week].append(number)

    def opening(self, line: Line, product: str, start_at: datetime) -> Opening | None:
        """The run of a product that starts then, if it can serve any demand."""
        made = self._products.get(product)
        if made is None or product not in self._numbers:
            return None
        end_at = start_at + line.run
        release = self._routes.release(line.facility, made, end_at)
        doses = self._doses(line, made, end_at, release.at) if release else None
        return Opening(line.name, product, start_at, end_at, release.session, doses) if release and doses else None

    def _doses(self, line: Line, product: Product, end_at: datetime, released_at: datetime) -> dict[int, int]:
        found = {}
        for sites, by_week in self._numbers[product.name].items():
            earliest = self._routes.administrations(line.facility, product, end_at, released_at, sites)
            for week, administered_at in earliest.items():
                kbq = dose_kbq(product, administered_at, end_at) if week in by_week else None
                if kbq is not None:
                    found.update(dict.fromkeys(by_week[week], kbq))
        return found


def _demands(world: World, buckets: Sequence[Bucket]) -> tuple[PooledDemand, ...]:
    known: dict[tuple[str, str], tuple[str, ...]] = {}
    alike: dict[tuple[str, str, date, tuple[str, ...]], list[Bucket]] = defaultdict(list)
    for bucket in buckets:
        key = (bucket.partner, bucket.region)
        if key not in known:
            known[key] = sites_for(world, bucket)
        alike[bucket.product, bucket.region, bucket.week, known[key]].append(bucket)
    return tuple(
        PooledDemand(
            product, region, week, sites, tuple(found), sum(each.firm for each in found), sum(e.doses for e in found)
        )
        for (product, region, week, sites), found in sorted(alike.items())
    )


def _openings(world: World, reach: _Reach) -> Iterable[Opening]:
    for line in lines_planned(world):
        busy = [(start_of(run, {line.name: line}), run) for run in world.open_runs if run.line == line.name]
        arrivals = sorted({_whole_minute(d.arrival_at) for d in world.deliveries if d.facility == line.facility})
        apart = line.run + max(line.cleaning, line.changeover)
        for span in shifts_of(world, line):
            near = [each for each in busy if span.start_at - apart < each[0] < span.end_at + apart]
            for start_at in starts_in(span, line, arrivals):
                if start_at < world.from_at:
                    continue
                for product in sorted(line.products):
                    if _free(line, product, start_at, near) and (found := reach.opening(line, product, start_at)):
                        yield found


def _free(line: Line, product: str, start_at: datetime, busy: Sequence[tuple[datetime, OpenRun]]) -> bool:
    return all(
        start_at >= run.end_of_synthesis_at + line.gap(run.product, product)
        or start_at + line.run + line.gap(run.product, product) <= from_at
        for from_at, run in busy
    )


def _candidates(world: World, openings: Iterable[Opening], lines: Mapping[str, Line]) -> Iterable[Candidate]:
    products = {product.name: product for product in world.products}
    stock: dict[tuple[str, Nuclide], list[IsotopeSupply]] = defaultdict(list)
    for delivery in world.deliveries:
        stock[delivery.facility, delivery.nuclide].append(delivery)
    number = 0
    for opening in openings:
        line = lines[opening.line]
        for delivery in stock[line.facility, products[opening.product].nuclide]:
            if not delivery.usable_at(opening.start_at):
                continue
            per_share = delivery.yields_mbq(opening.start_at, opening.end_of_synthesis_at) * 1000.0 / SHARES
            fits = per_share * SHARES <= line.run_capacity.kbq  # asked first: of next to nothing, nothing is a share
            shares_max = SHARES if fits else floor(line.run_capacity.kbq / per_share)
            if shares_max and per_share * shares_max >= min(opening.doses.values()):
                yield Candidate(number, opening, delivery.name, per_share, shares_max, line.run_capacity.vials)
                number += 1


def _shares_left(world: World, lines: Mapping[str, Line]) -> dict[str, int]:
    left = {delivery.name: float(SHARES) for delivery in world.deliveries}
    deliveries = {delivery.name: delivery for delivery in world.deliveries}
    for run in world.open_runs:
        delivery = deliveries.get(run.delivery)
        if delivery is not None and run.line in lines:
            start_at = start_of(run, lines)
            whole_mbq = delivery.yields_mbq(start_at, run.end_of_synthesis_at)
            left[delivery.name] -= SHARES * run.pledged.kbq / (whole_mbq * 1000.0)
    # The shares of a run come back from its pledge with a rounding error; without the margin one would get lost.
    return {name: max(0, floor(shares + 1e-6)) for name, shares in left.items()}


def _places_left(world: World, lines: Mapping[str, Line], routes: DoseRouting) -> dict[Session, int]:
    """What open runs leave of the sessions that count."""
    products = {product.name: product for product in world.products}
    left: dict[Session, int] = {}
    for run in world.open_runs:
        if run.line in lines and run.product in products:
            release = routes.release(lines[run.line].facility, products[run.product], run.end_of_synthesis_at)
            if release and (session := release.session):
                left[session] = max(0, left.get(session, session.places) - run.pledged.vials)
    return left


def _receiving(routes: DoseRouting, demands: Iterable[PooledDemand]) -> dict[tuple[str, date], int]:
    sites: dict[tuple[str, date], set[str]] = defaultdict(set)
    for demand in demands:
        sites[demand.region, demand.week].update(demand.sites)
    found = {key: routes.places_by_week(sorted(names), key[1]) for key, names in sites.items()}
    return {key: places for key, places in found.items() if places is not None}


def start_of(run: OpenRun, lines: Mapping[str, Line]) -> datetime:
    """When a run that is there already starts."""
    return run.end_of_synthesis_at - lines[run.line].run


def _whole_minute(at: datetime) -> datetime:
    down = at.replace(second=0, microsecond=0)
    return down if down == at else down + _MINUTE
