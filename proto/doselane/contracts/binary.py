"""Contents in binary protobuf, as Pact's protobuf plugin writes them, read by the consumer's protos and by ours.

On the wire a field is its number and type; its name counts in matching rules and in programs. So what the consumer's
own descriptors say of each field that it sets is compared with ours, and then its values.
"""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from doselane.contracts.findings import ContractFinding, error, unknown
from doselane.contracts.judging import Subject, judge
from doselane.contracts.matching import MatchingRules
from doselane.contracts.pact import PactFile, PactInteraction, PactPart
from doselane.contracts.protos import Protos, reference
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.unknown_fields import UnknownFieldSet

PLUGIN = "protobuf"


def descriptors_of(pact: PactFile, interaction: PactInteraction) -> bytes | None:
    """The consumer's own protos (a FileDescriptorSet) that the plugin noted for an interaction; None: it did not."""
    said = next((each for name, each in pact.plugins.items() if "protobuf" in name), {})
    key = str(interaction.plugin.get(PLUGIN, {}).get("descriptorKey", ""))
    configuration = said.get("configuration") or {}
    noted = configuration.get(key, {}) if isinstance(configuration, Mapping) else {}
    written = noted.get("protoDescriptors") if isinstance(noted, Mapping) else None
    try:
        return base64.b64decode(written) if isinstance(written, str) else None
    except ValueError:
        return None


def media_parameter(part: PactPart, name: str) -> str:
    """A parameter of the media type that is noted of a message, such as `message`; empty: it has none."""
    told = part.header("contentType") or part.header("content-type") or ""
    for each in told.split(";")[1:]:
        key, _, value = each.partition("=")
        if key.strip() == name:
            return value.strip().strip('"').lstrip(".")
    return ""


def check_message(
    written: bytes,
    ours: type[Message],
    protos: Protos,
    rules: MatchingRules,
    part: str,
    *,
    descriptors: bytes | None = None,
    named: str = "",
) -> Iterator[ContractFinding]:
    """What of a binary message does not hold. Raises DecodeError where our message cannot be read from it."""
    message = ours.FromString(written)
    theirs = _read_by(descriptors, named or ours.DESCRIPTOR.name, written)
    if theirs is not None:
        yield from _fields(theirs, ours.DESCRIPTOR, part, "")
        yield from _numbers(theirs, part, "")
    elif descriptors is not None:
        words = f"the contract's own protos have no message {named or ours.DESCRIPTOR.name}, so names are not compared"
        yield unknown("PROTOS_NOT_READ", words, part)
    else:
        yield from _numbers(message, part, "")
    book = protos.book(ours.DESCRIPTOR, wire=True)
    yield from judge(Subject(_plain(message), reference(ours.DESCRIPTOR), book, rules, part=part))


def _read_by(descriptors: bytes | None, named: str, written: bytes) -> Message | None:
    """The message by the consumer's own protos."""
    if descriptors is None:
        return None
    try:
        pool = descriptor_pool.DescriptorPool()
        for file in FileDescriptorSet.FromString(descriptors).file:
            pool.Add(file)
        descriptor = _message_of(FileDescriptorSet.FromString(descriptors), pool, named)
        return GetMessageClass(descriptor).FromString(written) if descriptor else None
    except (DecodeError, TypeError, KeyError):
        return None


def _message_of(files: FileDescriptorSet, pool: Any, named: str) -> Descriptor | None:
    for file in files.file:
        for message in file.message_type:
            full = f"{file.package}.{message.name}".lstrip(".")
            if named in (message.name, full) or named.rpartition(".")[2] == message.name == full.rpartition(".")[2]:
                return pool.FindMessageTypeByName(full)
    return None


def _fields(theirs: Message, ours: Descriptor, part: str, pointer: str) -> Iterator[ContractFinding]:
    """The fields that the consumer sets, by what its protos say of them and what ours say of the same numbers."""
    for field, value in theirs.ListFields():
        here, number = f"{pointer}/{field.name}", field.number
        own = ours.fields_by_number.get(number)
        if own is None:
            named = ours.fields_by_name.get(field.name)
            hint = f"; `{field.name}` has number {named.number}" if named else ""
            yield error("FIELD_UNKNOWN", f"there is no field of number {number} in {ours.full_name}{hint}", part, here)
        elif own.name != field.name:
            yield error("FIELD_UNKNOWN", f"field {number} is `{own.name}`, not `{field.name}`", part, here)
        elif own.type != field.type or own.is_repeated != field.is_repeated:
            words = f"`{field.name}` is {_kind(own)}; in the contract it is {_kind(field)}"
            yield error("TYPE_DIFFERS", words, part, here)
        elif field.message_type and own.message_type and not field.message_type.GetOptions().map_entry:
            for index, each in enumerate(value if field.is_repeated else [value]):
                yield from _fields(each, own.message_type, part, f"{here}/{index}" if field.is_repeated else here)


def _numbers(message: Message, part: str, pointer: str) -> Iterator[ContractFinding]:
    """Fields whose numbers the message does not have."""
    for unread in UnknownFieldSet(message):
        name = message.DESCRIPTOR.full_name
        yield error("FIELD_UNKNOWN", f"there is no field of number {unread.field_number} in {name}", part, pointer)
    for field, value in message.ListFields():
        if field.message_type and not field.message_type.GetOptions().map_entry:
            for index, each in enumerate(value if field.is_repeated else [value]):
                here = f"{pointer}/{field.name}"
                yield from _numbers(each, part, f"{here}/{index}" if field.is_repeated else here)


def _plain(message: Message) -> dict[str, Any]:
    """What is set, by the names of the protos and in their types, as the plugin's matching rules go by."""
    found: dict[str, Any] = {}
    for field, value in message.ListFields():
        if field.message_type and field.message_type.GetOptions().map_entry:
            inner = field.message_type.fields_by_name["value"]
            found[field.name] = {str(key): _plain_one(inner, value[key]) for key in value}
        elif field.is_repeated:
            found[field.name] = [_plain_one(field, each) for each in value]
        else:
            found[field.name] = _plain_one(field, value)
    return found


def _plain_one(field: FieldDescriptor, value: Any) -> Any:
    if field.message_type:
        return _plain(value)
    if field.enum_type:
        named = field.enum_type.values_by_number.get(value)
        return named.name if named else value
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _kind(field: FieldDescriptor) -> str:
    kind = _KINDS.get(field.type, "something else")
    return f"a list of {kind}" if field.is_repeated else kind


_KINDS = {
    value: name.removeprefix("TYPE_").lower() for name, value in vars(FieldDescriptor).items() if name[:5] == "TYPE_"
}
