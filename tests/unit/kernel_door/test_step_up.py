"""Who may sign: a person in the role, who has just authenticated as the installation asks; nobody else (RFC 9470)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.errors import GatewayError, Kind
from services.kernel.identity import Caller, TokenVerifier
from services.kernel.jwks import StaticJwks
from services.kernel.signer import BOTH_COMPONENTS, ONE_COMPONENT, Signer, StepUp
from services.kernel.step_up import SignerNotAPerson, SignerRoleMissing, StepUpRequired, signer_of
from services.kernel.tokens import TokenExpired, TokenMalformed, TokenSignature
from tests.unit.kernel_door.builders import ISSUER, AnIssuer

NOW = 1_800_000_000
ROLE = "quality.qualified_person"
ROLES = ("quality.designated_person", ROLE)
ASKED = StepUp(max_age=timedelta(seconds=300))
issuer = AnIssuer()


def a_token(by: AnIssuer = issuer, **changed: object) -> str:
    good = {
        "sub": "qualified-person@cdmo",
        "scope": f"quality.sign {ROLE}",
        "iat": NOW,
        "exp": NOW + 600,
        "auth_time": NOW - 10,
        "acr": BOTH_COMPONENTS,
        "amr": ["pwd"],
        "name": "Qualified Person",
        "jti": "t-1",
        "sid": "s-1",
    }
    return by.token(**{**good, **changed})


async def signer(roles: tuple[str, ...] = ROLES, name_claim: str = "name", **changed: object) -> Signer:
    verifier = TokenVerifier(StaticJwks({"keys": [issuer.jwk]}), ISSUER, name_claim=name_claim, now=lambda: NOW)
    return signer_of(await verifier.verify(a_token(**changed)), roles, ASKED, NOW)


async def test_what_the_issuer_says_of_a_person_is_read():
    assert await signer() == Signer(
        subject="qualified-person@cdmo",
        printed_name="Qualified Person",
        scopes=frozenset({"quality.sign", ROLE}),
        authenticated_at=datetime.fromtimestamp(NOW - 10, UTC),
        acr=BOTH_COMPONENTS,
        methods=("pwd",),
        token_id="t-1",
        session_id="s-1",
        step_up=ASKED,
    )


async def test_methods_and_session_may_be_unknown_and_the_name_may_stand_elsewhere():
    found = await signer(amr=None, sid=None, name=None, preferred_username="QP", name_claim="preferred_username")
    assert (found.methods, found.session_id, found.printed_name) == ((), "", "QP")


@pytest.mark.parametrize("acr", [BOTH_COMPONENTS, ONE_COMPONENT])
async def test_each_class_that_the_installation_names_is_let_in(acr):
    assert (await signer(acr=acr)).acr == acr


@pytest.mark.parametrize("age", [-30, 0, 299.999, 300])
async def test_an_authentication_counts_up_to_the_age_and_within_the_skew_of_clocks(age):
    assert (await signer(auth_time=NOW - age)).authenticated_at.timestamp() == NOW - age


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"auth_time": NOW - 301}, "AUTHENTICATION_TOO_OLD"),
        ({"auth_time": NOW - 300.001}, "AUTHENTICATION_TOO_OLD"),
        ({"auth_time": 0}, "AUTHENTICATION_TOO_OLD"),
        ({"auth_time": -1e11}, "AUTHENTICATION_TOO_OLD"),
        ({"auth_time": None}, "AUTHENTICATION_MISSING"),
        ({"acr": None}, "AUTHENTICATION_MISSING"),
        ({"acr": "1"}, "ACR_NOT_ACCEPTED"),
        ({"acr": BOTH_COMPONENTS.upper()}, "ACR_NOT_ACCEPTED"),
        ({"acr": f"{BOTH_COMPONENTS} {ONE_COMPONENT}"}, "ACR_NOT_ACCEPTED"),
    ],
)
async def test_whoever_did_not_authenticate_as_asked_is_told_how(changed, cause):
    with pytest.raises(StepUpRequired) as raised:
        await signer(**changed)
    assert (raised.value.kind, raised.value.reason) == (Kind.UNAUTHENTICATED, "STEP_UP_REQUIRED")
    assert raised.value.facts == {
        "cause": cause,
        "acr_values": f"{BOTH_COMPONENTS} {ONE_COMPONENT}",
        "max_age": "300",
    }


@pytest.mark.parametrize("ahead", [30.001, 31, 3600])
async def test_an_authentication_of_the_future_is_refused(ahead):
    with pytest.raises(TokenExpired) as raised:
        await signer(auth_time=NOW + ahead)
    assert raised.value.facts == {"claim": "auth_time"}


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("auth_time", str(NOW)),
        ("auth_time", "2027-01-15T08:00:00Z"),
        ("auth_time", True),
        ("auth_time", [NOW]),
        ("auth_time", 1e13),
        ("acr", ""),
        ("acr", 1),
        ("acr", [BOTH_COMPONENTS]),
        ("amr", "pwd"),
        ("amr", [1]),
        ("amr", ["a\nb"]),
        ("name", None),
        ("name", ""),
        ("name", "  "),
        ("name", "a\x00b"),
        ("name", "x" * 201),
        ("name", {"given": "x"}),
        ("jti", None),
        ("jti", ""),
        ("sid", ""),
        ("sid", 7),
    ],
)
async def test_a_claim_of_another_shape_is_refused_and_named(claim, value):
    with pytest.raises(TokenMalformed) as raised:
        await signer(**{claim: value})
    assert raised.value.facts == {"claim": claim}


async def test_the_same_token_is_good_for_a_call_that_does_not_sign():
    verifier = TokenVerifier(StaticJwks({"keys": [issuer.jwk]}), ISSUER, now=lambda: NOW)
    assert (await verifier.verify(a_token(auth_time="yesterday", acr=1))).actor == "qualified-person@cdmo"


@pytest.mark.parametrize("scope", ["quality.sign operator", "quality", "quality.sign", "QUALITY.QUALIFIED_PERSON", ""])
async def test_no_other_scope_implies_a_role_not_even_operator(scope):
    with pytest.raises(SignerRoleMissing) as raised:
        await signer(scope=scope)
    assert (raised.value.kind, raised.value.facts) == (Kind.DENIED, {"roles": " ".join(ROLES)})


async def test_another_role_than_the_calls_own_is_not_enough():
    with pytest.raises(SignerRoleMissing):
        await signer(roles=("quality.designated_person",))


@pytest.mark.parametrize("changed", [{"scope": f"agent {ROLE}"}, {"act": {"sub": "agent-7"}}, {"act": {}}])
async def test_an_agent_never_signs_whatever_else_its_token_carries(changed):
    with pytest.raises(SignerNotAPerson) as raised:
        await signer(**changed)
    assert raised.value.kind is Kind.DENIED


async def test_a_step_up_that_somebody_else_signed_is_forged():
    verifier = TokenVerifier(StaticJwks({"keys": [issuer.jwk]}), ISSUER, now=lambda: NOW)
    with pytest.raises(TokenSignature):
        await verifier.verify(a_token(AnIssuer()))


JSON = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.lists(st.integers()))


@given(
    st.dictionaries(st.sampled_from(["auth_time", "acr", "amr", "name", "jti", "sid"]), JSON), st.integers(-400, 400)
)
def test_whatever_a_token_says_only_a_fresh_and_whole_authentication_is_let_in(claims, age):
    good = {"auth_time": NOW - age, "acr": BOTH_COMPONENTS, "name": "QP", "jti": "t"}
    caller = Caller("partners/cdmo", "qp", frozenset({ROLE}), {**good, **claims})
    try:
        found = signer_of(caller, ROLES, ASKED, NOW)
    except GatewayError as refused:
        assert refused.kind is Kind.UNAUTHENTICATED
        return
    assert -30 <= NOW - found.authenticated_at.timestamp() <= 300
    assert found.acr == caller.claims["acr"] == BOTH_COMPONENTS
    assert found.printed_name.strip() and found.token_id.strip()
