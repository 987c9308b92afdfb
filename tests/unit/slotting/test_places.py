"""Licences: up to which activity, until which instant, of which nuclide. The ways to a centre are in test_ways."""

from datetime import datetime, timedelta

import pytest

from services.kernel.activity import Nuclide, activity_at
from services.network import Licence, Product, ResourceVersion, Site
from services.slotting.domain import decide
from services.slotting.domain.places import check_licence
from services.slotting.domain.refusals import SiteLicence
from tests.support.slotting import HARBOR, NOON, NORTHLAKE, SITE, a_book, a_claim, a_demand, a_page, a_run, a_site
from tests.unit.slotting.pictures import refusal

MICROSECOND = timedelta(microseconds=1)
SYNTHESIS = NOON + timedelta(hours=24)
ADMINISTRATION = NOON + timedelta(hours=48)
ARRIVAL = SYNTHESIS + timedelta(hours=8)
PRODUCT = Product(
    "products/psma-lu177", Nuclide.LU_177, frozenset([NORTHLAKE]), 7400.0, 3700.0, 7400.0, timedelta(hours=24)
)


def licensed(activity_mbq_max: float = 7400.0, until: datetime = NOON + timedelta(days=365)) -> Site:
    return a_site(licences=[Licence(Nuclide.LU_177, activity_mbq_max, until)])


def admits(site: Site, activity_mbq: float = 7400.0, arrival_at: datetime = ADMINISTRATION, **run: object) -> bool:
    try:
        check_licence(site, a_run(**run), activity_mbq, ADMINISTRATION, arrival_at)
    except SiteLicence:
        return False
    return True


def test_a_licence_covers_its_nuclide_up_to_its_activity():
    assert admits(licensed())
    assert not admits(licensed(), activity_mbq=7400.001)
    assert not admits(licensed(), nuclide=Nuclide.AC_225)


@pytest.mark.parametrize(("after", "valid"), [(MICROSECOND, True), (timedelta(0), False)])
def test_a_licence_must_outlast_the_administration(after: timedelta, valid: bool):
    assert admits(licensed(until=ADMINISTRATION + after)) is valid


def test_the_licence_must_cover_the_dose_as_it_arrives_when_it_is_hotter():
    at_arrival = activity_at(7400.0, ADMINISTRATION, ARRIVAL, Nuclide.LU_177)
    assert at_arrival > 7900
    assert not admits(licensed(at_arrival - 0.001), arrival_at=ARRIVAL)
    assert admits(licensed(at_arrival), arrival_at=ARRIVAL)


def test_one_of_several_licences_is_enough_and_two_do_not_add_up():
    small = [Licence(Nuclide.LU_177, 5000.0, NOON + timedelta(days=9))] * 2
    assert not admits(a_site(licences=small))
    assert admits(a_site(licences=[*small, Licence(Nuclide.LU_177, 8000.0, NOON + timedelta(days=9))]))


def test_the_refusal_says_what_licence_is_wanted():
    with pytest.raises(SiteLicence) as refusal:
        check_licence(licensed(100.0), a_run(), 7400.0, ADMINISTRATION, ADMINISTRATION)
    assert refusal.value.facts == {
        "site": SITE,
        "nuclide": "Lu-177",
        "activity_mbq": "7400.000",
        "administration_time": "2027-03-03T12:00:00Z",
    }


def of_product(product: Product, **demand: object):
    page = a_page(a_book())
    page.network = page.network.after([ResourceVersion(product.name, "product", 1, product, False, b"")])
    return page, a_claim(a_demand(**demand))


@pytest.mark.parametrize("mbq", [3700.0, 7400.0])
def test_both_ends_of_a_products_activities_are_allowed(mbq: float):
    decide(*of_product(PRODUCT, activity_mbq=mbq))


@pytest.mark.parametrize("mbq", [3699.999, 7400.001])
def test_outside_a_products_activities_the_refusal_names_them(mbq: float):
    said = refusal(*of_product(PRODUCT, activity_mbq=mbq))
    assert said.reason == "ACTIVITY_OUT_OF_RANGE"
    assert said.facts == {
        "product": PRODUCT.name,
        "activity_mbq": str(mbq),
        "activity_min_mbq": "3700.0",
        "activity_max_mbq": "7400.0",
    }


@pytest.mark.parametrize(("later", "usable"), [(timedelta(0), True), (MICROSECOND, False)])
def test_a_dose_is_administered_within_its_products_shelf_life(later: timedelta, usable: bool):
    asked = of_product(PRODUCT, administration_at=ADMINISTRATION + later)
    if usable:
        decide(*asked)
        return
    said = refusal(*asked)
    assert (said.reason, said.facts["use_by_time"]) == ("DECAYED_BELOW_MINIMUM", "2027-03-03T12:00:00Z")


FILLED = PRODUCT._replace(concentration_mbq_per_ml=1000.0, fill_volume_ul_min=7500, fill_volume_ul_max=12500)


def test_a_dose_whose_volume_the_product_does_not_allow_is_refused_with_when_it_would_do():
    too_early = SYNTHESIS + timedelta(hours=3)
    said = refusal(*of_product(FILLED, administration_at=too_early))
    assert said.reason == "FILL_VOLUME_OUT_OF_RANGE"
    earliest, latest = (SYNTHESIS + timedelta(hours=hours) for hours in (3.093, 120.67))
    told = {
        name: datetime.fromisoformat(said.facts.pop(f"{name}_administration_time")) for name in ("earliest", "latest")
    }
    assert abs(told["earliest"] - earliest) < timedelta(minutes=1) and abs(told["latest"] - latest) < timedelta(
        minutes=1
    )
    assert said.facts == {
        "run": "runs/lu-1",
        "product": PRODUCT.name,
        "administration_time": "2027-03-02T15:00:00Z",
        "volume_ul": "7497",
        "volume_min_ul": "7500",
        "volume_max_ul": "12500",
    }
    decide(*of_product(FILLED, administration_at=told["earliest"]))


def test_a_range_that_is_open_names_only_the_end_that_it_has():
    at_most = FILLED._replace(fill_volume_ul_min=None, fill_volume_ul_max=7400)
    said = refusal(*of_product(at_most))
    assert said.reason == "FILL_VOLUME_OUT_OF_RANGE"
    assert "latest_administration_time" in said.facts
    assert not {"volume_min_ul", "earliest_administration_time"} & said.facts.keys()


def test_a_product_that_does_not_say_what_it_is_filled_from_is_claimed_at_any_volume():
    decide(
        *of_product(FILLED._replace(concentration_mbq_per_ml=None), administration_at=SYNTHESIS + timedelta(hours=3))
    )


def test_to_a_sponsor_that_the_product_does_not_name_its_runs_do_not_exist():
    page, claim = of_product(PRODUCT, partner=HARBOR)
    unknown = a_claim(a_demand("runs/none", partner=HARBOR))
    said = [refusal(page, each) for each in (claim, unknown)]
    assert [(each.reason, each.message) for each in said] == [("RUN_UNKNOWN", "There is no such run.")] * 2


def test_not_even_staff_claim_a_product_for_a_sponsor_that_it_does_not_name():
    page, _ = of_product(PRODUCT)
    assert refusal(page, a_claim(a_demand(partner=HARBOR), operator=True)).reason == "RUN_UNKNOWN"


def test_a_deleted_product_is_claimed_by_nobody():
    page = a_page(a_book())
    page.network = page.network.after([ResourceVersion(PRODUCT.name, "product", 2, PRODUCT, True, b"")])
    assert refusal(page, a_claim()).reason == "RUN_UNKNOWN"
