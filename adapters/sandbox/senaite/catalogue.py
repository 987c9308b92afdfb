"""How SENAITE's lists are asked for: indexes by name, unknown ones dropped, and pages by `b_start`. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from adapters.sandbox.senaite.laboratory import ANALYSIS, SAMPLE, Record

PAGE_SIZE = 25
_BOTH = {"UID": "uid", "id": "id", "getId": "id", "portal_type": "portal_type", "review_state": "review_state"}
_INDEXES: Mapping[str, Mapping[str, str]] = {
    SAMPLE: {**_BOTH, "getClientUID": "getClientUID", "getClientSampleID": "ClientSampleID"},
    ANALYSIS: {
        **_BOTH, "getRequestID": "getRequestID", "getKeyword": "getKeyword", "getServiceUID": "getServiceUID",
    },
}  # fmt: skip
_DATES = {SAMPLE: ("modified", "created"), ANALYSIS: ("created",)}
_COLUMNS = {
    SAMPLE: ("uid", "id", "portal_type", "review_state", "created", "modified", "getClientUID"),
    ANALYSIS: (
        "uid", "id", "portal_type", "review_state", "created", "getRequestID", "getKeyword", "getServiceUID",
        "getMethodTitle", "getRetestOfUID", "getSubmittedBy", "getVerificators",
    ),
}  # fmt: skip
# What only the catalogue has: the object has it under another name, or not at all.
_CATALOGUE_ONLY = frozenset(
    {"getClientUID", "getRequestID", "getKeyword", "getServiceUID", "getMethodTitle", "getRetestOfUID"}
    | {"getSubmittedBy", "getVerificators"}
)


def found(objects: Iterable[Record], portal_type: str, query: Mapping[str, str]) -> list[Record]:
    """What a list holds, sorted; a filter of an unknown name filters nothing."""
    records = [each for each in objects if each["portal_type"] == portal_type]
    for index, name in _INDEXES[portal_type].items():
        if index in query:
            wanted = query[index].split(",")
            records = [each for each in records if each.get(name) in wanted]
    for index in _DATES[portal_type]:
        records = _by_date(records, index, query)
    if query.get("sort_on") in _DATES[portal_type]:
        reverse = query.get("sort_order", "asc") == "desc"
        records.sort(key=lambda each: datetime.fromisoformat(each[query["sort_on"]]), reverse=reverse)
    return records


def shown(record: Record, *, whole: bool) -> Record:
    """An object, or its columns; nothing is null, and so are zero, false and the empty text."""
    names = record.keys() - _CATALOGUE_ONLY if whole else _COLUMNS[record["portal_type"]]
    return {name: record.get(name) or None for name in record if name in names}


def _by_date(records: list[Record], index: str, query: Mapping[str, str]) -> list[Record]:
    """A plain value means equal; a range needs the record notation."""
    if index in query:
        wanted = datetime.fromisoformat(query[index])
        return [each for each in records if _at(each, index) == wanted]
    begins, reach = query.get(f"{index}.query:record:date"), query.get(f"{index}.range:record")
    if begins is None or reach != "min":
        return records
    return [each for each in records if _at(each, index) >= datetime.fromisoformat(begins)]


def _at(record: Record, index: str) -> Any:
    return datetime.fromisoformat(record[index])
