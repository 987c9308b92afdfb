"""Decide commands, one after the other, on a page of locked books; record what happened."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.kernel.errors import Denied
from services.slotting.domain import cutting, refusals
from services.slotting.domain.book import NOTHING, Book, Taking, blank
from services.slotting.domain.commands import Claim, Command, Confirm, Cut, Hold, Move, OnSlot, Project, Release, Settle
from services.slotting.domain.places import Lane, Site, check_lane, check_licence
from services.slotting.domain.slot import (
    Demand,
    Slot,
    State,
    hold_until,
    reference_amount,
    require_before_cutoff,
    require_claimable,
)

CLOCK = "doselane"  # the actor of what the clock alone decides


class Happened(StrEnum):
    """What can happen to a slot or a run; the second half of the event type."""

    HELD = "slot.held"
    CONFIRMED = "slot.confirmed"
    RELEASED = "slot.released"
    EXPIRED = "slot.expired"
    MOVED = "slot.moved"
    AT_RISK = "slot.at_risk"
    CUT = "run.cut"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened: a slot as it is after it (and the run it left), or a cut."""

    what: Happened
    slot: Slot | None = None
    from_run: str = ""
    cut: "CutOutcome | None" = None


@dataclass(frozen=True, slots=True)
class CutOutcome:
    """What a cut did to a run: the book as it is now and the slots that lost their place."""

    book: Book
    conflicts: tuple[UUID, ...]
    command: Cut
    cut_at: datetime


Outcome = Slot | CutOutcome | None


@dataclass(slots=True)
class Page:
    """What a batch is decided on: books, slots and places as they were after the locks were taken, and the instant.

    `overdue` are the holds of the page's books that had run out; `standing` the slots in the book of each
    run that is to be cut, oldest first.
    """

    now: datetime
    books: dict[str, Book]
    slots: dict[UUID, Slot]
    sites: Mapping[str, Site]
    lanes: Mapping[str, Lane]
    overdue: list[Slot] = field(default_factory=list)
    standing: Mapping[str, list[Slot]] = field(default_factory=dict)
    created: list[Slot] = field(default_factory=list)
    touched: dict[UUID, Slot] = field(default_factory=dict)
    happenings: list[Happening] = field(default_factory=list)

    def put(self, what: Happened, slot: Slot, from_run: str = "") -> Slot:
        """Record a change of a slot."""
        if slot.version == 1:
            self.created.append(slot)
        else:
            self.touched[slot.id] = slot
        self.slots[slot.id] = slot
        self.happenings.append(Happening(what, slot, from_run))
        return slot

    def change(self, what: Happened, slot: Slot, command: Command | None, **changes: Any) -> Slot:
        """Record the next version of a slot, with who and why."""
        after = replace(
            slot,
            version=slot.version + 1,
            updated_at=self.now,
            actor=command.actor if command else CLOCK,
            reason=command.reason if command else "",
            **changes,
        )
        return self.put(what, after, slot.demand.run if after.demand.run != slot.demand.run else "")


def settle(page: Page) -> None:
    """Do what the clock has decided: overdue holds expire, allotments are released back. Comes before any command."""
    for slot in page.overdue:
        if slot.in_book:
            page.books[slot.demand.run].give_back(slot.demand.partner, slot.taking, page.now)
        page.change(Happened.EXPIRED, slot, None, state=State.EXPIRED)
    for book in page.books.values():
        book.settle(page.now)


def decide(page: Page, command: Command | Project | Settle) -> Outcome:
    """Decide one command: raise a GatewayError and change nothing, or record what happened and return the outcome."""
    return _DECIDE[type(command)](page, command)


def _claim(page: Page, claim: Claim) -> Slot:
    return _new_slot(page, claim, Happened.CONFIRMED, State.CONFIRMED, None)


def _hold(page: Page, hold: Hold) -> Slot:
    run = _book_for(page, hold.demand.run, hold).run
    require_claimable(run, page.now)
    return _new_slot(page, hold, Happened.HELD, State.HELD, hold_until(run, hold.lasting, page.now))


def _new_slot(page: Page, claim: Claim, what: Happened, state: State, until: datetime | None) -> Slot:
    book = _book_for(page, claim.demand.run, claim)
    reference_kbq, taking = _take(page, book, claim.demand)
    slot = Slot(
        id=claim.slot_id,
        version=1,
        state=state,
        at_risk=False,
        demand=claim.demand,
        reference_kbq=reference_kbq,
        taking=taking,
        hold_until=until,
        created_at=page.now,
        updated_at=page.now,
        actor=claim.actor,
        reason=claim.reason,
    )
    return page.put(what, slot)


def _take(page: Page, book: Book, demand: Demand) -> tuple[int, Taking]:
    """Every check of a claim, then the taking itself, which is the last step and the only change."""
    require_claimable(book.run, page.now)
    wanted = reference_amount(book.run, demand)
    site = page.sites.get(demand.site)
    if site is None or demand.partner not in site.partners:
        raise refusals.SiteUnknown("There is no such treatment centre.", site=demand.site)
    lane = page.lanes.get(demand.lane)
    arrival_at = lane.arrival_at(book.run) if lane else demand.administration_at
    if demand.lane:
        check_lane(lane, demand.lane, site, book.run, demand.administration_at)
    check_licence(site, book.run, demand.activity_mbq, demand.administration_at, arrival_at)
    return wanted.kbq, book.take(demand.partner, wanted)


