"""Moves of a dose on its own run once that takes no claims any more: each departure is tried on a page of its own."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from services.kernel.errors import GatewayError
from services.network import Capacity, Lane, Passage, Receiving
from services.slotting.domain import routing
from services.slotting.domain.book import Book, Run
from services.slotting.domain.commands import Move
from services.slotting.domain.decide import decide
from services.slotting.domain.filled import made_dose
from services.slotting.domain.moving.values import (
    MoveSurvey,
    MoveWish,
    PossibleDose,
    PossibleMove,
    anew,
    beyond,
    copied,
)
from services.slotting.domain.network import Network
from services.slotting.domain.offers import Market
from services.slotting.domain.page import UnitOfWork
from services.slotting.domain.places import CountedPlace, last_use_at
from services.slotting.domain.rooms import ResourceCounter, ResourceCounters
from services.slotting.domain.slot import Demand, Slot
from services.slotting.domain.vial import FilledVial, vial_of

_MINUTE = timedelta(minutes=1)
_NEXT = timedelta(microseconds=1)  # makes the end of an interval inclusive


class StandingSlot(NamedTuple):
    """A slot that has a place on its run, and the vial that is its dose, if it is filled."""

    slot: Slot
    book: Book
    market: Market
    vial: FilledVial | None

    @property
    def run(self) -> Run:
        """Its run."""
        return self.book.run

    def claims_nothing(self, now: datetime) -> bool:
        """Whether it moves on its run by other rules than a claim's: its vial is filled, it has lost a
        reservation other than its run, or the run takes no claims any more."""
        return self.vial is not None or self.slot.at_risk or not self.run.takes_claims(now)


class _Way(NamedTuple):
    """One journey over a lane, with an administration at the end of it."""

    lane: Lane
    passage: Passage
    at: datetime


def stands_on(survey: MoveSurvey, slot: Slot) -> StandingSlot | None:
    """The slot on its run, if it has a place there and there is anything of the run."""
    market = survey.market(slot)
    if market is None or not slot.in_book:
        return None
    book = next((each for each in market.books if each.run.name == slot.demand.run), None)
    if book is None or book.run.state.withdrawn:
        return None
    return StandingSlot(slot, book, market, vial_of(slot, survey.vials))


def on_own_run(survey: MoveSurvey, slot: Slot, wish: MoveWish) -> list[PossibleMove]:
    """The moves of a slot on its own run that are no claims."""
    standing = stands_on(survey, slot)
    if standing is None or not standing.claims_nothing(survey.now):
        return []
    network = _network(standing.market)
    latest_at = slot.demand.administration_at + wish.delay_max
    found = []
    for way in _ways(survey, standing, network, latest_at):
        after = list(_taken(survey, standing, network, way, wish))
        if after:
            found.append(_as_move(survey, standing, way, after, latest_at))
    return found


def _network(market: Market) -> Network:
    return Network(
        products={market.product.name: market.product},
        facilities=market.facilities,
        sites={market.site.name: market.site},
        lanes={lane.name: lane for lane in market.lanes},
    )


def _ways(survey: MoveSurvey, standing: StandingSlot, network: Network, latest_at: datetime) -> Iterator[_Way]:
    """The journeys that the dose could still make, other than the one that it has."""
    slot, run, market = standing.slot, standing.run, standing.market
    until_at = min(latest_at, last_use_at(run, market.product))
    is_made = standing.vial is not None or run.end_of_synthesis_at <= survey.now
    made = made_dose(slot, survey.now) if is_made else None
    for lane in market.lanes:
        asked = slot.demand._replace(lane=lane.name, administration_at=until_at)
        for journey in routing.options(asked, run, network, made).journeys:
            passage = journey.passage
            has = not slot.at_risk and (lane.name, passage.departure_at) == (
                slot.demand.lane,
                slot.reservations.departure_at,
            )
            if not has:
                yield _Way(lane, passage, max(slot.demand.administration_at, passage.delivery_at))


def _taken(survey: MoveSurvey, standing: StandingSlot, network: Network, way: _Way, wish: MoveWish) -> Iterator[Slot]:
    """The slot after the move with each of the activities that the ledger would take. With less than the whole only if
    that is a claim: nothing is gained by it otherwise."""
    shares = (1.0,) if standing.vial is not None else sorted({1.0, *wish.fractions}, reverse=True)
    for share in shares:
        after = _tried(survey, standing, network, way, share * standing.slot.demand.activity_mbq)
        if after is not None:
            yield after
            if not _claims(standing, after):
                return


def _claims(standing: StandingSlot, after: Slot) -> bool:
    """Whether the move is a claim: the vial is not filled, and the slot stands for another dose after it."""
    was, now = standing.slot.demand, after.demand
    changed = (was.activity_mbq, was.administration_at) != (now.activity_mbq, now.administration_at)
    return standing.vial is None and (changed or not standing.slot.at_risk)


def _tried(survey: MoveSurvey, standing: StandingSlot, network: Network, way: _Way, activity_mbq: float) -> Slot | None:
    """The slot after the move, as the ledger would decide it; None if it would refuse it."""
    slot, run = standing.slot, standing.run
    move = Move(
        partner=slot.demand.partner,
        actor="",
        reason="",
        operator=True,
        request_id=slot.id,
        body_hash=b"",
        slot_id=slot.id,
        etag="",
        run=run.name,
        lane=way.lane.name,
        administration=(activity_mbq, way.at),
        departure_at=way.passage.departure_at,
    )
    wanted = _wanted(survey, standing, network, move.demand_of(slot.demand))
    page = UnitOfWork(
        survey.now,
        {run.name: copied(standing.book)},
        {slot.id: slot},
        network,
        _rooms(standing.market, wanted, slot),
        vials={standing.vial.name: standing.vial} if standing.vial else {},
    )
    try:
        after = decide(page, move)
    except GatewayError:
        return None
    assert isinstance(after, Slot), "a move is answered with its slot"
    return after


def _wanted(survey: MoveSurvey, standing: StandingSlot, network: Network, demand: Demand) -> list[CountedPlace]:
    """The places that a move to what is wanted can take, before the dose is made and after it."""
    wanted = list(routing.options(demand, standing.run, network).places())
    return wanted + list(routing.options(demand, standing.run, network, made_dose(standing.slot, survey.now)).places())


def _rooms(market: Market, wanted: Sequence[CountedPlace], slot: Slot) -> ResourceCounters:
    rooms = ResourceCounters()
    for place in wanted:
        taken = market.taken.get(place.name, 0)
        rooms[place.name] = ResourceCounter(place.name, max(place.size, taken), taken, place.at)
    for name in slot.reservations.places:
        taken = market.taken.get(name, 1)  # its own at least, should nobody have counted so far back
        rooms.setdefault(name, ResourceCounter(name, taken, taken, market.now))
    return rooms


def _as_move(
    survey: MoveSurvey, standing: StandingSlot, way: _Way, taken: Sequence[Slot], latest_at: datetime
) -> PossibleMove:
    slot, passage, market = standing.slot, way.passage, standing.market
    first = taken[0]
    window = Receiving(market.site, survey.now, max(latest_at, survey.now)).window_at(passage.delivery_at)
    ends_at = min(window.end_at, latest_at + _NEXT) if window else latest_at + _NEXT
    closes_at = passage.closes_at if way.lane.departures else latest_at - way.lane.transit
    return PossibleMove(
        run=standing.run.name,
        lane=first.demand.lane,
        site=first.demand.site,
        departure_at=passage.departure_at,
        delivery_at=passage.delivery_at,
        administration_at=first.demand.administration_at,
        doses=tuple(_dose(slot, each) for each in taken),
        slack_minutes=(ends_at - passage.delivery_at) // _MINUTE,
        decayed_fraction=max(0.0, 1.0 - first.demand.activity_mbq * 1000.0 / first.reference_kbq),
        acceptance_rate=None,
        until_at=min(closes_at, standing.run.cutoff_at) if _claims(standing, first) else closes_at,
        places=anew(slot, market, _named(survey, standing, first)),
        keeps_vial=standing.vial is not None,
    )


def _dose(slot: Slot, after: Slot) -> PossibleDose:
    added = beyond(slot, after.demand.run, Capacity(after.reference_kbq, 1))
    return PossibleDose(after.demand.activity_mbq, after.reference_kbq, added)


def _named(survey: MoveSurvey, standing: StandingSlot, after: Slot) -> list[CountedPlace]:
    """The places that the slot holds after a move."""
    network = _network(standing.market)
    wanted = _wanted(survey, standing, network, after.demand)
    return list({each.name: each for each in wanted if each.name in after.reservations.places}.values())
