"""A token for brokers is asked for once while it lasts, and what keeps us from one is said."""

import asyncio
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse

from services.kernel.bus.kafka_tokens import BrokerTokens
from tests.support.other_side import other_side

SECRET = SecretStr("hunter2")


async def test_a_token_is_shared_while_it_lasts_and_then_replaced() -> None:
    asked: list[tuple[str, str]] = []
    lives = [3600, 0]

    async def issuer(request: Request) -> JSONResponse:
        asked.append(((await request.body()).decode(), request.headers["authorization"]))
        return JSONResponse({"access_token": f"token-{len(asked)}", "expires_in": lives[len(asked) - 1]})

    async with other_side(issuer) as url:
        tokens = BrokerTokens(f"{url}/token", "doselane", SECRET, "kafka")
        assert await asyncio.gather(*(tokens.token() for _ in range(5))) == ["token-1"] * 5
        short = BrokerTokens(f"{url}/token", "doselane", SECRET)
        lives[:] = [3600, 0, 0]
        assert [await short.token(), await short.token()] == ["token-2", "token-3"]
    assert asked[0] == ("grant_type=client_credentials&scope=kafka", "Basic ZG9zZWxhbmU6aHVudGVyMg==")
    assert [body for body, _ in asked[1:]] == ["grant_type=client_credentials"] * 2


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, {"error": "invalid_client"}, 'answered 401: {"error":"invalid_client"}'),
        (200, {"token": "x"}, "answered 200: KeyError"),
        (200, ["x"], "answered 200: TypeError"),
    ],
)
async def test_an_issuer_that_gives_none_is_told_as_the_clients_fault_that_passes(
    status: int, body: Any, said: str
) -> None:
    async def issuer(_: Request) -> JSONResponse:
        return JSONResponse(body, status)

    async with other_side(issuer) as url:
        with pytest.raises(KafkaConnectionError) as fault:
            await BrokerTokens(f"{url}/token", "doselane", SECRET).token()
    assert said in str(fault.value) and "hunter2" not in str(fault.value)
    with pytest.raises(KafkaConnectionError, match="does not answer"):
        await BrokerTokens("http://127.0.0.1:1/token", "doselane", SECRET).token()
