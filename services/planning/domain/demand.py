"""Demand by sponsor, product, region and week: what is forecast, and what of it is firm."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from services.network import Agreement, Capacity, Product
from services.planning.domain.resources import World
from services.planning.domain.routing import dose_kbq
from services.planning.domain.weeks import WEEK, starts_at


@dataclass(frozen=True, slots=True, order=True)
class Bucket:
    """One week's demand of a sponsor for a product in a region; a pre-booking beyond every forecast has no region."""

    partner: str
    product: str
    region: str
    week: date
    firm: int = 0
    doses: int = 0


def buckets_of(world: World) -> tuple[Bucket, ...]:
    """All demand of the horizon. Doses are those to be administered in the week, firm ones included."""
    weeks = set(world.week_starts)
    forecast: dict[tuple[str, str, date], list[Bucket]] = defaultdict(list)
    for each in world.forecasts:
        if each.week in weeks and each.doses > 0:
            bucket = Bucket(
                each.partner, each.product, each.region, each.week, each.doses if each.firm else 0, each.doses
            )
            forecast[each.partner, each.product, each.week].append(bucket)
    products = {product.name: product for product in world.products}
    by_whom: dict[tuple[str, str], list[Agreement]] = defaultdict(list)
    for agreement in world.agreements:
        by_whom[agreement.partner, agreement.product].append(agreement)
    for (partner, product), agreements in by_whom.items():
        for week in world.week_starts:
            key = (partner, product, week)
            _book(forecast, key, *_booked(agreements, products.get(product), week))
    return tuple(sorted(bucket for found in forecast.values() for bucket in found))


def _booked(agreements: Iterable[Agreement], product: Product | None, week: date) -> tuple[int, int]:
    """Doses that agreements pre-book in a week: whatever is forecast, and only as far as something is."""
    at_any_rate = with_forecast = 0
    for agreement in agreements:
        if product is not None and agreement.in_force(starts_at(week), starts_at(week) + WEEK):
            at_any_rate += doses_in(agreement.per_week, product, week)
            # A week without a run pre-books nothing; where doses are forecast, there is at least one run to be made.
            with_forecast += doses_in(agreement.per_run, product, week)
    return at_any_rate, with_forecast


def doses_in(capacity: Capacity | None, product: Product, week: date) -> int:
    """How many ordinary doses a pre-booked capacity is at most: given right after quality control.

    It is reference activity: a dose takes more of it than is administered, by its losses and by the decay until then.
    """
    if capacity is None:
        return 0
    end_at = starts_at(week)  # whichever instant: only the time that passes matters to decay
    kbq = dose_kbq(product, end_at + product.qc_lasting, end_at)
    return min(capacity.vials, capacity.kbq // kbq) if kbq else 0


def _book(
    forecast: dict[tuple[str, str, date], list[Bucket]],
    key: tuple[str, str, date],
    at_any_rate: int,
    with_forecast: int,
) -> None:
    """Makes pre-booked doses firm: first those that are forecast, by region; what is left has no region."""
    found = sorted(forecast.get(key, ()), key=lambda bucket: bucket.region)
    booked, expected = at_any_rate + with_forecast, sum(bucket.doses for bucket in found)
    # What a frozen or firm week has made firm already counts towards what is booked.
    missing = min(booked, expected) - sum(bucket.firm for bucket in found)
    for place, bucket in enumerate(found):
        more = max(0, min(missing, bucket.doses - bucket.firm))
        found[place] = replace(bucket, firm=bucket.firm + more)
        missing -= more
    beyond = at_any_rate - expected
    if beyond > 0:
        partner, product, week = key
        found.append(Bucket(partner, product, "", week, beyond, beyond))
    if found:
        forecast[key] = found


def totals(buckets: Iterable[Bucket], covered: Mapping[Bucket, int]) -> tuple[int, int, int, int]:
    """Firm doses covered and all, forecast doses covered and all. Of what is covered, firm doses come first."""
    firm_covered = firm = doses_covered = doses = 0
    for bucket in buckets:
        got = covered.get(bucket, 0)
        firm_covered, firm = firm_covered + min(got, bucket.firm), firm + bucket.firm
        doses_covered, doses = doses_covered + got, doses + bucket.doses
    return firm_covered, firm, doses_covered, doses
