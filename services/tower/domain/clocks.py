"""When a dose can be used, and until when: the instants that decay, shelf life and predictions set."""

from datetime import datetime, timedelta
from math import log2
from typing import NamedTuple

from services.kernel.activity import HALF_LIVES, activity_at
from services.network.resources import Product
from services.tower.domain.known import DoseFacts


class DoseUse(NamedTuple):
    """The earliest instant at which a dose can be administered, and its activity then."""

    at: datetime
    activity_mbq: float


def activity_at_administration_mbq(facts: DoseFacts) -> float | None:
    """Activity at the promised administration: of the vial, once it is filled, or else what was ordered."""
    if facts.vial is not None and facts.vial.administration_mbq is not None:
        return facts.vial.administration_mbq
    return facts.slot.administration_mbq


def last_use_at(facts: DoseFacts) -> datetime | None:
    """The last instant at which the dose may be administered: shelf life, and decay to the product's least activity.

    None if neither is known.
    """
    ends = [facts.run.use_by_at if facts.run else None, facts.batch.expires_at if facts.batch else None]
    return min((each for each in (*ends, _decayed_at(facts)) if each is not None), default=None)


def _decayed_at(facts: DoseFacts) -> datetime | None:
    product, at = facts.product, facts.slot.administration_at
    activity_mbq = activity_at_administration_mbq(facts)
    if product is None or product.activity_mbq_min is None or at is None or activity_mbq is None:
        return None
    return at + _halvings(product, activity_mbq / product.activity_mbq_min)


def _halvings(product: Product, ratio: float) -> timedelta:
    """How long the nuclide takes to become so many times less."""
    return timedelta(seconds=float(HALF_LIVES[product.nuclide].seconds) * log2(ratio))


def use_of(facts: DoseFacts, arrives_at: datetime | None) -> DoseUse | None:
    """When a dose that arrives at an instant can be administered, and its activity then; None if that is not known."""
    at, product = facts.slot.administration_at, facts.product
    activity_mbq = activity_at_administration_mbq(facts)
    if arrives_at is None or at is None or activity_mbq is None or product is None:
        return None
    used_at = max(at, arrives_at)
    return DoseUse(used_at, activity_at(activity_mbq, at, used_at, product.nuclide))


def hopeless_at(facts: DoseFacts) -> datetime | None:
    """From when on not even a dose that is made at once could come in time; None if no administration is known."""
    if facts.slot.administration_at is None:
        return None
    quality_control = facts.product.qc_lasting if facts.product else timedelta(0)
    ways = [lane.dispatch + timedelta(minutes=lane.transit_minutes_min) for lane in facts.lanes]
    return facts.slot.administration_at + facts.delay_max - quality_control - min(ways, default=timedelta(0))
