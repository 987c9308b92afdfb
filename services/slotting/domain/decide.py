"""Decide commands, one after the other, on a page of locked books; record what happened."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.kernel.errors import Denied
from services.kernel.visibility import NOBODY, visible
from services.network import NOTHING, Product
from services.network.refusals import RunUnknown
from services.slotting.domain import cutting, filled, queueing, refusals, revising, routing, shipped
from services.slotting.domain.book import Allocation, Book, blank
from services.slotting.domain.commands import (
    Asked,
    Claim,
    Command,
    Confirm,
    Cut,
    Hold,
    Join,
    Leave,
    Move,
    MoveTogether,
    OnSlot,
    Project,
    RecordShipment,
    RecordVial,
    Release,
    Revise,
    Settle,
    Withdraw,
)
from services.slotting.domain.page import Conflict, CutOutcome, Happened, Happening, MovedTogether, Outcome, UnitOfWork
from services.slotting.domain.places import check_product
from services.slotting.domain.replacing import RECALLED, claim_in_place_of, is_gone
from services.slotting.domain.slot import (
    Demand,
    Reservations,
    Risk,
    Slot,
    State,
    hold_until,
    reference_amount,
    require_before_cutoff,
    require_claimable,
)
from services.slotting.domain.standby import Standby
from services.slotting.domain.vial import FilledVial, vial_of


def settle(page: UnitOfWork) -> None:
    """Do what the clock has decided: overdue holds expire, allotments are released back. Comes before any command."""
    for slot in page.overdue:
        page.free(slot)
        page.change(Happened.EXPIRED, slot, None, state=State.EXPIRED)
    for book in page.books.values():
        book.settle(page.now)
    _serve_queue(page)


def decide(page: UnitOfWork, command: Asked) -> Outcome:
    """Decide one command: raise a GatewayError and change nothing, or record what happened and return the outcome."""
    outcome = _DECIDE[type(command)](page, command)
    if type(command) not in _FREES_NOTHING:
        _serve_queue(page)
    return outcome


def _serve_queue(page: UnitOfWork) -> None:
    """Whoever waits comes before the next command."""
    if page.queue.standbys:
        queueing.follow(page, _hold)


def _claim(page: UnitOfWork, claim: Claim) -> Slot:
    return _new_slot(page, claim, Happened.CONFIRMED, State.CONFIRMED, None)


def _hold(page: UnitOfWork, hold: Hold) -> Slot:
    run = _book_for(page, hold.demand.run, hold).run
    require_claimable(run, page.now)
    return _new_slot(page, hold, Happened.HELD, State.HELD, hold_until(run, hold.lasting, page.now))


def _new_slot(
    page: UnitOfWork,
    claim: Claim,
    what: Happened,
    state: State,
    until: datetime | None,
    replaces: UUID | None = None,
) -> Slot:
    book = _book_for(page, claim.demand.run, claim)
    reference_kbq, allocation, legs = _take(page, book, claim.demand)
    slot = Slot(
        id=claim.slot_id,
        version=1,
        state=state,
        product=book.run.product,
        demand=claim.demand._replace(departure_at=None),
        reference_kbq=reference_kbq,
        allocation=allocation,
        hold_until=until,
        created_at=page.now,
        updated_at=page.now,
        actor=claim.actor,
        reason=claim.reason,
        by_staff=claim.by_staff(claim.demand.partner),
        legs=legs,
        replaces=replaces,
    )
    return page.put(what, slot)


def _join(page: UnitOfWork, join: Join) -> Standby:
    return queueing.join(page, join, _hold)


def _leave(page: UnitOfWork, leave: Leave) -> Standby:
    return queueing.leave(page, leave, _release)


def _take(page: UnitOfWork, book: Book, demand: Demand) -> tuple[int, Allocation, Reservations]:
    """Every check of a claim, and then the taking of all legs: of each, or of none."""
    require_claimable(book.run, page.now)
    return _take_legs(page, book, demand)


def _take_legs(
    page: UnitOfWork, book: Book, demand: Demand, made: routing.MadeDose | None = None
) -> tuple[int, Allocation, Reservations]:
    check_product(
        page.network.products.get(book.run.product),
        demand.partner,
        demand.activity_mbq,
        book.run,
        demand.administration_at,
    )
    wanted = reference_amount(book.run, demand)
    allowed = routing.allowed(demand, book.run, page.network, made)
    book.share(demand.partner, wanted)
    legs = routing.first_free(allowed, demand, page.rooms).legs
    if not legs.places:
        return wanted.kbq, book.take(demand.partner, wanted), legs
    before = book.memo(), page.rooms.memo(legs.places)
    try:
        allocation = book.take(demand.partner, wanted)
        page.rooms.take(legs.places)
    except BaseException:
        book.restore(before[0])
        page.rooms.restore(before[1])
        raise
    return wanted.kbq, allocation, legs


def _confirm(page: UnitOfWork, confirm: Confirm) -> Slot:
    slot = _open_slot(page, confirm)
    if slot.state is State.CONFIRMED:
        raise refusals.AlreadyConfirmed("This slot is confirmed already.", slot=slot.name)
    if slot.at_risk:
        raise refusals.SlotAtRisk(
            "This slot has lost something that it stands on; move it.", slot=slot.name, risk=slot.risk.name
        )
    require_before_cutoff(page.books[slot.demand.run].run, page.now)
    return page.change(Happened.CONFIRMED, slot, confirm, state=State.CONFIRMED, hold_until=None)


def _release(page: UnitOfWork, release: Release) -> Slot:
    slot = _open_slot(page, release)
    if not slot.at_risk:
        require_before_cutoff(page.books[slot.demand.run].run, page.now)
    page.free(slot)
    return page.change(Happened.RELEASED, slot, release, state=State.RELEASED, hold_until=None)


def _move(page: UnitOfWork, move: Move) -> Slot:
    slot = _own_slot(page, move)
    slot.require_movable(page.now)
    slot.require_etag(move.etag)
    target = _book_for(page, move.run, move)
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
    before = source.memo(), page.rooms.memo(slot.legs.places)
    page.free(slot)  # first, so that a slot can change its own administration where all is full
    try:
        reference_kbq, allocation, legs = _take_again(page, slot, target, demand)
    except BaseException:
        source.restore(before[0])
        page.rooms.restore(before[1])
        raise
    until = slot.hold_until and min(slot.hold_until, target.run.cutoff_at)
    return page.change(
        Happened.MOVED,
        slot,
        move,
        demand=demand._replace(departure_at=None),
        reference_kbq=reference_kbq,
        allocation=allocation,
        legs=legs,
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
    promised = _new_slot(page, claim, Happened.CONFIRMED, State.CONFIRMED, None, replaces=slot.id)
    if slot.state is not State.LOST:
        slot = page.change(Happened.LOST, slot, move, cause=RECALLED, state=State.LOST)
    page.change(Happened.REPLACED, slot, move, replaced_by=promised.id)
    return promised


def _move_together(page: UnitOfWork, command: MoveTogether) -> MovedTogether:
    before = page.memo()
    try:
        return MovedTogether(tuple(_move(page, move) for move in command.moves))
    except BaseException:
        page.restore(before)
        raise


def _move_filled(page: UnitOfWork, slot: Slot, vial: FilledVial, move: Move) -> Slot:
    """A slot moves with its vial: what it has taken of its run stays as it is."""
    run, held = page.books[slot.demand.run].run, slot.legs.places
    before = page.rooms.memo(held)
    page.rooms.give_back(held)  # first, as with every move
    try:
        demand, legs, risk = filled.kept(slot, vial, move, run, page.network, page.rooms, page.now)
    except BaseException:
        page.rooms.restore(before)
        raise
    page.rooms.take(legs.places)
    return page.change(Happened.MOVED, slot, move, demand=demand, legs=legs, risk=risk)


def _take_again(page: UnitOfWork, slot: Slot, target: Book, demand: Demand) -> tuple[int, Allocation, Reservations]:
    """A slot that lost another leg than its run finds a way after the run's cut-off too: it claims nothing new."""
    was = slot.demand
    unchanged = (demand.run, demand.activity_mbq, demand.administration_at) == (
        was.run,
        was.activity_mbq,
        was.administration_at,
    )
    if slot.at_risk and slot.in_book and unchanged:
        made = filled.made_dose(slot, page.now) if target.run.end_of_synthesis_at <= page.now else None
        return _take_legs(page, target, demand, made)
    return _take(page, target, demand)


