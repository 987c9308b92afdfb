"""Documents: masks, differences, what callers see, and the YAML form."""

from typing import Any

import pytest
from doselane.masterdata.v1 import masterdata_pb2, resources_pb2
from doselane.type.v1 import type_pb2
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.errors import Invalid, InvalidFields
from services.masterdata.documents import KINDS, ResourceKind, kind_of, kinds, views, yaml_in, yaml_out
from services.masterdata.domain import Provenance, Version
from tests.support.masterdata import BUILDERS, HARBOR, NOON, NORTHLAKE, PSMA, a_lane, a_product, a_site, an_agreement

METHODS = {method.name for method in masterdata_pb2.DESCRIPTOR.services_by_name["MasterDataService"].methods}


def a_version(message: Any, number: int = 3) -> Version:
    """A stored version of a resource."""
    singular = type(message).__name__.lower()
    document = kind_of(singular).merged(message.name, b"", message.SerializeToString(), ())
    return Version(message.name, singular, number, document, NOON, Provenance("planner", NOON, "renewed"))


def test_the_table_of_kinds_names_every_call_but_those_for_all_kinds() -> None:
    named = {kind.call(verb) for kind in KINDS for verb in ("Create", "Get", "List", "Update", "Delete")}
    assert METHODS - named == {"ListRevisions", "ExportMasterData", "ImportMasterData"}
    assert named <= METHODS


@pytest.mark.parametrize(
    ("name", "singular"),
    [
        ("products/psma-lu177", "product"),
        ("facilities/north/lines/1", "line"),
        ("facilities/north", "facility"),
        ("sites/A.b_c-9", "site"),
        ("sites/", None),
        ("sites/-a", None),
        ("sites/a/b", None),
        ("sites/" + "a" * 64, None),
        ("runs/x", None),
        ("sites/a\n", None),
    ],
)
def test_a_name_says_what_it_is_the_name_of(name: str, singular: str | None) -> None:
    kind = kinds.kind_named(name)
    assert (kind.singular if kind else None) == singular


def merged(kind: ResourceKind, before: Any, asked: Any, *paths: str) -> Any:
    after = kind.merged(before.name, before.SerializeToString(), asked.SerializeToString(), paths)
    return kind.message.FromString(after)


def test_a_mask_changes_what_it_names_and_nothing_else() -> None:
    site = kind_of("site")
    asked = resources_pb2.Site(region="us-east", partners=[HARBOR], display_name="ignored")
    after = merged(site, a_site(), asked, "region", "partners", "licences")
    assert after == a_site(region="us-east", partners=[HARBOR], licences=[])


def test_a_mask_can_name_a_part_of_a_field_and_the_other_choice() -> None:
    line, agreement = kind_of("line"), kind_of("agreement")
    larger = resources_pb2.Line(run_capacity=type_pb2.Capacity(vials=30))
    assert merged(line, BUILDERS["line"](), larger, "run_capacity.vials").run_capacity == type_pb2.Capacity(
        reference_activity_kbq=200_000_000, vials=30
    )
    weekly = resources_pb2.Agreement(per_week=type_pb2.Capacity(reference_activity_kbq=5, vials=1))
    after = merged(agreement, an_agreement(), weekly, "per_week")
    assert after.WhichOneof("allotment") == "per_week"
    assert merged(agreement, an_agreement(), resources_pb2.Agreement(), "per_run").WhichOneof("allotment") is None


@pytest.mark.parametrize("path", ["colour", "licences.nuclide", "etag.x", "", "Region", "region.x"])
def test_a_path_that_is_none_is_refused_and_named(path: str) -> None:
    with pytest.raises(Invalid) as refused:
        kinds.require_paths(kind_of("site"), ["region", path])
    assert (refused.value.facts["field"], refused.value.facts["path"]) == ("update_mask", path)


def test_a_star_stands_for_all_fields() -> None:
    assert kinds.require_paths(kind_of("site"), ["*"]) == ()


