"""Records for topics on brokers of partners' own: on a loop of its own, which reaches judged addresses alone."""

import asyncio
import logging
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.conn import create_conn
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from pydantic import SecretStr

from services.kernel.bus.cloudevents import Record
from services.kernel.bus.kafka_options import client_options
from services.kernel.bus.kafka_tokens import BrokerTokens, NoBrokerToken, TokenPost
from services.kernel.clock import SystemClock
from services.streams.client_tls import tls_of
from services.streams.domain.endpoint_retries import WebhookAnswer
from services.streams.domain.kafka_destination import BrokerSasl, KafkaDestination
from services.streams.guarded_loop import REFUSALS, BrokerRefused, GuardedLoop, Refusals
from services.streams.posting import WebhookClient

RECORD_BYTES_MAX = 8_388_608
IDLE_S_MAX = 60.0  # for so long a connection is kept that nothing is sent over
CONNECTIONS_MAX = 100
STOP_WITHIN_S = 2.0
TOKEN_BYTES_MAX = 65_536  # of an issuer's answer

# What a partner's brokers do is told in its attempts, and is nothing for our log.
for _name in ("aiokafka", "aiokafka.cluster", "aiokafka.conn", "aiokafka.producer.sender"):
    logging.getLogger(_name).addFilter(lambda _: REFUSALS.get() is None)


class KafkaPusher:
    """Sends records. `loopback`: brokers on this machine may be reached, also without TLS, in a sandbox."""

    def __init__(self, *, loopback: bool, answer_s_max: float) -> None:
        self._loopback, self._answer_s_max = loopback, answer_s_max
        self._loop: GuardedLoop | None = None
        self._thread: threading.Thread | None = None
        self._open: dict[KafkaDestination, _Connection] = {}
        # Of issuers of tokens, on the loop of whoever pushes. A part of the time, so that it says itself what is wrong.
        self._issuers = WebhookClient(loopback=loopback, answer_s_max=answer_s_max * 0.4)
        self._home: asyncio.AbstractEventLoop | None = None

    async def push(self, to: KafkaDestination, record: Record) -> WebhookAnswer:
        """What came of it; never raises for what the brokers do. Taken: all replicas in step have it."""
        if self._loop is None:
            self._home, self._loop = asyncio.get_running_loop(), GuardedLoop(loopback=self._loopback)
            self._thread = threading.Thread(target=self._loop.run_forever, name="pushing to Kafka", daemon=True)
            self._thread.start()
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._push(to, record), self._loop))

    async def close(self) -> None:
        """Disconnects, and ends the loop."""
        if self._loop is None or self._thread is None:
            return
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._close_all(), self._loop))
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join)
        self._loop.close()
        self._loop = self._thread = None
        await self._issuers.close()

    async def _judged_post(self, url: str, headers: Mapping[str, str], form: bytes) -> tuple[int, bytes]:
        """Asks an issuer, at an address that is judged as those of webhooks are, without redirects."""
        answer = await self._issuers.post(url, headers, form, bytes_max=TOKEN_BYTES_MAX)
        if answer.status is None:
            raise OSError(answer.fault)
        return answer.status, answer.body

    # On the guarded loop.

    async def _push(self, to: KafkaDestination, record: Record) -> WebhookAnswer:
        began = time.monotonic()
        connection = self._open.get(to)
        if connection is not None and connection.outlived:
            del self._open[to]
            if not connection.busy:  # otherwise the last who is done with it closes it
                await connection.close()
            connection = self._open.get(to)
        if connection is None:
            connection = self._open[to] = _Connection(to, self._answer_s_max, self._post_from_afar)
        connection.used_at_s, connection.busy = began, connection.busy + 1
        try:
            where = await connection.send(record)
            return WebhookAnswer(None, _ms(began), where, taken=True)
        except Exception as fault:  # noqa: BLE001  The client raises anything at what is no answer of a broker's.
            if self._open.get(to) is connection:
                del self._open[to]
            why = await connection.why(fault)
            return WebhookAnswer(None, _ms(began), fault=why)
        finally:
            connection.busy -= 1
            if not connection.busy and self._open.get(to) is not connection:
                await connection.close()
            await self._close_idle()

    async def _post_from_afar(self, url: str, headers: Mapping[str, str], form: bytes) -> tuple[int, bytes]:
        """As above, on the loop that the client of HTTP is on."""
        assert self._home is not None, "nobody connects before something is pushed"
        asked = asyncio.run_coroutine_threadsafe(self._judged_post(url, headers, form), self._home)
        return await asyncio.wrap_future(asked)

    async def _close_idle(self) -> None:
        now_s = time.monotonic()
        idle = sorted((each for each in self._open.values() if not each.busy), key=lambda each: each.used_at_s)
        beyond = max(0, len(self._open) - CONNECTIONS_MAX)
        for number, each in enumerate(idle):
            if number < beyond or now_s - each.used_at_s > IDLE_S_MAX:
                del self._open[each.to]
                await each.close()

    async def _close_all(self) -> None:
        while self._open:
            await self._open.popitem()[1].close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@dataclass(eq=False)
