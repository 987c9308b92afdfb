"""What subscribers are sent: the events that were recorded since, in query documents, signed. Pure."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adapters.courier_epcis.headers import VERSION
from adapters.courier_epcis.port import EpcisReader
from adapters.courier_epcis.query.named import query_of
from adapters.courier_epcis.query.parameters import read_time
from adapters.courier_epcis.query.results import FoundEvent, query_document, results, written
from adapters.courier_epcis.query.schedule import schedule
from adapters.courier_epcis.query.subscriptions import subscription_id
from adapters.outbound import Outgoing
from adapters.record import KeptDocument, Looked, RecordedMessage

EVENTS_AT_ONCE_MAX = 100
BYTES_AT_ONCE_MAX = 1 << 20
# No dose lives longer; who was away for so long asks for what he missed.
GIVE_UP_AFTER = timedelta(days=3)
_FOUND = "foundSome"


@dataclass(frozen=True, slots=True)
class QueryNotice:
    """A query document on its way to a subscriber."""

    dest: str
    document: bytes
    signature: str = ""

    def written(self) -> bytes:
        """As it waits to be sent. The secret is not with it: the signature is made when the document is."""
        return json.dumps([self.dest, self.signature]).encode() + b"\n" + self.document

    @property
    def headers(self) -> Mapping[str, str]:
        """What goes with it over HTTP."""
        signed = {"GS1-Signature": self.signature} if self.signature else {}
        versions = {"GS1-EPCIS-Version": VERSION, "GS1-CBV-Version": VERSION}
        return {"content-type": "application/json", **versions, **signed}


def notice_of(body: bytes) -> QueryNotice:
    """The one that waited to be sent."""
    head, _, document = body.partition(b"\n")
    dest, signature = json.loads(head)
    return QueryNotice(dest, document, signature)


def look(
    reader: EpcisReader, document: KeptDocument, part: Sequence[RecordedMessage], more: bool, now: datetime
) -> Looked:
    """What a subscriber is sent of the next part of the record, and when his query is to run again."""
    body, query = document.body, query_of(document.body)
    since = read_time("initialRecordTime", body["initialRecordTime"])
    # The place where it began says what is new, unless it is to begin later.
    new = [message for message in part if message.at >= since or since <= document.created_at]
    found = results(reader, query, new, (0, -1))
    if query.order_by:
        found.sort(key=lambda each: each.order, reverse=not query.ascending)
    some = bool(found) or bool(body.get(_FOUND))
    batches = list(batches_of(found))
    if "schedule" in body and body.get("reportIfEmpty") and not (some or more):
        batches = [[]]
    again = document.look_at if more else _next(body, now)
    changed = {**body, _FOUND: some and more, "minRecordTime": body.get("minRecordTime", body["initialRecordTime"])}
    if not more:
        changed["minRecordTime"] = written(max(now, since))
    return Looked(tuple(_outgoing(document, batch, now) for batch in batches), again, changed)


def _next(body: Mapping[str, Any], now: datetime) -> datetime | None:
    return schedule(body["schedule"]).after(now) if "schedule" in body else None


def batches_of(found: Sequence[FoundEvent]) -> Iterator[Sequence[FoundEvent]]:
    """The events in as many parts as are sent one after another: each as large as it may be, none without an event."""
    batch: list[FoundEvent] = []
    size = 0
    for each in found:
        if batch and (len(batch) == EVENTS_AT_ONCE_MAX or size + len(each.text) > BYTES_AT_ONCE_MAX):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += len(each.text)
    if batch:
        yield batch


def _outgoing(document: KeptDocument, found: Sequence[FoundEvent], now: datetime) -> Outgoing:
    body = document.body
    told = query_document(found, now, body["queryName"], subscription_id(document))
    signature = signed(body["signatureToken"], told) if "signatureToken" in body else ""
    return Outgoing(document.name, QueryNotice(body["dest"], told, signature).written(), now + GIVE_UP_AFTER)


def signed(token: str, document: bytes) -> str:
    """The signature: HMAC with SHA-256 over the body as it is sent, with the subscriber's token as the key."""
    return "sha256=" + hmac.new(token.encode(), document, hashlib.sha256).hexdigest()
