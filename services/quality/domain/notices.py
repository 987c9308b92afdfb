"""Recalls and failures after use: who must be told of a batch, and who has acknowledged."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.quality.domain.batch import Batch
from services.quality.domain.vials import Order, Vial


class NoticeKind(StrEnum):
    """What is told."""

    RECALL = "RECALL"
    FAILED_AFTER_USE = "FAILED_AFTER_USE"


class NoticeRole(StrEnum):
    """What a party has to do with a dose, in the order in which they are called."""

    COURIER = "COURIER"
    SPONSOR = "SPONSOR"
    SITE = "SITE"


@dataclass(frozen=True, slots=True)
class Notice:
    """Tells one party of a recall or a failure, until that party acknowledges it."""

    name: str
    kind: NoticeKind
    batch: str
    slot: str
    partner: str
    role: NoticeRole
    site: str
    patient_reference: str
    explanation: str
    created_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Telling:
    """Somebody who is to be told something of a dose."""

    kind: NoticeKind
    partner: str
    role: NoticeRole
    vial: Vial
    patient_reference: str


def of_withdrawal(batch: Batch, vials: Iterable[Vial], orders: Iterable[Order], now: datetime) -> Iterator[Telling]:
    """Who is told when a batch may no longer be used: of each dose that left or may have been given, everybody who has
    it or has to do with it. A dose whose administration is over starts the call tree; any other is recalled.

    A centre has no access of its own: what is for it goes to its sponsor, who knows its physician.
    """
    known = {order.slot: order for order in orders}
    for vial in vials:
        if vial.dispatched_at is None:
            continue
        used = vial.administration_at <= now
        kind = NoticeKind.FAILED_AFTER_USE if used else NoticeKind.RECALL
        reference = known[vial.slot].patient_reference if vial.slot in known else ""
        if vial.courier and not used:
            yield Telling(kind, vial.courier, NoticeRole.COURIER, vial, "")
        yield Telling(kind, vial.partner, NoticeRole.SPONSOR, vial, reference)
        yield Telling(kind, vial.partner, NoticeRole.SITE, vial, reference)
