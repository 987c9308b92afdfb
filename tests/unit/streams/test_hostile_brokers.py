"""Brokers that answer with anything but Kafka: an attempt that failed, in words, and nothing else."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from services.kernel.bus.cloudevents import Record
from services.streams.domain.kafka_destination import BrokerAccess, BrokerSasl, KafkaDestination
from services.streams.pushing import KafkaPusher

RECORD: Record = (b"slots/1", b"{}", [])
PLAINTEXT = BrokerAccess(plaintext=True)
SCRAM = replace(PLAINTEXT, sasl=BrokerSasl.SCRAM_SHA_256, username="u,=é", password="p\u2028'\"\\=,")
PLAIN = replace(SCRAM, sasl=BrokerSasl.PLAIN)

# What a broker says to a request with this correlation id.
ANSWERS: dict[str, Callable[[bytes], bytes]] = {
    "nothing, and hangs up": lambda _: b"",
    "the web": lambda _: b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n",
    "a length that is negative": lambda _: struct.pack(">i", -1) + b"x" * 8,
    "a length without end": lambda _: struct.pack(">i", 0x7FFFFFFF) + b"x" * 64,
    "an empty frame": lambda _: struct.pack(">i", 0),
    "the id alone": lambda number: struct.pack(">i", 4) + number,
    "another id": lambda number: struct.pack(">i", 8) + b"\xff\xff\xff\xff" + number,
    "zeros": lambda number: struct.pack(">i", 68) + number + bytes(64),
    "ones": lambda number: struct.pack(">i", 68) + number + b"\xff" * 64,
    "sevens": lambda number: struct.pack(">i", 516) + number + b"\x07" * 512,
}


@asynccontextmanager
async def a_broker(answer: Callable[[bytes], bytes]) -> AsyncIterator[int]:
    """Answers each request so, on a free port of this machine."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                size = struct.unpack(">i", await reader.readexactly(4))[0]
                said = answer((await reader.readexactly(size))[4:8])
                if not said:
                    break
                writer.write(said)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("access", [PLAINTEXT, PLAIN, SCRAM], ids=["no SASL", "PLAIN", "SCRAM"])
async def test_whatever_a_broker_answers_is_an_attempt_that_failed(access: BrokerAccess) -> None:
    pusher = KafkaPusher(loopback=True, answer_s_max=0.5)
    try:
        for what, answer in ANSWERS.items():
            async with a_broker(answer) as port:
                told = await pusher.push(KafkaDestination((f"127.0.0.1:{port}",), "doses", access), RECORD)
            assert not told.taken and told.fault, what
            assert access.password not in told.fault or not access.password, what
    finally:
        await pusher.close()
