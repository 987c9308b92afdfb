"""Shipments as protobuf."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doselane.courier.v1 import courier_pb2, orders_pb2
from doselane.distribution.v1 import shipment_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.message import Message

from services.distribution.domain.changing import OrderAsked
from services.distribution.domain.course import ExpectedMilestone, Prediction
from services.distribution.domain.excursions import NO_LIMITS, Excursion, TemperatureLimits
from services.distribution.domain.known import NamedPlace
from services.distribution.domain.milestone import MilestoneFact
from services.distribution.domain.plausibility import Doubt
from services.distribution.domain.shipment import CarriedDose, CourierOrder, Custody, Loss, Shipment
from services.distribution.events.heard import visible_to
from services.distribution.events.packages import package_message, parcel_message
from services.kernel.timestamps import stamp
from services.network.resources import Product


@dataclass(frozen=True, slots=True)
class Stops:
    """Where a shipment is collected and delivered, and what is known of its products."""

    pickup: NamedPlace | None
    delivery: NamedPlace
    products: Mapping[str, Product]


def shipment_message(shipment: Shipment, *, whole: bool = True) -> shipment_pb2.Shipment:
    """A shipment as published; not `whole`: as its sponsor may see it."""
    prediction, delivered_at = shipment.prediction, shipment.delivered_at
    arrives_at = delivered_at or (prediction.p50_at if prediction else None)
    late_at = delivered_at or (prediction.p90_at if prediction else None)
    message = shipment_pb2.Shipment(
        name=shipment.name,
        courier=shipment.courier,
        references=shipment.references,
        state=int(shipment.state),  # type: ignore[arg-type]
        expected_delivery_time=stamp(shipment.expected_delivery_at),
        implausible_milestones=map(doubtful_message, shipment.doubts),
        partner=shipment.partner,
        site=shipment.site,
        lane=shipment.lane,
        doses=[dose_message(each, arrives_at, late_at) for each in shipment.doses],
        packages=map(package_message, shipment.packages),
        departure_time=stamp(shipment.departure_at),
        promised_delivery_time=stamp(shipment.promised_delivery_at),
        expected_milestones=map(expected_message, shipment.expected),
        prediction=_prediction(prediction, whole) if prediction else None,
        custody=[custody_message(each, whole=whole) for each in shipment.custody],
        excursions=map(excursion_message, shipment.excursions),
        loss=_loss(shipment.loss) if shipment.loss else None,
        orders=[order_message(each, whole=whole) for each in shipment.orders],
        create_time=stamp(shipment.created_at),
        update_time=stamp(shipment.changed.at),
        etag=shipment.etag,
    )
    if shipment.last_milestone:
        message.last_milestone.MergeFromString(shipment.last_milestone)
    if whole:
        by = shipment.changed
        message.last_change.CopyFrom(type_pb2.Change(actor=by.actor, time=stamp(by.at), reason=by.reason))
    return message


def dose_names(ids: tuple[str, ...]) -> list[str]:
    """The names of doses."""
    return [f"doses/{each}" for each in ids]


def dose_message(dose: CarriedDose, arrives_at: datetime | None, late_at: datetime | None) -> shipment_pb2.CarriedDose:
    """A dose in a shipment, with what decay leaves of it when it arrives, as far as that can be told."""
    return shipment_pb2.CarriedDose(
        dose=f"doses/{dose.dose}",
        run=dose.run,
        product=dose.product,
        administration=_activity(dose.administration_mbq, dose.administration_at),
        delivery=_activity(dose.activity_mbq(arrives_at), arrives_at),
        delivery_p90=_activity(dose.activity_mbq(late_at), late_at),
    )


def expected_message(expected: ExpectedMilestone) -> shipment_pb2.ExpectedMilestone:
    """A milestone that is expected."""
    return shipment_pb2.ExpectedMilestone(
        kind=_kind(expected.kind),
        p50_time=stamp(expected.p50_at),
        p90_time=stamp(expected.p90_at),
        reach_time=stamp(expected.reached_at),
        reached=expected.reached,
        overdue_time=stamp(expected.overdue_since),
    )


def custody_message(entry: Custody, *, whole: bool = True) -> shipment_pb2.CustodyEntry:
    """A hand-over. Which of the manufacturer's staff recorded it, operators alone see."""
    return shipment_pb2.CustodyEntry(
        time=stamp(entry.at),
        from_party=entry.from_party,
        to_party=entry.to_party,
        place=entry.place,
        actor=entry.actor if whole else "",
        milestone_event_id=entry.milestone_event_id,
        received_by=entry.received_by,
    )


def excursion_message(excursion: Excursion) -> shipment_pb2.Excursion:
    """A reading outside the limits."""
    return shipment_pb2.Excursion(
        type="Temperature",
        value=excursion.value_cel,
        unit="CEL",
        limit_min=excursion.limits.min_cel,
        limit_max=excursion.limits.max_cel,
        time=stamp(excursion.at),
        device=excursion.device,
        milestone_event_id=excursion.milestone_event_id,
    )


