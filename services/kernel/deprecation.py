"""What the protos say will go away, read once, and how an answer to whoever uses it says so.

Over HTTP the pairs are headers: `Deprecation` is a date as RFC 9651 writes it (RFC 9745), `Sunset` an HTTP-date
(RFC 8594), `Link` has the relation `deprecation`. Over gRPC the same pairs are metadata.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from doselane.type.v1.options_pb2 import Deprecation, deprecated_call, deprecated_field
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

Pairs = tuple[tuple[str, str], ...]

_OURS = "doselane."  # What others deprecate of theirs, and we refer to, they tell in their own way.
# No character that would end the address in a header.
_LINK = re.compile(r"https://[!#-;=?-\[\]_a-z~]+")


class DeprecationNotValid(ValueError):
    """A proto declares something to go away, and not in full: a fault in a proto."""


class Uses:
    """What of a call is deprecated: the call itself, and fields of its request. False if nothing is."""

    def __init__(self, method: MethodDescriptor) -> None:
        self._whole = declared(method)
        self._leading = _leading_to_deprecated(method.input_type)

    def __bool__(self) -> bool:
        return bool(self._whole or self._leading)

    def told(self, request: Message | None = None) -> Pairs:
        """What an answer says of the call, and of the fields that `request` sets, if it could be read; maybe nothing.

        Of several deprecations the first days are told, as RFC 9745 and RFC 8594 have one value each, and all links.
        """
        found = [self._whole] if self._whole else []
        if request is not None and self._leading:
            found += self._set_in(request)
        return pairs(found)

    def _set_in(self, message: Message) -> Iterator[Deprecation]:
        for field, value in message.ListFields():
            if said := declared(field):
                yield said
            if field.message_type and field.message_type.full_name in self._leading:
                for each in _messages(field, value):
                    yield from self._set_in(each)


def declared(of: MethodDescriptor | FieldDescriptor) -> Deprecation | None:
    """What a proto says of the end of a call or field; None if it says nothing. Raises DeprecationNotValid."""
    options = of.GetOptions()
    option: Any = deprecated_call if isinstance(of, MethodDescriptor) else deprecated_field
    if not options.HasExtension(option):
        if options.deprecated and of.full_name.startswith(_OURS):
            raise DeprecationNotValid(f"{of.full_name} is deprecated without ({option.full_name})")
        return None
    said: Deprecation = options.Extensions[option]
    if wrong := _wrong_with(said, deprecated=options.deprecated):
        raise DeprecationNotValid(f"{of.full_name}: ({option.full_name}) {wrong}")
    return said


def pairs(found: Sequence[Deprecation]) -> Pairs:
    """Names and values of headers, or of metadata, that tell of these."""
    if not found:
        return ()
    since = min(day(each.since_date) for each in found)
    told = [("deprecation", f"@{int(since.timestamp())}")]
    if sunsets := [day(each.sunset_date) for each in found if each.HasField("sunset_date")]:
        told.append(("sunset", format_datetime(min(sunsets), usegmt=True)))
    if links := dict.fromkeys(each.link for each in found if each.link):
        told.append(("link", ", ".join(f'<{link}>; rel="deprecation"' for link in links)))
    return tuple(told)


def day(date: Any) -> datetime:
    """The instant at which a `google.type.Date` begins, in UTC; raises ValueError if it is no day of the calendar."""
    return datetime(date.year, date.month, date.day, tzinfo=UTC)


def _wrong_with(said: Deprecation, *, deprecated: bool) -> str:
    if not deprecated:
        return "needs `deprecated = true` beside it"
    try:
        since = day(said.since_date)
        sunset = day(said.sunset_date) if said.HasField("sunset_date") else None
    except ValueError as wrong:
        return f"has a date that is none: {wrong}"
    if sunset and sunset <= since:
        return "ends before it begins: sunset_date must be after since_date"
    if not said.replacement:
        return "says no replacement"
    if said.link and not _LINK.fullmatch(said.link):
        return "has a link that is no https address"
    return ""


def _leading_to_deprecated(message: Descriptor) -> frozenset[str]:
    """Full names of the messages, from this one down, that have a deprecated field, or hold one that has."""
    seen: dict[str, Descriptor] = {}
    waiting = [message]
    while waiting:
        each = waiting.pop()
        if each.full_name not in seen:
            seen[each.full_name] = each
            waiting += [field.message_type for field in each.fields if field.message_type]
    found = {name for name, each in seen.items() if any(map(declared, each.fields))}
    while more := {name for name, each in seen.items() if name not in found and _held(each) & found}:
        found |= more
    return frozenset(found)


def _held(message: Descriptor) -> set[str]:
    return {field.message_type.full_name for field in message.fields if field.message_type}


def _messages(field: FieldDescriptor, value: Any) -> Iterator[Message]:
    """The messages in a field: itself, those of a list, or the values of a map."""
    if not field.is_repeated:
        yield value
    elif field.message_type.GetOptions().map_entry:
        yield from value.values()
    else:
        yield from value
