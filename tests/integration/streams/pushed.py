"""A partner with topics of its own, and with an issuer of tokens."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from doselane.streams.v1.endpoint_pb2 import Endpoint, KafkaAccess
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.integration.streams.conftest import Door
from tests.integration.streams.topics import Found, as_client, read
from tests.integration.streams.webhooks import Subscribed
from tests.support.receiver import Receiver
from tests.support.secured_kafka import MANUFACTURER, PASSWORD, USER, SecuredKafka

S = timedelta(seconds=1)


class Pushed(Subscribed):
    """A partner with topics on a broker that asks for TLS and a password."""

    def __init__(self, door: Door, secured: SecuredKafka) -> None:
        super().__init__(door, Receiver())
        self.secured, self.topic = secured, f"pushed.{uuid4().hex[:8]}"
        self.authorities = authorities_of(secured)

    def access(self, **facts: Any) -> KafkaAccess:
        """How the broker is spoken to."""
        stated = {"sasl_mechanism": "PLAIN", "sasl_username": USER, "sasl_password": PASSWORD}
        return KafkaAccess(**{**stated, "ca_certificates": self.authorities, **facts})  # type: ignore[arg-type]

    async def to_topic(self, topic: str = "", **access: Any) -> str:
        """The name of a new endpoint, which is a topic of the partner's."""
        url = f"kafka://{self.secured.broker.bootstrap}/{topic or self.topic}"
        created = await self.call("CreateEndpoint", endpoint=Endpoint(url=url, kafka=self.access(**access)))
        self.secret: str = created.secret
        name: str = created.endpoint.name
        return name

    async def records(self, count: int) -> list[Found]:
        """So many records of the topic, once it has them."""
        return await read(as_client(self.secured.settings()), self.topic, count)

    async def until_all_are_sent(self, name: str, position: int) -> None:
        """Lets time go by until an endpoint has a part of the feed."""
        async with asyncio.timeout(60):
            while (found := await self.get(name)).position < position or found.waiting_subjects:
                self.later(60 * S)
                await self.saved()


class TokenIssuer:
    """A partner's issuer, whose tokens the broker takes for the manufacturer's; they live for so many seconds."""

    def __init__(self, secured: SecuredKafka) -> None:
        self._secured, self.lives_s, self.url = secured, 3600.0, ""
        self.asked: list[tuple[str, str]] = []
        self.answers: Callable[[], Response] = self.granted

    async def answer(self, request: Request) -> Response:
        self.asked.append(((await request.body()).decode(), request.headers["authorization"]))
        return self.answers()

    def granted(self) -> Response:
        token = self._secured.issuer.sign("doselane", MANUFACTURER, ["kafka"])
        return JSONResponse({"access_token": token, "expires_in": self.lives_s})

    def access(self, **facts: Any) -> dict[str, Any]:
        """How the broker is spoken to by its tokens."""
        client = {"sasl_username": "doselane", "sasl_password": "client-secret"}
        return {"sasl_mechanism": "OAUTHBEARER", "sasl_token_url": f"{self.url}/token", **client, **facts}


def authorities_of(secured: SecuredKafka) -> str:
    """The authorities to believe about the broker, in PEM."""
    return Path(secured.authorities).read_text()
