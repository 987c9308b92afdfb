"""Where slots could move, and what is free for them; see the README."""

from datetime import datetime

from services.kernel.errors import GatewayError
from services.slotting.domain.moving.claims import claimed
from services.slotting.domain.moving.exchanging import with_exchange
from services.slotting.domain.moving.own_run import on_own_run
from services.slotting.domain.moving.values import (
    MoveSurvey,
    MoveWish,
    PlaceLeft,
    PossibleDose,
    PossibleMove,
    SlotMoves,
)
from services.slotting.domain.replacing import is_gone
from services.slotting.domain.slot import Slot, require_before_cutoff
from services.slotting.domain.vial import vial_of

__all__ = ["MOVES_MAX", "MoveSurvey", "MoveWish", "PlaceLeft", "PossibleDose", "PossibleMove", "SlotMoves", "moves_of"]

MOVES_MAX = 50  # of one slot


def moves_of(survey: MoveSurvey, slot: Slot, wish: MoveWish) -> SlotMoves:
    """The moves of a slot, those with the most slack first, or why it cannot move at all."""
    replaces = is_gone(slot, vial_of(slot, survey.vials))
    try:
        slot.require_movable(survey.now)
    except GatewayError as refusal:
        return SlotMoves(slot, (), refusal.reason, replaces)
    found, reason = on_own_run(survey, slot, wish), ""
    run = survey.runs.get(slot.demand.run)
    try:
        if run is not None and slot.stands:
            require_before_cutoff(run, survey.now)
        found += claimed(survey, slot, wish)
    except GatewayError as refusal:
        reason = refusal.reason
    known = SlotMoves(slot, tuple(found), "" if found else reason, replaces)
    if wish.exchange and not reason:
        known = with_exchange(survey, known, wish)
    return known._replace(moves=tuple(sorted(known.moves, key=_roomy_first)[:MOVES_MAX]))


def _roomy_first(move: PossibleMove) -> tuple[bool, int, datetime, str, str, str]:
    return not move.gives_up, -move.slack_minutes, move.departure_at, move.run, move.lane, move.site
