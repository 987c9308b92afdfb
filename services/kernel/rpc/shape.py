"""What a request must be like, whatever there is: judged by the rules that stand in the protos (buf.validate)."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from protovalidate import EvaluationError, Validator

from services.kernel.errors import InvalidFields
from services.kernel.timestamps import WANTED, in_range

VIOLATIONS_TOLD_MAX = 100
_VALIDATOR = Validator()


def require_shape(request: Message) -> None:
    """Refuses a request that breaks a rule of its proto, with all that is wrong, each with its field."""
    if violations := shape_violations(request):
        raise InvalidFields(violations)


def shape_violations(message: Message) -> list[tuple[str, str]]:
    """What is wrong with a message by the rules of its proto: pairs of a field and words that continue its name."""
    try:
        # Of a request that is right this is an empty list, made without a look at anything in Python.
        violations = _VALIDATOR.collect_violations(message)
    except EvaluationError:
        # The rules' own calendar ends somewhere too: beyond it they cannot be judged, and the instant is what is wrong.
        if not (beyond := list(_beyond(message, ""))):
            raise
        return beyond[:VIOLATIONS_TOLD_MAX]
    return [_told(each.proto) for each in violations[:VIOLATIONS_TOLD_MAX]]


def _beyond(message: Message, path: str) -> Iterator[tuple[str, str]]:
    """The instants in a message that are none."""
    if isinstance(message, Timestamp):
        if not in_range(message):
            yield path.lstrip("."), WANTED
        return
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        for place, each in [("", value)] if not field.is_repeated else [(f"[{i}]", v) for i, v in enumerate(value)]:
            yield from _beyond(each, f"{path}.{field.name}{place}")


def _told(violation: Any) -> tuple[str, str]:
    path = "".join(_part(each) for each in violation.field.elements).lstrip(".") if violation.field else ""
    words = violation.message.removeprefix("value ")
    if violation.rule_id == "string.pattern":
        words = _pattern_told(words)
    return path, words


def _part(element: Any) -> str:
    """A step of a path: `.allotments[2]`."""
    subscript = element.subscript
    return f".{element.field_name}" + (f"[{subscript.value}]" if subscript is not None else "")


def _pattern_told(words: str) -> str:
    """A pattern in words, if it begins with a collection: a name of it; else the pattern itself."""
    pattern = words.partition("`")[2].rpartition("`")[0]
    names = [part for part in pattern.strip("^$").split("/") if part.isalpha()]
    if names:
        return "must look like " + "/".join(f"{name}/{{id}}" if name != "availability" else name for name in names)
    return f"must match {pattern}"
