"""The bus proves to the brokers who it is, by each mechanism, over TLS; with a wrong proof nothing is published."""

import asyncio
from collections.abc import Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse

from services.kernel.bus.kafka import KafkaBus
from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.errors import Unavailable
from services.kernel.event import Event
from tests.support.other_side import other_side
from tests.support.secured_kafka import MANUFACTURER, STRANGER, SecuredKafka, know_by_scram
from tests.support.status import slot_event

pytestmark = [pytest.mark.kafka]


@asynccontextmanager
async def proving(secured: SecuredKafka, mechanism: str) -> Any:
    """The settings of a service that proves who it is by a mechanism."""
    if mechanism != "OAUTHBEARER":
        if mechanism != "PLAIN":
            await know_by_scram(secured)
        yield secured.settings(mechanism=mechanism)
        return

    async def issuer(_: Request) -> JSONResponse:
        token = secured.issuer.sign("doselane", MANUFACTURER, ["kafka"])
        return JSONResponse({"access_token": token, "expires_in": 600})

    async with other_side(issuer) as url:
        yield secured.settings(mechanism=mechanism, sasl_token_url=f"{url}/token")


async def carried(settings: KafkaSettings, event: Event) -> Event:
    """The event as a consumer gets it that was published by the same bus."""
    bus, topic, heard = KafkaBus(settings, partitions=1), f"bus.{uuid4().hex}", asyncio.Queue[Event]()

    async def handle(events: Sequence[Event]) -> None:
        for each in events:
            heard.put_nowait(each)

    await bus.publish(topic, [event])
    consuming = asyncio.ensure_future(bus.consume([topic], f"group.{uuid4().hex}", handle))
    try:
        async with asyncio.timeout(60):
            return await heard.get()
    finally:
        consuming.cancel()
        await asyncio.gather(consuming, return_exceptions=True)
        await bus.close()


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512", "OAUTHBEARER"])
async def test_an_event_is_carried_whatever_proves_who_we_are(secured: SecuredKafka, mechanism: str) -> None:
    event = slot_event("s1")
    async with proving(secured, mechanism) as settings:
        assert await carried(settings, event) == event


@pytest.mark.parametrize(
    "settings",
    [{"sasl_password": "a-wrong-one-1"}, {"user": STRANGER}, {"tls_ca_file": ""}],
    ids=["a wrong password", "nobody who may write", "brokers that nobody vouches for"],
)
async def test_without_a_good_proof_nothing_is_published_and_the_fault_is_one_that_passes(
    secured: SecuredKafka, settings: dict[str, Any]
) -> None:
    bus = KafkaBus(secured.settings(**settings))
    with pytest.raises(Unavailable, match="Kafka does not take the events"):
        await bus.publish(f"bus.{uuid4().hex}", [slot_event("s1")])
    await bus.close()
