"""A partner's own Kafka: its feed on a topic of its brokers, in order, whatever they do; and no broker unjudged."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import NewTopic
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, from_structured
from cloudevents.core.formats.json import JSONFormat
from confluent_kafka import admin as rights
from doselane.streams.v1.endpoint_pb2 import Endpoint, KafkaAccess
from standardwebhooks import Webhook
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.kernel.clock import SystemClock
from services.kernel.errors import Invalid
from services.kernel.event import Event
from services.kernel.public_addresses import AddressRefused
from services.streams import guarded_loop
from services.streams.domain.kafka_destination import BrokerAccess, BrokerSasl, read_destination
from services.streams.pushing import KafkaPusher
from services.streams.settings import Settings
from services.streams.topic_acls import librdkafka_options
from tests.integration.streams.conftest import Door, a_door
from tests.integration.streams.pushed import Pushed, S, TokenIssuer, authorities_of
from tests.integration.streams.topics import Found, all_records, as_client
from tests.support.certificates import Authority, texts
from tests.support.other_side import other_side
from tests.support.postgres import Copies, Databases
from tests.support.secured_kafka import CALDER, PASSWORD, USER, SecuredKafka, know_by_scram

pytestmark = [pytest.mark.kafka]
BY_TOKEN = {"sasl_mechanism": "OAUTHBEARER", "sasl_username": "u", "sasl_password": "p"}


@pytest.fixture(scope="module")
async def door(_copies: Copies) -> AsyncIterator[Door]:
    """The whole service; brokers have three seconds to answer."""
    databases = Databases(_copies)
    settings = Settings(loopback=True, endpoint_lease=timedelta(minutes=5), answer_within=3 * S)
    try:
        async with a_door(databases, settings) as opened:
            yield opened
    finally:
        databases.give_back()


@pytest.fixture
async def partner(door: Door, secured: SecuredKafka) -> Pushed:
    """A partner and a topic of the test's own."""
    return Pushed(door, secured)


async def test_a_record_is_what_a_webhook_carries_and_signed_as_one(partner: Pushed) -> None:
    await know_by_scram(partner.secured)
    name = await partner.to_topic(sasl_mechanism="SCRAM_SHA_512")
    events = [partner.confirmed("a"), partner.confirmed("b"), partner.confirmed("a", 2)]
    await partner.publish(*events)
    records = await partner.records(3)
    read_back = [from_structured(_message(each), JSONFormat()) for each in records]
    assert {(each.get_id(), each.get_subject()) for each in read_back} == {(str(e.id), e.subject) for e in events}
    listed = {each.id: each for each in (await partner.door.listed(partner.door.client(partner.partner))).events}
    for record in records:
        headers = {key: value.decode() for key, value in record.headers}
        said = Webhook(partner.secret).verify(record.value or b"", headers)
        told = listed[said["id"]]
        assert record.key == told.subject.encode() and headers["webhook-id"] == told.id
        assert (headers["feedposition"], headers["sequence"]) == (str(told.position), str(told.sequence))
    tried = await partner.tried(name, 3)
    assert all(each.delivered and not each.HasField("status") for each in tried)
    assert {each.response_start for each in tried} == {
        f"partition {record.partition}, offset {record.offset}".encode() for record in records
    }


async def test_in_binary_mode_attributes_are_headers_and_a_test_says_that_it_is_one(partner: Pushed) -> None:
    name = await partner.to_topic(mode="BINARY")
    published = partner.confirmed("a")
    await partner.publish(published)
    await partner.records(1)
    tried = await partner.call("TestEndpoint", name=name)
    assert tried.delivered
    real, test = [from_binary(_message(each), JSONFormat()) for each in await partner.records(2)]
    assert (real.get_id(), real.get_type(), real.get_subject()) == (
        str(published.id),
        published.type,
        published.subject,
    )
    assert real.get_data()["slot"]["name"] == published.subject  # type: ignore[index,call-overload]
    assert (test.get_extension("test"), real.get_extension("test")) == ("true", None)
    assert test.get_data() == real.get_data()
    again = await partner.call("ResendEvent", name=name, event_id=str(published.id))
    assert again.delivered
    assert dict((await partner.records(3))[2].headers)["ce_id"] == str(published.id).encode()