def _confirm(page: Page, confirm: Confirm) -> Slot:
    slot = _open_slot(page, confirm)
    if slot.state is State.CONFIRMED:
        raise refusals.AlreadyConfirmed("This slot is confirmed already.", slot=slot.name)
    if slot.at_risk:
        raise refusals.SlotAtRisk("The run was cut and this slot has lost its place; move it.", slot=slot.name)
    require_before_cutoff(page.books[slot.demand.run].run, page.now)
    return page.change(Happened.CONFIRMED, slot, confirm, state=State.CONFIRMED, hold_until=None)


def _release(page: Page, release: Release) -> Slot:
    slot = _open_slot(page, release)
    if slot.in_book:
        book = page.books[slot.demand.run]
        require_before_cutoff(book.run, page.now)
        book.give_back(slot.demand.partner, slot.taking, page.now)
    return page.change(Happened.RELEASED, slot, release, state=State.RELEASED, hold_until=None)


def _move(page: Page, move: Move) -> Slot:
    slot = _open_slot(page, move)
    target = _book_for(page, move.run, move)
    source = page.books[slot.demand.run]
    if slot.in_book:
        require_before_cutoff(source.run, page.now)
    if target.run.product != source.run.product:
        raise refusals.ProductDiffers(
            "The run makes another product than the slot was promised.",
            slot=slot.name,
            run=move.run,
            product=source.run.product,
        )
    activity_mbq, administration_at = move.administration or (slot.demand.activity_mbq, slot.demand.administration_at)
    demand = slot.demand._replace(
        run=move.run,
        lane=slot.demand.lane if move.lane is None else move.lane,
        activity_mbq=activity_mbq,
        administration_at=administration_at,
    )
    before = source.memo()
    if slot.in_book:  # freed first, so that a slot can change its own administration on a full run
        source.give_back(slot.demand.partner, slot.taking, page.now)
    try:
        reference_kbq, taking = _take(page, target, demand)
    except Exception:
        source.restore(before)
        raise
    until = slot.hold_until and min(slot.hold_until, target.run.cutoff_at)
    return page.change(
        Happened.MOVED,
        slot,
        move,
        demand=demand,
        reference_kbq=reference_kbq,
        taking=taking,
        at_risk=False,
        hold_until=until,
    )


def _cut(page: Page, cut: Cut) -> CutOutcome:
    book = page.books.get(cut.run)
    plan = cutting.plan(book, page.standing.get(cut.run, []), cut, page.now)
    outcome = CutOutcome(plan.book, tuple(slot.id for slot in plan.displaced), cut, page.now)
    if cut.validate_only:
        return outcome
    page.books[cut.run] = plan.book
    for slot, taking in plan.kept:
        if taking != slot.taking:  # same slot, same version: only where in the book it stands has changed
            page.touched[slot.id] = replace(slot, taking=taking)
    for slot in plan.displaced:
        page.change(Happened.AT_RISK, slot, cut, at_risk=True, taking=Taking(NOTHING, NOTHING))
    page.happenings.append(Happening(Happened.CUT, cut=outcome))
    return outcome


def _project(page: Page, project: Project) -> None:
    """Take over what capacity says of a run, unless the ledger knows as much already."""
    drawn = project.book
    known = page.books.get(project.run)
    if known is None:
        known = page.books[project.run] = blank(drawn)
    if known.run.version < drawn.run.version:
        known.redraw(drawn, page.now)


def _settled(page: Page, command: Settle) -> None:
    """Nothing is left to do: the page was settled before."""


def _book_for(page: Page, run: str, command: Command) -> Book:
    book = page.books.get(run)
    partner = command.demand.partner if isinstance(command, Claim) else command.partner
    if book is None or not (command.operator or book.visible_to(partner)):
        raise refusals.RunUnknown("There is no such run.", run=run)
    return book


def _open_slot(page: Page, command: OnSlot) -> Slot:
    slot = page.slots.get(command.slot_id)
    if slot is None or not (command.operator or slot.demand.partner == command.partner):
        raise refusals.SlotUnknown("There is no such slot.", slot=f"slots/{command.slot_id}")
    slot.require_open(page.now)
    slot.require_etag(command.etag)
    return slot


def require_partner(asked: str, spoken_for: str, operator: bool) -> str:
    """The partner a claim is for: the one the caller speaks for, unless an operator names another."""
    if asked and asked != spoken_for and not operator:
        raise Denied("You can claim only for the partner that your token speaks for.", field="demand.partner")
    return asked or spoken_for


_DECIDE: Mapping[type, Callable[[Page, Any], Outcome]] = {
    Claim: _claim,
    Hold: _hold,
    Confirm: _confirm,
    Release: _release,
    Move: _move,
    Cut: _cut,
    Project: _project,
    Settle: _settled,
}
