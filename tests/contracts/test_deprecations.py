"""What will go away is told in every document, stays until its day, and may go from that day on."""

import copy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from doselane.type.v1.options_pb2 import deprecated_call, deprecated_field
from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet
from openapi_spec_validator import validate

from services.edge import openapi
from services.edge.api import load
from services.edge.openapi.schemas import Schemas
from services.kernel.deprecation import DeprecationNotValid, Uses, declared
from services.local.contracts.descriptors import descriptors_of_today
from tests.architecture.test_protos import RELEASED, buf_breaking, descriptors, saved
from tests.contracts.deprecations import (
    FILE,
    broken_promises,
    declared_in,
    fields_of,
    text,
    without_what_may_go,
)
from tests.contracts.openapi_breaks import breaks
from tests.support.deprecated_call import PACKAGE, api, described, service_of
from tests.support.external_services import broken_rules

BEFORE, ON = date(2027, 8, 31), date(2027, 9, 1)  # The last day of the call, and the first on which it may be gone.
FIELD_ON = date(2027, 12, 1)
API = api()
DOCUMENT = openapi.document(API, "v1", "/oauth/token", "https://doselane.example")
LABELS, PRINT = "/v1/labels", "/v1/labels:print"


def test_what_today_s_protos_declare_is_declared_in_full_and_stands_on_its_page() -> None:
    today_s = descriptors_of_today()
    load()  # The stubs of all files, whose options are read.
    names = fields_of(today_s)
    assert len(names) > 1000
    for name in names:
        declared(descriptor_pool.Default().FindFieldByName(name))
    assert FILE.read_text() == text(today_s), "run `python -m tests.contracts deprecations`"
    assert broken_promises(descriptors(RELEASED), today_s) == []


def test_the_page_says_since_until_instead_why_and_where() -> None:
    rows = text(FileDescriptorSet(file=[described()])).splitlines()
    assert (
        f"| `{PACKAGE}.LabelService.PrintLabel` | 2027-03-01 | 2027-09-01 | `WriteLabel` | It prints on one kind of "
        "printer only. <https://doselane.example/changes#print-label> |"
    ) in rows
    assert f"| `{PACKAGE}.Label.title` | 2027-01-15 | 2027-12-01 | `text` |  |" in rows
    assert "Nothing is deprecated." in text(FileDescriptorSet())


def test_both_openapi_documents_say_it_of_calls_fields_and_parameters() -> None:
    for document in (openapi.as_3_0(DOCUMENT), openapi.as_3_1(DOCUMENT)):
        validate(copy.deepcopy(document))
        call = document["paths"][PRINT]["post"]
        assert (call["deprecated"], call["x-sunset"]) == (True, "2027-09-01")
        assert call["description"].startswith(
            "Deprecated since 2027-03-01, may be gone from 2027-09-01 on: use `WriteLabel`. It prints on one kind of "
            "printer only. See https://doselane.example/changes#print-label. Calls PrintLabel."
        )
        assert set(call["responses"]["409"]["headers"]) >= {"deprecation", "sunset", "link"}
        title = document["components"]["schemas"]["Label"]["properties"]["title"]
        assert (title["deprecated"], title["x-sunset"]) == (True, "2027-12-01")
        assert title["description"].startswith(
            "Deprecated since 2027-01-15, may be gone from 2027-12-01 on: use `text`."
        )
        parameters = {each["name"]: each for each in document["paths"][LABELS]["get"]["parameters"]}
        for name in ("title", "style.size"):
            assert parameters[name]["deprecated"] is True and parameters[name]["schema"] == {"type": "string"}
        assert "deprecated" not in parameters["text"] and "deprecated" not in document["paths"][LABELS]["get"]


def test_a_schema_of_an_event_says_it_too() -> None:
    schemas = Schemas(API)
    schemas.reference(service_of(described()).file.message_types_by_name["Label"])
    assert schemas.components["Label"]["properties"]["title"]["deprecated"] is True


def test_salesforce_external_services_reads_it_where_no_header_is_seen() -> None:
    document = openapi.as_3_0(DOCUMENT)
    assert broken_rules(document) == {}
    silent = copy.deepcopy(document)
    silent["paths"][PRINT]["post"]["description"] = "Prints a label."
    assert set(broken_rules(silent)) == {"headers_only"}


@pytest.mark.parametrize(("day", "refused"), [(BEFORE, True), (ON, False)])
def test_a_call_may_be_gone_from_rest_from_its_day_on(day: date, refused: bool) -> None:
    changed = copy.deepcopy(DOCUMENT)
    del changed["paths"][PRINT]
    assert breaks(DOCUMENT, changed, day) == ([f"POST {PRINT}: removed"] if refused else [])


