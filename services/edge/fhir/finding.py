"""Schedules and offers: those that a search is about, and the one that an id stands for."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import product as each_with_each
from typing import TypeVar
from zoneinfo import ZoneInfo

from doselane.masterdata.v1 import resources_pb2
from doselane.slotting.v1 import slotting_pb2
from google.type.interval_pb2 import Interval

from services.edge.fhir.calls import Calls, together
from services.edge.fhir.dates import Starts
from services.edge.fhir.ids import OfferKey, ScheduleKey, digest
from services.edge.fhir.parameters import Ids, ScheduleSearch, SlotSearch
from services.kernel.errors import Invalid, NotFound
from services.kernel.http import HttpProblem
from services.kernel.timestamps import stamp

SEARCHES_MAX = 100  # Searches for offers that one search for slots may need.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)
_MOMENT = timedelta(milliseconds=1)
_UNKNOWN, _REFUSED = 404, 409
_REFUSED_PAIRS = (_UNKNOWN, _REFUSED)  # Slotting has not heard of it yet; the product does not allow such an activity.
_Resource = TypeVar("_Resource", resources_pb2.Product, resources_pb2.Site)


@dataclass(frozen=True, slots=True)
class DoseSchedule:
    """A product at a treatment centre."""

    product: resources_pb2.Product
    site: resources_pb2.Site

    @property
    def key(self) -> ScheduleKey:
        """What its id holds."""
        return ScheduleKey.of(self.product.name, self.site.name)


@dataclass(frozen=True, slots=True)
class FoundSlot:
    """An offer, its schedule and its key. Without an offer: one that cannot be claimed now, and why, in words."""

    schedule: DoseSchedule
    key: OfferKey
    offer: slotting_pb2.Offer | None
    full: bool = False
    because: str = ""

    @property
    def order(self) -> tuple[datetime, str]:
        """By start, then by id, so that pages do not overlap."""
        return self.key.administration_at, self.key.write()


async def schedules_of(calls: Calls, search: ScheduleSearch) -> list[DoseSchedule]:
    """The schedules that a search is about, in an order that stays. Pairs that nobody knows are left out."""
    products, sites = await together(
        [partial(_products, calls, search.products), partial(_sites, calls, search.sites)]  # type: ignore[list-item]
    )
    found = [DoseSchedule(product, site) for product, site in each_with_each(products, sites)]
    return [each for each in found if search.schedules is None or each.key.write() in search.schedules]


async def schedule_of(calls: Calls, key: ScheduleKey) -> DoseSchedule:
    """The schedule that a key stands for; NotFound if the caller cannot see it."""
    products, sites = await together([calls.products, calls.sites])  # type: ignore[list-item]
    product = next((each for each in products if digest(each.name) == key.product), None)
    site = next((each for each in sites if digest(each.name) == key.site), None)
    if product is None or site is None:
        raise NotFound("There is no such schedule.")
    return DoseSchedule(product, site)


async def slots_of(calls: Calls, search: SlotSearch) -> tuple[list[FoundSlot], list[HttpProblem]]:
    """The free slots of a search, the earliest first, each once; and what was refused of it."""
    if not search.free:
        return [], []
    schedules = await schedules_of(calls, search.within)
    if search.ids is not None:
        return await _named(calls, search, schedules), []
    wanted = list(each_with_each(schedules, search.activities_mbq, search.starts))
    if len(wanted) > SEARCHES_MAX:
        detail = f"The search is about {len(wanted)} schedules, more than {SEARCHES_MAX}: name fewer locations."
        raise Invalid(detail, field="schedule.actor:Location._id")
    found = await together([partial(_slots_of, calls, *each) for each in wanted])
    slots = {each.key: each for group in found if not isinstance(group, HttpProblem) for each in group}
    refused = {str(group.detail): group for group in found if isinstance(group, HttpProblem)}
    return sorted(slots.values(), key=lambda each: each.order, reverse=search.latest_first), list(refused.values())


async def slot_of(calls: Calls, key: OfferKey) -> FoundSlot:
    """What a slot's id stands for at this instant; NotFound if it is another's, or of what the caller cannot see."""
    if not key.is_of(calls.caller.partner):
        raise NotFound("There is no such slot.")
    schedule = await schedule_of(calls, key.schedule)
    at = key.administration_at
    try:
        offers, nothing = await calls.offers(_request(schedule, (at, at + _MOMENT), key.activity_mbq))
    except HttpProblem as refused:
        if refused.status_code not in (400, *_REFUSED_PAIRS):  # 400: the instant has passed.
            raise
        return FoundSlot(schedule, key, None, because=str(refused.detail))
    for offer in offers:
        if OfferKey.of_offer(calls.caller.partner, schedule.product.name, offer) == key:
            return FoundSlot(schedule, key, offer)
    if offers:
        return FoundSlot(schedule, key, None, full=True, because="Others can still be had: search again.")
    full = nothing.reason == slotting_pb2.NothingFound.FULL
    return FoundSlot(schedule, key, None, full, nothing.explanation)


async def _named(calls: Calls, search: SlotSearch, schedules: Sequence[DoseSchedule]) -> list[FoundSlot]:
    """The free slots of those that a search names by their ids, as far as they are what it asks for."""
    zones = {each.key: ZoneInfo(each.site.time_zone) for each in schedules}
    keys = [key for each in sorted(search.ids or ()) if (key := OfferKey.read(each)) is not None]
    wanted = [
        key
        for key in keys
        if key.is_of(calls.caller.partner)
        and key.schedule in zones
        and (search.activities_mbq == (None,) or key.activity_mbq in search.activities_mbq)
        and any(each.holds(key.administration_at, zones[key.schedule]) for each in search.starts)
    ]
    found = await together([partial(slot_of, calls, key) for key in wanted])
    return sorted((each for each in found if each.offer), key=lambda each: each.order, reverse=search.latest_first)


async def _slots_of(
    calls: Calls, schedule: DoseSchedule, activity_mbq: float | None, starts: Starts
) -> list[FoundSlot] | HttpProblem:
    interval = starts.interval(ZoneInfo(schedule.site.time_zone))
    if interval and interval[0] >= interval[1]:
        return []
    try:
        offers, _ = await calls.offers(_request(schedule, interval, activity_mbq))
    except HttpProblem as refused:
        if refused.status_code not in _REFUSED_PAIRS:
            raise
        return refused if refused.status_code == _REFUSED else []
    keyed = ((OfferKey.of_offer(calls.caller.partner, schedule.product.name, each), each) for each in offers)
    return [FoundSlot(schedule, key, offer) for key, offer in keyed]


def _request(
    schedule: DoseSchedule, interval: tuple[datetime, datetime] | None, activity_mbq: float | None
) -> slotting_pb2.SearchOffersRequest:
    spoken = interval and Interval(start_time=stamp(interval[0]), end_time=stamp(interval[1]))
    return slotting_pb2.SearchOffersRequest(
        product=schedule.product.name,
        site=schedule.site.name,
        administration_interval=spoken,
        activity_mbq=activity_mbq,
    )


async def _products(calls: Calls, ids: Ids) -> Sequence[resources_pb2.Product]:
    if ids is None:
        return await calls.products()
    return _known(await together([partial(calls.product, f"products/{each}") for each in _possible(ids)]))


async def _sites(calls: Calls, ids: Ids) -> Sequence[resources_pb2.Site]:
    if ids is None:
        return await calls.sites()
    return _known(await together([partial(calls.site, f"sites/{each}") for each in _possible(ids)]))


def _possible(ids: Iterable[str]) -> list[str]:
    return sorted(each for each in ids if _ID.fullmatch(each))


def _known(found: Iterable[_Resource | None]) -> list[_Resource]:
    return [each for each in found if each is not None]
