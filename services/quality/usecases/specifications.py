"""Versions of specifications: proposing, rehearsing, signing."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from services.kernel import outbox
from services.kernel.asking import Ask
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.errors import InvalidFields, Stale
from services.kernel.signatures import Pen
from services.network.refusals import ProductUnknown
from services.quality import events
from services.quality.domain import refusals
from services.quality.domain.signing import Meaning
from services.quality.domain.specification import ChangedOutcome, PastBatch, Specification, rehearse
from services.quality.domain.specification.decisions import specification_sha256
from services.quality.domain.specification.records import facts_from, result_from
from services.quality.domain.specified import SpecificationVersion
from services.quality.specifications.reading import TESTS, read_specification
from services.quality.store import Store, Unit, decisions, others
from services.quality.usecases.hearing import adopt

REHEARSED_BATCHES = 50
Render: TypeAlias = Callable[[SpecificationVersion], bytes]


async def read(conn: Connection, name: str, yaml: str) -> Specification:
    """The rules in a text: those of the specification that it is proposed for, of a product that is known."""
    specification = read_specification(yaml, TESTS | await decisions.specified_tests(conn))
    if f"specifications/{specification.name}" != name:
        wrong = f"says {specification.name!r}; propose it under that name, or mend the text"
        raise InvalidFields([("yaml.specification", wrong)])
    if await others.product(conn, specification.product) is None:
        raise ProductUnknown(
            "Quality knows nothing of the product, which also is so in the moment after it was entered.",
            product=specification.product[:200],
        )
    return specification


async def propose(store: Store, clock: Clock, name: str, yaml: str, ask: Ask, render: Render) -> bytes:
    """Proposes the next version; a version that was proposed before and not signed is replaced by it."""

    async def once(conn: Connection) -> bytes:
        specification = await read(conn, name, yaml)
        await decisions.lock_specification(conn, name)
        signed = await decisions.newest(conn, name, signed=True)
        version = await _draft(conn, name, yaml, specification, signed.version + 1 if signed else 1, ask, clock)
        await decisions.put_specification(conn, version)
        return render(version)

    return await store.perform(ask.request_key, clock.now(), once)


async def foresee(store: Store, clock: Clock, name: str, yaml: str, ask: Ask) -> SpecificationVersion:
    """What a text would be as the next version; changes nothing."""
    async with store.reading() as conn:
        specification = await read(conn, name, yaml)
        signed = await decisions.newest(conn, name, signed=True)
        return await _draft(conn, name, yaml, specification, signed.version + 1 if signed else 1, ask, clock)


async def sign(store: Store, clock: Clock, name: str, pen: Pen, ask: Ask, render: Render) -> bytes:
    """Puts the proposed version in force, and has the batches judged by it that nothing judged so far."""

    async def once(conn: Connection) -> bytes:
        await decisions.lock_specification(conn, name)
        unit, by = Unit(conn, ask.traceparent), ask.by(clock.now())
        version = await _proposed(conn, name)
        if ask.etag and ask.etag != version.etag:
            raise Stale("The version changed since you read it.", specification=name, etag=version.etag)
        signature = await pen.sign(conn, name, version.record_sha256, Meaning.SPECIFICATION_APPROVED, by.at)
        version = version.signed(signature, by)
        await decisions.put_specification(conn, version)
        await outbox.append(conn, [events.specification_event(version, by, ask.traceparent)])
        for batch in await unit.batches_to_adopt(name):
            await adopt(unit, await unit.lock_batch(batch), by)
        return render(version)

    return await store.perform(ask.request_key, clock.now(), once)


async def get(store: Store, name: str, version: int | None, viewer: str | None) -> SpecificationVersion:
    """One version; without a number the newest that is signed, or else the proposed one."""
    if not await store.specification_visible(viewer, name):
        raise refusals.SpecificationUnknown("There is no such specification.", specification=name)
    async with store.reading() as conn:
        if version is not None:
            found = await decisions.specification(conn, name, version)
        else:
            found = await decisions.newest(conn, name, signed=True) or await decisions.newest(conn, name, signed=False)
    if found is None:
        raise refusals.SpecificationUnknown("There is no such specification.", specification=name)
    return found


async def rehearsal(
    store: Store, name: str, batches: int
) -> tuple[SpecificationVersion, int, tuple[ChangedOutcome, ...]]:
    """The proposed version, on how many past batches it was tried, and every verdict that it would change."""
    async with store.reading() as conn:
        proposed = await _proposed(conn, name)
        signed = await decisions.newest(conn, name, signed=True)
        records = await decisions.newest_records(conn, name, batches)
    past = [_past(batch, record) for batch, record in records.items()]
    before = signed.specification if signed else replace(proposed.specification, rules=())
    return proposed, len(past), rehearse(before, proposed.specification, past)


async def _draft(
    conn: Connection, name: str, yaml: str, specification: Specification, number: int, ask: Ask, clock: Clock
) -> SpecificationVersion:
    if specification.version != number:
        raise InvalidFields([("yaml.version", f"is {specification.version}; the next version is {number}")])
    by, sha256 = ask.by(clock.now()), specification_sha256(specification)
    return SpecificationVersion(name, number, specification.note, yaml, sha256, specification, by.at, by)


async def _proposed(conn: Connection, name: str) -> SpecificationVersion:
    found = await decisions.newest(conn, name, signed=False)
    if found is None:
        raise refusals.NothingProposed("No version is proposed.", specification=name)
    return found


def _past(batch: str, record: str) -> PastBatch:
    inputs = json.loads(record)["inputs"]
    return PastBatch(batch, tuple(map(result_from, inputs["results"])), facts_from(inputs["facts"]))
