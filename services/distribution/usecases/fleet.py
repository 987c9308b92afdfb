"""Shipments under their locks while facts are added to them; at the end it knows what is to be saved."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.distribution import events
from services.distribution.domain import changing
from services.distribution.domain.changing import News, Recorded, Settlement, ShipmentChange, What
from services.distribution.domain.course import Course, course_of
from services.distribution.domain.excursions import Excursion, TemperatureLimits, excursions_in, excursions_of
from services.distribution.domain.known import Promise
from services.distribution.domain.milestone import Milestone, ShipmentState
from services.distribution.domain.plausibility import Doubt, Production, doubt_of, production_of
from services.distribution.domain.shipment import CarriedDose, Shipment
from services.distribution.domain.standing import ShipmentStanding, standing
from services.distribution.domain.transit import Transit, measured, transit_of
from services.distribution.store import Unit, milestones, others, transits
from services.distribution.store.milestones import Related
from services.kernel.provenance import Provenance
from services.network.resources import Lane, Product


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the shipments of a transaction are judged by: as others last told it, and as lanes were measured."""

    now: datetime
    productions: Mapping[str, Production] = field(default_factory=dict)
    lanes: Mapping[str, Lane] = field(default_factory=dict)
    products: Mapping[str, Product] = field(default_factory=dict)
    transits: Mapping[str, Sequence[Transit]] = field(default_factory=dict)

    @staticmethod
    async def of(
        unit: Unit,
        shipments: Iterable[Shipment],
        now: datetime,
        lanes: Iterable[str] = (),
        promises: Collection[Promise] = (),
    ) -> "Grounds":
        """Those of some shipments, of lanes that they may come to travel, and of what they may come to carry."""
        known = list(shipments)
        doses: list[CarriedDose | Promise] = [*(dose for each in known for dose in each.doses), *promises]
        ways = {*(each.lane for each in known), *(each.lane for each in promises), *lanes}
        return Grounds(
            now,
            await others.productions(unit.conn, {dose.run for dose in doses}),
            await others.lanes(unit.conn, ways),
            await others.products(unit.conn, {dose.product for dose in doses}),
            await transits.of_lanes(unit.conn, ways, now),
        )

    def production(self, shipment: Shipment) -> Production:
        """What is known of the runs that make what it carries."""
        known = [self.productions[dose.run] for dose in shipment.doses if dose.run in self.productions]
        return production_of(known)

    def carrier(self, lane: str) -> str:
        """Who carries what travels a lane first; empty if nobody said."""
        return self.lanes[lane].carrier if lane in self.lanes else ""

    def course(self, lane: str) -> Course:
        """What a lane lets expect."""
        way, told = self.lanes.get(lane), self.transits.get(lane, ())
        return course_of(way, measured(course_of(way), told, self.now) if told else {})


