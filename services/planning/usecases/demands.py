"""What a sponsor's ERP states that it needs becomes its next forecast; what the rules refuse is told of."""

from services.kernel import outbox
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.errors import GatewayError
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.provenance import Provenance
from services.planning.domain.forecast import replaced_from_first
from services.planning.events import demands as events
from services.planning.events import forecasts as forecast_events
from services.planning.store import demands, forecasts
from services.planning.store.demands import LastDemand
from services.planning.usecases.forecasts import ForecastDraft, decide


async def take_demand(conn: Connection, event: Event, clock: Clock) -> None:
    """Submits what is stated as a submission would be. What is older than what counts, or the same again, changes
    nothing, and what expects the same as the version before makes none. Raises what the rules refuse."""
    stated = events.stated_in(event, clock.now())
    series = stated.series
    await forecasts.lock(conn, series)
    last = await demands.last(conn, series)
    if last is not None and (stated.stated_at < last.stated_at or (stated.stated_at, stated.digest) == last):
        return
    before = await forecasts.current(conn, series)
    draft = ForecastDraft(series, replaced_from_first(stated.weeks, before), None)
    by = Provenance(event.actor or stated.told_by, clock.now(), f"told by {stated.told_by}")
    shown = await decide(conn, draft, f"forecasts/{uuid7()}", by)
    if before is None or shown.forecast.weeks != before.weeks:
        published = forecast_events.event_of(shown, by.actor, by.reason, event.traceparent)
        await forecasts.save(conn, shown.forecast, published)
    await demands.put(conn, series, LastDemand(stated.stated_at, stated.digest))


async def tell_refused(conn: Connection, event: Event, fault: Exception, clock: Clock) -> None:
    """Publishes why what a sponsor's ERP stated was parked, so that the sponsor hears of it."""
    if isinstance(fault, GatewayError) and event.partner:
        await outbox.append(conn, [events.refused_event(event, fault, clock.now())])
