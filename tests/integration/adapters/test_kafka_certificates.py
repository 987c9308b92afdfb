"""Brokers that ask for our certificate: it alone lets us in, and whose is wrong is told; so is a broker that is killed

while SAP's events come: none is lost or counted twice, and those of one order keep their order.
"""

import asyncio
import json
import ssl
from base64 import b64decode
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from doselane.exchange.v1.exchange_pb2 import Message

from adapters.erp_sap import ADAPTER
from adapters.erp_sap.records import RECORDS
from adapters.host import fetching
from adapters.host.client import client
from adapters.host.client.tls import tls_context
from adapters.host.client.topics import TopicListener
from adapters.outbound import Declined
from services.kernel.bus.kafka_options import client_options
from services.kernel.clock import SystemClock
from services.local import kafka as local_kafka
from services.local.kafka import Kafka, KafkaUnavailable
from services.streams.domain.client_certificate import NO_CERTIFICATE, ClientCertificate
from services.streams.domain.kafka_destination import BrokerAccess, read_destination
from services.streams.pushing import KafkaPusher
from tests.support.certificates import Authority, texts
from tests.support.kafka import SHORT_LIVED
from tests.support.postgres import Databases
from tests.support.sap_plant import PROCESS, Plant, a_plant, erp_schema, process_order

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

EACH, ORDERS = 12, ("1000201", "1000202", "1000203")


@dataclass(frozen=True)
class MutualKafka:
    """A broker that knows whoever has a certificate of its authority, and nobody else."""

    broker: Kafka
    authority: Authority

    def connection(self, pair: tuple[str, str] | None) -> dict[str, Any]:
        """`connection.kafka` of an account that has this certificate."""
        files = {"certificate_file": pair[0], "key_file": pair[1]} if pair else {}
        return {"bootstrap": [self.broker.bootstrap], "tls": {"authorities_file": str(self.authority.file), **files}}

    def options(self) -> dict[str, Any]:
        """How a test speaks to it."""
        certificate, key = self.authority.issue("test")
        believed = {"authorities_file": str(self.authority.file), "certificate_file": certificate, "key_file": key}
        return {"bootstrap_servers": self.broker.bootstrap, **client_options(tls_context(believed))}

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[AIOKafkaProducer]:
        """For records, each of which it sends until it is taken, once."""
        patient = {"request_timeout_ms": 300_000}  # a broker may take its time to come back
        found = AIOKafkaProducer(**self.options(), **patient, enable_idempotence=True, acks="all")
        try:
            await found.start()
            yield found
        finally:
            await found.stop()

    async def topic(self, partitions: int) -> str:
        """A new topic."""
        name, admin = f"sap.{uuid4().hex}", AIOKafkaAdminClient(**self.options())
        await admin.start()
        try:
            await admin.create_topics([NewTopic(name, partitions, 1)])
        finally:
            await admin.close()
        return name


@pytest.fixture(scope="module")
def mutual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MutualKafka]:
    """The broker; the last test kills it and starts it again."""
    folder = tmp_path_factory.mktemp("mutual")
    authority = Authority(folder)
    certificate, key = authority.issue("broker")
    store = folder / "broker.pem"
    store.write_text(Path(key).read_text() + Path(certificate).read_text())
    settings = {
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:SSL",
        "inter.broker.listener.name": "PLAINTEXT",
        "ssl.keystore.type": "PEM", "ssl.keystore.location": str(store),
        "ssl.truststore.type": "PEM", "ssl.truststore.location": str(authority.file),
        "ssl.client.auth": "required",
    }  # fmt: skip
    try:
        broker = local_kafka.start(folder / "kafka", settings=settings, java_options=SHORT_LIVED)
    except KafkaUnavailable as reason:
        pytest.skip(str(reason))
    if not broker.owned:
        pytest.skip("KAFKA_BOOTSTRAP names a broker that asks for no certificate.")
    with broker:
        yield MutualKafka(broker, authority)