def test_a_field_and_a_parameter_may_be_gone_from_rest_from_their_day_on() -> None:
    changed = copy.deepcopy(DOCUMENT)
    del changed["components"]["schemas"]["Label"]["properties"]["title"]
    parameters = changed["paths"][LABELS]["get"]["parameters"]
    parameters[:] = [each for each in parameters if each["name"] != "title"]
    assert {each.split(": ")[1] for each in breaks(DOCUMENT, changed, ON)} == {
        "field removed",
        "query parameter removed",
    }
    assert breaks(DOCUMENT, changed, FIELD_ON) == []
    del changed["components"]["schemas"]["Label"]["properties"]["text"]  # Of which nobody was told.
    assert any(each.endswith(".text: field removed") for each in breaks(DOCUMENT, changed, FIELD_ON))


def a_set(change: Callable[[FileDescriptorProto], object] = lambda _: None) -> FileDescriptorSet:
    file = described("doselane.tests.changed.v1")
    change(file)
    return FileDescriptorSet(file=[file])


def label_in(file: FileDescriptorProto) -> DescriptorProto:
    return next(each for each in file.message_type if each.name == "Label")


def _without_call(file: FileDescriptorProto) -> None:
    [gone] = [each for each in file.service[0].method if each.name == "PrintLabel"]
    file.service[0].method.remove(gone)


def _without_field(file: FileDescriptorProto) -> None:
    label = label_in(file)
    [gone] = [each for each in label.field if each.name == "title"]
    label.field.remove(gone)
    label.reserved_range.add(start=2, end=3)
    label.reserved_name.append("title")


def _without_another(file: FileDescriptorProto) -> None:
    label = label_in(file)
    label.field.remove(label.field[0])


@pytest.mark.parametrize(
    ("change", "day", "refused"),
    [
        (_without_call, BEFORE, '"PrintLabel"'),
        (_without_call, ON, ""),
        (_without_field, ON, '"title"'),
        (_without_field, FIELD_ON, ""),
        (_without_another, FIELD_ON, '"text"'),
    ],
)
def test_buf_lets_go_what_was_declared_from_its_day_on_and_nothing_else(
    change: Callable[[FileDescriptorProto], None], day: date, refused: str, tmp_path: Path
) -> None:
    released, now = a_set(), a_set(change)
    (tmp_path / "released").mkdir()
    expected = saved(without_what_may_go(released, now, day), tmp_path / "released")
    found = buf_breaking(saved(now, tmp_path), expected)
    assert refused in found and bool(refused) == bool(found)


def test_a_field_that_is_gone_leaves_its_number_and_name_to_nobody() -> None:
    assert broken_promises(a_set(), a_set(_without_field)) == []

    def free(file: FileDescriptorProto) -> None:
        _without_field(file)
        label_in(file).ClearField("reserved_range")

    assert broken_promises(a_set(), a_set(free)) == [
        'doselane.tests.changed.v1.Label.title: gone, so write `reserved 2; reserved "title";`'
    ]


def test_the_day_that_was_promised_comes_no_nearer() -> None:
    def moved(month: int) -> FileDescriptorSet:
        def change(file: FileDescriptorProto) -> None:
            file.service[0].method[2].options.Extensions[deprecated_call].sunset_date.month = month

        return a_set(change)

    [told] = broken_promises(a_set(), moved(8))
    assert "PrintLabel: may be gone from 2027-08-01 on, and 2027-09-01 was promised" in told
    assert broken_promises(a_set(), moved(10)) == []


def test_what_was_never_given_a_day_stays() -> None:
    def undated(file: FileDescriptorProto) -> None:
        file.service[0].method[2].options.Extensions[deprecated_call].ClearField("sunset_date")

    released = a_set(undated)
    left = without_what_may_go(released, a_set(_without_call), date.max)
    assert "doselane.tests.changed.v1.LabelService.PrintLabel" in declared_in(left)


SPOILED: dict[str, tuple[Callable[[FileDescriptorProto], object], str]] = {
    "bare": (
        lambda file: file.service[0].method[2].options.ClearExtension(deprecated_call),
        "is deprecated without",
    ),
    "unmarked": (
        lambda file: label_in(file).field[1].options.ClearField("deprecated"),
        "needs `deprecated = true` beside it",
    ),
    "backwards": (
        lambda file: setattr(_field_of(file).sunset_date, "year", 2026),
        "ends before it begins",
    ),
    "nodate": (lambda file: setattr(_field_of(file).since_date, "month", 13), "has a date that is none"),
    "noword": (lambda file: _field_of(file).ClearField("replacement"), "says no replacement"),
    "badlink": (
        lambda file: setattr(_field_of(file), "link", 'https://doselane.example/> "'),
        "has a link that is no https address",
    ),
}


def _field_of(file: FileDescriptorProto) -> Any:
    return label_in(file).field[1].options.Extensions[deprecated_field]


@pytest.mark.parametrize("name", SPOILED)
def test_a_declaration_that_is_not_whole_is_refused_when_it_is_read(name: str) -> None:
    spoil, told = SPOILED[name]
    file = described(f"doselane.tests.{name}.v1")
    spoil(file)
    with pytest.raises(DeprecationNotValid, match=told):
        Uses(service_of(file).methods_by_name["PrintLabel"])
