"""The HTTP defaults: every failure is answered, and everything that grows has a bound."""

import asyncio
import json
import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from fastapi import Body, Request
from fastapi.responses import StreamingResponse

from services.kernel import http, telemetry
from services.kernel.errors import GatewayError, Invalid, Kind


class Full(GatewayError):
    kind, reason = Kind.REFUSED, "RUN_FULL"


def an_app(**changed):
    made = http.app("test", telemetry.setup("test", environ={}), **changed)

    @made.post("/numbers")
    async def numbers(one: int = Body(embed=True)) -> int:
        return one

    @made.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    @made.get("/full")
    async def full() -> None:
        raise Full("It is full.", run="runs/1")

    @made.get("/broken")
    async def broken() -> None:
        raise ZeroDivisionError("secret")

    @made.get("/breaks-later")
    async def breaks_later() -> StreamingResponse:
        async def pieces():
            yield b"some"
            raise ZeroDivisionError("secret")

        return StreamingResponse(pieces())

    @made.get("/trace")
    async def trace() -> str:
        return telemetry.current_traceparent()

    return made


@pytest.fixture(scope="module")
async def served():
    server = http.HttpServer(an_app(), "127.0.0.1:0")
    await server.start()
    yield server
    await server.stop(1)


@pytest.fixture(scope="module")
async def client(served):
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as connected:
        yield connected


async def test_a_refusal_is_a_problem(client):
    answer = await client.get("/full")
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert answer.json() == {
        "type": "urn:doselane:problem:RUN_FULL",
        "title": "Run full",
        "status": 409,
        "detail": "It is full.",
        "reason": "RUN_FULL",
        "facts": {"run": "runs/1"},
        "instance": "/full",
        "trace_id": answer.headers["x-trace-id"],
    }


@pytest.mark.parametrize(
    ("content", "field"), [(b'{"one": "x"}', "body.one"), (b"{}", "body.one"), (b"{", "body.1"), (b"", "body.one")]
)
async def test_a_body_that_does_not_fit_is_a_problem_that_says_where(client, content, field):
    answer = await client.post("/numbers", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["reason"]) == (400, "INVALID_ARGUMENT")
    assert answer.json()["facts"]["field"] == field


async def test_a_fault_is_told_by_a_reference_that_the_log_has_too(client, caplog):
    answer = await client.get("/broken")
    assert (answer.status_code, answer.json()["reason"]) == (500, "INTERNAL")
    assert "secret" not in answer.text
    assert answer.json()["facts"]["reference"] in caplog.text


async def test_a_fault_after_the_answer_began_cuts_it_off(client):
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/breaks-later")


async def test_the_callers_trace_goes_on_and_a_bad_one_is_replaced(client):
    good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
    assert (await client.get("/trace", headers={"traceparent": good})).json() == good
    assert (await client.get("/trace", headers={"traceparent": "x"})).json() != "x"


@pytest.mark.parametrize("brought", ["a b", "x" * 129, "é".encode()])
async def test_a_request_id_that_could_spoil_a_log_is_replaced(client, brought):
    answer = await client.get("/healthz", headers={"x-request-id": brought})
    assert answer.headers["x-request-id"] == answer.headers["x-trace-id"]


async def test_readiness_says_what_is_not_ready():
    async def away() -> None:
        raise ConnectionError("postgresql://me:secret@host")

    async def slow() -> None:
        await asyncio.Event().wait()

    made = an_app(checks={"database": away, "bus": slow})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://test") as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "checks": {"database": "ConnectionError", "bus": "does not answer"}}


async def test_a_sender_that_waits_for_leave_is_refused_before_it_sends(served):
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 9999999\r\nexpect: 100-continue\r\n\r\n")
    assert (await asyncio.wait_for(reader.readline(), 60)) == b"HTTP/1.1 413 Request Entity Too Large\r\n"
    writer.close()


async def test_a_sender_that_leaves_in_the_middle_harms_nobody(served, client):
    for _ in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nhalf")
        await writer.drain()
        writer.close()
    assert (await client.post("/echo", content=b"whole")).json() == 5


async def test_stopping_lets_a_running_request_end():
    begun, let_go = asyncio.Event(), asyncio.Event()
    made = an_app()

    @made.get("/slow")
    async def slow() -> str:
        begun.set()
        await let_go.wait()
        return "done"

    server = http.HttpServer(made, "127.0.0.1:0")
    await server.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        request = asyncio.ensure_future(client.get("/slow"))
        await begun.wait()
        stopping = asyncio.ensure_future(server.stop(5))
        let_go.set()
        assert (await request).json() == "done"
        await stopping
        with pytest.raises(httpx.ConnectError):
            await client.get("/healthz")


async def test_two_servers_do_not_share_a_port(served):
    with pytest.raises(OSError, match="in use"):
        await http.HttpServer(an_app(), f"127.0.0.1:{served.port}").start()


async def test_a_limit_may_differ_below_a_prefix():
    made = an_app(body_bytes_max=10, body_bytes_max_of={"/echo": 100})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://test") as client:
        assert (await client.post("/echo", content=b"x" * 100)).json() == 100
        assert (await client.post("/echo", content=b"x" * 101)).status_code == 413
        assert (await client.post("/numbers", content=b"x" * 11)).status_code == 413


async def test_a_problem_tells_its_reason_also_where_the_path_is_odd(client):
    answer = await client.get("/%0d%0a%00é")
    assert answer.status_code == 404
    assert json.loads(answer.text)["reason"] == "ROUTE_NOT_FOUND"


def test_every_kind_of_error_has_a_status():
    from services.kernel.http.problem import STATUS_OF_KIND
    from services.kernel.rpc.status import CODE_OF_KIND

    assert set(STATUS_OF_KIND) == set(CODE_OF_KIND) == set(Kind)
    assert http.problem_of(Invalid("x")).status_code == 400


async def test_an_answer_is_sent_at_once_and_does_not_wait_for_its_head_to_be_acknowledged():
    server = http.HttpServer(an_app(), "127.0.0.1:0")
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    assert [_sends_at_once(end) for end in _ends_towards(writer.get_extra_info("sockname"))] == [True]
    writer.close()
    await server.stop(1)


def _ends_towards(address: tuple[str, int]) -> list[socket.socket]:
    """Copies of this process's sockets that are connected with an address."""
    found = []
    for number in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # No socket, or one that is not connected.
            if stat.S_ISSOCK(os.fstat(int(number.name)).st_mode):
                end = socket.socket(fileno=os.dup(int(number.name)))
                found.append(end)
                if end.getpeername() != address:
                    found.pop().close()
    return [end for end in found if _is_connected(end)]


def _is_connected(end: socket.socket) -> bool:
    try:
        return bool(end.getpeername())
    except OSError:
        end.close()
        return False


def _sends_at_once(end: socket.socket) -> bool:
    with end:
        return bool(end.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
