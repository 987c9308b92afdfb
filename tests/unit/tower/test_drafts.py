"""Drafts: what may become of them, and how a request is read, judged and put into words."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.kernel.errors import GatewayError, Invalid, Stale
from services.tower.domain.draft import (
    Draft,
    DraftedRequest,
    DraftState,
    answered,
    consent_until,
    drafted,
    redeemed,
    withdrawn,
)
from services.tower.rpc.drafting import drafted_request
from tests.support.tower import NORTHLAKE, at

NOW = at(0)
REQUEST = DraftedRequest("a.Call", "{}", "d" * 64, "does something")
RELEASE = "doselane.slotting.v1.SlottingService.ReleaseSlot"
CLAIM = "doselane.slotting.v1.SlottingService.ClaimSlot"
SLOT = "slots/0198f2c4-0000-7000-8000-000000000001"


def a_draft(until: datetime | None = None) -> Draft:
    return drafted("drafts/1", NORTHLAKE, REQUEST, until, NOW, ("agent", "it is late"))


def consented(draft: Draft, now: datetime = NOW) -> Draft:
    return answered(draft, True, REQUEST.digest, now, "anne", "right")


def test_a_person_consents_once_and_the_agent_carries_out_once() -> None:
    given = consented(a_draft())
    assert (given.state, given.person, given.reason, given.agent_reason) == (2, "anne", "right", "it is late")
    used = redeemed(given, NOW + timedelta(minutes=5), "agent")
    assert (used.state, used.person, used.actor, used.version) == (DraftState.REDEEMED, "anne", "agent", 3)
    assert consent_until(used) == NOW + timedelta(minutes=6)
    with pytest.raises(GatewayError) as again:
        redeemed(used, NOW, "agent")
    assert (again.value.reason, again.value.facts["state"]) == ("DRAFT_CLOSED", "REDEEMED")


def test_a_consent_never_lasts_longer_than_its_draft() -> None:
    used = redeemed(consented(a_draft(NOW + timedelta(seconds=30))), NOW, "agent")
    assert consent_until(used) == NOW + timedelta(seconds=30)


@pytest.mark.parametrize(
    ("do", "reason", "state"),
    [
        (lambda: redeemed(a_draft(), NOW, "agent"), "DRAFT_CLOSED", "WAITING"),
        (lambda: redeemed(consented(a_draft()), NOW, "another"), "DRAFT_OF_ANOTHER_AGENT", None),
        (lambda: redeemed(consented(a_draft()), NOW + timedelta(hours=1), "agent"), "DRAFT_CLOSED", "EXPIRED"),
        (lambda: redeemed(withdrawn(consented(a_draft()), NOW, "bo", ""), NOW, "agent"), "DRAFT_CLOSED", "WITHDRAWN"),
        (lambda: consented(a_draft(), NOW + timedelta(hours=1)), "DRAFT_CLOSED", "EXPIRED"),
        (lambda: consented(consented(a_draft())), "DRAFT_CLOSED", "CONSENTED"),
        (lambda: answered(a_draft(), True, "e" * 64, NOW, "anne", ""), "DRAFT_DIGEST_MISMATCH", None),
        (lambda: consented(answered(a_draft(), False, REQUEST.digest, NOW, "a", "")), "DRAFT_CLOSED", "DECLINED"),
        (lambda: withdrawn(a_draft(), NOW, "bo", ""), "DRAFT_CLOSED", "WAITING"),
        (lambda: withdrawn(redeemed(consented(a_draft()), NOW, "agent"), NOW, "bo", ""), "DRAFT_CLOSED", "REDEEMED"),
    ],
)
def test_nothing_else_is_done_with_a_draft(do: Any, reason: str, state: str | None) -> None:
    with pytest.raises(GatewayError) as refused:
        do()
    assert (refused.value.reason, refused.value.facts.get("state")) == (reason, state)


def test_its_time_is_over_at_the_instant_that_is_told() -> None:
    draft = consented(a_draft())
    assert draft.as_of(draft.expires_at - timedelta(microseconds=1)).state is DraftState.CONSENTED
    assert draft.as_of(draft.expires_at).state is DraftState.EXPIRED


@pytest.mark.parametrize("hours", [-1.0, 0.0, 24.001])
def test_a_draft_ends_after_now_and_within_a_day(hours: float) -> None:
    assert a_draft(NOW + timedelta(hours=24)).expires_at == NOW + timedelta(hours=24)
    with pytest.raises(Invalid) as refused:
        a_draft(NOW + timedelta(hours=hours))
    assert refused.value.facts["field"] == "expire_time"


def test_a_change_of_what_somebody_else_saw_is_refused() -> None:
    a_draft().require_etag("1")
    a_draft().require_etag("")
    with pytest.raises(Stale):
        consented(a_draft()).require_etag("1")


def test_a_request_is_kept_word_by_word_with_an_id_and_told_in_words() -> None:
    found = drafted_request(RELEASE, json.dumps({"name": SLOT, "reason": "the patient is ill"}))
    said = json.loads(found.json)
    assert said.keys() == {"name", "reason", "requestId"} and len(found.digest) == 64
    assert f"name: {SLOT}\nreason: the patient is ill" in found.explanation and "request_id" not in found.explanation
    assert found.explanation.splitlines()[0].endswith(".")
    again = drafted_request(RELEASE, found.json)
    assert again == found  # the same request, the same digest
    shouted = drafted_request(RELEASE, json.dumps({**said, "requestId": said["requestId"].upper()}))
    assert shouted == found
    assert drafted_request(RELEASE, json.dumps({**said, "reason": "another"})).digest != found.digest


def test_what_is_nested_is_told_with_its_place() -> None:
    demand = {
        "run": "runs/lu-1",
        "site": "sites/clinic",
        "lane": "lanes/air",
        "orderReference": "NL-1",
        "administration": {"activityMbq": 7400, "time": "2027-03-01T08:00:00Z"},
    }
    words = drafted_request(CLAIM, json.dumps({"demand": demand})).explanation
    assert "demand.administration.activity_mbq: 7400.0" in words
    assert "demand.administration.time: 2027-03-01T08:00:00Z" in words


@pytest.mark.parametrize(
    ("call", "text", "reason"),
    [
        ("doselane.slotting.v1.SlottingService.GetSlot", "{}", "CALL_NOT_DRAFTED"),
        ("doselane.slotting.v1.SlottingService.Nothing", "{}", "CALL_NOT_DRAFTED"),
        ("doselane.tower.v1.TowerService.AnswerDraft", "{}", "CALL_NOT_DRAFTED"),
        ("doselane.tower.v1.TowerService.AnswerConsent", "{}", "CALL_NOT_DRAFTED"),
        ("doselane.capacity.v1.CapacityService.CutRun", "{}", "CALL_NOT_DRAFTED"),
        (RELEASE, "no json", "INVALID_ARGUMENT"),
        (RELEASE, "[]", "INVALID_ARGUMENT"),
        (RELEASE, "1", "INVALID_ARGUMENT"),
        (RELEASE, '{"name": NaN}', "INVALID_ARGUMENT"),
        (RELEASE, '{"name": "a", "name": "b"}', "INVALID_ARGUMENT"),
        (RELEASE, '{"nam": "a"}', "INVALID_ARGUMENT"),
        (RELEASE, "[" * 100_000, "INVALID_ARGUMENT"),
        (RELEASE, json.dumps({"name": "no slot"}), "INVALID_ARGUMENT"),
        (RELEASE, json.dumps({"name": SLOT, "requestId": "7"}), "INVALID_ARGUMENT"),
    ],
)
def test_what_is_no_request_is_not_drafted(call: str, text: str, reason: str) -> None:
    with pytest.raises(GatewayError) as refused:
        drafted_request(call, text)
    assert refused.value.reason == reason and refused.value.message


@pytest.mark.parametrize("call", ["CreateEndpoint", "UpdateEndpoint"])
@pytest.mark.parametrize("secret", ["sasl_password", "client_key"])
def test_no_secret_is_drafted_as_a_draft_would_keep_and_show_it(call: str, secret: str) -> None:
    endpoint = {"url": "kafka://broker.example:9093/doses", "kafka": {secret: "hunter2"}}
    name = f"doselane.streams.v1.EndpointService.{call}"
    with pytest.raises(Invalid, match=rf"^endpoint\.kafka\.{secret} is a secret") as refused:
        drafted_request(name, json.dumps({"endpoint": endpoint}))
    assert refused.value.facts["field"] == "request_json" and "hunter2" not in str(refused.value.facts)
