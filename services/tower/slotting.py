"""Slotting over gRPC, which alone knows where slots could move, and moves them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from doselane.slotting.v1 import moves_pb2, slotting_pb2
from doselane.type.v1 import type_pb2

from services.kernel.rpc import Behalf, Client
from services.kernel.timestamps import required_instant, stamp
from services.network import Capacity
from services.network.reading import capacity_of
from services.tower.domain.rescuing import AskedMove, Freed, Promised, RescueMove, RunRoomLeft
from services.tower.domain.rescuing.moves import FREES_NOTHING

# What is left to the tower, of the time that its caller waits, to store that moves were made.
TO_STORE_S: Final = 0.25
_BATCH_MOVE: Final = slotting_pb2.DESCRIPTOR.services_by_name["SlottingService"].methods_by_name["BatchMoveSlots"]


class MoveSearch(NamedTuple):
    """What slotting is asked: for these doses, by their ids."""

    doses: Sequence[str]
    delay_max: timedelta
    fractions: tuple[float, ...]
    other_sites: bool
    helping: frozenset[str] = frozenset()  # those of the doses that are safe, and may move for the others


@dataclass(frozen=True, slots=True)
class FoundMoves:
    """What slotting answered, true of one instant: the moves of each dose, none of which anybody has agreed to yet, and
    what they have to share. `reasons`: of doses that cannot move at all, why."""

    at: datetime
    moves: Mapping[str, Sequence[RescueMove]]
    runs: Mapping[str, RunRoomLeft]
    places: Mapping[str, int]
    reasons: Mapping[str, str] = field(default_factory=dict)
    etags: Mapping[str, str] = field(default_factory=dict)  # of the slots


class SlottingMoves:
    """The slotting service, called with the caller's own token, so that it answers and records by who they are."""

    def __init__(self, client: Client, timeout_s: float) -> None:
        self._client, self._timeout_s = client, timeout_s

    async def search(self, asked: MoveSearch, behalf: Behalf) -> FoundMoves:
        """Where the doses could move; raises slotting's refusal."""
        request = moves_pb2.SearchMovesRequest(
            slots=[f"slots/{dose}" for dose in asked.doses],
            delay_minutes_max=int(asked.delay_max / timedelta(minutes=1)),
            activity_fractions=asked.fractions,
            other_sites=asked.other_sites,
            exchange=bool(asked.helping),
        )
        left_s = behalf.time_left_s(self._timeout_s)
        said = await self._client.call("SearchMoves", request, timeout_s=left_s, token=behalf.token)
        return found_in(said, asked.helping)  # type: ignore[arg-type]

    async def move(
        self, moves: Sequence[AskedMove], request_id: UUID, reason: str, behalf: Behalf
    ) -> Mapping[str, str]:
        """Makes all these moves in one step, once per request id; of each dose the one that it is from now on: itself,
        or what takes the place of a lost one. Raises slotting's refusal."""
        request = slotting_pb2.BatchMoveSlotsRequest(
            moves=map(_slot_move, moves),
            request_id=str(request_id),
            reason=reason,
            exchange=any(move.helps for move in moves),
        )
        left_s = behalf.time_left_s(self._timeout_s, to_store_s=TO_STORE_S)
        consent = behalf.consent.for_call(_BATCH_MOVE.full_name, request) if behalf.consent else ""
        said = await self._client.call("BatchMoveSlots", request, timeout_s=left_s, token=behalf.token, consent=consent)
        slots = said.slots
        return {move.dose: slot.name.removeprefix("slots/") for move, slot in zip(moves, slots, strict=True)}


def _slot_move(move: AskedMove) -> slotting_pb2.SlotMove:
    return slotting_pb2.SlotMove(
        slot=f"slots/{move.dose}",
        etag=move.etag,
        run=move.run,
        lane=move.lane,
        site=move.site,
        administration=type_pb2.Activity(activity_mbq=move.activity_mbq, time=stamp(move.administration_at)),
        departure_time=stamp(move.departure_at),
        gives_up=move.gives_up,
    )


def found_in(said: moves_pb2.SearchMovesResponse, helping: Collection[str] = ()) -> FoundMoves:
    """What slotting answered, as values. Only a dose that is `helping` gives up a hold."""
    own: defaultdict[str, dict[str, Capacity]] = defaultdict(dict)
    pools: dict[str, Capacity] = {}
    for room in said.run_rooms:
        own[room.run][room.partner] = capacity_of(room.allotment_free)
        pools[room.run] = capacity_of(room.pool_free)
    return FoundMoves(
        at=required_instant(said, "read_time", "read_time"),
        moves={_dose(each): _moves_in(each, _dose(each) in helping) for each in said.slot_moves},
        runs={run: RunRoomLeft(own[run], pool) for run, pool in pools.items()},
        places={room.place: room.doses_free for room in said.place_rooms},
        etags={_dose(each): each.etag for each in said.slot_moves},
        reasons={_dose(each): each.reason for each in said.slot_moves if not each.moves},
    )


def _dose(said: moves_pb2.SlotMoves) -> str:
    return said.slot.removeprefix("slots/")


def _moves_in(said: moves_pb2.SlotMoves, helps: bool) -> Sequence[RescueMove]:
    if not said.moves:
        return ()
    promised = Promised(
        dose=_dose(said),
        partner=said.partner,
        product=said.product,
        run=said.run,
        site=said.site,
        activity_mbq=said.administration.activity_mbq,
        administration_at=required_instant(said.administration, "time", "time"),
    )
    found: list[RescueMove] = []
    for move in said.moves:
        if helps or not move.gives_up:
            frees = _freed(move)
            found += (_move_in(said, promised, move, dose, frees, helps) for dose in move.doses)
    return tuple(found)


def _freed(move: moves_pb2.PossibleMove) -> Freed:
    if not (move.HasField("allotment_freed") or move.HasField("pool_freed") or move.places_freed):
        return FREES_NOTHING
    return Freed(capacity_of(move.allotment_freed), capacity_of(move.pool_freed), tuple(move.places_freed))


def _move_in(
    said: moves_pb2.SlotMoves,
    promised: Promised,
    move: moves_pb2.PossibleMove,
    dose: moves_pb2.PossibleDose,
    frees: Freed,
    helps: bool,
) -> RescueMove:
    return RescueMove(
        promised=promised,
        etag=said.etag,
        run=move.run,
        lane=move.lane,
        site=move.site,
        departure_at=required_instant(move, "departure_time", "departure_time"),
        delivery_at=required_instant(move, "delivery_time", "delivery_time"),
        administration_at=required_instant(move, "administration_time", "administration_time"),
        activity_mbq=dose.activity_mbq,
        added=capacity_of(dose.added),
        places=tuple(move.places),
        slack_minutes=move.slack_minutes,
        decayed_fraction=move.decayed_fraction,
        acceptance_rate=move.acceptance_rate if move.HasField("acceptance_rate") else None,
        until_at=required_instant(move, "move_until_time", "move_until_time"),
        keeps_vial=move.keeps_vial,
        replaces=said.replaces,
        frees=frees,
        helps=helps,
        gives_up=move.gives_up,
    )
