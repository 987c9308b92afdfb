"""Offers as protobuf."""

from datetime import datetime, timedelta

from doselane.slotting.v1 import slotting_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.interval_pb2 import Interval

from services.kernel.timestamps import stamp
from services.slotting.domain.offers import Market, Offer, OfferWish, figures
from services.slotting.domain.places import UNLIMITED, CountedPlace


def offer_message(
    offer: Offer, rescue_at: datetime | None, wish: OfferWish, market: Market, stamps: "Stamps | None" = None
) -> slotting_pb2.Offer:
    """An offer as published; `rescue_at` is when the last of the others can still be claimed."""
    run, lane, route = offer.run, offer.lane, offer.route
    stamps = Stamps() if stamps is None else stamps
    shown = figures(offer, wish.activity_mbq)
    earliest_at = route.departure_at + timedelta(minutes=lane.transit_minutes_min)
    return slotting_pb2.Offer(
        run=run.name,
        lane=lane.name,
        site=market.site.name,
        end_of_synthesis_time=stamps[run.end_of_synthesis_at],
        ready_time=stamps[route.ready_at],
        departure_time=stamps[route.departure_at],
        delivery_interval=Interval(start_time=stamps[earliest_at], end_time=stamps[route.delivery_at]),
        receiving_window=route.window
        and Interval(start_time=stamps[route.window.start_at], end_time=stamps[route.window.end_at]),
        administration_time=stamps[offer.administration_at],
        calibration_activity_mbq=shown.calibration_mbq,
        delivery_activity_mbq=shown.delivery_mbq,
        administration_activity_mbq=wish.activity_mbq,
        reference_activity_kbq=offer.amount.kbq,
        last_claim_time=stamps[run.cutoff_at],
        activity_lost_per_hour_mbq=shown.lost_per_hour_mbq,
        latest_rescue_time=rescue_at and stamps[rescue_at],
        slack_minutes=offer.slack_minutes,
        decayed_fraction=offer.decayed_fraction,
        departure_places_left=_places_left(route.departure, market),
        acceptance_rate=offer.acceptance_rate,
    )


class Stamps(dict[datetime, Timestamp]):
    """Instants as published, made once: the offers of an answer share most of theirs."""

    def __missing__(self, at: datetime) -> Timestamp:
        made = self[at] = stamp(at)
        return made


def _places_left(place: CountedPlace | None, market: Market) -> int | None:
    return None if place is None or place.size >= UNLIMITED else market.left(place)
