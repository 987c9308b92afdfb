"""Resources as a YAML text that can be read again: protobuf JSON without output fields, names as in the proto."""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from services.masterdata.documents.kinds import ResourceKind
from services.masterdata.documents.views import content_of
from services.masterdata.domain import Version
from services.masterdata.domain.refusals import ExportTooLarge

# An answer holds 4 MiB at most, and a little of that is not the text.
TEXT_BYTES_MAX = 4 * 1024 * 1024 - 64 * 1024
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def written(found: Mapping[ResourceKind, Iterable[Version]], partner: str | None) -> str:
    """The resources of each kind as a partner (None: an operator) sees them."""
    plain = {
        kind.collection: [_plain(content_of(version, partner)) for version in versions]
        for kind, versions in found.items()
    }
    text: str = yaml.dump(plain, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=120)
    if len(text.encode()) > TEXT_BYTES_MAX:
        raise ExportTooLarge(
            "This is more than one answer can hold; export one collection at a time.",
            field="collections",
            bytes_max=TEXT_BYTES_MAX,
        )
    return text


def _plain(message: Message) -> dict[str, Any]:
    """What is set in a message. Numbers are numbers, also those of 64 bits, which JSON would put into quotes."""
    return {
        field.name: [_value(field, each) for each in value] if field.is_repeated else _value(field, value)
        for field, value in message.ListFields()
    }


def _value(field: FieldDescriptor, value: Any) -> Any:
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return known.name if known else value
    if field.message_type is None:
        return value
    return value.ToJsonString() if field.message_type.full_name == "google.protobuf.Timestamp" else _plain(value)
