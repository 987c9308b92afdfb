"""The machine-readable twin: the same facts as canonical JSON (RFC 8785).

Numbers that were measured are texts, since JSON's own would lose their digits (1.00 becomes 1). Instants are in UTC.
What is not known is absent.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import rfc8785

from services.kernel.errors import Invalid
from services.quality.documents.units import number_text


def canonical(content: object) -> bytes:
    """The canonical JSON of plain values, dataclasses of facts among them."""
    return rfc8785.dumps(plain(content))


def plain(value: object) -> Any:
    """Facts as JSON's own values; what is not known is left out."""
    if is_dataclass(value):
        named = {one.name: getattr(value, one.name) for one in fields(value)}
        return {name: plain(one) for name, one in named.items() if one is not None}
    if isinstance(value, Mapping):
        return {str(plain(name)): plain(one) for name, one in value.items() if one is not None}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return _sound(value)
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return _scalar(value)


def utc_text(instant: datetime) -> str:
    """An instant in UTC after RFC 3339; one without a zone is refused, since nobody knows when it is."""
    if instant.tzinfo is None:
        raise Invalid("An instant must say its zone.", value=instant.isoformat())
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _sound(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Invalid("A text holds half of a character.", value=ascii(text)) from None
    return text


def _scalar(value: object) -> Any:
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise Invalid("A number must be finite.", value=value)
        return number_text(value)
    if value is None or isinstance(value, bool | int):
        return value
    raise Invalid("Documents hold no such value; a measured number is a decimal.", type=type(value).__name__)
