"""What persons do with incidents: look after them, and close them."""

from collections.abc import Callable
from datetime import timedelta

from services.kernel.asking import NamedAsk
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.tower.domain import incident as rules
from services.tower.domain.incident import Incident
from services.tower.store import Store, Unit
from services.tower.usecases.judging import judge_again


async def acknowledge_incident(store: Store, clock: Clock, ask: NamedAsk, render: Callable[[Incident], bytes]) -> bytes:
    """Somebody looks after an incident."""

    async def once(conn: Connection) -> bytes:
        unit, now = Unit(conn, ask.traceparent), clock.now()
        await unit.lock()
        incident = await _asked(unit, ask)
        change = rules.acknowledge(incident, now, ask.actor, ask.reason)
        await unit.save([], {}, [change], now)
        return render(change.incident)

    return await store.perform(ask.request_key, clock.now(), once)


async def resolve_incident(
    store: Store, clock: Clock, ask: NamedAsk, delay_max: timedelta, render: Callable[[Incident], bytes]
) -> bytes:
    """A person closes an incident; its doses are judged without what they have judged."""

    async def once(conn: Connection) -> bytes:
        unit, now = Unit(conn, ask.traceparent), clock.now()
        await unit.lock()
        change = rules.resolve(await _asked(unit, ask), now, ask.actor, ask.reason)
        await unit.save([], {}, [change], now)
        await judge_again(unit, [each.dose for each in change.incident.doses if not each.left], now, delay_max)
        return render(change.incident)

    return await store.perform(ask.request_key, clock.now(), once)


async def _asked(unit: Unit, ask: NamedAsk) -> Incident:
    incident = await unit.incident(ask.name)
    incident.require_etag(ask.etag)
    return incident
