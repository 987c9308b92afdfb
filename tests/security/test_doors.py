"""What strangers send to the doors, at every address there is."""

import asyncio
import json
from contextlib import AsyncExitStack

import httpx
import pytest

from services.local.gateway import Gateway
from tests.security.doors import HOST, Address, port_of, push, rest
from tests.support.sockets import Answer, ask, connection

HALF_SENT_MIN = 300


@pytest.fixture
def gateway(shared_gateway: Gateway) -> Gateway:
    """One gateway for all: nothing here is let in to change anything."""
    return shared_gateway


async def _asked(gateway: Gateway, address: Address, *lines: str, body: bytes = b"") -> Answer:
    return await ask(port_of(gateway), address.line(), HOST, *lines, body=body)


async def test_half_sent_requests_of_strangers_are_answered_at_once_and_close_no_door(gateway: Gateway) -> None:
    addresses = [address for address in (*rest(), *push()) if address.method not in ("GET", "OPTIONS")]
    assert len(addresses) > 25
    async with AsyncExitStack() as kept_open:
        for number in range(max(HALF_SENT_MIN, len(addresses))):
            address = addresses[number % len(addresses)]
            raw = await kept_open.enter_async_context(connection(port_of(gateway)))
            await raw.send(address.line(), HOST, "content-length: 100", body=b"x")
            assert (await raw.answer()).status == 401, address
        async with httpx.AsyncClient(base_url=gateway.rest_url, timeout=60) as client:
            assert (await client.get("/healthz")).status_code == 200
            assert (await client.get("/")).status_code == 200
        for address in (rest()[0], push()[0]):
            answer = await _asked(gateway, address, address.credential(gateway), "content-length: 0")
            assert answer.status not in (401, 429, 503), answer


async def test_a_token_or_a_credential_that_comes_after_the_head_opens_nothing(gateway: Gateway) -> None:
    for address in (*rest(), *push()):
        if address.method in ("GET", "OPTIONS"):
            continue
        name, _, value = address.credential(gateway).partition(": ")
        for brought in ([], [f"{name}: {'Bearer ' if name == 'authorization' else ''}wrong"]):
            trailer = f"2\r\n{{}}\r\n0\r\n{name}: {value}\r\n\r\n".encode()
            lines = (*brought, "transfer-encoding: chunked", "content-type: application/json", f"trailer: {name}")
            answer = await _asked(gateway, address, *lines, body=trailer)
            assert answer.status == 401, address


async def test_what_has_one_value_is_refused_when_it_comes_twice(gateway: Gateway) -> None:
    for address in (*rest(), *push()):
        credential = address.credential(gateway)
        answer = await _asked(gateway, address, credential, credential, "content-length: 0")
        assert answer.status in (400, 401) or address.public, address
        for name in ("idempotency-key", "last-event-id", "content-type", "host"):
            answer = await _asked(gateway, address, credential, f"{name}: a", f"{name}: a", "content-length: 0")
            assert (answer.status, answer.reason) == (400, "HEADER_REPEATED"), (address, name)


async def test_codings_and_charsets_that_nobody_reads_are_refused_and_the_right_one_named(gateway: Gateway) -> None:
    for address in (*rest(), *push()):
        if not address.takes_body:
            continue
        body = b"{}"
        credential = address.credential(gateway, body)
        lines = (credential, f"content-length: {len(body)}")
        for coding in ("gzip", "br", "deflate", "x-gzip", "identity, gzip", "whatever"):
            told = ("content-type: application/json", f"content-encoding: {coding}")
            answer = await _asked(gateway, address, *lines, *told, body=body)
            assert (answer.status, answer.reason) == (415, "ENCODING_NOT_SUPPORTED"), (address, coding)
            assert answer.headers["accept-encoding"] == "identity"
        for charset in ("utf-16", '"UTF-16"', "iso-8859-1", "utf-8; charset=utf-16"):
            answer = await _asked(
                gateway, address, *lines, f"content-type: {address.media_type}; charset={charset}", body=body
            )
            assert (answer.status, answer.reason) == (415, "CHARSET_NOT_SUPPORTED"), (address, charset)
        for taken in ("content-encoding: Identity", "content-encoding: ", "x-nothing: "):
            answer = await _asked(
                gateway, address, *lines, f"content-type: {address.media_type};charset=UTF-8", taken, body=body
            )
            assert answer.status != 415, (address, taken)


async def test_options_need_no_token_and_are_answered_alike_at_both_doors(gateway: Gateway) -> None:
    for address in (*rest(), *push()):
        asked = Address("OPTIONS", address.path, False, address.adapter)
        answer = await _asked(gateway, asked)
        assert answer.status == 204, address
        allowed = answer.headers["allow"].split(", ")
        assert {address.method, "OPTIONS"} <= set(allowed), address
        assert allowed == sorted(allowed) and ("HEAD" in allowed) == ("GET" in allowed), (address, allowed)
        if address.adapter:
            unknown = await ask(port_of(gateway), asked.line("no-such-account"), HOST)
            assert _without_ids(unknown, "no-such-account") == _without_ids(answer, address.account), address
    assert (await ask(port_of(gateway), "OPTIONS /nowhere HTTP/1.1", HOST)).status == 404
    assert (await ask(port_of(gateway), "OPTIONS /push/nowhere HTTP/1.1", HOST)).status == 404


