"""Which runs a delivery carries: those that were opened on it, or are being opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf, isfinite

from services.kernel.errors import GatewayError, Kind
from services.planning.domain.deliveries import Announced
from services.planning.domain.limits import ROUNDING, whole_kbq
from services.planning.domain.resources import IsotopeSupply

_TOLD_MAX = 50  # of names, each of forty letters: errors travel in headers, which are short


class DeliveryInUse(GatewayError):
    """The delivery would no longer carry runs that were opened on it, and the caller did not accept that."""

    kind, reason = Kind.REFUSED, "DELIVERY_IN_USE"


@dataclass(frozen=True, slots=True)
class Use:
    """A run on a delivery: its name, its time, and what it pledges."""

    run: str
    start_at: datetime
    end_of_synthesis_at: datetime
    kbq: int


def not_carried(after: Announced, uses: Sequence[Use], now: datetime) -> list[str]:
    """The runs still to come that the delivery, as it is after a change, cannot serve, by start."""
    coming = sorted((each for each in uses if each.end_of_synthesis_at > now), key=lambda use: (use.start_at, use.run))
    if after.cancelled:
        return [use.run for use in coming]
    # What runs that are over took is gone; a run that could not have used it, by what is known now, took none.
    gone = [_share(after.delivery, use) for use in uses if use.end_of_synthesis_at <= now]
    used, lost = sum(share for share in gone if isfinite(share)), []
    for use in coming:
        share = _share(after.delivery, use)
        if used + share > 1.0 + ROUNDING:
            lost.append(use.run)
        else:
            used += share
    return lost


def refuse_in_use(delivery: str, runs: Sequence[str]) -> None:
    """Refuses if there is any such run."""
    if runs:
        raise DeliveryInUse(
            f"{len(runs)} runs that were opened on the delivery would be without isotope; cancel or cut them, or accept"
            " the conflicts.",
            delivery=delivery,
            run_count=len(runs),
            runs=",".join(runs[:_TOLD_MAX]),
        )


def _share(delivery: IsotopeSupply, use: Use) -> float:
    """How much of the delivery a run takes; no delivery is enough for one that starts outside its time."""
    if not delivery.usable_at(use.start_at):
        return inf
    whole = whole_kbq(delivery, use.start_at, use.end_of_synthesis_at)
    return use.kbq / whole if whole > 0 else inf
