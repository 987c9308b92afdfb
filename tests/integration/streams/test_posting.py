"""The way out: to the address that was checked, never after a redirect, and for so long and so many bytes at most."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from services.streams.domain.endpoint_delivery import RESPONSE_BYTES_MAX
from services.streams.posting import WebhookClient
from tests.support.receiver import Receiver, receiving


@pytest.fixture(scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    """One receiver for all: each test has a path of its own."""
    async with receiving() as opened:
        yield opened


@pytest.fixture
async def client() -> AsyncIterator[WebhookClient]:
    """A client of a sandbox."""
    opened = WebhookClient(loopback=True, answer_s_max=60)
    yield opened
    await opened.close()


def leads_to(monkeypatch: pytest.MonkeyPatch, *found: str) -> list[str]:
    asked_for: list[str] = []

    async def getaddrinfo(host: str, *asked: Any, **more: Any) -> list[Any]:
        asked_for.append(host)
        return [(0, 0, 0, "", (each, 0)) for each in found]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    return asked_for


async def test_a_name_is_resolved_for_each_connection_and_the_checked_address_is_reached(
    client: WebhookClient, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for = leads_to(monkeypatch, "127.0.0.1")
    answer = await client.post(receiver.url("named", "partner.example"), {}, b"{}")
    assert (answer.status, asked_for) == (204, ["partner.example"])
    [hook] = receiver.hooks["named"]
    assert hook.headers["host"] == f"partner.example:{receiver.port}"
    await client.close()
    leads_to(monkeypatch, "10.0.0.1")  # it leads elsewhere now
    answer = await client.post(receiver.url("named", "partner.example"), {}, b"{}")
    assert answer.status is None and answer.fault.startswith("refused: ")
    assert len(receiver.hooks["named"]) == 1


@pytest.mark.parametrize(("url", "found"), [
    ("http://127.0.0.1:{port}/x", []), ("http://[::1]:{port}/x", []), ("https://127.0.0.1:{port}/x", []),
    ("http://partner.example:{port}/x", ["127.0.0.1"]), ("https://partner.example:{port}/x", ["127.0.0.1"]),
    ("https://partner.example:{port}/x", ["::ffff:127.0.0.1"]),
    ("https://partner.example:{port}/x", ["93.184.215.14", "127.0.0.1"]), ("http://partner.example:{port}/x", []),
    ("http://2130706433:{port}/x", []),
])  # fmt: skip
async def test_outside_a_sandbox_this_machine_is_not_reached_under_any_name(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, url: str, found: list[str]
) -> None:
    outside = WebhookClient(loopback=False, answer_s_max=60)
    leads_to(monkeypatch, *found)
    answer = await outside.post(url.format(port=receiver.port), {}, b"{}")
    await outside.close()
    assert answer.status is None and answer.fault.startswith("refused: ")
    assert not receiver.hooks["x"]


async def test_in_a_sandbox_a_public_address_still_wants_tls(
    client: WebhookClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads_to(monkeypatch, "93.184.215.14")
    answer = await client.post("http://partner.example/x", {}, b"{}")
    assert answer.fault == "refused: It must be an https address."


async def test_a_redirect_is_an_answer_and_not_followed(client: WebhookClient, receiver: Receiver) -> None:
    location = {"location": receiver.url("elsewhere")}
    receiver.answers["moved"] = lambda _: web.Response(status=307, headers=location)
    answer = await client.post(receiver.url("moved"), {}, b"{}")
    assert answer.status == 307
    assert not receiver.hooks["elsewhere"]


async def test_of_an_answer_the_first_bytes_are_kept_as_they_come(client: WebhookClient, receiver: Receiver) -> None:
    receiver.answers["long"] = lambda _: web.Response(
        status=500, body=b"x" * 10_000_000, headers={"content-encoding": "gzip", "retry-after": "7"}
    )
    answer = await client.post(receiver.url("long"), {}, b"{}")
    assert (answer.status, answer.body, answer.retry_after) == (500, b"x" * RESPONSE_BYTES_MAX, "7")


async def test_who_does_not_answer_is_left_after_a_while(receiver: Receiver) -> None:
    hurried, never = WebhookClient(loopback=True, answer_s_max=0.1), asyncio.Event()

    async def silent(_: Any) -> web.Response:
        await never.wait()
        return web.Response()

    receiver.answers["silent"] = silent
    answer = await hurried.post(receiver.url("silent"), {}, b"{}")
    never.set()
    await hurried.close()
    assert (answer.status, answer.fault) == (None, "no answer within 0.1 s")


async def test_a_body_that_never_ends_does_not_undo_its_status() -> None:
    hurried, over = WebhookClient(loopback=True, answer_s_max=0.2), asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nx")
        await over.wait()
        writer.close()

    async with saying(drip) as url:
        answer = await hurried.post(url, {}, b"{}")
        over.set()
    await hurried.close()
    assert (answer.status, answer.body) == (200, b"x")


async def test_what_is_no_http_is_said(client: WebhookClient) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    async with saying(babble) as url:
        answer = await client.post(url, {}, b"{}")
    assert answer.status is None and answer.fault.startswith("no HTTP answer: ")


@asynccontextmanager
async def saying(speak: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """The address of somebody who says what a test wants."""
    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x"
    server.close()
