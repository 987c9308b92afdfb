"""Records by external id: one at a time, or up to 200 in a call; and queries over them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from adapters.crm_salesforce.rest.client import MalformedCall, SalesforceRest
from adapters.crm_salesforce.rest.errors import Fault, errors_of, fault_of
from adapters.outbound import Away, Declined, Uncertain

RECORDS_MAX = 200  # of one collection
PAGES_MAX = 1000
CALLS_MAX = 20  # to find the one in 200 that spoils a call takes 16

Made = TypeVar("Made")
Record = Mapping[str, Any]
# The record's id, or what became of it instead.
RecordOutcome = str | Away | Declined | Uncertain


def record_path(sobject: str, field: str, value: str) -> str:
    """Where the record with an external id is."""
    return f"sobjects/{quote(sobject, safe='')}/{quote(field, safe='')}/{quote(value, safe='')}"


async def upsert(
    rest: SalesforceRest, sobject: str, field: str, value: str, record: Record, *, update_only: bool = False
) -> str:
    """Writes the record with this external id, and answers its id (empty where Salesforce does not tell).

    `update_only` for a record that is not ours to create. Raises Away, Declined (Ambiguous if several have this id) or
    Uncertain; the same again does no harm.
    """
    named = {field.lower(), "id"}
    if there := [name for name in record if name.lower() in named]:
        raise ValueError(f"{', '.join(there)} stands in the address, not in the record")
    if not value:
        raise Declined(f"{field} is empty, so nothing says which {sobject} is meant")
    query = {"updateOnly": "true"} if update_only else None
    answer = await rest.change("PATCH", record_path(sobject, field, value), record, query)
    return _id_of(answer.body)


async def upsert_many(
    rest: SalesforceRest, sobject: str, field: str, records: Sequence[Record], *, all_or_none: bool = False
) -> list[RecordOutcome]:
    """Writes records that each have their external id in `field`, and answers what became of each, by position.

    Of two with one external id the later one's fields go before, and both have the outcome of what was sent. What is
    refused as a whole is sent by halves, so that one record which cannot be read does not keep the others.
    """
    outcomes: list[RecordOutcome] = [Declined(f"{field} is missing")] * len(records)
    calls = merged(field, records, {"attributes": {"type": sobject}})
    if all_or_none and len(calls) > 1:
        raise ValueError(f"{len(records)} records do not fit into one call, so they cannot be all or none")

    async def send(part: Sequence[Record]) -> list[RecordOutcome]:
        return await _collection_sent(rest, sobject, field, part, all_or_none)

    for call in calls:
        sent = [record for record, _ in call]
        try:
            found = await send(sent) if all_or_none else await by_halves(send, sent)
        except (Away, Declined, Uncertain) as fault:
            found = [fault] * len(sent)
        for (_, positions), outcome in zip(call, found, strict=True):
            for position in positions:
                outcomes[position] = outcome
    return outcomes


def merged(
    field: str, records: Sequence[Record], heading: Record | None = None
) -> list[list[tuple[dict[str, Any], list[int]]]]:
    """The records by calls, each after `heading` and with the positions that it stands for, in their order. Pure.

    Salesforce takes external ids that differ in their case alone for one, unless the field says otherwise, and refuses
    a list that holds one twice: these go in calls of their own.
    """
    calls: list[list[tuple[dict[str, Any], list[int]]]] = []
    placed: dict[str, tuple[dict[str, Any], list[int]]] = {}
    taken: list[set[str]] = []
    before = heading or {}
    for position, record in enumerate(records):
        value = record.get(field)
        if not isinstance(value, str) or not value:
            continue
        if value in placed:
            fields, positions = placed[value]
            fields.update(record)
            positions.append(position)
            continue
        placed[value] = ({**before, **record}, [position])
        if not calls or len(calls[-1]) == RECORDS_MAX or value.casefold() in taken[-1]:
            calls.append([])
            taken.append(set())
        calls[-1].append(placed[value])
        taken[-1].add(value.casefold())
    return calls


async def by_halves(
    send: Callable[[Sequence[Made]], Awaitable[Sequence[RecordOutcome]]], records: Sequence[Made]
) -> list[RecordOutcome]:
    """What became of each of the records of one call; where `send` raises MalformedCall, more calls with fewer of them,

    until it is found whose fault it was. Those that were not reached by then are Away.
    """
    outcomes: list[RecordOutcome] = [Away("sent with one that cannot be read; it goes again")] * len(records)
    left, calls = [(0, len(records))], 0
    while left and calls < CALLS_MAX:
        begin, end = left.pop()
        calls += 1
        try:
            outcomes[begin:end] = await send(records[begin:end])
        except MalformedCall as refused:
            if end - begin == 1:
                outcomes[begin] = refused
                continue
            half = (begin + end) // 2
            left += [(begin, half), (half, end)]
        except (Away, Declined, Uncertain) as fault:
            outcomes[begin:end] = [fault] * (end - begin)
    return outcomes


async def _collection_sent(
    rest: SalesforceRest, sobject: str, field: str, records: Sequence[Record], all_or_none: bool
) -> list[RecordOutcome]:
    path = f"composite/sobjects/{quote(sobject, safe='')}/{quote(field, safe='')}"
    answer = await rest.change("PATCH", path, {"allOrNone": all_or_none, "records": list(records)})
    return collection_outcomes(answer.body, len(records))


def collection_outcomes(body: Any, count: int) -> list[RecordOutcome]:
    """What became of each record of a list, of the answer to it. Pure."""
    if not isinstance(body, list) or len(body) != count:
        return [Uncertain(f"{count} records were answered by something else")] * count
    return [_outcome(each) for each in body]


async def query(rest: SalesforceRest, soql: str, *, deleted: bool = False) -> AsyncIterator[list[dict[str, Any]]]:
    """The records that a query finds, page by page; `deleted` ones too, for as long as their organisation keeps them.

    Raises Away or Declined.
    """
    answer = await rest.get("queryAll" if deleted else "query", {"q": soql})
    for _ in range(PAGES_MAX):
        body = answer.body if isinstance(answer.body, dict) else {}
        records, done = body.get("records"), body.get("done")
        if not isinstance(records, list) or not isinstance(done, bool):
            raise Away("the answer to a query is no list of records")
        yield [each for each in records if isinstance(each, dict)]
        if done:
            return
        answer = await rest.page(str(body.get("nextRecordsUrl", "")))
    raise Declined(f"a query found more than {PAGES_MAX} pages")


def soql_text(text: str) -> str:
    """A text as it stands in a query."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    for character, written in (("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        escaped = escaped.replace(character, written)
    return f"'{escaped}'"


def _outcome(result: Any) -> RecordOutcome:
    if isinstance(result, dict) and result.get("success") is True:
        return _id_of(result)
    if not isinstance(result, dict) or result.get("success") is not False:
        return Uncertain("the answer does not say whether the record was written")
    found: Fault = fault_of(errors_of(result.get("errors")))
    return found


def _id_of(body: Any) -> str:
    return str(body.get("id") or "") if isinstance(body, dict) else ""