async def test_a_password_is_never_seen_again_and_goes_to_no_other_broker(partner: Pushed) -> None:
    name = await partner.to_topic(sasl_username="stranger")
    shown = await partner.get(name)
    assert (shown.kafka.sasl_username, shown.kafka.sasl_password) == ("stranger", "")
    pool = partner.door.database.pool
    found = "".join(str(tuple(row.values())) for row in await pool.fetch("SELECT * FROM endpoint"))
    answers = await pool.fetch("SELECT answer FROM request WHERE answer IS NOT NULL")
    assert PASSWORD not in found + "".join(row["answer"].decode("utf-8", "replace") for row in answers)

    async def updated(endpoint: Endpoint, *paths: str) -> Endpoint:
        answer: Endpoint = await partner.call("UpdateEndpoint", endpoint=endpoint, update_mask={"paths": paths})
        return answer

    kept = await updated(Endpoint(name=name, kafka=partner.access(sasl_username="stranger", sasl_password="")), "kafka")
    assert kept.kafka.sasl_username == "stranger"
    other = shown.url.replace(partner.topic, "elsewhere")
    for endpoint, path in (
        (Endpoint(name=name, url=other), "url"),
        (Endpoint(name=name, kafka=partner.access(sasl_password="")), "kafka"),
    ):
        with pytest.raises(Invalid, match="again where address, name or token address have changed"):
            await updated(endpoint, path)
    whole = await updated(Endpoint(name=name, url=other, kafka=partner.access()), "url", "kafka")
    assert whole.url == other


async def test_what_is_wrong_with_brokers_is_said_and_when_it_is_mended_nothing_is_missing(partner: Pushed) -> None:
    """First the password is wrong, then there is no topic; events come meanwhile."""
    await _let_write(partner.secured, CALDER, partner.topic)
    name = await partner.to_topic(sasl_username=CALDER, sasl_password="another")
    events = [partner.confirmed("a")]
    await partner.publish(*events)
    [tried] = await partner.tried(name, 1)
    assert not tried.delivered and "AuthenticationFailed" in tried.fault
    endpoint = Endpoint(name=name, kafka=partner.access(sasl_username=CALDER))
    await partner.call("UpdateEndpoint", endpoint=endpoint, update_mask={"paths": ["kafka"]})
    tried = (await partner.tried(name, 2))[0]
    assert tried.fault == f"the brokers have no topic {partner.topic}, or do not let us write to it"
    events += [partner.confirmed("a", 2), partner.confirmed("b")]
    await partner.publish(*events[1:])
    await partner.door.until(partner.partner, 3)
    async with partner.secured.admin() as client:
        await client.create_topics([NewTopic(partner.topic, 3, 1)])
    await partner.until_all_are_sent(name, 3)
    _each_once_in_order(await all_records_of(partner), events)


@pytest.fixture
async def issuer(secured: SecuredKafka) -> AsyncIterator[TokenIssuer]:
    """A partner's issuer of tokens."""
    made = TokenIssuer(secured)
    async with other_side(made.answer) as made.url:
        yield made


async def test_a_token_of_the_partners_issuer_lets_us_in_and_is_asked_for_anew_before_it_ends(
    partner: Pushed, issuer: TokenIssuer
) -> None:
    name = await partner.to_topic(**issuer.access(sasl_scope="kafka"))
    await partner.publish(partner.confirmed("a"), partner.confirmed("b"))
    await partner.records(2)
    assert {each.delivered for each in await partner.tried(name, 2)} == {True}
    basic = "Basic " + base64.b64encode(b"doselane:client-secret").decode()
    assert set(issuer.asked) == {("grant_type=client_credentials&scope=kafka", basic)}
    asked = len(issuer.asked)
    assert (await partner.call("TestEndpoint", name=name)).delivered
    assert len(issuer.asked) == asked  # while it lasts it is kept
    issuer.lives_s = 0.0
    other = await partner.to_topic(**issuer.access())
    for _ in range(2):  # of one that has no life left no second use is made: neither the token's nor the connection's
        before = len(issuer.asked)
        assert (await partner.call("TestEndpoint", name=other)).delivered
        assert len(issuer.asked) > before


