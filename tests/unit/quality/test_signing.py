"""Who may sign what, when, and after which authentication: each refusal has a reason of its own."""

from datetime import timedelta

import pytest

from services.kernel import signing
from services.kernel.errors import Kind
from services.kernel.signer import BOTH_COMPONENTS, ONE_COMPONENT, StepUp
from services.kernel.signing import Signature
from services.quality.domain.signing import ROLES_OF, Meaning, Role
from tests.unit.quality.signers import HASH, NOON, a_request, a_signature, a_signer, sign

SECOND, INSTANT = timedelta(seconds=1), timedelta(microseconds=1)


def earlier(ago: timedelta, **changed: object) -> Signature:
    """Another record, signed by the same person in the same session."""
    usual = {"record": "batches/b0", "token_id": "t-0", "authenticated_at": NOON - ago, "signed_at": NOON - ago}
    return a_signature(**{**usual, **changed})


def one(**changed: object):
    """The person with one component only."""
    return a_signer(acr=ONE_COMPONENT, **changed)


def test_a_signature_carries_name_time_meaning_and_what_it_is_bound_to():
    assert sign(a_request(), HASH, a_signer(), NOON, ()) == Signature(
        record="batches/b1",
        record_sha256=HASH,
        signer="qualified-person@cdmo",
        printed_name="Qualified Person",
        role=Role.QUALIFIED_PERSON,
        meaning=Meaning.CERTIFIED_FINAL,
        signed_at=NOON,
        authenticated_at=NOON - timedelta(seconds=10),
        acr=BOTH_COMPONENTS,
        token_id="t-1",
        session_id="s-1",
    )


@pytest.mark.parametrize("meaning", Meaning)
@pytest.mark.parametrize("role", Role)
def test_a_role_signs_with_its_own_meanings_only(role, meaning):
    signer, request = a_signer(scopes=frozenset({role, "operator"})), a_request(meaning=meaning)
    if role in ROLES_OF[meaning]:
        assert sign(request, HASH, signer, NOON, ()).role == role
        return
    with pytest.raises(signing.MeaningNotAllowed) as raised:
        sign(request, HASH, signer, NOON, ())
    assert raised.value.kind is Kind.DENIED
    assert raised.value.facts == {"meaning": meaning, "roles": " ".join(ROLES_OF[meaning])}


def test_only_a_qualified_person_certifies():
    assert ROLES_OF[Meaning.CERTIFIED_FINAL] == ROLES_OF[Meaning.CERTIFIED_FOR_USE] == (Role.QUALIFIED_PERSON,)
    assert set(ROLES_OF) == set(Meaning)


def test_a_person_of_two_roles_signs_in_the_one_that_the_meaning_is_for():
    both = a_signer(scopes=frozenset({Role.DESIGNATED_PERSON, Role.QUALIFIED_PERSON}))
    roles = [
        sign(a_request(meaning=each), HASH, both, NOON, ()).role
        for each in (Meaning.DISPATCH_ASSESSED, Meaning.REJECTED)
    ]
    assert roles == [Role.DESIGNATED_PERSON, Role.QUALIFIED_PERSON]


@pytest.mark.parametrize("scopes", [frozenset(), frozenset({"operator"}), frozenset({"quality", "quality.sign"})])
def test_whoever_has_no_role_signs_nothing(scopes):
    with pytest.raises(signing.WrongRole) as raised:
        sign(a_request(), HASH, a_signer(scopes=scopes), NOON, ())
    assert raised.value.facts == {"roles": "quality.designated_person quality.qualified_person quality.assurance"}


def test_a_meaning_that_nobody_may_sign_is_refused():
    with pytest.raises(signing.MeaningNotAllowed):
        sign(a_request(), HASH, a_signer(), NOON, (), {Meaning.REJECTED: (Role.QUALIFIED_PERSON,)})


@pytest.mark.parametrize("age", [timedelta(seconds=-30), timedelta(0), timedelta(minutes=5)])
def test_an_authentication_counts_up_to_the_age_that_is_asked(age):
    assert sign(a_request(), HASH, a_signer(age), NOON, ()).authenticated_at == NOON - age


@pytest.mark.parametrize("over", [INSTANT, SECOND, timedelta(days=1)])
def test_one_instant_later_it_is_stale_and_the_refusal_says_how_to_go_on(over):
    with pytest.raises(signing.AuthenticationStale) as raised:
        sign(a_request(), HASH, a_signer(timedelta(minutes=5) + over), NOON, ())
    assert raised.value.kind is Kind.UNAUTHENTICATED
    assert raised.value.facts == {"acr_values": f"{BOTH_COMPONENTS} {ONE_COMPONENT}", "max_age": "300"}


