"""Partners' copies of events: which there are, and what is left out of them, by the options of the protos alone.

An event goes to a partner only if its message says so (`feed_event`). Fields that are `withheld` are left out wherever
they stand, and so is whatever the protos do not know.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache

from doselane.courier.v1 import events_pb2 as courier
from doselane.crm.v1 import events_pb2 as crm
from doselane.distribution.v1 import events_pb2 as distribution
from doselane.lims.v1 import events_pb2 as lims
from doselane.planning.v1 import events_pb2 as planning
from doselane.quality.v1 import events_pb2 as quality
from doselane.slotting.v1 import events_pb2 as slotting
from doselane.status.v1 import events_pb2 as status
from doselane.type.v1.options_pb2 import feed_event, withheld
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from services.kernel.event import Event
from services.streams.domain import EventCopy

Cut = Callable[[Message], None]

_PROTOS = (courier, crm, distribution, lims, planning, quality, slotting, status)
_MESSAGES: Mapping[str, Descriptor] = {
    described.GetOptions().Extensions[feed_event]: described
    for proto in _PROTOS
    for described in proto.DESCRIPTOR.message_types_by_name.values()
    if described.GetOptions().HasExtension(feed_event)
}
FEED_TYPES = frozenset(_MESSAGES)
TOPICS = tuple(sorted({".".join(each.split(".", 2)[:2]) for each in FEED_TYPES}))


def data_name(event_type: str) -> str:
    """The full name of the message that events of a type carry."""
    return _MESSAGES[event_type].full_name


def copies_of(event: Event) -> Iterator[EventCopy]:
    """What partners are told of an event: nothing, if it is the manufacturer's own."""
    if event.partner and event.type in FEED_TYPES:
        yield EventCopy(
            event.partner,
            event.id,
            event.type,
            event.source,
            event.subject,
            event.time,
            event.traceparent,
            redacted(_MESSAGES[event.type], event.data),
        )


def redacted(described: Descriptor, data: bytes) -> bytes:
    """A message as partners may see it. DecodeError if it is none of its kind."""
    message = GetMessageClass(described).FromString(data)
    message.DiscardUnknownFields()
    _without_withheld(message)
    return message.SerializeToString(deterministic=True)


def _without_withheld(message: Message) -> None:
    cleared, entered = _plan(message.DESCRIPTOR)
    for name in cleared:
        message.ClearField(name)
    for field in entered:
        value = getattr(message, field.name)
        if field.is_repeated:
            for each in value.values() if field.message_type.GetOptions().map_entry else value:
                _without_withheld(each)
        elif message.HasField(field.name):
            _without_withheld(value)


@cache
def _plan(described: Descriptor) -> tuple[tuple[str, ...], tuple[FieldDescriptor, ...]]:
    """What to clear of a message of this kind, and in which of its fields something may stand that is to be cleared."""
    cleared = tuple(field.name for field in described.fields if is_withheld(field))
    entered = tuple(
        field
        for field in described.fields
        if field.message_type and field.name not in cleared and _has_withheld(field.message_type)
    )
    return cleared, entered


def _has_withheld(described: Descriptor) -> bool:
    return any(is_withheld(field) for each in reached(described) for field in each.fields)


def is_withheld(field: FieldDescriptor) -> bool:
    """Whether a field is not for partners."""
    return bool(field.GetOptions().Extensions[withheld])


def reached(described: Descriptor, known: frozenset[str] = frozenset()) -> Iterator[Descriptor]:
    """The kinds of messages that may stand in one of this kind as partners see it, itself included."""
    yield described
    known |= {described.full_name}
    for field in described.fields:
        if field.message_type and field.message_type.full_name not in known and not is_withheld(field):
            yield from reached(field.message_type, known)
