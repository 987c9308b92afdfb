"""Records of Kafka come over TLS and SASL, from where we stopped, whatever became of the topic; so do SAP's events."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import NewPartitions, RecordsToDelete
from doselane.exchange.v1.exchange_pb2 import Message
from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.erp_sap import ADAPTER
from adapters.erp_sap.preflight_topics import topic_findings
from adapters.erp_sap.records import RECORDS
from adapters.erp_sap.settings import settings
from adapters.host.client import client
from adapters.host.client.topics import TopicListener, TopicNews
from adapters.outbound import Away, Declined
from services.kernel.clock import SystemClock
from tests.support.other_side import other_side
from tests.support.postgres import Databases
from tests.support.sap_plant import Plant, a_plant, erp_schema, process_order
from tests.support.secured_kafka import MANUFACTURER, PASSWORD, STRANGER, USER, SecuredKafka, know_by_scram

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


def reached(kafka: Mapping[str, Any]) -> httpx.AsyncClient:
    return client({"url": "https://s4.northlake.example", "kafka": kafka}, SystemClock())


async def heard(
    http: httpx.AsyncClient,
    topic: str,
    offsets: Mapping[TopicPartition, int],
    enough: Callable[[list[TopicNews]], bool],
) -> list[TopicNews]:
    found: list[TopicNews] = []
    async with aclosing(TopicListener(http, [topic], timedelta()).listen(offsets)) as coming:
        async for news in coming:
            found.append(news)
            if enough(found):
                break
    return found


def values(found: list[TopicNews]) -> list[bytes | None]:
    return [record.value for news in found for record in news.records]


def number(wanted: int) -> Callable[[list[TopicNews]], bool]:
    return lambda found: len(values(found)) >= wanted


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
async def test_a_password_lets_us_in_and_a_wrong_one_is_told(secured: SecuredKafka, mechanism: str) -> None:
    if mechanism != "PLAIN":
        await know_by_scram(secured)
    topic = await secured.topic()
    await secured.send(topic, b"one")
    async with reached(secured.connection(mechanism)) as http:
        assert values(await heard(http, topic, {}, number(1))) == [b"one"]
    async with reached(secured.connection(mechanism, user=USER, password="a-wrong-one-1")) as http:
        with pytest.raises(Declined, match=r"does not let us in: .*; correct connection\.kafka"):
            await heard(http, topic, {}, number(1))


async def test_a_token_lets_us_in_and_one_that_is_refused_is_replaced_once(secured: SecuredKafka) -> None:
    topic = await secured.topic()
    await secured.send(topic, b"one")
    good = secured.issuer.sign("doselane", MANUFACTURER, ["kafka"])
    over = secured.issuer.sign("doselane", MANUFACTURER, ["kafka"], exp=int(time.time()) - 3600)
    given, asked = [over, good, over, over], []

    async def issuer(request: Request) -> JSONResponse:
        asked.append((await request.body()).decode())
        return JSONResponse({"access_token": given.pop(0), "expires_in": 600})

    async with other_side(issuer) as url:
        sasl = {"token_url": f"{url}/token", "client": "c", "secret": "s" * 20, "scope": "topics"}
        async with reached(secured.connection("OAUTHBEARER", **sasl)) as http:
            assert values(await heard(http, topic, {}, number(1))) == [b"one"]
        assert asked == ["grant_type=client_credentials&scope=topics"] * 2
        async with reached(secured.connection("OAUTHBEARER", **sasl)) as http:
            with pytest.raises(Declined, match="does not let us in"):
                await heard(http, topic, {}, number(1))
        assert not given


async def test_who_may_not_read_or_names_no_topic_is_told_so(secured: SecuredKafka) -> None:
    topic = await secured.topic()
    async with reached(secured.connection(user=STRANGER, password=PASSWORD)) as http:
        with pytest.raises(Declined, match=f"we may not read the topic {topic}"):
            await heard(http, topic, {}, number(1))
    async with reached(secured.connection()) as http:
        with pytest.raises(Declined, match=r"there is no topic sap\.unknown for us"):
            await heard(http, "sap.unknown", {}, number(1))
        async with secured.admin() as admin:
            assert "sap.unknown" not in await admin.list_topics()
    async with reached({**secured.connection(), "tls": {}}) as http:
        with pytest.raises(Declined, match="does not let us in: SSLCertVerificationError"):
            await heard(http, topic, {}, number(1))
    async with reached({**secured.connection(), "bootstrap": ["127.0.0.1:1"]}) as http:
        with pytest.raises(Away, match=r"no broker can be reached: 127\.0\.0\.1:1: "):
            await heard(http, topic, {}, number(1))
    async with client({"url": "https://s4.northlake.example"}, SystemClock()) as http:
        with pytest.raises(Declined, match=r"connection\.kafka is missing"):
            await heard(http, topic, {}, number(1))


async def test_a_check_asks_a_broker_that_refuses_us_once_and_else_for_each_topic(secured: SecuredKafka) -> None:
    topics = [await secured.topic(), "sap.unknown"]
    options = settings({"event_topics": topics})
    for sasl, found in (
        ({"user": USER, "password": PASSWORD}, [("EVENT", topics[1])]),
        ({"user": STRANGER, "password": PASSWORD}, [("EVENT", each) for each in topics]),
        ({"user": USER, "password": "a-wrong-one-1"}, [("EVENT", topics[0])]),
    ):
        async with reached(secured.connection(**sasl)) as http:
            sap: Any = SimpleNamespace(http=http, settings=options)
            assert [(each.area, each.theirs) for each in await topic_findings(sap)] == found


async def test_we_go_on_where_we_stopped_in_each_partition(secured: SecuredKafka) -> None:
    topic = await secured.topic(2)
    await secured.send(topic, b"a", b"b", partition=0)
    await secured.send(topic, b"c", partition=1)
    async with reached(secured.connection()) as http:
        *_, last = found = await heard(http, topic, {}, number(3))
        assert sorted(map(str, values(found))) == ["b'a'", "b'b'", "b'c'"]
        assert last.offsets == {TopicPartition(topic, 0): 2, TopicPartition(topic, 1): 1}
        await secured.send(topic, b"d", partition=1)
        assert values(await heard(http, topic, last.offsets, number(1))) == [b"d"]


async def test_a_partition_that_is_added_is_read_from_its_beginning(secured: SecuredKafka) -> None:
    topic = await secured.topic()
    await secured.send(topic, b"first")
    found: list[TopicNews] = []
    async with (
        reached(secured.connection()) as http,
        aclosing(TopicListener(http, [topic], timedelta()).listen({})) as coming,
    ):
        async for news in coming:
            found.append(news)
            if values(found) == [b"first"] and not found[-1].offsets.get(TopicPartition(topic, 1)):
                async with secured.admin() as admin:
                    await admin.create_partitions({topic: NewPartitions(2)})
                await secured.send(topic, b"second", partition=1)
                await secured.send(topic, b"third")
            if len(values(found)) == 3:
                break
    assert {*values(found)} == {b"first", b"second", b"third"}


async def test_records_that_are_gone_are_told_of_and_we_go_on_with_the_oldest(secured: SecuredKafka) -> None:
    topic = await secured.topic()
    place = TopicPartition(topic, 0)
    await secured.send(topic, *(b"%d" % each for each in range(5)))
    async with secured.admin() as admin:
        await admin.delete_records({place: RecordsToDelete(3)})
    async with reached(secured.connection()) as http:
        found = await heard(http, topic, {place: 1}, number(2))
        assert values(found) == [b"3", b"4"]
        assert [(each.wanted, each.first) for news in found for each in news.lost] == [(1, 3)]
        # A topic that was made anew has not come so far yet.
        found = await heard(http, topic, {place: 900}, number(2))
        assert values(found) == [b"3", b"4"]
        assert [(each.wanted, each.first) for news in found for each in news.lost] == [(900, 3)]


async def test_packed_records_are_read_and_those_of_a_transaction_that_failed_are_not(secured: SecuredKafka) -> None:
    topic = await secured.topic()
    for packed in ("gzip", "snappy", "lz4", "zstd"):
        await secured.send(topic, packed.encode(), compression_type=packed)
    async with secured.producer(transactional_id=f"{topic}-t") as producer:
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"taken back")
        await producer.abort_transaction()
    await secured.send(topic, b"after")
    async with reached(secured.connection()) as http:
        *_, last = found = await heard(http, topic, {}, number(5))
    assert values(found) == [b"gzip", b"snappy", b"lz4", b"zstd", b"after"]
    assert last.offsets[TopicPartition(topic, 0)] > 5


def event_of(number: str, name: str) -> dict[str, Any]:
    return {
        "specversion": "1.0", "type": "sap.s4.beh.processorder.v1.ProcessOrder.Changed.v1", "id": name,
        "source": "/default/sap.s4.beh/TSTCLNT100", "data": {"ManufacturingOrder": number.lstrip("0")},
    }  # fmt: skip


@pytest.fixture
async def dsn(databases: Databases) -> str:
    return await databases.prepared("sap", erp_schema)


async def kept(plant: Plant, wanted: int) -> list[Message]:
    """What came over Kafka, oldest first, once there is so much of it."""
    rows: list[Any] = []

    async def holds() -> bool:
        rows[:] = await plant.database.pool.fetch(
            "SELECT m.body, v.state, v.reason FROM message m JOIN verdict v USING (message_id) "
            "WHERE m.source = $1 ORDER BY m.message_id",
            RECORDS,
        )
        return len(rows) >= wanted

    await plant.until(holds)
    return rows


async def test_events_over_kafka_are_read_back_and_what_is_none_is_parked(
    secured: SecuredKafka, dsn: str, tmp_path: Path
) -> None:
    topic = await secured.topic(2)
    never = {each.name: 3600 for each in ADAPTER.polls if each.name != "sap.notified"}
    options: dict[str, Any] = {
        "every": never, "event_topics": [topic], "connection": {"kafka": secured.connection()},
    }  # fmt: skip
    async with a_plant(dsn, tmp_path / "sap.yaml", **options) as plant, secured.producer() as producer:
        first = process_order(plant)
        binary = {**event_of(first, "E-1")}
        body = json.dumps(binary.pop("data")).encode()
        headers = [(f"ce_{name}", said.encode()) for name, said in binary.items()]
        await producer.send_and_wait(topic, b"\xff no event", partition=0)
        await producer.send_and_wait(
            topic, body, partition=0, headers=[*headers, ("content-type", b"application/json")]
        )
        (order,) = await plant.first("production_order.changed")
        assert order.production_order == first
        second = process_order(plant, "1000102")
        structured = json.dumps(event_of(second, "E-2")).encode()
        kind = [("content-type", b"application/cloudevents+json; charset=utf-8")]
        await producer.send_and_wait(topic, structured, partition=1, headers=kind)
        assert (await plant.first("production_order.changed", 2))[1].production_order == second
        # Those that come at once are kept in any order.
        poisoned, *good = sorted(await kept(plant, 3), key=lambda each: each["state"] != Message.REFUSED)
        assert (poisoned["state"], poisoned["reason"]) == (Message.REFUSED, "BODY_NOT_UTF8")
        assert json.loads(poisoned["body"])["value"] == "/yBubyBldmVudA=="
        assert [each["reason"] for each in good] == ["", ""]
    # Another process goes on from there, and nothing comes twice.
    async with a_plant(dsn, tmp_path / "sap.yaml", **options) as plant, secured.producer() as producer:
        third = process_order(plant, "1000103")
        await producer.send_and_wait(topic, json.dumps(event_of(third, "E-3")).encode(), partition=0)
        assert (await plant.first("production_order.changed", 3))[2].production_order == third
        assert len(await kept(plant, 4)) == 4
