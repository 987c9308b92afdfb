"""What a plan covers can be claimed, dose by dose: planning and the ledger reckon with the same network."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from doselane.capacity.v1 import capacity_pb2
from doselane.planning.v1 import forecast_pb2, planning_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2
from google.type.date_pb2 import Date
from google.type.interval_pb2 import Interval

from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.kernel.timestamps import instant, stamp
from services.planning.store import proposals
from tests.support.gateway import Desk
from tests.support.random_networks import RandomNetwork, a_network

NETWORKS, WEEKS = 14, 2
# As planning takes it: a dose is administered so long after it was delivered.
PREPARATION = timedelta(hours=1)


class Dose(NamedTuple):
    """One dose that a plan covers: of a run, for a sponsor, in a region and a week."""

    run: str
    partner: str
    product: str
    region: str
    week: date


async def test_every_dose_that_an_accepted_plan_covers_can_be_claimed(desk: Desk) -> None:
    chance = Random(20261125)
    networks = [a_network(chance, number, desk.now) for number in range(NETWORKS)]
    for each in networks:
        await desk.import_master_data(json.dumps(each.resources))
        await _expected(desk, each)
    doses = await _covered(desk, await _accepted(desk))
    sites = {site["region"]: [] for each in networks for site in each.resources["sites"]}
    for each in networks:
        for site in each.resources["sites"]:
            sites[site["region"]].append(site["name"])
    seen: Counter[str] = Counter()
    for dose in doses:
        seen[await _claimed(desk, dose, sites[dose.region])] += 1
    assert set(seen) == {"claimed"}, seen
    # Some centres can be reached by none but a carrier that refuses class 7, and nothing was planned for those.
    closed = {region for each in networks for region in _closed_to_class_7(each)}
    assert len(doses) > 100 and closed and not closed & {dose.region for dose in doses}, (len(doses), closed)


async def _expected(desk: Desk, network: RandomNetwork) -> None:
    """Forecasts of the network's sponsors, and isotope for every day."""
    first = _first_week(desk)
    for partner, region in network.regions:
        weeks = [
            forecast_pb2.ForecastWeek(week_start_date=_date(first + timedelta(weeks=week)), doses=4)
            for week in range(WEEKS)
        ]
        forecast = forecast_pb2.Forecast(partner=partner, product=network.product, region=region, weeks=weeks)
        request = forecast_pb2.SubmitForecastRequest(forecast=forecast, request_id=str(uuid7()))
        await desk.until(lambda request=request: desk.call("ForecastService/SubmitForecast", request, desk.staff))
    for day in range(-1, 7 * WEEKS, 2):
        arrival_at = datetime.combine(first + timedelta(days=day), datetime.min.time(), UTC)
        delivery = planning_pb2.IsotopeDelivery(
            facility=network.facility,
            nuclide=type_pb2.Nuclide.Value(f"NUCLIDE_{network.nuclide}"),
            calibration=type_pb2.Activity(activity_mbq=network.activity_mbq * 200, time=stamp(arrival_at)),
            arrival_time=stamp(arrival_at),
            use_by_time=stamp(arrival_at + timedelta(hours=48)),
            yield_fraction=0.8,
        )
        request = planning_pb2.CreateIsotopeDeliveryRequest(isotope_delivery=delivery, request_id=str(uuid7()))
        await desk.until(
            lambda request=request: desk.call("PlanningService/CreateIsotopeDelivery", request, desk.staff)
        )


async def _accepted(desk: Desk) -> planning_pb2.Proposal:
    """A plan for all networks, whose runs slotting has heard of."""
    ask = planning_pb2.ProposePlanRequest(
        horizon_start_date=_date(_first_week(desk)), weeks=WEEKS, solve_seconds_max=5, request_id=str(uuid7())
    )
    name = (await desk.call("PlanningService/ProposePlan", ask, desk.staff)).name
    watch = planning_pb2.WatchProposalRequest(name=name)
    steps = [step async for step in desk.stream("PlanningService/WatchProposal", watch, desk.staff)]
    proposal = steps[-1].proposal
    assert proposal.state == planning_pb2.Proposal.READY, proposal.failure
    accept = planning_pb2.AcceptProposalRequest(name=name, etag=proposal.etag, request_id=str(uuid7()))
    accepted = await desk.until(lambda: desk.call("PlanningService/AcceptProposal", accept, desk.staff))
    for run in accepted.runs:
        opened = await desk.call("CapacityService/GetRun", capacity_pb2.GetRunRequest(name=run.run), desk.staff)
        assert opened.state == capacity_pb2.Run.OPEN
        availability = slotting_pb2.GetAvailabilityRequest(name=f"{run.run}/availability")
        free = await desk.until(lambda a=availability: _some(desk, a))
        assert free
    return accepted


