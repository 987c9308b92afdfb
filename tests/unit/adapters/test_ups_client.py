"""What goes over the wire to UPS, and what its answers mean: nothing is done again that may have been done."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from adapters.courier_ups.client import UpsClient
from adapters.courier_ups.port import fetch
from adapters.courier_ups.settings import UpsSettings
from adapters.outbound import Away, Declined, Uncertain

NUMBER = "1Z999AA10123456784"
NOT_FOUND = {"response": {"errors": [{"code": "TW0001", "message": "Tracking Information Not Found"}]}}
TWO_ERRORS = {
    "response": {"errors": [{"code": "250002", "message": "Invalid"}, {"code": "250003", "message": "Token"}]}
}
Call = Callable[[UpsClient], Awaitable[Any]]


def details(ups: UpsClient) -> Awaitable[Any]:
    return ups.details(NUMBER)


def eligibility(ups: UpsClient) -> Awaitable[Any]:
    return ups.eligibility(NUMBER)


def subscribe(ups: UpsClient) -> Awaitable[Any]:
    return ups.subscribe(b'{"trackingNumberList":[]}')


def intercept(ups: UpsClient) -> Awaitable[Any]:
    return ups.intercept("redirect/address", NUMBER, b'{"requestType":"AA"}')


READS, WRITES = (details, eligibility), (subscribe, intercept)


async def answered(call: Call, answer: httpx.Response | Exception) -> tuple[Any, httpx.Request]:
    """What a call makes of an answer, and what was asked."""
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async with httpx.AsyncClient(transport=httpx.MockTransport(serve), base_url="https://ups.example") as http:
        return await call(UpsClient(http, UpsSettings())), asked[0]


@pytest.mark.parametrize(("call", "method", "path", "body"), [
    (details, "GET", f"/api/track/v1/details/{NUMBER}", b""),
    (eligibility, "GET", f"/api/deliveryintercept/v2/eligibility/intercept/{NUMBER}", b""),
    (subscribe, "POST", "/api/track/v2/subscription/standard/package", b'{"trackingNumberList":[]}'),
    (intercept, "POST", f"/api/deliveryintercept/v2/redirect/address/{NUMBER}", b'{"requestType":"AA"}'),
])  # fmt: skip
async def test_each_call_has_its_address_its_body_and_the_headers_without_which_ups_refuses_it(
    call: Call, method: str, path: str, body: bytes
) -> None:
    _, request = await answered(call, httpx.Response(200, json={"it": "is"}))
    assert (request.method, request.url.path, request.content) == (method, path, body)
    assert request.headers.get("content-type") == ("application/json" if body else None)
    if "intercept" in path:
        assert len(request.headers["transId"]) == 14
        assert (request.headers["platformType"], request.headers["inquiryType"]) == ("XOLT", "U")
    else:
        assert len(request.headers["transId"]) == 32
        assert request.headers["transactionSrc"] == "doselane"


async def test_two_calls_have_two_ids() -> None:
    for call in (details, intercept):
        ids = {(await answered(call, httpx.Response(200, json={})))[1].headers["transId"] for _ in range(2)}
        assert len(ids) == 2


async def test_an_answer_is_given_as_it_came_and_of_a_new_package_nothing_is_known() -> None:
    found, _ = await answered(details, httpx.Response(200, content=b'{"trackResponse": {}}'))
    assert found == b'{"trackResponse": {}}'
    assert (await answered(details, httpx.Response(404, json=NOT_FOUND)))[0] == b""
    for call in (eligibility, *WRITES):
        with pytest.raises(Declined, match="404: TW0001 Tracking Information Not Found"):
            await answered(call, httpx.Response(404, json=NOT_FOUND))


@pytest.mark.parametrize("call", [eligibility, *WRITES])
@pytest.mark.parametrize(("answer", "read"), [
    (httpx.Response(200, json={"success": False}), {"success": False}), (httpx.Response(201, json=[1]), {}),
    (httpx.Response(200, json="yes"), {}),
])  # fmt: skip
async def test_an_answer_is_read_as_an_object_and_anything_else_says_nothing(
    call: Call, answer: httpx.Response, read: dict[str, Any]
) -> None:
    assert (await answered(call, answer))[0] == read


@pytest.mark.parametrize("call", [eligibility, *WRITES])
async def test_a_success_that_is_not_json_leaves_open_what_was_done(call: Call) -> None:
    with pytest.raises(Uncertain, match="the answer of UPS is not JSON"):
        await answered(call, httpx.Response(200, text="<html>maintenance</html>"))


@pytest.mark.parametrize("call", [*READS, *WRITES])
async def test_too_many_calls_are_waited_for_as_long_as_ups_asks(call: Call) -> None:
    with pytest.raises(Away, match="429: 250002 Invalid; 250003 Token") as away:
        await answered(call, httpx.Response(429, json=TWO_ERRORS, headers={"retry-after": "7"}))
    assert away.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize(("call", "kind"), [
    (details, Away), (eligibility, Away), (subscribe, Away),
    (intercept, Uncertain),  # UPS may have done it before it broke down
])  # fmt: skip
async def test_what_broke_down_is_tried_again_but_an_intercept_is_looked_for_first(
    call: Call, kind: type[Exception], status: int
) -> None:
    with pytest.raises(kind, match=f"^{status} "):
        await answered(call, httpx.Response(status, text="<html>"))


@pytest.mark.parametrize("call", [*READS, *WRITES])
@pytest.mark.parametrize(("answer", "words"), [
    (httpx.Response(400, json=TWO_ERRORS), "^400: 250002 Invalid; 250003 Token$"),
    (httpx.Response(401, json={"response": {"errors": [{"code": "1"}]}}), "^401 Unauthorized$"),
    (httpx.Response(403, json={"response": {"errors": None}}), "^403 Forbidden$"),
    (httpx.Response(403, json=[]), "^403 Forbidden$"), (httpx.Response(405, content=b"\xff"), "^405 Method"),
    (httpx.Response(302, headers={"location": "https://elsewhere.example"}), "^302 Found$"),
])  # fmt: skip
async def test_any_other_no_is_ups_s_no_in_its_own_words(call: Call, answer: httpx.Response, words: str) -> None:
    with pytest.raises(Declined, match=words):
        await answered(call, answer)


@pytest.mark.parametrize(("fault", "of_a_write"), [
    (httpx.ConnectError("refused"), Away), (httpx.ConnectTimeout("late"), Away), (httpx.PoolTimeout("full"), Away),
    (httpx.ReadTimeout("late"), Uncertain), (httpx.RemoteProtocolError("cut"), Uncertain),
    (httpx.WriteError("reset"), Uncertain),
])  # fmt: skip
async def test_what_did_not_arrive_is_sent_again_and_what_may_have_arrived_is_uncertain(
    fault: Exception, of_a_write: type[Exception]
) -> None:
    for call in READS:
        with pytest.raises(Away, match="UPS cannot be reached"):
            await answered(call, fault)
    for call in WRITES:
        with pytest.raises(of_a_write, match=r"UPS cannot be reached|the answer of UPS was lost"):
            await answered(call, fault)


@pytest.mark.parametrize(("status", "rest_is_read"), [(400, True), (403, False)])
async def test_what_ups_declines_of_one_number_is_of_that_number_and_all_else_of_all(
    status: int, rest_is_read: bool
) -> None:
    other = "1Z999AA10123456785"

    async def both(cursor: str, limit: int) -> list[str]:
        return [NUMBER, other]

    def serve(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json=NOT_FOUND) if NUMBER in request.url.path else httpx.Response(200, json={})

    async with httpx.AsyncClient(transport=httpx.MockTransport(serve), base_url="https://ups.example") as http:
        ups = UpsClient(http, UpsSettings())
        if rest_is_read:
            assert [json.loads(body) for body in (await fetch(ups, "", both)).bodies] == [{}]
        else:
            with pytest.raises(Declined, match="403"):
                await fetch(ups, "", both)
