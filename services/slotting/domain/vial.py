"""A filled vial: what quality has told of the dose of a slot."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from services.kernel.activity import Nuclide, activity_at
from services.slotting.domain.slot import Slot


class FilledVial(NamedTuple):
    """A vial, as quality last told. A surplus one is nobody's dose any more; one that left is on the road or there."""

    name: str
    version: int
    slot: str
    run: str
    filled_mbq: float  # at `filled_at`
    filled_at: datetime
    left: bool = False
    surplus: bool = False
    volume_ul: int | None = None  # None: quality did not say

    def activity_mbq(self, at: datetime, nuclide: Nuclide) -> float:
        """What decay leaves of it."""
        return activity_at(self.filled_mbq, self.filled_at, at, nuclide)


def vial_of(slot: Slot, vials: Iterable[FilledVial]) -> FilledVial | None:
    """The vial that is the slot's dose on the run that it stands on; None if it is not filled."""
    own = (vial for vial in vials if (vial.slot, vial.run) == (slot.name, slot.demand.run) and not vial.surplus)
    return max(own, key=lambda vial: vial.filled_at, default=None)
