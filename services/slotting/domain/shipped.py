"""What becomes of a slot when its dose was delivered or lost on its way: the promise was kept, or it was not."""

from collections.abc import Mapping

from services.slotting.domain.commands import RecordShipment
from services.slotting.domain.page import LedgerHappened, UnitOfWork
from services.slotting.domain.slot import State

# By what a slot becomes: what it must be before, and what has happened then.
_STEPS: Mapping[State, tuple[State, LedgerHappened]] = {
    State.FULFILLED: (State.CONFIRMED, LedgerHappened.FULFILLED),
    State.LOST: (State.CONFIRMED, LedgerHappened.LOST),
    State.CONFIRMED: (State.FULFILLED, LedgerHappened.FULFILMENT_WITHDRAWN),
}


def record(page: UnitOfWork, command: RecordShipment) -> None:
    """Follow distribution, as far as the slots allow. They keep what they have taken: the doses were made.

    The events of a shipment come in order, as those of one aggregate do, so a slot's state says all that is needed: one
    that is told again, or of a slot that was given back, finds another state and changes nothing.
    """
    before, what = _STEPS[command.state]
    for slot_id in command.slots:
        slot = page.slots.get(slot_id)
        if slot is not None and slot.state is before:
            page.change(what, slot, command, cause=command.cause, state=command.state)
