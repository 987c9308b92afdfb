"""Slots whose vial is filled: its volume is fixed, so at a later administration the dose is what decay leaves of it."""

from datetime import datetime
from typing import NamedTuple

from services.network import Product
from services.slotting.domain import refusals, routing
from services.slotting.domain.book import Run
from services.slotting.domain.commands import Move
from services.slotting.domain.network import Network
from services.slotting.domain.places import check_activity, check_age, check_licence, check_partner
from services.slotting.domain.rooms import ResourceCounters
from services.slotting.domain.routing import MadeDose
from services.slotting.domain.slot import Demand, Reservations, Risk, Slot, require_of_use
from services.slotting.domain.vial import FilledVial


class FilledMove(NamedTuple):
    """A slot that keeps its vial: what it stands for after the move, its reservations, and what it has still lost."""

    demand: Demand
    reservations: Reservations
    risk: Risk


def keeps_its_vial(slot: Slot, move: Move, run: Run, now: datetime) -> bool:
    """Whether a filled slot keeps its vial in a move: on its own run, at no earlier administration, while the run has
    a place for it. Whatever else is asked of it is a claim like any other."""
    at = move.demand_of(slot.demand).administration_at
    stays = move.run == slot.demand.run and slot.in_book and not run.state.withdrawn
    return stays and at >= slot.demand.administration_at and at > now


def made_dose(slot: Slot, now: datetime) -> MadeDose:
    """A dose that exists travels from now on, and is released where it has its place."""
    return MadeDose(now, slot.reservations.qc)


def kept(
    slot: Slot, vial: FilledVial, move: Move, run: Run, network: Network, rooms: ResourceCounters, now: datetime
) -> FilledMove:
    """What a filled slot stands for after a move. It claims nothing of its run; the places that it holds are free.

    Raises why the dose would not do then, or finds no way.
    """
    wanted = move.demand_of(slot.demand)
    left_mbq = vial.activity_mbq(wanted.administration_at, run.nuclide)
    product = network.products.get(run.product)
    check_partner(product, wanted.partner, run)
    _check_strength(product, vial, left_mbq, wanted.administration_at)
    require_of_use(run, wanted.administration_at)
    check_age(product, run, wanted.administration_at)
    demand = wanted._replace(activity_mbq=left_mbq, departure_at=None)
    if vial.left:
        return _on_the_road(slot, vial, wanted, demand, run, network)
    if not slot.at_risk and _same_way(slot, wanted):
        _check_centre(slot, demand, run, network)
        return FilledMove(demand, slot.reservations, Risk.NONE)
    asked = demand._replace(departure_at=wanted.departure_at)
    allowed = routing.allowed(asked, run, network, made_dose(slot, now))
    return FilledMove(demand, routing.first_free(allowed, asked, rooms).reservations, Risk.NONE)


def _check_strength(product: Product | None, vial: FilledVial, left_mbq: float, at: datetime) -> None:
    """The dose must have an activity that the product allows."""
    if product is None:
        return
    if product.activity_mbq_min is not None and left_mbq < product.activity_mbq_min:
        raise refusals.FilledVialTooWeak(
            "Decay leaves too little in the filled vial for an administration so late.",
            vial=vial.name,
            activity_mbq=f"{left_mbq:.3f}",
            activity_min_mbq=product.activity_mbq_min,
            administration_time=at,
        )
    check_activity(product, left_mbq)


def _on_the_road(
    slot: Slot, vial: FilledVial, wanted: Demand, demand: Demand, run: Run, network: Network
) -> FilledMove:
    """A dose that left arrives where and when it was sent to. Only its receiving window can still be missing."""
    if not _same_way(slot, wanted):
        raise refusals.VialDispatched(
            "The vial has left its facility; only its administration can still be later.",
            slot=slot.name,
            vial=vial.name,
        )
    _check_centre(slot, demand, run, network)
    return FilledMove(demand, slot.reservations, slot.risk if slot.risk is Risk.RECEIVING_WINDOW else Risk.NONE)


def _check_centre(slot: Slot, demand: Demand, run: Run, network: Network) -> None:
    site = routing.require_site(demand, network)
    at = demand.administration_at
    check_licence(site, run, demand.activity_mbq, at, slot.reservations.delivery_at or at)


def _same_way(slot: Slot, wanted: Demand) -> bool:
    same = (wanted.site, wanted.lane) == (slot.demand.site, slot.demand.lane)
    return same and wanted.departure_at in (None, slot.reservations.departure_at)
