"""Vials: a dose is a volume of the batch, by its activity concentration at the instant of filling."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil

from services.kernel.activity import activity_at
from services.quality.domain import refusals
from services.quality.domain.batch import Batch, BatchYield, State

FILLABLE = frozenset({State.IN_QC, State.READY_TO_SHIP, State.CERTIFIED_FOR_USE})


@dataclass(frozen=True, slots=True)
class FillRange:
    """What a vial of a product may hold: volume in microlitres, activity at administration in MBq. None: no bound."""

    volume_min_ul: int | None = None
    volume_max_ul: int | None = None
    activity_min_mbq: float | None = None
    activity_max_mbq: float | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A slot, as far as filling goes by it."""

    slot: str
    partner: str
    run: str
    site: str
    confirmed: bool
    administration_mbq: float
    administration_at: datetime
    departure_at: datetime | None = None
    delivery_at: datetime | None = None
    patient_reference: str = ""
    order_reference: str = ""


@dataclass(frozen=True, slots=True)
class Vial:
    """The dose of one slot: what was filled, and what decay leaves of it at administration.

    `surplus_since`: since then nobody may be given it, as its slot was released or stands on another run.
    """

    batch: str
    container: str
    slot: str
    partner: str
    site: str
    filled_at: datetime
    volume_ul: int
    filled_mbq: float
    administration_mbq: float
    administration_at: datetime
    created_at: datetime
    courier: str = ""
    dispatched_at: datetime | None = None
    surplus_since: datetime | None = None

    @property
    def name(self) -> str:
        """The vial's resource name."""
        return f"{self.batch}/vials/{self.container}"

    @property
    def surplus(self) -> bool:
        """Whether it was filled for a slot that does not want it any more."""
        return self.surplus_since is not None


@dataclass(frozen=True, slots=True)
class VialFilling:
    """What is to be filled, and when. Without a volume: what the order needs."""

    container: str
    at: datetime
    volume_ul: int | None = None


def fill(
    batch: Batch, order: Order, filling: VialFilling, allowed: FillRange, vials: Sequence[Vial], now: datetime
) -> Vial:
    """The vial of an order; refused where it cannot be one."""
    _require_fillable(batch, order, filling, vials, now)
    concentration = batch.concentration_mbq_per_ml(filling.at)
    if not concentration:
        raise refusals.ConcentrationUnknown("The batch's volume is not known.", batch=batch.name)
    volume_ul = filling.volume_ul or _needed_ul(batch, order, filling.at, concentration)
    _require_volume(batch, volume_ul, allowed, vials)
    filled_mbq = concentration * volume_ul / 1000
    left_mbq = activity_at(filled_mbq, filling.at, order.administration_at, batch.made.nuclide)
    _require_activity(order, left_mbq, allowed)
    return Vial(
        batch=batch.name,
        container=filling.container,
        slot=order.slot,
        partner=order.partner,
        site=order.site,
        filled_at=filling.at,
        volume_ul=volume_ul,
        filled_mbq=filled_mbq,
        administration_mbq=left_mbq,
        administration_at=order.administration_at,
        created_at=now,
    )


def after_order(vial: Vial, order: Order, made: BatchYield, now: datetime) -> Vial:
    """A filled vial after its slot changed: its volume stays, and decay says what is left at another administration.

    It is surplus for good once its slot is released or stands on another run, even if that is taken back: by then it
    may have been thrown away, and another one is filled.
    """
    if vial.surplus:
        return vial
    if not order.confirmed or order.run != made.run:
        return replace(vial, surplus_since=now)
    left_mbq = activity_at(vial.filled_mbq, vial.filled_at, order.administration_at, made.nuclide)
    at = order.administration_at
    return replace(vial, site=order.site, administration_mbq=left_mbq, administration_at=at)


def _needed_ul(batch: Batch, order: Order, at: datetime, concentration: float) -> int:
    """The volume that has the wanted activity at administration, in whole microlitres, rounded up."""
    needed_mbq = activity_at(order.administration_mbq, order.administration_at, at, batch.made.nuclide)
    # What is more than a whole microlitre by less than a millionth is the arithmetic's, not the dose's.
    return ceil(round(needed_mbq / concentration * 1000, 6))


def _require_fillable(batch: Batch, order: Order, filling: VialFilling, vials: Sequence[Vial], now: datetime) -> None:
    if batch.state not in FILLABLE:
        raise refusals.BatchState(f"The batch is {batch.state}.", batch=batch.name, state=batch.state)
    if order.run != batch.made.run or not order.confirmed:
        raise refusals.SlotNotFillable("The slot is not a confirmed one of the batch's run.", slot=order.slot)
    if any(vial.slot == order.slot and not vial.surplus for vial in vials):
        raise refusals.SlotNotFillable("The slot has its vial.", slot=order.slot)
    if any(vial.container == filling.container for vial in vials):
        raise refusals.ContainerUsed("Another vial has this id.", container_id=filling.container)
    if not batch.made.end_of_synthesis_at <= filling.at <= min(now, batch.made.expires_at):
        raise refusals.FillTimeNotValid(
            "A vial is filled between the end of synthesis and the end of shelf life, and not in the future.",
            fill_time=filling.at,
            end_of_synthesis_time=batch.made.end_of_synthesis_at,
            expire_time=batch.made.expires_at,
        )


def _require_volume(batch: Batch, volume_ul: int, allowed: FillRange, vials: Sequence[Vial]) -> None:
    least, most = allowed.volume_min_ul, allowed.volume_max_ul
    if (least is not None and volume_ul < least) or (most is not None and volume_ul > most):
        raise refusals.VolumeOutOfRange(
            "The volume is outside the product's range.",
            volume_ul=volume_ul,
            volume_min_ul="" if least is None else least,
            volume_max_ul="" if most is None else most,
        )
    left_ul = (batch.made.volume_ul or 0) - sum(vial.volume_ul for vial in vials)
    if volume_ul > left_ul:
        raise refusals.VolumeExhausted("The batch has not so much left.", volume_ul=volume_ul, left_ul=left_ul)


def _require_activity(order: Order, left_mbq: float, allowed: FillRange) -> None:
    least, most = allowed.activity_min_mbq, allowed.activity_max_mbq
    if (least is not None and left_mbq < least) or (most is not None and left_mbq > most):
        raise refusals.ActivityOutOfTolerance(
            "The vial would not have an activity at administration that the product allows.",
            slot=order.slot,
            activity_mbq=f"{left_mbq:.6g}",
            activity_min_mbq="" if least is None else least,
            activity_max_mbq="" if most is None else most,
        )
