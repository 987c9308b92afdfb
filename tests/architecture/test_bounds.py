"""A bound stands once, and no number of the published language stands for what is not known."""

import re
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module

from buf.validate.validate_pb2 import DESCRIPTOR as RULES
from doselane.erp.v1.erp_pb2 import Demand
from doselane.planning.v1.forecast_pb2 import Forecast, ForecastWeek
from doselane.type.v1.options_pb2 import withheld
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from adapters.erp_sap import requirements
from services.kernel.activity import (
    ACTIVITY_MBQ_MAX,
    LIFE_MINUTES_MAX,
    LOSS_FRACTION_MAX,
    REFERENCE_ACTIVITY_KBQ_MAX,
    VIALS_MAX,
)
from services.kernel.rpc.shape import greatest
from services.kernel.visibility import PARTNER_ID
from services.planning.domain import forecast
from tests.architecture.tree import ROOT, Source, sources

# One name, and not one quantity: how long, of whatever; the volume of a batch and of a vial.
OTHER_QUANTITIES = frozenset({"minutes", "volume_ul"})
GREATEST = {"_mbq": ACTIVITY_MBQ_MAX, "_kbq": REFERENCE_ACTIVITY_KBQ_MAX, "loss_fraction": LOSS_FRACTION_MAX}
COLLECTION = re.compile(r"(?:^\^?|/)([a-z][A-Za-z0-9]+)/((?:\(\[|\[)[^/$]*)")
WRITTEN_OUT = re.compile(r"\b(?:10 ?\*\* ?15|1_000_000_000_000_000|(?:le|lt|MBQ\w*) ?=? ?1e9)\b")


def fields() -> list[FieldDescriptor]:
    """Every field of what we publish."""
    found: list[FieldDescriptor] = []
    for path in sorted((ROOT / "proto/doselane").rglob("*_pb2.py")):
        module = import_module(".".join(path.relative_to(ROOT / "proto").with_suffix("").parts))
        for described in module.DESCRIPTOR.message_types_by_name.values():
            found += [field for each in _with_nested(described) for field in each.fields]
    return found


def _with_nested(described: Descriptor) -> Iterator[Descriptor]:
    yield described
    for each in described.nested_types:
        yield from _with_nested(each)


def bounds_of(field: FieldDescriptor) -> dict[str, float]:
    """The bounds of a number: `lte`, `gt` and so on, without its type."""
    rules = field.GetOptions().Extensions[descriptor_pool.Default().FindExtensionByName("buf.validate.field")]
    for kind in ("int32", "int64", "double"):
        if rules.HasField(kind):
            return {name.name: value for name, value in getattr(rules, kind).ListFields()}
    return {}


def _pattern(field: FieldDescriptor) -> str:
    rules = field.GetOptions().Extensions[descriptor_pool.Default().FindExtensionByName("buf.validate.field")]
    return str((rules.repeated.items if rules.HasField("repeated") else rules).string.pattern)


def test_a_number_of_one_name_has_one_bound() -> None:
    bounds: defaultdict[str, dict[str, dict[str, float]]] = defaultdict(dict)
    for field in fields():
        if (rules := bounds_of(field)) and field.name not in OTHER_QUANTITIES:
            bounds[field.name][field.full_name] = rules
    assert len(bounds) > 40
    several = {name: found for name, found in bounds.items() if len({str(rules) for rules in found.values()}) > 1}
    assert several == {}


def test_the_greatest_activity_and_loss_are_the_kernels() -> None:
    looked_at = 0
    for field in fields():
        for ending, most in GREATEST.items():
            if field.name.removesuffix("_max").removesuffix("_min").endswith(ending) and (rules := bounds_of(field)):
                looked_at += 1
                assert rules["lte"] == most, field.full_name
    assert looked_at > 10
    assert [each.name for each in sources(ROOT, "services", "adapters") if _writes_it_out(each)] == []


def test_what_is_reckoned_in_python_has_the_bounds_of_the_protos() -> None:
    """A line of a sheet, an order of SAP's: bounds that must be known before there is a message to be judged."""
    assert forecast.DOSES_MAX == greatest(ForecastWeek, "doses") == requirements.DOSES_MAX
    assert forecast.WEEKS_MAX == _items_max(Forecast, "weeks") == _items_max(Demand, "weeks")
    longest = {field.name: bounds_of(field).get("lte") for field in fields() if _is_of_master_data(field)}
    assert len(longest) > 5 and set(longest.values()) == {LIFE_MINUTES_MAX}
    counted = [field for field in fields() if field.name == "vials" and field.cpp_type in NUMBERS]
    assert {field.cpp_type for field in counted} == {FieldDescriptor.CPPTYPE_INT32} and VIALS_MAX == 2**31 - 1


def _is_of_master_data(field: FieldDescriptor) -> bool:
    """Minutes of a product, a line, a lane or an agreement that have a bound; a tolerance is less than a day."""
    is_time = field.name.endswith("_minutes") and not field.name.endswith("_tolerance_minutes")
    return is_time and field.full_name.startswith("doselane.masterdata.") and bool(bounds_of(field))


def _items_max(message: type[Message], field: str) -> int:
    rules = message.DESCRIPTOR.fields_by_name[field].GetOptions().Extensions[RULES.extensions_by_name["field"]]
    return int(rules.repeated.max_items)


def test_the_shape_of_a_partners_id_stands_once() -> None:
    patterns = {
        _pattern(field).removeprefix("^").removesuffix("$")
        for field in fields()
        if _pattern(field).startswith("^partners/")
    }
    assert patterns == {f"partners/{PARTNER_ID}".replace("?:", "")}
    written = [each.name for each in sources(ROOT, "services", "adapters") if PARTNER_ID.replace("?:", "") in each.text]
    written += [each.name for each in sources(ROOT, "services", "adapters") if PARTNER_ID in each.text]
    assert written == ["services/kernel/visibility.py"]


def _writes_it_out(source: Source) -> bool:
    return source.name != "services/kernel/activity.py" and bool(WRITTEN_OUT.search(source.text))


def test_the_ids_of_one_collection_have_one_shape() -> None:
    shapes: defaultdict[str, set[str]] = defaultdict(set)
    for field in fields():
        for collection, shape in COLLECTION.findall(_pattern(field)):
            shapes[collection].add(shape.removeprefix("(-|").removesuffix(")") if shape.startswith("(-|") else shape)
    assert len(shapes) > 15
    assert {collection: found for collection, found in shapes.items() if len(found) > 1} == {}


def test_a_number_that_is_withheld_can_be_absent() -> None:
    numbers = [
        field
        for field in fields()
        if field.GetOptions().Extensions[withheld] and not field.is_repeated and field.cpp_type in NUMBERS
    ]
    assert len(numbers) > 8
    assert [field.full_name for field in numbers if not field.has_presence] == []


NUMBERS = {
    FieldDescriptor.CPPTYPE_INT32,
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_DOUBLE,
    FieldDescriptor.CPPTYPE_FLOAT,
}
