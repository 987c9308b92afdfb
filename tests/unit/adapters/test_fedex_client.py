"""What is asked of FedEx, what is made of its answers, and by what its pushes are known."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from adapters.courier_fedex.client import THROTTLED_FOR, FedexClient
from adapters.courier_fedex.port import TRACKING_NUMBER, fetch
from adapters.host.auth import credential
from adapters.host.body import Body
from adapters.outbound import Away, Declined
from adapters.sandbox.fedex import signature
from services.kernel.errors import Unauthenticated
from tests.support.fedex import NUMBER, OTHER


def a_client(*answers: httpx.Response) -> tuple[FedexClient, list[Any]]:
    waiting, asked = list(answers), []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        return waiting.pop(0)

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="https://apis.example")
    return FedexClient(http), asked


GOOD: dict[str, Any] = {"output": {"completeTrackResults": []}}
ERROR = {"errors": [{"code": "SERVICE.UNAVAILABLE.ERROR", "message": "later"}]}


@pytest.mark.parametrize(("answer", "after"), [
    (httpx.Response(429, json=ERROR, headers={"retry-after": "120"}), timedelta(seconds=120)),
    (httpx.Response(429, text="Too many"), None),
    (httpx.Response(503, json=ERROR), None),
    (httpx.Response(403, json={"errors": [{"code": "FORBIDDEN.ERROR", "message": "x"}]}), THROTTLED_FOR),
    (httpx.Response(200, text="<html>maintenance</html>"), None),
    (httpx.Response(200, text='{"output": {"completeTr'), None),
    (httpx.Response(200, content=b"\xff\xfe{"), None),
    (httpx.Response(200, json=ERROR), None),
    (httpx.Response(200, json=[]), None),
])  # fmt: skip
async def test_what_passes_by_itself_is_asked_again_later(answer: httpx.Response, after: timedelta | None) -> None:
    with pytest.raises(Away) as away:
        await a_client(answer)[0].track([NUMBER])
    assert away.value.retry_after == after


async def test_the_date_after_which_a_quota_begins_anew_is_heeded() -> None:
    answer = httpx.Response(429, headers={"retry-after": "Wed, 21 Oct 2099 00:00:00 GMT"})
    with pytest.raises(Away) as away:
        await a_client(answer)[0].track([NUMBER])
    assert away.value.retry_after is not None
    assert away.value.retry_after > timedelta(days=1000)


async def following(after: str, limit: int) -> list[str]:
    names = ["urn:epc:id:sscc:0614141.1234567890", "1234 5678 9012", OTHER, "ORDER-7", "1Z999AA10123456784"]
    return [name for name in names if name > after][:limit]


async def test_only_numbers_of_fedexs_kind_are_asked_for() -> None:
    client, asked = a_client(httpx.Response(200, json=GOOD))
    found = await fetch(client, "", following)
    assert [each["trackingNumberInfo"]["trackingNumber"] for each in asked[0]["trackingInfo"]] == [NUMBER, OTHER]
    assert asked[0]["includeDetailedScans"] is True
    assert (len(found.bodies), found.cursor, found.more) == (1, "", False)


async def test_a_number_that_fedex_declines_keeps_back_none_of_the_others() -> None:
    no = {"errors": [{"code": "TRACKING.TRACKINGNUMBER.INVALID", "message": "no"}]}
    client, asked = a_client(httpx.Response(400, json=no), httpx.Response(400, json=no), httpx.Response(200, json=GOOD))
    found = await fetch(client, "", following)
    assert [len(each["trackingInfo"]) for each in asked] == [2, 1, 1]
    assert len(found.bodies) == 1


async def test_what_holds_for_all_is_not_tried_number_by_number() -> None:
    client, asked = a_client(httpx.Response(404, json={"errors": [{"code": "NOT.FOUND.ERROR", "message": "gone"}]}))
    with pytest.raises(Declined, match=r"404 NOT\.FOUND\.ERROR gone"):
        await fetch(client, "", following)
    assert len(asked) == 1


@pytest.mark.parametrize(("name", "is_one"), [
    ("1" * 12, True), ("1" * 15, True), ("1" * 20, True), ("1" * 22, True), ("1" * 34, True), ("DT" + "1" * 12, True),
    ("1" * 11, False), ("1" * 13, False), ("١" * 12, False), ("1Z999AA10123456784", False), ("", False),
])  # fmt: skip
def test_a_tracking_number_is_known_by_its_length(name: str, is_one: bool) -> None:
    assert bool(TRACKING_NUMBER.fullmatch(name)) == is_one


SECRETS = ["the-new-security-token", "the-old-security-token"]


@pytest.mark.parametrize("key", SECRETS)
async def test_a_push_is_known_by_its_signature_under_either_live_token(key: str) -> None:
    body = b'{"output": {}}'
    options = {"type": "hmac_sha256", "header": "fdx-signature", "encoding": "base64", "secrets": SECRETS}
    proof = credential(options, None, "courier.push")  # type: ignore[arg-type]
    good = signature(key.encode(), body)
    assert await proof.check({"fdx-signature": good}, Body(body, len(body)), "partners/x") == ""
    wrong = [
        good.lower(), good.rstrip("="), signature(key.encode(), body + b" "), signature(b"another-token-000000", body),
        "", "x" * 44, f"sha256={good}", "=" * 44,
    ]  # fmt: skip
    for sent in wrong:
        with pytest.raises(Unauthenticated):
            await proof.check({"fdx-signature": sent}, Body(body, len(body)), "partners/x")


async def test_an_answer_is_given_byte_by_byte_as_it_came() -> None:
    raw = b'{ "output": {"completeTrackResults": [ ]}, "transactionId": "\xc3\xbc" }'
    client, _ = a_client(httpx.Response(200, content=raw))
    assert await client.track([NUMBER]) == raw
    client, _ = a_client(httpx.Response(200, content=raw))
    assert (await fetch(client, "", following)).bodies == [raw]
