"""What a request must be like, whatever there is: judged by the rules that stand in the protos (buf.validate)."""

from typing import Any

from google.protobuf.message import Message
from protovalidate import Validator

from services.kernel.errors import InvalidFields

VIOLATIONS_TOLD_MAX = 100
_VALIDATOR = Validator()


def require_shape(request: Message) -> None:
    """Refuses a request that breaks a rule of its proto, with all that is wrong, each with its field."""
    # Of a request that is right this is an empty list, made without a look at anything in Python.
    if violations := _VALIDATOR.collect_violations(request):
        raise InvalidFields([_told(each.proto) for each in violations[:VIOLATIONS_TOLD_MAX]])


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
