"""Where a client's token comes from: fetched once, fresh before its end, and never beyond what is needed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from doselane import client
from doselane.client import ClientCredentials, Gateway, TokenFile
from doselane.slotting.v1 import slotting_pb2
from doselane.slotting.v1.slotting_pb2_grpc import SlottingServiceStub
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from services.kernel.errors import Unauthenticated
from tests.support.connecting import on_a_socket
from tests.support.scripted_server import a_scripted_server


class TokenEnded(Unauthenticated):
    """As the gateway says it."""

    reason = "TOKEN_EXPIRED"


class TokenIssuer:
    """Answers with what the test wants, or with a new token each time."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answer: Response | None = None
        self.expires_in: Any = 3600
        self.url = ""

    async def token(self, request: Request) -> Response:
        said = dict(parse_qsl((await request.body()).decode()))
        self.asked.append({**said, "authorization": request.headers.get("authorization", "")})
        granted = {"access_token": f"token-{len(self.asked)}", "expires_in": self.expires_in}
        return self.answer or JSONResponse(granted)

    def credentials(self, **more: Any) -> ClientCredentials:
        return ClientCredentials(self.url, "northlake", "a-secret", **more)


@pytest.fixture(scope="module")
async def serving() -> AsyncIterator[TokenIssuer]:
    made = TokenIssuer()
    async with on_a_socket(Starlette(routes=[Route("/token", made.token, methods=["POST"])])) as url:
        made.url = f"{url}/token"
        yield made


@pytest.fixture
def issuer(serving: TokenIssuer) -> TokenIssuer:
    serving.asked, serving.answer, serving.expires_in = [], None, 3600
    return serving


async def test_one_fetch_serves_all_calls_and_carries_the_secret_as_rfc_6749_says(issuer: TokenIssuer) -> None:
    source = issuer.credentials(scope="slotting.read")
    assert await asyncio.gather(*(source.token() for _ in range(5))) == ["token-1"] * 5
    [asked] = issuer.asked
    assert asked.pop("authorization").startswith("Basic ")
    assert asked == {"grant_type": "client_credentials", "scope": "slotting.read"}
    assert "a-secret" not in repr(source)


async def test_a_token_is_fetched_anew_before_its_end(issuer: TokenIssuer) -> None:
    now_s = 100.0
    source = issuer.credentials(clock=lambda: now_s)
    assert await source.token() == "token-1"
    now_s += 3539.9
    assert await source.token() == "token-1"
    now_s += 0.1
    assert await source.token() == "token-2"


async def test_a_token_that_is_still_good_is_given_while_the_issuer_is_away(issuer: TokenIssuer) -> None:
    now_s = 100.0
    source = issuer.credentials(clock=lambda: now_s)
    await source.token()
    issuer.answer = Response(status_code=503, headers={"retry-after": "7"})
    now_s += 3599
    assert await source.token() == "token-1"
    now_s += 1
    with pytest.raises(client.GatewayAway) as away:
        await source.token()
    assert (away.value.reason, away.value.retry_after_s) == ("ISSUER_AWAY", 7)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            JSONResponse({"error": "invalid_client", "error_description": "No such client."}, 401),
            "invalid_client No such",
        ),
        (JSONResponse({"token": "x"}), "gives no token: 200"),
        (JSONResponse(["x"]), "gives no token: 200"),
        (Response("<html>", 404), "gives no token: 404"),
        (RedirectResponse("http://127.0.0.1:9/elsewhere"), "gives no token: 307"),
    ],
)
async def test_an_issuer_that_gives_none_is_told_in_its_words(
    issuer: TokenIssuer, answer: Response, words: str
) -> None:
    issuer.answer = answer
    with pytest.raises(client.NotAuthenticated, match=words) as refused:
        await issuer.credentials().token()
    assert "a-secret" not in str(refused.value) and len(issuer.asked) == 1


async def test_an_issuer_that_cannot_be_reached_is_away() -> None:
    with pytest.raises(client.GatewayAway, match="cannot be reached"):
        await ClientCredentials("http://127.0.0.1:9/token", "northlake", "a-secret").token()


async def test_a_life_that_is_not_said_is_taken_for_short(issuer: TokenIssuer) -> None:
    issuer.expires_in = None
    source = issuer.credentials()
    assert await source.token() == await source.token() == "token-1"


async def test_a_token_that_the_gateway_refuses_is_replaced_once(issuer: TokenIssuer) -> None:
    slot = slotting_pb2.Slot(name="slots/1")
    async with a_scripted_server(slotting_pb2.DESCRIPTOR.services_by_name["SlottingService"]) as server:
        server.script["GetSlot"] = [TokenEnded("Over."), slot, TokenEnded("Over.")]
        async with Gateway(server.address, issuer.credentials()) as gateway:
            slotting = SlottingServiceStub(gateway)
            assert await slotting.GetSlot(slotting_pb2.GetSlotRequest()) == slot
            assert [token for *_, token in server.asked] == ["token-1", "token-2"]
            with pytest.raises(client.NotAuthenticated):
                await slotting.GetSlot(slotting_pb2.GetSlotRequest())
            assert [token for *_, token in server.asked][2:] == ["token-2", "token-3"]


async def test_a_file_is_read_for_each_call(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    source = TokenFile(file)
    assert await source.token() == "first"
    file.write_text("second\n")
    assert await source.token() == "second"
    for wrong in (b"", b"\xff"):
        file.write_bytes(wrong)
        with pytest.raises(client.NotAuthenticated):
            await source.token()
    with pytest.raises(client.NotAuthenticated, match="cannot be read"):
        await TokenFile(tmp_path / "none").token()
