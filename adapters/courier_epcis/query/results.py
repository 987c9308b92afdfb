"""Events of the record that a query means, and the query documents that carry them. Pure."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.courier_epcis import identity
from adapters.courier_epcis.model.values import instant
from adapters.courier_epcis.port import EpcisReader
from adapters.courier_epcis.query.fields import SPELLED, RecordedEvent
from adapters.courier_epcis.query.language import Query
from adapters.json_body import read_json
from adapters.record import RecordedMessage
from services.kernel.references import canonical

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
SIMPLE = "SimpleEventQuery"

Place = tuple[int, int]  # a position of the record, and the index of an event there


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event that was found, as it is told."""

    place: Place
    text: str  # JSON, with its id and record time, without a context
    context: Any  # of the document in which it came
    order: datetime  # by which it is ordered


def results(reader: EpcisReader, query: Query, part: Sequence[RecordedMessage], behind: Place) -> list[FoundEvent]:
    """The events of a part of the record that the query means, behind a place, in the order of the record."""
    return [_result(event, context, query) for event, context in _meant(reader, query, part, behind)]


def places(
    reader: EpcisReader, query: Query, part: Sequence[RecordedMessage], behind: Place
) -> list[tuple[datetime, Place]]:
    """Where they are, and by what they are ordered: for more of them than are told at once."""
    meant = _meant(reader, query, part, behind)
    return [(_order(event, query), (event.position, event.index)) for event, _ in meant]


def members(
    collection: str, reader: EpcisReader, query: Query, part: Sequence[RecordedMessage], behind: Place
) -> list[tuple[str, str]]:
    """What the events of a part name of a collection: each thing's key, and its name as it was captured first there."""
    named: dict[str, str] = {}
    for event, _ in _meant(reader, query, part, behind):
        for name in SPELLED[collection](event, ""):
            named.setdefault(canonical(name), name)
    return list(named.items())


def query_document(found: Sequence[FoundEvent], created_at: datetime, name: str, subscription: str = "") -> bytes:
    """A query document around the events."""
    context, apart = _merged([each.context for each in found])
    texts = [f'{{"@context": {_text(apart[at])}, {each.text[1:]}' if at in apart else each.text
             for at, each in enumerate(found)]  # fmt: skip
    named = f'"subscriptionID": {_text(subscription)}, ' if subscription else ""
    return (
        f'{{"@context": {_text(context)}, "type": "EPCISQueryDocument", "schemaVersion": "2.0", '
        f'"creationDate": "{written(created_at)}", "epcisBody": {{"queryResults": {{"queryName": {_text(name)}, {named}'
        f'"resultsBody": {{"eventList": [{", ".join(texts)}]}}}}}}}}'
    ).encode()


def written(at: datetime) -> str:
    """An instant as the standard's examples write it, with microseconds, so that two records rarely share one."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _meant(
    reader: EpcisReader, query: Query, part: Sequence[RecordedMessage], behind: Place
) -> Iterator[tuple[RecordedEvent, Any]]:
    for message in part:
        wanted = [index for index in message.indexes if (message.position, index) > behind]
        raw = reader.events(message.webhook, message.body) if wanted else []
        context = _context(message.body) if wanted else CONTEXT
        for index in wanted:
            value = {**raw[index].value, "eventID": identity.event_id(raw[index].value)}
            event = RecordedEvent(value, message.at, message.position, index)
            if query.means(event):
                yield event, value.get("@context", context)


def _context(body: bytes) -> Any:
    value = read_json(body)
    return value.get("@context", CONTEXT) if isinstance(value, dict) else CONTEXT


def _result(event: RecordedEvent, context: Any, query: Query) -> FoundEvent:
    told = {name: each for name, each in event.value.items() if name not in ("@context", "recordTime")}
    text = _text(told | {"recordTime": written(event.at)})
    return FoundEvent((event.position, event.index), text, context, _order(event, query))


def _order(event: RecordedEvent, query: Query) -> datetime:
    return instant(event.value["eventTime"]) if query.order_by == "eventTime" else event.at


def _merged(contexts: Sequence[Any]) -> tuple[Any, dict[int, Any]]:
    """One context for all, and those of events whose names mean something else there, by the place of the event."""
    links: list[str] = []
    names: dict[str, Any] = {}
    apart: dict[int, Any] = {}
    for at, context in enumerate(contexts):
        listed = context if isinstance(context, list) else [context]
        own = [each for each in listed if isinstance(each, dict)]
        if any(names.get(name, value) != value for each in own for name, value in each.items()):
            apart[at] = context
            continue
        links += [each for each in listed if isinstance(each, str) and each not in links]
        for each in own:
            names.update(each)
    whole = [*(links or [CONTEXT]), *([names] if names else [])]
    return (whole if len(whole) > 1 else whole[0]), apart


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
