"""Samples: what is to be logged in because of an event, how it is asked for, and what an answer says of it. Pure."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from doselane.quality.v1.events_pb2 import SampleRegistered

from adapters.lims_limsml.answers import LimsmlPart, LimsmlTable
from adapters.lims_limsml.catalogue import GET_RESULTS, PAGE_ROWS, SAMPLE, find
from adapters.lims_limsml.request import LimsmlEntity, LimsmlTransaction
from adapters.lims_limsml.settings import Settings
from adapters.outbound import Declined, Outgoing
from services.kernel.event import Event
from services.kernel.timestamps import instant

# When nobody says until when a result helps.
LIFE_MAX = timedelta(days=30)
RESULT = "result"


def registrations(event: Event, partner: str) -> Iterator[Outgoing]:
    """What the laboratory is to log in, if it is the one that is asked."""
    said = SampleRegistered.FromString(event.data)
    sample = said.sample
    if sample.laboratory != partner:
        return
    until = event.time + LIFE_MAX
    if said.HasField("result_until_time"):
        until = instant(said.result_until_time, "result_until_time")
    body = {"sample": sample.name, "product": sample.product, "tests": list(sample.tests)}
    yield Outgoing(sample.name, json.dumps(body).encode(), until)


def log_in(settings: Settings, outgoing: Outgoing) -> LimsmlTransaction:
    """The one write that logs in a sample as this site does. Raises Declined if it has no analysis for a test."""
    said = json.loads(outgoing.body)
    known = settings.log_in.analyses
    if unknown := [test for test in said["tests"] if known and test not in known]:
        raise Declined(f"log_in.analyses has no line for {', '.join(unknown)}")
    analyses = dict.fromkeys(known[test] for test in said["tests"]) if known else {}
    entity = LimsmlEntity(
        settings.log_in.entity,
        settings.log_in.action,
        {name: _filled(value, said) for name, value in settings.log_in.parameters.items()},
        {name: _filled(value, said) for name, value in settings.log_in.fields.items()},
        tuple(LimsmlEntity("TEST", fields={"analysis": analysis}) for analysis in analyses),
    )
    return LimsmlTransaction(entity, settings.log_in.response_type)


def search(settings: Settings, sample: str) -> LimsmlTransaction:
    """FIND on our reference."""
    how = settings.find
    parameters = {how.parameter: sample} if how.parameter else {}
    return find(how.table, parameters, {how.field: sample} if how.field else {})


def numbers(settings: Settings, part: LimsmlPart, sample: str) -> list[str]:
    """The laboratory's numbers of what bears our reference. Raises Declined where the answer cannot say.

    Whether FIND narrows down is the site's affair, so each row is looked at.
    """
    how = settings.find
    table = _table(part, how.table.lower(), how.column.lower(), how.number.lower())
    mine = [row for row in table.rows if row.get(how.column.lower(), "").strip() == sample]
    if not mine and len(table.rows) >= PAGE_ROWS:
        raise Declined(
            f"FIND gives {PAGE_ROWS} rows of {how.table} and none with our reference: it narrows nothing down"
        )
    found = [row.get(how.number.lower(), "").strip() for row in mine]
    if not all(found):
        raise Declined(f"a row of {how.table} with our reference has no {how.number}")
    return found


def results_of(number: str) -> LimsmlTransaction:
    """GET_RESULTS of a sample."""
    return LimsmlTransaction(LimsmlEntity(SAMPLE, GET_RESULTS, {"SAMPLE_ID": number}))


def body_of(sample: str, number: str, part: LimsmlPart) -> bytes | None:
    """What is kept of an answer: its rows as they came. None if there are none yet.

    Not the answer itself, as its header may hold the session.
    """
    table = _table(part, RESULT)
    if not table.rows:
        return None
    said: dict[str, Any] = {"sample": sample, "number": number, "columns": table.columns, "rows": table.rows}
    return json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")


def _table(part: LimsmlPart, name: str, *columns: str) -> LimsmlTable:
    """A table may be empty, but not missing."""
    table = part.tables.get(name)
    if table is None:
        raise Declined(f"the answer has no table {name}; it has {', '.join(part.tables) or 'none'}")
    if lacking := [column for column in columns if column not in table.columns]:
        raise Declined(f"the table {name} has no column {', '.join(lacking)}; it has {', '.join(table.columns)}")
    return table


def _filled(template: str, said: dict[str, Any]) -> str:
    batch = said["sample"].partition("/samples/")[0]
    return template.format(sample=said["sample"], batch=batch, product=said["product"])