async def partitions(connection: dict[str, Any], topic: str) -> int:
    async with client({"url": "https://s4.northlake.example", "kafka": connection}, SystemClock()) as http:
        return len(await TopicListener(http, [topic]).partitions())


async def test_our_certificate_lets_us_in_and_one_that_does_not_is_told_with_why(
    mutual: MutualKafka, tmp_path: Path
) -> None:
    topic, ours = await mutual.topic(2), mutual.authority
    assert await partitions(mutual.connection(ours.issue("doselane")), topic) == 2
    for pair, words in (
        (ours.issue("late", days=-3), r"connection\.kafka\.tls\.certificate_file ended at "),
        (Authority(tmp_path).issue("doselane"), r"the broker must believe the authority of connection\.kafka\.tls"),
        (None, r"the broker wants a certificate of ours: name it in connection\.kafka\.tls\.certificate_file"),
    ):
        with pytest.raises(Declined, match=words):
            await partitions(mutual.connection(pair), topic)
    with pytest.raises(Declined, match=r"there is no topic sap\.unknown for us"):
        await partitions(mutual.connection(ours.issue("doselane")), "sap.unknown")


async def test_an_endpoint_of_a_partners_proves_itself_by_certificate_and_one_that_is_not_believed_is_told(
    mutual: MutualKafka, tmp_path: Path
) -> None:
    topic, pusher = await mutual.topic(1), KafkaPusher(loopback=True, answer_s_max=20)
    believed = BrokerAccess(authorities=mutual.authority.file.read_text())

    async def pushed(pair: tuple[str, str] | None) -> str:
        certificate = ClientCertificate(*texts(pair)) if pair else NO_CERTIFICATE
        to = read_destination(f"kafka://{mutual.broker.bootstrap}/{topic}", replace(believed, certificate=certificate))
        answer = await pusher.push(to, (b"slots/1", b"{}", []))
        assert answer.taken is (not answer.fault)
        return answer.fault or answer.body.decode()

    try:
        assert await pushed(mutual.authority.issue("doselane")) == "partition 0, offset 0"
        late = await pushed(mutual.authority.issue("late", days=-3))
        assert late.startswith("our certificate for these brokers ended at ") and late.endswith(
            "state one that has not"
        )
        for pair in (None, Authority(tmp_path).issue("doselane")):
            assert "the brokers did not take it" in await pushed(pair)
        assert await pushed(mutual.authority.issue("again")) == "partition 0, offset 1"
    finally:
        await pusher.close()


