"""What a week of shipments took is promised in offers once a planner says so; denials say which offers come first."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from doselane.clock.v1 import clock_pb2
from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1 import distribution_pb2, lane_pb2, shipment_pb2
from doselane.masterdata.v1 import transit_proposal_pb2 as proposals
from doselane.slotting.v1 import slotting_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.interval_pb2 import Interval

from services.kernel.ids import uuid7
from services.kernel.timestamps import instant, stamp
from services.local.world import CENTRES, MANUFACTURER, PARCEL, PLANNER_SCOPES, VAN
from tests.support.gateway import Desk

LANE = "lanes/to-lakeside-clinic"  # promises its 95th percentile, 280 minutes; leaves at 6:30, 12:30 and 17:30
BALTIMORE = ZoneInfo("America/New_York")
TOOK = timedelta(minutes=660)
DAYS = 7
Search = Callable[[], Awaitable[slotting_pb2.SearchOffersResponse]]


async def test_what_a_week_of_shipments_took_is_offered_once_a_planner_says_so(desk: Desk) -> None:
    for day in range(DAYS):
        await _delivered_late(desk, day)
    run, until_at = await _a_run(desk), desk.now + timedelta(hours=96)  # two mornings at least
    search = partial(_offers, desk, run, until_at)
    before = await search()
    assert {_minutes(each) for each in before.offers} == {280}
    proposal = await desk.until(partial(_proposed, desk))
    assert {_minutes(each) for each in (await search()).offers} == {280}  # nothing changes by itself

    request = proposals.AcceptTransitProposalRequest(name=proposal.name, request_id=str(uuid7()), reason="as measured")
    accepted = await desk.call("TransitProposalService/AcceptTransitProposal", request, desk.staff)
    assert accepted.lane.transit_minutes == proposal.transit_minutes > 380
    after = await desk.until(partial(_slower, search, proposal.transit_minutes))
    # Later deliveries, and none of the evening: the centre has closed by then.
    assert _hours(before.offers) == {6, 12, 17} and _hours(after.offers) == {6, 12}
    assert "SITE_WINDOW" in {each.reason for each in after.rejections} - {each.reason for each in before.rejections}
    earlier = {each.departure_time.seconds: each for each in before.offers}
    for each in after.offers:
        was = earlier[each.departure_time.seconds]
        assert each.delivery_activity_mbq == each.administration_activity_mbq
        assert each.slack_minutes == was.slack_minutes - (proposal.transit_minutes - 280)
        assert each.decayed_fraction > was.decayed_fraction
        assert each.acceptance_rate == 1.0  # seven were accepted, none denied

    best = after.offers[0]
    assert _hour(best) == 6
    await _denied(desk, best.departure_time, times=3)
    ranked = (await desk.until(partial(_denied_often, search, best))).offers
    (rate,) = [each.acceptance_rate for each in ranked if each.departure_time == best.departure_time]
    assert all(rate < each.acceptance_rate < 1.0 for each in ranked if each.departure_time != best.departure_time)
    robust = [int(each.slack_minutes * each.acceptance_rate) for each in ranked]
    assert robust == sorted(robust, reverse=True)
    assert ranked[0].departure_time != best.departure_time


async def _delivered_late(desk: Desk, day: int) -> None:
    """One dose more, made, claimed by its sponsor, and delivered hours after it was promised."""
    run = await _a_run(desk, hours=6)
    offer = min(
        (await _offers(desk, run, desk.now + timedelta(hours=60))).offers, key=lambda each: each.departure_time.seconds
    )
    slot = await desk.claim(run, desk.sponsor(), lane=LANE, departure_time=offer.departure_time,
                            administration={"activity_mbq": 7400.0, "time": offer.administration_time})  # fmt: skip
    left_at = instant(offer.departure_time, "")
    reference = f"LANE-{day:04}"
    dose = slot.name.replace("slots/", "doses/")
    book = distribution_pb2.BookShipmentRequest(
        doses=[dose], courier=VAN, references=[reference], request_id=str(uuid7())
    )
    shipment = await desk.until(lambda: desk.call("DistributionService/BookShipment", book, desk.staff))
    await _advance(desk, left_at + TOOK + timedelta(minutes=5))
    kinds = courier_pb2.Milestone
    told = [
        courier_pb2.MilestoneEntry(kind=kind, time=stamp(at), shipment_references=[reference])
        for kind, at in ((kinds.COLLECTED, left_at), (kinds.DELIVERED, left_at + TOOK))
    ]
    report = courier_pb2.ReportMilestonesRequest(milestones=told, request_id=str(uuid7()))
    await desk.call("CourierService/ReportMilestones", report, desk.gateway.token(VAN, "courier.push"))
    await desk.until(partial(_is_delivered, desk, shipment.name))


async def _a_run(desk: Desk, hours: float = 24) -> str:
    ends_at = desk.now + timedelta(hours=hours)
    return await desk.open_run(
        line="facilities/tidewater/lines/hot-cell-1",
        end_of_synthesis_time=stamp(ends_at),
        claim_cutoff_time=stamp(ends_at - timedelta(hours=4)),
        use_by_time=stamp(ends_at + timedelta(hours=72)),
    )


async def _offers(desk: Desk, run: str, until_at: datetime) -> slotting_pb2.SearchOffersResponse:
    """All ways to the centre over the lane, once slotting knows it."""
    request = slotting_pb2.SearchOffersRequest(
        product="products/lu-ligand",
        site=CENTRES[0],
        runs=[run],
        lanes=[LANE],
        administration_interval=Interval(start_time=stamp(desk.now), end_time=stamp(until_at)),
        page_size=1000,
    )

    async def found() -> slotting_pb2.SearchOffersResponse:
        answer: slotting_pb2.SearchOffersResponse = await desk.call(
            "SlottingService/SearchOffers", request, desk.sponsor()
        )
        assert answer.offers
        return answer

    answer: slotting_pb2.SearchOffersResponse = await desk.until(found)
    return answer


async def _advance(desk: Desk, to: datetime) -> None:
    """Lets time go by; tokens of before have run out by then."""
    request = clock_pb2.AdvanceClockRequest(time=stamp(to), request_id=str(uuid7()), reason="a test")
    await desk.call("ClockService/AdvanceClock", request, desk.staff)
    desk.now, desk.staff = to, desk.gateway.token(MANUFACTURER, *PLANNER_SCOPES)


async def _is_delivered(desk: Desk, name: str) -> None:
    shipment = await desk.call(
        "DistributionService/GetShipment", distribution_pb2.GetShipmentRequest(name=name), desk.staff
    )
    assert shipment.state == shipment_pb2.Shipment.DELIVERED and not shipment.implausible_milestones, shipment


async def _proposed(desk: Desk) -> proposals.TransitProposal:
    """The open proposal of the lane, once it is made of enough shipments."""
    request = proposals.ListTransitProposalsRequest(lane=LANE, states=[proposals.TransitProposal.OPEN])
    found = (await desk.call("TransitProposalService/ListTransitProposals", request, desk.staff)).transit_proposals
    assert len(found) == 1 and found[0].shipments >= 5, found
    proposal: proposals.TransitProposal = found[0]
    return proposal


async def _slower(search: Search, minutes: int) -> slotting_pb2.SearchOffersResponse:
    answer = await search()
    assert {_minutes(each) for each in answer.offers} == {minutes}
    return answer


async def _denied_often(search: Search, best: slotting_pb2.Offer) -> slotting_pb2.SearchOffersResponse:
    answer = await search()
    (rate,) = [each.acceptance_rate for each in answer.offers if each.departure_time == best.departure_time]
    assert rate < 0.7, rate
    return answer


async def _denied(desk: Desk, departure_time: Timestamp, times: int) -> None:
    """A captain refused so many doses on a departure; of the lane's others each week this is another."""
    for _ in range(times):
        request = lane_pb2.RecordDenialRequest(
            kind=lane_pb2.Denial.DENIED,
            refuser=lane_pb2.Denial.CAPTAIN,
            carrier=PARCEL,
            lane=LANE,
            departure_time=departure_time,
            cause="no class 7 today",
            request_id=str(uuid7()),
        )
        await desk.call("LaneService/RecordDenial", request, desk.staff)


def _minutes(offer: slotting_pb2.Offer) -> int:
    return (offer.delivery_interval.end_time.seconds - offer.departure_time.seconds) // 60


def _hour(offer: slotting_pb2.Offer) -> int:
    return instant(offer.departure_time, "").astimezone(BALTIMORE).hour


def _hours(offers: Sequence[slotting_pb2.Offer]) -> set[int]:
    return set(map(_hour, offers))
