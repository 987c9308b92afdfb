"""What ERP systems state that sponsors need, and why it cannot become a forecast."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b

from doselane.erp.v1 import events_pb2 as erp_events
from doselane.planning.v1 import events_pb2
from google.type.date_pb2 import Date

from services.kernel.calendar import date_of
from services.kernel.errors import GatewayError, Invalid, InvalidFields
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.rpc.shape import shape_violations
from services.kernel.timestamps import instant
from services.planning import events
from services.planning.domain.forecast import Series, problems_in

ERP_TOPIC = "doselane.erp"
DEMAND_CHANGED = "doselane.erp.demand.changed.v1"
DEMAND_REFUSED = f"{events.TOPIC}.demand.refused.v1"


@dataclass(frozen=True, slots=True)
class StatedDemand:
    """What an ERP states that a sponsor needs, by Monday, since an instant; `told_by`: the adapter."""

    series: Series
    weeks: Mapping[date, int]
    stated_at: datetime
    digest: bytes
    told_by: str


def stated_in(event: Event, now: datetime) -> StatedDemand:
    """What an event states. Raises all that is wrong with it by itself, at once."""
    said = erp_events.DemandChanged.FromString(event.data)
    if not said.partner or said.partner != event.partner:
        raise Invalid("The event does not say whose demand it is.", field="partner", event=event.id)
    demand = said.demand
    weeks = [(_date(week.week_start_date), week.doses) for week in demand.weeks]
    wrong = [(field.removeprefix("forecast."), words) for field, words in problems_in([week for week, _ in weeks], now)]
    if violations := [*shape_violations(demand), *wrong]:
        raise InvalidFields(violations)
    return StatedDemand(
        series=Series(said.partner, demand.product, demand.region),
        weeks={week: doses for week, doses in weeks if week},
        stated_at=instant(demand.state_time, "state_time"),
        digest=blake2b(demand.SerializeToString(deterministic=True), digest_size=16).digest(),
        told_by=said.adapter,
    )


def refused_event(event: Event, refusal: GatewayError, at: datetime) -> Event:
    """Says why what an event states is refused, to the sponsor whose ERP stated it."""
    said = erp_events.DemandChanged.FromString(event.data)
    refused = events_pb2.DemandRefused(
        product=said.demand.product,
        region=said.demand.region,
        reason=refusal.reason,
        detail=refusal.message,
        message=said.message,
        adapter=said.adapter,
    )
    return Event(
        id=uuid7(),
        type=DEMAND_REFUSED,
        source=events.SOURCE,
        subject=f"demands/{uuid7()}",
        sequence=1,
        time=at,
        data=refused.SerializeToString(),
        partner=event.partner,
        actor=event.actor,
        traceparent=event.traceparent,
    )


def _date(message: Date) -> date | None:
    try:
        return date_of(message)
    except ValueError:
        return None
