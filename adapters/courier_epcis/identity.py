"""Which fact an event is: its own id, or a digest of what it says."""

import hashlib
import json
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

# Not part of what happened: who stored it when, what it is called, what its words mean, and that it was wrong.
_NOT_CONTENT = frozenset({"eventID", "recordTime", "errorDeclaration", "@context"})
COMPUTED = "urn:doselane:epcis:sha-256:"


def content(event: dict[str, Any]) -> bytes:
    """A digest of what the event says; the order of names and of lists does not matter, nor 1 against 1.0."""
    said = {name: value for name, value in event.items() if name not in _NOT_CONTENT}
    return hashlib.sha256(_canonical(said).encode()).digest()


def event_id(event: dict[str, Any]) -> str:
    """The sender's id of the event, or one made of its content, so that the same event gets the same id again."""
    return event.get("eventID") or COMPUTED + content(event).hex()


def key(event: dict[str, Any]) -> str:
    """What makes a fact one of a kind.

    EPCIS declares an event wrong by sending it again, under its id, with an error declaration. That is another fact.
    """
    declaration = event.get("errorDeclaration")
    if declaration is None:
        return event_id(event)
    return f"{event_id(event)}#error-{hashlib.sha256(_canonical(declaration).encode()).hexdigest()}"


def _canonical(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, dict):
        return "{" + ",".join([f"{_quoted(name)}:{_canonical(value[name])}" for name in sorted(value)]) + "}"
    if isinstance(value, list):
        return "[" + ",".join(sorted([_canonical(item) for item in value])) + "]"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value)
