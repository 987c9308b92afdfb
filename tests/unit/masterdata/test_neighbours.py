"""How resources must fit each other."""

import time
from datetime import timedelta
from typing import Any

import pytest

from services.kernel.errors import GatewayError
from services.kernel.timestamps import stamp
from services.masterdata.domain import neighbours
from services.masterdata.domain.neighbours import Neighbourhood
from tests.support.masterdata import (
    BUILDERS,
    HARBOR,
    IN_A_YEAR,
    LINE_1,
    MERIDIAN,
    NOON,
    NORTH,
    NORTH_LAKESIDE,
    PSMA,
    a_lane,
    a_line,
    a_product,
    a_site,
    an_agreement,
    content,
)


def world(*messages: Any) -> dict[str, Any]:
    """The resources that there are."""
    return {message.name: content(message) for message in messages}


EVERYTHING = world(*(build() for build in BUILDERS.values()))


def refusal(message: Any, others: dict[str, Any]) -> GatewayError:
    with pytest.raises(GatewayError) as raised:
        neighbours.require_fitting(content(message), Neighbourhood({**others, **world(message)}), "it", NOON)
    return raised.value


@pytest.mark.parametrize("kind", BUILDERS)
def test_what_refers_to_what_is_there_fits(kind: str) -> None:
    neighbours.require_fitting(content(BUILDERS[kind]()), Neighbourhood(EVERYTHING), "it", NOON)


def test_all_that_is_missing_is_named() -> None:
    refused = refusal(a_line(products=["products/a", PSMA, "products/b"]), world(a_product()))
    assert (refused.reason, refused.facts["field"]) == ("REFERENCE_UNKNOWN", "it.name")
    assert refused.facts["missing"] == f"{NORTH},products/a,products/b"
    assert refusal(a_lane(), world(a_site())).facts["field"] == "it.facility"
    assert refusal(an_agreement(), {}).facts["missing"] == PSMA


def test_a_lane_from_any_facility_needs_only_its_centre() -> None:
    neighbours.require_fitting(content(a_lane(facility="")), Neighbourhood(world(a_site())), "it", NOON)


def test_an_agreement_needs_a_product_that_names_its_sponsor() -> None:
    refused = refusal(an_agreement(partner=MERIDIAN), world(a_product()))
    assert (refused.reason, refused.facts["field"]) == ("PARTNER_UNKNOWN", "it.partner")


def test_two_agreements_of_a_sponsor_on_a_product_may_not_overlap() -> None:
    others = world(a_product(), an_agreement(name="agreements/old"))
    until_end = {
        "valid_from_time": stamp(IN_A_YEAR - timedelta(1)),
        "valid_until_time": stamp(IN_A_YEAR + timedelta(1)),
    }
    refused = refusal(an_agreement(**until_end), others)
    assert (refused.reason, refused.facts["agreement"]) == ("AGREEMENT_OVERLAPS", "agreements/old")
    after = {"valid_from_time": stamp(IN_A_YEAR), "valid_until_time": stamp(IN_A_YEAR + timedelta(1))}
    neighbours.require_fitting(content(an_agreement(**after)), Neighbourhood(others), "it", NOON)
    neighbours.require_fitting(content(an_agreement(partner=HARBOR)), Neighbourhood(others), "it", NOON)


def test_a_product_keeps_the_sponsors_that_have_an_agreement_in_force() -> None:
    refused = refusal(a_product(partners=[HARBOR]), world(an_agreement()))
    assert (refused.reason, refused.facts["users"]) == ("IN_USE", "agreements/northlake-psma")
    over = an_agreement(valid_from_time=stamp(NOON - timedelta(9)), valid_until_time=stamp(NOON))
    neighbours.require_fitting(content(a_product(partners=[HARBOR])), Neighbourhood(world(over)), "it", NOON)


@pytest.mark.parametrize(
    ("name", "users"),
    [
        (PSMA, f"agreements/northlake-psma,{LINE_1}"),
        (NORTH, f"{LINE_1},{NORTH_LAKESIDE}"),
        ("sites/lakeside", NORTH_LAKESIDE),
    ],
)
def test_what_others_refer_to_stays_and_they_are_named(name: str, users: str) -> None:
    with pytest.raises(GatewayError) as refused:
        neighbours.require_unused(name, Neighbourhood(EVERYTHING))
    assert (refused.value.reason, refused.value.facts["users"]) == ("IN_USE", users)


@pytest.mark.parametrize("name", [LINE_1, NORTH_LAKESIDE, "agreements/northlake-psma"])
def test_what_nobody_refers_to_may_go(name: str) -> None:
    neighbours.require_unused(name, Neighbourhood(EVERYTHING))


def test_the_work_of_an_import_grows_with_its_agreements_and_not_with_their_square() -> None:
    few, many = min(judging_s(500) for _ in range(3)), min(judging_s(4000) for _ in range(3))
    assert many < 30 * few  # eight times as many are eight times the work; each compared with each other, it was 64


def judging_s(count: int) -> float:
    """Seconds of processor time, which those who use the machine beside us do not lengthen."""
    partners = [f"partners/s{number}" for number in range(20)]
    products = [f"products/p{number}" for number in range(count // len(partners))]
    agreements = world(
        *(
            an_agreement(name=f"agreements/{product[9:]}-{partner[9:]}", partner=partner, product=product)
            for product in products
            for partner in partners
        )
    )
    began_s = time.process_time()
    whole = Neighbourhood({**agreements, **world(*(a_product(name=each, partners=partners) for each in products))})
    for each in agreements.values():
        neighbours.require_fitting(each, whole, "it", NOON)
    return time.process_time() - began_s
