"""Partners' copies of events: which there are, and what is left out of them, by the options of the protos alone.

An event goes to a partner only if its message says so (`feed_event`): to the one that it belongs to, or to those that
its message names (`audience`). Fields that are `withheld` are left out wherever they stand, entries that have an owner
go to their owner only, of the names of partners each gets its own, and whatever the protos do not know is left out too.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from doselane.capacity.v1 import events_pb2 as capacity
from doselane.courier.v1 import events_pb2 as courier
from doselane.crm.v1 import events_pb2 as crm
from doselane.distribution.v1 import events_pb2 as distribution
from doselane.lims.v1 import events_pb2 as lims
from doselane.masterdata.v1 import events_pb2 as masterdata
from doselane.planning.v1 import events_pb2 as planning
from doselane.quality.v1 import events_pb2 as quality
from doselane.slotting.v1 import events_pb2 as slotting
from doselane.status.v1 import events_pb2 as status
from doselane.streams.v1 import events_pb2 as streams
from doselane.tower.v1 import events_pb2 as tower
from doselane.type.v1.options_pb2 import audience, feed_event, own_name, owner_field, withheld
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from services.kernel.event import Event
from services.streams.domain import EventCopy

_PROTOS = (
    capacity,
    courier,
    crm,
    distribution,
    lims,
    masterdata,
    planning,
    quality,
    slotting,
    status,
    streams,
    tower,
)
_MESSAGES: Mapping[str, Descriptor] = {
    described.GetOptions().Extensions[feed_event]: described
    for proto in _PROTOS
    for described in proto.DESCRIPTOR.message_types_by_name.values()
    if described.GetOptions().HasExtension(feed_event)
}
FEED_TYPES = frozenset(_MESSAGES)


def data_name(event_type: str) -> str:
    """The full name of the message that events of a type carry."""
    return _MESSAGES[event_type].full_name


def copy_of(event: Event, partner: str) -> EventCopy:
    """An event as a partner sees it that may see it. DecodeError if its data is none of its kind."""
    return EventCopy(
        partner,
        event.id,
        event.type,
        event.source,
        event.subject,
        event.time,
        event.traceparent,
        redacted(_MESSAGES[event.type], event.data, partner),
    )


def audience_of(event: Event) -> Sequence[str]:
    """The partners that an event names as those that may hear of it, as it belongs to none."""
    described = _MESSAGES[event.type]
    named = [field.name for field in described.fields if field.GetOptions().Extensions[audience]]
    message = GetMessageClass(described).FromString(event.data)
    return [partner for name in named for partner in getattr(message, name)]


def redacted(described: Descriptor, data: bytes, partner: str) -> bytes:
    """A message of a kind as a partner may see it."""
    message = GetMessageClass(described).FromString(data)
    message.DiscardUnknownFields()
    _leave_out(message, partner)
    return message.SerializeToString(deterministic=True)


class _Plan(NamedTuple):
    """What is left out of a message of some kind."""

    cleared: tuple[str, ...]
    owned: tuple[tuple[str, str], ...]  # a field whose entries have an owner, and their field that names it
    named: tuple[str, ...]  # a field that names partners
    entered: tuple[FieldDescriptor, ...]  # within these, something may have to be left out


def _leave_out(message: Message, partner: str) -> None:
    plan = _plan(message.DESCRIPTOR)
    for name in plan.cleared:
        message.ClearField(name)
    for name, owner in plan.owned:
        own = [entry for entry in getattr(message, name) if getattr(entry, owner) == partner]
        message.ClearField(name)
        getattr(message, name).extend(own)
    for name in plan.named:
        own = [each for each in getattr(message, name) if each == partner]
        message.ClearField(name)
        getattr(message, name).extend(own)
    for field in plan.entered:
        for each in _messages_in(message, field):
            _leave_out(each, partner)


def _messages_in(message: Message, field: FieldDescriptor) -> Iterator[Message]:
    value = getattr(message, field.name)
    if field.is_repeated:
        yield from value.values() if field.message_type.GetOptions().map_entry else value
    elif message.HasField(field.name):
        yield value


@cache
def _plan(described: Descriptor) -> _Plan:
    shown = [field for field in described.fields if not is_withheld(field)]
    owners = {field.name: field.GetOptions().Extensions[owner_field] for field in shown}
    return _Plan(
        cleared=tuple(field.name for field in described.fields if is_withheld(field)),
        owned=tuple((name, owner) for name, owner in owners.items() if owner),
        named=tuple(field.name for field in shown if field.GetOptions().Extensions[own_name]),
        entered=tuple(field for field in shown if field.message_type and _is_entered(field)),
    )


def _is_entered(field: FieldDescriptor) -> bool:
    within = (each for kind in reached(field.message_type) for each in kind.fields)
    return any(
        is_withheld(each) or each.GetOptions().Extensions[owner_field] or each.GetOptions().Extensions[own_name]
        for each in within
    )


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