async def _some(desk: Desk, availability: slotting_pb2.GetAvailabilityRequest) -> bool:
    found = await desk.call("SlottingService/GetAvailability", availability, desk.staff)
    assert found.pool_free.vials
    return True


async def _covered(desk: Desk, proposal: planning_pb2.Proposal) -> list[Dose]:
    """Dose by dose, as planning dealt them out."""
    async with desk.gateway.databases["planning"].transaction() as conn:
        served = await proposals.serves(conn, proposal.name)
    names = {run.id: run.run for run in proposal.runs}
    doses = [
        Dose(names[run], bucket.partner, bucket.product, bucket.region, bucket.week)
        for run, buckets in served.items()
        for bucket, count in buckets
        for _ in range(count)
    ]
    assert len(doses) == sum(each.covered_doses for each in proposal.coverage)
    return doses


async def _claimed(desk: Desk, dose: Dose, sites: list[str]) -> str:
    """Claims the dose where it arrives first; why not, if it is refused."""
    reasons: Counter[str] = Counter()
    offers = []
    for site in sites:
        try:
            found = await desk.call("SlottingService/SearchOffers", _search(dose, site), desk.sponsor(dose.partner))
        except GatewayError as refusal:
            reasons[refusal.reason] += 1
            continue
        offers += [offer for offer in found.offers if _administration(offer) < _ends(dose)]
        reasons.update({each.reason: each.count for each in found.rejections})
    # Offers are of doses given on arrival; an hour later, one may be too hot for the centre's licence.
    for offer in sorted(offers, key=_administration):
        claim = slotting_pb2.ClaimSlotRequest(demand=_demand(dose, offer), request_id=str(uuid7()))
        try:
            await desk.call("SlottingService/ClaimSlot", claim, desk.sponsor(dose.partner))
        except GatewayError as refusal:
            reasons[refusal.reason] += 1
        else:
            return "claimed"
    return f"{dose}: {dict(reasons)}"


def _search(dose: Dose, site: str) -> slotting_pb2.SearchOffersRequest:
    # A dose is administered after it was delivered, which may be the evening before.
    interval = Interval(start_time=stamp(_begins(dose) - PREPARATION), end_time=stamp(_ends(dose)))
    return slotting_pb2.SearchOffersRequest(
        product=dose.product, site=site, runs=[dose.run], administration_interval=interval, page_size=1000
    )


def _demand(dose: Dose, offer: Any) -> slotting_pb2.SlotDemand:
    return slotting_pb2.SlotDemand(
        run=dose.run,
        site=offer.site,
        lane=offer.lane,
        departure_time=offer.departure_time,
        administration=type_pb2.Activity(
            activity_mbq=offer.administration_activity_mbq, time=stamp(_administration(offer))
        ),
        order_reference="PLANNED",
    )


def _administration(offer: Any) -> datetime:
    prepared_at = instant(offer.delivery_interval.end_time, "end_time") + PREPARATION
    # Later, where a dose given at once would have too small a volume.
    return max(prepared_at, instant(offer.administration_time, "administration_time"))


def _begins(dose: Dose) -> datetime:
    return datetime.combine(dose.week, datetime.min.time(), UTC)


def _ends(dose: Dose) -> datetime:
    return _begins(dose) + timedelta(weeks=1)


def _closed_to_class_7(network: RandomNetwork) -> Iterator[str]:
    open_sites = {
        lane["site"] for lane in network.resources["lanes"] if all(leg["acceptsClass7"] for leg in lane["legs"])
    }
    regions = {site["region"] for site in network.resources["sites"]}
    yield from regions - {site["region"] for site in network.resources["sites"] if site["name"] in open_sites}


def _first_week(desk: Desk) -> date:
    today = desk.now.date()
    return today - timedelta(days=today.weekday()) + timedelta(weeks=1)


def _date(day: date) -> Date:
    return Date(year=day.year, month=day.month, day=day.day)
