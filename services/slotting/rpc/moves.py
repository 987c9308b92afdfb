"""SearchMoves: what a caller asks, as the rules take it, and their answer as published."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from doselane.slotting.v1 import moves_pb2
from doselane.type.v1 import type_pb2

from services.kernel.db import Database
from services.kernel.ids import uuid_of
from services.kernel.rpc import Call
from services.kernel.steps import in_steps
from services.kernel.timestamps import stamp
from services.network import NOTHING
from services.network.reading import capacity_message
from services.slotting import store
from services.slotting.domain.moving import MoveSurvey, MoveWish, PossibleMove, SlotMoves, moves_of

DELAY_UNLESS_ASKED = timedelta(days=1)


async def search(
    database: Database, request: moves_pb2.SearchMovesRequest, call: Call
) -> moves_pb2.SearchMovesResponse:
    """Where the slots could move, and what is free for all of them."""
    asked = request.HasField("delay_minutes_max")
    delay_max = timedelta(minutes=request.delay_minutes_max) if asked else DELAY_UNLESS_ASKED
    ids = [uuid_of(name.removeprefix("slots/"), f"slots[{place}]") for place, name in enumerate(request.slots)]
    wish = MoveWish(delay_max, tuple(request.activity_fractions), request.exchange)
    pool = database.pool
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        survey = await store.survey_moves(
            connection, ids, call.caller.viewer, delay_max, other_sites=request.other_sites
        )
    found = await asyncio.to_thread(_found, survey, wish)  # many slots are much to judge beside other calls
    return moves_pb2.SearchMovesResponse(
        slot_moves=await in_steps(_moves_message, found),
        run_rooms=_run_rooms(survey, found),
        place_rooms=_place_rooms(found),
        read_time=stamp(survey.now),
    )


def _found(survey: MoveSurvey, wish: MoveWish) -> list[SlotMoves]:
    return [moves_of(survey, slot, wish) for slot in survey.slots]


def _moves_message(found: SlotMoves) -> moves_pb2.SlotMoves:
    demand = found.slot.demand
    return moves_pb2.SlotMoves(
        slot=found.slot.name,
        etag=found.slot.etag,
        partner=demand.partner,
        product=found.slot.product,
        run=demand.run,
        site=demand.site,
        administration=type_pb2.Activity(activity_mbq=demand.activity_mbq, time=stamp(demand.administration_at)),
        moves=map(_move_message, found.moves),
        reason=found.reason,
        replaces=found.replaces,
    )


def _move_message(move: PossibleMove) -> moves_pb2.PossibleMove:
    return moves_pb2.PossibleMove(
        run=move.run,
        lane=move.lane,
        site=move.site,
        departure_time=stamp(move.departure_at),
        delivery_time=stamp(move.delivery_at),
        administration_time=stamp(move.administration_at),
        doses=[
            moves_pb2.PossibleDose(
                activity_mbq=each.activity_mbq,
                reference_activity_kbq=each.reference_kbq,
                added=capacity_message(each.added),
            )
            for each in move.doses
        ],
        slack_minutes=move.slack_minutes,
        decayed_fraction=move.decayed_fraction,
        acceptance_rate=move.acceptance_rate,
        move_until_time=stamp(move.until_at),
        places=[each.name for each in move.places],
        keeps_vial=move.keeps_vial,
        allotment_freed=capacity_message(move.frees.allotment) if move.frees.allotment != NOTHING else None,
        pool_freed=capacity_message(move.frees.pool) if move.frees.pool != NOTHING else None,
        places_freed=move.frees.places,
        gives_up=move.gives_up,
    )


def _run_rooms(survey: MoveSurvey, found: Sequence[SlotMoves]) -> list[moves_pb2.RunRoom]:
    """What is free of each run for each sponsor, once."""
    rooms: dict[tuple[str, str], moves_pb2.RunRoom] = {}
    for each in found:
        partner = each.slot.demand.partner
        for move in each.moves:
            market = survey.market(each.slot, move.site)
            if market is None or (move.run, partner) in rooms:
                continue
            book = next(book for book in market.books if book.run.name == move.run)
            own_free, pool_free = book.free_for(partner)
            rooms[move.run, partner] = moves_pb2.RunRoom(
                run=move.run,
                partner=partner,
                allotment_free=capacity_message(own_free),
                pool_free=capacity_message(pool_free),
            )
    return [rooms[key] for key in sorted(rooms)]


def _place_rooms(found: Sequence[SlotMoves]) -> list[moves_pb2.PlaceRoom]:
    """What is left in each place, unless all of the slots fit into it: of more a sponsor need not know."""
    left = {place.name: place.left for each in found for move in each.moves for place in move.places}
    return [
        moves_pb2.PlaceRoom(place=name, doses_free=free) for name, free in sorted(left.items()) if free < len(found)
    ]
