"""What a connection may do to a server: too much, too slowly, or not as HTTP says."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from services.kernel import http
from tests.support.sockets import ask, connection

HURRY = http.Patience(head_s=0.3, request_s=2, look_at_body_every_s=0.3, drain_s=0.3, linger_s=0.1, reading_s=0.5)


class Echo:
    """Tells what it was given; under /early it answers without reading, under /large with much."""

    def __init__(self) -> None:
        self.disconnected = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", scope["path"] not in ("/early", "/large")
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.disconnected.set()
                return
            body, more = body + message["body"], message.get("more_body", False)
        names = b" ".join(name for name, _ in scope["headers"])
        told = b"%d [%s]" % (len(body), names) if scope["path"] != "/large" else b"x" * 50_000_000
        headers = [(b"content-length", b"%d" % len(told))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": told})


async def serving(app: Echo, **options):
    server = http.HttpServer(app, "127.0.0.1:0", **options)
    await server.start()
    return server


@pytest.fixture(scope="module")
async def echo():
    return Echo()


@pytest.fixture(scope="module")
async def port(echo: Echo):
    server = await serving(echo, patience=HURRY)
    yield server.port
    await server.stop(1)


@pytest.fixture(scope="module")
async def patient():
    server = await serving(Echo())
    yield server.port
    await server.stop(1)


HOST = "host: door.example"


@pytest.mark.parametrize(
    ("lines", "status", "reason"),
    [
        (["GET / HTTP/1.1"], 400, "HOST_MISSING"),
        (["GET / HTTP/1.1", HOST, HOST], 400, "HEADER_REPEATED"),
        (["GET / HTTP/1.1", "host: a b"], 400, "HOST_NOT_VALID"),
        (["GET / HTTP/1.1", "host:"], 400, "HOST_NOT_VALID"),
        (["GET / HTTP/1.1", "host: me@door"], 400, "HOST_NOT_VALID"),
        (["GET / HTTP/1.1", "host: door/x"], 400, "HOST_NOT_VALID"),
        (["GET / HTTP/1.1", HOST, "authorization: Bearer a", "Authorization: Bearer b"], 400, "HEADER_REPEATED"),
        (["GET / HTTP/1.1", HOST, "idempotency-key: a", "idempotency-key: a"], 400, "HEADER_REPEATED"),
        (["GET / HTTP/1.1", HOST, "last-event-id: 1", "last-event-id: 2"], 400, "HEADER_REPEATED"),
        (["GET / HTTP/1.1", HOST, f"authorization: Bearer {'x' * 16_384}"], 431, "HEADERS_TOO_LARGE"),
        (["POST / HTTP/1.1", HOST, "transfer-encoding: gzip, chunked"], 501, "TRANSFER_CODING_NOT_SUPPORTED"),
        (["POST / HTTP/1.1", HOST, "transfer-encoding: gzip"], 501, "TRANSFER_CODING_NOT_SUPPORTED"),
        (["POST / HTTP/1.1", HOST, "transfer-encoding: identity, chunked"], 501, "TRANSFER_CODING_NOT_SUPPORTED"),
        (["POST / HTTP/1.1", HOST, "transfer-encoding: chunked", "transfer-encoding: chunked"], 400, "HTTP_MALFORMED"),
        (["POST / HTTP/1.0", HOST, "transfer-encoding: chunked"], 400, "HTTP_MALFORMED"),
        (["POST / HTTP/1.1", HOST, "transfer-encoding: chunked", "content-length: 3"], 400, "HTTP_MALFORMED"),
        (["POST / HTTP/1.1", HOST, "content-length: 3", "content-length: 4"], 400, "HTTP_MALFORMED"),
        (["POST / HTTP/1.1", HOST, "content-length: -3"], 400, "HTTP_MALFORMED"),
        (["POST / HTTP/1.1", HOST, "content-length: 99999999999999999999999"], 400, "HTTP_MALFORMED"),
        (
            ["POST / HTTP/1.1", HOST, "connection: upgrade", "upgrade: h2c", "content-length: 5"],
            501,
            "UPGRADE_NOT_SUPPORTED",
        ),
        (["GET /ä HTTP/1.1", HOST], 400, "HTTP_MALFORMED"),
        (["GET / HTTP/1.1", HOST, "na me: x"], 400, "HTTP_MALFORMED"),
        (["GET / HTTP/1.1", HOST, "name: a\0b"], 400, "HTTP_MALFORMED"),
        (["GET / HTTP/3.7", HOST], 400, "HTTP_MALFORMED"),
        (["MAKE / HTTP/1.1", HOST], 400, "HTTP_MALFORMED"),
        (["\x16\x03\x01 hello"], 400, "HTTP_MALFORMED"),
        (["GET / HTTP/1.1", HOST, "x: " + "y" * 70_000], 431, "HEADERS_TOO_LARGE"),
        (["GET /" + "y" * 70_000 + " HTTP/1.1", HOST], 431, "HEADERS_TOO_LARGE"),
    ],
)
async def test_a_head_that_is_not_taken_is_answered_with_a_problem_and_closed(patient, lines, status, reason):
    async with connection(patient) as raw:
        await raw.send(*lines)
        answer = await raw.answer()
        assert (answer.status, answer.reason, answer.headers["connection"]) == (status, reason, "close")
        assert await raw.ended() == b""


@pytest.mark.parametrize("host", ["door", "door:8080", "[::1]:8080", "127.0.0.1", "xn--caf-dma.example", "a_b.c"])
async def test_a_host_that_is_one_is_taken(patient, host):
    assert (await ask(patient, "GET / HTTP/1.1", f"host: {host}")).status == 200
    assert (await ask(patient, "GET / HTTP/1.0")).status == 200


async def test_who_asks_for_another_protocol_is_answered_in_this_one(patient):
    assert (await ask(patient, "GET / HTTP/1.1", HOST, "connection: upgrade", "upgrade: h2c")).status == 200


async def test_headers_that_are_lists_may_come_in_several_lines(patient):
    lines = ("accept: a/b", "accept: c/d", "x-forwarded-for: 1.2.3.4", "x-forwarded-for: 5.6.7.8")
    assert (await ask(patient, "GET / HTTP/1.1", HOST, *lines)).status == 200


@pytest.mark.parametrize("after", [b"", b"authorization: Bearer x\r\nx-y: z\r\n"])
async def test_trailers_are_dropped_and_the_connection_goes_on(patient, after):
    async with connection(patient) as raw:
        for _ in range(2):
            await raw.send(
                "POST / HTTP/1.1", HOST, "transfer-encoding: chunked", body=b"3\r\nabc\r\n0\r\n" + after + b"\r\n"
            )
            assert (await raw.answer()).body == b"3 [host transfer-encoding]"


@pytest.mark.parametrize("endless", [b"a: b\r\n", b"y"])
async def test_trailers_without_end_are_cut_off(patient, endless):
    async with connection(patient) as raw:
        await raw.send("POST / HTTP/1.1", HOST, "transfer-encoding: chunked", body=b"3\r\nabc\r\n0\r\nx: " + endless)
        for _ in range(160):
            raw.writer.write(endless * (4096 // len(endless)))
        assert (await raw.answer()).status == 431


@pytest.mark.parametrize("endless", [b";a=b", b"0"])
async def test_a_chunk_whose_head_has_no_end_is_cut_off(patient, endless):
    async with connection(patient) as raw:
        await raw.send("POST / HTTP/1.1", HOST, "transfer-encoding: chunked", body=b"3")
        for _ in range(160):
            raw.writer.write(endless * (4096 // len(endless)))
        assert (await raw.answer()).status in (400, 431)


async def test_a_head_without_end_is_cut_off(patient):
    async with connection(patient) as raw:
        raw.writer.write(b"GET / HTTP/1.1\r\nx: " + b"y" * 200_000)
        assert (await raw.answer()).status == 431


@pytest.mark.parametrize("said", [b"", b"\r\n\r\n", b"GET / HTTP/1.1\r\nhost: "])
async def test_who_sends_no_whole_head_is_ended(port, said):
    async with connection(port) as raw:
        raw.writer.write(said)
        assert (await raw.answer()).reason == "HEAD_TOO_SLOW"
        assert await raw.ended() == b""


async def test_empty_lines_between_requests_do_not_keep_a_connection_open(port):
    async with connection(port) as raw:
        await raw.send("GET / HTTP/1.1", HOST)
        assert (await raw.answer()).status == 200
        raw.writer.write(b"\r\n")
        assert b" 408 " in await raw.ended()


@pytest.mark.parametrize("every_s", [None, 0.1])
async def test_a_body_that_stops_or_trickles_is_ended_and_the_application_told(port, echo, every_s):
    echo.disconnected.clear()
    async with connection(port) as raw:
        await raw.send("POST / HTTP/1.1", HOST, "content-length: 100000", body=b"x")

        async def trickle() -> None:
            while every_s:
                await asyncio.sleep(every_s)
                raw.writer.write(b"x")

        trickling = asyncio.create_task(trickle())
        assert (await raw.answer()).reason == "BODY_TOO_SLOW"
        trickling.cancel()
        await asyncio.wait_for(echo.disconnected.wait(), 60)


async def test_a_body_that_comes_quickly_enough_but_for_too_long_is_ended(port):
    async with connection(port) as raw:
        await raw.send("POST / HTTP/1.1", HOST, "transfer-encoding: chunked")

        async def pour() -> None:
            while True:
                await asyncio.sleep(0.02)
                raw.writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")

        pouring = asyncio.create_task(pour())
        assert (await raw.answer()).reason == "BODY_TOO_SLOW"
        pouring.cancel()


async def test_an_answer_before_the_body_is_read_even_by_who_sends_on(patient):
    async with connection(patient) as raw:
        size = 5_000_000
        await raw.send("POST /early HTTP/1.1", HOST, f"content-length: {size}", body=b"x" * size)
        assert (await raw.answer()).status == 200
        await raw.send("POST / HTTP/1.1", HOST, "content-length: 1", body=b"x")
        assert (await raw.answer()).body.startswith(b"1 ")


async def test_who_closes_after_an_early_answer_still_reads_it(patient):
    async with connection(patient) as raw:
        size = 5_000_000
        lines = ("POST /early HTTP/1.1", HOST, "connection: close", f"content-length: {size}")
        await raw.send(*lines, body=b"x" * size)
        assert (await raw.answer()).status == 200


async def test_the_rest_of_a_body_after_the_answer_has_a_while_and_no_longer(port):
    async with connection(port) as raw:
        await raw.send("POST /early HTTP/1.1", HOST, "content-length: 100", body=b"x")
        assert (await raw.answer()).status == 200
        assert await raw.ended() == b""


async def test_who_asks_for_leave_and_gets_an_answer_instead_gets_no_second_one(patient):
    async with connection(patient) as raw:
        await raw.send("POST /early HTTP/1.1", HOST, "content-length: 100", "expect: 100-continue")
        answer = await raw.answer()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert await raw.ended() == b""


async def test_who_asks_for_leave_and_gets_it_is_heard(patient):
    async with connection(patient) as raw:
        await raw.send("POST / HTTP/1.1", HOST, "content-length: 3", "expect: 100-continue")
        assert (await raw.answer()).status == 100
        raw.writer.write(b"abc")
        assert (await raw.answer()).body.startswith(b"3 ")


async def test_a_fault_after_a_request_in_one_piece_does_not_spoil_its_answer(patient):
    async with connection(patient) as raw:
        await raw.send("GET / HTTP/1.1", HOST, body=b"nonsense\r\n\r\n")
        assert (await raw.answer()).status == 200
        await raw.ended()


async def test_a_reader_that_takes_nothing_is_ended(port):
    async with connection(port) as raw:
        await raw.send("GET /large HTTP/1.1", HOST)
        head = await raw.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        raw.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(1)
        raw.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert len(await raw.ended()) < 50_000_000


async def test_when_there_are_too_many_connections_those_go_that_only_wait_of_whoever_has_most():
    server = await serving(Echo(), connections_max=20)
    try:
        async with connection(server.port, "127.0.0.3") as works, connection(server.port, "127.0.0.3") as waits:
            await works.send("POST / HTTP/1.1", HOST, "content-length: 2", body=b"x")
            crowd = [connection(server.port, "127.0.0.2") for _ in range(60)]
            opened = [await each.__aenter__() for each in crowd]
            for each in opened:
                each.writer.write(b"GET / HTTP/1.1\r\n")
            assert (await ask(server.port, "GET / HTTP/1.1", HOST)).status == 200
            await waits.send("GET / HTTP/1.1", HOST)
            assert (await waits.answer()).status == 200
            works.writer.write(b"y")
            assert (await works.answer()).status == 200
            ended = await asyncio.gather(*(each.ended() for each in opened[:40]))
            assert ended == [b""] * 40
            for each in crowd:
                await each.__aexit__(None, None, None)
    finally:
        await server.stop(1)
