"""Names of what is one sponsor's, and what of them an answer tells."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass

from services.kernel.ids import uuid7

MARK = "northlakes-own"
NOWHERE = str(uuid7())


@dataclass(frozen=True, slots=True)
class Belongings:
    """Names of what is Northlake's, or names of the same shape that nobody has."""

    run: str
    slot: str
    dose: str
    push: str
    standby: str
    forecast: str
    batch: str  # of a run of its own, on which each dose is another one's
    vial_slot: str  # a dose of that batch
    notice: str  # of that dose's recall
    shipment: str  # that carries it
    entry: str  # of that dose, on the board
    incident: str  # that the recall is
    endpoint: str
    feed: str  # all that it is told
    mark: str  # the last part of the names of its master data

    @property
    def marks(self) -> tuple[str, ...]:
        """What answers may differ in: names, and the last parts of names."""
        names = astuple(self)
        # The last part of the feed's name is the partner's, which may stand in what anybody asks.
        return (*names, *(name.rpartition("/")[2] for name in names if name != self.feed))

    @property
    def by_collection(self) -> Mapping[str, str]:
        """The names by the collection that they stand in, those of master data included."""
        named = {name.partition("/")[0]: name for name in reversed(astuple(self)) if "/" in name}
        return {**{kind: f"{kind}/{self.mark}" for kind in ("products", "sites", "lanes", "agreements")}, **named}

    def marks_in(self, answer: object) -> set[str]:
        """What an answer tells of this."""
        text = str(answer)
        owned = (self.run, self.slot, self.dose, self.standby, self.batch, self.vial_slot, self.notice, MARK)
        return {mark for mark in (*owned, self.entry, self.incident) if mark in text}


NOBODYS = Belongings(
    f"runs/{NOWHERE}",
    f"slots/{NOWHERE}",
    f"doses/{NOWHERE}",
    f"pushes/{NOWHERE}",
    f"standbys/{NOWHERE}",
    f"forecasts/{NOWHERE}",
    f"batches/{NOWHERE}",
    f"slots/{NOWHERE}",
    f"notices/{NOWHERE}",
    f"shipments/{NOWHERE}",
    f"boardEntries/{NOWHERE}",
    f"incidents/{NOWHERE}",
    f"endpoints/{NOWHERE}",
    f"feeds/{NOWHERE}",
    NOWHERE,
)