def test_output_fields_are_no_part_of_a_document() -> None:
    seen = views.message_of(a_version(a_site()))
    assert seen.etag == "v3"
    assert merged(kind_of("site"), seen, seen) == a_site()


def test_differing_fields_are_named_also_where_only_their_presence_differs() -> None:
    lane = kind_of("lane")
    one, other = a_lane(), a_lane(display_name="x")
    other.departures[0].ClearField("cutoff_minutes")
    assert lane.differing(one.SerializeToString(), other.SerializeToString()) == ("display_name", "departures")
    agreement = kind_of("agreement")
    empty = an_agreement(per_run=type_pb2.Capacity())
    none = an_agreement(per_run=None)
    assert agreement.differing(empty.SerializeToString(), none.SerializeToString()) == ("per_run",)


def test_the_ledger_is_not_asked_about_what_it_does_not_read() -> None:
    assert not kind_of("site").concerns_ledger(["display_name", "region"])
    assert kind_of("site").concerns_ledger(["display_name", "licences"])
    assert not kind_of("lane").concerns_ledger(["display_name"])
    assert kind_of("lane").concerns_ledger(["legs"])  # a carrier may not accept class 7 any more
    assert not kind_of("line").concerns_ledger(["shifts"])
    assert not kind_of("agreement").concerns_ledger(["per_run"])


def test_a_sponsor_sees_itself_and_nothing_that_tells_of_others() -> None:
    seen = views.message_of(a_version(a_product()), NORTHLAKE)
    assert list(seen.partners) == [NORTHLAKE]
    assert (seen.etag, seen.HasField("update_time"), seen.HasField("last_change")) == ("", False, False)
    assert seen.HasField("create_time")


def test_a_sponsor_sees_how_a_dose_travels_and_not_who_carries_it() -> None:
    version = a_version(a_lane())
    [leg] = views.message_of(version, NORTHLAKE).legs
    assert (leg.carrier, leg.minutes) == ("", 200)
    assert views.message_of(version).legs[0].carrier == "partners/swift"
    text = yaml_out.written({kind_of("lane"): [version]}, NORTHLAKE)
    assert "carrier" not in text and "minutes: 200" in text


def test_what_was_exported_reads_as_it_was() -> None:
    found = {kind: [a_version(BUILDERS[kind.singular]())] for kind in KINDS}
    text = yaml_in.read(yaml_out.written(found, None))
    for entry in text.entries:
        [version] = found[entry.kind]
        assert entry.message == entry.kind.message.FromString(version.document)
    assert len(text.entries) == len(KINDS)


@given(
    st.text(max_size=40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 23),
)
def test_whatever_a_field_holds_survives_export_and_import(text: str, number: float, whole: int, hours: int) -> None:
    product = a_product(display_name=text, loss_fraction=number, vial_reference_activity_max_kbq=whole)
    site = a_site(display_name=text)
    site.weekly_windows[0].start_time.hours = hours
    found = {kind_of("product"): [a_version(product)], kind_of("site"): [a_version(site)]}
    read = [entry.message for entry in yaml_in.read(yaml_out.written(found, None)).entries]
    assert read == [product, site]


def test_a_text_written_by_hand_may_leave_out_quotes_and_use_camel_case() -> None:
    [site] = yaml_in.read("""
sites:
- name: sites/lakeside
  displayName: no
  time_zone: Europe/Berlin
  licences:
  - {nuclide: NUCLIDE_LU_177, activity_max_mbq: 1e4, valid_until_time: 2027-03-01T08:00:00+01:00}
  weekly_windows:
  - days: [MONDAY, 3]
    start_time: {hours: 8}
    end_time: {}
  closed_dates:
""").entries
    assert (site.message.display_name, site.message.licences[0].activity_max_mbq) == ("no", 10_000)
    assert site.message.licences[0].valid_until_time.ToJsonString() == "2027-03-01T07:00:00Z"
    assert list(site.message.weekly_windows[0].days) == [1, 3]
    assert site.message.weekly_windows[0].HasField("end_time")


