"""Search parameters of the FHIR façade: names, lists, and whose items are whose."""

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.edge.fhir.parameters import (
    ITEMS_MAX,
    PARAMETERS_MAX,
    pairs_of,
    require_known,
    schedule_search,
    slot_search,
    split,
    used,
)
from services.kernel.errors import Invalid
from tests.support.interfaces import json_interface

IDS = st.text("abcXYZ012-._", min_size=1, max_size=12).filter(lambda text: text.strip(".") != "")
OTHERS = st.sampled_from(["epic", "http://hl7.org/fhir/sid/us-npi", "cerner"])
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
LOCATION = "schedule:Schedule.actor:Location._id"


def searched(form: str):
    return slot_search(pairs_of(form.encode()), "doselane")


@given(own=st.lists(IDS, max_size=5), others=st.lists(st.tuples(OTHERS, IDS), max_size=5), data=st.data())
def test_a_list_says_what_is_ours_whatever_stands_beside_it(own, others, data):
    items = [f"doselane|{each}" for each in own] + [f"{system}|{each}" for system, each in others]
    items = data.draw(st.permutations(items + [""] * data.draw(st.integers(0, 3))))
    encode = data.draw(st.sampled_from([str, quote, quote_plus]))
    name = data.draw(st.sampled_from([LOCATION, "schedule.actor:Location._id", "schedule.actor:Location"]))
    found = searched(f"{encode(name)}={encode(','.join(items)) if encode is not str else ','.join(items)}").within.sites
    assert found == (frozenset(own) if own or others else None)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=20))
def test_any_form_is_read_or_refused(pairs):
    body = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
    try:
        slot_search(pairs_of(body.encode()), "doselane")
        schedule_search(pairs_of(body.encode()), "doselane")
    except Invalid as refused:
        assert refused.facts["field"]


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body):
    try:
        slot_search(pairs_of(body), "doselane")
    except Invalid as refused:
        assert refused.facts["field"]


@given(st.lists(st.text("ab,|\\ ", min_size=1).map(lambda text: f"a{text}b")))
def test_a_comma_after_a_backslash_belongs_to_the_item(items):
    escaped = [each.replace("\\", "\\\\").replace(",", "\\,") for each in items]
    assert split(",".join(escaped)) == items


@pytest.mark.parametrize(
    ("form", "products"),
    [
        ("service-type=lu", {"lu"}),
        ("service-type=doselane|lu", {"lu"}),
        ("service-type=urn:doselane:product|lu", {"lu"}),
        ("service-type=|lu", {"lu"}),
        ("service-type=epic|lu", set()),
        ("schedule.actor:Practitioner._id=lu,ac&service-type=ac", {"ac"}),
        ("schedule.actor:Practitioner.identifier=http://hl7.org/fhir/sid/us-npi|1234567893", set()),
        (
            "schedule.actor:Practitioner.identifier=http://hl7.org/fhir/sid/us-npi|1234567893"
            "&schedule.actor:Practitioner._id=doselane|lu",
            {"lu"},
        ),
        ("schedule.actor=Practitioner/lu", {"lu"}),
        ("schedule.actor=https://doselane.example/fhir/r4/HealthcareService/lu", {"lu"}),
        ("status=free", None),
    ],
)
def test_products_are_named_by_service_type_or_practitioner(form: str, products: set[str] | None):
    assert searched(form).within.products == products


@pytest.mark.parametrize(
    ("form", "activities"),
    [
        ("", (None,)),
        ("appointment-type=ROUTINE", (None,)),
        ("appointment-type=doselane|ROUTINE,doselane|5550.5MBq,7400MBq", (5550.5, 7400.0)),
        ("appointment-type=epic|5550MBq", (None,)),
        ("appointment-type=0MBq", (None,)),
    ],
)
def test_an_appointment_type_may_say_an_activity(form: str, activities: tuple[float | None, ...]):
    assert searched(form).activities_mbq == activities


def test_only_free_slots_can_be_found():
    assert searched("").free and searched("status=free,busy").free
    assert searched("status=http://hl7.org/fhir/slotstatus|free").free
    assert not searched("status=busy").free
    assert [searched(f"status={each}").others for each in ("free", "busy", "free,busy", "")] == [
        False,
        True,
        True,
        False,
    ]


