"""What an event says, as plain values: a change of records, a platform event, or that records must be read again.

An unchanged field comes as null. Only the header's lists tell it from a field that was set to null, so a null value
counts for nothing here unless `nulledFields` says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adapters.crm_salesforce.pubsub.avro import RecordField, WriterSchema
from adapters.crm_salesforce.pubsub.bitmaps import MarkedFields, marked
from adapters.manifest import Refused

HEADER = "ChangeEventHeader"
LISTS = ("changedFields", "nulledFields", "diffFields")
# CREATE and UNDELETE carry all fields: one that is null is empty.
COMPLETE = frozenset({"CREATE", "UNDELETE"})
OVERFLOW = "GAP_OVERFLOW"
KNOWN = COMPLETE | {"UPDATE", "DELETE"}


@dataclass(frozen=True, slots=True)
class ChangeHeader:
    """Who changed what, when, in which transaction."""

    entity: str
    record_ids: tuple[str, ...]
    change_type: str
    change_origin: str
    transaction_key: str
    sequence_number: int  # in its transaction
    commit_timestamp_ms: int  # since 1970
    commit_number: int
    commit_user: str

    @property
    def client(self) -> str:
        """The name of the program that made the change, as it gave it in its call; empty if it gave none."""
        return next((part[7:] for part in self.change_origin.split(";") if part.startswith("client=")), "")


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """What became of the records of `header`. Parts of compound fields have paths: `Site_Address__c.City`.

    A field that is in none of the members is unchanged; where the event is `complete`, it is empty.
    """

    header: ChangeHeader
    changed: Mapping[str, Any] = field(default_factory=dict)  # by path: the new value, never null
    nulled: frozenset[str] = frozenset()  # set to null
    # Changed, and the event does not hold the value: a difference stands in its place, or nothing. To be read.
    diff: frozenset[str] = frozenset()
    untold: frozenset[str] = frozenset()
    # Values that come along although they did not change, where the channel is enriched by them.
    enriched: Mapping[str, Any] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()  # what the header marks and the schema does not have, in words

    @property
    def complete(self) -> bool:
        """Whether it holds all fields of the record."""
        return self.header.change_type in COMPLETE

    @property
    def unknown(self) -> frozenset[str]:
        """Fields that changed to a value that only the record itself tells."""
        return self.diff | self.untold


@dataclass(frozen=True, slots=True)
class RereadNeeded:
    """The events do not tell all: these records are to be read from the organisation itself."""

    reason: str  # the change type (GAP_…, SNAPSHOT), or REPLAY_LOST: the place in the stream is gone
    entity: str = ""  # empty: whatever the topic is about
    record_ids: tuple[str, ...] = ()  # none: all of the entity
    header: ChangeHeader | None = None


@dataclass(frozen=True, slots=True)
class PlatformEvent:
    """A platform event: its fields, without those that are null."""

    name: str
    fields: Mapping[str, Any]


Said = ChangeEvent | RereadNeeded | PlatformEvent


def said_by(schema: WriterSchema, record: Mapping[str, Any]) -> Said:
    """What a decoded record says; raises Refused where its header cannot be read."""
    if HEADER not in {each.name for each in schema.fields}:
        return PlatformEvent(schema.name, {name: value for name, value in record.items() if value is not None})
    raw = record[HEADER]
    header = _header(raw)
    if header.change_type == OVERFLOW:
        return RereadNeeded(OVERFLOW, header.entity, (), header)
    if header.change_type not in KNOWN:
        # A gap, a snapshot, and whatever comes later: the record is right in any case.
        return RereadNeeded(header.change_type, header.entity, header.record_ids, header)
    # The header has a position of its own, and no part of it is a field of the object.
    fields = [RecordField(HEADER) if each.name == HEADER else each for each in schema.fields]
    changed, nulled, diff = (_without_header(marked(name, _texts(raw, name), fields)) for name in LISTS)
    return _change(header, _flat(fields, record), changed, nulled, diff)


def _without_header(marks: MarkedFields) -> MarkedFields:
    return replace(marks, paths=marks.paths - {HEADER})


def _change(
    header: ChangeHeader,
    values: Mapping[str, Any],
    changed: MarkedFields,
    nulled: MarkedFields,
    diff: MarkedFields,
) -> ChangeEvent:
    present = {path for path, value in values.items() if value is not None}
    differing = set(diff.paths) | (_below(diff.whole, values) & present)
    set_to_null = (set(nulled.paths) | _below(nulled.whole, values)) - present
    if header.change_type in COMPLETE:
        marks = set(present)
    else:
        marks = set(changed.paths) | nulled.paths
        for whole in changed.whole:
            # A compound field without its parts: those that have a value are new. Of the others nothing is known.
            marks |= (_below({whole}, values) & present) or ({whole} - nulled.whole)
    told = (marks & present) - differing - nulled.paths
    return ChangeEvent(
        header,
        changed={path: values[path] for path in sorted(told)},
        nulled=frozenset(set_to_null),
        diff=frozenset(differing),
        untold=frozenset(marks - told - set_to_null - differing),
        enriched={path: values[path] for path in sorted(present - marks - differing)},
        ignored=(*changed.ignored, *nulled.ignored, *diff.ignored),
    )


def _flat(fields: Sequence[RecordField], record: Mapping[str, Any]) -> dict[str, Any]:
    """The values by path. A compound field that is null has parts that are null; one that is no record has no parts."""
    found: dict[str, Any] = {}
    for each in fields:
        value = record[each.name]
        if each.name == HEADER:
            continue
        if each.parts and (value is None or isinstance(value, dict)):
            found |= {f"{each.name}.{part}": (value or {}).get(part) for part in each.parts}
        else:
            found[each.name] = value
    return found


def _below(whole: Iterable[str], values: Mapping[str, Any]) -> set[str]:
    """The paths of compound fields, or of their parts."""
    return {path for path in values if path in whole or path.partition(".")[0] in whole}


def _header(raw: Any) -> ChangeHeader:
    return ChangeHeader(
        entity=_member(raw, "entityName", str),
        record_ids=_texts(raw, "recordIds"),
        change_type=_member(raw, "changeType", str),
        change_origin=_member(raw, "changeOrigin", str),
        transaction_key=_member(raw, "transactionKey", str),
        sequence_number=_member(raw, "sequenceNumber", int),
        commit_timestamp_ms=_member(raw, "commitTimestamp", int),
        commit_number=_member(raw, "commitNumber", int),
        commit_user=_member(raw, "commitUser", str),
    )


def _texts(raw: Any, name: str) -> tuple[str, ...]:
    found = _member(raw, name, list)
    if not all(isinstance(each, str) for each in found):
        raise Refused("HEADER_UNREADABLE", f"{HEADER}.{name} is no list of texts.", "/payload")
    return tuple(found)


def _member(raw: Any, name: str, kind: type) -> Any:
    value = raw.get(name) if isinstance(raw, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Refused("HEADER_UNREADABLE", f"{HEADER}.{name} is missing, or is not what it should be.", "/payload")
    return value
