"""What a request must be like, whatever there is: judged by the rules that stand in the protos (buf.validate).

One rule needs no annotation: every instant is one of the calendar's range. And one annotation says more than it can by
itself: a CEL rule of a field whose id is `within.{name}` speaks of that field inside it, as of `pledged.vials`.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from buf.validate.validate_pb2 import DESCRIPTOR as RULES
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from protovalidate import EvaluationError, Validator

from services.kernel.errors import InvalidFields
from services.kernel.timestamps import WANTED, in_range

VIOLATIONS_TOLD_MAX = 100
WITHIN = "within."
_VALIDATOR = Validator()
_NOT_JUDGED = RULES.enum_types_by_name["Ignore"].values_by_name["IGNORE_ALWAYS"].number


class _Step(NamedTuple):
    """A field on the way to an instant."""

    name: str
    is_list: bool
    is_instant: bool


def require_shape(message: Message, at: str = "") -> None:
    """Refuses a message that breaks a rule of its proto, with all that is wrong, each with its field. `at`: what the
    message is a field of, such as `run`."""
    if violations := shape_violations(message):
        raise InvalidFields([(f"{at}.{field}" if at else field, wrong) for field, wrong in violations])


def shape_violations(message: Message) -> list[tuple[str, str]]:
    """What is wrong with a message by the rules of its proto: pairs of a field and words that continue its name."""
    beyond = [] if _all_instants(message) else list(_beyond(message, ""))
    try:
        # Of a request that is right this is an empty list, made without a look at anything in Python.
        violations = _VALIDATOR.collect_violations(message)
    except EvaluationError:
        # The rules' own calendar ends somewhere too: beyond it they cannot be judged, and the instant is what is wrong.
        if not beyond:
            raise
        return beyond[:VIOLATIONS_TOLD_MAX]
    return (beyond + [_told(each.proto) for each in violations[:VIOLATIONS_TOLD_MAX]])[:VIOLATIONS_TOLD_MAX]


def greatest(message: type[Message], field: str) -> int:
    """The greatest whole number that a field may have by the rules of its proto: for who must know it before a message
    is made."""
    rules = message.DESCRIPTOR.fields_by_name[field].GetOptions().Extensions[RULES.extensions_by_name["field"]]
    return int(getattr(rules, rules.WhichOneof("type")).lte)


def _all_instants(message: Message) -> bool:
    """Whether every instant in a message is one; asked of every request, so without a word of what is wrong."""
    for name, is_list, is_instant in _steps(message.DESCRIPTOR):
        if is_list:
            judge = in_range if is_instant else _all_instants
            if not all(map(judge, getattr(message, name))):
                return False
        elif message.HasField(name):
            value = getattr(message, name)
            if not (in_range(value) if is_instant else _all_instants(value)):
                return False
    return True


def _beyond(message: Message, path: str) -> Iterator[tuple[str, str]]:
    """The instants in a message that are none."""
    for name, is_list, is_instant in _steps(message.DESCRIPTOR):
        if not is_list and not message.HasField(name):
            continue
        value = getattr(message, name)
        for place, each in [("", value)] if not is_list else [(f"[{i}]", v) for i, v in enumerate(value)]:
            if not is_instant:
                yield from _beyond(each, f"{path}{name}{place}.")
            elif not in_range(each):
                yield f"{path}{name}{place}", WANTED


@cache
def _steps(described: Descriptor) -> tuple[_Step, ...]:
    """The fields of a message that are instants or hold some, but for what its proto does not have judged with it."""
    return tuple(
        _Step(field.name, field.is_repeated, _is_instant(field.message_type))
        for field in described.fields
        if _leads(field) and (_is_instant(field.message_type) or _holds_one(field.message_type, set()))
    )


def _holds_one(described: Descriptor, seen: set[str]) -> bool:
    if described.full_name in seen:
        return False
    seen.add(described.full_name)
    led = [field.message_type for field in described.fields if _leads(field)]
    return any(_is_instant(each) or _holds_one(each, seen) for each in led)


def _leads(field: FieldDescriptor) -> bool:
    if field.message_type is None or field.message_type.GetOptions().map_entry:
        return False
    rules = field.GetOptions().Extensions[RULES.extensions_by_name["field"]]
    return _NOT_JUDGED not in (rules.ignore, rules.repeated.items.ignore)


def _is_instant(described: Descriptor) -> bool:
    return bool(described.full_name == Timestamp.DESCRIPTOR.full_name)


def _told(violation: Any) -> tuple[str, str]:
    path = "".join(_part(each) for each in violation.field.elements).lstrip(".") if violation.field else ""
    words = violation.message.removeprefix("value ")
    if violation.rule_id.startswith(WITHIN):
        path = f"{path}.{violation.rule_id.removeprefix(WITHIN)}"
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
