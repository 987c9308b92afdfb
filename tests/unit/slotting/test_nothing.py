"""Why a search finds nothing: the candidates that came furthest say it, and the nearest offer is the nearest."""

import pytest
from doselane.slotting.v1 import slotting_pb2

from services.slotting.domain.nothing import Why, explained, nearest_to
from services.slotting.domain.offers import find
from tests.support.offers_world import NOON, a_book, a_lane, a_market, a_run, a_wish, hours


def why(rejections: dict[str, int], **market: object) -> Why:
    """The reason that is told where candidates were rejected so."""
    facts = {"books": [a_book(a_run())], **market}
    return explained(a_wish(), a_market(**facts), rejections, None).why


@pytest.mark.parametrize(
    ("rejections", "told"),
    [
        ({"CUTOFF_PASSED": 1}, Why.CUTOFFS_PASSED),
        ({"RUN_NOT_OPEN": 9}, Why.CUTOFFS_PASSED),
        ({"CUTOFF_PASSED": 9, "LANE_NOT_VALID": 1}, Why.NO_DEPARTURE),
        ({"LANE_NOT_VALID": 9, "DECAYED_BELOW_MINIMUM": 1}, Why.DECAYED),
        ({"DECAYED_BELOW_MINIMUM": 9, "FILL_VOLUME_OUT_OF_RANGE": 1}, Why.FILL_VOLUME),
        ({"FILL_VOLUME_OUT_OF_RANGE": 9, "SITE_WINDOW": 1}, Why.NO_WINDOW),
        ({"SITE_WINDOW": 9, "SITE_LICENCE": 1}, Why.NO_LICENCE),
        ({"SITE_LICENCE": 9, "RUN_FULL": 1}, Why.FULL),
        ({"QC_FULL": 1}, Why.FULL),
        ({"DEPARTURE_FULL": 1}, Why.FULL),
        ({"WINDOW_FULL": 1}, Why.FULL),
        ({"WINDOW_FULL": 9, "SLACK_TOO_SHORT": 1}, Why.NOT_AS_WISHED),
        ({"DECAYED_TOO_MUCH": 1}, Why.NOT_AS_WISHED),
    ],
)
def test_the_candidates_that_came_furthest_say_why(rejections: dict[str, int], told: Why) -> None:
    assert why(rejections) is told


def test_without_a_run_or_a_lane_that_is_the_reason() -> None:
    assert why({}, books=[]) is Why.NO_RUN
    assert why({"LANE_NOT_VALID": 1}, lanes=[]) is Why.NO_LANE
    elsewhere = [a_lane(facility="facilities/elsewhere")]
    assert why({"LANE_NOT_VALID": 1}, lanes=elsewhere) is Why.NO_LANE


def test_a_run_that_the_sponsor_may_not_see_is_none() -> None:
    hidden = a_wish(partner="partners/stranger")
    assert explained(hidden, a_market(books=[a_book(a_run())]), {}, None).why is Why.NO_RUN


def test_the_nearest_offer_lies_outside_the_interval_and_is_the_nearest() -> None:
    offers = find(a_wish(until_at=NOON + hours(24 * 10)), a_market(books=[a_book(a_run())])).offers
    ats = sorted({offer.administration_at for offer in offers})
    assert len(ats) == 2
    before = a_wish(from_at=NOON, until_at=ats[0])
    assert (nearest_to(before, offers) or pytest.fail()).administration_at == ats[0]
    after = a_wish(from_at=ats[-1] + hours(1), until_at=ats[-1] + hours(2))
    assert (nearest_to(after, offers) or pytest.fail()).administration_at == ats[-1]
    between = a_wish(from_at=ats[0] + hours(13), until_at=ats[1])
    assert (nearest_to(between, offers) or pytest.fail()).administration_at == ats[1]
    assert nearest_to(a_wish(from_at=ats[0], until_at=ats[-1] + hours(1)), offers) is None


def test_each_reason_has_its_number_in_the_protos_and_a_sentence() -> None:
    published = {name: number for name, number in slotting_pb2.NothingFound.Reason.items() if number}
    assert {each.name: int(each) for each in Why} == published
    sentences = {explained(a_wish(), a_market(books=[]), {}, None).explanation}
    assert all(sentence.endswith(".") and "{" not in sentence for sentence in sentences)
