"""What quality does when it hears of another service, in the transaction of its consumer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.kernel import outbox
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.event import Event
from services.kernel.provenance import Provenance
from services.quality import events
from services.quality.domain import batch as rules
from services.quality.domain.batch import Batch, ReleaseTerms, Specified
from services.quality.domain.judging import Weighed
from services.quality.domain.samples import AnalysisStage, ReportedResult, Sample, invalid_since
from services.quality.domain.specification import TestClass
from services.quality.domain.vials import after_order
from services.quality.events import heard
from services.quality.events.a2_tables import A2_TABLE_EVENTS, a2_table_in
from services.quality.store import Unit, others
from services.quality.store import lots as stored_lots
from services.quality.usecases import lots
from services.quality.usecases.judging import follow, opinion_on, rejudge

# Sterility takes a fortnight; a result that comes a month after the shelf life is of no use to the final certification.
AFTER_USE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Hearing:
    """Applies what others publish."""

    clock: Clock
    laboratory: str  # which is asked to test samples, partners/…

    async def apply(self, conn: Connection, event: Event) -> None:
        """Applies one event."""
        unit = Unit(conn, event.traceparent)
        if event.type in heard.SLOT_EVENTS:
            await self._slot(unit, event)
        elif event.type in heard.RESOURCE_EVENTS:
            await self._resource(unit, event)
        elif event.type in A2_TABLE_EVENTS:
            await others.A2_TABLES.put(conn, [a2_table_in(event)])
        else:
            await _APPLY[event.type](self, unit, event)

    async def _slot(self, unit: Unit, event: Event) -> None:
        order, by = heard.order_in(event), self._by(event)
        known = await unit.order(order.slot)
        arrives = known is None or known.run != order.run
        if arrives:
            await unit.lock_run(order.run)
        batches = await unit.lock_batches_of_runs({order.run} | ({known.run} if known else set()))
        come_to = batches.get(order.run) if arrives else None
        if come_to and order.partner in await unit.audience(come_to):
            come_to = None  # that sponsor has been told all along
        if not await others.ORDERS.put(unit.conn, [others.order_row(order, event.sequence)]):
            return
        if come_to and order.partner in await unit.audience(come_to):
            await unit.tell_allocated(come_to, order.partner, by)
        batch = batches.get(known.run) if known else None
        vial = await unit.vial_of(order.slot)
        if batch is None or vial is None or vial.batch != batch.name:
            return
        changed = after_order(vial, order, batch.made, by.at)
        if changed != vial:
            await unit.put_vial(changed, by)
            await follow(unit, batch, by)  # what a surplus vial lacked holds the batch up no more

    async def _resource(self, unit: Unit, event: Event) -> None:
        if place := heard.place_in(event):
            await others.PLACES.put(unit.conn, [others.PlaceRow(*place)])
        told = heard.product_in(event)
        if told is None:
            return
        product, version = told
        if await others.PRODUCTS.put(unit.conn, [others.product_row(product, version)]):
            for name in await unit.batches_without_specification(product.name):
                await adopt(unit, await unit.lock_batch(name), self._by(event))

    async def _produced(self, unit: Unit, event: Event) -> None:
        made, by = heard.production_in(event), self._by(event)
        if made.production_order:
            await stored_lots.lock(unit.conn, made.production_order)
        await unit.lock_run(made.run, makes_batch=True)
        if await unit.lock_batch_of_run(made.run):
            return
        product = await unit.product(made.product)
        version = await unit.specification_in_force(product.specification) if product else None
        specified = Specified(version.name, version.version) if version else None
        name = f"batches/{await unit.next_lot(made.end_of_synthesis_at)}"
        created = rules.create(name, made, specified, product.terms if product else ReleaseTerms(), by)
        if version:
            opinion = await opinion_on(unit, created.batch, version.specification)
            created = replace(created, batch=replace(created.batch, verdicts=opinion.verdicts))
        if await unit.save(created):
            tests = version.specification.laboratory_tests if version else ()
            await self._register(unit, created.batch, tests, by)
            if made.production_order:
                await lots.catch_up(unit, created.batch, by)

    async def _lot(self, unit: Unit, event: Event) -> None:
        await lots.take(unit, heard.lot_in(event), self._by(event))

    async def _register(self, unit: Unit, batch: Batch, tests: tuple[str, ...], by: Provenance) -> None:
        """The first sample of a batch: every test of its specification that a laboratory makes."""
        sample = Sample(
            name=f"{batch.name}/samples/1",
            batch=batch.name,
            product=batch.made.product,
            laboratory=self.laboratory,
            tests=tests,
            taken_at=batch.made.end_of_synthesis_at,
            created_at=by.at,
        )
        await unit.put_sample(sample, results_until(batch), by)

    async def _shipment(self, unit: Unit, event: Event) -> None:
        for carried in heard.carried_in(event):
            await self._carried(unit, carried, self._by(event))

    async def _carried(self, unit: Unit, carried: heard.Carried, by: Provenance) -> None:
        await _lock_batch_of_slot(unit, carried.slot)
        await others.put_shipment(unit.conn, carried.slot, others.Shipped(carried.courier, carried.since))
        vial = await unit.vial_of(carried.slot)
        if vial and (vial.courier != carried.courier or (carried.since and vial.dispatched_at is None)):
            left = replace(vial, courier=carried.courier, dispatched_at=vial.dispatched_at or carried.since)
            await unit.put_vial(left, by)

    async def _result(self, unit: Unit, event: Event) -> None:
        by = self._by(event)
        reported = heard.reported_in(event, by.at)
        found = await unit.batch_of_sample(reported.references)
        if found is None:
            await unit.put_reported(reported, None)
            await _refuse(unit, Weighed(reported, "SAMPLE_UNKNOWN", "It names none of our samples."), by)
            return
        name, sample = found
        batch = await unit.lock_batch(name)
        reported = replace(reported, sample=sample)
        await self._take(unit, reported, name, by)
        opinion = (await rejudge(unit, batch, by)).opinion
        for weighed in opinion.weighed if opinion else ():
            if weighed.reported == reported and weighed.reason in _TO_BE_LOOKED_AT:
                await _refuse(unit, weighed, by)

    async def _take(self, unit: Unit, reported: ReportedResult, batch: str, by: Provenance) -> None:
        if reported.stage is AnalysisStage.INVALIDATED:
            for sample in await unit.samples(batch):
                if sample.name == reported.sample and sample.invalidated_at is None:
                    invalid = replace(sample, invalidated_at=invalid_since(reported))
                    await unit.put_sample(invalid, by.at, by)
        if reported.result_id:
            await unit.put_reported(reported, batch)
        elif reported.stage is not AnalysisStage.INVALIDATED:
            await _refuse(unit, Weighed(reported, "RESULT_UNREADABLE", "It has no id."), by)

    def _by(self, event: Event) -> Provenance:
        return Provenance(event.actor or events.SOURCE, self.clock.now(), event.reason)


_APPLY: Mapping[str, Callable[[Hearing, Unit, Event], Awaitable[None]]] = {
    heard.RUN_PRODUCED: Hearing._produced,
    heard.RESULT_REPORTED: Hearing._result,
    heard.INSPECTION_LOT_CHANGED: Hearing._lot,
    **dict.fromkeys(heard.SHIPMENT_EVENTS, Hearing._shipment),
}
# What a person has to clear up; the rest is waiting, or was taken back.
_TO_BE_LOOKED_AT = frozenset(
    {
        "STATE_UNKNOWN",
        "TEST_UNKNOWN",
        "RESULT_UNREADABLE",
        "VALUE_UNREADABLE",
        "UNIT_REFUSED",
        "BEFORE_SAMPLE",
        "DATED_IN_FUTURE",
        "VERIFIED_BEFORE_FOUND",
        "CONTRADICTED",
    }
)


async def _lock_batch_of_slot(unit: Unit, slot: str) -> Batch | None:
    """The batch that a slot stood on so far, locked: nobody fills its vial meanwhile."""
    order = await unit.order(slot)
    return await unit.lock_batch_of_run(order.run) if order else None


async def adopt(unit: Unit, batch: Batch, by: Provenance) -> None:
    """Has a batch without a specification judged by the one that is in force for its product, once there is one."""
    product = await unit.product(batch.made.product)
    version = await unit.specification_in_force(product.specification) if product else None
    if batch.specified is None and product and version:
        changed = rules.adopt(batch, Specified(version.name, version.version), product.terms, by)
        await unit.save(changed)
        await rejudge(unit, changed.batch, by)


def results_until(batch: Batch) -> datetime:
    """The instant after which a result is of no use."""
    after_use = any(each.test_class is TestClass.AFTER_USE for each in batch.verdicts)
    return batch.made.expires_at + (AFTER_USE if after_use else timedelta(0))


async def _refuse(unit: Unit, weighed: Weighed, by: Provenance) -> None:
    number = await unit.next_number(events.result_subject(weighed))
    await outbox.append(unit.conn, [events.result_refused_event(weighed, number, by, unit.traceparent)])
