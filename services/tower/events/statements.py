"""Statements for centres as protobuf, and as events; they belong to the dose's sponsor."""

from doselane.tower.v1 import events_pb2, go_no_go_pb2

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.tower.domain.statement import GoNoGo
from services.tower.events.published import SOURCE, TOPIC


def statement_message(stated: GoNoGo) -> go_no_go_pb2.GoNoGoStatement:
    """A statement as published."""
    return go_no_go_pb2.GoNoGoStatement(
        name=stated.name,
        dose=f"doses/{stated.dose}",
        partner=stated.partner,
        site=stated.site,
        product=stated.product,
        order_reference=stated.order_reference,
        administration_time=stamp(stated.administration_at),
        decision=int(stated.decision),  # type: ignore[arg-type]
        confidence=int(stated.confidence),  # type: ignore[arg-type]
        ground=int(stated.ground),  # type: ignore[arg-type]
        statement_time=stamp(stated.stated_at),
        next_statement_time=stamp(stated.next_at),
        etag=stated.etag,
    )


def statement_event(stated: GoNoGo, traceparent: str) -> Event:
    """That something new is stated."""
    return Event(
        id=uuid7(),
        type=f"{TOPIC}.go_no_go.stated.v1",
        source=SOURCE,
        subject=stated.name,
        sequence=stated.version,
        time=stated.stated_at,
        data=events_pb2.GoNoGoStated(go_no_go_statement=statement_message(stated)).SerializeToString(),
        partner=stated.partner,
        traceparent=traceparent,
    )
