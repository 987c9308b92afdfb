"""An organisation: records that keep the rules of their objects. It keeps its state in memory."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.sandbox.salesforce.fields import (
    OrgField,
    OrgObject,
    OrgRefused,
    as_typed,
    case_safe,
    is_id,
    key_of,
    value_of,
    with_suffix,
)
from services.kernel.clock import Clock

Record = dict[str, Any]


class OrgAmbiguous(Exception):
    """Several records have this external id: their ids."""


@dataclass(frozen=True, slots=True)
class OrgChange:
    """A record was made, changed or deleted: its fields before and after it, none where there was no record."""

    sobject: str
    kind: str  # CREATE, UPDATE, DELETE
    record_id: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    at: datetime
    by: str  # the user


@dataclass
class Org:
    """The organisation. `listeners` hear of changes once they are certain, in their order."""

    clock: Clock
    objects: Mapping[str, OrgObject]
    org_id: str = "00D000000000001EAA"
    user_id: str = "005000000000001AAA"  # of the program that logs in
    acting: str = "005000000000009AAA"  # who changes records now: people, unless a program calls
    records: dict[str, dict[str, Record]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    bin: dict[str, dict[str, Record]] = field(default_factory=dict)  # what was deleted, by object and id
    locked: set[str] = field(default_factory=set)  # ids of records that somebody else is changing
    listeners: list[Callable[[OrgChange], None]] = field(default_factory=list)
    _index: dict[tuple[str, str, str], set[str]] = field(default_factory=dict)  # of external ids
    _changes: list[OrgChange] = field(default_factory=list)
    _depth: int = 0
    _made: int = 0

    def sobject(self, name: str) -> OrgObject:
        """An object by its name. Raises OrgRefused."""
        found = next((each for each in self.objects.values() if each.name.lower() == name.lower()), None)
        if found is None:
            raise OrgRefused("NOT_FOUND", "The requested resource does not exist", status=404)
        return found

    def external(self, sobject: str, name: str) -> tuple[OrgObject, OrgField]:
        """An object and a field of it by which its records are found. Raises OrgRefused."""
        made = self.sobject(sobject)
        known = made.field(name)
        if known is None or not known.external_id:
            words = f"Provided external ID field does not exist or is not accessible: {name}"
            raise OrgRefused("NOT_FOUND", words, status=404)
        return made, known

    def find(self, sobject: str, name: str, value: str) -> list[str]:
        """The ids of the records with an external id."""
        made, known = self.external(sobject, name)
        return sorted(self._index.get((made.name, known.name, key_of(known, value)), ()))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is done inside, or, if an exception leaves it, nothing."""
        told, self._depth = len(self._changes), self._depth + 1
        try:
            yield
        except BaseException:
            while len(self._changes) > told:
                self._undo(self._changes.pop())
            raise
        finally:
            self._depth -= 1
            self._tell()

    def _undo(self, change: OrgChange) -> None:
        made, records = self.objects[change.sobject], self.records[change.sobject]
        there = records.pop(change.record_id, None)
        before = dict(change.before) or None
        if before is not None:
            records[change.record_id] = before
        self.deleted.discard(change.record_id)
        self._put(made, before, there)

    def upsert(self, sobject: str, name: str, value: str, fields: Mapping[str, Any], *, create: bool = True) -> Any:
        """Makes or changes the record with this external id: its id, and whether it was made."""
        made, known = self.external(sobject, name)
        found = self.find(sobject, name, value)
        if len(found) > 1:
            raise OrgAmbiguous(*found)
        if found:
            self.update(sobject, found[0], fields)
            return found[0], False
        if not create:
            raise OrgRefused("NOT_FOUND", "The requested resource does not exist", status=404)
        return self.create(made.name, {**fields, known.name: as_typed(known, value)}), True

    def create(self, sobject: str, fields: Mapping[str, Any]) -> str:
        """Makes a record, and answers its id."""
        made = self.sobject(sobject)
        if not made.may_create:
            raise OrgRefused("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"no create access to {made.name}", status=403)
        read = self._read(made, fields, "may_create")
        missing = [each.name for each in made.fields if each.required and read.get(each.name) is None]
        if missing:
            words = f"Required fields are missing: [{', '.join(missing)}]"
            raise OrgRefused("REQUIRED_FIELD_MISSING", words, *missing)
        self._check_unique(made, read, "")
        self._made += 1
        record_id, now = case_safe(made.prefix, self._made), self.clock.now().isoformat()
        record = {"Id": record_id, "CreatedDate": now, "LastModifiedDate": now, **read}
        self.records.setdefault(made.name, {})[record_id] = record
        self._put(made, record, None)
        self._changed(OrgChange(made.name, "CREATE", record_id, {}, dict(record), self.clock.now(), self.acting))
        return record_id

    def update(self, sobject: str, record_id: str, fields: Mapping[str, Any]) -> None:
        """Changes fields of a record; the others stay."""
        made, record = self.sobject(sobject), self.record(sobject, record_id)
        if not made.may_update:
            raise OrgRefused("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", status=403)
        if record["Id"] in self.locked:
            raise OrgRefused("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")
        read = self._read(made, fields, "may_update")
        emptied = [each.name for each in made.fields if each.required and each.name in read and read[each.name] is None]
        if emptied:
            words = f"Required fields are missing: [{', '.join(emptied)}]"
            raise OrgRefused("REQUIRED_FIELD_MISSING", words, *emptied)
        self._check_unique(made, read, record["Id"])
        before = dict(record)
        record.update(read, LastModifiedDate=self.clock.now().isoformat())
        self._put(made, record, before)
        self._changed(OrgChange(made.name, "UPDATE", record["Id"], before, dict(record), self.clock.now(), self.acting))

    def delete(self, sobject: str, record_id: str) -> None:
        """Deletes a record."""
        made, record = self.sobject(sobject), self.record(sobject, record_id)
        del self.records[made.name][record["Id"]]
        self._put(made, None, record)
        self.deleted.add(record["Id"])
        self.bin.setdefault(made.name, {})[record["Id"]] = {**record, "LastModifiedDate": self.clock.now().isoformat()}
        self._changed(OrgChange(made.name, "DELETE", record["Id"], record, {}, self.clock.now(), self.acting))

    def record(self, sobject: str, record_id: str) -> Record:
        """A record by its id, of 15 or 18 characters. Raises OrgRefused."""
        made = self.sobject(sobject)
        if not is_id(record_id):
            raise OrgRefused("MALFORMED_ID", f"bad id {record_id}", "Id")
        whole = record_id if len(record_id) == 18 else with_suffix(record_id)
        if whole in self.deleted:
            raise OrgRefused("ENTITY_IS_DELETED", "entity is deleted", status=404)
        found = self.records.get(made.name, {}).get(whole)
        if found is None:
            raise OrgRefused("NOT_FOUND", "Provided external ID field does not exist or is not accessible", status=404)
        return found

    def by(self, sobject: str, name: str, value: str) -> Record:
        """The one record with an external id, for whoever looks on."""
        (found,) = self.find(sobject, name, value)
        return self.records[self.sobject(sobject).name][found]

    def _read(self, made: OrgObject, fields: Mapping[str, Any], allowed: str) -> Record:
        read: Record = {}
        for name, value in fields.items():
            if name == "attributes":
                continue
            if name.endswith("__r") and isinstance(value, dict):
                read.update(self._referred(made, name, value))
                continue
            known = made.field(name)
            if known is None:
                words = f"No such column '{name}' on sobject of type {made.name}"
                raise OrgRefused("INVALID_FIELD", words, name)
            if not getattr(known, allowed):
                words = (
                    f"Unable to create/update fields: {known.name}. Please check the security settings of this field"
                )
                raise OrgRefused("INVALID_FIELD_FOR_INSERT_UPDATE", words, known.name)
            read[known.name] = None if value is None or value == "" else self._value(known, value)
        return read

    def _referred(self, made: OrgObject, name: str, value: Mapping[str, Any]) -> Record:
        """A reference by the external id of the other record: `{"Dose_Order__r": {"External_Reference__c": "…"}}`."""
        known = made.field(f"{name[:-1]}c")
        if known is None or not known.refers_to or len(value) != 1:
            raise OrgRefused("INVALID_FIELD", f"No such relation '{name}' on entity '{made.name}'.", name)
        ((external, wanted),) = value.items()
        found = self.find(known.refers_to, external, str(wanted))
        if len(found) != 1:
            words = f"Foreign key external ID: {wanted} not found for field {external} in entity {known.refers_to}"
            raise OrgRefused("INVALID_FIELD", words)
        return {known.name: found[0]}

    def _value(self, known: OrgField, value: Any) -> Any:
        return self._reference(known, value) if known.type == "reference" else value_of(known, value)

    def _reference(self, known: OrgField, value: Any) -> str:
        if not is_id(value):
            words = f"{known.name}: id value of incorrect type: {value}"
            raise OrgRefused("MALFORMED_ID", words, known.name)
        whole = value if len(value) == 18 else with_suffix(value)
        if whole in self.deleted:
            raise OrgRefused("ENTITY_IS_DELETED", "entity is deleted", known.name)
        if whole not in self.records.get(known.refers_to, {}):
            raise OrgRefused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", known.name)
        return whole

    def _check_unique(self, made: OrgObject, read: Record, own: str) -> None:
        for known in made.fields:
            value = read.get(known.name)
            if not known.unique or value is None:
                continue
            others = self._index.get((made.name, known.name, key_of(known, value)), set()) - {own}
            if others:
                words = f"duplicate value found: {known.name} duplicates value on record with id: {min(others)}"
                raise OrgRefused("DUPLICATE_VALUE", words, known.name)

    def _put(self, made: OrgObject, record: Record | None, instead_of: Record | None) -> None:
        """Keeps the index of external ids."""
        for known in made.fields:
            if not (known.external_id or known.unique):
                continue
            for each, add in ((instead_of, False), (record, True)):
                if each is not None and each.get(known.name) is not None:
                    ids = self._index.setdefault((made.name, known.name, key_of(known, each[known.name])), set())
                    (ids.add if add else ids.discard)(each["Id"])

    def _changed(self, change: OrgChange) -> None:
        self._changes.append(change)
        self._tell()

    def _tell(self) -> None:
        if self._depth:
            return
        changes, self._changes = self._changes, []
        for change in changes:
            for listener in self.listeners:
                listener(change)
