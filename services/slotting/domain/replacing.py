"""A dose that is gone: lost, or on its way and not to be used. Another slot takes its place, for the same order.

The gone dose stays what it is, with its vial, its batch and its shipment, so that a slot stands for one dose for good.
"""

from dataclasses import fields

from services.slotting.domain.commands import Claim, Command, Move
from services.slotting.domain.slot import Risk, Slot, State
from services.slotting.domain.vial import FilledVial

# The cause of doselane.distribution.v1.Loss: its batch was rejected on the way.
RECALLED = "RECALLED"


def is_gone(slot: Slot, vial: FilledVial | None) -> bool:
    """Whether there is no dose any more with which the slot could move: it is lost, or its vial (None: it has none) has
    left and its run was taken from it, as its batch may not be used."""
    if slot.state is State.LOST:
        return True
    return slot.state is State.CONFIRMED and slot.risk is Risk.RUN and vial is not None and vial.left


def claim_in_place_of(slot: Slot, move: Move) -> Claim:
    """What is asked of the ledger then: a claim for the same order and patient, by whoever wanted to move the slot."""
    assert move.replacement_id is not None, "whoever moves what can be gone says which slot takes its place"
    signature = {name: getattr(move, name) for name in (each.name for each in fields(Command))}
    return Claim(**signature, slot_id=move.replacement_id, demand=move.demand_of(slot.demand))
