"""Tables of A2 values: proposing, signing, retiring, reading, comparing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from services.distribution.domain import a2_tables as rules
from services.distribution.domain import refusals
from services.distribution.domain.a2_comparing import network_subjects, package_subjects
from services.distribution.domain.a2_tables import A2Comparison, A2Subject, A2TableVersion, A2Values
from services.distribution.events.a2_tables import a2_table_event
from services.distribution.store import Store
from services.distribution.store import a2_tables as stored
from services.kernel import outbox
from services.kernel.asking import Ask
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.provenance import Provenance
from services.kernel.signatures import Pen

# Makes the answer's bytes of a table, and of whether it is in force.
RenderTable: TypeAlias = Callable[[A2TableVersion, bool], bytes]


@dataclass(frozen=True, slots=True)
class A2TableDiff:
    """Two tables, and all that was compared by them."""

    table: A2TableVersion
    other: A2TableVersion
    comparisons: tuple[A2Comparison, ...]


async def propose(store: Store, clock: Clock, name: str, values: A2Values, ask: Ask, render: RenderTable) -> bytes:
    """Proposes the next version; a version that was proposed before and not signed is replaced by it."""

    async def once(conn: Connection) -> bytes:
        await stored.lock(conn, name)
        table = await _draft(conn, name, values, ask.by(clock.now()))
        await stored.put(conn, table)
        return render(table, False)

    return await store.perform(ask.request_key, clock.now(), once)


async def foresee(store: Store, clock: Clock, name: str, values: A2Values, ask: Ask) -> A2TableVersion:
    """What values would be as the next version; changes nothing."""
    async with store.reading() as conn:
        return await _draft(conn, name, values, ask.by(clock.now()))


async def sign(store: Store, clock: Clock, name: str, pen: Pen, ask: Ask, render: RenderTable) -> bytes:
    """Signs the proposed version."""

    async def once(conn: Connection) -> bytes:
        await stored.lock(conn, name)
        by, table = ask.by(clock.now()), await stored.newest(conn, name, signed=False)
        if table is None:
            raise refusals.A2TableNotProposed("No version is proposed.", a2_table=name)
        table.require_etag(ask.etag)
        signature = await pen.sign(conn, name, table.record_sha256, rules.APPROVED, by.at)
        return await _publish(conn, table.signed(signature, by), by, ask, render)

    return await store.perform(ask.request_key, clock.now(), once)


async def retire(store: Store, clock: Clock, name: str, pen: Pen, ask: Ask, render: RenderTable) -> bytes:
    """Takes the newest signed version out of force."""

    async def once(conn: Connection) -> bytes:
        await stored.lock(conn, name)
        by, table = ask.by(clock.now()), await stored.newest(conn, name, signed=True)
        if table is None:
            raise refusals.A2TableNotSigned("No version is signed.", a2_table=name)
        table.require_etag(ask.etag)
        table.require_retirable()
        signature = await pen.sign(conn, name, table.record_sha256, rules.RETIRED, by.at)
        return await _publish(conn, table.retired(signature, by), by, ask, render)

    return await store.perform(ask.request_key, clock.now(), once)


async def get(store: Store, name: str, version: int | None) -> tuple[A2TableVersion, bool]:
    """One version, and whether it is in force; without a number the newest that is signed, or else the proposed one."""
    async with store.reading() as conn:
        table = await _found(conn, name, version)
        return table, _is(table, await stored.in_force(conn))


async def listed(store: Store, after: str, limit: int) -> list[tuple[A2TableVersion, bool]]:
    """The newest version of each table, and whether it is in force, by name."""
    async with store.reading() as conn:
        current = await stored.in_force(conn)
        return [(table, _is(table, current)) for table in await stored.tables(conn, after, limit)]


async def diff(store: Store, one: tuple[str, int | None], other: tuple[str, int | None]) -> A2TableDiff:
    """What products, lanes and packages on their way come to under two tables."""
    async with store.reading() as conn:
        table, against = await _found(conn, *one), await _found(conn, *other)
        subjects = await _subjects(conn)
    comparisons = rules.compare(table.values.as_edition(), against.values.as_edition(), subjects)
    return A2TableDiff(table, against, comparisons)


async def _subjects(conn: Connection) -> list[A2Subject]:
    subjects = list(network_subjects(*await stored.network(conn)))
    async for shipment in stored.packed_shipments(conn):
        subjects += package_subjects(shipment)
    return subjects


async def _publish(conn: Connection, table: A2TableVersion, by: Provenance, ask: Ask, render: RenderTable) -> bytes:
    await stored.put(conn, table)
    current = _is(table, await stored.in_force(conn))
    sequence = await stored.signatures_on(conn, table.name)
    await outbox.append(conn, [a2_table_event(table, current, sequence, by, ask.traceparent)])
    return render(table, current)


async def _draft(conn: Connection, name: str, values: A2Values, by: Provenance) -> A2TableVersion:
    signed = await stored.newest(conn, name, signed=True)
    return rules.propose(name, signed.version + 1 if signed else 1, values, by)


async def _found(conn: Connection, name: str, version: int | None) -> A2TableVersion:
    if version is not None:
        found = await stored.version(conn, name, version)
    else:
        found = await stored.newest(conn, name, signed=True) or await stored.newest(conn, name, signed=False)
    if found is None:
        raise refusals.A2TableUnknown("There is no such table, or not in this version.", a2_table=name)
    return found


def _is(table: A2TableVersion, current: A2TableVersion | None) -> bool:
    return current is not None and (current.name, current.version) == (table.name, table.version)
