"""The changes of orders, as a stream: what an event says of a record is not the whole record, so it is read at once.

Both are kept before the place in the stream moves on: the event as it came, and the records as they were read. Where
the events do not tell all (gaps, a place that is gone), the orders of some days are read again.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from adapters.crm_salesforce.client import SalesforceConnection
from adapters.crm_salesforce.pubsub.change_event import ChangeEvent, RereadNeeded
from adapters.crm_salesforce.pubsub.message import read_message
from adapters.crm_salesforce.rest.records import query, soql_text
from adapters.crm_salesforce.settings import Settings
from adapters.manifest import Refused
from adapters.mapping import AccountMapping
from adapters.outbound import Fetched

# Orders that nobody has touched for longer are for days that are over.
REREAD = timedelta(days=30)
IDS_MAX = 100  # of one query: an address may have some 16,000 characters
RECORDS_IN_BODY = 50


def changes_topic(settings: Settings) -> str:
    """The topic of the changes of orders."""
    return f"/data/{settings.order_object.removesuffix('__c')}__ChangeEvent"


async def listen(connection: SalesforceConnection, cursor: str) -> AsyncIterator[Fetched]:
    """What comes after the cursor, with the records that it is about."""
    ours = await connection.bus.user()
    async for fetched in connection.subscription(changes_topic(connection.settings)).listen(cursor):
        records = [body async for body in _records(connection, fetched.bodies, ours)]
        yield Fetched([*fetched.bodies, *records], fetched.cursor, fetched.more)


async def _records(connection: SalesforceConnection, bodies: Sequence[bytes], ours: str) -> AsyncIterator[bytes]:
    ids, whole = _named(bodies, ours)
    fields = ", ".join(dict.fromkeys(_fields(connection.mapping)))
    asked = f"SELECT {fields} FROM {connection.settings.order_object}"
    if whole:
        async for page in query(connection.rest, f"{asked} WHERE LastModifiedDate = LAST_N_DAYS:{REREAD.days}"):
            for body in _bodies(page):
                yield body
        return
    for begin in range(0, len(ids), IDS_MAX):
        listed = ", ".join(map(soql_text, ids[begin : begin + IDS_MAX]))
        # Those that were deleted are found too.
        async for page in query(connection.rest, f"{asked} WHERE Id IN ({listed})", deleted=True):
            for body in _bodies(page):
                yield body


def _named(bodies: Sequence[bytes], ours: str) -> tuple[list[str], bool]:
    """The ids of the records that have changed, and whether all are to be read again."""
    ids: dict[str, None] = {}
    for body in bodies:
        try:
            said = read_message(body).said
        except Refused:
            return [], True  # it cannot be read, so it may be about any of them
        if isinstance(said, RereadNeeded):
            if not said.record_ids:
                return [], True
            ids |= dict.fromkeys(said.record_ids)
        elif isinstance(said, ChangeEvent) and (not ours or said.header.commit_user != ours):
            # What we wrote ourselves is no news: answering it would go on for ever.
            ids |= dict.fromkeys(said.header.record_ids)
    # Where a field became one of another type, all records are meant by their prefix, such as `a0X*`; a query that
    # names it as an id is refused, now and whenever it is asked again.
    return ([], True) if any("*" in each for each in ids) else (list(ids), False)


def _fields(mapping: AccountMapping) -> list[str]:
    return ["Id", "IsDeleted", *mapping.of_kind("order").values()]


def _bodies(records: Sequence[Mapping[str, Any]]) -> list[bytes]:
    kept = [{name: value for name, value in each.items() if name != "attributes"} for each in records]
    parts = [kept[begin : begin + RECORDS_IN_BODY] for begin in range(0, len(kept), RECORDS_IN_BODY)]
    return [json.dumps({"records": part}).encode() for part in parts]
