"""What is done for doses at risk: nothing, the first offer that comes, or what the control tower advises."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from doselane.slotting.v1 import slotting_pb2
from doselane.tower.v1 import board_pb2, consent_pb2, incident_pb2, rescue_pb2, tower_pb2

from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.local.demo.doors import Program
from services.local.simulation.ordering import offered
from services.local.simulation.promises import MadePromise, PromiseBook, at

DOSES_MAX = 256  # that one plan may be asked for


class Policy(StrEnum):
    """Who decides what is done for doses at risk."""

    NONE = "none"
    FIRST_COME = "first-come"
    TOWER = "tower"


class Rescuer(Protocol):
    """Does something for doses at risk."""

    async def rescue(self, now: datetime) -> Sequence[MadePromise]:
        """Does what can be done now; the promises that were moved."""
        ...


class Nobody:
    """Does nothing."""

    async def rescue(self, now: datetime) -> Sequence[MadePromise]:
        """Does nothing."""
        return ()


class FirstCome:
    """Takes the doses at risk one after the other, and for each the offer with the soonest administration."""

    def __init__(self, planner: Program, book: PromiseBook) -> None:
        self._planner, self._book = planner, book

    async def rescue(self, now: datetime) -> Sequence[MadePromise]:
        """Moves each dose that can be moved."""
        found = await endangered(self._planner, self._book)
        return [promise for promise in found if await self._move(promise, now)]

    async def _move(self, promise: MadePromise, now: datetime) -> bool:
        order, since = promise.order, max(now, promise.first_administration_at - promise.order.waits)
        offers = await offered_for(self._planner, promise, since)
        for offer in sorted(offers, key=lambda each: (each.administration_time.ToDatetime(), each.run)):
            if at(offer.administration_time) > promise.latest_at or offer.run == promise.slot.run:
                continue
            move = slotting_pb2.MoveSlotRequest(
                name=promise.slot.name,
                run=offer.run,
                lane=offer.lane,
                departure_time=offer.departure_time,
                request_id=str(uuid7()),
                reason="the first offer for a dose at risk",
            )
            move.administration.activity_mbq = order.activity_mbq
            move.administration.time.CopyFrom(offer.administration_time)
            try:
                promise.stands_at(await self._planner.call("SlottingService", "MoveSlot", move))
            except GatewayError as refused:
                promise.notes.append(f"not moved: {refused.reason}")
            else:
                return True
        return False


class ByTower:
    """Does what the control tower advises: one plan for all, within what sponsors have agreed to for each patient."""

    def __init__(self, planner: Program, sponsors: Collection[Program], book: PromiseBook) -> None:
        self._planner, self._book = planner, book
        self._sponsors = {sponsor.partner: sponsor for sponsor in sponsors}
        self._agreed: dict[str, tuple[str, datetime]] = {}  # by dose: the consent, and what it counts from

    async def rescue(self, now: datetime) -> Sequence[MadePromise]:
        """Carries out the best plan that asks nobody anything more."""
        found = [promise for promise in await endangered(self._planner, self._book) if promise.latest_at > now]
        if not found:
            return ()
        try:
            for promise in found:
                await self._agree(promise)
            plan = await self._plan(found[:DOSES_MAX])
            if plan:
                await self._apply(plan)
        except GatewayError as refused:
            for promise in found:
                promise.notes.append(f"not moved: {refused.reason}")
            return ()
        moved = {move.dose for move in plan.moves} if plan else set()
        return [await self._moved(promise) for promise in found if promise.dose in moved]

    async def _agree(self, promise: MadePromise) -> None:
        """The sponsor says how much longer the patient of a dose can wait, as it is promised now."""
        consent, counted_from = self._agreed.get(promise.dose, ("", None))
        if counted_from == promise.administration_at:
            return
        sponsor = self._sponsors[promise.order.partner]
        if consent:
            revoke = consent_pb2.RevokeConsentRequest(name=consent, request_id=str(uuid7()), reason="it was moved")
            await sponsor.call("TowerService", "RevokeConsent", revoke)
        terms = consent_pb2.ConsentTerms(dose=promise.dose, delay_minutes_max=_minutes_left(promise))
        sign = consent_pb2.SignConsentRequest(
            terms=terms,
            valid_until_time=stamp(promise.latest_at),
            request_id=str(uuid7()),
            reason="so the patient says",
        )
        signed = await sponsor.call("TowerService", "SignConsent", sign)
        self._agreed[promise.dose] = signed.name, promise.administration_at

    async def _plan(self, promises: Sequence[MadePromise]) -> rescue_pb2.RescuePlan | None:
        asked = rescue_pb2.WhatIfRequest(
            doses=[promise.dose for promise in promises], delay_minutes_max=max(map(_minutes_left, promises))
        )
        answer = await self._planner.call("TowerService", "WhatIf", asked)
        return next((plan for plan in answer.plans if not plan.asks_consent), None)

    async def _apply(self, plan: rescue_pb2.RescuePlan) -> None:
        apply = consent_pb2.ApplyRescueRequest(
            moves=plan.moves, fingerprint=plan.fingerprint, request_id=str(uuid7()), reason="the simulated day's rescue"
        )
        await self._planner.call("TowerService", "ApplyRescue", apply)

    async def _moved(self, promise: MadePromise) -> MadePromise:
        request = slotting_pb2.GetSlotRequest(name=promise.slot.name)
        slot = await self._planner.call("SlottingService", "GetSlot", request)
        if slot.replaced_by:
            request.name = slot.replaced_by
            slot = await self._planner.call("SlottingService", "GetSlot", request)
        promise.stands_at(slot)
        return promise


def _minutes_left(promise: MadePromise) -> int:
    return max(0, int((promise.latest_at - promise.administration_at) / timedelta(minutes=1)))


def rescuer_of(policy: Policy, planner: Program, sponsors: Collection[Program], book: PromiseBook) -> Rescuer:
    """Who does something by a policy."""
    match policy:
        case Policy.NONE:
            return Nobody()
        case Policy.FIRST_COME:
            return FirstCome(planner, book)
        case Policy.TOWER:
            return ByTower(planner, sponsors, book)


async def endangered(planner: Program, book: PromiseBook) -> Sequence[MadePromise]:
    """The promises whose doses are at risk and with no courier yet, in the order of their orders.

    What a courier has in hand is not sent a second time by a move: that needs an order of its own.
    """
    asked = tower_pb2.ListBoardEntriesRequest(verdicts=[incident_pb2.DOSE_VERDICT_AT_RISK], page_size=1000)
    entries: Sequence[board_pb2.BoardEntry] = (
        await planner.call("TowerService", "ListBoardEntries", asked)
    ).board_entries
    found = [book.of(entry.name.replace("boardEntries/", "slots/")) for entry in entries]
    return sorted((each for each in found if each and not each.with_courier), key=lambda each: each.order.reference)


async def offered_for(planner: Program, promise: MadePromise, since: datetime) -> Sequence[slotting_pb2.Offer]:
    """What the sponsor of a dose could have instead."""
    order = promise.order
    return await offered(
        planner, order.product, order.site, order.activity_mbq, since + timedelta(minutes=1), partner=order.partner
    )