async def test_what_keeps_us_from_a_token_is_said_without_the_secret(partner: Pushed, issuer: TokenIssuer) -> None:
    name, url = await partner.to_topic(**issuer.access()), f"{issuer.url}/token"
    elsewhere = RedirectResponse("http://169.254.169.254/latest/meta-data", 307)
    for answer, words in (
        (JSONResponse({"error": "invalid_client"}, 401), f'no token: {url} answered 401: {{"error":"invalid_client"}}'),
        (JSONResponse({"token": "x"}), f"no token: {url} answered 200: KeyError"),
        (JSONResponse({"access_token": "a\x01auth=Bearer b"}), f"no token: {url} answered 200: ValueError"),
        (Response(b'{"access_token": "x", "expires_in": NaN}'), f"no token: {url} answered 200: ValueError"),
        (Response(b"[" * 70_000), f"no token: {url} answered 200: "),
        (elsewhere, f"no token: {url} answered 307: "),
    ):
        issuer.answers = lambda answer=answer: answer  # type: ignore[misc]
        tried = await partner.call("TestEndpoint", name=name)
        assert not tried.delivered and tried.fault.startswith(words), tried.fault
        assert "client-secret" not in tried.fault
    issuer.answers = lambda: JSONResponse({"access_token": "not-one-of-theirs"})
    tried = await partner.call("TestEndpoint", name=name)
    assert tried.fault == "the brokers did not keep it within 3 s; it may be that they do not take the issuer's token"
    issuer.answers = issuer.granted
    assert (await partner.call("TestEndpoint", name=name)).delivered


async def test_a_token_is_asked_for_at_judged_addresses_alone(secured: SecuredKafka, issuer: TokenIssuer) -> None:
    """Where it is stated, and again each time: a name may lead elsewhere by then."""
    stated = issuer.access()
    access = BrokerAccess(
        sasl=BrokerSasl.OAUTHBEARER, username=stated["sasl_username"], password=stated["sasl_password"],
        token_url=stated["sasl_token_url"], authorities=authorities_of(secured),
    )  # fmt: skip
    post = KafkaPusher(loopback=False, answer_s_max=60)
    with pytest.raises(OSError, match="refused: It must be an https address"):
        await post._judged_post(access.token_url, {}, b"")
    with pytest.raises(OSError, match="refused: It leads to an address that is not public"):
        await post._judged_post("https://127.0.0.1/token", {}, b"")
    await post.close()
    topic = await secured.topic()
    pusher = KafkaPusher(loopback=True, answer_s_max=60)
    try:
        for url in ("https://10.0.0.1/token", "http://93.184.215.14/token", "https://[::ffff:10.0.0.1]/token"):
            to = read_destination(f"kafka://{secured.broker.bootstrap}/{topic}", replace(access, token_url=url))
            answer = await pusher.push(to, (b"k", b"v", []))
            assert not answer.taken and f"no token: {url} does not answer: refused: It " in answer.fault
    finally:
        await pusher.close()
    assert not issuer.asked


