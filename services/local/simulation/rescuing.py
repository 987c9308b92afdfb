"""What is done for doses at risk: nothing, the first offer that comes, or what the control tower advises."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from doselane.distribution.v1 import lane_pb2
from doselane.slotting.v1 import moves_pb2, slotting_pb2
from doselane.tower.v1 import board_pb2, consent_pb2, incident_pb2, rescue_pb2, tower_pb2

from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.local.demo.doors import Program
from services.local.simulation.promises import MadePromise, PromiseBook, at

DOSES_MAX = 256  # that one plan may be asked for
# The least share of what was ordered that a patient is given, where a vial is filled and leaves later.
ACTIVITY_FRACTION_MIN = 0.85
# A day until the plant makes the next run, and half a day until its doses are there and given.
NEXT_RUN = timedelta(hours=36)
Departure = tuple[str, datetime]  # a lane, and when it leaves


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
    """Takes the doses at risk one after the other, and for each the move with the soonest administration: of all that
    slotting knows for it, but to departures that a carrier refused."""

    def __init__(self, planner: Program, book: PromiseBook) -> None:
        self._planner, self._book = planner, book

    async def rescue(self, now: datetime) -> Sequence[MadePromise]:
        """Moves each dose that can be moved."""
        found = await endangered(self._planner, self._book, now)
        if not found:
            return ()
        refused = await refused_departures(self._planner)
        return [promise for promise in found if await self._move(promise, refused)]

    async def _move(self, promise: MadePromise, refused: Collection[Departure]) -> bool:
        for move in sorted(await self._moves(promise), key=_soonest):
            if (move.lane, at(move.departure_time)) in refused:
                continue
            asked = slotting_pb2.MoveSlotRequest(
                name=promise.slot.name,
                run=move.run,
                lane=move.lane,
                departure_time=move.departure_time,
                request_id=str(uuid7()),
                reason="the first move for a dose at risk",
            )
            asked.administration.activity_mbq = move.doses[0].activity_mbq
            asked.administration.time.CopyFrom(move.administration_time)
            try:
                promise.stands_at(await self._planner.call("SlottingService", "MoveSlot", asked))
            except GatewayError as reason:
                promise.notes.append(f"not moved: {reason.reason}")
            else:
                return True
        return False

    async def _moves(self, promise: MadePromise) -> Sequence[moves_pb2.PossibleMove]:
        request = moves_pb2.SearchMovesRequest(
            slots=[promise.slot.name],
            delay_minutes_max=_minutes_left(promise),
            activity_fractions=[ACTIVITY_FRACTION_MIN],
        )
        answer: moves_pb2.SearchMovesResponse = await self._planner.call("SlottingService", "SearchMoves", request)
        least_mbq = promise.order.activity_mbq * ACTIVITY_FRACTION_MIN
        found = (move for each in answer.slot_moves for move in each.moves)
        return [move for move in found if move.doses and move.doses[0].activity_mbq >= least_mbq]


class ByTower:
    """Does what the control tower advises: one plan for all, within what sponsors have agreed to for each patient.

    They agree for all doses that have not come yet, so that safe ones may make room for others.
    """

    def __init__(self, planner: Program, sponsors: Collection[Program], book: PromiseBook) -> None:
        self._planner, self._book = planner, book
        self._sponsors = {sponsor.partner: sponsor for sponsor in sponsors}
        self._agreed: dict[str, tuple[str, datetime]] = {}  # by dose: the consent, and what it counts from

    async def rescue(self, now: datetime) -> Sequence[MadePromise]:
        """Carries out the best plan that asks nobody anything more."""
        found = await endangered(self._planner, self._book, now)
        if not found:
            return ()
        try:
            for promise in self._book:
                if promise.latest_at > now and promise.outcome is None:
                    await self._agree(promise)
            plan = await self._plan(found[:DOSES_MAX], others_may_move=False)
            saved = {move.dose for move in plan.moves} if plan else set()
            if any(promise.dose not in saved and cannot_wait(promise.latest_at, now) for promise in found):
                needing = [each for each in found if each.dose in saved or cannot_wait(each.latest_at, now)]
                plan = await self._plan(needing[:DOSES_MAX], others_may_move=True) or plan
            if plan:
                await self._apply(plan)
        except GatewayError as refused:
            for promise in found:
                promise.notes.append(f"not moved: {refused.reason}")
            return ()
        moved = {move.dose for move in plan.moves} if plan else set()
        return [await self._moved(promise) for promise in self._book if promise.dose in moved]

    async def _agree(self, promise: MadePromise) -> None:
        """The sponsor says how much longer the patient of a dose can wait, as it is promised now."""
        consent, counted_from = self._agreed.get(promise.dose, ("", None))
        if counted_from == promise.administration_at:
            return
        sponsor = self._sponsors[promise.order.partner]
        if consent:
            revoke = consent_pb2.RevokeConsentRequest(name=consent, request_id=str(uuid7()), reason="it was moved")
            await sponsor.call("TowerService", "RevokeConsent", revoke)
        terms = consent_pb2.ConsentTerms(
            dose=promise.dose,
            delay_minutes_max=_minutes_left(promise),
            activity_fraction_min=min(1.0, ACTIVITY_FRACTION_MIN * promise.order.activity_mbq / _promised_mbq(promise)),
            helping=True,
        )
        sign = consent_pb2.SignConsentRequest(
            terms=terms,
            valid_until_time=stamp(promise.latest_at),
            request_id=str(uuid7()),
            reason="so the patient says",
        )
        signed = await sponsor.call("TowerService", "SignConsent", sign)
        self._agreed[promise.dose] = signed.name, promise.administration_at

    async def _plan(self, promises: Sequence[MadePromise], *, others_may_move: bool) -> rescue_pb2.RescuePlan | None:
        asked = rescue_pb2.WhatIfRequest(
            doses=[promise.dose for promise in promises],
            delay_minutes_max=max(map(_minutes_left, promises)),
            activity_fraction_min=ACTIVITY_FRACTION_MIN,
            others_may_move=others_may_move,
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


def cannot_wait(latest_at: datetime, now: datetime) -> bool:
    """Whether a patient cannot wait for a run that is not open yet, so that safe doses have to move for their dose."""
    return latest_at - now < NEXT_RUN


def _minutes_left(promise: MadePromise) -> int:
    return max(0, int((promise.latest_at - promise.administration_at) / timedelta(minutes=1)))


def _promised_mbq(promise: MadePromise) -> float:
    return float(promise.slot.administration.activity_mbq)


def _soonest(move: moves_pb2.PossibleMove) -> tuple[datetime, datetime, str]:
    return move.administration_time.ToDatetime(), move.departure_time.ToDatetime(), move.run


def rescuer_of(policy: Policy, planner: Program, sponsors: Collection[Program], book: PromiseBook) -> Rescuer:
    """Who does something by a policy."""
    match policy:
        case Policy.NONE:
            return Nobody()
        case Policy.FIRST_COME:
            return FirstCome(planner, book)
        case Policy.TOWER:
            return ByTower(planner, sponsors, book)


async def endangered(planner: Program, book: PromiseBook, now: datetime) -> Sequence[MadePromise]:
    """The promises whose doses are at risk or lost and whose patients can still wait, in the order of their orders."""
    asked = tower_pb2.ListBoardEntriesRequest(
        verdicts=[incident_pb2.DOSE_VERDICT_AT_RISK, incident_pb2.DOSE_VERDICT_LOST], page_size=1000
    )
    entries: Sequence[board_pb2.BoardEntry] = (
        await planner.call("TowerService", "ListBoardEntries", asked)
    ).board_entries
    names = {entry.name.replace("boardEntries/", "slots/") for entry in entries}
    found = [promise for promise in book if promise.slot.name in names and promise.latest_at > now]
    return sorted(found, key=lambda each: each.order.reference)


async def refused_departures(planner: Program) -> Collection[Departure]:
    """The departures that take nothing, as was told of them."""
    asked = lane_pb2.ListDenialsRequest(page_size=1000)
    denials = (await planner.call("LaneService", "ListDenials", asked)).denials
    return {(each.lane, at(each.departure_time)) for each in denials if each.kind == lane_pb2.Denial.DENIED}
