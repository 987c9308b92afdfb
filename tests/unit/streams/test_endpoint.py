"""Endpoints: when they fail, when they are back, which keys they have, and what may be changed about them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.kernel.errors import Stale
from services.kernel.webhook_signing import SignatureKind, SigningKey
from services.streams.domain.endpoint import (
    ENDPOINTS_MAX,
    FAILING_AFTER,
    Endpoint,
    EndpointState,
    FeedRecovery,
    RecoveryRunning,
    TooManyEndpoints,
    after_failure,
    after_success,
    is_of_endpoints,
    require_room,
)
from services.streams.domain.endpoint_delivery import DETAIL_CHARACTERS_MAX, detail_of
from services.streams.domain.endpoint_retries import WebhookAnswer

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
KEY = SigningKey(SignatureKind.HMAC_SHA256, b"1" * 32)
NEXT = SigningKey(SignatureKind.ED25519, b"2" * 32)
LAST = SigningKey(SignatureKind.HMAC_SHA256, b"3" * 32)
ENABLED, FAILING, DISABLED = EndpointState.ENABLED, EndpointState.FAILING, EndpointState.DISABLED
ENDPOINT = Endpoint(UUID(int=1), "partners/p", "https://p.example", NOON, NOON, NOON, keys=(KEY,))


def in_(state: EndpointState) -> Endpoint:
    return replace(ENDPOINT, state=state)


@pytest.mark.parametrize(("state", "failures", "then"), [
    (ENABLED, 1, ENABLED), (ENABLED, FAILING_AFTER - 1, ENABLED), (ENABLED, FAILING_AFTER, FAILING),
    (ENABLED, FAILING_AFTER + 1, FAILING), (FAILING, FAILING_AFTER, FAILING), (DISABLED, FAILING_AFTER, DISABLED),
])  # fmt: skip
def test_it_fails_once_one_event_has_failed_five_times(
    state: EndpointState, failures: int, then: EndpointState
) -> None:
    assert after_failure(in_(state), failures, "it answered 500", LATER).state is then


def test_of_a_failure_it_says_what_and_since_when_and_is_another_version() -> None:
    failing = after_failure(ENDPOINT, 5, "it answered 500", LATER)
    assert (failing.state_detail, failing.state_at, failing.updated_at) == ("it answered 500", LATER, LATER)
    assert (ENDPOINT.etag, failing.etag) == ("1", "2")
    assert after_failure(failing, 6, "it answered 502", LATER + timedelta(hours=1)) is failing


@pytest.mark.parametrize(("state", "worst", "then"), [
    (FAILING, 0, ENABLED), (FAILING, FAILING_AFTER - 1, ENABLED), (FAILING, FAILING_AFTER, FAILING),
    (ENABLED, 0, ENABLED), (DISABLED, 0, DISABLED),
])  # fmt: skip
def test_it_is_back_when_it_takes_something_and_nothing_else_keeps_failing(
    state: EndpointState, worst: int, then: EndpointState
) -> None:
    after = after_success(replace(in_(state), state_detail="it answered 500"), worst, LATER)
    assert after.state is then
    assert (after.state_detail == "") is (state is FAILING and then is ENABLED)


def test_it_is_sent_all_but_its_own_news() -> None:
    endpoint = in_(EndpointState.ENABLED)
    assert not endpoint.is_sent(endpoint.name)
    assert endpoint.is_sent("slots/a") and endpoint.is_sent(f"{endpoint.name}0")
    assert is_of_endpoints(endpoint.name) and not is_of_endpoints("slots/endpoints/a")


def test_a_new_key_signs_beside_the_one_before_it_and_no_older_one() -> None:
    rotated = ENDPOINT.rotated(NEXT, timedelta(hours=1), NOON)
    assert rotated.keys == (NEXT, replace(KEY, expires_at=LATER))
    assert rotated.signature_kind is SignatureKind.ED25519
    assert [key.raw for key in rotated.live_keys(NOON)] == [NEXT.raw, KEY.raw]
    assert [key.raw for key in rotated.live_keys(LATER)] == [NEXT.raw]
    again = rotated.rotated(LAST, timedelta(hours=1), NOON)
    assert [key.raw for key in again.keys] == [LAST.raw, NEXT.raw]
    assert [key.raw for key in rotated.rotated(LAST, timedelta(), NOON).keys] == [LAST.raw]


def test_a_recovery_is_of_what_was_sent_and_one_at_a_time() -> None:
    recovering = ENDPOINT.recovering(3, 9, NOON)
    assert recovering.recovery == FeedRecovery(2, 9)
    assert ENDPOINT.recovering(3, 3, NOON).recovery == FeedRecovery(2, 3)
    assert ENDPOINT.recovering(4, 3, NOON) is ENDPOINT
    with pytest.raises(RecoveryRunning) as running:
        recovering.recovering(3, 9, NOON)
    assert (running.value.facts["position"], running.value.facts["last_position"]) == ("2", "9")


def test_a_change_wants_the_version_that_was_seen() -> None:
    ENDPOINT.require_etag("")
    ENDPOINT.require_etag("1")
    for seen in ("0", "2", "x"):
        with pytest.raises(Stale):
            ENDPOINT.require_etag(seen)


def test_a_partner_has_room_for_fifty() -> None:
    require_room(ENDPOINTS_MAX - 1, "partners/p")
    with pytest.raises(TooManyEndpoints):
        require_room(ENDPOINTS_MAX, "partners/p")


@pytest.mark.parametrize(("answer", "words"), [
    (WebhookAnswer(500, 1), "it answered 500"),
    (WebhookAnswer(500, 1, b" \n"), "it answered 500"),
    (WebhookAnswer(500, 1, b"no\x00luck\xff"), "it answered 500: no luck�"),
    (WebhookAnswer(None, 1, fault="no answer within 10 s"), "no answer within 10 s"),
    (WebhookAnswer(None, 1, fault="x" * 300), "x" * DETAIL_CHARACTERS_MAX),
])  # fmt: skip
def test_what_came_back_is_told_in_words_that_can_be_shown(answer: WebhookAnswer, words: str) -> None:
    assert detail_of(answer) == words


def test_long_words_are_cut() -> None:
    assert len(detail_of(WebhookAnswer(500, 1, b"x" * 1000))) == DETAIL_CHARACTERS_MAX


def test_no_key_shows_in_what_is_printed() -> None:
    assert "1111" not in repr(ENDPOINT)
    assert ENDPOINT.name == "endpoints/00000000-0000-0000-0000-000000000001"