@pytest.mark.parametrize(
    ("text", "field", "line", "told"),
    [
        ("sites:\n- name: sites/a\n  colour: red", "sites[0].colour", 3, "is no field of a Site"),
        ("sites:\n- name: sites/a\n- name: sites/a", "sites[1].name", 3, "is that of sites[0] too"),
        ("sites:\n- region: x", "sites[0].name", 2, "must look like sites/{site}"),
        ("places:\n- name: sites/a", "places", 2, "is no collection"),
        ("sites: lakeside", "sites", 1, "must be a list"),
        ("sites:\n- lakeside", "sites[0]", 2, "must be a mapping of fields"),
        (
            "sites:\n- name: sites/a\n  licences:\n  - nuclide: Lu",
            "sites[0].licences[0].nuclide",
            4,
            "must be one of NUCLIDE_LU_177",
        ),
        (
            "sites:\n- name: sites/a\n  licences:\n  - validUntilTime: tomorrow",
            "sites[0].licences[0].validUntilTime",
            4,
            "must be an instant such as",
        ),
        ("products:\n- name: products/a\n  qc_minutes: 1.5", "products[0].qc_minutes", 3, "must be a whole number"),
        ("products:\n- name: products/a\n  loss_fraction: few", "products[0].loss_fraction", 3, "must be a number"),
        ("products:\n- name: products/a\n  partners: x", "products[0].partners", 3, "must be a list"),
        ("products:\n- name: products/a\n  qc_minutes: [1]", "products[0].qc_minutes", 3, "not a list or a mapping"),
        ("products:\n- name: products/a\n  partners:\n  - [x]", "products[0].partners[0]", 4, "must be a text"),
        (
            "lanes:\n- name: lanes/a\n  legs:\n  - accepts_class_7: maybe",
            "lanes[0].legs[0].accepts_class_7",
            4,
            "must be true or false",
        ),
        (
            "agreements:\n- name: agreements/a\n  per_run: {vials: 1}\n  per_week: {vials: 1}",
            "agreements[0].per_week",
            4,
            "cannot be stated beside per_run",
        ),
    ],
)
def test_a_mistake_in_a_text_is_named_with_field_and_line(text: str, field: str, line: int, told: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        yaml_in.read(text)
    [(at, wrong)] = refused.value.violations
    assert (at, refused.value.facts["line"]) == (field, str(line))
    assert told in wrong
    assert f"(line {line})" in wrong


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("# nothing", 1),
        ("- sites", 1),
        ("sites:\n\t- x", 2),
        ("sites: [", 1),
        ("sites: []\n---\nsites: []", 3),
        ("sites: []\nsites: []", 2),
        ("sites:\n- &a {name: sites/a}\n- *a", 2),
        ("sites:\n- !!python/object:os.system {}", 2),
        ("? [a]\n: b", 1),
        ("sites: \0", 1),
        ("sites: " + "[" * 50_000, 1),
        ("- " * 50_000, 1),
        ("{sites: " * 30_000, 1),
    ],
)
def test_a_text_that_is_no_yaml_or_more_than_we_take_is_refused_with_the_line(text: str, line: int) -> None:
    with pytest.raises(Invalid) as refused:
        yaml_in.read(text)
    assert refused.value.facts["field"] == "yaml"
    assert abs(int(refused.value.facts["line"]) - line) <= 1


def test_a_text_that_is_too_large_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        yaml_in.read("#" * (4 * 1024 * 1024 + 1))
    assert "4 MiB" in refused.value.message


def test_a_product_is_named_as_the_others_are() -> None:
    assert kind_of("product").pattern == "products/{product}"
    assert (kind_of("line").parent, kind_of("product").parent) == ("facilities/{facility}", "")
    assert kind_of("line").filters == ("parent", "product")
    kind_of("product").require_name(PSMA, "name")
