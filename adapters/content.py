"""What a message says, as one digest however it is spelled: its values are compared as what they are, not as texts.

As GS1's event hash (CBV 2.0, 8.9) does: instants in UTC, numbers by value, names by their canonical form, the order of
names and of lists left out, and what is empty is absent.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

from services.kernel.references import canonical

_DATE_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:]{8})(?:\.([0-9]+))?([Zz]|[+-][0-9]{2}:[0-9]{2})")
_EMPTY: tuple[Any, ...] = (None, "", [], {})

Spelling = Callable[[str], str]


def digest(value: Any, word: Spelling = canonical) -> bytes:
    """SHA-256 of what the value says. `word` gives a text that is no instant in its one spelling."""
    return hashlib.sha256(_written(value, word).encode()).digest()


def instant_text(text: str) -> str:
    """A date-time with its offset in UTC, to its last digit; any other text as it is."""
    if not (found := _DATE_TIME.fullmatch(text)):
        return text
    try:
        at = datetime.fromisoformat(found[1].upper() + found[3].upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return text
    fraction = (found[2] or "").rstrip("0")
    return f"{at:%Y-%m-%dT%H:%M:%S}{f'.{fraction}' if fraction else ''}Z"


def _written(value: Any, word: Spelling) -> str:
    if isinstance(value, str):
        return _quoted(instant_text(value) if value[:1].isdigit() else word(value))
    if isinstance(value, dict):
        said = sorted((name, each) for name, each in value.items() if each not in _EMPTY)
        return "{" + ",".join([f"{_quoted(name)}:{_written(each, word)}" for name, each in said]) + "}"
    if isinstance(value, list):
        return "[" + ",".join(sorted([_written(each, word) for each in value])) + "]"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value)