def test_of_the_items_of_a_list_one_is_enough_and_lists_hold_at_once():
    found = searched("start=2026-12-01,2026-12-03&start=,&start=ge2026-12-01")
    assert [[each.parts["day"] for each in starts.bounds] for starts in found.starts] == [["01", "01"], ["03", "01"]]
    assert [each.bounds for each in searched("").starts] == [()]


def test_an_id_is_that_of_what_is_searched():
    form = "_id=a,Slot/b&schedule=https://doselane.example/fhir/r4/Schedule/c"
    assert searched(form).ids == {"a", "b"} and searched(form).within.schedules == {"c"}
    assert schedule_search(pairs_of(b"_id=a,c&schedule=c"), "doselane").schedules == {"c"}
    assert searched("_id=epic|a").ids == set() and searched("").ids is None


@pytest.mark.parametrize(
    "value", ["Slot:schedule", "Slot:schedule:Schedule", "Slot:*", "*", "Slot:other,Slot:schedule"]
)
def test_schedules_are_included_by_each_way_to_ask(value: str):
    assert searched(f"_include={value}").with_schedules and searched(f"_include:iterate={value}").with_schedules


@pytest.mark.parametrize(
    "name",
    ["status:not", "start:missing", "service-type:text", "schedule:identifier", "schedule:Practitioner", "_id:not",
     "schedule.actor:identifier", "schedule.actor:Location.name", "schedule.actor:Patient._id", "schedule.date",
     "schedule.actor.identifier", "appointment-type:in"],
)  # fmt: skip
def test_a_modifier_or_chain_that_is_not_read_is_refused_and_never_left_out(name: str):
    with pytest.raises(Invalid) as refused:
        searched(f"{name}=x")
    assert refused.value.facts["field"] == name


def test_what_is_not_known_is_not_told_as_used_and_refused_where_that_is_asked():
    form = f"{LOCATION}=a&specialty=394914008&start=ge2026-12-01&_total=none&_count=2&color:not=red&actor=Location/a"
    pairs = pairs_of(form.encode())
    assert [name for name, _ in used(pairs, "Slot")] == [LOCATION, "start", "_count", "actor"]
    slot_search(pairs, "doselane")
    with pytest.raises(Invalid) as refused:
        require_known(pairs, "Slot")
    assert refused.value.facts["field"] == "specialty"
    require_known(used(pairs, "Slot"), "Slot")


@pytest.mark.parametrize("name", ["start", "status", "appointment-type", "_include", "_sort", "Location.name"])
def test_what_a_search_for_schedules_passes_over_is_not_told_as_used(name: str):
    pairs = pairs_of(f"actor=Location/a&{name}=x&_id=s".encode())
    assert [each for each, _ in used(pairs, "Schedule")] == ["actor", "_id"]
    with pytest.raises(Invalid) as refused:
        require_known(pairs, "Schedule")
    assert refused.value.facts["field"] == name


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (f"{LOCATION}={','.join(map(str, range(ITEMS_MAX + 1)))}", "Location._id"),
        ("&".join(["a=b"] * (PARAMETERS_MAX + 1)), "query"),
        ("schedule.actor=Patient/1", "actor"),
        ("_count=few", "_count"),
        ("_offset=-1", "_offset"),
        ("start=%FF", "query"),
        (f"start={','.join(['2026-12-01'] * 4)}&start={','.join(['ge2026-12-01'] * 3)}", "start"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(form: str, field: str):
    with pytest.raises(Invalid) as refused:
        searched(form)
    assert refused.value.facts["field"] == field


def test_the_search_of_the_interface_notes_is_read():
    sample = json_interface("salesforce/samples/appointment-fhir.json")[0]["request"]["body"]
    search = searched(sample)
    assert search.within.sites == {"site-1"}
    assert search.within.products == set(), "a practitioner that is another than the service's is a pair nobody knows"
    assert [[each.prefix for each in starts.bounds] for starts in search.starts] == [["ge", "le"]]
    assert (search.free, search.with_schedules, search.latest_first) == (True, True, False)
