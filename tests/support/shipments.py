"""Builders of shipments as the rules see them."""

from datetime import timedelta
from typing import Any

from services.distribution.domain.course import Course, course_of
from services.distribution.domain.milestone import Milestone
from services.distribution.domain.shipment import CarriedDose, Shipment
from services.distribution.domain.standing import ShipmentStanding, standing
from services.kernel.activity import Nuclide
from services.kernel.provenance import Provenance
from services.network.resources import Lane, Leg, LegMode
from tests.support.distribution import NOON, NORTHLAKE, SWIFT, at

SITE, LANE = "sites/lakeside-clinic", "lanes/lakeside"


def by(minutes: float = 0, actor: str = "planner") -> Provenance:
    """A change that many minutes after noon."""
    return Provenance(actor, at(minutes), "because")


def a_dose(dose: str = "d", **changes: Any) -> CarriedDose:
    """A dose of 7,400 MBq of lutetium-177, two days after noon."""
    facts: dict[str, Any] = {
        "run": "runs/lu-1",
        "product": "products/lu-ligand",
        "nuclide": Nuclide.LU_177,
        "administration_mbq": 7400.0,
        "administration_at": NOON + timedelta(days=2),
    }
    return CarriedDose(dose, **{**facts, **changes})


def a_shipment(*doses: str, **changes: Any) -> Shipment:
    """A booked shipment that leaves at noon."""
    facts: dict[str, Any] = {
        "partner": NORTHLAKE,
        "site": SITE,
        "lane": LANE,
        "doses": tuple(a_dose(each) for each in doses or ("d",)),
        "created_at": at(-60),
        "changed": by(-60),
        "version": 1,
        "courier": SWIFT,
        "departure_at": NOON,
    }
    return Shipment("shipments/s", **{**facts, **changes})


def lane(*legs: tuple[LegMode, int | None], quantiles: tuple[tuple[int, int], ...] = ((50, 480), (90, 600))) -> Lane:
    """A lane of legs that take so many minutes; by default half of all arrive in 8 hours, nine of ten in 10."""
    ways = tuple(Leg(mode=mode, carrier=SWIFT, minutes=minutes) for mode, minutes in legs)
    until = NOON + timedelta(days=365)
    return Lane(LANE, SITE, 0, 600, until, legs=ways, quantiles=quantiles)


def by_air() -> Course:
    """An hour by road, four by air, three by road: in the air after an eighth of the way, down after five."""
    return course_of(lane((LegMode.ROAD, 60), (LegMode.AIR, 240), (LegMode.ROAD, 180)))


def told_all(*milestones: Milestone) -> ShipmentStanding:
    """Where a shipment with these milestones stands."""
    return standing(milestones)