def order_message(order: CourierOrder, *, whole: bool = True) -> shipment_pb2.CourierOrder:
    """Something that was asked of a courier, and what became of it."""
    # An adapter's words may name the manufacturer's account with the courier.
    return shipment_pb2.CourierOrder(
        kind=shipment_pb2.CourierOrder.Kind.Value(order.kind),
        state=shipment_pb2.CourierOrder.State.Value(order.state),
        courier=order.courier,
        request_time=stamp(order.asked_at),
        answer_time=stamp(order.answered_at),
        detail=order.detail if whole else "",
    )


def implausibility_message(doubt: Doubt) -> shipment_pb2.Implausibility:
    """Why a milestone cannot be true."""
    return shipment_pb2.Implausibility(
        reason=int(doubt.reason),  # type: ignore[arg-type]
        limit_time=stamp(doubt.limit_at),
        milestone_event_id=doubt.event_id,
    )


def doubtful_message(doubt: Doubt) -> shipment_pb2.ImplausibleMilestone:
    """A milestone that cannot be true."""
    milestone = courier_pb2.Milestone.FromString(doubt.message)
    return shipment_pb2.ImplausibleMilestone(milestone=milestone, implausibility=implausibility_message(doubt))


def recorded_message(
    shipment: Shipment, number: int, fact: MilestoneFact, doubt: Doubt | None, *, whole: bool
) -> shipment_pb2.RecordedMilestone:
    """A milestone of a shipment, without the shipments of others that it names."""
    seen = visible_to(fact.milestone, fact.references, (shipment.name, *shipment.references))
    return shipment_pb2.RecordedMilestone(
        name=f"{shipment.name}/milestones/{number}",
        milestone=courier_pb2.Milestone.FromString(seen.message),
        record_time=stamp(fact.recorded_at),
        push=fact.push if whole else "",
        implausibility=implausibility_message(doubt) if doubt else None,
    )


def unmatched_message(fact: MilestoneFact) -> shipment_pb2.UnmatchedMilestone:
    """A milestone that no shipment claims, as published to operators."""
    return shipment_pb2.UnmatchedMilestone(
        courier=fact.courier,
        push=fact.push,
        milestone=courier_pb2.Milestone.FromString(fact.milestone.message),
        record_time=stamp(fact.recorded_at),
    )


def consignment_message(shipment: Shipment, stops: Stops, asked: OrderAsked) -> orders_pb2.Consignment:
    """What a courier is to carry, from where to where; or not to carry, under the names that it has for it."""
    limits = limits_of(shipment, stops.products)
    pickup = _stop(stops.pickup) if stops.pickup else orders_pb2.Stop()
    delivery = _stop(stops.delivery)
    _set(pickup, "latest_time", shipment.departure_at)
    _set(delivery, "latest_time", shipment.promised_delivery_at)
    return orders_pb2.Consignment(
        shipment=shipment.name,
        courier=asked.courier,
        references=asked.references,
        pickup=pickup,
        delivery=delivery,
        parcels=[parcel_message(each, shipment.departure_at) for each in shipment.packages],
        administration_time=stamp(shipment.administration_at),
        temperature_min_cel=limits.min_cel,
        temperature_max_cel=limits.max_cel,
    )


def limits_of(shipment: Shipment, products: Mapping[str, Product]) -> TemperatureLimits:
    """The temperatures that everything in a shipment may be exposed to."""
    limits = NO_LIMITS
    for each in shipment.doses:
        product = products.get(each.product)
        if product is not None:
            limits = limits.with_those_of(
                TemperatureLimits(product.transport_temperature_cel_min, product.transport_temperature_cel_max)
            )
    return limits


def _stop(place: NamedPlace) -> orders_pb2.Stop:
    return orders_pb2.Stop(place=place.name, display_name=place.display_name, time_zone=place.time_zone)


def _set(message: Message, field: str, at: datetime | None) -> None:
    if at is not None:
        getattr(message, field).CopyFrom(stamp(at))


def _activity(activity_mbq: float | None, at: datetime | None) -> type_pb2.Activity | None:
    return None if activity_mbq is None or at is None else type_pb2.Activity(activity_mbq=activity_mbq, time=stamp(at))


def _prediction(prediction: Prediction, whole: bool) -> shipment_pb2.Prediction:
    return shipment_pb2.Prediction(
        p50_time=stamp(prediction.p50_at),
        p90_time=stamp(prediction.p90_at),
        from_kind=_kind(prediction.from_kind),
        measured_shipments=prediction.measured if whole else None,
        predict_time=stamp(prediction.made_at),
    )


def _loss(loss: Loss) -> shipment_pb2.Loss:
    return shipment_pb2.Loss(cause=int(loss.cause), detail=loss.detail, time=stamp(loss.at))  # type: ignore[arg-type]


def _kind(kind: int) -> Any:
    return int(kind)
