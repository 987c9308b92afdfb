"""A stream lasts as long as the token that let it in."""

import asyncio

import pytest
from doselane.capacity.v1 import capacity_pb2

from services.kernel import rpc, telemetry
from services.kernel.errors import Unauthenticated
from services.kernel.identity import TokenVerifier
from services.kernel.jwks import StaticJwks, read_keys
from services.kernel.tokens import CLOCK_SKEW_S
from tests.integration.kernel_door.conftest import CAPACITY, WatchTwin
from tests.unit.kernel_door.builders import ISSUER, AnIssuer, Time

PATIENCE_S = 30
START = 1_800_000_000


class Keys(StaticJwks):
    """Keys that the test withdraws."""

    def __init__(self, *issuers: AnIssuer) -> None:
        super().__init__({"keys": [each.jwk for each in issuers]})

    def publish(self, *issuers: AnIssuer) -> None:
        """From now on these are all the keys there are."""
        self._keys = read_keys({"keys": [each.jwk for each in issuers]})
        for forget in self.on_withdrawal:
            forget()


class Door:
    """A server whose watch says three things and then waits, its clock, and its keys."""

    def __init__(self) -> None:
        self.now, self.old, self.new = Time(START), AnIssuer(kid="old"), AnIssuer(kid="new")
        self.keys, self.watch = Keys(self.old, self.new), WatchTwin()
        verifier = TokenVerifier(self.keys, ISSUER, now=self.now)
        self.server = rpc.Server("127.0.0.1:0", verifier, telemetry.setup("twin", environ={}))
        self.server.add(CAPACITY, self.watch)

    def token(self, issuer: AnIssuer, life_s: int = 600) -> str:
        return issuer.token(scope="capacity.read", iat=int(self.now()), exp=int(self.now()) + life_s)

    async def reason_of_end(self, stream) -> str:
        """Reads the stream to its end, and answers why it is refused."""
        with pytest.raises(Unauthenticated) as refused:
            async with asyncio.timeout(PATIENCE_S):
                async for _ in stream:
                    pass
        return refused.value.reason


@pytest.fixture
async def door():
    made = Door()
    await made.server.start()
    yield made
    await made.server.stop(0)


def client(door: Door, token: str) -> rpc.Client:
    return rpc.Client(f"127.0.0.1:{door.server.port}", CAPACITY, token)


def watching(connected: rpc.Client):
    return connected.stream("WatchRuns", capacity_pb2.WatchRunsRequest())


async def test_a_stream_ends_when_its_token_expires_and_not_before(door: Door):
    async with client(door, door.token(door.old)) as short, client(door, door.token(door.old, 1200)) as long:
        ending, lasting = watching(short), watching(long)
        await anext(ending)
        await anext(lasting)
        door.now.seconds += 600 + CLOCK_SKEW_S - 1
        await door.server._open_streams.look()
        assert not door.watch.ended.is_set()
        door.now.seconds += 1
        assert await door.reason_of_end(ending) == "TOKEN_EXPIRED"
        await asyncio.wait_for(door.watch.ended.wait(), PATIENCE_S)
        assert len(door.server._open_streams._running) == 1  # the other goes on
        await lasting.aclose()


async def test_streams_end_when_their_key_is_withdrawn_and_those_of_other_keys_go_on(door: Door):
    async with client(door, door.token(door.old)) as first, client(door, door.token(door.new)) as second:
        ending, lasting = watching(first), watching(second)
        await anext(ending)
        await anext(lasting)
        door.keys.publish(door.new)
        assert await door.reason_of_end(ending) == "TOKEN_SIGNATURE"
        await door.server._open_streams.look()
        assert len(door.server._open_streams._running) == 1
        door.keys.publish(door.old)
        assert await door.reason_of_end(lasting) == "TOKEN_SIGNATURE"


async def test_a_key_that_is_withdrawn_while_a_stream_is_let_in_ends_it_too(door: Door):
    async with client(door, door.token(door.old)) as connected:
        stream = watching(connected)
        reading = asyncio.ensure_future(door.reason_of_end(stream))
        await asyncio.sleep(0)
        door.keys.publish(door.new)
        assert await reading == "TOKEN_SIGNATURE"


async def test_a_stream_whose_reader_does_not_read_ends_too(door: Door):
    """What it would write waits for the reader, and so would the look at the token, were it made before each answer."""

    async def endless(request: object, call: rpc.Call):
        try:
            while True:
                yield capacity_pb2.WatchRunsResponse(cursor="x" * 1_000_000)
        finally:
            door.watch.ended.set()

    loud = rpc.Server("127.0.0.1:0", TokenVerifier(door.keys, ISSUER, now=door.now), telemetry.current())
    door.watch.WatchRuns = endless  # type: ignore[method-assign, assignment]
    loud.add(CAPACITY, door.watch)
    await loud.start()
    async with rpc.Client(f"127.0.0.1:{loud.port}", CAPACITY, door.token(door.old)) as connected:
        stream = watching(connected)
        await anext(stream)
        door.now.seconds += 600 + CLOCK_SKEW_S
        await asyncio.wait_for(door.watch.ended.wait(), PATIENCE_S)
        await stream.aclose()
    await loud.stop(0)


async def test_ended_streams_leave_nothing_behind(door: Door):
    async with client(door, door.token(door.old)) as connected:
        for _ in range(100):
            stream = watching(connected)
            await anext(stream)
            await stream.aclose()
        async with asyncio.timeout(PATIENCE_S):
            while door.server._open_streams._running:
                await asyncio.sleep(0.01)
