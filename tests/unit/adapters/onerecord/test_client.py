"""What an answer of a carrier's ONE Record server means for what was asked or told."""

from datetime import timedelta

import httpx
import pytest

from adapters.courier_onerecord.client import OneRecordClient
from adapters.courier_onerecord.settings import settings
from adapters.outbound import Away, Declined, Uncertain
from tests.support.onerecord import SERVER, THEIRS

ERROR = {"@type": "api:Error", "api:hasTitle": "No access", "api:hasErrorDetail": [{"api:hasMessage": "Ask us"}]}


def a_client(answer: httpx.Response | Exception) -> OneRecordClient:
    """A client whose carrier always answers so."""

    def serve(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    http = httpx.AsyncClient(transport=httpx.MockTransport(serve), base_url=f"{THEIRS}/api")
    return OneRecordClient(settings({"server": SERVER}), http, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_a_success_is_what_stands_there_and_where_a_post_went(status: int) -> None:
    answer = httpx.Response(status, content=b"{}", headers={"location": f"{THEIRS}/api/x/1"})
    assert await a_client(answer).get(f"{THEIRS}/api/x") == b"{}"
    assert await a_client(answer).post("/notifications", b"{}") == f"{THEIRS}/api/x/1"


@pytest.mark.parametrize("status", [301, 302, 304, 307, 308, 400, 401, 405, 409, 415, 422])
async def test_a_redirect_is_not_followed_and_a_no_is_told_in_the_carriers_words(status: int) -> None:
    answer = httpx.Response(status, json=ERROR, headers={"location": f"{THEIRS}/api/other"})
    for call in (a_client(answer).get(f"{THEIRS}/api/x"), a_client(answer).post("/notifications", b"{}")):
        with pytest.raises(Declined, match=f"^{status}: No access; Ask us$"):
            await call


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_what_is_not_there_or_not_for_us_is_nothing_to_read_and_a_no_to_what_is_told(status: int) -> None:
    assert await a_client(httpx.Response(status)).get(f"{THEIRS}/api/x") == b""
    with pytest.raises(Declined, match=f"^{status}"):
        await a_client(httpx.Response(status)).post("/notifications", b"{}")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 599])
async def test_what_passes_by_itself_is_tried_again_when_the_carrier_says(status: int) -> None:
    answer = httpx.Response(status, content=b"<html>", headers={"retry-after": "30"})
    for call in (a_client(answer).get(f"{THEIRS}/api/x"), a_client(answer).post("/notifications", b"{}")):
        with pytest.raises(Away) as away:
            await call
        assert away.value.retry_after == timedelta(seconds=30)


async def test_a_post_whose_answer_is_lost_may_have_arrived_and_one_that_never_left_has_not() -> None:
    with pytest.raises(Uncertain):
        await a_client(httpx.ReadTimeout("")).post("/notifications", b"{}")
    for fault in (httpx.ConnectError(""), httpx.ConnectTimeout(""), httpx.PoolTimeout("")):
        with pytest.raises(Away):
            await a_client(fault).post("/notifications", b"{}")
    with pytest.raises(Away):
        await a_client(httpx.ReadTimeout("")).get(f"{THEIRS}/api/x")
