"""Rescue plans as protobuf."""

from collections.abc import Sequence
from hashlib import blake2b

from doselane.tower.v1 import rescue_pb2
from doselane.type.v1 import type_pb2

from services.kernel.timestamps import stamp
from services.tower.domain.rescuing import RescueMove, RescuePlan
from services.tower.domain.rescuing.explaining import explained, told
from services.tower.domain.rescuing.moves import Promised

_Need = rescue_pb2.RescueMove


def plan_message(plan: RescuePlan) -> rescue_pb2.RescuePlan:
    """A plan as it is told."""
    moves, worth = [move_message(move) for move in plan.moves], plan.worth
    return rescue_pb2.RescuePlan(
        moves=moves,
        unsaved_doses=[f"doses/{dose}" for dose in plan.unsaved],
        explanation=told(plan),
        saved_count=worth.saved,
        slack_minutes=worth.slack_minutes,
        wasted_permille=-worth.wasted_permille,
        cost_points=-worth.cost,
        apply_until_time=stamp(plan.until_at),
        proven=plan.proven,
        saved_max_count=plan.saved_max,
        asks_consent=plan.asks_consent,
        fingerprint=fingerprint_of(moves),
    )


def move_message(move: RescueMove) -> rescue_pb2.RescueMove:
    """A move as it is told."""
    asked = _Need.GIVEN if move.consent else _Need.TO_ASK
    need = asked if move.needs_consent else _Need.NOT_NEEDED
    return rescue_pb2.RescueMove(
        dose=f"doses/{move.dose}",
        slot_etag=move.etag,
        partner=move.promised.partner,
        kinds=[int(kind) for kind in move.kinds],  # type: ignore[misc]
        run=move.run,
        lane=move.lane,
        site=move.site,
        departure_time=stamp(move.departure_at),
        delivery_time=stamp(move.delivery_at),
        administration=type_pb2.Activity(activity_mbq=move.activity_mbq, time=stamp(move.administration_at)),
        promised=_promised(move.promised),
        slack_minutes=move.slack_minutes,
        decayed_fraction=move.decayed_fraction,
        keeps_vial=move.keeps_vial,
        move_until_time=stamp(move.until_at),
        explanation=explained(move),
        consent_need=need,
        consent=move.consent if move.needs_consent else "",
        helps=move.helps,
        gives_up=move.gives_up,
        swaps_with=move.swaps_with and f"doses/{move.swaps_with}",
    )


def _promised(promised: Promised) -> type_pb2.Activity:
    return type_pb2.Activity(activity_mbq=promised.activity_mbq, time=stamp(promised.administration_at))


def fingerprint_of(moves: Sequence[rescue_pb2.RescueMove]) -> str:
    """Says which moves these are, whatever is told of them beside."""
    digest = blake2b(digest_size=16)
    for move in sorted(moves, key=lambda each: each.dose):
        asked = rescue_pb2.RescueMove(
            dose=move.dose,
            slot_etag=move.slot_etag,
            run=move.run,
            lane=move.lane,
            site=move.site,
            departure_time=move.departure_time,
            administration=move.administration,
            helps=move.helps,
            gives_up=move.gives_up,
        )
        said = asked.SerializeToString(deterministic=True)
        digest.update(len(said).to_bytes(4, "big") + said)
    return digest.hexdigest()
