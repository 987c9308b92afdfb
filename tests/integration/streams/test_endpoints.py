"""Endpoints as resources: who may have which, what is refused, and that no secret is ever seen twice."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from doselane.streams.v1 import endpoint_pb2 as endpoints
from doselane.streams.v1.endpoint_pb2 import DeliveryAttempt, Endpoint
from standardwebhooks import Webhook

from services.kernel.errors import Denied, Invalid, NotFound, RuleViolation, Stale
from services.kernel.timestamps import stamp
from services.streams.domain.endpoint import ENDPOINTS_MAX
from services.streams.events import FEED_TYPES
from tests.integration.streams.conftest import ENDPOINTS, Door
from tests.integration.streams.webhooks import SCOPES, Subscribed
from tests.support.receiver import Receiver, receiving
from tests.unit.kernel_data.test_webhook_signing import check_ed25519


@pytest.fixture(scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    """One receiver for all: each test has paths of its own."""
    async with receiving() as opened:
        yield opened


@pytest.fixture
async def partner(door: Door, receiver: Receiver) -> Subscribed:
    """A partner of the test's own."""
    return Subscribed(door, receiver)


async def test_a_secret_is_shown_once_and_again_only_to_a_repetition(partner: Subscribed) -> None:
    request_id = str(uuid4())
    stated = {"url": partner.receiver.url(partner.path), "description": "orders"}
    created = await partner.call("CreateEndpoint", endpoint=stated, request_id=request_id)
    assert created.secret.startswith("whsec_")
    again = await partner.call("CreateEndpoint", endpoint=stated, request_id=request_id)
    assert again == created
    shown = await partner.get(created.endpoint.name)
    assert shown == created.endpoint
    assert created.secret.removeprefix("whsec_") not in str(shown)
    assert len((await partner.call("ListEndpoints")).endpoints) == 1
    with pytest.raises(RuleViolation, match="used before"):
        await partner.call("CreateEndpoint", endpoint={**stated, "description": "others"}, request_id=request_id)


async def test_no_secret_lies_in_the_database_as_it_is(partner: Subscribed) -> None:
    created = await partner.create()
    rotated = await partner.call("RotateSecret", name=created.endpoint.name)
    pool = partner.door.database.pool
    found = "".join(str(tuple(row.values())) for row in await pool.fetch("SELECT * FROM endpoint"))
    asked = await pool.fetch("SELECT answer FROM request")
    found += "".join(row["answer"].decode("utf-8", "replace") for row in asked if row["answer"])
    assert created.endpoint.url in found
    for secret in (created.secret, rotated.secret):
        assert secret.removeprefix("whsec_")[:12] not in found


async def test_of_an_ed25519_key_the_public_half_alone_is_shown(partner: Subscribed) -> None:
    created = await partner.create(signature_kind=endpoints.SIGNATURE_KIND_ED25519)
    assert created.secret.startswith("whpk_")
    assert created.endpoint.public_keys == [created.secret]
    await partner.publish(partner.confirmed("a"))
    [hook] = await partner.receiver.got(partner.path, 1)
    check_ed25519(created.secret, hook.headers, hook.body)


async def test_a_rotation_may_go_from_a_secret_to_a_key_pair_and_end_the_old_one_at_once(partner: Subscribed) -> None:
    created = await partner.create()
    kind = endpoints.SIGNATURE_KIND_ED25519
    rotated = await partner.call("RotateSecret", name=created.endpoint.name, signature_kind=kind)
    assert (rotated.endpoint.signature_kind, list(rotated.endpoint.public_keys)) == (kind, [rotated.secret])
    again = await partner.call("RotateSecret", name=created.endpoint.name)
    assert list(again.endpoint.public_keys) == [again.secret, rotated.secret]
    last = await partner.call("RotateSecret", name=created.endpoint.name, overlap=timedelta())
    assert list(last.endpoint.public_keys) == [last.secret]