@pytest.mark.parametrize("ahead", [timedelta(seconds=30) + INSTANT, timedelta(hours=1)])
def test_an_authentication_of_the_future_is_refused(ahead):
    with pytest.raises(signing.AuthenticationInFuture) as raised:
        sign(a_request(), HASH, a_signer(-ahead), NOON, ())
    assert list(raised.value.facts) == ["authenticated_at"]


@pytest.mark.parametrize("acr", ["", "1", BOTH_COMPONENTS + " "])
def test_another_class_of_authentication_is_not_enough(acr):
    with pytest.raises(signing.AuthenticationTooWeak) as raised:
        sign(a_request(), HASH, a_signer(acr=acr), NOON, ())
    assert raised.value.facts["max_age"] == "300"


def test_the_first_signature_wants_both_components():
    with pytest.raises(signing.BothComponentsRequired) as raised:
        sign(a_request(), HASH, one(), NOON, ())
    assert raised.value.facts == {"acr_values": BOTH_COMPONENTS, "max_age": "300"}


@pytest.mark.parametrize("ago", [timedelta(seconds=11), timedelta(minutes=15)])
def test_within_a_session_one_component_is_enough(ago):
    assert sign(a_request(), HASH, one(), NOON, [earlier(ago)]).acr == ONE_COMPONENT


@pytest.mark.parametrize(
    "before",
    [
        earlier(timedelta(minutes=15) + INSTANT),
        earlier(timedelta(minutes=1), session_id="s-0"),
        earlier(timedelta(minutes=1), session_id=""),
        earlier(timedelta(minutes=1), signer="another@cdmo"),
        earlier(timedelta(minutes=1), signed_at=NOON + SECOND),
    ],
)
def test_a_break_another_session_or_another_person_wants_both_again(before):
    with pytest.raises(signing.BothComponentsRequired):
        sign(a_request(), HASH, one(), NOON, [before])
    assert sign(a_request(), HASH, a_signer(), NOON, [before])


def test_an_issuer_without_sessions_is_judged_by_the_pause_alone():
    assert sign(a_request(), HASH, one(session_id=""), NOON, [earlier(timedelta(minutes=1), session_id="")])


def test_where_one_component_is_never_enough_it_is_too_weak():
    strict = StepUp(acr_one=())
    with pytest.raises(signing.AuthenticationTooWeak):
        sign(a_request(), HASH, one(step_up=strict), NOON, [earlier(timedelta(minutes=1))])


def test_a_token_signs_once_whoever_brings_it():
    for subject in ("qualified-person@cdmo", "another@cdmo"):
        before = earlier(timedelta(minutes=1), token_id="t-1", signer=subject)
        with pytest.raises(signing.TokenUsed):
            sign(a_request(), HASH, a_signer(), NOON, [before])


@pytest.mark.parametrize("later", [timedelta(0), INSTANT])
def test_an_act_of_authentication_signs_once_even_with_a_new_token(later):
    before = earlier(timedelta(seconds=5), authenticated_at=NOON - timedelta(seconds=10) + later)
    with pytest.raises(signing.AuthenticationUsed):
        sign(a_request(), HASH, a_signer(), NOON, [before])
    assert sign(a_request(), HASH, a_signer(subject="another@cdmo"), NOON, [before])
    assert sign(a_request(), HASH, a_signer(timedelta(seconds=10) - later - INSTANT), NOON, [before])


def test_a_record_that_changed_since_it_was_shown_is_not_signed():
    with pytest.raises(signing.RecordChanged) as raised:
        sign(a_request(), "0" * 64, a_signer(), NOON, ())
    assert raised.value.kind is Kind.STALE
    assert raised.value.facts == {"record": "batches/b1", "hash_shown": HASH, "hash": "0" * 64}


@pytest.mark.parametrize("subject", ["qualified-person@cdmo", "another@cdmo"])
def test_what_is_signed_already_is_not_signed_again_by_whomever(subject):
    before = earlier(timedelta(minutes=1), record="batches/b1", signer=subject)
    with pytest.raises(signing.AlreadySigned) as raised:
        sign(a_request(), HASH, a_signer(), NOON, [before])
    assert raised.value.kind is Kind.REFUSED
    assert raised.value.facts == {"record": "batches/b1", "meaning": "CERTIFIED_FINAL", "signer": subject}


OTHERS = [{"meaning": Meaning.REJECTED}, {"record_sha256": "0" * 64}, {"record": "batches/b0"}]


@pytest.mark.parametrize("changed", OTHERS)
def test_another_meaning_another_version_or_another_record_does_not_stand_in_the_way(changed):
    before = earlier(timedelta(minutes=1), **{"record": "batches/b1", **changed})
    assert sign(a_request(), HASH, a_signer(), NOON, [before])


def test_two_signatures_of_one_instant_are_of_one_session():
    assert sign(a_request(), HASH, one(), NOON, [earlier(timedelta(seconds=11), signed_at=NOON)])
