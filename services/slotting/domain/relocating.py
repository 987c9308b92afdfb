"""Slots move: to what is claimed anew, with their filled vial, or, if their dose is gone, another takes their place."""

from datetime import datetime

from services.network import NOTHING
from services.slotting.domain import filled, refusals
from services.slotting.domain.book import Allocation, Book, Run
from services.slotting.domain.claiming import book_for, new_slot, open_slot, own_slot, take, take_reservations
from services.slotting.domain.commands import Move, MoveTogether
from services.slotting.domain.page import LedgerHappened, MovedTogether, UnitOfWork
from services.slotting.domain.replacing import RECALLED, claim_in_place_of, is_gone
from services.slotting.domain.slot import Demand, Reservations, Risk, Slot, State, require_before_cutoff
from services.slotting.domain.vial import FilledVial, vial_of


def move_slot(page: UnitOfWork, move: Move) -> Slot:
    """A slot takes other places and leaves its own, or another one takes its place; or all stays as it is."""
    slot = own_slot(page, move)
    slot.require_movable(page.now)
    slot.require_etag(move.etag)
    target = book_for(page, move.run, move)
    source = page.books[slot.demand.run]
    vial = vial_of(slot, page.vials.values())
    if is_gone(slot, vial):
        return _replace(page, slot, target, move)
    if vial is not None and filled.keeps_its_vial(slot, move, source.run, page.now):
        return _move_filled(page, slot, vial, move)
    if not slot.at_risk:
        require_before_cutoff(source.run, page.now)
    _require_product(slot, target, source.run.product)
    demand = move.demand_of(slot.demand)
    before = source.memo(), page.rooms.memo(slot.reservations.places)
    page.free(slot)  # first, so that a slot can change its own administration where all is full
    try:
        reference_kbq, allocation, reservations = _take_again(page, slot, target, demand)
    except BaseException:
        source.restore(before[0])
        page.rooms.restore(before[1])
        raise
    until = slot.hold_until and min(slot.hold_until, target.run.cutoff_at)
    return page.change(
        LedgerHappened.MOVED,
        slot,
        move,
        demand=demand._replace(departure_at=None),
        reference_kbq=reference_kbq,
        allocation=allocation,
        reservations=reservations,
        risk=Risk.NONE,
        hold_until=until,
    )


def _require_product(slot: Slot, target: Book, product: str) -> None:
    if target.run.product != product:
        raise refusals.ProductDiffers(
            "The run makes another product than the slot was promised.",
            slot=slot.name,
            run=target.run.name,
            product=product,
        )


def _replace(page: UnitOfWork, slot: Slot, target: Book, move: Move) -> Slot:
    """Another slot for the order of a dose that is gone. What that took stays taken: it was made."""
    _require_product(slot, target, slot.product)
    claim = claim_in_place_of(slot, move)
    promised = new_slot(page, claim, LedgerHappened.CONFIRMED, State.CONFIRMED, None, replaces=slot.id)
    if slot.state is not State.LOST:
        slot = page.change(LedgerHappened.LOST, slot, move, cause=RECALLED, state=State.LOST)
    page.change(LedgerHappened.REPLACED, slot, move, replaced_by=promised.id)
    return promised


def move_together(page: UnitOfWork, command: MoveTogether) -> MovedTogether:
    """Several slots, one after the other: all of them, or none. What is given up, and with `exchange` all that the
    others leave, is free before the first takes anything."""
    before = page.memo()
    try:
        given_up = {move.slot_id: _give_up(page, move) for move in command.moves if move.gives_up}
        moving = [move for move in command.moves if not move.gives_up]
        for move in moving if command.exchange else ():
            _leave(page, move)
        moved = {move.slot_id: move_slot(page, move) for move in moving}
        return MovedTogether(tuple({**given_up, **moved}[move.slot_id] for move in command.moves))
    except BaseException:
        page.restore(before)
        raise


def leaves_freely(slot: Slot, vial: FilledVial | None, run: Run, now: datetime) -> bool:
    """Whether others may have what a slot holds, once it moves by a claim: it stands, nothing is made for it, and its
    run takes claims."""
    return slot.stands and not slot.overdue(now) and vial is None and run.takes_claims(now)


def _leave(page: UnitOfWork, move: Move) -> None:
    """The slot leaves its places, before it is moved in the same step."""
    slot = own_slot(page, move)
    run, vial = page.books[slot.demand.run].run, vial_of(slot, page.vials.values())
    if leaves_freely(slot, vial, run, page.now):
        page.free(slot)
        nothing = Allocation(NOTHING, NOTHING)
        page.keep(slot, allocation=nothing, reservations=slot.reservations.without_places())


def _give_up(page: UnitOfWork, move: Move) -> Slot:
    """A hold is released, for those that move."""
    slot = open_slot(page, move)
    if slot.state is not State.HELD:
        raise refusals.AlreadyConfirmed("This slot is confirmed; only what is held is given up.", slot=slot.name)
    page.free(slot)
    return page.change(LedgerHappened.RELEASED, slot, move, state=State.RELEASED, hold_until=None)


def _move_filled(page: UnitOfWork, slot: Slot, vial: FilledVial, move: Move) -> Slot:
    """A slot moves with its vial: what it has taken of its run stays as it is."""
    run, held = page.books[slot.demand.run].run, slot.reservations.places
    before = page.rooms.memo(held)
    page.rooms.give_back(held)  # first, as with every move
    try:
        demand, reservations, risk = filled.kept(slot, vial, move, run, page.network, page.rooms, page.now)
    except BaseException:
        page.rooms.restore(before)
        raise
    page.rooms.take(reservations.places)
    return page.change(LedgerHappened.MOVED, slot, move, demand=demand, reservations=reservations, risk=risk)


def _take_again(page: UnitOfWork, slot: Slot, target: Book, demand: Demand) -> tuple[int, Allocation, Reservations]:
    """A slot that lost a reservation, and not its run, finds a way after the cut-off too: it claims nothing new."""
    was = slot.demand
    unchanged = (demand.run, demand.activity_mbq, demand.administration_at) == (
        was.run,
        was.activity_mbq,
        was.administration_at,
    )
    if slot.at_risk and slot.in_book and unchanged:
        made = filled.made_dose(slot, page.now) if target.run.end_of_synthesis_at <= page.now else None
        return take_reservations(page, target, demand, made)
    return take(page, target, demand)
