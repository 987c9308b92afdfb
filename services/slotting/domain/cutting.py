"""Cutting a run: which slots keep their place when there is less to share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from services.network import NOTHING, Capacity
from services.network.refusals import AllotmentsExceedPledge, AllotmentUnknown, CapacityWouldGrow, RunUnknown
from services.slotting.domain import refusals
from services.slotting.domain.book import Allocation, Book, CommittedSize, RunState
from services.slotting.domain.commands import Cut

if TYPE_CHECKING:
    from services.slotting.domain.commands import Project
    from services.slotting.domain.slot import Slot


@dataclass(frozen=True, slots=True)
class CutPlan:
    """The book after a cut, the slots that keep a place in it (and which), and those that lose theirs."""

    book: Book
    kept: Sequence[tuple["Slot", Allocation]]
    displaced: Sequence["Slot"]


def plan(book: Book | None, standing: Sequence["Slot"], cut: Cut, now: datetime) -> CutPlan:
    """Work out a cut without changing anything. The oldest claims keep their places; the newest lose first."""
    book = _required_version(book, cut)
    _require_less(book, cut)
    smaller = _emptied(book, standing, cut)
    kept, displaced = _seated(smaller, standing)
    smaller.settle(now)  # only now: who stood on an allotment that was released back has kept the place in it
    late, displaced = _seated(smaller, displaced)
    kept += late
    if displaced and not (cut.accept_conflicts or cut.validate_only):
        raise refusals.CapacityConflict(
            "Slots stand on this capacity. Accept the conflicts to go on and mark them as at risk.",
            run=cut.run,
            slot_count=len(displaced),
            slots=",".join(slot.name for slot in displaced),  # last, as it is cut short where there are too many
        )
    return CutPlan(smaller, kept, displaced)


class ClosedAllocations(NamedTuple):
    """What fulfilled and lost slots have taken of each account: their doses were made, so no size is ever below it."""

    pool: Capacity
    allotments: Mapping[str, Capacity]


def closed_in(book: Book, standing: Sequence["Slot"]) -> ClosedAllocations:
    """All that is committed beside what the slots that stand on the run have taken."""
    return ClosedAllocations(
        book.pool.committed.minus(_sum(slot.allocation.pool for slot in standing)),
        {
            partner: allotment.committed.minus(
                _sum(slot.allocation.allotment for slot in standing if slot.demand.partner == partner)
            )
            for partner, allotment in book.allotments.items()
        },
    )


def with_what_is_closed(drawn: Book, book: Book, standing: Sequence["Slot"]) -> Book:
    """What capacity says of a run, with room for what is closed: an allotment has it at the cost of the pool."""
    closed = closed_in(book, standing)
    allotments = {
        partner: replace(each, size=each.size.most(closed.allotments.get(partner, NOTHING)))
        for partner, each in drawn.allotments.items()
    }
    for partner, taken in closed.allotments.items():
        if partner not in allotments and taken != NOTHING:
            allotments[partner] = replace(book.allotments[partner], size=taken, committed=NOTHING)
    total = drawn.pool.size.plus(_sum(each.size for each in drawn.allotments.values()))
    pool = total.minus(_sum(each.size for each in allotments.values())).most(closed.pool)
    return replace(drawn, pool=CommittedSize(pool), allotments=allotments)


def drawn_as_cut(book: Book, drawn: Book, project: "Project") -> Cut:
    """What capacity says of a run that has no room for its promises any more, as a cut: a fact that nobody was asked
    for, such as a yield that the ERP told."""
    return Cut(
        partner="",
        actor=project.actor,
        reason=project.reason,
        operator=True,
        request_id=UUID(int=0),
        body_hash=b"",
        run=project.run,
        pledged=drawn.pool.size.plus(_sum(allotment.size for allotment in drawn.allotments.values())),
        allotments={partner: each.size for partner, each in drawn.allotments.items() if partner in book.allotments},
        cancel=drawn.run.state.withdrawn,
        accept_conflicts=True,
        validate_only=False,
        base_version=book.run.version,
        failed=drawn.run.state is RunState.FAILED,
    )


def _seated(book: Book, slots: Iterable["Slot"]) -> tuple[list[tuple["Slot", Allocation]], list["Slot"]]:
    """Give the slots places in the book, in their order; also those for which none was left."""
    kept: list[tuple[Slot, Allocation]] = []
    displaced: list[Slot] = []
    for slot in slots:
        amount = slot.allocation.allotment.plus(slot.allocation.pool)
        try:
            kept.append((slot, book.take(slot.demand.partner, amount)))
        except refusals.RunFull:
            displaced.append(slot)
    return kept, displaced


def _required_version(book: Book | None, cut: Cut) -> Book:
    if book is None:
        raise RunUnknown("There is no such run.", run=cut.run)
    if book.run.version < cut.base_version:
        raise refusals.RunNotYetKnown(
            "The ledger has not heard of this version of the run.", run=cut.run, version=book.run.version
        )
    if book.run.version > cut.base_version:
        raise refusals.SlotStale("The run changed since you read it.", run=cut.run, version=book.run.version)
    return book


def _require_less(book: Book, cut: Cut) -> None:
    """A cut takes away; it never gives, and it never speaks of an allotment that there is not."""
    if book.run.state.withdrawn:
        raise refusals.RunNotOpen("Nothing is left of this run.", run=cut.run, state=book.run.state.name)
    for partner in cut.allotments.keys() - book.allotments.keys():
        raise AllotmentUnknown("The run has no such allotment.", run=cut.run, partner=partner)
    has = book.pool.size.plus(_sum(allotment.size for allotment in book.allotments.values()))
    if not (cut.cancel or has.covers(cut.pledged)):
        raise CapacityWouldGrow(
            "A cut may only lower figures.",
            run=cut.run,
            has_kbq=has.kbq,
            has_vials=has.vials,
            asked_kbq=cut.pledged.kbq,
            asked_vials=cut.pledged.vials,
        )


def _emptied(book: Book, standing: Sequence["Slot"], cut: Cut) -> Book:
    """The book with its new sizes and without the slots that may lose their place; what is closed stays taken."""
    closed = closed_in(book, standing)
    sizes = {
        partner: NOTHING if cut.cancel else old.size.least(cut.allotments.get(partner, old.size))
        for partner, old in book.allotments.items()
    }
    pledged = NOTHING if cut.cancel else cut.pledged
    pool = pledged.minus(_sum(sizes.values()))
    if not pool.covers(NOTHING):
        raise AllotmentsExceedPledge(
            "The allotments add up to more than the run would pledge; name smaller ones.",
            run=cut.run,
            pledged_kbq=pledged.kbq,
            pledged_vials=pledged.vials,
            missing_kbq=max(0, -pool.kbq),
            missing_vials=max(0, -pool.vials),
        )
    allotments = {
        partner: replace(old, size=sizes[partner].most(taken), committed=taken)
        for (partner, old), taken in zip(book.allotments.items(), closed.allotments.values(), strict=True)
    }
    beside = pledged.minus(_sum(allotment.size for allotment in allotments.values()))
    withdrawn = RunState.FAILED if cut.failed else RunState.CANCELLED
    state = withdrawn if cut.cancel else book.run.state
    run = book.run._replace(
        version=cut.base_version + 1,
        state=state,
        cuts=book.run.cuts + 1,
        pool_cut=book.run.pool_cut or not pool.covers(book.pool.size),
    )
    account = CommittedSize(beside.most(closed.pool), closed.pool)
    return replace(book, run=run, pool=account, allotments=allotments, redrawn=True)


def _sum(amounts: Iterable[Capacity]) -> Capacity:
    total = NOTHING
    for amount in amounts:
        total = total.plus(amount)
    return total
