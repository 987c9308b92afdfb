"""Sponsors order: Harbor by calls, Northlake's people in their own Salesforce, which may be away."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2
from google.type.interval_pb2 import Interval

from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.local.demo.doors import Program
from services.local.demo.ordering import OrderDesk
from services.local.demo.planning import until
from services.local.simulation.fate import DrawnOrder
from services.local.simulation.promises import PromiseBook
from services.local.world import NORTHLAKE

SEARCHED = timedelta(days=3)
NO_OFFER = "NO_OFFER"


class Ordering:
    """Places orders, and books what was acknowledged."""

    def __init__(self, northlake: Program, harbor: Program, desk: OrderDesk, book: PromiseBook) -> None:
        self._northlake, self._harbor, self._desk, self._book = northlake, harbor, desk, book
        self._entered: list[DrawnOrder] = []  # in Salesforce, with no outcome read yet

    async def place(self, orders: Sequence[DrawnOrder], run: str, since: datetime) -> None:
        """Order doses of a run, each with the soonest administration that is offered after an instant."""
        for order in orders:
            by = self._northlake if order.partner == NORTHLAKE else self._harbor
            offers = await offered(by, order.product, order.site, order.activity_mbq, since, [run])
            if not offers:
                self._book.refused[order.reference] = NO_OFFER
                continue
            demand = _demand(order, min(offers, key=_soonest))
            if order.partner == NORTHLAKE:
                self._desk.order(order.reference, f"products/{order.product}-ligand", demand)
                self._entered.append(order)
            else:
                await self._claim(order, demand)

    async def read_outcomes(self) -> None:
        """What came of the orders in Salesforce; it must not be away."""
        entered, self._entered = self._entered, []
        for order in entered:
            record = await self._desk.outcome(order.reference)
            if record["Outcome__c"] == "REFUSED":
                self._book.refused[order.reference] = record["Refusal_Reason__c"]
            else:
                wanted = slotting_pb2.GetSlotRequest(name=record["Slot__c"])
                self._book.add(order, await self._northlake.call("SlottingService", "GetSlot", wanted))

    async def _claim(self, order: DrawnOrder, demand: slotting_pb2.SlotDemand) -> None:
        request = slotting_pb2.ClaimSlotRequest(demand=demand, request_id=str(uuid7()))
        try:
            self._book.add(order, await self._harbor.call("SlottingService", "ClaimSlot", request))
        except GatewayError as refused:
            self._book.refused[order.reference] = refused.reason


async def offered(
    by: Program,
    product: str,
    site: str,
    activity_mbq: float,
    since: datetime,
    runs: Sequence[str] = (),
    partner: str = "",
) -> Sequence[slotting_pb2.Offer]:
    """What a sponsor may have for a centre from an instant on, the most robust first; staff say which sponsor."""
    wanted = slotting_pb2.SearchOffersRequest(
        product=f"products/{product}-ligand",
        site=site,
        administration_interval=Interval(start_time=stamp(since), end_time=stamp(since + SEARCHED)),
        activity_mbq=activity_mbq,
        runs=runs,
        partner=partner,
        page_size=200,
    )
    answer: slotting_pb2.SearchOffersResponse = await by.call("SlottingService", "SearchOffers", wanted)
    return answer.offers


async def until_claimable(program: Program, run: str) -> None:
    """Wait until slotting has heard of an opened run."""
    request = slotting_pb2.GetAvailabilityRequest(name=f"{run}/availability")
    await until(lambda: program.call("SlottingService", "GetAvailability", request))


def _demand(order: DrawnOrder, offer: slotting_pb2.Offer) -> slotting_pb2.SlotDemand:
    return slotting_pb2.SlotDemand(
        run=offer.run,
        site=offer.site,
        lane=offer.lane,
        departure_time=offer.departure_time,
        administration=type_pb2.Activity(activity_mbq=order.activity_mbq, time=offer.administration_time),
        order_reference=order.reference,
        patient_reference=f"px-{order.reference}",
    )


def _soonest(offer: slotting_pb2.Offer) -> tuple[datetime, datetime]:
    return offer.administration_time.ToDatetime(), offer.departure_time.ToDatetime()
