"""What is deprecated today, as a page; and what of what was released may go: pure rules, with the day passed in.

What was released counts, not what today's protos say: its readers were told of that day and of no other.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from doselane.type.v1.options_pb2 import Deprecation, deprecated_call, deprecated_field
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorSet

from services.kernel.deprecation import day
from tests.contracts.files import FOLDER

FILE = FOLDER / "deprecations.md"
_HEAD = """\
# What will go away

Made from the protos by `python -m tests.contracts deprecations`. Every answer to whoever uses one of these says so too
(`Deprecation`, `Sunset`, `Link`: headers over HTTP, metadata over gRPC).

"""
_NOTHING = "Nothing is deprecated.\n"
_TABLE = "| call or field | deprecated since | may be gone from | use instead | why |\n|---|---|---|---|---|\n"


def text(described: FileDescriptorSet) -> str:
    """The page."""
    rows = [
        f"| `{name}` | {_date(said)} | {_sunset(said) or 'not set yet'} | {said.replacement} | "
        f"{' '.join(filter(None, (said.reason, said.link and f'<{said.link}>')))} |\n"
        for name, said in sorted(declared_in(described).items())
    ]
    return _HEAD + (_TABLE + "".join(rows) if rows else _NOTHING)


def declared_in(described: FileDescriptorSet) -> Mapping[str, Deprecation]:
    """What is declared to go away, by full name: of calls and of fields."""
    return {name: said for name, said in (*_calls(described), *_fields(described)) if said is not None}


def fields_of(described: FileDescriptorSet) -> list[str]:
    """Full names of all fields of ours."""
    return [name for name, _ in _fields(described) if name.startswith("doselane.")]


def without_what_may_go(released: FileDescriptorSet, now: FileDescriptorSet, today: date) -> FileDescriptorSet:
    """`released` less what its readers know to be gone by today, and is: the rest is what must still be there."""
    left = FileDescriptorSet.FromString(released.SerializeToString())
    present = {name for name, _ in (*_calls(now), *_fields(now))}
    gone = {
        name
        for name, said in declared_in(released).items()
        if name not in present and (sunset := _sunset(said)) and sunset <= today
    }
    for file in left.file:
        for service in file.service:
            _keep(service.method, f"{file.package}.{service.name}", gone)
    for name, message in _messages(left):
        _keep(message.field, name, gone)
    return left


def broken_promises(released: FileDescriptorSet, now: FileDescriptorSet) -> list[str]:
    """What was promised of an end and is not held: a day that came nearer, a number or name of a field set free."""
    before, after = declared_in(released), declared_in(now)
    return [
        *(
            f"{name}: may be gone from {_sunset(after[name])} on, and {_sunset(said)} was promised"
            for name, said in before.items()
            if name in after and _sooner(said, after[name])
        ),
        *_set_free(released, now),
    ]


def _sooner(before: Deprecation, after: Deprecation) -> bool:
    promised, today = _sunset(before), _sunset(after)
    return bool(promised and today and today < promised)


def _set_free(released: FileDescriptorSet, now: FileDescriptorSet) -> Iterator[str]:
    present, declared = dict(_messages(now)), declared_in(released)
    for name, message in _messages(released):
        left = present.get(name)
        for field in message.field if left else ():
            assert left is not None
            if f"{name}.{field.name}" not in declared or any(each.name == field.name for each in left.field):
                continue
            numbers = [each for each in left.reserved_range if each.start <= field.number < each.end]
            if not numbers or field.name not in left.reserved_name:
                yield f'{name}.{field.name}: gone, so write `reserved {field.number}; reserved "{field.name}";`'


def _keep(declared: Any, owner: str, gone: set[str]) -> None:
    kept = [each for each in declared if f"{owner}.{each.name}" not in gone]
    del declared[:]
    declared.extend(kept)


def _calls(described: FileDescriptorSet) -> Iterator[tuple[str, Deprecation | None]]:
    for file in described.file:
        for service in file.service:
            for method in service.method:
                said = method.options.HasExtension(deprecated_call)
                name = f"{file.package}.{service.name}.{method.name}"
                yield name, method.options.Extensions[deprecated_call] if said else None


def _fields(described: FileDescriptorSet) -> Iterator[tuple[str, Deprecation | None]]:
    for name, message in _messages(described):
        for field in message.field:
            said = field.options.HasExtension(deprecated_field)
            yield f"{name}.{field.name}", field.options.Extensions[deprecated_field] if said else None


def _messages(described: FileDescriptorSet) -> Iterator[tuple[str, DescriptorProto]]:
    waiting = [(f"{file.package}.{each.name}", each) for file in described.file for each in file.message_type]
    while waiting:
        name, message = waiting.pop()
        yield name, message
        waiting += [(f"{name}.{each.name}", each) for each in message.nested_type]


def _date(said: Deprecation) -> date:
    return day(said.since_date).date()


def _sunset(said: Deprecation) -> date | None:
    return day(said.sunset_date).date() if said.HasField("sunset_date") else None


def today() -> date:
    """The day in UTC, as the dates of the protos are."""
    return datetime.now(UTC).date()
