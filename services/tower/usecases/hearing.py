"""What the tower does when it hears of others, in the transaction of its consumer's batch."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.event import Event
from services.kernel.steps import in_steps
from services.tower.events import heard
from services.tower.store import Unit, others
from services.tower.usecases.escalating import note_alerts
from services.tower.usecases.judging import judge_again


async def apply_all(conn: Connection, batch: Sequence[Event], clock: Clock, delay_max: timedelta) -> None:
    """Keeps what is new in these events, then judges each dose that it may concern, once."""
    unit = Unit(conn, batch[-1].traceparent if batch else "")
    await unit.lock()
    concerned: set[str] = set()
    for kind, alike in groupby(sorted(batch, key=heard.kind_of), heard.kind_of):
        concerned |= await _TAKE_IN[kind](conn, list(alike))
    if concerned:
        await judge_again(unit, concerned, clock.now(), delay_max)


async def _slots(conn: Connection, batch: Sequence[Event]) -> set[str]:
    fresh = await others.SLOTS.put(conn, await in_steps(heard.slot_in, batch))
    return {each.dose for each in fresh} | {each.replaces for each in fresh if each.replaces}


async def _runs(conn: Connection, batch: Sequence[Event]) -> set[str]:
    fresh = await others.RUNS.put(conn, [heard.known_run_in(event) for event in batch])
    if not fresh:
        return set()
    own = await others.doses_of_runs(conn, [each.name for each in fresh])
    return own | await others.doses_at_risk(conn, {each.product for each in fresh})


async def _batches(conn: Connection, batch: Sequence[Event]) -> set[str]:
    fresh = await others.BATCHES.put(conn, await in_steps(heard.batch_in, batch))
    return await others.doses_of_runs(conn, [each.run for each in fresh])


async def _vials(conn: Connection, batch: Sequence[Event]) -> set[str]:
    return {each.dose for each in await others.VIALS.put(conn, [heard.vial_in(event) for event in batch])}


async def _items(conn: Connection, batch: Sequence[Event]) -> set[str]:
    # What a sponsor is told of its own doses is in what is told of all.
    fresh = await others.ITEMS.put(conn, [heard.item_in(event) for event in batch if not event.partner])
    return await others.doses_of_batches(conn, [each.batch for each in fresh])


async def _shipments(conn: Connection, batch: Sequence[Event]) -> set[str]:
    fresh = await others.SHIPMENTS.put(conn, await in_steps(heard.shipment_in, batch))
    shown = await others.doses_of_shipments(conn, [each.name for each in fresh])
    return shown.union(*(each.doses for each in fresh))


async def _denials(conn: Connection, batch: Sequence[Event]) -> set[str]:
    return await others.doses_denied(conn, await others.DENIALS.put(conn, [heard.denial_in(event) for event in batch]))


async def _supplies(conn: Connection, batch: Sequence[Event]) -> set[str]:
    told = [heard.supply_in(event) for event in batch]
    was = await others.SUPPLIES.of(conn, [each.name for each in told])
    fresh = await others.SUPPLIES.put(conn, told)
    return await others.doses_of_runs(conn, {run for each in (*was.values(), *fresh) for run in each.runs})


async def _alerts(conn: Connection, batch: Sequence[Event]) -> set[str]:
    await note_alerts(conn, batch)
    return set()  # whom a ladder told changes no verdict


async def _resources(conn: Connection, batch: Sequence[Event]) -> set[str]:
    told = [found for event in batch if (found := heard.known_resource_in(event)) is not None]
    return await others.doses_in_network(conn, await others.RESOURCES.put(conn, told))


_TAKE_IN: Mapping[str, Callable[[Connection, Sequence[Event]], Awaitable[set[Any]]]] = {
    "slot": _slots,
    "run": _runs,
    "batch": _batches,
    "vial": _vials,
    "item": _items,
    "shipment": _shipments,
    "denial": _denials,
    "supply": _supplies,
    "resource": _resources,
    "alert": _alerts,
}
