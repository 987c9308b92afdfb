"""What changes a shipment, each as a pure function that answers the shipment after it and the news of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from services.distribution.domain import refusals
from services.distribution.domain.course import Course, ExpectedMilestone, answered, expectations, overdue, predict
from services.distribution.domain.excursions import Excursion, TemperatureLimits, excursions_in
from services.distribution.domain.milestone import Milestone, MilestoneKind, ShipmentState
from services.distribution.domain.packages import Package
from services.distribution.domain.plausibility import Doubt
from services.distribution.domain.shipment import (
    ENDED,
    CarriedDose,
    CourierOrder,
    Custody,
    Itinerary,
    Loss,
    OrderKind,
    OrderState,
    Shipment,
)
from services.distribution.domain.standing import ShipmentStanding
from services.kernel.activity import Nuclide
from services.kernel.provenance import Provenance


class What(StrEnum):
    """What can happen to a shipment, as its events are called."""

    BOOKED = "shipment.booked"
    REPLANNED = "shipment.replanned"
    PACKED = "shipment.packed"
    FOLLOWED = "shipment.followed"
    HANDED_OVER = "shipment.handed_over"
    RECORDED = "milestone.recorded"
    SETTLED = "milestone.settled"
    OVERDUE = "milestone.overdue"
    REJUDGED = "shipment.rejudged"
    EXCURSION_DETECTED = "shipment.excursion_detected"
    DELIVERED = "shipment.delivered"
    DELIVERY_WITHDRAWN = "shipment.delivery_withdrawn"
    LOST = "shipment.lost"
    CANCELLED = "shipment.cancelled"
    BOOKING_REQUESTED = "shipment.booking_requested"
    CANCELLATION_REQUESTED = "shipment.cancellation_requested"
    REDIRECTION_REQUESTED = "shipment.redirection_requested"
    ORDER_CONFIRMED = "shipment.order_confirmed"
    ORDER_FAILED = "shipment.order_failed"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an operator said of a milestone in doubt."""

    milestone_event_id: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """A milestone that was recorded, and why it cannot be true, if it cannot."""

    milestone: Milestone
    doubt: Doubt | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class OrderAsked:
    """What a courier is asked: which event asks it, whom under which names, and why, in words for the courier."""

    event_id: str
    courier: str
    references: tuple[str, ...] = ()
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Replanned:
    """What a shipment does no more: the doses that it carried, and the centre that it went to, if it goes elsewhere."""

    removed: tuple[str, ...] = ()
    from_site: str = ""


About = Custody | Settlement | Recorded | ExpectedMilestone | Excursion | OrderAsked | CourierOrder | Replanned | None


@dataclass(frozen=True, slots=True)
class News:
    """One event of a shipment, and what it is about."""

    what: What
    about: About = None
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class ShipmentChange:
    """A shipment after a change, with the news of it; each raises the version by one."""

    shipment: Shipment
    news: tuple[News, ...] = field(default=())


def grown(shipment: Shipment, by: Provenance, *news: News) -> ShipmentChange:
    """The shipment with its version raised."""
    return ShipmentChange(replace(shipment, version=shipment.version + len(news), changed=by), news)


def book(shipment: Shipment, course: Course, by: Provenance) -> ShipmentChange:
    """A new shipment, with what its lane lets expect."""
    expected = expectations(course, shipment.departure_at)
    prediction = predict(course, shipment.departure_at, (), by.at)
    return grown(replace(shipment, expected=expected, prediction=prediction), by, News(What.BOOKED))


def hear(
    shipment: Shipment, course: Course, carrier: str, nuclides: Mapping[str, Nuclide], by: Provenance
) -> ShipmentChange | None:
    """What was not known of its lane and its products when it was booked, and is now; None if that is nothing."""
    doses = tuple(
        replace(each, nuclide=nuclides.get(each.product)) if each.nuclide is None else each for each in shipment.doses
    )
    after = replace(
        shipment,
        doses=doses,
        courier=shipment.courier or carrier,
        expected=shipment.expected or expectations(course, shipment.departure_at),
    )
    return grown(after, by, News(What.REPLANNED, Replanned())) if after != shipment else None


def follow(shipment: Shipment, courier: str, references: tuple[str, ...], by: Provenance) -> ShipmentChange:
    """It is known which courier carries it and what the courier calls it."""
    return grown(replace(shipment, courier=courier, references=references), by, News(What.FOLLOWED))


