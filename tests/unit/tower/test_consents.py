"""Consents: what they cover, when they are in force, and what may become of them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.kernel.errors import GatewayError, Invalid, Stale
from services.tower.domain.consent import (
    Consent,
    ConsentNews,
    ConsentState,
    ConsentTerms,
    answer,
    ask,
    revoke,
    sign,
    with_consents,
    with_waits,
)
from tests.support.rescues import a_promise, a_rescue_move
from tests.support.tower import HARBOR, NORTHLAKE, PRODUCT, SITE, at

HOUR, MICROSECOND = timedelta(hours=1), timedelta(microseconds=1)
BY = ("somebody", "why")


def a_consent(**changes: Any) -> Consent:
    """Given, in force from ten hours before until ten after."""
    facts: dict[str, Any] = {
        "name": "consents/1",
        "partner": NORTHLAKE,
        "state": ConsentState.GIVEN,
        "terms": ConsentTerms(delay_max=timedelta(hours=2), activity_fraction_min=0.95),
        "valid_from": at(-10),
        "valid_until": at(10),
        "created_at": at(-12),
        "updated_at": at(-12),
        "actor": "a",
        "reason": "r",
    }
    return Consent(**{**facts, **changes})


@pytest.mark.parametrize(
    ("terms", "move", "covers"),
    [
        ({}, {}, True),
        ({}, {"administration_at": at(24) + MICROSECOND}, False),
        ({"delay_max": timedelta(hours=2)}, {"administration_at": at(26)}, True),
        ({"delay_max": timedelta(hours=2)}, {"administration_at": at(26) + MICROSECOND}, False),
        ({}, {"activity_mbq": 7399.0}, False),
        ({"activity_fraction_min": 0.95}, {"activity_mbq": 7400 * 0.95}, True),
        ({"activity_fraction_min": 0.95}, {"activity_mbq": 7400 * 0.9499}, False),
        ({}, {"site": "sites/b"}, False),
        ({"sites": ("sites/b",)}, {"site": "sites/b"}, True),
        ({"sites": ("sites/b",)}, {"site": "sites/c"}, False),
        ({"product": PRODUCT, "site": SITE, "dose": "d1"}, {}, True),
        ({"product": "products/other"}, {}, False),
        ({"site": "sites/other"}, {}, False),
        ({"dose": "d2"}, {}, False),
    ],
)
def test_terms_cover_what_is_within_them(terms: dict[str, Any], move: dict[str, Any], covers: bool):
    assert ConsentTerms(**terms).cover(a_rescue_move(**move)) == covers


@pytest.mark.parametrize(
    ("changes", "now", "allows"),
    [
        ({}, at(0), True),
        ({}, at(-10), True),
        ({}, at(-10) - MICROSECOND, False),
        ({}, at(10) - MICROSECOND, True),
        ({}, at(10), False),
        ({"partner": HARBOR}, at(0), False),
        *(({"state": state}, at(0), False) for state in ConsentState if state is not ConsentState.GIVEN),
    ],
)
def test_a_consent_allows_its_sponsors_doses_while_it_is_in_force(changes: dict[str, Any], now: Any, allows: bool):
    assert a_consent(**changes).allows(a_rescue_move(), now) == allows


def test_a_move_that_needs_one_gets_the_first_consent_that_allows_it():
    late = a_rescue_move(administration_at=at(25))
    consents = [a_consent(name="consents/0", terms=ConsentTerms()), a_consent(), a_consent(name="consents/2")]
    plain, noticed, too_late = with_consents(
        [a_rescue_move("d2"), late, replace(late, administration_at=at(27))], consents, at(0)
    )
    assert (plain.consent, noticed.consent, too_late.consent) == ("", "consents/1", "")


@pytest.mark.parametrize(
    ("consents", "slack", "waits"),
    [
        ([], 720, 24 + 24 + 6),  # nobody has agreed to anything: as was asked
        ([{"terms": {"delay_max": 2 * HOUR}}], 720, 24 + 2 + 6),
        ([{"terms": {"delay_max": 2 * HOUR}}, {"terms": {"delay_max": 3 * HOUR}}], 720, 24 + 3 + 6),
        ([{"terms": {"delay_max": 2 * HOUR - MICROSECOND}}], 719, 24 + 2 + 6),
        ([{"terms": {"delay_max": 1 * HOUR}}], 660, 24 + 1 + 6),
        ([{"terms": {"delay_max": 2 * HOUR, "dose": "another"}}], 720, 24 + 24 + 6),
        ([{"terms": {"delay_max": 2 * HOUR}, "partner": HARBOR}], 720, 24 + 24 + 6),
        ([{"terms": {"delay_max": 2 * HOUR}, "state": ConsentState.REVOKED}], 720, 24 + 24 + 6),
    ],
)
def test_a_patient_can_wait_as_long_as_a_consent_says_or_else_as_was_asked(
    consents: list[dict[str, Any]], slack: int, waits: int
):
    given = [a_consent(**{**each, "terms": ConsentTerms(**each["terms"])}) for each in consents]
    [move] = with_waits([a_rescue_move(delivery_at=at(14), slack_minutes=720)], given, at(-6), 24 * HOUR)
    assert (move.slack_minutes, move.waits_hours) == (slack, waits)


def test_a_consent_signed_ahead_is_given_for_two_years_at_most():
    now = at(0)
    change = sign("consents/1", NORTHLAKE, ConsentTerms(), (at(1), now + timedelta(days=731)), now, BY)
    assert (change.what, change.consent.state, change.consent.version) == (ConsentNews.GIVEN, ConsentState.GIVEN, 1)
    assert (change.consent.actor, change.consent.reason, change.actor, change.reason) == (*BY, *BY)
    assert (change.consent.created_at, change.consent.updated_at) == (now, now)
    for valid in (
        (at(1), now + timedelta(days=731) + MICROSECOND),
        (at(-2), now),
        (at(2), at(2)),
        (at(3), at(2)),
    ):
        with pytest.raises(Invalid) as wrong:
            sign("consents/1", NORTHLAKE, ConsentTerms(), valid, now, BY)
        assert wrong.value.facts["field"] == "valid_until_time"
    sign("consents/1", NORTHLAKE, ConsentTerms(), (at(-2), now + MICROSECOND), now, BY)


def test_what_is_asked_covers_the_move_and_no_more_and_lasts_as_long_as_it():
    move = a_rescue_move(administration_at=at(25), activity_mbq=7030.0, site="sites/b")
    change = ask("consents/1", move, at(-9), BY, "words")
    consent = change.consent
    assert (change.what, consent.state, change.actor) == (ConsentNews.ASKED, ConsentState.ASKED, "somebody")
    assert (consent.actor, consent.reason, consent.explanation) == ("", "why", "words")
    assert (consent.valid_from, consent.valid_until, consent.partner) == (at(-9), at(-4), NORTHLAKE)
    assert consent.terms.cover(move)
    for changes in (
        {"administration_at": at(25) + MICROSECOND},
        {"activity_mbq": 7029.0},
        {"site": "sites/c"},
        {"promised": a_promise("d2")},
    ):
        assert not consent.terms.cover(replace(move, **changes)), changes
    whole = ask("consents/1", a_rescue_move(activity_mbq=7500.0), at(-9), BY, "").consent.terms
    assert (whole.activity_fraction_min, whole.delay_max, whole.sites) == (1.0, timedelta(0), ())


def test_what_was_asked_is_answered_once_and_in_time():
    asked = a_consent(state=ConsentState.ASKED)
    given, refused = (answer(asked, yes, at(0), *BY) for yes in (True, False))
    assert (given.consent.state, given.what) == (ConsentState.GIVEN, ConsentNews.GIVEN)
    assert (refused.consent.state, refused.what) == (ConsentState.REFUSED, ConsentNews.REFUSED)
    assert (given.consent.version, given.consent.updated_at, given.consent.actor) == (2, at(0), "somebody")
    answer(asked, True, at(10) - MICROSECOND, *BY)
    for consent, now in ((given.consent, at(0)), (refused.consent, at(0)), (asked, at(10))):
        with pytest.raises(GatewayError) as closed:
            answer(consent, True, now, *BY)
        assert closed.value.reason == "CONSENT_CLOSED"


def test_what_is_given_can_be_taken_back_as_long_as_it_is_in_force():
    change = revoke(a_consent(), at(0), *BY)
    assert (change.consent.state, change.what) == (ConsentState.REVOKED, ConsentNews.REVOKED)
    for consent, now in ((a_consent(), at(10)), (change.consent, at(0)), (a_consent(state=ConsentState.ASKED), at(0))):
        with pytest.raises(GatewayError) as closed:
            revoke(consent, now, *BY)
        assert closed.value.reason == "CONSENT_CLOSED"


def test_time_ends_what_is_asked_or_given_and_nothing_else():
    for state in ConsentState:
        ended = state in (ConsentState.ASKED, ConsentState.GIVEN)
        consent = a_consent(state=state)
        assert consent.as_of(at(10)).state is (ConsentState.EXPIRED if ended else state)
        assert consent.as_of(at(10) - MICROSECOND) == consent


def test_who_has_seen_another_version_changes_nothing():
    a_consent().require_etag("")
    a_consent(version=3).require_etag("3")
    with pytest.raises(Stale):
        a_consent(version=3).require_etag("2")
