"""A refusal at the push door costs the same comparisons, whichever account was named and whatever was brought."""

import hmac
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from adapters.host.auth import Credential, CredentialWrong, credential
from adapters.host.body import Body
from adapters.host.doorkeeper import NO_BODY, Doorkeeper
from adapters.host.values import Account
from services.kernel.errors import Unauthenticated

SECRET = "a-secret-of-the-courier"
KINDS: Mapping[str, Any] = {
    "header_key": {"type": "header_key", "header": "credential", "secrets": [SECRET]},
    "two_keys": {"type": "header_key", "header": "credential", "secrets": [SECRET, SECRET[::-1]]},
    "basic": {"type": "basic", "user": "courier", "secrets": [SECRET]},
    "bearer_jwt": {"type": "bearer_jwt"},
    "hmac_sha256": {"type": "hmac_sha256", "header": "x-signature", "secrets": [SECRET]},
}
BROUGHT: tuple[Mapping[str, str], ...] = (
    {},
    {"credential": "wrong"},
    {"authorization": "Bearer wrong"},
    {"authorization": "Basic eDp5"},
    {"authorization": "Basic ???"},
    {"x-signature": "ab"},
    {"x-signature": "ab", "credential": "wrong", "authorization": "Bearer wrong"},
)


class NoToken:
    """A verifier that knows no token, and counts how often it looks."""

    def __init__(self, work: Counter[str]) -> None:
        self._work = work

    async def verify(self, token: str) -> Any:
        self._work["token"] += 1
        raise Unauthenticated("The token is none.")


def account_of(kind: str, verifier: Any) -> Account:
    made = Account.__new__(Account)
    for name, value in {"id": kind, "partner": "partners/courier", "credential": made_of(kind, verifier)}.items():
        object.__setattr__(made, name, value)
    return made


def made_of(kind: str, verifier: Any) -> Credential:
    return credential(KINDS[kind], verifier, "courier.push")


async def no_body() -> Body:
    return NO_BODY


@pytest.mark.parametrize("brought", BROUGHT, ids=lambda brought: ",".join(brought) or "nothing")
async def test_every_refusal_has_cost_the_same(monkeypatch: pytest.MonkeyPatch, brought: Mapping[str, str]) -> None:
    work: Counter[str] = Counter()
    compare = hmac.compare_digest

    def compared(given: bytes, expected: bytes) -> bool:
        work["comparison"] += 1
        return compare(given, expected)

    def digested(self: Body, secret: bytes) -> bytes:
        work["signature"] += 1
        return b"x" * 32

    monkeypatch.setattr(hmac, "compare_digest", compared)
    monkeypatch.setattr(Body, "hmac_sha256", digested)
    verifier: Any = NoToken(work)
    accounts = [None, *(account_of(kind, verifier) for kind in KINDS)]
    keeper = Doorkeeper([account.credential for account in accounts if account], verifier)
    costs = {}
    for account in accounts:
        work.clear()
        with pytest.raises(CredentialWrong) as refused:
            await keeper.who(account, brought, no_body)
        costs[account.id if account else "none"] = (sorted(work.items()), str(refused.value))
    assert len({str(cost) for cost in costs.values()}) == 1, costs
    assert dict(costs["none"][0])["comparison"] > 3


async def test_the_right_credential_opens_whatever_else_is_brought() -> None:
    verifier: Any = NoToken(Counter())
    keeper = Doorkeeper([made_of(kind, verifier) for kind in KINDS], verifier)
    assert await keeper.admit(account_of("two_keys", verifier), {"credential": SECRET[::-1], "x-signature": "ab"}) == ""
    signed = Body(b"{}", 2).hmac_sha256(SECRET.encode()).hex()
    account = account_of("hmac_sha256", verifier)
    assert await keeper.admit(account, {"x-signature": signed}) is None
    assert await keeper.admit_by_body(account, {"x-signature": signed}, Body(b"{}", 2)) == ""
    with pytest.raises(CredentialWrong):
        await keeper.admit_by_body(account, {"x-signature": signed}, Body(b"{ }", 3))