def stand(
    shipment: Shipment, standing: ShipmentStanding, course: Course, by: Provenance, *news: News
) -> ShipmentChange:
    """The shipment as its milestones have it, with `news` that brought them, and those of a delivery if it is one."""
    decided_by = standing.decided_by
    delivered = decided_by if decided_by and decided_by.kind is MilestoneKind.DELIVERED else None
    after = replace(
        shipment,
        moved_to=standing.state,
        last_milestone=decided_by.message if decided_by else b"",
        expected_delivery_at=standing.expected_delivery_at,
        delivered_at=delivered.time if delivered else None,
        doubts=standing.doubts,
        taken=_taken(shipment, standing, delivered),
        set_out=bool(standing.reached),
        excursions=tuple(each for each in shipment.excursions if each.milestone_event_id not in standing.withdrawn),
        orders=_confirmed(shipment, standing, by.at),
        expected=answered(shipment.expected, standing.reached),
    )
    ended = after.state in ENDED
    prediction = None if ended else predict(course, after.departure_at, standing.reached, by.at)
    was, is_now = shipment.state is ShipmentState.DELIVERED, after.state is ShipmentState.DELIVERED
    turn = () if was == is_now else (News(What.DELIVERED if is_now else What.DELIVERY_WITHDRAWN),)
    agreed = [News(What.ORDER_CONFIRMED, each) for each in after.orders if each not in shipment.orders]
    return grown(replace(after, prediction=prediction), by, *news, *agreed, *turn)


def record(
    shipment: Shipment,
    recorded: Recorded,
    standing: ShipmentStanding | None,
    course: Course,
    limits: TemperatureLimits,
    by: Provenance,
    traceparent: str,
) -> ShipmentChange:
    """A milestone of the shipment; `standing` None: one on which the standing cannot depend."""
    found = () if recorded.doubt is not None else _new_excursions(shipment, recorded.milestone, standing, limits)
    after = replace(shipment, milestones=shipment.milestones + 1, excursions=(*shipment.excursions, *found))
    news = [News(What.RECORDED, recorded, traceparent)]
    news += [News(What.EXCURSION_DETECTED, each, traceparent) for each in found]
    return grown(after, by, *news) if standing is None else stand(after, standing, course, by, *news)


def rejudge(
    shipment: Shipment, standing: ShipmentStanding, course: Course, found: tuple[Excursion, ...], by: Provenance
) -> ShipmentChange | None:
    """What its milestones say in the light of other news, with the excursions that count now; None if that is the same
    as before."""
    changed = examine(shipment, standing, course, found, by)
    after = changed.shipment
    if replace(after, prediction=shipment.prediction, changed=shipment.changed, version=shipment.version) == shipment:
        return None
    return ShipmentChange(replace(after, version=after.version + 1), (News(What.REJUDGED), *changed.news))


def examine(
    shipment: Shipment,
    standing: ShipmentStanding,
    course: Course,
    found: tuple[Excursion, ...],
    by: Provenance,
    *news: News,
) -> ShipmentChange:
    """The shipment as its milestones have it, with the excursions that count now, and news of those that did not."""
    coming = [News(What.EXCURSION_DETECTED, each) for each in found if each not in shipment.excursions]
    return stand(replace(shipment, excursions=found), standing, course, by, *news, *coming)


def settle(shipment: Shipment, settlement: Settlement) -> Shipment:
    """The shipment with what an operator said of a milestone; its standing follows from it."""
    known = {*(doubt.event_id for doubt in shipment.doubts), *dict(shipment.settled)}
    if settlement.milestone_event_id not in known:
        raise refusals.MilestoneNotInDoubt(
            "The shipment has no milestone of this id that is in doubt or was settled.",
            name=shipment.name,
            milestone_event_id=settlement.milestone_event_id[:80],
        )
    settled = {**dict(shipment.settled), settlement.milestone_event_id: settlement.counts}
    return replace(shipment, settled=tuple(sorted(settled.items())))


def pack(shipment: Shipment, packages: Sequence[Package], by: Provenance) -> ShipmentChange:
    """What is in which package: each dose in exactly one."""
    shipment.require_not_in_hand()
    packed = [dose for package in packages for dose in package.doses]
    ids = [package.package_id for package in packages]
    twice = {each for named in (packed, ids) for each in named if named.count(each) > 1}
    if twice or set(packed) != set(shipment.dose_ids):
        raise refusals.PackagesDiffer(
            "Each dose of the shipment is in exactly one package, and each package is named once.",
            name=shipment.name,
            twice=", ".join(sorted(twice)),
            not_packed=", ".join(sorted(set(shipment.dose_ids) - set(packed))),
            not_carried=", ".join(sorted(set(packed) - set(shipment.dose_ids))),
        )
    return grown(replace(shipment, packages=tuple(packages)), by, News(What.PACKED))


def hand_over(shipment: Shipment, entry: Custody, missing: Sequence[str], by: Provenance) -> ShipmentChange:
    """Somebody took it over; the first time it must be complete."""
    shipment.require_open()
    if missing and not shipment.in_hand:
        raise refusals.HandOverNotAccepted(
            "The shipment may not be handed over before its acceptance checklist is satisfied.",
            name=shipment.name,
            missing="; ".join(missing),
        )
    entry = entry if entry.from_party else replace(entry, from_party=_holder(shipment))
    return grown(replace(shipment, handed_over=(*shipment.handed_over, entry)), by, News(What.HANDED_OVER, entry))


