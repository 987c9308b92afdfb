"""What the rules in the protos (buf.validate) say of a field, in the words of JSON Schema as OpenAPI 3.0 has it."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import FieldDescriptor

from services.kernel.rpc.shape import WITHIN

_SAYS = (
    ("gte", {"minimum": None}),
    ("gt", {"minimum": None, "exclusiveMinimum": True}),
    ("lte", {"maximum": None}),
    ("lt", {"maximum": None, "exclusiveMaximum": True}),
)
_OF_TEXTS: Mapping[str, str] = {
    "pattern": "pattern",
    "min_len": "minLength",
    "max_len": "maxLength",
    "max_bytes": "maxLength",
}
_OF_LISTS: Mapping[str, str] = {"min_items": "minItems", "max_items": "maxItems"}
# 64-bit numbers are texts in JSON, and texts have no least and greatest: their bounds are told in words.
_LONG = {"int64": "^-?[0-9]+$", "uint64": "^[0-9]+$"}
_IN_WORDS = {"gte": "at least", "gt": "more than", "lte": "at most", "lt": "less than"}
_NUMBERS = ("int32", "uint32", "double", "float")


def bounds(field: FieldDescriptor) -> dict[str, Any]:
    """The bounds of a field that stands alone, or those of a list itself."""
    rules = _rules(field)
    return _said(rules.repeated, _OF_LISTS) if field.is_repeated else _of_value(rules)


def bounds_of_items(field: FieldDescriptor) -> dict[str, Any]:
    """The bounds of each item of a list."""
    return _of_value(_rules(field).repeated.items)


def in_words(field: FieldDescriptor) -> str:
    """What no keyword can tell, as sentences: the bounds of 64-bit numbers, and rules of several fields; empty if there
    is nothing."""
    rules = _rules(field)
    kind = rules.WhichOneof("type")
    told = []
    if kind in _LONG:
        numbers = getattr(rules, kind)
        least = [f"{words} {getattr(numbers, name)}" for name, words in _IN_WORDS.items() if numbers.HasField(name)]
        told = [f"A whole number, {' and '.join(least)}."] if least else []
    return " ".join([*told, *(_rule_told(field, rule) for rule in rules.cel)])


def _rule_told(field: FieldDescriptor, rule: Any) -> str:
    """A rule of a message, or of one field within it: "`vials` must be at least 1."."""
    if not rule.id.startswith(WITHIN):
        return f"{rule.message[:1].upper()}{rule.message[1:]}."
    return f"`{field.message_type.fields_by_name[rule.id.removeprefix(WITHIN)].json_name}` {rule.message}."


def is_bounded(field: FieldDescriptor) -> bool:
    """Whether there is anything to say."""
    return bool(bounds(field) or (field.is_repeated and bounds_of_items(field)))


def _rules(field: FieldDescriptor) -> Any:
    return field.GetOptions().Extensions[descriptor_pool.Default().FindExtensionByName("buf.validate.field")]


def _of_value(rules: Any) -> dict[str, Any]:
    kind = rules.WhichOneof("type")
    if kind == "string":
        return _said(rules.string, _OF_TEXTS)
    if kind in _LONG:
        pattern = _LONG[kind]
        return {"pattern": pattern.replace("-?", "") if _is_natural(getattr(rules, kind)) else pattern}
    found: dict[str, Any] = {}
    if kind in _NUMBERS:
        numbers = getattr(rules, kind)
        for name, words in _SAYS:
            if numbers.HasField(name):
                found |= {word: getattr(numbers, name) if told is None else told for word, told in words.items()}
    return found


def _is_natural(numbers: Any) -> bool:
    return any(numbers.HasField(name) and getattr(numbers, name) >= 0 for name in ("gte", "gt"))


def _said(rules: Any, words: Mapping[str, str]) -> dict[str, Any]:
    return {word: getattr(rules, name) for name, word in words.items() if rules.HasField(name)}
