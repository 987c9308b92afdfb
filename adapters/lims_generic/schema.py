"""Judges what a laboratory says by our JSON Schema, and tells all that is wrong at once."""

from collections.abc import Callable, Iterator
from importlib.resources import files
from itertools import islice
from typing import Any

from jsonschema_rs import ValidationError, validator_for

from adapters.manifest import Refused

SCHEMA = (files(__package__) / "results.schema.json").read_text("utf-8")
# What is wrong everywhere need not be told everywhere.
FOUND_MAX, TOLD_MAX = 1000, 20

# A value is never quoted: it may be long, and a result.
_VALIDATOR = validator_for(SCHEMA, mask="what is there")

Steps = tuple[str | int, ...]


def check(value: Any, reason: str, place: Callable[[Steps], str]) -> None:
    """Refuses a message that is not as the schema has it, with the place of each mistake."""
    found = (each for error in _VALIDATOR.iter_errors(value) for each in _told(error))
    if refused := [Refused(reason, words, place(steps)) for steps, words in islice(found, FOUND_MAX)]:
        raise together(refused)


def together(refused: list[Refused]) -> Refused:
    """One refusal that tells of all, with the reason and the place of the first."""
    first = refused[0]
    if len(refused) == 1:
        return first
    told = "; ".join(each.words for each in refused[:TOLD_MAX])
    return Refused(first.reason, f"{len(refused)} mistakes: {told}", first.place)


def _told(error: ValidationError) -> Iterator[tuple[Steps, str]]:
    kind: Any = error.kind  # each kind has fields of its own
    steps = tuple(error.instance_path)
    if kind.name == "required":
        yield (*steps, kind.property), "is missing"
    elif kind.name == "additionalProperties":
        yield from (((*steps, name), "is no field of the schema") for name in kind.unexpected)
    elif kind.name == "not":
        # The schema forbids one thing in this way.
        yield (*steps, "value"), "a pending analysis has no value yet"
    elif kind.name == "enum":
        yield steps, f"must be one of {', '.join(kind.options)}"
    elif kind.name == "pattern":
        yield steps, "must be a time such as 2026-12-01T08:30:00+01:00"
    else:
        yield steps, error.message.replace("what is there", "it")