@pytest.mark.parametrize("url", [
    "https://10.0.0.1/x", "https://[::ffff:10.0.0.1]/x", "https://2130706433/x", "https://a@93.184.215.14/x",
    "http://93.184.215.14/x", "ftp://127.0.0.1/x",
])  # fmt: skip
async def test_an_address_inside_our_walls_is_refused(partner: Subscribed, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        await partner.create(url=url)
    assert (refused.value.reason, refused.value.facts["field"]) == ("URL_REFUSED", "endpoint.url")
    with pytest.raises(Invalid) as refused:
        await partner.create(second_channel_url=url)
    assert refused.value.facts["field"] == "endpoint.second_channel_url"
    created = await partner.create()
    with pytest.raises(Invalid):
        await partner.call("UpdateEndpoint", endpoint={"name": created.endpoint.name, "url": url})
    assert (await partner.get(created.endpoint.name)).url == created.endpoint.url


@pytest.mark.parametrize("wrong", [
    {"url": ""}, {"url": "https://partner.exämple/x"}, {"types": ["*"]}, {"types": ["Doselane.x"]}, {"subjects": [""]},
    {"description": "\0"},
])  # fmt: skip
async def test_what_is_wrong_in_shape_is_said_of_a_new_one_and_of_a_change(
    partner: Subscribed, wrong: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        await partner.create(**wrong)
    created = await partner.create()
    with pytest.raises(Invalid) as refused:
        await partner.call(
            "UpdateEndpoint", endpoint={"name": created.endpoint.name, **wrong}, update_mask={"paths": list(wrong)}
        )
    assert refused.value.facts["field"].startswith(f"endpoint.{next(iter(wrong))}")


async def test_a_change_touches_what_its_mask_names_and_wants_the_version_that_was_seen(partner: Subscribed) -> None:
    created = await partner.create(description="orders", types=["doselane.slotting.*"])
    seen = created.endpoint
    stated = Endpoint(name=seen.name, description="", types=["doselane.status.*"], etag=seen.etag)
    changed = await partner.call("UpdateEndpoint", endpoint=stated, update_mask={"paths": ["description"]})
    assert (changed.description, list(changed.types), changed.url) == ("", ["doselane.slotting.*"], seen.url)
    with pytest.raises(Stale):
        await partner.call("UpdateEndpoint", endpoint=stated, update_mask={"paths": ["types"]})
    with pytest.raises(Invalid, match="update_mask"):
        await partner.call("UpdateEndpoint", endpoint={"name": seen.name}, update_mask={"paths": ["state"]})
    whole = await partner.call("UpdateEndpoint", endpoint={"name": seen.name, "url": seen.url})
    assert list(whole.types) == []
    for method in ("RotateSecret", "DisableEndpoint", "EnableEndpoint", "DeleteEndpoint"):
        with pytest.raises(Stale):
            await partner.call(method, name=seen.name, etag=seen.etag)


async def test_a_disabled_endpoint_says_who_wanted_it_and_is_told_once(partner: Subscribed) -> None:
    created = await partner.create()
    request_id = str(uuid4())
    for _ in range(2):
        disabled = await partner.call("DisableEndpoint", name=created.endpoint.name, request_id=request_id)
        assert (disabled.state, disabled.state_detail) == (Endpoint.DISABLED, "REQUESTED: its partner asked for it")
    assert await partner.call("DisableEndpoint", name=created.endpoint.name) == disabled
    told = await partner.door.database.pool.fetch("SELECT type FROM outbox WHERE subject = $1", created.endpoint.name)
    assert [row["type"] for row in told] == ["doselane.streams.endpoint.disabled.v1"]
    enabled = await partner.call("EnableEndpoint", name=created.endpoint.name)
    assert (enabled.state, enabled.state_detail) == (Endpoint.ENABLED, "")


async def test_what_is_deleted_is_gone_with_all_that_was_noted_of_it(partner: Subscribed) -> None:
    created = await partner.create()
    await partner.call("TestEndpoint", name=created.endpoint.name)
    request_id = str(uuid4())
    for _ in range(2):
        await partner.call("DeleteEndpoint", name=created.endpoint.name, request_id=request_id)
    with pytest.raises(NotFound):
        await partner.get(created.endpoint.name)
    pool = partner.door.database.pool
    endpoint_id = created.endpoint.name.removeprefix("endpoints/")
    assert not await pool.fetchval("SELECT count(*) FROM endpoint_attempt WHERE endpoint_id = $1", endpoint_id)


async def test_endpoints_are_their_partners_alone_and_the_operators(partner: Subscribed) -> None:
    created = await partner.create()
    door = partner.door
    stranger = door.client(door.partner(), *SCOPES, of=ENDPOINTS)
    with pytest.raises(NotFound) as foreign:
        await partner.call("GetEndpoint", stranger, name=created.endpoint.name)
    absent = f"endpoints/{uuid4()}"
    with pytest.raises(NotFound) as unknown:
        await partner.call("GetEndpoint", stranger, name=absent)
    assert foreign.value.message == unknown.value.message
    assert not (await partner.call("ListEndpoints", stranger)).endpoints
    operator = door.client("partners/cdmo", "operator", *SCOPES, of=ENDPOINTS)
    assert (await partner.call("GetEndpoint", operator, name=created.endpoint.name)).partner == partner.partner
    reader = door.client(partner.partner, "streams.read", of=ENDPOINTS)
    with pytest.raises(Denied):
        await partner.call("DisableEndpoint", reader, name=created.endpoint.name)


async def test_a_partner_has_at_most_fifty(partner: Subscribed) -> None:
    for _ in range(ENDPOINTS_MAX):
        await partner.create()
    with pytest.raises(RuleViolation) as full:
        await partner.create()
    assert (full.value.reason, full.value.facts["endpoints_max"]) == ("TOO_MANY_ENDPOINTS", str(ENDPOINTS_MAX))
    first = await partner.call("ListEndpoints", page_size=30)
    rest = await partner.call("ListEndpoints", page_size=30, page_token=first.next_page_token)
    assert len({each.name for each in [*first.endpoints, *rest.endpoints]}) == ENDPOINTS_MAX


@pytest.mark.parametrize("event_type", sorted(FEED_TYPES))
async def test_a_test_notification_looks_like_a_real_one_of_its_type(partner: Subscribed, event_type: str) -> None:
    created = await partner.create()
    attempt = await partner.call("TestEndpoint", name=created.endpoint.name, type=event_type)
    assert (attempt.delivered, attempt.status, attempt.cause) == (True, 204, DeliveryAttempt.TEST)
    [hook] = await partner.receiver.got(partner.path, 1)
    event = hook.verified(created.secret)
    assert (event["type"], event["test"], event["id"]) == (event_type, True, attempt.event_id)
    assert event["data"]


async def test_a_test_notification_is_made_of_the_newest_event_of_its_type(partner: Subscribed) -> None:
    created = await partner.create(types=["doselane.nobody.*"])
    published = partner.confirmed("a")
    await partner.publish(published)
    await partner.door.until(partner.partner, 1)
    request_id = str(uuid4())
    for _ in range(2):
        attempt = await partner.call("TestEndpoint", name=created.endpoint.name, request_id=request_id)
    [hook] = partner.receiver.hooks[partner.path]
    assert hook.event["data"]["slot"]["name"] == published.subject
    assert hook.id == attempt.event_id != str(published.id)
    with pytest.raises(Invalid):
        await partner.call("TestEndpoint", name=created.endpoint.name, type="doselane.nobody.knows.it.v1")


async def test_one_event_is_sent_again_and_no_other_partners(partner: Subscribed) -> None:
    created = await partner.create(types=["doselane.nobody.*"])
    published, other = partner.confirmed("a"), Subscribed(partner.door, partner.receiver)
    theirs = other.confirmed("a")
    await partner.publish(published, theirs)
    await partner.door.until(partner.partner, 1)
    await partner.door.until(other.partner, 1)
    attempt = await partner.call("ResendEvent", name=created.endpoint.name, event_id=str(published.id))
    assert (attempt.position, attempt.delivered) == (1, True)
    [hook] = partner.receiver.hooks[partner.path]
    assert Webhook(created.secret).verify(hook.body, hook.headers)["id"] == str(published.id)
    for unknown in (str(theirs.id), str(uuid4())):
        with pytest.raises(NotFound) as refused:
            await partner.call("ResendEvent", name=created.endpoint.name, event_id=unknown)
        assert refused.value.reason == "EVENT_UNKNOWN"


async def test_a_recovery_is_refused_where_it_means_nothing(partner: Subscribed) -> None:
    created = await partner.create()
    now = partner.door.clock.now()
    with pytest.raises(Invalid, match="end_time"):
        await partner.call("RecoverEndpoint", name=created.endpoint.name, start_time=stamp(now), end_time=stamp(now))
    with pytest.raises(Invalid, match="start_time"):
        await partner.call("RecoverEndpoint", name=created.endpoint.name)
    recovered = await partner.call("RecoverEndpoint", name=created.endpoint.name, start_time=stamp(now))
    assert not recovered.HasField("recovery")  # nothing was recorded


async def test_a_new_endpoint_may_begin_with_all_that_is_kept(partner: Subscribed) -> None:
    await partner.publish(partner.confirmed("a"), partner.confirmed("b"))
    await partner.door.until(partner.partner, 2)
    await partner.create()
    request: dict[str, Any] = {"endpoint": {"url": partner.receiver.url(f"{partner.path}/all")}, "from_earliest": True}
    await partner.call("CreateEndpoint", **request)
    await partner.receiver.got(f"{partner.path}/all", 2)
    assert not partner.receiver.hooks[partner.path]
