"""Automated agents: what they may do by themselves, and a person's consent, which is good for one request."""

from dataclasses import replace

import pytest
from doselane.slotting.v1 import slotting_pb2
from doselane.streams.v1 import endpoint_pb2
from doselane.tower.v1 import tower_pb2

from services.edge import api
from services.kernel.agent_consents import (
    AgentConsent,
    AgentConsentInvalid,
    AgentMayNot,
    ConsentSeal,
    PersonRequired,
    can_be_drafted,
    carried,
    changes,
    require_person,
)
from services.kernel.identity import Caller
from services.kernel.ids import uuid7
from services.tower.rpc.drafting import CALLS

NOW = 1_800_000_000.0
AGENT = Caller("partners/northlake", "northlake-agent", frozenset({"agent", "slotting.claim"}))
CALL = "doselane.slotting.v1.SlottingService.ReleaseSlot"
REQUEST = slotting_pb2.ReleaseSlotRequest(name="slots/1", request_id=str(uuid7()))
CONSENT = AgentConsent(AGENT.partner, AGENT.actor, "supply@northlake", "drafts/1", NOW + 60)
SEAL = ConsentSeal("a-key-that-is-long-enough-for-all")
BINDINGS = api.load().bindings


def other_request() -> slotting_pb2.ReleaseSlotRequest:
    return slotting_pb2.ReleaseSlotRequest(name="slots/2", request_id=REQUEST.request_id)


@pytest.mark.parametrize(
    ("caller", "call", "request_", "now", "cause"),
    [
        (replace(AGENT, partner="partners/harbor"), CALL, REQUEST, NOW, "OTHER_PARTNER"),
        (replace(AGENT, actor="another-agent"), CALL, REQUEST, NOW, "OTHER_AGENT"),
        (AGENT, CALL.replace("Release", "Confirm"), REQUEST, NOW, "OTHER_CALL"),
        (AGENT, CALL, other_request(), NOW, "OTHER_REQUEST"),
        (
            AGENT,
            CALL,
            slotting_pb2.ReleaseSlotRequest(name="slots/1", request_id=str(uuid7())),
            NOW,
            "OTHER_REQUEST",
        ),
        (AGENT, CALL, REQUEST, NOW + 60, "EXPIRED"),
    ],
)
def test_a_consent_lets_in_what_it_is_for_and_nothing_else(
    caller: Caller, call: str, request_: slotting_pb2.ReleaseSlotRequest, now: float, cause: str
) -> None:
    sealed = SEAL.sealed(CONSENT, CALL, REQUEST)
    assert SEAL.opened(sealed, AGENT, CALL, REQUEST, NOW + 59.9) == CONSENT
    with pytest.raises(AgentConsentInvalid) as refused:
        SEAL.opened(sealed, caller, call, request_, now)
    assert refused.value.facts["cause"] == cause


@pytest.mark.parametrize("spoil", [lambda s: s[:-1], lambda s: "A" + s[1:], lambda s: s + "=", lambda _: "", str.upper])
def test_a_consent_that_was_touched_or_sealed_elsewhere_is_none(spoil) -> None:  # type: ignore[no-untyped-def]
    elsewhere = ConsentSeal("another-key-that-is-long-enough-too").sealed(CONSENT, CALL, REQUEST)
    for sealed in (spoil(SEAL.sealed(CONSENT, CALL, REQUEST)), elsewhere):
        with pytest.raises(AgentConsentInvalid) as refused:
            SEAL.opened(sealed, AGENT, CALL, REQUEST, NOW)
        assert refused.value.facts["cause"] == "NOT_SEALED_HERE"


def test_a_key_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32"):
        ConsentSeal("k" * 31)


def test_a_request_is_let_in_by_its_consent_and_both_stand_for_who_did_it() -> None:
    found = carried(SEAL, SEAL.sealed(CONSENT, CALL, REQUEST), AGENT, CALL, REQUEST, NOW)
    assert found and found.consent.carrier(AGENT).actor == "northlake-agent (consent of supply@northlake, drafts/1)"
    assert found.consent.carrier(AGENT).scopes == AGENT.scopes
    follows = slotting_pb2.BatchMoveSlotsRequest(request_id=str(uuid7()))
    sealed = found.for_call("another.Call", follows)
    assert SEAL.opened(sealed, AGENT, "another.Call", follows, NOW) == CONSENT


@pytest.mark.parametrize("seal", [SEAL, None])
def test_without_a_consent_nothing_is_let_in_but_what_only_asks(seal: ConsentSeal | None) -> None:
    with pytest.raises(AgentMayNot):
        carried(seal, None, AGENT, CALL, REQUEST, NOW)
    asks = next(each.request for each in BINDINGS if "validate_only" in each.method.input_type.fields_by_name)
    assert carried(seal, None, AGENT, CALL, asks(validate_only=True), NOW) is None


def test_where_no_key_is_set_a_consent_lets_nothing_in() -> None:
    with pytest.raises(AgentMayNot):
        carried(None, SEAL.sealed(CONSENT, CALL, REQUEST), AGENT, CALL, REQUEST, NOW)


def test_a_request_without_an_id_is_never_let_in() -> None:
    batch = slotting_pb2.BatchClaimSlotsRequest()
    with pytest.raises(AgentMayNot):
        carried(SEAL, "any", AGENT, CALL, batch, NOW)


@pytest.mark.parametrize(
    ("scopes", "claims", "is_person"),
    [
        ({"tower.consent"}, {"auth_time": 1}, True),
        ({"tower.consent"}, {}, False),  # a program
        ({"tower.consent", "agent"}, {"auth_time": 1}, False),
        ({"tower.consent"}, {"auth_time": 1, "act": {"sub": "x"}}, False),  # acts for somebody (RFC 8693)
    ],
)
def test_a_person_is_who_signed_in_by_themselves(scopes: set[str], claims: dict[str, object], is_person: bool) -> None:
    caller = Caller("partners/northlake", "supply", frozenset(scopes), claims)
    if is_person:
        require_person(caller)
        return
    with pytest.raises(PersonRequired):
        require_person(caller)


def test_each_call_that_is_no_read_needs_a_consent_but_those_about_drafts() -> None:
    free = {each.method.name for each in BINDINGS if each.http_method != "GET" and not changes(each.method)}
    assert {"CreateDraft", "RedeemDraft", "SearchOffers", "WhatIf", "SearchMoves"} <= free
    assert not [name for name in free if name.startswith(("Claim", "Release", "Apply", "Answer", "Batch", "Update"))]


def test_what_changes_a_partners_dose_can_be_drafted_and_no_signature_consent_or_staffs_call() -> None:
    drafted = {each.method.full_name for each in BINDINGS if can_be_drafted(each.method)}
    assert set(CALLS) == drafted  # what may be drafted is what is kept of drafts, in whichever service it is
    slotting = slotting_pb2.DESCRIPTOR.services_by_name["SlottingService"].full_name
    doses = ("HoldSlot", "ConfirmSlot", "ClaimSlot", "ReleaseSlot", "MoveSlot", "BatchMoveSlots", "JoinStandby")
    assert {*(f"{slotting}.{name}" for name in doses), "doselane.tower.v1.TowerService.ApplyRescue"} <= drafted
    for each in BINDINGS:
        if {"operator", "tower.consent"} & set(each.scopes) or each.signer_roles or each.http_method == "GET":
            assert each.method.full_name not in drafted
    assert tower_pb2.DESCRIPTOR.package in str(sorted(drafted)) and endpoint_pb2.DESCRIPTOR.package in str(drafted)
