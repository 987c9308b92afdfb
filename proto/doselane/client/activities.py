"""What activity something has at an instant, by the same law and half-lives as the gateway (`doselane.decay`)."""

from datetime import UTC, datetime
from typing import Any

from doselane.decay import Nuclide, activity_at, time_of
from doselane.slotting.v1.slotting_pb2 import Offer, SlotDemand
from doselane.type.v1 import type_pb2


def nuclide_of(value: int) -> Nuclide:
    """The nuclide that a proto names. ValueError for one that is not stated or not known here."""
    try:
        return Nuclide[type_pb2.Nuclide.Name(value).removeprefix("NUCLIDE_")]  # type: ignore[arg-type]
    except (KeyError, ValueError):
        raise ValueError(f"no known nuclide: {value}; a newer client may know it") from None


def activity_mbq_at(thing: Any, at: datetime, nuclide: Nuclide) -> float:
    """Activity in megabecquerel at `at` of an offer, a slot, a dose, a vial, or an `Activity`: what decay leaves.

    Raises ValueError if the thing states no activity, and `doselane.decay.Unphysical` if `at` is too far away.
    """
    activity_mbq, time = _stated(thing)
    return activity_at(activity_mbq, time, at, nuclide)


def latest_time_with(thing: Any, activity_mbq_min: float, nuclide: Nuclide) -> datetime:
    """The last instant at which the same thing still has so much."""
    activity_mbq, time = _stated(thing)
    return time_of(activity_mbq, time, activity_mbq_min, nuclide)


def demand_of(offer: Offer, order_reference: str, *, patient_reference: str = "", partner: str = "") -> SlotDemand:
    """What to claim so that an offer becomes a slot: its run, site, lane, departure and administration."""
    return SlotDemand(
        run=offer.run,
        site=offer.site,
        lane=offer.lane,
        departure_time=offer.departure_time if offer.HasField("departure_time") else None,
        administration=type_pb2.Activity(
            activity_mbq=offer.administration_activity_mbq, time=offer.administration_time
        ),
        order_reference=order_reference,
        patient_reference=patient_reference,
        partner=partner,
    )


def _stated(thing: Any) -> tuple[float, datetime]:
    """Megabecquerel, and the instant at which it has them."""
    if isinstance(thing, Offer):
        thing = type_pb2.Activity(activity_mbq=thing.administration_activity_mbq, time=thing.administration_time)
    stated = thing if isinstance(thing, type_pb2.Activity) else thing.administration
    if not stated.HasField("time"):
        raise ValueError(f"{thing.DESCRIPTOR.full_name} states no activity at an instant")
    return stated.activity_mbq, stated.time.ToDatetime(UTC)
