"""Which promised slots a change of the network leaves without what they stand on."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from services.kernel.errors import GatewayError
from services.kernel.visibility import visible
from services.network import Lane, Receiving, Site, departures_between, releases, sessions_between
from services.slotting.domain.book import Run
from services.slotting.domain.network import Network
from services.slotting.domain.places import (
    CountedPlace,
    begins_at,
    check_lane,
    check_licence,
    check_product,
    place_in_session,
    place_in_window,
    place_on_departure,
)
from services.slotting.domain.rooms import ResourceCounters
from services.slotting.domain.slot import Reservations, Risk, Slot
from services.slotting.domain.vial import FilledVial, vial_of

# The reservations that hold a place, in the order of the journey, and the field of `Reservations` that names it.
_FIELD: Mapping[Risk, str] = {Risk.QUALITY_CONTROL: "qc", Risk.DEPARTURE: "departure", Risk.RECEIVING_WINDOW: "window"}


class Threatened(NamedTuple):
    """A slot that has lost something: what, and the reservations that it keeps."""

    slot: Slot
    risk: Risk
    reservations: Reservations


class Revision(NamedTuple):
    """The slots that have lost something, and those that hold other places than before; oldest first."""

    threatened: list[Threatened]
    kept: list[tuple[Slot, Reservations]]


@dataclass(slots=True)
class SlotDependencies:
    """What a slot would stand on: what it loses whether or not there is room, and for each reservation that the rules
    still look at, the places of which any would do (none: it needs none). What lies in the past is not looked at."""

    slot: Slot
    lost: list[Risk] = field(default_factory=list)
    options: dict[Risk, Sequence[CountedPlace]] = field(default_factory=dict)

    def judged(self) -> Iterator[tuple[Risk, str]]:
        """The reservations that are looked at, with the place that the slot holds there."""
        for kind, name in _FIELD.items():
            if kind in self.options or kind in self.lost:
                yield kind, getattr(self.slot.reservations, name)

    def places(self) -> Iterator[CountedPlace]:
        """All places that would do."""
        for options in self.options.values():
            yield from options


def dependencies_of(
    slots: Iterable[Slot], runs: Mapping[str, Run], network: Network, now: datetime, vials: Collection[FilledVial] = ()
) -> list[SlotDependencies]:
    """What the slots that are promised and still to be given would stand on, oldest first; `vials`: those that are
    filled."""
    standing = (
        slot
        for slot in slots
        if slot.in_book and not slot.overdue(now) and slot.demand.administration_at > now and slot.demand.run in runs
    )
    by_age = sorted(standing, key=lambda slot: (slot.created_at, slot.id))
    return [_Judge(slot, runs[slot.demand.run], network, now, vial_of(slot, vials)).dependencies() for slot in by_age]


def revise(dependencies_of: Sequence[SlotDependencies], rooms: ResourceCounters) -> Revision:
    """Seat the slots anew, the oldest first, in places of the network's sizes; the rooms are left as they are then."""
    for dependencies in dependencies_of:
        rooms.give_back(held for _, held in dependencies.judged() if held)
    _resize(dependencies_of, rooms)
    revision = Revision([], [])
    for dependencies in dependencies_of:
        slot = dependencies.slot
        lost, reservations = _seated(dependencies, rooms)
        if slot.at_risk:  # it is said again only if it loses a place that it still had
            lost = [kind for kind in lost if kind in _FIELD and getattr(slot.reservations, _FIELD[kind])]
        if lost:
            revision.threatened.append(Threatened(slot, min(lost, key=_WORST_FIRST.index), reservations))
        elif reservations != slot.reservations:
            revision.kept.append((slot, reservations))
    for room in rooms.values():
        room.size = max(room.size, room.committed)  # what can not be displaced any more keeps its place
    return revision


_WORST_FIRST = (Risk.PRODUCT, Risk.LICENCE, Risk.QUALITY_CONTROL, Risk.DEPARTURE, Risk.RECEIVING_WINDOW)


def _resize(dependencies_of: Sequence[SlotDependencies], rooms: ResourceCounters) -> None:
    there_are = {place.name: place for dependencies in dependencies_of for place in dependencies.places()}
    gone = {held for dependencies in dependencies_of for kind, held in dependencies.judged() if held} - there_are.keys()
    for name in gone:
        rooms[name].size = 0
    for place in there_are.values():
        rooms[place.name].size = place.size


def _seated(dependencies: SlotDependencies, rooms: ResourceCounters) -> tuple[list[Risk], Reservations]:
    """The places that the slot gets; also what it has lost."""
    lost, reservations = list(dependencies.lost), dependencies.slot.reservations
    for kind, _ in dependencies.judged():
        name = ""
        if kind not in lost and dependencies.options[kind]:
            name = next((place.name for place in dependencies.options[kind] if not rooms[place.name].full), "")
            if name:
                rooms[name].take()
            else:
                lost.append(kind)
        reservations = reservations._replace(**{_FIELD[kind]: name})  # type: ignore[arg-type]  # the fields that are names
    return lost, reservations


