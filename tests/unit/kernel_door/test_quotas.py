"""A partner's quota: so much at once, so much in the long run; each answer tells what is left, and staff have none."""

import pytest

from services.kernel.errors import Kind
from services.kernel.identity import Caller
from services.kernel.process import ListenSettings
from services.kernel.quotas import QuotaExceeded, Quotas, rates_of
from services.kernel.rates import Rate
from services.kernel.settings import SettingsError, load

NORTHLAKE, HARBOR = (Caller(f"partners/{name}", "a-program", frozenset()) for name in ("northlake", "harbor"))
STAFF = Caller("partners/cdmo", "a-person", frozenset({"operator"}))


def test_each_call_is_told_what_is_left_and_one_too_many_when_to_come_again() -> None:
    now_s = [10.0]
    quotas = Quotas(Rate(0.5, 3), {}, lambda: now_s[0])
    policy = ("ratelimit-policy", '"calls";q=3;w=6')
    told = [quotas.count(NORTHLAKE) for _ in range(4)]
    assert [standing.told for standing in told] == [
        (policy, ("ratelimit", f'"calls";r={left};t={full_in_s}'))
        for left, full_in_s in ((2, 2), (1, 4), (0, 6), (0, 6))
    ]
    for standing in told[:3]:
        standing.require()
    with pytest.raises(QuotaExceeded) as refused:
        told[3].require()
    assert (refused.value.kind, refused.value.reason) == (Kind.BUSY, "QUOTA_EXCEEDED")
    assert refused.value.facts == {"retry_after_ms": "2000"}
    assert "0.5 calls a second, 3 at once" in refused.value.message
    now_s[0] += 2
    quotas.count(NORTHLAKE).require()


def test_nobody_uses_up_the_quota_of_another_and_staff_have_none() -> None:
    quotas = Quotas(Rate(1, 1), {"partners/harbor": Rate(2, 2)}, lambda: 0.0)
    assert [quotas.count(NORTHLAKE).wait_s for _ in range(2)] == [0, 1]
    assert [quotas.count(HARBOR).wait_s for _ in range(3)] == [0, 0, 0.5]
    assert [quotas.count(STAFF)[:2] for _ in range(3)] == [((), 0)] * 3


def test_quotas_of_some_partners_are_read_from_the_settings() -> None:
    listening = load(ListenSettings, {"DOSELANE_CALLS_OF": "partners/a=0.5/10, partners/b=200/20000"}, "DOSELANE")
    assert rates_of(listening.calls_of) == {"partners/a": Rate(0.5, 10), "partners/b": Rate(200, 20_000)}


@pytest.mark.parametrize(
    "told", ["a=1/1", "partners/a=1", "partners/a=0/1", "partners/a=1/0", "partners/a=1/1.5", "partners/a=-1/1"]
)
def test_a_quota_that_is_none_is_refused_with_what_it_should_be(told: str) -> None:
    with pytest.raises(SettingsError, match="DOSELANE_CALLS_OF must be partners/name=PER_SECOND/BURST"):
        load(ListenSettings, {"DOSELANE_CALLS_OF": told}, "DOSELANE")
