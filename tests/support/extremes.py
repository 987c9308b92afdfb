"""A request for each call there is, made from its descriptor, and the same with one figure or instant at an extreme."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from google.api.field_behavior_pb2 import OUTPUT_ONLY, field_behavior
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date
from google.type.timeofday_pb2 import TimeOfDay

from services.kernel.calendar import EARLIEST, LATEST
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp

EXAMPLE = "example"  # the last part of the names of what the requests make
DEPTH_MAX = 5
# What a program sends for `never` and `for ever`, both ends of the range, leap days, fractions that are none.
INSTANTS = tuple(
    Timestamp(seconds=seconds, nanos=nanos)
    for seconds, nanos in (
        (-62_135_596_800, 0),  # 0001-01-01T00:00:00Z
        (253_402_300_799, 999_999_999),  # 9999-12-31T23:59:59.999999999Z
        (int(EARLIEST.timestamp()), 0),
        (int(LATEST.timestamp()), 999_999_999),
        (int(datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC).timestamp()), 999_999_999),
        (-(1 << 63), 0),
        ((1 << 63) - 1, -1),
        (0, (1 << 31) - 1),
    )
)
DATES = tuple(
    Date(year=year, month=month, day=day)
    for year, month, day in (
        (1, 1, 1),  # a Monday, as are the next two
        (9999, 12, 27),
        (2199, 12, 30),
        (9999, 12, 31),
        (2028, 2, 29),
        (2027, 2, 29),
        (0, 0, 0),
        ((1 << 31) - 1,) * 3,
    )
)
TIMES = tuple(
    TimeOfDay(hours=hours, minutes=minutes, seconds=seconds, nanos=nanos)
    for hours, minutes, seconds, nanos in ((24, 0, 0, 0), (23, 59, 59, 999_999_999), (23, 59, 60, 0), (-1,) * 4)
)
DOUBLES = (-0.0, 5e-324, 1e308, float("nan"), float("-inf"))
WHOLES = {
    FieldDescriptor.CPPTYPE_INT32: (-(1 << 31), 0, (1 << 31) - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(1 << 63), 0, (1 << 63) - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, (1 << 32) - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, (1 << 64) - 1),
}
_MESSAGES: Mapping[str, tuple[Message, ...]] = {
    "google.protobuf.Timestamp": INSTANTS,
    "google.type.Date": DATES,
    "google.type.TimeOfDay": TIMES,
}
_TIME_KINDS = frozenset(_MESSAGES)

# Hours from now, by the name of the field; others lie two days ahead.
_HOURS = {
    "claim_cutoff_time": 20,
    "release_back_time": 18,
    "end_of_synthesis_time": 24,
    "arrival_time": 12,
    "valid_from_time": 0,
    "end_time": 72,
    "use_by_time": 90,
    "valid_until_time": 24 * 300,
    "end_of_synthesis_until_time": 240,
    "departure_time": None,
}
_FIGURES: Mapping[str, Any] = {
    "activity_concentration_mbq_per_ml": 1000,
    "fill_volume_min_ul": 1000,
    "fill_volume_max_ul": 20_000,
    "activity_min_mbq": 1000,
    "activity_nominal_mbq": 7400,
    "activity_max_mbq": 20_000,
    "activity_mbq": 7400,
    "shelf_life_minutes": 4320,
    "changeover_minutes": 60,
    "minutes": 60,
    "page_size": 10,
    "promised_percentile": 90,
    "percentile": 90,
    "vial_reference_activity_max_kbq": 20_000_000,
    "reference_activity_kbq": 8_000_000,
    "base_version": 1,
    "vials": 1,
    "places": 12,
    "version": 1,
    "weeks": 2,
    "solve_seconds_max": 1,
    "volume_ul": 5000,
    "surface_dose_rate_usv_per_h": 100,
    "dose_rate_at_one_metre_usv_per_h": 5,
    "loss_fraction": 0.02,
    "yield_fraction": 0.6,
    "decayed_fraction_max": 0.9,
    "firm_change_fraction": 0.1,
}
_LEFT_OUT = frozenset({"validate_only", "accept_conflicts", "update_mask", "cursor", "page_token", "etag", "pool"})


def filled(method: MethodDescriptor, now: datetime, names: Mapping[str, str]) -> Message:
    """A request that says all that a caller can say, of things that there are (`names`: by the field's name)."""
    message = GetMessageClass(method.input_type)()
    _fill(message, now, names, 0)
    return message


def renewed(message: Message) -> Message:
    """The same request as another one: under an id of its own, and for something of a name of its own."""
    made: Any = type(message)()
    made.CopyFrom(message)
    for each in (made, *getattr(made, "requests", ())):
        for field in each.DESCRIPTOR.fields:
            if field.name.endswith("_id"):
                setattr(each, field.name, _id_of(field))
    return made


def varied(message: Message) -> Iterator[tuple[str, Message]]:
    """The request with each instant, date, time and figure in turn at each of its extremes; and all instants moved."""
    for path in _paths(message.DESCRIPTOR, (), 0):
        for place, value in enumerate(_extremes(path[-1])):
            made = renewed(message)
            if _put(made, path, value):
                yield f"{'.'.join(field.name for field in path)}#{place}", made
    for latest in (LATEST, datetime(9999, 12, 31, tzinfo=UTC)):
        made = renewed(message)
        instants = list(_instants(made))
        if instants:
            shift = int(latest.timestamp()) - max(each.seconds for each in instants)
            for each in instants:
                each.seconds += shift
            yield f"all instants up to {latest:%Y}", made


def _fill(message: Any, now: datetime, names: Mapping[str, str], depth: int) -> None:
    groups: set[str] = set()
    for field in message.DESCRIPTOR.fields:
        group = field.containing_oneof.name if field.containing_oneof else field.name
        if field.name in _LEFT_OUT or group in groups or depth > DEPTH_MAX:
            continue
        value = _value(field, now, names)
        if value is not None and field.is_repeated:
            getattr(message, field.name).append(value)
        elif field.message_type and value is not None:
            getattr(message, field.name).CopyFrom(value)
        elif value is not None:
            setattr(message, field.name, value)
        elif field.message_type and field.message_type.full_name not in _TIME_KINDS:
            _fill_below(message, field, now, names, depth + 1)
        groups.add(group)


def _fill_below(message: Any, field: FieldDescriptor, now: datetime, names: Mapping[str, str], depth: int) -> None:
    at = getattr(message, field.name)
    if not field.is_repeated:
        at.SetInParent()
        _fill(at, now, names, depth)
        return
    kinds = field.message_type.oneofs[0].fields if len(field.message_type.oneofs) else ()
    if len(kinds) < len(field.message_type.fields):
        _fill(at.add(), now, names, depth)
        return
    for kind in kinds:  # nothing but a oneof: one of each
        _fill_below(at.add(), kind, now, names, depth)


def _value(field: FieldDescriptor, now: datetime, names: Mapping[str, str]) -> Any:
    if field.message_type:
        return _moment(field, now)
    if field.enum_type:
        return field.enum_type.values[1].number
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return _id_of(field) if field.name.endswith("_id") else names.get(field.name)
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL or (field.name == "base_version" and field.has_presence):
        return None
    return next((value for name, value in _FIGURES.items() if field.name.endswith(name)), 1)


def _id_of(field: FieldDescriptor) -> str:
    # A vial's id is at most 20 characters; the last 18 digits are random.
    return str(uuid7()) if field.name == "request_id" else f"x-{uuid7().hex[-18:]}"


def _moment(field: FieldDescriptor, now: datetime) -> Message | None:
    match field.message_type.full_name:
        case "google.protobuf.Timestamp":
            hours = _HOURS.get(field.name, 48)
            return None if hours is None else stamp(now + timedelta(hours=hours))
        case "google.type.Date":
            monday = (now + timedelta(days=7 - now.weekday() + (7 if "until" in field.name else 0))).date()
            return Date(year=monday.year, month=monday.month, day=monday.day)
        case "google.type.TimeOfDay":
            return TimeOfDay(hours=20 if field.name == "end_time" else 6)
    return None


def _paths(
    message: Descriptor, above: tuple[FieldDescriptor, ...], depth: int
) -> Iterator[tuple[FieldDescriptor, ...]]:
    for field in message.fields:
        if OUTPUT_ONLY in field.GetOptions().Extensions[field_behavior]:
            continue  # nobody reads it; all instants together move it too
        path = (*above, field)
        if _extremes(field):
            yield path
        elif field.message_type and depth <= DEPTH_MAX:
            yield from _paths(field.message_type, path, depth + 1)


def _extremes(field: FieldDescriptor) -> tuple[Any, ...]:
    if field.message_type:
        return _MESSAGES.get(field.message_type.full_name, ())
    if field.cpp_type in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return DOUBLES
    return WHOLES.get(field.cpp_type, ())


def _put(message: Any, path: tuple[FieldDescriptor, ...], value: Any) -> bool:
    """Sets a field; False if the request has nothing to set it in, as where another of a oneof is there."""
    for field, below in pairwise(path):
        at = getattr(message, field.name)
        found = next((each for each in at if _has_room(each, below)), None) if field.is_repeated else at
        if found is None or not _has_room(found, below):
            return False
        message = found
    last = path[-1]
    if last.is_repeated:
        del getattr(message, last.name)[:]
        getattr(message, last.name).append(value)
    elif last.message_type:
        getattr(message, last.name).CopyFrom(value)
    else:
        setattr(message, last.name, value)
    return True


def _has_room(message: Message, field: FieldDescriptor) -> bool:
    group = field.containing_oneof
    return group is None or message.WhichOneof(group.name) in (None, field.name)


def _instants(message: Message) -> Iterator[Timestamp]:
    for field, value in message.ListFields():
        for each in value if field.is_repeated else (value,):
            if isinstance(each, Timestamp):
                yield each
            elif isinstance(each, Message):
                yield from _instants(each)
