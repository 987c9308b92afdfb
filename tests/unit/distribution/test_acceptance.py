"""The acceptance checklist: all that is missing, or contradicts something, is named at once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from doselane.distribution.v1 import shipment_pb2

from services.distribution.domain.acceptance import AcceptanceGrounds, checklist, lacking
from services.distribution.domain.acceptance_items import AcceptanceItem, ItemState
from services.distribution.domain.packages import Package, PackageParty
from services.kernel.activity import Nuclide
from services.network import Lane
from services.network.a2 import NO_TABLE, RadioactiveContent
from services.network.class7 import PackageCategory, PackageType
from services.network.resources import Leg, LegMode
from tests.support.packages import DEPARTURE, a_dose, a_package, a_shipment, content, grounds

SATISFIED, MISSING, CONTRADICTED = ItemState.SATISFIED, ItemState.MISSING, ItemState.CONTRADICTED
ITEMS_OF_A_SHIPMENT = {"courier", "batch", "packages", "declaration", "transport_index_sum"}
ITEMS_OF_A_PACKAGE = {
    "design", "un_number", "proper_shipping_name", "seal_number", "contents", "activity", "a2_fraction",
    "physical_form", "chemical_form", "surface_dose_rate", "measurement", "dose_rate_at_one_metre", "category",
    "labels", "shipper", "consignee", "emergency_contact",
}  # fmt: skip


def wrong(*packages: Package, by: AcceptanceGrounds | None = None, **shipment: Any) -> dict[str, AcceptanceItem]:
    """What is not satisfied, by item."""
    items = checklist(a_shipment(*packages, **shipment), by or grounds())
    return {item.item: item for item in items if item.state is not SATISFIED}


def test_a_shipment_in_order_may_be_handed_over() -> None:
    items = checklist(a_shipment(), grounds())
    assert lacking(items) == []
    assert {item.item for item in items if not item.package_id} == ITEMS_OF_A_SHIPMENT
    assert {item.item for item in items if item.package_id == "P-1"} == ITEMS_OF_A_PACKAGE
    assert len(items) == len(ITEMS_OF_A_SHIPMENT) + len(ITEMS_OF_A_PACKAGE)
    assert all(item.detail for item in items)


def test_a_package_of_which_nobody_said_anything_lacks_everything_at_once() -> None:
    found = wrong(Package("P-1", ("d-1",)))
    assert {name for name, item in found.items() if item.state is MISSING} == ITEMS_OF_A_PACKAGE | {
        "transport_index_sum"
    }
    assert all(item.state is MISSING for item in found.values())


@pytest.mark.parametrize(
    ("field", "item"),
    [
        ("un_number", "un_number"),
        ("proper_shipping_name", "proper_shipping_name"),
        ("seal_number", "seal_number"),
        ("physical_form", "physical_form"),
        ("chemical_form", "chemical_form"),
        ("measured_at", "measurement"),
        ("measured_by", "measurement"),
        ("instrument", "measurement"),
        ("label_category", "category"),
        ("labels", "labels"),
        ("shipper", "shipper"),
        ("consignee", "consignee"),
        ("emergency_contact", "emergency_contact"),
        ("design", "design"),
    ],
)
def test_a_missing_field_is_named(field: str, item: str) -> None:
    nothing = "" if isinstance(getattr(a_package(), field), str) and field != "design" else None
    found = wrong(a_package(**{field: None if field in ("design", "label_category") else nothing}))
    assert found[item].state is MISSING
    assert (found[item].package_id, "missing" in found[item].detail) == ("P-1", True)
    assert set(found) == {item}


@pytest.mark.parametrize(
    ("given", "item", "said"),
    [
        ({"un_number": "UN2916"}, "un_number", "a package of design TYPE_A has UN2915"),
        ({"un_number": "UN1845"}, "un_number", "UN2915"),
        ({"design": None, "un_number": "UN1845"}, "un_number", "class 7 has one of"),
        ({"proper_shipping_name": "RADIOACTIVE MATERIAL"}, "proper_shipping_name", "TYPE A PACKAGE"),
        ({"label_category": PackageCategory.WHITE_I}, "category", "makes it II-YELLOW"),
        ({"un_number": "", "proper_shipping_name": "MEDICINES"}, "proper_shipping_name", "class 7"),
        ({"labels": 1}, "labels", "1 labels"),
        ({"surface_msv_h": Decimal("2.1")}, "surface_dose_rate", "2 mSv/h are allowed"),
        ({"contents": (content("Ac-225", "0.01"),)}, "contents", "do not name Lu-177"),
        ({"contents": (content(gbq="701"),)}, "a2_fraction", "this is no Type A package"),
    ],
)
def test_a_contradiction_is_told_from_what_is_missing(given: dict[str, Any], item: str, said: str) -> None:
    found = wrong(a_package(**given))
    assert found[item].state is CONTRADICTED
    assert said in found[item].detail


@pytest.mark.parametrize(
    ("field", "party"), [("shipper", PackageParty("Tidewater", "")), ("consignee", PackageParty("", "2 Lake Street"))]
)
def test_a_party_has_a_name_and_an_address(field: str, party: PackageParty) -> None:
    assert set(wrong(a_package(**{field: party}))) == {field}


def test_special_form_needs_no_form_and_a_share_of_a1() -> None:
    package = a_package(
        special_form=True,
        un_number="UN3332",
        proper_shipping_name="RADIOACTIVE MATERIAL, TYPE A PACKAGE, SPECIAL FORM",
        physical_form="",
        chemical_form="",
        contents=(content(gbq="30001"),),
    )
    found = wrong(package)
    assert set(found) == {"a2_fraction"}
    assert "of A1" in found["a2_fraction"].detail
    strong = a_package(
        design=PackageType.TYPE_B_U,
        un_number="UN2916",
        proper_shipping_name="RADIOACTIVE MATERIAL, TYPE B(U) PACKAGE",
        contents=(content(gbq="30001"),),
    )
    assert wrong(strong) == {}


def test_an_excepted_package_needs_no_category_no_index_and_no_declaration() -> None:
    package = a_package(
        design=PackageType.EXCEPTED,
        un_number="UN2910",
        proper_shipping_name="RADIOACTIVE MATERIAL, EXCEPTED PACKAGE - LIMITED QUANTITY OF MATERIAL",
        surface_msv_h=Decimal("0.004"),
        one_metre_msv_h=None,
        label_category=None,
        labels=None,
        contents=(content(gbq="0.07"),),  # a ten thousandth of A2
    )
    sample = (a_dose(mbq=None),)
    assert wrong(package, by=grounds(declared=()), doses=sample) == {}
    strong = wrong(replace(package, contents=(content(gbq="0.071"),)), by=grounds(declared=()), doses=sample)
    assert (strong["a2_fraction"].state, "0.0001 of a liquid" in strong["a2_fraction"].detail) == (CONTRADICTED, True)
    unclear = wrong(replace(package, physical_form="sludge"), by=grounds(declared=()), doses=sample)
    assert (unclear["a2_fraction"].state, "solid, liquid or gas" in unclear["a2_fraction"].detail) == (MISSING, True)


def test_a_type_b_u_package_may_be_too_strong_for_a_lane_that_flies() -> None:
    strong = a_package(
        design=PackageType.TYPE_B_U,
        un_number="UN2916",
        proper_shipping_name="RADIOACTIVE MATERIAL, TYPE B(U) PACKAGE",
        contents=(content(gbq="2100001"),),  # 3,000 A2 are 2,100 TBq
    )
    lane = Lane("lanes/l-1", "sites/lakeside", 0, 60, DEPARTURE + timedelta(days=9))
    road, air = (lane._replace(legs=(Leg(mode),)) for mode in (LegMode.ROAD, LegMode.AIR))
    assert "air_limit" not in wrong(strong, by=grounds(lane=road))
    found = wrong(strong, by=grounds(lane=air))["air_limit"]
    assert (found.state, found.package_id, "3000" in found.detail) == (CONTRADICTED, "P-1", True)
    weaker = replace(strong, contents=(content(gbq="2100000"),))
    assert "air_limit" not in wrong(weaker, by=grounds(lane=air))


@pytest.mark.parametrize(
    ("gbq", "state"),
    [
        ("7.392", MISSING),  # 7.4 GBq a day later are 8.2136 GBq now: a tenth less is 7.3923
        ("7.393", SATISFIED),
        ("80", SATISFIED),
    ],
)
def test_what_is_declared_is_no_less_than_what_the_dose_must_have(gbq: str, state: ItemState) -> None:
    found = wrong(a_package(contents=(content(gbq=gbq),)))
    assert ("activity" in found) is (state is not SATISFIED)
    if found:
        assert found["activity"].state is CONTRADICTED
        assert "Lu-177" in found["activity"].detail


def test_two_doses_of_a_nuclide_add_up() -> None:
    doses = (a_dose(), a_dose("d-2"))
    both = a_package(doses=("d-1", "d-2"), contents=(content(gbq="14.7"),))
    assert set(wrong(both, doses=doses)) == {"activity"}
    enough = a_package(doses=("d-1", "d-2"), contents=(content(gbq="14.8"),))
    assert wrong(enough, doses=doses) == {}
    # A content for each dose: which is whose nobody says, so their sum counts.
    apart = a_package(doses=("d-1", "d-2"), contents=(content(gbq="7.3"), content(gbq="7.6")))
    assert wrong(apart, doses=doses) == {}
    short = a_package(doses=("d-1", "d-2"), contents=(content(gbq="7.3"), content(gbq="7.4")))
    assert set(wrong(short, doses=doses)) == {"activity"}


def test_an_activity_without_its_instant_is_not_known() -> None:
    found = wrong(a_package(contents=(content(at=None),)))
    assert {name: item.state for name, item in found.items()} == {"activity": MISSING, "a2_fraction": MISSING}
    assert "time" in found["activity"].detail


def test_doses_of_which_little_is_known_contradict_nothing() -> None:
    assert wrong(doses=(a_dose(nuclide=None, mbq=None),)) == {}
    assert wrong(doses=(a_dose(mbq=None),)) == {}


def test_as_long_as_nobody_says_when_it_leaves_no_activity_is_too_small() -> None:
    assert wrong(a_package(contents=(content(gbq="1"),)), departure_at=None) == {}


def test_an_impurity_needs_no_dose() -> None:
    assert wrong(a_package(contents=(content(), content("Lu-177m", "0.001")))) == {}


def test_the_share_of_a2_names_its_edition_and_default_rows() -> None:
    (item,) = [each for each in checklist(a_shipment(), grounds(edition=NO_TABLE)) if each.item == "a2_fraction"]
    assert item.state is SATISFIED
    assert "no table entered (not for use)" in item.detail
    assert "by a default row: Lu-177" in item.detail


def test_exclusive_use_is_declared_where_nothing_else_is_allowed() -> None:
    hot: dict[str, Any] = {"one_metre_msv_h": Decimal("0.101"), "label_category": PackageCategory.YELLOW_III}
    found = wrong(a_package(**hot))
    assert {name: item.state for name, item in found.items()} == {"exclusive_use": CONTRADICTED}
    assert wrong(a_package(**hot, exclusive_use=True)) == {}


@pytest.mark.parametrize(("count", "allowed"), [(5, True), (6, False)])
def test_the_indices_of_a_consignment_add_up_to_fifty_without_exclusive_use(count: int, allowed: bool) -> None:
    hot: dict[str, Any] = {"one_metre_msv_h": Decimal("0.1"), "label_category": PackageCategory.YELLOW_III}
    doses = tuple(a_dose(f"d-{number}") for number in range(count))
    packages = [a_package(package_id=f"P-{n}", doses=(f"d-{n}",), **hot) for n in range(count)]
    known = {dose.dose for dose in doses}
    by = grounds(may_leave=known, declared=known)
    assert ("transport_index_sum" in wrong(*packages, doses=doses, by=by)) is not allowed
    above = [*packages[:-1], *([] if allowed else [replace(packages[-1], one_metre_msv_h=Decimal("0.0006"))])]
    assert ("transport_index_sum" in wrong(*above, doses=doses[: len(above)], by=by)) is not allowed
    exclusive = [a_package(package_id=f"P-{n}", doses=(f"d-{n}",), exclusive_use=True, **hot) for n in range(count)]
    assert wrong(*exclusive, doses=doses, by=by) == {}
    if not allowed:
        mixed = [*exclusive[1:], packages[0]]
        assert wrong(*mixed, doses=doses, by=by)["transport_index_sum"].state is CONTRADICTED


@pytest.mark.parametrize(
    ("by", "shipment", "item"),
    [
        (grounds(may_leave=()), {}, "batch"),
        (grounds(declared=()), {}, "declaration"),
        (grounds(), {"courier": ""}, "courier"),
        (grounds(), {"doses": (a_dose(), a_dose("d-2", None, None))}, "packages"),
    ],
)
def test_what_a_shipment_lacks_is_named(by: AcceptanceGrounds, shipment: dict[str, Any], item: str) -> None:
    found = wrong(by=by, **shipment)
    assert {name: each.state for name, each in found.items()} == {item: MISSING}
    assert found[item].package_id == ""
    if item != "courier":
        assert f"doses/{'d-2' if item == 'packages' else 'd-1'}" in found[item].detail


@pytest.mark.parametrize("accepted", [True, False])
def test_a_lane_that_does_not_accept_class_7_carries_nothing(accepted: bool) -> None:
    lane = Lane("lanes/l-1", "sites/lakeside", 0, 60, DEPARTURE + timedelta(days=9), class_7=accepted)
    found = wrong(by=grounds(lane=lane))
    assert ("class_7_acceptance" in found) is not accepted
    if not accepted:
        assert "lanes/l-1" in found["class_7_acceptance"].detail


def test_what_is_lacking_is_said_in_words_with_its_package() -> None:
    said = lacking(checklist(a_shipment(a_package(seal_number=""), courier=""), grounds()))
    assert said == ["No courier is known.", "P-1: seal_number is missing."]


def test_another_nuclide_than_the_contents_is_named() -> None:
    found = wrong(doses=(a_dose(nuclide=Nuclide.AC_225),))
    assert set(found) == {"contents"}
    assert "Ac-225" in found["contents"].detail


def test_a_content_of_unknown_activity_leaves_the_activity_missing() -> None:
    unknown = RadioactiveContent("Lu-177m", None, DEPARTURE)
    assert set(wrong(a_package(contents=(content(), unknown)))) == {"activity", "a2_fraction"}


def test_the_states_of_items_are_those_that_are_published() -> None:
    published = {name: number for name, number in shipment_pb2.AcceptanceItem.State.items() if number}
    assert {state.name: int(state) for state in ItemState} == published
