"""What follows from a package's data: index, category, share of A2, label, and what cannot go together."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.distribution.domain.known import NamedPlace
from services.distribution.domain.packages import (
    PackageParty,
    contents_at,
    findings_of,
    named_by,
    surface_contradiction,
)
from services.network.a2 import NO_TABLE, RadioactiveContent
from services.network.class7 import Categorisation, PackageCategory, PackageType
from tests.support.packages import DEPARTURE, TABLE, a_package, content


def test_all_that_follows_from_a_package_in_order() -> None:
    found = findings_of(a_package(), TABLE, DEPARTURE)
    assert (found.edition, found.not_for_use) == ("a table of the tests", False)
    assert found.transport_index == Decimal("0.5")
    assert found.categorisation == Categorisation(PackageCategory.YELLOW_II, False)
    assert (found.un_number, found.proper_shipping_name) == ("UN2915", "RADIOACTIVE MATERIAL, TYPE A PACKAGE")
    assert found.activity_bq == 8 * 10**9
    assert found.share and found.share.shown == Decimal("0.01143")
    assert found.label and found.label.lines == (
        "RADIOACTIVE II-YELLOW",
        "CONTENTS Lu-177",
        "ACTIVITY 8 GBq",
        "TRANSPORT INDEX 0.5",
        "7",
    )
    assert found.contradictions == ()


def test_contents_are_at_their_greatest_as_the_package_leaves() -> None:
    package = a_package(contents=(content(at=DEPARTURE - timedelta(days=6.647)),))
    left = findings_of(package, TABLE, DEPARTURE)
    assert left.activity_bq is not None
    assert float(left.activity_bq) == pytest.approx(4e9)
    assert findings_of(package, TABLE, None).activity_bq == 8 * 10**9
    assert contents_at(package, None) == package.contents
    assert contents_at(package, DEPARTURE)[0].at == DEPARTURE


@pytest.mark.parametrize("contents", [(), (RadioactiveContent("Lu-177", None, DEPARTURE),), (content(at=None),)])
def test_what_is_not_known_makes_nothing_up(contents: tuple[RadioactiveContent, ...]) -> None:
    found = findings_of(a_package(contents=contents), TABLE, DEPARTURE)
    assert (found.activity_bq, found.share, found.label) == (None, None, None)


def test_one_activity_that_is_not_known_leaves_the_sum_unknown() -> None:
    two = (content(), RadioactiveContent("Lu-177m", None, DEPARTURE))
    assert findings_of(a_package(contents=two), TABLE, DEPARTURE).activity_bq is None


@pytest.mark.parametrize("missing", [{"one_metre_msv_h": None}, {"surface_msv_h": None}])
def test_without_both_dose_rates_there_is_no_category_and_no_label(missing: dict[str, Any]) -> None:
    found = findings_of(a_package(**missing), TABLE, DEPARTURE)
    assert (found.categorisation, found.label) == (None, None)
    assert (found.transport_index is None) is ("one_metre_msv_h" in missing)


def test_an_excepted_package_has_no_category_and_leads_to_several_numbers() -> None:
    found = findings_of(
        a_package(
            design=PackageType.EXCEPTED,
            un_number="UN2910",
            contents=(content(gbq="0.05"),),
            surface_msv_h=Decimal("0.005"),
            proper_shipping_name="",
        ),
        TABLE,
        DEPARTURE,
    )
    assert (found.categorisation, found.label, found.un_number, found.proper_shipping_name) == (None, None, None, "")
    assert found.contradictions == ()


def test_without_a_design_nothing_leads_to_a_number() -> None:
    found = findings_of(a_package(design=None), TABLE, DEPARTURE)
    assert (found.un_number, found.contradictions) == (None, ())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"un_number": "UN2916"}, ["leads to UN2915", "that of UN2916 is"]),
        ({"contents": (content(gbq="701"),)}, ["exceed A2"]),
        ({"contents": (content(gbq="700"),)}, []),
        ({"proper_shipping_name": "RADIOACTIVE MATERIAL"}, ["that of UN2915 is RADIOACTIVE MATERIAL, TYPE A PACKAGE"]),
        ({"un_number": "UN0000", "proper_shipping_name": "X"}, ["leads to UN2915"]),
        (
            {"label_category": PackageCategory.WHITE_I},
            ["The label says I-WHITE; what was measured makes it II-YELLOW."],
        ),
        ({"label_category": None}, []),
        (
            {"one_metre_msv_h": Decimal("0.101"), "label_category": PackageCategory.YELLOW_III},
            ["under exclusive use only"],
        ),
        (
            {
                "one_metre_msv_h": Decimal("0.101"),
                "label_category": PackageCategory.YELLOW_III,
                "exclusive_use": True,
            },
            [],
        ),
        ({"surface_msv_h": Decimal(11)}, ["without exclusive use 2 mSv/h"]),
    ],
)
def test_what_cannot_go_together_is_said_all_at_once(given: dict[str, Any], said: list[str]) -> None:
    found = findings_of(a_package(**given), TABLE, DEPARTURE).contradictions
    assert len(found) == len(said), found
    assert all(part in sentence for part, sentence in zip(said, found, strict=True)), found


def test_what_two_packages_held_is_checked_anew_for_class_7_when_it_is_merged_into_one() -> None:
    """Each may travel; together they are too much for a package of Type A, and what is measured makes another label."""
    apart = [a_package(contents=(content(gbq="400"),)) for _ in range(2)]
    found = [findings_of(each, TABLE, DEPARTURE) for each in apart]
    assert [each.contradictions for each in found] == [(), ()]
    contents = tuple(content for each in apart for content in each.contents)
    merged = a_package(contents=contents, one_metre_msv_h=Decimal("0.011"))
    anew = findings_of(merged, TABLE, DEPARTURE)
    assert anew.activity_bq == 2 * 400 * 10**9
    assert anew.share and all(each.share and anew.share.shown > each.share.shown for each in found)
    assert anew.categorisation == Categorisation(PackageCategory.YELLOW_III, False)
    beyond, label = anew.contradictions
    assert "exceed A2" in beyond and "makes it III-YELLOW" in label


@pytest.mark.parametrize(
    ("given", "most"),
    [
        ({}, "2"),
        ({"exclusive_use": True}, "10"),
        ({"design": PackageType.EXCEPTED}, "0.005"),
        ({"design": PackageType.EXCEPTED, "exclusive_use": True}, "0.005"),
    ],
)
def test_the_dose_rate_at_the_surface_has_its_limit(given: dict[str, Any], most: str) -> None:
    assert surface_contradiction(a_package(surface_msv_h=Decimal(most), **given)) == ""
    above = surface_contradiction(a_package(surface_msv_h=Decimal(most) + Decimal("0.0001"), **given))
    assert f" {most} mSv/h are allowed" in above
    assert surface_contradiction(a_package(surface_msv_h=None, **given)) == ""


def test_special_form_is_held_against_a1() -> None:
    special = a_package(special_form=True, un_number="UN3332", contents=(content(gbq="3000"),))
    found = findings_of(special, TABLE, DEPARTURE)
    assert found.share and found.share.fraction == Decimal("0.1")
    assert found.un_number == "UN3332"


def test_a_table_that_is_not_for_use_says_so() -> None:
    assert findings_of(a_package(), NO_TABLE, DEPARTURE).not_for_use


def test_master_data_names_the_parties_where_the_packer_did_not() -> None:
    plant = NamedPlace("facilities/north", "North", "UTC", "1 Harbour Road", "+49 30 1")
    centre = NamedPlace("sites/lakeside", "Lakeside", "UTC", "2 Lake Street", "+41 22 2")
    bare = a_package(shipper=None, consignee=None, emergency_contact="")
    told = named_by(bare, plant, centre)
    assert (told.shipper, told.consignee) == (
        PackageParty("North", "1 Harbour Road"),
        PackageParty("Lakeside", "2 Lake Street"),
    )
    assert told.emergency_contact == "+49 30 1"
    assert named_by(a_package(), plant, centre) == a_package()
    assert named_by(bare, None, None) == bare


@pytest.mark.parametrize("place", [NamedPlace("s", "Lakeside"), NamedPlace("s", "", "", "2 Lake Street")])
def test_half_a_party_is_none(place: NamedPlace) -> None:
    assert named_by(a_package(consignee=None), None, place).consignee is None
