"""Random histories of signing: whatever is tried, no signature that is forged, replayed or stale is ever accepted."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.kernel.errors import GatewayError
from services.kernel.signer import BOTH_COMPONENTS, ONE_COMPONENT, StepUp
from services.kernel.signing import Signature, SigningRequest
from services.quality.domain.signing import ROLES_OF, Meaning, Role
from tests.unit.quality.signers import NOON, a_signer, sign

ASKED = StepUp()
STEP = st.fixed_dictionaries(
    {
        "pause_s": st.sampled_from([0, 1, 60, 299, 300, 301, 899, 900, 901]),
        "age_s": st.sampled_from([-31, -30, 0, 1, 299, 300, 301]),
        "subject": st.sampled_from(["qp@cdmo", "dp@cdmo"]),
        "scopes": st.sets(st.sampled_from([*map(str, Role), "operator"]), max_size=3).map(frozenset),
        "acr": st.sampled_from([BOTH_COMPONENTS, BOTH_COMPONENTS, ONE_COMPONENT, ONE_COMPONENT, "0"]),
        "token": st.integers(0, 30),
        "session": st.sampled_from(["a", "a", "b"]),
        "record": st.sampled_from(["batches/1", "batches/2"]),
        "shown": st.sampled_from(["h1", "h1", "h2"]),
        "current": st.sampled_from(["h1", "h1", "h2"]),
        "meaning": st.sampled_from(Meaning),
    }
)


@settings(max_examples=300)
@given(st.lists(STEP, max_size=25))
def test_every_signature_that_was_accepted_keeps_every_rule(steps):
    now, accepted = NOON, list[Signature]()
    for step in steps:
        now += timedelta(seconds=step["pause_s"])
        signer = a_signer(
            timedelta(seconds=step["age_s"]),
            now,
            subject=step["subject"],
            scopes=step["scopes"],
            acr=step["acr"],
            token_id=str(step["token"]),
            session_id=step["session"],
            step_up=ASKED,
        )
        request = SigningRequest(step["record"], step["shown"], step["meaning"])
        try:
            made = sign(request, step["current"], signer, now, accepted)
        except GatewayError:
            continue
        assert step["shown"] == step["current"] == made.record_sha256
        assert -30 <= step["age_s"] <= 300
        assert made.role in step["scopes"] and made.role in ROLES_OF[made.meaning]
        assert made.acr == BOTH_COMPONENTS or (made.acr == ONE_COMPONENT and _goes_on(made, accepted))
        accepted.append(made)
    assert len({each.token_id for each in accepted}) == len(accepted)
    assert len({(each.signer, each.authenticated_at) for each in accepted}) == len(accepted)
    assert len({(each.record, each.record_sha256, each.meaning) for each in accepted}) == len(accepted)


def _goes_on(made: Signature, before: list[Signature]) -> bool:
    """Whether the session's newest signature by the same person is at most a quarter of an hour old."""
    same = [each for each in before if (each.signer, each.session_id) == (made.signer, made.session_id)]
    return bool(same) and made.signed_at - same[-1].signed_at <= timedelta(minutes=15)
