"""What we listen to in Salesforce, and what we write there."""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from doselane.slotting.v1.events_pb2 import OrderDecided
from doselane.status.v1.events_pb2 import DoseUpdated

from adapters.crm_salesforce import changes
from adapters.crm_salesforce.client import SalesforceConnection
from adapters.crm_salesforce.pubsub.publisher import EventToPublish
from adapters.crm_salesforce.pubsub.subscription import SILENCE
from adapters.crm_salesforce.rest.records import RECORDS_MAX
from adapters.crm_salesforce.settings import Settings
from adapters.crm_salesforce.writing import (
    Record,
    as_event,
    as_rest,
    dose_fields,
    dose_id,
    outcome_fields,
    rest_instant,
)
from adapters.mapping import Mapped
from adapters.outbound import Fetched, Outcome, Outgoing, Reaction, Stream
from adapters.ports.orders import ORDER_DECIDED
from services.kernel.event import Event
from services.kernel.timestamps import instant

ADAPTER = "crm_salesforce"
DOSE_UPDATED = "doselane.status.dose.updated.v1"
# After its administration a dose's record is history, and still to be right; an order's outcome helps until then.
HISTORY = timedelta(days=3)
WITHOUT_TIME = timedelta(days=14)
# A call a second at the most is 86,400 a day, of the 100,000 and more that an organisation has.
CALL_EVERY = timedelta(seconds=1)


def decided(event: Event, partner: str) -> Iterator[Outgoing]:
    """What came of an order that has a record. That a statement changed nothing is no news to who made it."""
    said = OrderDecided.FromString(event.data)
    ours = event.partner == partner and said.adapter == ADAPTER
    if ours and said.order.system_reference and said.outcome != OrderDecided.KEPT:
        ends = event.time + WITHOUT_TIME
        if said.order.HasField("administration_interval"):
            ends = max(instant(said.order.administration_interval.end_time, "end_time"), event.time) + HISTORY
        yield Outgoing(said.order.system_reference, event.data, ends)


def updated(event: Event, partner: str) -> Iterator[Outgoing]:
    """A dose, as it is now."""
    said = DoseUpdated.FromString(event.data)
    if said.dose.partner == partner:
        yield Outgoing(said.dose.name, event.data, _ends(said, event.time))


def published(event: Event, partner: str) -> Iterator[Outgoing]:
    """The same as an event of theirs, with an id by which its repetition is known."""
    said = DoseUpdated.FromString(event.data)
    if said.dose.partner == partner:
        body = json.dumps({"id": str(event.id), "time": event.time.isoformat(), "data": event.data.hex()})
        yield Outgoing(said.dose.name, body.encode(), _ends(said, event.time))


def _ends(said: DoseUpdated, at: datetime) -> datetime:
    administration = said.dose.administration
    if not administration.HasField("time"):
        return at + WITHOUT_TIME
    return max(instant(administration.time, "administration.time"), at) + HISTORY


def outcome_written(given: Mapped, outgoing: Outgoing) -> bytes:
    """The fields of an order's outcome."""
    return json.dumps(as_rest(outcome_fields(OrderDecided.FromString(outgoing.body), given.mapping))).encode()


async def write_outcome(salesforce: SalesforceConnection, outgoing: Outgoing) -> str:
    """Writes what came of an order into its record, by the record's id: an order is theirs, and is never made here."""
    record = json.loads(outcome_written(salesforce.given, outgoing))
    path = f"sobjects/{quote(salesforce.settings.order_object)}/{quote(outgoing.subject, safe='')}"
    await salesforce.rest.change("PATCH", path, record)
    return f"{salesforce.settings.order_object} {outgoing.subject} tells the outcome"


def dose_written(given: Mapped, outgoing: Outgoing) -> bytes:
    """The fields of a dose's record."""
    return json.dumps(_dose_record(given, outgoing)).encode()


def _dose_record(given: Mapped, outgoing: Outgoing) -> Record:
    return dose_fields(DoseUpdated.FromString(outgoing.body), given.mapping, rest_instant)


async def write_doses(salesforce: SalesforceConnection, outgoings: Sequence[Outgoing]) -> Sequence[Outcome]:
    """Writes doses, up to 200 in one call, each by its external id."""
    given = salesforce.given
    records = [_dose_record(given, each) for each in outgoings]
    outcomes = await salesforce.upsert_doses(salesforce.mapping.fields["dose.dose"], records)
    return [f"written as {each or 'its record'}" if isinstance(each, str) else each for each in outcomes]


async def _write_dose(salesforce: SalesforceConnection, outgoing: Outgoing) -> str:
    (outcome,) = await write_doses(salesforce, [outgoing])
    if isinstance(outcome, str):
        return outcome
    assert isinstance(outcome, Exception)
    raise outcome


def event_written(given: Mapped, outgoing: Outgoing) -> bytes:
    """The fields of the event that tells of a dose."""
    said = DoseUpdated.FromString(bytes.fromhex(json.loads(outgoing.body)["data"]))
    return json.dumps(as_event(dose_fields(said, given.mapping))).encode()


async def publish_dose(salesforce: SalesforceConnection, outgoing: Outgoing) -> str:
    """Publishes a change of a dose. The bus knows no repetitions: after a lost answer it stands there twice, and who

    reads it knows it by the dose and the event that it names.
    """
    body, fields = json.loads(outgoing.body), json.loads(event_written(salesforce.given, outgoing))
    said = DoseUpdated.FromString(bytes.fromhex(body["data"]))
    event = EventToPublish(UUID(body["id"]), fields, datetime.fromisoformat(body["time"]))
    (outcome,) = await salesforce.publisher.publish([event])
    return f"published at {outcome.check().hex()}, of dose {dose_id(said)}"


def _wants(want: Callable[[Settings], Any]) -> Callable[[Mapped], bool]:
    return lambda given: bool(want(given.settings))


def _requests(connection: SalesforceConnection, cursor: str) -> AsyncIterator[Fetched]:
    return connection.subscription(f"/event/{connection.settings.order_event}").listen(cursor)


CHANGES = Stream(
    "salesforce.order_changes", SILENCE, changes.listen, wanted=_wants(lambda options: options.order_changes)
)
REQUESTS = Stream("salesforce.order_requests", SILENCE, _requests, wanted=_wants(lambda options: options.order_event))
OUTCOME = Reaction(
    "salesforce.order_outcome",
    ORDER_DECIDED,
    decided,
    write_outcome,
    written=outcome_written,
    wanted=_wants(lambda options: options.write_orders),
)
DOSES = Reaction(
    "salesforce.dose",
    DOSE_UPDATED,
    updated,
    _write_dose,
    written=dose_written,
    send_many=write_doses,
    batch_max=RECORDS_MAX,
    batch_every=CALL_EVERY,
    wanted=_wants(lambda options: options.write_doses),
)
PUBLISHED = Reaction(
    "salesforce.dose_event",
    DOSE_UPDATED,
    published,
    publish_dose,
    written=event_written,
    wanted=_wants(lambda options: options.dose_event),
)
