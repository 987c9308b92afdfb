"""Which fact an event is: its own id, or a digest of what it says."""

from typing import Any

from adapters import content as contents
from adapters.courier_epcis.codes import bare
from services.kernel.references import canonical

# Not part of what happened: who stored it when, what it is called, what its words mean, and that it was wrong.
_NOT_CONTENT = frozenset({"eventID", "recordTime", "errorDeclaration", "@context"})
COMPUTED = "urn:doselane:epcis:sha-256:"


def content(event: dict[str, Any]) -> bytes:
    """A digest of what the event says, however its instants, numbers, words and names are spelled."""
    return contents.digest({name: value for name, value in event.items() if name not in _NOT_CONTENT}, _spelled)


def event_id(event: dict[str, Any]) -> str:
    """The sender's id of the event, or one made of its content, so that the same event gets the same id again."""
    return event.get("eventID") or COMPUTED + content(event).hex()


def key(event: dict[str, Any]) -> str:
    """What makes a fact one of a kind.

    EPCIS declares an event wrong by sending it again, under its id, with an error declaration. That is another fact.
    """
    declaration = event.get("errorDeclaration")
    if declaration is None:
        return canonical(event_id(event))
    return f"{canonical(event_id(event))}#error-{contents.digest(declaration, _spelled).hex()}"


def _spelled(text: str) -> str:
    if ":" not in text:
        return text  # A bare word, or no name at all.
    return "+00:00" if text == "-00:00" else canonical(bare(text))
