"""Changes of a batch that somebody asks for: vials, samples, deviations, and everything that is signed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from services.kernel.asking import Ask
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.provenance import Provenance
from services.kernel.signatures import Pen
from services.kernel.signing import Signature
from services.kernel.signing import record_sha256 as sha256_of
from services.quality.domain import batch as rules
from services.quality.domain import refusals
from services.quality.domain.batch import Batch, BatchChange
from services.quality.domain.product import QualityProduct
from services.quality.domain.record import record_of
from services.quality.domain.samples import Sample
from services.quality.domain.signing import Meaning
from services.quality.domain.vials import FillRange, Vial, VialFilling, fill
from services.quality.store import Store, Unit
from services.quality.usecases.hearing import results_until
from services.quality.usecases.judging import missing, rejudge, save

# Makes the answer's bytes of what was changed; of a batch with the hash of its record.
RenderBatch: TypeAlias = Callable[[Batch, str], bytes]
Work: TypeAlias = Callable[[Unit, Batch, Provenance], Awaitable[bytes]]


async def change(store: Store, clock: Clock, name: str, ask: Ask, work: Work) -> bytes:
    """Does `work` with a locked batch, once per request."""

    async def once(conn: Connection) -> bytes:
        unit = Unit(conn, ask.traceparent)
        batch = await unit.lock_batch(name)
        batch.require_etag(ask.etag)
        return await work(unit, batch, ask.by(clock.now()))

    return await store.perform(ask.request_key, clock.now(), once)


@dataclass(frozen=True, slots=True)
class FillingAsked:
    """What is to be filled; without an instant, now; without a volume, what the slot needs."""

    container: str
    at: datetime | None = None
    volume_ul: int | None = None

    def since(self, now: datetime) -> VialFilling:
        """The same with its instant."""
        return VialFilling(self.container, self.at or now, self.volume_ul)


def filling_vial(slot: str, asked: FillingAsked, render: Callable[[Vial], bytes]) -> Work:
    """Fills a vial for a slot."""

    async def work(unit: Unit, batch: Batch, by: Provenance) -> bytes:
        vial = await _vial(unit, batch, slot, asked.since(by.at), by.at)
        await unit.put_vial(vial, by)
        await rejudge(unit, batch, by)  # a limit may go by the largest volume that a patient is given
        return render(vial)

    return work


async def foresee_vial(store: Store, clock: Clock, name: str, slot: str, asked: FillingAsked) -> Vial:
    """The vial that would be filled; changes nothing."""
    now = clock.now()
    async with store.reading() as conn:
        return await _vial(Unit(conn), await store.batch(conn, name, None), slot, asked.since(now), now)


def registering(
    tests: Sequence[str], taken_at: datetime | None, laboratory: str, render: Callable[[Sample], bytes]
) -> Work:
    """Registers a further sample; without tests, for all of the specification that a laboratory makes."""

    async def work(unit: Unit, batch: Batch, by: Provenance) -> bytes:
        specification = await unit.specification_of(batch)
        made = specification.laboratory_tests if specification else ()
        if unknown := [test for test in tests if test not in made]:
            raise refusals.TestUnknown(
                "The specification has no such test for a laboratory to make.", tests=", ".join(unknown)
            )
        number = len(await unit.samples(batch.name)) + 1
        sample = Sample(
            name=f"{batch.name}/samples/{number}",
            batch=batch.name,
            product=batch.made.product,
            laboratory=laboratory,
            tests=tuple(tests) or made,
            taken_at=taken_at or by.at,
            created_at=by.at,
        )
        await unit.put_sample(sample, results_until(batch), by)
        return render(sample)

    return work


def raising_deviation(description: str, render: RenderBatch) -> Work:
    """Records a deviation."""

    async def work(unit: Unit, batch: Batch, by: Provenance) -> bytes:
        return await _saved(unit, rules.raise_deviation(batch, description, by), by, render)

    return work


def closing_deviation(number: int, conclusion: str, pen: Pen, render: RenderBatch) -> Work:
    """Closes a deviation with a signature."""

    async def work(unit: Unit, batch: Batch, by: Provenance) -> bytes:
        signature = await sign_batch(unit, batch, Meaning.DEVIATION_CLOSED, pen, by.at)
        changed = rules.close_deviation(batch, number, conclusion, signature, by)
        return await _saved(unit, changed, by, render)

    return work


def assessing(pen: Pen, render: RenderBatch) -> Work:
    """A designated person lets a batch go in quarantine."""

    async def work(unit: Unit, batch: Batch, by: Provenance) -> bytes:
        lacking = await missing(unit, batch)
        rules.require_dispatch(batch, lacking, by.at)
        signature = await sign_batch(unit, batch, Meaning.DISPATCH_ASSESSED, pen, by.at)
        return await _saved(unit, rules.ready_to_ship(batch, lacking, signature, by), by, render)

    return work


def certifying(final: bool, pen: Pen, render: RenderBatch) -> Work:
    """A Qualified Person certifies a batch."""
    certify, meaning = (
        (rules.certify_final, Meaning.CERTIFIED_FINAL) if final else (rules.certify_for_use, Meaning.CERTIFIED_FOR_USE)
    )

    async def work(unit: Unit, batch: Batch, by: Provenance) -> bytes:
        certify(batch, None, by)  # refuses first: nobody signs what cannot be
        signature = await sign_batch(unit, batch, meaning, pen, by.at)
        return await _saved(unit, certify(batch, signature, by), by, render)

    return work


def rejecting(pen: Pen, render: RenderBatch) -> Work:
    """A batch is rejected; what is on the road is recalled in the same transaction."""

    async def work(unit: Unit, batch: Batch, by: Provenance) -> bytes:
        rules.require_rejectable(batch)
        signature = await sign_batch(unit, batch, Meaning.REJECTED, pen, by.at)
        return await _saved(unit, rules.reject(batch, signature, by), by, render)

    return work


async def record_sha256(unit: Unit, batch: Batch) -> str:
    """The hash of a batch's record as it is now."""
    documents = [each.pdf_sha256 for each in await unit.documents(batch.name)]
    return sha256_of(record_of(batch, await unit.vials(batch.name), documents))


async def sign_batch(unit: Unit, batch: Batch, meaning: Meaning, pen: Pen, now: datetime) -> Signature:
    """A signature under a batch's record as it is now, which must be the one that the signer was shown."""
    return await pen.sign(unit.conn, batch.name, await record_sha256(unit, batch), meaning, now)


async def _saved(unit: Unit, changed: BatchChange, by: Provenance, render: RenderBatch) -> bytes:
    batch = await save(unit, changed, by)
    batch = (await rejudge(unit, batch, by)).batch
    return render(batch, await record_sha256(unit, batch))


async def _vial(unit: Unit, batch: Batch, slot: str, filling: VialFilling, now: datetime) -> Vial:
    order = await unit.order(slot)
    if order is None:
        raise refusals.OrderUnknown("There is no such slot, as far as quality has heard.", slot=slot)
    product = await unit.product(batch.made.product)
    vial = fill(batch, order, filling, _range(product), await unit.vials(batch.name), now)
    carried = await unit.shipped(slot)
    return replace(vial, courier=carried.courier, dispatched_at=carried.dispatched_at) if carried else vial


def _range(product: QualityProduct | None) -> FillRange:
    return product.fill if product else FillRange()