async def test_an_answer_is_of_a_kind_that_is_accepted_or_there_is_none(gateway: Gateway) -> None:
    for address in rest():
        others = ("application/json", "text/*;q=0, */*;q=0") if address.streams else ("text/event-stream", "image/*")
        for accept in others:
            answer = await _asked(
                gateway, address, address.credential(gateway), f"accept: {accept}", "content-length: 0"
            )
            assert (answer.status, answer.reason) == (406, "NOT_ACCEPTABLE"), (address, accept)


async def test_a_head_of_a_stream_has_no_length_and_no_body(gateway: Gateway) -> None:
    for address in rest():
        if address.streams:
            asked = Address("HEAD", address.path.replace("doses/x", "doses/-"), False)
            answer = await _asked(gateway, asked, address.credential(gateway))
            assert "content-length" not in answer.headers or answer.status != 200, address


async def test_a_precondition_is_held_to_or_refused(gateway: Gateway) -> None:
    held_to = 0
    for address in rest():
        if address.method == "GET" or not address.takes_body:
            continue
        for header in ('if-match: "x"', "if-match: *", 'if-none-match: "x"', "if-unmodified-since: x"):
            lines = (address.credential(gateway), header, "content-type: application/json", "content-length: 2")
            answer = await _asked(gateway, address, *lines, body=b"{}")
            assert answer.status >= 400, (address, header)
            if answer.reason != "PRECONDITION_NOT_SUPPORTED":
                assert header == 'if-match: "x"', (address, answer)
                held_to += 1
    assert held_to > 3


async def test_a_token_longer_than_any_is_refused_for_its_length(gateway: Gateway) -> None:
    for address in (*rest(), *push()):
        answer = await _asked(gateway, address, f"authorization: Bearer {'x' * 16_384}", "content-length: 0")
        assert (answer.status, answer.reason) == (431, "HEADERS_TOO_LARGE"), address


async def test_a_body_that_is_too_large_is_refused_before_it_is_sent_and_its_bound_told(gateway: Gateway) -> None:
    for address in (*rest(), *push()):
        if address.takes_body:
            lines = (address.credential(gateway), f"content-length: {1 << 30}", "expect: 100-continue")
            answer = await _asked(gateway, address, *lines, "content-type: application/json")
            assert (answer.status, answer.reason, answer.headers["connection"]) == (413, "BODY_TOO_LARGE", "close"), (
                address
            )
            assert any(word.isdigit() for word in answer.problem["detail"].split()), address


async def test_an_account_that_does_not_exist_is_answered_as_a_wrong_credential_is(gateway: Gateway) -> None:
    credentials = (
        [],
        ["credential: wrong"],
        ["authorization: Bearer wrong"],
        ["authorization: Basic eDp5"],
        ["x-signature: ab"],
    )
    for address in push():
        accounts = (address.account, "no-such-account", *{each.account for each in push()} - {address.account})
        for brought in credentials:
            told = [
                _without_ids(await ask(port_of(gateway), address.line(name), HOST, *brought, "content-length: 0"), name)
                for name in accounts
            ]
            assert told[0][0] == (204 if address.method == "OPTIONS" else 200 if address.public else 401), address
            assert all(each == told[0] for each in told), (address, brought)


def _without_ids(answer: Answer, account: str) -> tuple[int, dict[str, str], object]:
    ids = {"date", "x-request-id", "x-trace-id", "content-length"}
    headers = {name: value for name, value in answer.headers.items() if name not in ids}
    told = {
        name: value for name, value in json.loads(answer.body or b"{}").items() if name not in ("trace_id", "instance")
    }
    return answer.status, headers, told


async def test_metrics_are_told_on_the_operations_port_alone(gateway: Gateway) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        assert (await client.get(f"{gateway.rest_url}/metrics")).status_code == 404
        assert "http_server_duration_seconds" in (await client.get(f"{gateway.ops_url}/metrics")).text


async def test_large_bodies_do_not_hold_up_anybody_else(gateway: Gateway) -> None:
    lists = {"rest": b"[" + b"[]," * 170_000 + b"[]]", "push": b"[" + b"[]," * 650_000 + b"[]]"}
    ups = next(address for address in push() if address.adapter == "courier_ups")
    claim = next(address for address in rest() if address.path == "/v1/slots:claim")
    async with httpx.AsyncClient(base_url=gateway.rest_url, timeout=60) as client:
        for address, body in ((claim, lists["rest"]), (ups, lists["push"])):
            lines = (address.credential(gateway), "content-type: application/json", f"content-length: {len(body)}")
            reading = asyncio.ensure_future(_asked(gateway, address, *lines, body=body))
            probes = 0
            while not reading.done():
                assert (await client.get("/healthz")).status_code == 200
                probes += 1
            assert (await reading).status == 400, address
            assert probes > 20, address  # Not one that waited for the end.
