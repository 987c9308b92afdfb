"""A stream ends when the token that opened it is over: every stream there is, at both doors."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from google.protobuf.duration_pb2 import Duration

from services.kernel.errors import Unauthenticated
from services.kernel.ids import uuid7
from services.kernel.tokens import CLOCK_SKEW_S
from services.local.gateway import Gateway, Plan
from services.local.issuer import LIFETIME_S
from tests.security.surface import BINDINGS, METHODS, STREAMS, Clients, all_powerful, request_of

PATIENCE_S = 60
PROPOSAL = "proposals/01990000-0000-7000-8000-000000000000"
# What each stream asks for; a call that is added finds its needs here, or asks for nothing.
NEEDED = {
    "WatchTimeline": {"parent": "doses/-"},
    "WatchProposal": {"name": PROPOSAL},
    "Subscribe": {"parent": "feeds/-"},
}
PATHS = {"{parent=doses/*}": "doses/-", "{parent=feeds/*}": "feeds/-", "{name=proposals/*}": PROPOSAL}


@pytest.fixture
async def gateway(gateway_dsn: str, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway with a proposal that some solver works at without end."""
    async with Gateway(Plan(database_dsn=gateway_dsn, data_dir=tmp_path, keep_alive_s=0.5)) as running:
        await running.databases["planning"].pool.execute(
            "INSERT INTO proposal (name, state, version, events, created_at, solve_seconds_max, document, leased_until)"
            " VALUES ($1, 'SOLVING', 1, 0, now(), 600, '', now() + interval '1 day')",
            PROPOSAL,
        )
        yield running


async def test_every_stream_over_grpc_ends_unauthenticated(gateway: Gateway) -> None:
    async with Clients(gateway, all_powerful(gateway)) as clients:
        streams = {
            name: clients.stream(method, request_of(method, **NEEDED.get(method.name, {})))
            for name, method in STREAMS.items()
        }
        for stream in streams.values():
            await anext(stream)
        await _pass_the_tokens_life(gateway)
        for name, stream in streams.items():
            with pytest.raises(Unauthenticated) as ended:
                await _to_its_end(stream)
                pytest.fail(f"{name} ended as if all were well")
            assert ended.value.reason == "TOKEN_EXPIRED", name
    assert len(streams) >= 3


async def test_every_stream_over_http_ends_with_a_problem(gateway: Gateway) -> None:
    headers = {"authorization": f"Bearer {all_powerful(gateway)}", "accept": "text/event-stream"}
    paths = [_path(each.template.text) for each in BINDINGS if each.method.full_name in STREAMS]
    async with httpx.AsyncClient(base_url=gateway.rest_url, headers=headers, timeout=PATIENCE_S) as http:
        opened = asyncio.Barrier(len(paths) + 1)
        reading = [asyncio.create_task(_read(http, path, opened)) for path in paths]
        async with asyncio.timeout(PATIENCE_S):
            await opened.wait()
        await _pass_the_tokens_life(gateway)
        for path, lines in zip(paths, await asyncio.gather(*reading), strict=True):
            event, data = [line for line in lines if line][-2:]
            problem = json.loads(data.removeprefix("data: "))
            assert (event, problem["status"], problem["reason"]) == ("event: error", 401, "TOKEN_EXPIRED"), path
            # By which a browser that comes back with the old token gives up.
            assert (await http.get(path)).status_code == 401
    assert len(paths) >= 3


async def _pass_the_tokens_life(gateway: Gateway) -> None:
    advance = METHODS["doselane.clock.v1.ClockService.AdvanceClock"]
    by = Duration(seconds=LIFETIME_S + CLOCK_SKEW_S)
    async with Clients(gateway, all_powerful(gateway)) as clients:
        await clients.ask(advance, request_of(advance, by=by, request_id=str(uuid7())))


async def _to_its_end(stream: AsyncIterator[object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        async for _ in stream:
            pass


async def _read(http: httpx.AsyncClient, path: str, opened: asyncio.Barrier) -> list[str]:
    """What a stream says after its first message, up to the answer's orderly end."""
    async with http.stream("GET", path) as answer:
        assert answer.status_code == 200, path
        lines = answer.aiter_lines()
        async for line in lines:
            if line.startswith("data:"):
                break
        await opened.wait()
        return [line async for line in lines]


def _path(template: str) -> str:
    for variable, value in PATHS.items():
        template = template.replace(variable, value)
    return template