def _cut(page: UnitOfWork, cut: Cut) -> CutOutcome:
    book = page.books.get(cut.run)
    plan = cutting.plan(book, page.standing_on(cut.run), cut, page.now)
    outcome = CutOutcome(plan.book, tuple(slot.id for slot in plan.displaced), cut, page.now)
    if cut.validate_only:
        return outcome
    _apply(page, plan, cut)
    page.happenings.append(Happening(Happened.CUT, cut=outcome))
    return outcome


def _apply(page: UnitOfWork, plan: cutting.CutPlan, cut: Cut) -> None:
    page.books[cut.run] = plan.book
    for slot, allocation in plan.kept:
        if allocation != slot.allocation:
            page.keep(slot, allocation=allocation)
    for slot in plan.displaced:
        page.rooms.give_back(slot.legs.places)
        nothing, legs = Allocation(NOTHING, NOTHING), slot.legs.without_places()
        page.change(Happened.AT_RISK, slot, cut, risk=Risk.RUN, allocation=nothing, legs=legs)


def _project(page: UnitOfWork, project: Project) -> None:
    """Take over what capacity says of a run, unless the ledger knows as much already.

    Facts of production need nobody's consent. Where they leave too little for what is promised, they are a cut first.
    """
    drawn = project.book
    known = page.books.get(project.run)
    if known is None:
        known = page.books[project.run] = blank(drawn)
    if known.run.version >= drawn.run.version:
        return
    standing = page.standing_on(project.run)
    drawn = cutting.with_what_is_closed(drawn, known, standing)
    if known.has_room_for(drawn, page.now):
        known.redraw(drawn, page.now)
        return
    cut = cutting.drawn_as_cut(known, drawn, project)
    plan = cutting.plan(known, standing, cut, page.now)
    _apply(page, plan, cut)
    plan.book.redraw(drawn, page.now)
    outcome = CutOutcome(plan.book, tuple(slot.id for slot in plan.displaced), cut, page.now)
    page.happenings.append(Happening(Happened.CUT, cut=outcome))


