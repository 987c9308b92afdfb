"""What the protos say will go away, in OpenAPI: what a header says of it must not stand in headers only."""

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor

from services.kernel.deprecation import day, declared

# The day from which on it may be gone; the word that tools which compare documents know (`x-sunset: 2027-09-01`).
SUNSET: Final = "x-sunset"
KEYWORDS: Final = ("deprecated", SUNSET)


def keywords(of: MethodDescriptor | FieldDescriptor) -> dict[str, Any]:
    """What stands beside the description of a call or field that will go away; nothing for any other."""
    said = declared(of)
    if said is None:
        return {}
    dated = {SUNSET: _date(said.sunset_date)} if said.HasField("sunset_date") else {}
    return {"deprecated": True, **dated}


def in_words(of: MethodDescriptor | FieldDescriptor) -> str:
    """Since when, until when, what instead, why and where more is said; empty for what stays."""
    said = declared(of)
    if said is None:
        return ""
    gone = f"may be gone from {_date(said.sunset_date)} on" if said.HasField("sunset_date") else "no end is set yet"
    told = [f"Deprecated since {_date(said.since_date)}, {gone}: use {said.replacement.rstrip('.')}."]
    if said.reason:
        told.append(said.reason)
    if said.link:
        told.append(f"See {said.link}.")
    return " ".join(told)


def described(of: MethodDescriptor | FieldDescriptor, words: str) -> str:
    """A description, which begins with the end of what it describes."""
    return f"{in_words(of)} {words}".strip()


def without(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema less these keywords, for a parameter, which has them itself."""
    return {name: value for name, value in schema.items() if name not in KEYWORDS}


def _date(date: Any) -> str:
    return day(date).date().isoformat()
