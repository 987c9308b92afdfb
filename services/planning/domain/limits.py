"""Every limit of a plan, checked from the world itself: nothing that a planner or a solver worked out is trusted."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from services.network import Capacity, Line, Product
from services.planning.domain.demand import Bucket, buckets_of
from services.planning.domain.plan import PlannedRun, RunPlan
from services.planning.domain.problem import shifts_of, sites_for
from services.planning.domain.resources import IsotopeSupply, World
from services.planning.domain.routing import DoseRouting, Session, dose_kbq

# A whole delivery used to its last kilobecquerel may exceed it by the rounding of its shares.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Broken:
    """A limit that a run breaks: which run, which field is at fault, why for programs, why for people."""

    run: str
    field: str
    reason: str
    sentence: str


def broken_limits(world: World, routes: DoseRouting, plan: RunPlan) -> list[Broken]:
    """All limits that a plan breaks, by run."""
    known = _Known(world)
    found = [broken for run in plan.runs for broken in _of_run(world, known, run)]
    good = [run for run in plan.runs if run.line in known.lines and run.product in known.products]
    found += _lines_busy(world, known, good)
    found += _deliveries(world, known, [run for run in good if run.delivery in known.deliveries])
    found += _doses(world, known, routes, good)
    found += _sessions(world, known, routes, good)
    found += _demand(world, routes, plan)
    return found


class _Known:
    """The world by name."""

    def __init__(self, world: World) -> None:
        self.products: Mapping[str, Product] = {each.name: each for each in world.products}
        self.lines: Mapping[str, Line] = {each.name: each for each in world.lines}
        self.deliveries: Mapping[str, IsotopeSupply] = {each.name: each for each in world.deliveries}
        self.shifts = {line.name: shifts_of(world, line) for line in world.lines}


def _of_run(world: World, known: _Known, run: PlannedRun) -> Iterator[Broken]:
    line, product = known.lines.get(run.line), known.products.get(run.product)
    if product is None:
        yield Broken(run.id, "product", "PRODUCT_UNKNOWN", f"{run.product} is not in the master data.")
    if line is None:
        yield Broken(run.id, "line", "LINE_UNKNOWN", f"{run.line} is not in the master data.")
        return
    if world.facility not in ("", line.facility):
        yield Broken(run.id, "line", "LINE_UNKNOWN", f"{run.line} is not at {world.facility}, which is planned here.")
    if product is not None and run.product not in line.products:
        yield Broken(run.id, "line", "NOT_QUALIFIED", f"{run.line} is not qualified for {run.product}.")
    if run.start_at - world.claim_cutoff <= world.now:
        yield Broken(run.id, "start_time", "IN_THE_PAST", "The run would stop taking claims before now.")
    if run.start_at >= world.until_at:
        yield Broken(run.id, "start_time", "OUTSIDE_HORIZON", "The run starts after the last week.")
    if not _in_shift(known, line, run.start_at):
        yield Broken(run.id, "start_time", "OUTSIDE_SHIFT", f"{run.line} has no shift that holds the whole run.")
    if run.pledged.kbq < 1 or run.pledged.vials < 1:
        yield Broken(run.id, "pledged", "PLEDGE_MISSING", "A run pledges activity and at least one vial.")
    if not line.run_capacity.covers(run.pledged):
        most = f"{line.run_capacity.kbq} kBq and {line.run_capacity.vials} vials"
        yield Broken(run.id, "pledged", "RUN_CAPACITY", f"A run of {run.line} yields at most {most}.")
    delivery = known.deliveries.get(run.delivery)
    if delivery is None:
        yield Broken(run.id, "isotope_delivery", "DELIVERY_UNKNOWN", "There is no such delivery, or it is cancelled.")
    elif product is not None and not _fits(delivery, line, product):
        yield Broken(
            run.id, "isotope_delivery", "DELIVERY_ELSEWHERE", "The delivery is of another nuclide or facility."
        )
    elif not delivery.usable_at(run.start_at):
        yield Broken(run.id, "isotope_delivery", "DELIVERY_NOT_USABLE", "The delivery cannot be used at the start.")


def _fits(delivery: IsotopeSupply, line: Line, product: Product) -> bool:
    return delivery.facility == line.facility and delivery.nuclide is product.nuclide


def _in_shift(known: _Known, line: Line, start_at: datetime) -> bool:
    if not line.shifts:
        # Whole days; a run may go on after midnight, into a day on which the line works too or not.
        return any(span.start_at <= start_at < span.end_at for span in known.shifts[line.name])
    return any(span.start_at <= start_at and start_at + line.run <= span.end_at for span in known.shifts[line.name])


def _lines_busy(world: World, known: _Known, runs: Sequence[PlannedRun]) -> Iterator[Broken]:
    by_line: dict[str, list[tuple[datetime, datetime, str, str, bool]]] = defaultdict(list)
    for run in runs:
        line = known.lines[run.line]
        by_line[run.line].append((run.start_at, run.start_at + line.run, run.product, run.id, True))
    for open_run in world.open_runs:
        if open_run.line in known.lines:
            start_at = open_run.end_of_synthesis_at - known.lines[open_run.line].run
            entry = (start_at, open_run.end_of_synthesis_at, open_run.product, open_run.name, False)
            by_line[open_run.line].append(entry)
    for name, entries in by_line.items():
        # Neighbours suffice: who comes too close to a run further away comes too close to one in between.
        entries.sort()
        for before, after in pairwise(entries):
            free_at = before[1] + known.lines[name].gap(before[2], after[2])
            if after[0] < free_at and (before[4] or after[4]):
                late, early = (after, before) if after[4] else (before, after)
                sentence = f"{name} is taken by {early[3]}; it is free again at {free_at:%Y-%m-%d %H:%M} UTC."
                yield Broken(late[3], "start_time", "LINE_BUSY", sentence)


def _deliveries(world: World, known: _Known, runs: Sequence[PlannedRun]) -> Iterator[Broken]:
    used: dict[str, float] = defaultdict(float)
    of_runs: dict[str, list[str]] = defaultdict(list)
    for each in world.open_runs:
        if each.delivery in known.deliveries and each.line in known.lines:
            end_at = each.end_of_synthesis_at
            delivery = known.deliveries[each.delivery]
            used[each.delivery] += each.pledged.kbq / whole_kbq(delivery, end_at - known.lines[each.line].run, end_at)
    for run in runs:
        # What is not usable then is said already, and so far from its arrival its decay may mean nothing any more.
        if not known.deliveries[run.delivery].usable_at(run.start_at):
            continue
        most_kbq = whole_kbq(known.deliveries[run.delivery], run.start_at, run.start_at + known.lines[run.line].run)
        used[run.delivery] += run.pledged.kbq / most_kbq
        of_runs[run.delivery].append(run.id)
    for name, ids in of_runs.items():
        if used[name] > 1.0 + ROUNDING:
            arriving = known.deliveries[name].arriving_mbq
            sentence = (
                f"{name} has {arriving:.0f} MBq on arrival; its runs use {used[name] * arriving:.0f} MBq of that."
            )
            yield from (Broken(run_id, "isotope_delivery", "DELIVERY_OVERUSED", sentence) for run_id in ids)


def whole_kbq(delivery: IsotopeSupply, start_at: datetime, end_at: datetime) -> float:
    """What a run of these instants would yield if it took the whole delivery."""
    return delivery.yields_mbq(start_at, end_at) * 1000.0


def _sessions(world: World, known: _Known, routes: DoseRouting, runs: Sequence[PlannedRun]) -> Iterator[Broken]:
    """Quality control takes all vials of its runs, those of open runs too."""
    taken: Counter[Session] = Counter()
    of_runs: dict[Session, list[str]] = defaultdict(list)
    made = [(run.line, run.product, run.start_at + known.lines[run.line].run, run.pledged, run.id) for run in runs]
    there = [(run.line, run.product, run.end_of_synthesis_at, run.pledged, "") for run in world.open_runs]
    for name, product, end_at, pledged, run_id in (*made, *there):
        if name in known.lines and product in known.products:
            release = routes.release(known.lines[name].facility, known.products[product], end_at)
            if release and release.session:
                taken[release.session] += pledged.vials
                of_runs[release.session].append(run_id)
    for session, ids in of_runs.items():
        if taken[session] > session.places:
            when = f"{session.start_at:%Y-%m-%d %H:%M} UTC"
            sentence = f"Quality control takes {session.places} doses at {when}; {taken[session]} are pledged."
            yield from (Broken(run_id, "pledged", "QUALITY_CONTROL_FULL", sentence) for run_id in ids if run_id)


def _doses(world: World, known: _Known, routes: DoseRouting, runs: Sequence[PlannedRun]) -> Iterator[Broken]:
    """Each dose reaches a centre in its week, and all doses of a run fit into its pledge."""
    for run in runs:
        line, product = known.lines[run.line], known.products[run.product]
        end_at = run.start_at + line.run
        each = [bucket_kbq(world, routes, line, product, end_at, bucket) for bucket, _ in run.serves]
        if None in each:
            yield Broken(run.id, "runs", "REACHES_NOBODY", "A dose of it reaches no centre in its week.")
            continue
        kbq = sum((need or 0) * doses for need, (_, doses) in zip(each, run.serves, strict=True))
        vials = sum(doses for _, doses in run.serves)
        if not run.pledged.covers(Capacity(kbq, vials)):
            pledged = f"{run.pledged.kbq} kBq and {run.pledged.vials} vials"
            yield Broken(
                run.id, "pledged", "DOSES_EXCEED_PLEDGE", f"{vials} doses need {kbq} kBq; {pledged} are pledged."
            )


def bucket_kbq(
    world: World, routes: DoseRouting, line: Line, product: Product, end_at: datetime, bucket: Bucket
) -> int | None:
    """What a dose of a bucket needs of a run; None if it cannot reach a centre in its week."""
    release = routes.release(line.facility, product, end_at)
    if release is None or bucket.product != product.name:
        return None
    weeks = routes.administrations(line.facility, product, end_at, release.at, sites_for(world, bucket))
    return dose_kbq(product, weeks[bucket.week], end_at) if bucket.week in weeks else None


def _demand(world: World, routes: DoseRouting, plan: RunPlan) -> Iterator[Broken]:
    """No dose is covered twice, and no region receives more than it has places for."""
    wanted = set(buckets_of(world))
    received: Counter[tuple[str, date]] = Counter()
    sites: dict[tuple[str, date], set[str]] = defaultdict(set)
    for bucket in wanted:
        sites[bucket.region, bucket.week].update(sites_for(world, bucket))
    for bucket, doses in plan.covered().items():
        received[bucket.region, bucket.week] += doses
        if bucket not in wanted or doses > bucket.doses:
            sentence = f"{doses} doses are covered of {bucket.doses} for {bucket.partner}, {bucket.product}."
            yield Broken("", "runs", "COVERED_TWICE", sentence)
    for (region, week), doses in received.items():
        places = routes.places_by_week(sorted(sites[region, week]), week)
        if places is not None and doses > places:
            yield Broken("", "runs", "RECEIVING_FULL", f"{region} receives {places} doses in the week of {week}.")
