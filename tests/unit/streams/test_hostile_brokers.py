"""Brokers that answer with anything but Kafka: an attempt that failed, in words, and nothing else; and no flood."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from services.kernel.bus.cloudevents import Record
from services.streams.domain.kafka_destination import BrokerAccess, BrokerSasl, KafkaDestination
from services.streams.frame_bound import FRAME_BYTES_MAX, FrameBound
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


@asynccontextmanager
async def a_flood(announced: int) -> AsyncIterator[tuple[int, list[int]]]:
    """Announces so many bytes, and sends until it is hung up on; its port, and how much it got rid of each time."""
    sent: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent.append(0)
        try:
            await reader.readexactly(4)
            writer.write(struct.pack(">i", announced))
            while True:
                writer.write(bytes(65536))
                await writer.drain()
                sent[-1] += 65536
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], sent


@pytest.mark.parametrize("announced", [0x7FFFFFFF, FRAME_BYTES_MAX + 1, -1, -(1 << 31)])
async def test_an_answer_of_two_gibibytes_is_refused_before_it_is_gathered(announced: int) -> None:
    """Neither the client's time nor the flood's end is waited for; what is in flight is what sockets hold."""
    pusher = KafkaPusher(loopback=True, answer_s_max=60)
    try:
        async with a_flood(announced) as (port, sent):
            told = await pusher.push(KafkaDestination((f"127.0.0.1:{port}",), "doses", PLAINTEXT), RECORD)
            assert not told.taken
            words = f"It announces an answer of {announced} bytes; at most {FRAME_BYTES_MAX} are read."
            assert told.fault == f"refused: broker 127.0.0.1:{port}: {words}"
            assert sum(sent) < 4 * FRAME_BYTES_MAX
    finally:
        await pusher.close()


class Kept(asyncio.Protocol):
    """What reached the client."""

    def __init__(self) -> None:
        self.data, self.told = b"", list[str]()

    def pause_writing(self) -> None:
        self.told.append("pause")

    def resume_writing(self) -> None:
        self.told.append("resume")

    def eof_received(self) -> bool:
        self.told.append("eof")
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.told.append(f"lost {exc}")

    def data_received(self, data: bytes) -> None:
        self.data += data


class Ended(asyncio.Transport):
    """A connection that can be ended."""

    ended = False

    def abort(self) -> None:
        self.ended = True


@pytest.mark.parametrize("step", [1, 2, 3, 5, 7, 1 << 30])
def test_frames_of_a_good_length_pass_in_whatever_pieces_they_come(step: int) -> None:
    frames = b"".join(struct.pack(">i", size) + bytes([size]) * size for size in (0, 1, 3, 4, 200, 0, 9))
    kept, ended, told = Kept(), Ended(), list[str]()
    bound = FrameBound(kept, told.append)
    bound.connection_made(ended)
    for start in range(0, len(frames), step):
        bound.data_received(frames[start : start + step])
    assert (kept.data, told, ended.ended) == (frames, [], False)
    bound.data_received(struct.pack(">i", FRAME_BYTES_MAX))  # as long as one may be
    assert not told
    bound.data_received(bytes(FRAME_BYTES_MAX))
    whole = len(kept.data)
    wrong = struct.pack(">i", FRAME_BYTES_MAX + 1)
    bound.data_received(wrong[:3])
    bound.data_received(wrong[3:] + b"x")
    bound.data_received(b"x" * 100)  # what was on its way
    assert ended.ended and len(told) == 1 and len(kept.data) == whole + 3


def test_all_else_that_happens_to_a_connection_reaches_the_client() -> None:
    kept = Kept()
    bound = FrameBound(kept, lambda _: None)
    bound.pause_writing()
    bound.resume_writing()
    assert bound.eof_received() is True  # a client that goes on writing keeps the connection
    bound.connection_lost(None)
    assert kept.told == ["pause", "resume", "eof", "lost None"]


def test_four_mebibytes_are_read_of_an_answer() -> None:
    assert FRAME_BYTES_MAX == 4 * 1024 * 1024
