"""The event that travels from a service's transaction to every reader: a CloudEvent with our extensions."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Event:
    """One published change. The names in brackets are those on the wire (CloudEvents 1.0)."""

    id: UUID  # [id] uuidv7; consumers drop repeats by it
    type: str  # [type] such as doselane.slotting.slot.confirmed.v1
    source: str  # [source] such as doselane/slotting
    subject: str  # [subject] the aggregate, such as slots/0198…; also the partition key [partitionkey]
    sequence: int  # [sequence] gapless per subject, from 1
    time: datetime  # [time] UTC
    data: bytes  # the protobuf message that belongs to the type
    partner: str = ""  # [partner] whose data it is, partners/…; empty: the CDMO's own
    actor: str = ""  # [actor] the client that made the change
    reason: str = ""  # [reason] why, in the actor's words
    traceparent: str = ""  # [traceparent] W3C trace context of the change

    @property
    def topic(self) -> str:
        """The topic it belongs to: one a service, named by the first two parts of the type."""
        return ".".join(self.type.split(".", 2)[:2])