@asynccontextmanager
async def listening(context: ssl.SSLContext | None) -> AsyncIterator[str]:
    """Somebody who accepts connections, by TLS or not, and says nothing that Kafka would."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_broker_whose_certificate_is_not_good_is_told_with_why(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other")
    for days, believed, words in (
        (-2, authority, "the broker's certificate has ended, so its administrator must renew it"),
        (2, other, r"name the authority that issued the broker's certificate in connection\.kafka\.tls"),
    ):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.issue("broker", days=days))
        async with listening(context) as address:
            tls = {"authorities_file": str(believed.file)}
            with pytest.raises(Declined, match=words):
                await partitions({"bootstrap": [address], "tls": tls}, "t")
    async with listening(None) as address:
        with pytest.raises(Declined, match="no TLS is spoken at this port"):
            await partitions({"bootstrap": [address]}, "t")


@pytest.fixture
async def dsn(databases: Databases) -> str:
    return await databases.prepared("sap", erp_schema)


def event_of(order: str, number: int) -> bytes:
    said = {
        "specversion": "1.0", "type": "sap.s4.beh.processorder.v1.ProcessOrder.Changed.v1", "id": f"{order}-{number}",
        "source": "/default/sap.s4.beh/TSTCLNT100", "data": {"ManufacturingOrder": order},
    }  # fmt: skip
    return json.dumps(said).encode()


async def kept(plant: Plant) -> list[Any]:
    """What came over Kafka, in the order in which it came."""
    return await plant.database.pool.fetch(
        "SELECT m.body, v.state FROM message m JOIN verdict v USING (message_id) WHERE m.source = $1 "
        "ORDER BY m.message_id", RECORDS,
    )  # fmt: skip


async def test_a_broker_that_is_killed_loses_no_event_and_those_of_an_order_keep_theirs(
    mutual: MutualKafka, dsn: str, tmp_path: Path, tell: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Pauses grow in real time; how long a broker takes to start must not decide how long the test does.
    monkeypatch.setattr(fetching, "RETRY_MAX", timedelta(seconds=0.5))
    topic = await mutual.topic(2)
    never = {each.name: 3600 for each in ADAPTER.polls if each.name != "sap.notified"}
    kafka = mutual.connection(mutual.authority.issue("doselane"))
    options: dict[str, Any] = {"every": never, "event_topics": [topic], "connection": {"kafka": kafka}}
    async with a_plant(dsn, tmp_path / "sap.yaml", **options) as plant:
        for order in ORDERS:
            process_order(plant, order)
        async with mutual.producer() as producer:
            await _changed(plant, producer, topic, range(EACH // 3))

            async def first() -> bool:
                return len(await kept(plant)) >= len(ORDERS) * EACH // 3

            await plant.until(first)
            going = asyncio.create_task(asyncio.to_thread(mutual.broker.kill))
            sending = asyncio.create_task(_changed(plant, producer, topic, range(EACH // 3, EACH)))
            await going
            await asyncio.to_thread(mutual.broker.restart)
            await sending
        # The last event once more, as SAP's mesh does when an answer is lost: another record, the same event.
        async with mutual.producer() as again:
            await again.send_and_wait(topic, event_of(ORDERS[0], EACH - 1), key=ORDERS[0].encode())

        async def all_came() -> bool:
            return len(await kept(plant)) >= len(ORDERS) * EACH + 1

        await plant.until(all_came)

        async def read_back() -> bool:
            stated = _stated(await plant.told("production_order.changed"))
            return all(stated[order][-1:] == [_quantity(EACH - 1)] for order in ORDERS)

        await plant.until(read_back)
        rows = await kept(plant)
        stated = _stated(await plant.told("production_order.changed"))
    places = [(record["partition"], record["offset"]) for record in (json.loads(each["body"]) for each in rows)]
    assert len(set(places)) == len(places) == len(ORDERS) * EACH + 1
    assert {each["state"] for each in rows} == {Message.ACCEPTED}
    came: dict[str, list[str]] = defaultdict(list)
    for each in rows:
        event = json.loads(b64decode(json.loads(each["body"])["value"]))
        came[event["data"]["ManufacturingOrder"]].append(event["id"])
    for order in ORDERS:
        assert list(dict.fromkeys(came[order])) == [f"{order}-{number}" for number in range(EACH)]
        # Each state is stated once, and none after a later one.
        assert stated[order] == sorted(set(stated[order]))
    tell(f"{len(rows)} events came while the broker was killed; {sum(map(len, stated.values()))} states were told")


async def _changed(plant: Plant, producer: AIOKafkaProducer, topic: str, numbers: range) -> None:
    """People change each order in SAP, and SAP tells of it; what the broker has not taken is sent until it has."""
    taken = []
    for number in numbers:
        for order in ORDERS:
            plant.system.edit(PROCESS, "A_ProcessOrder_2", [order], TotalQuantity=f"{_quantity(number)}.000")
            taken.append(await producer.send(topic, event_of(order, number), key=order.encode()))
    await asyncio.gather(*taken)


def _quantity(number: int) -> int:
    return 200 + number


def _stated(orders: list[Any]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for each in orders:
        found[each.production_order.lstrip("0")].append(each.pledged.reference_activity_kbq // 1_000_000)
    return found
