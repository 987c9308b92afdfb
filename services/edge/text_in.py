"""Messages that a query writes as one text: calendar dates as ISO 8601 does, field masks as protobuf JSON does."""

import re
from datetime import date

from google.protobuf.descriptor import Descriptor
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from google.type.date_pb2 import Date

from services.edge.json_in import meant
from services.kernel.errors import Invalid
from services.kernel.proto_names import field_named

ALL = "*"
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def set_text(message: Message, text: str, where: str, masked: Descriptor) -> bool:
    """Sets a message from a text, if it is one that has such a form; `masked` is what a field mask is about."""
    if isinstance(message, Date):
        _set_date(message, text, where)
    elif isinstance(message, FieldMask):
        message.paths.extend(_path(each, where, masked) for each in text.split(","))
    else:
        return False
    return True


def _set_date(message: Date, text: str, where: str) -> None:
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        found = date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{where} must be a date such as 2027-03-01.", field=where) from None
    message.year, message.month, message.day = found.year, found.month, found.day


def _path(path: str, where: str, masked: Descriptor) -> str:
    """A path of a mask as the service writes it; each step must be a field, and what is repeated has no steps."""
    if path == ALL:
        return path
    names: list[str] = []
    inner: Descriptor | None = masked
    for part in path.split("."):
        field = field_named(inner, part) if inner else None
        if field is None:
            told = f"{where} names {path[:80]!r}, which is no field of {masked.name}.{meant(inner, part)}"
            raise Invalid(told, field=where, path=path[:80])
        names.append(field.name)
        inner = None if field.is_repeated else field.message_type
    return ".".join(names)