async def test_a_secret_goes_to_no_other_issuer_and_a_key_to_no_other_certificate(
    partner: Pushed, issuer: TokenIssuer, tmp_path: Path
) -> None:
    certificate, key = texts(Authority(tmp_path).issue("doselane", days=9999))
    # Certificates are made by the machine's time, and judged by the gateway's.
    partner.door.clock.advance(max(0 * S, SystemClock().now() - partner.door.clock.now()))
    stated = partner.access(**issuer.access(), client_certificates=certificate, client_key=key)
    name = await partner.to_topic(**issuer.access(), client_certificates=certificate, client_key=key)
    shown = (await partner.get(name)).kafka
    assert (shown.client_certificates, shown.client_key, shown.sasl_password) == (certificate, "", "")
    pool = partner.door.database.pool
    found = "".join(str(tuple(row.values())) for row in await pool.fetch("SELECT * FROM endpoint"))
    answers = await pool.fetch("SELECT answer FROM request WHERE answer IS NOT NULL")
    told = found + "".join(row["answer"].decode("utf-8", "replace") for row in answers)
    assert key.splitlines()[1] not in told and "client-secret" not in told

    async def updated(**facts: str) -> KafkaAccess:
        kafka = KafkaAccess()
        kafka.CopyFrom(stated)
        kafka.ClearField("sasl_password")
        kafka.ClearField("client_key")
        kafka.MergeFrom(KafkaAccess(**facts))
        endpoint = Endpoint(name=name, kafka=kafka)
        answer = await partner.call("UpdateEndpoint", endpoint=endpoint, update_mask={"paths": ["kafka"]})
        return answer.kafka  # type: ignore[no-any-return]

    assert (await updated(sasl_scope="more")).sasl_scope == "more"  # the secrets are kept
    another = (tmp_path / "authority.pem").read_text()
    for facts, field in (
        ({"sasl_token_url": f"{issuer.url}/other"}, "sasl_password"),
        ({"sasl_username": "another"}, "sasl_password"),
        ({"client_certificates": certificate + another}, "client_key"),
    ):
        with pytest.raises(Invalid, match=f"{field}: it is needed.* again where") as refused:
            await updated(**facts)
        assert refused.value.facts["field"] == f"endpoint.kafka.{field}"


async def test_the_longest_password_is_opened_again(partner: Pushed) -> None:
    name = await partner.to_topic(sasl_password="\N{OX}" * 500)
    assert (await partner.get(name)).kafka.sasl_username == USER