def replan(
    shipment: Shipment, journey: Itinerary, promised_at: datetime | None, course: Course, by: Provenance
) -> ShipmentChange:
    """It goes elsewhere, or at another time; what came so far still answers what is expected."""
    expected = expectations(course, journey.departure_at)
    kept = {each.kind: each for each in shipment.expected if each.reached}
    expected = tuple(
        replace(each, reached=True, reached_at=kept[each.kind].reached_at) if each.kind in kept else each
        for each in expected
    )
    after = replace(
        shipment,
        site=journey.site,
        lane=journey.lane,
        departure_at=journey.departure_at,
        promised_delivery_at=promised_at,
        expected=expected,
        prediction=predict(course, journey.departure_at, (), by.at) or shipment.prediction,
    )
    from_site = shipment.site if after.site != shipment.site else ""
    return grown(after, by, News(What.REPLANNED, Replanned(from_site=from_site)))


def carry(shipment: Shipment, doses: Iterable[CarriedDose], by: Provenance) -> ShipmentChange | None:
    """What it carries now, of what it carried; None if that is the same. One that carries nothing is called off.

    A dose that moved to another run has another vial: the package that holds its old one is none of the shipment's.
    """
    doses = tuple(doses)
    if doses == shipment.doses:
        return None
    left, runs = {each.dose for each in doses}, {each.dose: each.run for each in shipment.doses}
    remade = {each.dose for each in doses if each.run != runs.get(each.dose)}
    removed = tuple(each for each in shipment.dose_ids if each not in left)
    if not doses:
        return cancel(shipment, by)
    packages = tuple(
        replace(package, doses=kept)
        for package in shipment.packages
        if remade.isdisjoint(package.doses) and (kept := tuple(dose for dose in package.doses if dose in left))
    )
    return grown(replace(shipment, doses=doses, packages=packages), by, News(What.REPLANNED, Replanned(removed)))


def cancel(shipment: Shipment, by: Provenance) -> ShipmentChange:
    """It is called off."""
    return grown(replace(shipment, cancelled_at=by.at, prediction=None), by, News(What.CANCELLED))


def lose(shipment: Shipment, loss: Loss, by: Provenance) -> ShipmentChange:
    """It is lost. What was delivered is not."""
    shipment.require_open()
    return grown(replace(shipment, loss=loss, prediction=None), by, News(What.LOST))


def fall_due(shipment: Shipment, by: Provenance) -> ShipmentChange | None:
    """What of it has become overdue by now; None if nothing has."""
    if shipment.state in ENDED:
        return None
    expected, late = overdue(shipment.expected, by.at)
    if not late:
        return None
    return grown(replace(shipment, expected=expected), by, *(News(What.OVERDUE, each) for each in late))


def _new_excursions(
    shipment: Shipment, milestone: Milestone, standing: ShipmentStanding | None, limits: TemperatureLimits
) -> tuple[Excursion, ...]:
    """Those of a milestone that was not withdrawn before it came, and that were not found before: a push may be judged
    again."""
    if standing is not None and milestone.event_id in standing.withdrawn:
        return ()
    return tuple(each for each in excursions_in(milestone, limits) if each not in shipment.excursions)


def _holder(shipment: Shipment) -> str:
    """Who had it last, as far as anybody said."""
    return shipment.custody[-1].to_party if shipment.custody else ""


def _taken(shipment: Shipment, standing: ShipmentStanding, delivered: Milestone | None) -> tuple[Custody, ...]:
    """The hand-overs that the milestones tell of: to the courier, and by it to the centre."""
    collected = next((each for each in standing.reached if each.kind is MilestoneKind.COLLECTED), None)
    found = []
    if collected:
        found.append(Custody(shipment.courier, "", collected.time, collected.place, "", collected.event_id))
    if delivered:
        found.append(Custody(shipment.site, shipment.courier, delivered.time, delivered.place, "", delivered.event_id))
    return tuple(found)


def _confirmed(shipment: Shipment, standing: ShipmentStanding, now: datetime) -> tuple[CourierOrder, ...]:
    """What the milestones answer, which are its courier's of now: it announced the shipment, or withdrew that."""
    withdrew = standing.decided_by is not None and standing.decided_by.kind is MilestoneKind.CANCELLED
    yes = {OrderKind.BOOK: standing.announced, OrderKind.CANCEL: withdrew, OrderKind.REDIRECT: False}
    return tuple(
        replace(each, state=OrderState.CONFIRMED, answered_at=now)
        if each.state is OrderState.REQUESTED and each.courier in ("", shipment.courier) and yes[each.kind]
        else each
        for each in shipment.orders
    )
