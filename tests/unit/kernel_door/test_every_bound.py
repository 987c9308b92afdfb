"""Each bound of each proto: what lies on it is taken, what lies beyond is refused, by the judge of every call."""

import re
from collections.abc import Iterator
from math import inf, nextafter
from typing import Any, NamedTuple

from doselane.masterdata.v1.resources_pb2 import Product
from google.api.field_behavior_pb2 import REQUIRED, field_behavior
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from services.edge.api import load
from services.kernel.rpc.shape import shape_violations

WHOLE = ("int32", "int64", "uint32", "uint64")
FRACTIONS = ("double", "float")


class Bound(NamedTuple):
    """A bound of a field: the last value that is taken, and the first that is not."""

    field: FieldDescriptor
    rule: str
    within: Any
    beyond: Any


def test_what_lies_on_a_bound_is_taken_and_what_lies_beyond_is_refused(tell) -> None:
    wrong, tried = [], 0
    for bound in (each for message in messages() for each in bounds_of(message)):
        tried += 1
        if is_refused(bound.field, bound.within):
            wrong.append(f"{bound.field.full_name} refuses {bound.rule} itself")
        if not is_refused(bound.field, bound.beyond):
            wrong.append(f"{bound.field.full_name} takes what is beyond {bound.rule}")
    assert wrong == []
    assert tried > 150
    tell(f"{tried} bounds, each from both sides")


def test_a_bound_that_is_not_held_would_be_found() -> None:
    field = Product.DESCRIPTOR.fields_by_name["shelf_life_minutes"]
    assert not is_refused(field, 86_400)
    assert is_refused(field, 86_401)
    assert is_refused(field, 0)


def test_every_number_that_a_caller_states_has_a_greatest_or_a_least() -> None:
    unbounded = sorted(
        field.full_name
        for message in sent()
        for field in message.fields
        if field.cpp_type
        in (FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_DOUBLE)
        and not field.is_repeated
        and not list(_of_numbers(field))
    )
    assert [name for name in unbounded if name.startswith(("doselane.masterdata.", "doselane.exchange."))] == []


def test_what_a_request_must_have_is_judged_by_its_proto_alone() -> None:
    """`REQUIRED` is for readers; what judges is a rule that leaves out nothing, 0 and the empty text."""
    required = [field for message in sent() for field in message.fields if _is_required(field)]
    assert len(required) > 150
    assert sorted(field.full_name for field in required if not _leaves_out_nothing(field)) == sorted(JUDGED_OTHERWISE)


# `request_id` may come in a header instead, and is judged with it (`idempotency.request_key_of`).
JUDGED_OTHERWISE = (
    "doselane.masterdata.v1.Departure.cutoff_minutes",  # refused with a reason of its own, LANE_CUTOFF_MISSING
    "doselane.masterdata.v1.ImportMasterDataRequest.yaml",  # read as a text, which says the line of what is wrong
)


def _is_required(field: FieldDescriptor) -> bool:
    ignored = _rules(field).ignore == 3  # IGNORE_ALWAYS: of a part that is named only what is named counts
    return REQUIRED in field.GetOptions().Extensions[field_behavior] and field.name != "request_id" and not ignored


def _leaves_out_nothing(field: FieldDescriptor) -> bool:
    rules = _rules(field)
    kind = rules.WhichOneof("type")
    if rules.required or kind is None:
        return bool(rules.required)
    bounds = getattr(rules, kind)
    match kind:
        case "string":
            stated = bounds.uuid or bounds.min_len > 0 or any(cel.id == "csv.rows" for cel in rules.cel)
            return stated or bool(rules.ignore == 0 and bounds.pattern and not re.fullmatch(bounds.pattern, ""))
        case "enum":
            return 0 in bounds.not_in
        case "repeated":
            return bool(bounds.min_items)
        case "bytes":
            return bool(bounds.min_len or bounds.len)
    return bool((bounds.HasField("gt") and bounds.gt >= 0) or (bounds.HasField("gte") and bounds.gte > 0))


def is_refused(field: FieldDescriptor, value: Any) -> bool:
    """Whether the judge says something of this field, if it has that value."""
    message = message_factory.GetMessageClass(field.containing_type)()
    if field.is_repeated:
        items = getattr(message, field.name)
        for each in value:
            items.add().MergeFrom(each) if field.message_type else items.append(each)
    else:
        setattr(message, field.name, value)
    return any(path == field.name for path, _ in shape_violations(message))


def messages() -> Iterator[Descriptor]:
    """All messages that a call can carry."""
    seen: dict[str, Descriptor] = {}
    for binding in load().bindings:
        for top in (binding.method.input_type, binding.method.output_type):
            _within(top, seen)
    yield from (seen[name] for name in sorted(seen) if name.startswith("doselane."))


def sent() -> Iterator[Descriptor]:
    """All messages that a request can carry."""
    seen: dict[str, Descriptor] = {}
    for binding in load().bindings:
        _within(binding.method.input_type, seen)
    yield from (seen[name] for name in sorted(seen) if name.startswith("doselane."))


def _within(message: Descriptor, seen: dict[str, Descriptor]) -> None:
    if message.full_name not in seen:
        seen[message.full_name] = message
        for field in message.fields:
            if field.message_type:
                _within(field.message_type, seen)


def bounds_of(message: Descriptor) -> Iterator[Bound]:
    """The bounds of its fields."""
    for field in message.fields:
        yield from _of_lists(field) if field.is_repeated else _of_numbers(field)
        if not field.is_repeated:
            yield from _of_texts(field)


def _of_numbers(field: FieldDescriptor) -> Iterator[Bound]:
    rules = _rules(field)
    kind = rules.WhichOneof("type")
    if kind not in (*WHOLE, *FRACTIONS):
        return
    numbers = getattr(rules, kind)
    step = (lambda value, way: value + way) if kind in WHOLE else (lambda value, way: nextafter(value, way * inf))
    for rule, way, excluded in (("gte", -1, False), ("gt", -1, True), ("lte", 1, False), ("lt", 1, True)):
        if numbers.HasField(rule):
            bound = getattr(numbers, rule)
            within = step(bound, -way) if excluded else bound
            beyond = bound if excluded else step(bound, way)
            yield Bound(field, f"{rule} {bound}", within, beyond)


def _of_texts(field: FieldDescriptor) -> Iterator[Bound]:
    rules = _rules(field)
    if rules.WhichOneof("type") != "string" or not rules.string.HasField("max_len"):
        return
    most = rules.string.max_len
    yield Bound(field, f"max_len {most}", "a" * most, "a" * (most + 1))


def _of_lists(field: FieldDescriptor) -> Iterator[Bound]:
    rules = _rules(field).repeated
    if least := rules.min_items:
        yield Bound(field, f"min_items {least}", _items(field, least), _items(field, least - 1))
    if not rules.HasField("max_items") or (rules.unique and field.enum_type):
        return
    most = rules.max_items
    yield Bound(field, f"max_items {most}", _items(field, most), _items(field, most + 1))


def _items(field: FieldDescriptor, count: int) -> list[Any]:
    if field.message_type:
        return [message_factory.GetMessageClass(field.message_type)()] * count
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return [f"x{number}" for number in range(count)]  # each is wrong in itself, at its own place
    return [1] * count


def _rules(field: FieldDescriptor) -> Any:
    return field.GetOptions().Extensions[descriptor_pool.Default().FindExtensionByName("buf.validate.field")]