@pytest.mark.long
async def test_while_the_broker_is_away_nothing_is_lost_and_order_is_kept(partner: Pushed) -> None:
    name = await partner.to_topic()
    events = [partner.confirmed(f"d{number % 4}", number // 4 + 1) for number in range(60)]
    await partner.publish(*events[:20])
    await partner.until_all_are_sent(name, 20)
    partner.secured.broker.kill()
    try:
        await partner.publish(*events[20:40])
        while not await partner.attempts(name, failed_only=True):
            await partner.saved()
    finally:
        await asyncio.to_thread(partner.secured.broker.restart)
    await partner.publish(*events[40:])
    await partner.door.until(partner.partner, 60)
    await partner.until_all_are_sent(name, 60)
    _each_once_in_order(await all_records_of(partner), events)


@pytest.mark.parametrize(("url", "access", "field"), [
    ("kafka://10.0.0.1:9092/t", {}, "url"), ("kafka://[::1]:9092,192.168.0.9:9092/t", {}, "url"),
    ("kafka://broker.example/t", {}, "url"), ("kafka://93.184.215.14:9092/t", {"plaintext": True}, "url"),
    ("kafka://127.0.0.1:9092/", {}, "url"), ("kafka://127.0.0.1:9092/a/b", {}, "url"),
    ("kafka://127.0.0.1:0/t", {}, "url"), ("kafka://user@127.0.0.1:9092/t", {}, "url"),
    ("kafka://127.0.0.1:9092/t", {"sasl_mechanism": "PLAIN"}, "kafka.sasl_username"),
    ("kafka://127.0.0.1:9092/t", {"sasl_mechanism": "PLAIN", "sasl_username": "u"}, "kafka.sasl_password"),
    ("kafka://127.0.0.1:9092/t", {"sasl_username": "u"}, "kafka.sasl_mechanism"),
    ("kafka://127.0.0.1:9092/t", {"ca_certificates": "none"}, "kafka.ca_certificates"),
    ("http://127.0.0.1:9092/t", {"plaintext": True}, "kafka"),
    ("kafka://127.0.0.1:9092/t", {**BY_TOKEN, "sasl_token_url": "https://10.0.0.1/token"}, "kafka.sasl_token_url"),
    ("kafka://127.0.0.1:9092/t", {**BY_TOKEN, "sasl_token_url": "kafka://127.0.0.1:1/t"}, "kafka.sasl_token_url"),
    ("kafka://127.0.0.1:9092/t", BY_TOKEN, "kafka.sasl_token_url"),
    ("kafka://127.0.0.1:9092/t", {"client_certificates": "none", "client_key": "k"}, "kafka.client_certificates"),
    ("kafka://127.0.0.1:9092/t", {"client_key": "k"}, "kafka.client_certificates"),
])  # fmt: skip
async def test_what_makes_no_sense_or_is_not_public_is_refused(
    partner: Pushed, url: str, access: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await partner.call("CreateEndpoint", endpoint=Endpoint(url=url, kafka=KafkaAccess(**access)))
    assert refused.value.facts["field"] == f"endpoint.{field}"


async def test_a_broker_that_the_first_one_names_is_judged_too(
    secured: SecuredKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[object] = []

    def the_first_alone(found: list[object], **_: bool) -> None:
        judged.extend(found)
        if len(judged) > 1:
            raise AddressRefused("It leads to an address that is not public.")

    monkeypatch.setattr(guarded_loop, "judge", the_first_alone)
    topic = await secured.topic()
    answer = await _pushed(secured, topic, loopback=True)
    assert not answer.taken and len(judged) > 1
    assert answer.fault == f"refused: broker {secured.broker.bootstrap}: It leads to an address that is not public."
    assert await all_records(as_client(secured.settings()), topic) == []


async def test_outside_a_sandbox_no_broker_of_this_machine_is_reached(secured: SecuredKafka) -> None:
    answer = await _pushed(secured, "any", loopback=False)
    assert answer.fault == f"refused: broker {secured.broker.bootstrap}: It leads to an address that is not public."


async def _pushed(secured: SecuredKafka, topic: str, *, loopback: bool) -> Any:
    access = BrokerAccess(sasl=BrokerSasl.PLAIN, username=USER, password=PASSWORD, authorities=authorities_of(secured))
    pusher = KafkaPusher(loopback=loopback, answer_s_max=60)  # a refusal is not waited for
    try:
        return await pusher.push(
            read_destination(f"kafka://{secured.broker.bootstrap}/{topic}", access), (b"k", b"v", [])
        )
    finally:
        await pusher.close()


async def all_records_of(partner: Pushed) -> list[Found]:
    """All that the partner's topic has."""
    return await all_records(as_client(partner.secured.settings()), partner.topic)


def _each_once_in_order(records: list[Found], events: list[Event]) -> None:
    """By the ids that a reader keeps, each event is there once, and those of a subject in their order."""
    seen = list(dict.fromkeys(json.loads(record.value or b"")["id"] for record in records))
    assert sorted(seen) == sorted(str(event.id) for event in events)
    for subject in {event.subject for event in events}:
        own = [str(event.id) for event in events if event.subject == subject]
        assert [each for each in seen if each in own] == own


def _message(record: Found) -> KafkaMessage:
    return KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value or b"")


async def _let_write(secured: SecuredKafka, user: str, topic: str) -> None:
    """Gives a user the right to write to a topic, and not to make it."""
    kinds = rights.ResourceType.TOPIC, rights.ResourcePatternType.LITERAL
    asked = rights.AclBinding(
        kinds[0], topic, kinds[1], f"User:{user}", "*", rights.AclOperation.WRITE, rights.AclPermissionType.ALLOW
    )
    client = rights.AdminClient(librdkafka_options(secured.settings()))
    for answer in client.create_acls([asked]).values():
        await asyncio.wrap_future(answer)
