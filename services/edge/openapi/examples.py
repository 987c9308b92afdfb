"""Examples that a reader can recognise, made from what the names and comments of the protos say."""

import re
from hashlib import sha256
from typing import Any

from google.api.field_behavior_pb2 import IDENTIFIER, OUTPUT_ONLY, REQUIRED, field_behavior
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from services.edge.api import Api, Binding
from services.edge.openapi.bounds import bounds

_DEPTH_MAX = 6
# What a reader would have to look up first, or that would only be in the way.
_LEFT_OUT = ("etag", "page_token", "base_version")
_SUCH_AS = re.compile(r"such as `([^`{]+)`")
_PATTERN = re.compile(r"`(\w+/[^`\s]*\{[^`\s]*)`")
_VARIABLE = re.compile(r"\{(\w+)\}")

_FIXED: dict[str, Any] = {
    "google.type.Date": {"year": 2027, "month": 3, "day": 1},
    "google.protobuf.FieldMask": "displayName",
    "google.protobuf.Duration": "90s",
}
_SPECIFICATION = """\
specification: lu-ligand
version: 1
product: products/lu-ligand
edition: "2026"
tests:
- {test: sterility, class: AFTER_USE, method: culture, source: Ph. Eur. 2.6.1, presence: {}}
"""
# By what the field's name ends with, and for numbers by what it holds; the first that fits.
_TEXTS = (
    ("time_zone", "America/Chicago"),
    ("display_name", "An example"),
    ("patient_reference", "NLO-0042"),
    ("_reference", "PO-4711"),
    ("request_json", '{"name": "slots/0198c0de-7a3b-7000-8000-71934b94e99c", "reason": "As agreed with the centre"}'),
    ("summary", "Arrived at the hospital's loading dock."),
    ("reason", "As agreed with the centre"),
    ("cause", "The synthesis module leaked."),
    ("description", "The line stood still for ten minutes."),
    ("conclusion", "No effect on the product: nothing was being filled."),
    ("sha256", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    ("yaml", _SPECIFICATION),
)
_NUMBERS = (
    ("max_kbq", 20_000_000),
    ("kbq", 8_000_000),
    ("max_mbq", 14_800),
    ("min_mbq", 1_000),
    ("mbq", 7_400),
    ("shelf_life", 4320),
    ("minutes", 60),
    ("seconds", 50),
    ("yield_fraction", 0.8),
    ("fraction", 0.2),
    ("percentile", 95),
    ("percent", 50),
    ("page_size", 50),
    ("weeks", 4),
    ("doses", 40),
    ("places", 12),
    ("vials", 24),
)
_UUID = "0198c0de-7a3b-7000-8000-000000000001"
_LATER = re.compile(r"(?:^|_)(?:until|end|use_by)(?:_time|_date)?$")


class Examples:
    """Makes them; an example says only what a caller would."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def body(self, binding: Binding) -> Any:
        """The JSON body of a call."""
        message = binding.method.input_type
        if binding.body != "*":
            return self._value(message.fields_by_name[binding.body], 0)
        found = self.object_of(message, binding.template.fields, 0)
        if text := binding.text_body:
            shown = {message.fields_by_name[text.field].json_name: text.example}
            found = shown | found | shown
        return found

    def parameter(self, binding: Binding, field: FieldDescriptor) -> str | None:
        """The text of a query parameter, where its form is not plain."""
        if not field.message_type:
            return None
        kind = field.message_type.full_name
        if kind == "google.type.Date":
            return _day_of(field.name)
        if kind == "google.protobuf.FieldMask":
            settable = [each.json_name for each in binding.masked.fields if _is_settable(each)]
            return ",".join(settable[:2])
        return str(self._one(field, 0))

    def object_of(self, message: Descriptor, without: tuple[str, ...] = (), depth: int = 0) -> dict[str, Any]:
        """The JSON of a message, without some of its fields."""
        found: dict[str, Any] = {}
        groups: set[str] = set()
        for field in message.fields:
            group = field.containing_oneof.name if field.containing_oneof else field.name
            if field.name in without or group in groups or not self._is_said(field):
                continue
            value = self._value(field, depth + 1) if depth < _DEPTH_MAX else None
            if value is not None:
                found[field.json_name] = value
                groups.add(group)
        return found

    def _is_said(self, field: FieldDescriptor) -> bool:
        """Whether a caller sets it as a rule; filters say of themselves that they narrow."""
        return _is_settable(field) and not self._api.comment(field.full_name).startswith("Only ")

    def _value(self, field: FieldDescriptor, depth: int) -> Any:
        one = self._one(field, depth)
        return [one] if field.is_repeated and one is not None else one

    def _one(self, field: FieldDescriptor, depth: int) -> Any:
        if field.message_type:
            kind = field.message_type.full_name
            if kind == "google.protobuf.Timestamp":
                return f"{_day_of(field.name)}T08:00:00Z"
            if kind == "google.type.TimeOfDay":
                return {"hours": 16 if _LATER.search(field.name) else 8, "minutes": 30}
            return _FIXED[kind] if kind in _FIXED else self.object_of(field.message_type, (), depth)
        if field.enum_type:
            return field.enum_type.values[min(1, len(field.enum_type.values) - 1)].name
        if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            return self._text(field)
        if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
            return None  # False is what it is unless the caller says otherwise.
        return _number(field)

    def _text(self, field: FieldDescriptor) -> str | None:
        """As the comment says, or the name of a resource of the field's name, or what the end of its name suggests."""
        told = self._api.comment(field.full_name)
        if said := _SUCH_AS.search(told):
            return said[1]
        if field.type == FieldDescriptor.TYPE_BYTES:
            return "RG9zZWxhbmU="
        singular = self._api.singular_of.get(field.name, field.name)
        said = _PATTERN.search(told)
        if pattern := said[1] if said else self._api.pattern_of.get(singular, ""):
            named = _VARIABLE.sub(lambda found: f"{found[1].replace('_', '-')}-1", pattern)
            fits = re.fullmatch(bounds(field).get("pattern", ".*"), named)
            return named if fits else f"{named.rpartition('/')[0]}/{_UUID}"
        if field.name == "request_id":
            return _request_id(field)
        if field.name.endswith("_id"):
            return f"{field.name.removesuffix('_id').replace('_', '-')}-1"
        return next((text for end, text in _TEXTS if field.name.endswith(end)), None)


def _is_settable(field: FieldDescriptor) -> bool:
    behaviour = field.GetOptions().Extensions[field_behavior]
    left_out = field.name in _LEFT_OUT and REQUIRED not in behaviour
    return OUTPUT_ONLY not in behaviour and IDENTIFIER not in behaviour and not left_out


def _request_id(field: FieldDescriptor) -> str:
    """Another one for each call, so that whoever tries one after the other is not told of a mismatch."""
    return f"0198c0de-7a3b-7000-8000-{sha256(field.full_name.encode()).hexdigest()[:12]}"


def _day_of(name: str) -> str:
    """Monday the first of March, or a Monday later for what ends."""
    return "2027-03-29" if _LATER.search(name) else "2027-03-01"


def _number(field: FieldDescriptor) -> Any:
    value = next((number for part, number in _NUMBERS if part in field.name), 1)
    is_64_bits = field.cpp_type in (FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64)
    return str(value) if is_64_bits else value
