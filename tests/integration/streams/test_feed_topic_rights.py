"""A partner's programs may read their own topic and use their own groups; of all else the brokers tell them nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    TopicAuthorizationFailedError,
    for_code,
)
from confluent_kafka import KafkaException
from confluent_kafka import TopicPartition as Place
from confluent_kafka import admin as rights
from starlette.requests import Request
from starlette.responses import JSONResponse

from services.kernel.errors import Unavailable
from services.local.issuer import Issuer
from services.streams.domain.feed_topics import topic_of
from services.streams.feed_topics import KafkaFeedTopics
from services.streams.topic_acls import TopicAcls, librdkafka_options
from tests.integration.streams.conftest import Door
from tests.integration.streams.topics import (
    PRINCIPAL,
    a_consumer,
    a_prefix,
    a_producer,
    a_relaying_door,
    an_admin,
    as_client,
    by_token,
    read,
    relayed,
    taken,
)
from tests.support.other_side import other_side
from tests.support.postgres import Copies
from tests.support.secured_kafka import CALDER, MANUFACTURER, NORTHLAKE, STRANGER, USER, SecuredKafka

pytestmark = [pytest.mark.kafka]
PREFIX = a_prefix()
OWN, OTHERS = f"{PREFIX}{CALDER}", f"{PREFIX}{NORTHLAKE}"
OWN_GROUP, OTHERS_GROUP = f"{CALDER}.orchestrator", f"{NORTHLAKE}.orchestrator"


@pytest.fixture(scope="module")
async def calder(_copies: Copies, secured: SecuredKafka) -> AsyncIterator[dict[str, Any]]:
    """How Calder's program connects, beside a topic and a live group of Northlake's and of its own."""
    async with a_relaying_door(_copies, secured, PREFIX) as feeds:
        await _both_have_something(feeds)
        theirs, ours = as_client(secured.settings(NORTHLAKE)), as_client(secured.settings(CALDER))
        async with (
            a_consumer(theirs, OTHERS, OTHERS_GROUP) as northlake_reads,
            a_consumer(ours, OWN, OWN_GROUP) as calder_reads,
        ):
            for consumer in (northlake_reads, calder_reads):
                assert len(await taken(consumer, 2)) == 2
                await consumer.commit()
            yield ours


async def _both_have_something(feeds: Door) -> None:
    for partner in (f"partners/{NORTHLAKE}", f"partners/{CALDER}"):
        await feeds.recorded(partner, 2)
        await relayed(feeds, partner, 2)


async def test_another_partners_topic_cannot_be_read_by_any_group(calder: dict[str, Any]) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        await read(calder, OTHERS, 1, OWN_GROUP)
    with pytest.raises(GroupAuthorizationFailedError):
        await read(calder, OWN, 1, OTHERS_GROUP)
    with pytest.raises(GroupAuthorizationFailedError):
        await read(calder, OWN, 1, "a-group-of-nobody")


async def test_nothing_of_a_topic_is_read_without_a_group_either(secured: SecuredKafka, calder: dict[str, Any]) -> None:
    client = rights.AdminClient(librdkafka_options(secured.settings(CALDER)))
    asked = {Place(each, 0): rights.OffsetSpec.latest() for each in (OWN, OTHERS)}
    found = {place.topic: answer for place, answer in client.list_offsets(asked, request_timeout=10).items()}
    assert (await asyncio.wrap_future(found[OWN])).offset == 2
    with pytest.raises(KafkaException, match="TOPIC_AUTHORIZATION_FAILED"):
        await asyncio.wrap_future(found[OTHERS])


async def test_metadata_shows_no_topic_but_ones_own_and_tells_nobody_which_there_are(calder: dict[str, Any]) -> None:
    async with an_admin(calder) as admin:
        listed = await admin.list_topics()
        assert OWN in listed and all(each.endswith(f".{CALDER}") for each in listed)
        there, not_there = await admin.describe_topics([OTHERS, f"{PREFIX}nobody"])
        assert for_code(there["error_code"]) is for_code(not_there["error_code"]) is TopicAuthorizationFailedError
        assert there["partitions"] == not_there["partitions"] == []


async def test_settings_of_topics_are_shown_to_nobody(calder: dict[str, Any]) -> None:
    async with an_admin(calder) as admin:
        asked = [ConfigResource(ConfigResourceType.TOPIC, each) for each in (OTHERS, OWN, f"{PREFIX}nobody")]
        answers = [each for said in await admin.describe_configs(asked) for each in said.to_object()["resources"]]
        assert [for_code(each["error_code"]) for each in answers] == [TopicAuthorizationFailedError] * 3
        assert not any(each["config_entries"] for each in answers)


async def test_groups_of_others_are_neither_listed_nor_described_nor_is_their_place_told(
    secured: SecuredKafka, calder: dict[str, Any]
) -> None:
    async with an_admin(calder) as admin:
        listed = {each[0] for each in await admin.list_consumer_groups()}
        assert OWN_GROUP in listed and all(each.startswith(f"{CALDER}.") for each in listed)
        own = await admin.list_consumer_group_offsets(OWN_GROUP)
        assert own[TopicPartition(OWN, 0)].offset == 2
        with pytest.raises(GroupAuthorizationFailedError):
            await admin.list_consumer_group_offsets(OTHERS_GROUP)
    client = rights.AdminClient(librdkafka_options(secured.settings(CALDER)))
    described = client.describe_consumer_groups([OTHERS_GROUP], request_timeout=10)
    with pytest.raises(KafkaException, match="GROUP_AUTHORIZATION_FAILED"):
        await asyncio.wrap_future(described[OTHERS_GROUP])
    deleted = client.delete_consumer_groups([OTHERS_GROUP], request_timeout=10)
    with pytest.raises(KafkaException, match="GROUP_AUTHORIZATION_FAILED"):
        await asyncio.wrap_future(deleted[OTHERS_GROUP])


@pytest.mark.parametrize("topic", [OWN, OTHERS], ids=["their own", "another's"])
async def test_nobody_but_us_writes_makes_deletes_or_empties_a_topic(calder: dict[str, Any], topic: str) -> None:
    async with a_producer(calder) as producer:
        with pytest.raises(TopicAuthorizationFailedError):
            await producer.send_and_wait(topic, b"forged", partition=0)
    async with an_admin(calder) as admin:
        made = await admin.create_topics([NewTopic(f"{topic}.more", 1, 1)])
        assert [for_code(each[1]) for each in made.topic_errors] == [TopicAuthorizationFailedError]
        deleted = await admin.delete_topics([topic])
        assert [for_code(each[1]) for each in deleted.topic_error_codes] == [TopicAuthorizationFailedError]


async def test_rights_are_neither_shown_nor_given(secured: SecuredKafka, calder: dict[str, Any]) -> None:
    any_of = rights.AclBindingFilter(
        rights.ResourceType.ANY, None, rights.ResourcePatternType.ANY, None, None,
        rights.AclOperation.ANY, rights.AclPermissionType.ANY,
    )  # fmt: skip

    async def shown(user: str) -> int:
        client = rights.AdminClient(librdkafka_options(secured.settings(user)))
        return len(await asyncio.wrap_future(client.describe_acls(any_of, request_timeout=10)))

    assert (await shown(CALDER), await shown(USER) > 4) == (0, True)
    acls = TopicAcls(secured.settings(CALDER), f"User:{CALDER}{{partner}}")
    with pytest.raises(KafkaError, match=r"the right to read .* cannot be given: .*CLUSTER_AUTHORIZATION_FAILED"):
        await acls.allow(topic_of(f"partners/{NORTHLAKE}", PREFIX))


async def test_a_token_of_the_issuer_reads_its_partners_topic_alone(
    secured: SecuredKafka, calder: dict[str, Any]
) -> None:
    acls = TopicAcls(secured.settings(), "User:partners/{partner}")
    for partner in (f"partners/{NORTHLAKE}", f"partners/{CALDER}"):
        await acls.allow(topic_of(partner, PREFIX))
    token = secured.issuer.sign("calder-orchestrator", f"partners/{CALDER}", ["streams.read"])
    assert len(await read(by_token(secured, token), OWN, 2, OWN_GROUP)) == 2
    with pytest.raises(TopicAuthorizationFailedError):
        await read(by_token(secured, token), OTHERS, 1, OWN_GROUP)
    with pytest.raises(GroupAuthorizationFailedError):
        await read(by_token(secured, token), OWN, 1, OTHERS_GROUP)


@pytest.mark.parametrize("wrong", ["over", "for another audience", "signed by somebody else"])
async def test_a_token_that_is_not_good_lets_nobody_in(
    secured: SecuredKafka, calder: dict[str, Any], wrong: str, tmp_path: Any
) -> None:
    forger = Issuer.open(tmp_path, secured.issuer.url, {})
    signer = forger if wrong == "signed by somebody else" else secured.issuer
    claims: dict[str, dict[str, Any]] = {"over": {"exp": 1_700_000_000}, "for another audience": {"aud": "another"}}
    token = signer.sign("calder-orchestrator", f"partners/{CALDER}", ["streams.read"], **claims.get(wrong, {}))
    client = {**by_token(secured, token), "request_timeout_ms": 2000}
    with pytest.raises((KafkaConnectionError, KafkaError)):
        await read(client, OWN, 1, OWN_GROUP)


async def test_rights_are_given_by_a_service_that_has_a_token(secured: SecuredKafka) -> None:
    async def issuer(_: Request) -> JSONResponse:
        token = secured.issuer.sign("doselane", MANUFACTURER, ["kafka"])
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": 600})

    prefix, partner = a_prefix(), f"partners/{NORTHLAKE}"
    async with other_side(issuer) as url:
        settings = secured.settings(mechanism="OAUTHBEARER", sasl_token_url=f"{url}/token")
        topics = KafkaFeedTopics(settings, prefix, timedelta(days=30), TopicAcls(settings, PRINCIPAL))
        await topics.send(partner, [(b"slots/1", b"{}", [])])
        await topics.close()
    client = as_client(secured.settings(NORTHLAKE))
    assert [each.value for each in await read(client, f"{prefix}{NORTHLAKE}", 1)] == [b"{}"]


async def test_where_rights_cannot_be_given_no_topic_is_made_and_nothing_is_written(secured: SecuredKafka) -> None:
    prefix, settings = a_prefix(), secured.settings(STRANGER)
    topics = KafkaFeedTopics(settings, prefix, timedelta(days=30), TopicAcls(settings, PRINCIPAL))
    with pytest.raises(Unavailable, match=r"the right to read feeds.* cannot be given: .*CLUSTER_AUTHORIZATION_FAILED"):
        await topics.send(f"partners/{NORTHLAKE}", [(b"slots/1", b"{}", [])])
    async with secured.admin() as admin:
        assert f"{prefix}{NORTHLAKE}" not in await admin.list_topics()
