"""Slots of one sponsor that may exchange places: what each leaves to the others, and what it could have of them."""

from collections.abc import Iterable, Iterator

from services.network import NOTHING, Capacity
from services.slotting.domain.moving.claims import claimed
from services.slotting.domain.moving.values import (
    LeftToOthers,
    MoveSurvey,
    MoveWish,
    PossibleDose,
    PossibleMove,
    SlotMoves,
    copied,
)
from services.slotting.domain.relocating import leaves_freely
from services.slotting.domain.slot import Slot, State
from services.slotting.domain.vial import vial_of


def may_leave(survey: MoveSurvey, slot: Slot) -> bool:
    """Whether others may have what the slot holds, once it moves."""
    run, vial = survey.runs.get(slot.demand.run), vial_of(slot, survey.vials)
    return run is not None and leaves_freely(slot, vial, run, survey.now)


def others_of(survey: MoveSurvey, slot: Slot) -> list[Slot]:
    """The other slots of its sponsor that may leave their places."""
    own = (each for each in survey.slots if each.id != slot.id and each.demand.partner == slot.demand.partner)
    return [each for each in own if may_leave(survey, each)]


def with_exchange(survey: MoveSurvey, found: SlotMoves, wish: MoveWish) -> SlotMoves:
    """The moves of a slot, each with what it leaves to others, and those for which others have to leave first."""
    slot = found.slot
    moves = [*found.moves, *_beyond(found.moves, claimed(survey, slot, wish, others_of(survey, slot)))]
    if may_leave(survey, slot):
        moves = [move._replace(frees=_left(survey, slot, move)) for move in moves]
        moves += _given_up(survey, slot)
    return found._replace(moves=tuple(moves), reason="" if moves else found.reason)


def _beyond(known: Iterable[PossibleMove], more: Iterable[PossibleMove]) -> Iterator[PossibleMove]:
    """The moves with the doses that are possible only once others have left."""
    had = {(_way(move), dose.activity_mbq) for move in known for dose in move.doses}
    for move in more:
        doses = tuple(dose for dose in move.doses if (_way(move), dose.activity_mbq) not in had)
        if doses:
            yield move._replace(doses=doses)


def _way(move: PossibleMove) -> tuple[object, ...]:
    return move.run, move.lane, move.site, move.departure_at, tuple(place.name for place in move.places)


def _left(survey: MoveSurvey, slot: Slot, move: PossibleMove) -> LeftToOthers:
    """Of its own run only a move to another one leaves something; of places those that it holds no more."""
    places = tuple(name for name in slot.reservations.places if name not in move.holds)
    if move.run == slot.demand.run:
        return LeftToOthers(places=places)
    return LeftToOthers(*_share_of(survey, slot), places)


def _share_of(survey: MoveSurvey, slot: Slot) -> tuple[Capacity, Capacity]:
    """What becomes free in its sponsor's allotment and in the pool, once it has left its run."""
    market = survey.market(slot)
    book = next((each for each in market.books if each.run.name == slot.demand.run), None) if market else None
    if book is None:
        return NOTHING, NOTHING
    after, partner = copied(book), slot.demand.partner
    after.give_back(partner, slot.allocation, survey.now)
    (own_was, pool_was), (own, pool) = book.free_for(partner), after.free_for(partner)
    return own.minus(own_was), pool.minus(pool_was)


def _given_up(survey: MoveSurvey, slot: Slot) -> Iterator[PossibleMove]:
    """A hold that stands by may be given up for another dose."""
    departure_at, delivery_at, run = (
        slot.reservations.departure_at,
        slot.reservations.delivery_at,
        survey.runs.get(slot.demand.run),
    )
    if slot.state is not State.HELD or slot.hold_until is None:
        return
    if departure_at is None or delivery_at is None or run is None:
        return
    demand = slot.demand
    yield PossibleMove(
        run=demand.run,
        lane=demand.lane,
        site=demand.site,
        departure_at=departure_at,
        delivery_at=delivery_at,
        administration_at=demand.administration_at,
        doses=(PossibleDose(demand.activity_mbq, slot.reference_kbq, NOTHING),),
        slack_minutes=0,
        decayed_fraction=0.0,
        acceptance_rate=None,
        until_at=min(slot.hold_until, run.cutoff_at),
        places=(),
        frees=LeftToOthers(*_share_of(survey, slot), slot.reservations.places),
        gives_up=True,
    )
