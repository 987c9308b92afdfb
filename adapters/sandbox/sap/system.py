"""What an SAP system holds, and what is done to it: entities by their metadata, in memory, all or nothing."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from adapters.sandbox.sap.business import NUMBERED, REQUIRED_FIELDS, made
from adapters.sandbox.sap.edmx import TwinField, TwinService, TwinType, packaged, service_of
from adapters.sandbox.sap.events import CloudEvent, Listener, event_of
from adapters.sandbox.sap.refusals import INVALID, NOT_ALLOWED, NOT_FOUND, REQUIRED, GatewayRefusal, refused
from adapters.sandbox.sap.values import NotAccepted, initial, padded, stored, ticks
from services.kernel.clock import Clock

Record = dict[str, Any]
Key = tuple[Any, ...]


class SapSystem:
    """The entities of some services. `listeners` hear of business events once what they tell is stored."""

    def __init__(self, clock: Clock, documents: Mapping[str, bytes] | None = None) -> None:
        given = packaged() if documents is None else documents
        self.services = {name: service_of(name, document) for name, document in given.items()}
        self._clock, self._last = clock, clock.now()
        self._records: dict[tuple[str, str], dict[Key, Record]] = {}
        self._numbers: dict[str, int] = {}
        self._pending: list[CloudEvent] = []
        self.listeners: list[Listener] = []
        self.events_with_zeros = True

    @contextmanager
    def unit(self) -> Iterator[None]:
        """All that is done inside, or nothing; events are told afterwards."""
        before, numbers = copy.deepcopy(self._records), dict(self._numbers)
        try:
            yield
        except BaseException:
            self._records, self._numbers, self._pending = before, numbers, []
            raise
        told, self._pending = self._pending, []
        for event in told:
            for listener in self.listeners:
                listener(event)

    def today(self) -> str:
        """The day, as a DateTime."""
        midnight = self._clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        return f"/Date({ticks(midnight)})/"

    # Reading.

    def all(self, service: TwinService, entity: TwinType) -> list[Record]:
        """The entities of a type, by key."""
        return [each for _, each in sorted(self._records.get((service.namespace, entity.name), {}).items())]

    def find(self, service: TwinService, entity: TwinType, key: Key) -> Record:
        """One entity; its key may be given without zeros."""
        wanted = tuple(_keyed(entity.fields[name], each) for name, each in zip(entity.key, key, strict=True))
        found = self._records.get((service.namespace, entity.name), {}).get(wanted)
        if found is None:
            raise GatewayRefusal(404, NOT_FOUND, f"Resource not found for '{entity.name}' with key {', '.join(wanted)}")
        return found

    def linked(self, service: TwinService, entity: TwinType, record: Record, link: str) -> list[Record]:
        """Where a navigation leads: to what has the same values in the fields of the key that both have."""
        target = service.types[entity.links[link].target]
        shared = [name for name in entity.key if name in target.fields]
        if len(shared) != len(entity.key):
            shared = [name for name in target.key if name in entity.fields]
        return [each for each in self.all(service, target) if all(each[name] == record[name] for name in shared)]

    # Writing.

    def put(self, service_name: str, set_name: str, **values: Any) -> Record:
        """What people did in the system itself: an entity with these values, whatever may be set from outside."""
        service = self.services[service_name]
        entity = service.sets[set_name].type
        with self.unit():
            record = self._filled(entity, {name: stored(entity.fields[name], each) for name, each in values.items()})
            self._add(service, entity, record)
        return record

    def edit(self, service_name: str, set_name: str, key: Sequence[str], **values: Any) -> Record:
        """The same with an entity that is there."""
        service = self.services[service_name]
        entity = service.sets[set_name].type
        with self.unit():
            record = self.find(service, entity, tuple(key))
            record |= {name: stored(entity.fields[name], each) for name, each in values.items()}
            self.touch(service, entity, record)
        return record

    def create(
        self, service: TwinService, entity: TwinType, body: Mapping[str, Any], above: tuple[TwinType, Record] | None
    ) -> Record:
        """An entity with those below it; `above` is the one below which it stands."""
        given = _checked(entity, {name: each for name, each in body.items() if name not in entity.links}, "creatable")
        if above is not None:
            given |= {name: above[1][name] for name in above[0].key if name in entity.fields}
        self._number(service, entity, given)
        for name in REQUIRED_FIELDS.get(entity.name, ()):
            if name in entity.fields and given.get(name) in (None, ""):
                raise refused(REQUIRED, f"Enter a value for {name}", name)
        record = self._filled(entity, given)
        self._add(service, entity, record, is_quiet=above is not None)
        for name, below in body.items():
            if name in entity.links:
                self._create_below(service, entity, record, name, below)
        made(self, service, entity, record)
        return record

    def change(self, service: TwinService, entity: TwinType, record: Record, body: Mapping[str, Any]) -> None:
        """Fields of an entity."""
        for name in body:
            if name in entity.links:
                raise refused(INVALID, f"Deep update of '{name}' is not supported", name)
            if name in entity.key:
                raise refused(INVALID, f"Property '{name}' is a key and cannot be changed", name)
        record |= _checked(entity, body, "updatable")
        self.touch(service, entity, record)

    def remove(self, service: TwinService, entity: TwinType, record: Record) -> None:
        """An entity, with those below it."""
        for link in entity.links.values():
            target = service.types[link.target]
            if link.is_many and target.key[: len(entity.key)] == entity.key:
                for each in self.linked(service, entity, record, link.name):
                    self.remove(service, target, each)
        del self._records[service.namespace, entity.name][_key_of(entity, record)]
        self._touch_above(service, entity, record)

    def touch(self, service: TwinService, entity: TwinType, record: Record, operation: str = "Changed") -> None:
        """The entity is another one now: its ETag, the entity above it, and whoever listens, know."""
        self._mark(entity, record)
        if operation == "Changed" and "LastChangeDate" in entity.fields:
            record["LastChangeDate"] = self.today()
        event = event_of(
            entity.name, str(record[entity.key[0]]), operation, self._clock.now(), with_zeros=self.events_with_zeros
        )
        if event is not None:
            self._pending.append(event)
        if operation != "Created" or len(entity.key) > 1:
            self._touch_above(service, entity, record)

    def _touch_above(self, service: TwinService, entity: TwinType, record: Record) -> None:
        if len(entity.key) == 1:
            return
        for each in service.types.values():
            if each.key == entity.key[:1] and any(link.target == entity.name for link in each.links.values()):
                parents = self._records.get((service.namespace, each.name), {})
                if (parent := parents.get((record[entity.key[0]],))) is not None:
                    self.touch(service, each, parent)

    def _mark(self, entity: TwinType, record: Record) -> None:
        """No two changes have one ETag, however quickly they follow each other."""
        if (field := entity.etag_field) is None:
            return
        self._last = max(self._last + timedelta(seconds=1), self._clock.now().replace(microsecond=0))
        if field.type == "DateTimeOffset":
            record[field.name] = f"/Date({ticks(self._last)}+0000)/"
        elif field.length_max == 14:
            record[field.name] = self._last.strftime("%Y%m%d%H%M%S")
        else:
            record[field.name] = f"{int(record[field.name] or 0) + 1:0{field.length_max or 4}}"

    def _create_below(self, service: TwinService, entity: TwinType, record: Record, name: str, below: Any) -> None:
        entities = below.get("results") if isinstance(below, dict) and "results" in below else below
        if not entity.links[name].is_many or not isinstance(entities, list):
            raise refused(INVALID, f"'{name}' takes an array of entities", name)
        target = service.types[entity.links[name].target]
        for each in entities:
            if not isinstance(each, dict):
                raise refused(INVALID, f"'{name}' takes an array of entities", name)
            self.create(service, target, each, (entity, record))

    def _number(self, service: TwinService, entity: TwinType, given: Record) -> None:
        """Numbers what the system numbers, with zeros before it."""
        numbered = NUMBERED.get(entity.name)
        for name in entity.key:
            field = entity.fields[name]
            if given.get(name) in (None, ""):
                if numbered is None or name != numbered.field:
                    raise refused(REQUIRED, f"Enter a value for {name}", name)
                given[name] = self._next(service, entity, given, numbered.first, numbered.step)
            given[name] = _keyed(field, given[name])

    def _next(self, service: TwinService, entity: TwinType, given: Record, first: int, step: int) -> str:
        *above, last = entity.key
        if not above:
            number = self._numbers.get(entity.name, first - step) + step
            self._numbers[entity.name] = number
            return str(number)
        beside = [each for each in self.all(service, entity) if all(each[name] == given[name] for name in above)]
        return str(max((int(each[last]) + step for each in beside if each[last].isdigit()), default=first))

    def _filled(self, entity: TwinType, given: Record) -> Record:
        filled = {name: given.get(name, initial(field)) for name, field in entity.fields.items()}
        return filled | {name: _keyed(entity.fields[name], filled[name]) for name in entity.key}

    def _add(self, service: TwinService, entity: TwinType, record: Record, *, is_quiet: bool = False) -> None:
        there = self._records.setdefault((service.namespace, entity.name), {})
        if (key := _key_of(entity, record)) in there:
            raise refused(NOT_ALLOWED, f"{entity.name} {', '.join(map(str, key))} already exists")
        there[key] = record
        if is_quiet:
            self._mark(entity, record)
        else:
            self.touch(service, entity, record, "Created")


def _checked(entity: TwinType, body: Mapping[str, Any], may: str) -> Record:
    kept = {}
    for name, given in body.items():
        field = entity.fields.get(name)
        if name == "__metadata":
            continue
        if field is None:
            raise refused(INVALID, f"Property '{name}' is invalid", name)
        if not getattr(field, may):
            raise refused(NOT_ALLOWED, f"Property '{name}' is not {may}", name)
        try:
            kept[name] = stored(field, given)
        except NotAccepted as wrong:
            raise refused(INVALID, str(wrong), name) from None
    return kept


def _key_of(entity: TwinType, record: Record) -> Key:
    return tuple(record[name] for name in entity.key)


def _keyed(field: TwinField, given: Any) -> Any:
    return padded(field, given) if isinstance(given, str) else given
