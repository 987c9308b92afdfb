"""The host's events: what it publishes of pushes, and what it hears of shipments."""

from datetime import datetime

from doselane.courier.v1.events_pb2 import MilestoneReported, PushRefused
from doselane.status.v1.events_pb2 import ShipmentAttached

from adapters.host import store
from adapters.host.values import Case, Verdict
from adapters.manifest import Fact
from services.kernel.db import Connection
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.references import canonical

MILESTONE_REPORTED = "doselane.courier.milestone.reported.v1"
PUSH_REFUSED = "doselane.courier.push.refused.v1"
SHIPMENT_ATTACHED = "doselane.status.shipment.attached.v1"


def milestone_reported(case: Case, fact: Fact, sequence: int, at: datetime) -> Event:
    """A courier reported something new."""
    said = MilestoneReported(
        courier=case.arrival.courier, adapter=case.arrival.adapter, push=case.arrival.name, milestone=fact.milestone
    )
    return _event(case, MILESTONE_REPORTED, sequence, at, said.SerializeToString(deterministic=True))


def push_refused(case: Case, found: Verdict, sequence: int, at: datetime) -> Event:
    """A push was refused and waits to be looked at."""
    said = PushRefused(
        courier=case.arrival.courier,
        adapter=case.arrival.adapter,
        push=case.arrival.name,
        reason=found.reason,
        detail=found.detail,
    )
    return _event(case, PUSH_REFUSED, sequence, at, said.SerializeToString(deterministic=True))


async def project(conn: Connection, event: Event) -> None:
    """Remembers which shipments there are; every other event of status is not for us."""
    if event.type != SHIPMENT_ATTACHED:
        return
    attached = ShipmentAttached.FromString(event.data)
    theirs = list(dict.fromkeys(map(canonical, attached.references)))
    await store.refer(conn, attached.courier, theirs, attached.dose, event.time)


def _event(case: Case, kind: str, sequence: int, at: datetime, data: bytes) -> Event:
    return Event(
        id=uuid7(),
        type=kind,
        source=store.SOURCE,
        subject=case.arrival.name,
        sequence=sequence,
        time=at,
        data=data,
        partner=case.arrival.courier,
        actor=case.arrival.actor or f"account {case.arrival.account}",
        reason=case.reason,
        traceparent=case.arrival.traceparent,
    )