class _Connection:
    """A producer for one topic, connected when first used; done with after a fault, as its numbering is spoiled."""

    to: KafkaDestination
    answer_s_max: float
    post: TokenPost
    used_at_s: float = 0.0
    busy: int = 0  # how many send by it
    refusals: Refusals = field(default_factory=Refusals)

    def __post_init__(self) -> None:
        access, self._tokens = self.to.access, None
        if access.sasl is BrokerSasl.OAUTHBEARER:
            secret = SecretStr(access.password)
            self._tokens = BrokerTokens(access.token_url, access.username, secret, access.scope, self.post)
        self._starting = asyncio.create_task(self._start())

    @property
    def outlived(self) -> bool:
        """Whether the token by which the brokers let us in is near its end: with a new one they judge us anew."""
        return self._tokens is not None and self._tokens.to_be_renewed

    def _options(self) -> dict[str, Any]:
        access = self.to.access
        proof = client_options(tls_of(access), access.sasl.value, access.username, access.password, self._tokens)
        # So that the client says itself what is wrong.
        return {**proof, "request_timeout_ms": int(self.answer_s_max * 800)}

    async def _start(self) -> AIOKafkaProducer:
        REFUSALS.set(self.refusals)  # of this task, and of those that the producer makes in it
        producer = AIOKafkaProducer(
            bootstrap_servers=list(self.to.brokers),
            acks="all",
            enable_idempotence=True,
            max_request_size=RECORD_BYTES_MAX,
            **self._options(),
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        return producer

    async def send(self, record: Record) -> bytes:
        """Where the record is. As soon as one broker of the cluster is refused nothing is sent to any of it."""
        REFUSALS.set(self.refusals)
        sending, refused = asyncio.create_task(self._kept(record)), asyncio.create_task(self.refusals.come.wait())
        try:
            async with asyncio.timeout(self.answer_s_max):
                await asyncio.wait({sending, refused}, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                raise BrokerRefused(self.refusals.told[0])
            return await sending
        finally:
            sending.cancel()
            refused.cancel()

    async def _kept(self, record: Record) -> bytes:
        key, value, headers = record
        producer = await asyncio.shield(self._starting)
        kept = await producer.send_and_wait(
            self.to.topic, value, key=key, headers=headers, timestamp_ms=int(time.time() * 1000)
        )
        return b"partition %d, offset %d" % (kept.partition, kept.offset)

    async def why(self, fault: Exception) -> str:
        """What went wrong, in words for whoever owns the brokers."""
        if isinstance(fault, KafkaConnectionError) and not self.refusals.told:
            fault = await self._fault_of_first() or fault
        if self.refusals.told:
            return f"refused: {'; '.join(self.refusals.told)}"
        if ended := self.to.access.certificate.ended(SystemClock().now()):
            return f"{ended}: state one that has not"
        if isinstance(fault, NoBrokerToken):
            return fault.why
        if isinstance(fault, UnknownTopicOrPartitionError | TopicAuthorizationFailedError):
            return f"the brokers have no topic {self.to.topic}, or do not let us write to it"
        if isinstance(fault, TimeoutError):
            # The client takes the brokers' "no" to a token for a "yes", and they wait for what it should say next.
            doubt = "" if self._tokens is None else "; it may be that they do not take the issuer's token"
            return f"the brokers did not keep it within {self.answer_s_max:g} s{doubt}"
        if not isinstance(fault, KafkaError | OSError):
            return f"what answered does not speak Kafka as brokers do: {type(fault).__name__}: {fault}"
        return f"the brokers did not take it: {type(fault).__name__}: {fault}"

    async def _fault_of_first(self) -> Exception | None:
        """The client says of brokers only that none of them lets it in; here is what the first says."""
        host, _, port = self.to.brokers[0].rpartition(":")
        try:
            async with asyncio.timeout(self.answer_s_max):
                (await create_conn(host.strip("[]"), int(port), **self._options())).close()
        except Exception as fault:  # noqa: BLE001  As above.
            return fault
        return None

    async def close(self) -> None:
        """Disconnects; what was on its way ends as it may."""
        self._starting.cancel()
        with suppress(Exception, asyncio.CancelledError):
            producer = await self._starting
            try:
                await asyncio.wait_for(producer.stop(), STOP_WITHIN_S)
            except TimeoutError:
                await producer._sender.close()  # which would go on for ever otherwise
                await producer.client.close()


def _ms(began_s: float) -> int:
    return round((time.monotonic() - began_s) * 1000)
