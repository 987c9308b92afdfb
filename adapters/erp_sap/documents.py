"""A document of SAP as it is kept when it was read: by itself, so that it can be read again without SAP. Pure.

The body is JSON: `document`, `number`, `state` (of the document, as its ETag tells it), `read_time`, and `records`, by
kind a list of objects with the fields of its service. Decimals are texts, times ISO 8601; a wall time has no offset.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from adapters.json_body import pointer, read_json
from adapters.manifest import Refused
from services.kernel.timestamps import stamp

Record = Mapping[str, Any]
_NOT_DOCUMENT = "BODY_NOT_DOCUMENT"
_FIELDS = ("document", "number", "state", "read_time")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?(E[+-]?[0-9]{1,3})?", re.ASCII | re.IGNORECASE)
# In a record: why a field that is there cannot be read, by its name.
UNREADABLE = "(unreadable)"
# SAP writes no day as a day: before all, or after all.
_NO_DAYS = frozenset({date.min, date.max})


@dataclass(frozen=True, slots=True)
class SapDocument:
    """A document, with the records of which it consists, by kind; `read_at` is before it was asked for."""

    document: str
    number: str
    state: str
    read_at: datetime
    records: Mapping[str, Sequence[Record]]

    def written(self) -> bytes:
        """The body that is kept."""
        head = {"document": self.document, "number": self.number, "state": self.state}
        said = {**head, "read_time": self.read_at.astimezone(UTC).isoformat(), "records": self.records}
        return json.dumps(said, default=_text, ensure_ascii=False).encode()

    def only(self, kind: str) -> "RecordFields":
        """The one record of a kind."""
        found = self.each(kind)
        if len(found) != 1:
            raise Refused(
                _NOT_DOCUMENT, f"It has {len(found)} records {kind}, and should have one.", f"/records/{kind}"
            )
        return found[0]

    def each(self, kind: str) -> "list[RecordFields]":
        """The records of a kind."""
        listed = self.records.get(kind, ())
        return [RecordFields(each, pointer("records", kind, index)) for index, each in enumerate(listed)]

    @property
    def stamp(self) -> Any:
        """When it was so: of two readings the later one counts."""
        return stamp(self.read_at)


def document_of(body: bytes) -> SapDocument:
    """A document as it was kept. Raises Refused."""
    value = read_json(body)
    if not (isinstance(value, dict) and all(isinstance(value.get(each), str) for each in _FIELDS)):
        raise Refused(_NOT_DOCUMENT, f"A document has the texts {', '.join(_FIELDS)}.")
    records = value.get("records")
    if not (isinstance(records, dict) and all(_are_records(each) for each in records.values())):
        raise Refused(_NOT_DOCUMENT, "A document has lists of records by kind.", "/records")
    try:
        read_at = datetime.fromisoformat(value["read_time"]).astimezone(UTC)
    except ValueError:
        raise Refused(_NOT_DOCUMENT, "read_time is no instant.", "/read_time") from None
    return SapDocument(value["document"], value["number"], value["state"], read_at, records)


def _are_records(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(each, dict) for each in given)


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, timedelta):
        minutes, seconds = divmod(value // timedelta(seconds=1), 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    if isinstance(value, date):  # an instant or a wall time too
        return value.isoformat()
    return str(value)


@dataclass(frozen=True, slots=True)
class RecordFields:
    """The fields of a record, each read as what it is."""

    values: Record
    place: str

    def text(self, name: str) -> str:
        """A text; empty where there is none."""
        given = self._given(name)
        if given is None:
            return ""
        if not isinstance(given, str):
            raise self.wrong(name, f"must be a text, and is {given!r}"[:150])
        return given.strip()

    def needed(self, name: str) -> str:
        """A text that must be there."""
        found = self.text(name)
        if not found:
            raise self.wrong(name, "is required", "FIELD_MISSING")
        return found

    def is_set(self, name: str) -> bool:
        """A flag of SAP: `X`, or true."""
        given = self._given(name)
        return given is True or given == "X"

    def decimal(self, name: str) -> Decimal:
        """An exact number."""
        given = self.needed(name)
        if not _DECIMAL.fullmatch(given):
            raise self.wrong(name, f"must be a number with a point, such as 148.5, and is {given[:60]!r}")
        return Decimal(given)

    def day(self, name: str) -> date:
        """A day of the calendar."""
        given = self.needed(name)
        try:
            wall = datetime.fromisoformat(given)
        except ValueError:
            raise self.wrong(name, f"must be a day, and is {given[:60]!r}") from None
        if wall.time() != time(0) or wall.tzinfo is not None:
            raise self.wrong(name, f"must be a day, and is {given[:60]!r}")
        if wall.date() in _NO_DAYS:
            raise self.wrong(name, f"is {given[:10]}, which is SAP's way to say that there is no day", "FIELD_MISSING")
        return wall.date()

    def time_of_day(self, name: str) -> time:
        """A time of the day."""
        given = self.needed(name)
        try:
            return time.fromisoformat(given)
        except ValueError:
            raise self.wrong(name, f"must be a time of the day, and is {given[:60]!r}") from None

    def _given(self, name: str) -> Any:
        """What is there; what could not be read is not taken for nothing."""
        if why := self.values.get(UNREADABLE, {}).get(name):
            raise self.wrong(name, f"cannot be read ({why})")
        return self.values.get(name)

    def wrong(self, name: str, words: str, reason: str = "FIELD_NOT_VALID") -> Refused:
        """That a field is wrong."""
        return Refused(reason, f"{name or 'a field that the mapping leaves out'} {words}.", self.place + pointer(name))
