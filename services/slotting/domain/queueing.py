"""The queues of runs: who may wait, who is offered what comes free, and when waiting is over."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.kernel.errors import GatewayError
from services.slotting.domain import refusals, routing
from services.slotting.domain.book import Run
from services.slotting.domain.commands import Command, Hold, Join, Leave, Release
from services.slotting.domain.page import CLOCK, UnitOfWork
from services.slotting.domain.slot import Demand, Slot, State, reference_amount
from services.slotting.domain.standby import Standby, StandbyState

WAITING_MAX = 100  # orders of one sponsor that may wait for one run; each change of the run looks at all of them
AS_LONG_AS_ALLOWED = timedelta.max  # the rule of holds shortens it

Holds = Callable[[UnitOfWork, Hold], Slot]
Releases = Callable[[UnitOfWork, Release], Slot]


def join(page: UnitOfWork, command: Join, hold: Holds) -> Standby:
    """Queue an order. It is judged as a hold is, in all but room; if there is room, it is offered at once.

    Nobody is passed over by that: whoever waits already does not fit what is free, or would have been served.
    """
    demand = command.demand
    ahead = sum(_of_one_sponsor(each.demand, demand) for each in _in_line(page))
    if ahead >= WAITING_MAX:
        raise refusals.StandbysFull(
            "You have too many orders waiting for this run; leave some first.", run=demand.run, waiting=ahead
        )
    standby = Standby(
        id=command.standby_id,
        version=1,
        state=StandbyState.WAITING,
        demand=demand,
        slot_id=None,
        answer_until=None,
        created_at=page.now,
        updated_at=page.now,
        actor=command.actor,
        reason=command.reason,
        by_staff=command.by_staff(demand.partner),
    )
    try:
        slot = hold(page, _hold_for(command))
    except refusals.NO_ROOM:
        routing.allowed(demand, page.books[demand.run].run, page.network)  # raises if no room could ever help
        return page.put_standby(standby)
    page.put_standby(standby)
    return _offered(page, standby, slot)


def leave(page: UnitOfWork, command: Leave, release: Releases) -> Standby:
    """Wait no longer. What was offered is given back, so it must be possible to give it back."""
    standby = page.queue.standbys.get(command.standby_id)
    if standby is None or not (command.operator or standby.demand.partner == command.partner):
        raise refusals.StandbyUnknown("There is no such standby.", standby=f"standbys/{command.standby_id}")
    now_is = standby.as_of(page.now, _run(page, standby))
    if not now_is.open:
        raise refusals.StandbyClosed("This standby is over.", standby=standby.name, state=now_is.state.name)
    if command.etag and command.etag != standby.etag:
        raise refusals.SlotStale("The standby changed since you read it.", standby=standby.name, etag=standby.etag)
    if standby.state is StandbyState.OFFERED and standby.slot_id is not None:
        release(page, Release(**_signature(command), slot_id=standby.slot_id, etag=""))
    by_staff = command.by_staff(standby.demand.partner)
    return _change(page, standby, StandbyState.LEFT, (command.actor, command.reason, by_staff))


def follow(page: UnitOfWork, hold: Holds) -> None:
    """Bring the queue in line with what has just happened to slots and runs, and offer what has come free.

    Comes after everything that may free something, so that at no time anybody waits who could be served. An order
    that does not fit does not block a smaller one behind it: one patient more is treated.
    """
    for standby in list(page.queue.standbys.values()):
        if standby.state is StandbyState.OFFERED:
            _follow_slot(page, standby)
        elif standby.state is StandbyState.WAITING and not _run(page, standby).takes_claims(page.now):
            _change(page, standby, StandbyState.LAPSED)
    for standby in _in_line(page):
        _serve(page, standby, hold)


def _follow_slot(page: UnitOfWork, standby: Standby) -> None:
    """What has become of the offered slot says what becomes of the standby. A slot not on the page has not changed."""
    slot = page.slots.get(standby.slot_id) if standby.slot_id else None
    if slot is None:
        return
    by = _who_changed(slot)
    if slot.demand.run != standby.demand.run:  # it was moved: the order has left this run
        _change(page, standby, StandbyState.LEFT, by)
    elif slot.state is State.CONFIRMED:
        _change(page, standby, StandbyState.SERVED, by)
    elif slot.state is State.RELEASED:
        _change(page, standby, StandbyState.LEFT, by)
    elif slot.state is not State.HELD:
        _change(page, standby, StandbyState.LAPSED)
    elif not slot.in_book:  # its run was cut or cancelled
        # What was offered is gone, and not because nobody answered: back in line, as old as before.
        waits = _run(page, standby).takes_claims(page.now)
        after = StandbyState.WAITING if waits else StandbyState.LAPSED
        _change(page, standby, after, by, slot_id=None, answer_until=None)


def _serve(page: UnitOfWork, standby: Standby, hold: Holds) -> None:
    """Offer what is free, if the order fits. Whatever else speaks against it now may pass before the cut-off."""
    try:
        if not _may_fit(page, standby.demand):
            return
        slot = hold(page, _hold_of_clock(page, standby))
    except GatewayError:
        return
    _offered(page, standby, slot)


def _run(page: UnitOfWork, standby: Standby) -> Run:
    return page.books[standby.demand.run].run


def _in_line(page: UnitOfWork) -> list[Standby]:
    """Who waits, in the order in which they are served: by agreed priority, then by age."""

    def order(standby: Standby) -> tuple[int, datetime, UUID]:
        agreed = page.queue.priorities.get((standby.demand.partner, _run(page, standby).product), 0)
        return -agreed, standby.created_at, standby.id

    return sorted((each for each in page.queue.standbys.values() if each.state is StandbyState.WAITING), key=order)


def _offered(page: UnitOfWork, standby: Standby, slot: Slot) -> Standby:
    return _change(
        page,
        standby,
        StandbyState.OFFERED,
        _who_changed(slot),
        slot_id=slot.id,
        answer_until=slot.hold_until,
    )


def _who_changed(slot: Slot) -> tuple[str, str, bool]:
    return slot.actor, slot.reason, slot.by_staff


def _change(
    page: UnitOfWork,
    standby: Standby,
    state: StandbyState,
    by: tuple[str, str, bool] = (CLOCK, "", False),
    **changes: Any,
) -> Standby:
    """Record the next version of a standby, with who and why, and whether that is staff."""
    actor, reason, by_staff = by
    after = replace(
        standby,
        version=standby.version + 1,
        state=state,
        updated_at=page.now,
        actor=actor,
        reason=reason,
        by_staff=by_staff,
        **changes,
    )
    return page.put_standby(after)


def _may_fit(page: UnitOfWork, demand: Demand) -> bool:
    """False if the run's book alone says that there is no room; saves the rest of the checks, for each who waits."""
    book = page.books[demand.run]
    free = book.most_for(demand.partner)
    return free.claimable and free.covers(reference_amount(book.run, demand))


def _of_one_sponsor(one: Demand, other: Demand) -> bool:
    return (one.partner, one.run) == (other.partner, other.run)


def _hold_for(command: Join) -> Hold:
    """The hold that a standby is served with when it joins, in the name of who asked."""
    return Hold(**_signature(command), slot_id=command.slot_id, demand=command.demand, lasting=AS_LONG_AS_ALLOWED)


def _hold_of_clock(page: UnitOfWork, standby: Standby) -> Hold:
    """The hold that a standby is served with later. Nobody asks for it, so nobody repeats it."""
    return Hold(
        partner=standby.demand.partner,
        actor=CLOCK,
        reason="",
        operator=True,  # whether the sponsor may know of the run was asked when it joined
        request_id=standby.id,
        body_hash=b"",
        slot_id=page.queue.new_id(),
        demand=standby.demand,
        lasting=AS_LONG_AS_ALLOWED,
    )


def _signature(command: Command) -> dict[str, Any]:
    """What every command carries: who asks, and why."""
    return {each.name: getattr(command, each.name) for each in fields(Command)}
