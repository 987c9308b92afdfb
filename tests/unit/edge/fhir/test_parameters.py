"""Search parameters of the FHIR façade: names, lists, and whose items are whose."""

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.edge.fhir.parameters import ITEMS_MAX, PARAMETERS_MAX, pairs_of, schedule_search, slot_search, split
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


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (f"{LOCATION}={','.join(map(str, range(ITEMS_MAX + 1)))}", "Location._id"),
        ("&".join(["a=b"] * (PARAMETERS_MAX + 1)), "query"),
        ("schedule.actor=Patient/1", "actor"),
        ("_count=few", "_count"),
        ("_offset=-1", "_offset"),
        ("start=%FF", "query"),
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
    assert [each.prefix for each in search.starts.bounds] == ["ge", "le"]
    assert (search.free, search.with_schedules, search.latest_first) == (True, True, False)
