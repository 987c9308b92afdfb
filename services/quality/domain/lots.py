"""Inspection lots of the manufacturer's ERP: one that it rejects stops a batch, one that it accepts decides nothing."""

from dataclasses import dataclass
from datetime import datetime

from services.kernel.provenance import Provenance
from services.quality.domain.batch import ENDED, Batch, BatchChange, raise_deviation


@dataclass(frozen=True, slots=True)
class LotStatement:
    """What an ERP states of a lot since an instant; `told_by` says which ERP, in words."""

    lot: str
    production_order: str
    batch_number: str
    rejected: bool
    code: str
    since: datetime
    told_by: str


@dataclass(frozen=True, slots=True)
class KnownLot:
    """What counts of a lot, and whether its rejection was put before the people of quality already."""

    stated: LotStatement
    raised: bool = False


def after(known: KnownLot | None, stated: LotStatement) -> KnownLot | None:
    """The lot after a statement; None if an older one changes nothing.

    A rejection that is only told again was raised already; one that was taken back and is stated anew was not.
    """
    if known is not None and stated.since < known.stated.since:
        return None
    return KnownLot(stated, raised=known is not None and known.raised and known.stated.rejected and stated.rejected)


def object_to(batch: Batch, known: KnownLot, by: Provenance) -> BatchChange | None:
    """The deviation that a rejected lot raises on its batch, once; None if nothing is to be raised.

    Sponsors read deviations, so the production order, which is the manufacturer's own business, is not in it.
    """
    lot = known.stated
    if not lot.rejected or known.raised or batch.state in ENDED:
        return None
    number = f", batch {lot.batch_number}," if lot.batch_number else ""
    code = f" with code {lot.code}" if lot.code else ""
    return raise_deviation(batch, f"Inspection lot {lot.lot}{number} was rejected{code}, as {lot.told_by} told.", by)