class _Judge:
    """One slot before the rules of a network."""

    def __init__(self, slot: Slot, run: Run, network: Network, now: datetime, vial: FilledVial | None) -> None:
        self.slot, self.run, self.now = slot, run, now
        self.filled_ul = vial.volume_ul if vial else None
        demand = slot.demand
        self.product, self.facility = network.products.get(run.product), network.facilities.get(run.facility)
        self.lane, self.site = network.lanes.get(demand.lane), network.sites.get(demand.site)
        self.result = SlotDependencies(slot)
        self.delivery_at = slot.reservations.delivery_at

    def dependencies(self) -> SlotDependencies:
        """What it would stand on."""
        demand, at = self.slot.demand, self.slot.demand.administration_at
        self._require(
            Risk.PRODUCT,
            lambda: check_product(self.product, demand.partner, demand.activity_mbq, self.run, at, self.filled_ul),
        )
        departure_at = self.slot.reservations.departure_at
        if departure_at is None:
            self._quality_control(at)
        elif departure_at > self.now:
            self._before_departure(departure_at)
        site = self.site
        if site is None or not visible(demand.partner, site.partners):
            self.result.lost.append(Risk.LICENCE)
            return self.result
        arrival_at = self.delivery_at or at
        self._require(Risk.LICENCE, lambda: check_licence(site, self.run, demand.activity_mbq, at, arrival_at))
        if self.delivery_at is not None and self.delivery_at > self.now:
            self._receiving(site, self.delivery_at)
        return self.result

    def _require(self, risk: Risk, check: Callable[[], object]) -> None:
        try:
            check()
        except GatewayError:
            self.result.lost.append(risk)

    def _quality_control(self, by_at: datetime) -> datetime | None:
        """Look at the place in quality control; answers when the dose is released, None if that is not known."""
        released = self._released(self.slot.demand.administration_at)
        held = self.slot.reservations.qc
        if held:
            if begins_at(held) <= self.now:
                return None
            counted = self.facility is not None and bool(self.facility.qc_sessions)
            same = [(at, place) for at, place in released if place and place.name == held]
            if counted and not (same and same[0][0] <= self.slot.demand.administration_at):
                self.result.lost.append(Risk.QUALITY_CONTROL)
                return None
            self.result.options[Risk.QUALITY_CONTROL] = [place for _, place in same if place]
            return same[0][0] if same else released[0][0]
        if self.slot.at_risk or self.run.end_of_synthesis_at <= self.now:
            return None
        in_time = [(at, place) for at, place in released if at <= by_at]
        if not in_time:
            self.result.lost.append(Risk.QUALITY_CONTROL)
            return None
        self.result.options[Risk.QUALITY_CONTROL] = [place for _, place in in_time if place]
        return in_time[0][0]

    def _released(self, until: datetime) -> list[tuple[datetime, CountedPlace | None]]:
        """When the dose could be released, and the place that it would take for that."""
        done_at = self.run.end_of_synthesis_at
        found = releases(sessions_between(self.facility, done_at, until), self.product, done_at, until)
        return [(each.at, place_in_session(self.facility, each.session)) for each in found]

    def _before_departure(self, departure_at: datetime) -> None:
        """Look at quality control and at the departure, and work out when the dose would arrive now."""
        lane = self._lane()
        leaving = self._leaving(lane, departure_at) if lane else None
        if lane is None or leaving is None:
            self._quality_control(departure_at)
            self.result.lost.append(Risk.DEPARTURE)
            return
        closes_at, place = leaving
        released_at = self._quality_control(closes_at - lane.dispatch)
        ready_at = released_at + lane.dispatch if released_at else None
        if not lane.departures and ready_at:  # it leaves as soon as it is ready, which may be later than was said
            departure_at = max(departure_at, ready_at)
        self.delivery_at = departure_at + lane.transit
        too_late = lane.departures and ready_at is not None and ready_at > closes_at
        invalid = departure_at >= lane.valid_until or self.delivery_at > self.slot.demand.administration_at
        if too_late or invalid:
            self.result.lost.append(Risk.DEPARTURE)
        elif not (self.slot.at_risk and not self.slot.reservations.departure):
            self.result.options[Risk.DEPARTURE] = [place] if place else []

    def _lane(self) -> Lane | None:
        """The slot's lane, if it still leads from the run's facility to the centre."""
        try:
            return check_lane(self.lane, self.slot.demand.lane, self.slot.demand.site, self.run.facility)
        except GatewayError:
            return None

    def _leaving(self, lane: Lane, departure_at: datetime) -> tuple[datetime, CountedPlace | None] | None:
        """When hand-over closes for the slot's departure, and its place; None if it does not take place."""
        leaving = departures_between(lane, self.facility, departure_at, departure_at)
        last = max(leaving, default=None, key=lambda each: each.closes_at)
        return (last.closes_at, place_on_departure(lane, last.span)) if last else None

    def _receiving(self, site: Site, delivery_at: datetime) -> None:
        """Look at the receiving window."""
        window = Receiving(site, delivery_at, delivery_at).window_at(delivery_at)
        held = self.slot.reservations.window
        if window is None and not site.receives_at_any_time:
            self.result.lost.append(Risk.RECEIVING_WINDOW)
        elif held or not self.slot.at_risk:
            place = place_in_window(site, window)
            self.result.options[Risk.RECEIVING_WINDOW] = [place] if place else []