def _revise(page: UnitOfWork, command: Revise) -> None:
    """Take over what master data says of a resource, unless the ledger knows as much already."""
    change = command.change
    if page.network.versions.get(change.name, 0) >= change.version:
        return
    page.network = page.network.after([change])
    resting = [page.slots[slot_id] for slot_id in page.resting]
    runs = {name: book.run for name, book in page.books.items()}
    stand_on = revising.dependencies_of(resting, runs, page.network, page.now, page.vials.values())
    revision = revising.revise(stand_on, page.rooms)
    for slot, legs in revision.kept:
        page.keep(slot, legs=legs)
    slots = tuple(
        page.change(Happened.AT_RISK, slot, command, risk=risk, legs=legs) for slot, risk, legs in revision.threatened
    )
    conflicts = page.network.conflicts.get(change.name, 0) + (1 if slots else 0)
    page.revised.append((change, conflicts))
    if slots:
        conflict = Conflict(command, conflicts, slots, page.now)
        page.happenings.append(Happening(Happened.CONFLICTED, conflict=conflict))


def _withdraw(page: UnitOfWork, withdraw: Withdraw) -> None:
    """Nobody gets a dose of a batch that may not be used. Whose administration is over has had it."""
    nothing = Allocation(NOTHING, NOTHING)
    for slot in page.standing_on(withdraw.run):
        if slot.demand.administration_at > page.now:
            page.free(slot)
            legs = slot.legs.without_places()
            page.change(Happened.AT_RISK, slot, withdraw, risk=Risk.RUN, allocation=nothing, legs=legs)


def _record_vial(page: UnitOfWork, command: RecordVial) -> None:
    """Take over what quality says of a vial, unless the ledger knows as much already."""
    vial = command.vial
    known = page.vials.get(vial.name)
    if known is None or known.version < vial.version:
        page.vials[vial.name] = vial
        page.told.append(vial)


def _settled(page: UnitOfWork, command: Settle) -> None:
    """Nothing is left to do: the page was settled before."""


def _book_for(page: UnitOfWork, run: str, command: Command) -> Book:
    book = page.books.get(run)
    partner = command.demand.partner if isinstance(command, Claim) else command.partner
    viewer = None if command.operator else partner
    if book is None or not may_know(viewer, book, page.network.products.get(book.run.product)):
        raise RunUnknown("There is no such run.", run=run)
    return book


def may_know(viewer: str | None, book: Book, product: Product | None) -> bool:
    """True if the viewer (None: an operator) may know of the run, and so of what it makes."""
    return visible(viewer, book.audience, product.partners if product else NOBODY)


def _own_slot(page: UnitOfWork, command: OnSlot) -> Slot:
    slot = page.slots.get(command.slot_id)
    if slot is None or not (command.operator or slot.demand.partner == command.partner):
        raise refusals.SlotUnknown("There is no such slot.", slot=f"slots/{command.slot_id}")
    return slot


def _open_slot(page: UnitOfWork, command: OnSlot) -> Slot:
    slot = _own_slot(page, command)
    slot.require_open(page.now)
    slot.require_etag(command.etag)
    return slot


def require_partner(asked: str, spoken_for: str, operator: bool) -> str:
    """The partner a claim is for: the one the caller speaks for, unless an operator names another."""
    if asked and asked != spoken_for and not operator:
        raise Denied("You can claim only for the partner that your token speaks for.", field="demand.partner")
    return asked or spoken_for


_FREES_NOTHING = frozenset({Claim, Hold, Join, RecordShipment, RecordVial})
_DECIDE: Mapping[type, Callable[[UnitOfWork, Any], Outcome]] = {
    Claim: _claim,
    Hold: _hold,
    Join: _join,
    Leave: _leave,
    Confirm: _confirm,
    Release: _release,
    Move: _move,
    MoveTogether: _move_together,
    Cut: _cut,
    Project: _project,
    RecordShipment: shipped.record,
    RecordVial: _record_vial,
    Revise: _revise,
    Settle: _settled,
    Withdraw: _withdraw,
}
