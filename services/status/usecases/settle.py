"""Saying of a milestone in doubt whether it counts."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from services.kernel import idempotency
from services.kernel.clock import Clock
from services.kernel.db import Connection, Database, passes_by_itself
from services.kernel.errors import GatewayError, Kind, Stale
from services.kernel.idempotency import RequestKey
from services.kernel.identity import Caller
from services.kernel.ids import uuid7
from services.status import events, store
from services.status.domain import Dose, Settling, sentences
from services.status.usecases.locking import ShipmentChanged, locked
from services.status.usecases.timelines import Timelines


class MilestoneNotInDoubt(GatewayError):
    """The dose has no milestone of this id that is in doubt, or that was settled before."""

    kind, reason = Kind.REFUSED, "MILESTONE_NOT_IN_DOUBT"


@dataclass(frozen=True, slots=True)
class SettleRequest:
    """What was asked, checked for its form."""

    dose_id: str
    milestone_event_id: str
    counts: bool
    etag: str
    reason: str
    request_key: RequestKey


async def settle_milestone(
    database: Database, clock: Clock, caller: Caller, request: SettleRequest, traceparent: str
) -> bytes:
    """The dose, as published, with the milestone settled. Durable once returned; a repetition gets the same again."""
    async for attempt in AsyncRetrying(
        retry=retry_if_exception(lambda fault: isinstance(fault, ShipmentChanged) or passes_by_itself(fault)),
        stop=stop_after_attempt(5),
        wait=wait_exponential_jitter(multiplier=0.01, max=0.5, jitter=0.01),
        reraise=True,
    ):
        with attempt:
            async with database.transaction() as conn:
                now = clock.now()
                work = partial(_settle_milestone, conn, now, caller, request, traceparent)
                return await idempotency.perform(conn, request.request_key, now, work)
    raise AssertionError("unreachable: the last attempt raises")


async def settle_again(conn: Connection, settling: Settling, now: datetime) -> None:
    """Applies a settlement that is read again from the log of status itself, to build the state anew."""
    dose = await locked(conn, settling.dose_id)
    if settling.sequence > dose.settlements and dose.shipment is not None:
        await _settle(conn, dose, settling, now)


async def _settle_milestone(
    conn: Connection, now: datetime, caller: Caller, request: SettleRequest, traceparent: str
) -> bytes:
    await store.lock_runs(conn, to_change=False)
    dose = await locked(conn, request.dose_id)
    if request.etag and request.etag != dose.etag:
        raise Stale("The dose has changed since it was read.", name=dose.name, etag=dose.etag)
    _require_doubt(dose, request.milestone_event_id)
    if dose.shipment and (request.milestone_event_id, request.counts) not in dose.shipment.settled:
        dose = await _settle(conn, dose, _settling(request, caller, traceparent, now), now)
    return events.dose_message(dose).SerializeToString()


def _require_doubt(dose: Dose, event_id: str) -> None:
    shipment = dose.shipment
    known = {*(doubt.event_id for doubt in shipment.doubts), *dict(shipment.settled)} if shipment else set()
    if event_id not in known:
        raise MilestoneNotInDoubt(
            "The dose's shipment has no milestone of this id that is in doubt or was settled.",
            name=dose.name,
            milestone_event_id=event_id[:80],
        )


async def _settle(conn: Connection, dose: Dose, settling: Settling, now: datetime) -> Dose:
    counted = await store.related(conn, [dose.id], only_what_matters=True)
    productions = await store.productions(conn, [dose.slot.run])
    timelines = Timelines({dose.id: dose}, now, counted=counted, productions=productions)
    timelines.settle(settling)
    await store.save(conn, timelines.saving())
    return timelines.dose(dose.id)


def _settling(request: SettleRequest, caller: Caller, traceparent: str, now: datetime) -> Settling:
    return Settling(
        dose_id=request.dose_id,
        milestone_event_id=request.milestone_event_id,
        counts=request.counts,
        summary=sentences.of_settlement(request.milestone_event_id, request.counts),
        event_type=events.MILESTONE_SETTLED,
        event_id=uuid7(),
        at=now,
        actor=caller.actor,
        reason=request.reason,
        traceparent=traceparent,
    )
