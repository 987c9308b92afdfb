"""Saying which shipment carries a dose, so that its milestones find it, also those that came before."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from services.kernel import idempotency
from services.kernel.clock import Clock
from services.kernel.db import Connection, Database, passes_by_itself
from services.kernel.errors import Stale
from services.kernel.idempotency import RequestKey
from services.kernel.identity import Caller
from services.kernel.ids import uuid7
from services.status import events, store
from services.status.domain import Attaching, Dose, order_key, sentences
from services.status.usecases.locking import ShipmentChanged, locked
from services.status.usecases.timelines import Timelines


@dataclass(frozen=True, slots=True)
class AttachRequest:
    """What was asked, checked for its form."""

    dose_id: str
    courier: str
    references: tuple[str, ...]
    etag: str
    reason: str
    request_key: RequestKey


async def attach_shipment(
    database: Database, clock: Clock, caller: Caller, request: AttachRequest, traceparent: str
) -> bytes:
    """The dose, as published, with the shipment attached. Durable once returned; a repetition gets the same again."""
    # The request id makes a second try safe, also after a commit of which nobody heard.
    async for attempt in AsyncRetrying(
        retry=retry_if_exception(lambda fault: isinstance(fault, ShipmentChanged) or passes_by_itself(fault)),
        stop=stop_after_attempt(5),
        wait=wait_exponential_jitter(multiplier=0.01, max=0.5, jitter=0.01),
        reraise=True,
    ):
        with attempt:
            async with database.transaction() as conn:
                now = clock.now()
                work = partial(_attach, conn, now, caller, request, traceparent)
                return await idempotency.perform(conn, request.request_key, now, work)
    raise AssertionError("unreachable: the last attempt raises")


async def attach_again(conn: Connection, attaching: Attaching, now: datetime) -> None:
    """Applies an attachment that is read again from the log of status itself, to build the state anew."""
    dose = await locked(conn, attaching.dose_id, attaching.courier)
    if attaching.sequence > dose.attachments:
        await _carry(conn, dose, attaching, now)


async def _attach(conn: Connection, now: datetime, caller: Caller, request: AttachRequest, traceparent: str) -> bytes:
    await store.lock_runs(conn, to_change=False)
    dose = await locked(conn, request.dose_id, request.courier)
    if request.etag and request.etag != dose.etag:
        raise Stale("The dose has changed since it was read.", name=dose.name, etag=dose.etag)
    if dose.shipment is None or not dose.shipment.same_as(request.courier, request.references):
        dose = await _carry(conn, dose, _attaching(request, caller, traceparent, now), now)
    return events.dose_message(dose).SerializeToString()


async def _carry(conn: Connection, dose: Dose, attaching: Attaching, now: datetime) -> Dose:
    """Attaches the shipment and brings its milestones into the timeline, those it does not have yet."""
    before = (dose.shipment.courier, events.keys_of(dose.shipment.references)) if dose.shipment else ("", ())
    await store.carry(conn, dose.id, attaching.courier, events.keys_of(attaching.references), before)
    found = await store.related(conn, [dose.id], only_what_matters=False)
    timelines = Timelines({dose.id: dose}, now, productions=await store.productions(conn, [dose.slot.run]))
    timelines.attach(attaching, [each for each in found if each.told])
    missing = sorted((each for each in found if not each.told), key=lambda each: order_key(each.fact.milestone))
    for each in missing:
        timelines.report(dose.id, each.milestone_id, each.fact, attaching.traceparent)
    await store.save(conn, timelines.saving())
    return timelines.dose(dose.id)


def _attaching(request: AttachRequest, caller: Caller, traceparent: str, now: datetime) -> Attaching:
    return Attaching(
        dose_id=request.dose_id,
        courier=request.courier,
        references=request.references,
        summary=sentences.of_attaching(request.courier, request.references),
        event_type=events.SHIPMENT_ATTACHED,
        event_id=uuid7(),
        at=now,
        actor=caller.actor,
        reason=request.reason,
        traceparent=traceparent,
    )
