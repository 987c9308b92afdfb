"""Decide commands, one after the other, on a page of locked books; record what happened."""

from collections.abc import Callable, Mapping
from typing import Any

from services.kernel.errors import Denied
from services.network import NOTHING
from services.slotting.domain import cutting, queueing, refusals, revising, shipped
from services.slotting.domain.book import Allocation, blank
from services.slotting.domain.claiming import book_for, new_slot, open_slot
from services.slotting.domain.commands import (
    Asked,
    Claim,
    Confirm,
    Cut,
    Hold,
    Join,
    Leave,
    Move,
    MoveTogether,
    Project,
    RecordShipment,
    RecordVial,
    Release,
    Revise,
    Settle,
    Withdraw,
)
from services.slotting.domain.page import Conflict, CutOutcome, Happening, LedgerHappened, Outcome, UnitOfWork
from services.slotting.domain.relocating import move_slot, move_together
from services.slotting.domain.slot import Risk, Slot, State, hold_until, require_before_cutoff, require_claimable
from services.slotting.domain.standby import Standby


def settle(page: UnitOfWork) -> None:
    """Do what the clock has decided: overdue holds expire, allotments are released back. Comes before any command."""
    for slot in page.overdue:
        page.free(slot)
        page.change(LedgerHappened.EXPIRED, slot, None, state=State.EXPIRED)
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
    return new_slot(page, claim, LedgerHappened.CONFIRMED, State.CONFIRMED, None)


def _hold(page: UnitOfWork, hold: Hold) -> Slot:
    run = book_for(page, hold.demand.run, hold).run
    require_claimable(run, page.now)
    return new_slot(page, hold, LedgerHappened.HELD, State.HELD, hold_until(run, hold.lasting, page.now))


def _join(page: UnitOfWork, join: Join) -> Standby:
    return queueing.join(page, join, _hold)


def _leave(page: UnitOfWork, leave: Leave) -> Standby:
    return queueing.leave(page, leave, _release)


def _confirm(page: UnitOfWork, confirm: Confirm) -> Slot:
    slot = open_slot(page, confirm)
    if slot.state is State.CONFIRMED:
        raise refusals.AlreadyConfirmed("This slot is confirmed already.", slot=slot.name)
    if slot.at_risk:
        raise refusals.SlotAtRisk(
            "This slot has lost something that it stands on; move it.", slot=slot.name, risk=slot.risk.name
        )
    require_before_cutoff(page.books[slot.demand.run].run, page.now)
    return page.change(LedgerHappened.CONFIRMED, slot, confirm, state=State.CONFIRMED, hold_until=None)


def _release(page: UnitOfWork, release: Release) -> Slot:
    slot = open_slot(page, release)
    if not slot.at_risk:
        require_before_cutoff(page.books[slot.demand.run].run, page.now)
    page.free(slot)
    return page.change(LedgerHappened.RELEASED, slot, release, state=State.RELEASED, hold_until=None)


def _cut(page: UnitOfWork, cut: Cut) -> CutOutcome:
    book = page.books.get(cut.run)
    plan = cutting.plan(book, page.standing_on(cut.run), cut, page.now)
    outcome = CutOutcome(plan.book, tuple(slot.id for slot in plan.displaced), cut, page.now)
    if cut.validate_only:
        return outcome
    _apply(page, plan, cut)
    page.happenings.append(Happening(LedgerHappened.CUT, cut=outcome))
    return outcome


def _apply(page: UnitOfWork, plan: cutting.CutPlan, cut: Cut) -> None:
    page.books[cut.run] = plan.book
    for slot, allocation in plan.kept:
        if allocation != slot.allocation:
            page.keep(slot, allocation=allocation)
    for slot in plan.displaced:
        page.rooms.give_back(slot.reservations.places)
        nothing, reservations = Allocation(NOTHING, NOTHING), slot.reservations.without_places()
        page.change(LedgerHappened.AT_RISK, slot, cut, risk=Risk.RUN, allocation=nothing, reservations=reservations)


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
    page.happenings.append(Happening(LedgerHappened.CUT, cut=outcome))


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
    for slot, reservations in revision.kept:
        page.keep(slot, reservations=reservations)
    slots = tuple(
        page.change(LedgerHappened.AT_RISK, slot, command, risk=risk, reservations=reservations)
        for slot, risk, reservations in revision.threatened
    )
    conflicts = page.network.conflicts.get(change.name, 0) + (1 if slots else 0)
    page.revised.append((change, conflicts))
    if slots:
        conflict = Conflict(command, conflicts, slots, page.now)
        page.happenings.append(Happening(LedgerHappened.CONFLICTED, conflict=conflict))


def _withdraw(page: UnitOfWork, withdraw: Withdraw) -> None:
    """Nobody gets a dose of a batch that may not be used. Whose administration is over has had it."""
    nothing = Allocation(NOTHING, NOTHING)
    for slot in page.standing_on(withdraw.run):
        if slot.demand.administration_at > page.now:
            page.free(slot)
            reservations = slot.reservations.without_places()
            page.change(
                LedgerHappened.AT_RISK, slot, withdraw, risk=Risk.RUN, allocation=nothing, reservations=reservations
            )


def _record_vial(page: UnitOfWork, command: RecordVial) -> None:
    """Take over what quality says of a vial, unless the ledger knows as much already."""
    vial = command.vial
    known = page.vials.get(vial.name)
    if known is None or known.version < vial.version:
        page.vials[vial.name] = vial
        page.told.append(vial)


def _settled(page: UnitOfWork, command: Settle) -> None:
    """Nothing is left to do: the page was settled before."""


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
    Move: move_slot,
    MoveTogether: move_together,
    Cut: _cut,
    Project: _project,
    RecordShipment: shipped.record,
    RecordVial: _record_vial,
    Revise: _revise,
    Settle: _settled,
    Withdraw: _withdraw,
}
