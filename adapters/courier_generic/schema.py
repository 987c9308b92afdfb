"""Judges what a courier says by our JSON Schema, a milestone at a time, and tells all that is wrong at once."""

import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from itertools import islice
from typing import Any

from jsonschema_rs import ValidationError, validator_for

from adapters.json_body import pointer
from adapters.manifest import Refused

SCHEMA = (files(__package__) / "milestones.schema.json").read_text("utf-8")
NOT_MILESTONES = "BODY_NOT_MILESTONES"
# What is wrong everywhere need not be told everywhere.
FOUND_MAX, TOLD_MAX = 200, 10

Steps = tuple[str | int, ...]
Place = Callable[[Steps], str]


def _envelope(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without what it says of each milestone, so that a wrong one keeps back none of the others."""
    properties = schema["properties"]
    milestones = {name: value for name, value in properties["milestones"].items() if name != "items"}
    return {**schema, "properties": {**properties, "milestones": milestones}}


_SCHEMA = json.loads(SCHEMA)
_MASK = "what is there"  # a value is never quoted: it may be long
_ENVELOPE = validator_for(_envelope(_SCHEMA), mask=_MASK)
_MILESTONE = validator_for({"$ref": "#/$defs/milestone", "$defs": _SCHEMA["$defs"]}, mask=_MASK)


def milestones_in(value: Any) -> list[Any]:
    """The milestones of a message, of which each is yet to be judged; Refused if it is none of ours."""
    if refused := _refusals(_ENVELOPE, value, NOT_MILESTONES, lambda steps: pointer(*steps)):
        raise together(refused)
    found: list[Any] = value["milestones"]
    return found


def check(milestone: Any, reason: str, place: Place) -> None:
    """Refuses a milestone that is not as the schema has it, with the place of each mistake."""
    if refused := _refusals(_MILESTONE, milestone, reason, place):
        raise together(refused)


def together(refused: list[Refused]) -> Refused:
    """One refusal that tells of all, with the reason and the place of the first."""
    first = refused[0]
    if len(refused) == 1:
        return first
    told = "; ".join(each.words for each in refused[:TOLD_MAX])
    return Refused(first.reason, f"{len(refused)} mistakes: {told}", first.place)


def _refusals(validator: Any, value: Any, reason: str, place: Place) -> list[Refused]:
    found = (each for error in validator.iter_errors(value) for each in _told(error))
    return [Refused(reason, words, place(steps)) for steps, words in islice(found, FOUND_MAX)]


def _told(error: ValidationError) -> Iterator[tuple[Steps, str]]:
    kind: Any = error.kind  # each kind has fields of its own
    steps = tuple(error.instance_path)
    if kind.name == "required":
        yield (*steps, kind.property), "is missing"
    elif kind.name == "additionalProperties":
        yield from (((*steps, name), "is no field of the schema") for name in kind.unexpected)
    elif kind.name == "enum":
        yield steps, f"must be one of {', '.join(kind.options)}"
    elif kind.name == "anyOf" and "readings" in steps:
        yield steps, "needs a value, a text, a minimum, a maximum, a mean or an alarm"
    elif kind.name == "anyOf":
        yield (*steps, "kind"), "is missing, and there is no code either"
    elif kind.name == "pattern":
        yield steps, _WANTED.get(str(steps[-1]), "is not written as it must be")
    else:
        yield steps, error.message.replace(_MASK, "it")


_TIME = "must be a time such as 2026-12-01T08:30:00+01:00"
_WANTED = {
    "occurred_at": _TIME,
    "measured_at": _TIME,
    "expected_delivery_at": f"{_TIME}, with its offset",
    "country": "must be a country's two letters, such as CH",
    "airport": "must be an IATA code, such as ZRH",
    "locode": "must be a UN/LOCODE, such as CHZRH",
    "unit": "must be a UN/CEFACT code, such as CEL",
    "zone": "must be a time zone such as Europe/Zurich",
}