class Fleet:
    """The shipments that a batch of facts concerns.

    `counted` are the milestones on which their standings rest so far.
    """

    def __init__(
        self, shipments: Mapping[str, Shipment], grounds: Grounds, by: Provenance, counted: Iterable[Related] = ()
    ) -> None:
        self.grounds = grounds
        self._shipments, self._by = dict(shipments), by
        self._news: dict[str, tuple[News, ...]] = {}
        self._recorded: dict[tuple[str, int], tuple[int, Doubt | None]] = {}
        self._stands: dict[str, ShipmentStanding] = {}
        self._counted: dict[str, dict[int, Milestone]] = {name: {} for name in shipments}
        for each in counted:
            self._counted[each.shipment][each.milestone_id] = self._seen(each.shipment, each)

    def shipment(self, name: str) -> Shipment:
        """A shipment as it stands now."""
        return self._shipments[name]

    def newest(self, shipment: Shipment) -> Shipment:
        """A shipment as it stands now, which was changed here, or else is as it was read."""
        return self._shipments.get(shipment.name, shipment)

    def record(self, name: str, milestone: Related, traceparent: str) -> None:
        """Adds a milestone to a shipment, unless it was added before."""
        if self.has_recorded(name, milestone.milestone_id):
            return
        shipment, seen = self._shipments[name], self._seen(name, milestone)
        limits = events.limits_of(shipment, self.grounds.products)
        stands = None
        if weighs(seen, limits, self.grounds.production(shipment)):
            self._counted[name][milestone.milestone_id] = seen
            stands = self._standing(shipment)
        doubt = doubt_of(seen, self.grounds.production(shipment))
        if doubt is None and stands is not None:
            doubt = next((each for each in stands.doubts if each.event_id == seen.event_id), None)
        recorded = Recorded(seen, doubt, milestone.fact.recorded_at)
        course = self.grounds.course(shipment.lane)
        changed = changing.record(shipment, recorded, stands, course, limits, self._by, traceparent)
        self._recorded[name, milestone.milestone_id] = (changed.shipment.milestones, doubt)
        self.take(changed)

    def has_recorded(self, name: str, milestone_id: int) -> bool:
        """Whether a milestone was added in this transaction."""
        return (name, milestone_id) in self._recorded

    def settle(self, name: str, settlement: Settlement) -> None:
        """Adds what an operator said of a milestone in doubt."""
        settled = changing.settle(self._shipments[name], settlement)
        stands, news = self._standing(settled), News(What.SETTLED, settlement)
        course, found = self.grounds.course(settled.lane), self._excursions(settled, stands)
        self.take(changing.examine(settled, stands, course, found, self._by, news))

    def rejudge(self, name: str) -> None:
        """Sees a shipment in the light of other news."""
        shipment = self._shipments[name]
        stands, course = self._standing(shipment), self.grounds.course(shipment.lane)
        self.take(changing.rejudge(shipment, stands, course, self._excursions(shipment, stands), self._by))

    def rest_on(self, name: str, known: Iterable[Related]) -> None:
        """From now on its standing rests on these alone, as its references name other milestones than before."""
        self._counted[name] = {each.milestone_id: self._seen(name, each) for each in known}
        shipment = replace(self._shipments[name], excursions=())
        found = self._excursions(shipment, self._standing(shipment))
        self._shipments[name] = replace(shipment, excursions=found)
        self.stand(name)

    def stand(self, name: str) -> None:
        """Brings a shipment that has changed, and says so, to where its milestones have it."""
        shipment = self._shipments[name]
        self.take(changing.stand(shipment, self._standing(shipment), self.grounds.course(shipment.lane), self._by))

    def take(self, changed: ShipmentChange | None) -> None:
        """Takes a change over."""
        if changed is not None:
            name = changed.shipment.name
            self._shipments[name] = changed.shipment
            self._news[name] = self._news.get(name, ()) + changed.news
            self._counted.setdefault(name, {})

    async def save(self, unit: Unit) -> None:
        """Stores all of it."""
        await unit.save([ShipmentChange(self._shipments[name], news) for name, news in self._news.items()])
        await milestones.record(unit.conn, self._recorded)
        told = ((self._shipments[name], stands) for name, stands in self._stands.items() if name in self._news)
        await transits.note(unit.conn, [(each, _transit(each, stands)) for each, stands in told])

    def _standing(self, shipment: Shipment) -> ShipmentStanding:
        """Where it stands; what it tells of its lane follows from that too."""
        counted = self._counted[shipment.name].values()
        stands = standing(counted, self.grounds.production(shipment), dict(shipment.settled))
        self._stands[shipment.name] = stands
        return stands

    def _excursions(self, shipment: Shipment, stands: ShipmentStanding) -> tuple[Excursion, ...]:
        """Those that count, where its milestones have it so."""
        limits, seen = events.limits_of(shipment, self.grounds.products), self._counted[shipment.name].values()
        return excursions_of(shipment.excursions, list(seen), stands.counting, limits)

    def _seen(self, name: str, milestone: Related) -> Milestone:
        """The milestone as the shipment's sponsor may see it."""
        fact = milestone.fact
        return events.visible_to(fact.milestone, fact.references, (name, *self._shipments[name].references))


def _transit(shipment: Shipment, stands: ShipmentStanding) -> Transit | None:
    return transit_of(shipment, stands.reached) if shipment.state is ShipmentState.DELIVERED else None


def weighs(milestone: Milestone, limits: TemperatureLimits, production: Production) -> bool:
    """Whether a milestone is to be seen beside those before it: they might have withdrawn it, or it is in doubt."""
    outside = any(True for _ in excursions_in(milestone, limits))
    return milestone.matters or outside or doubt_of(milestone, production) is not None


def by_system(now: datetime, actor: str = events.SOURCE) -> Provenance:
    """A change that follows from what others told."""
    return Provenance(actor, now)
