"""One subscription, as a stream of the host's: nothing is lost, whatever ends it, and no error is run into twice.

The cursor is where to go on: `earliest`, or `replay:` and a replay id in base64. The host moves it after what came is
kept. It begins empty, and then the subscription begins with the oldest event that there is: had it begun with the next
one, what came between a first attempt that failed and the second would be lost.
"""

from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from datetime import timedelta
from typing import Any

from salesforce.eventbus.v1 import pubsub_pb2

from adapters.crm_salesforce.pubsub.client import PubSubClient
from adapters.crm_salesforce.pubsub.faults import Advice, PubSubFault
from adapters.crm_salesforce.pubsub.message import event_body, reread_body
from adapters.crm_salesforce.pubsub.schemas import SchemaCache
from adapters.outbound import Fetched, Stream

OUTSTANDING_MAX = 100
# More is asked for when so few are left: at zero the server would end the stream.
ASK_AT = 50
# An empty answer comes within 270 seconds; what is silent for clearly longer is dead.
SILENCE = timedelta(seconds=270 + 30)
EARLIEST = "earliest"
_REPLAY = "replay:"


class Subscription:
    """The events of one topic."""

    def __init__(self, client: PubSubClient, schemas: SchemaCache, topic: str) -> None:
        self._client, self._schemas, self._topic = client, schemas, topic

    async def listen(self, cursor: str) -> AsyncIterator[Fetched]:
        """What comes after the cursor, until the stream ends. Raises Away or Declined."""
        refused = ""
        while True:
            try:
                async with aclosing(self._from(cursor, refused)) as coming:
                    async for fetched in coming:
                        cursor, refused = fetched.cursor, ""
                        yield fetched
                return
            except PubSubFault as fault:
                if fault.advice is Advice.NEW_TOKEN and not refused:
                    refused = fault.token
                    continue
                if fault.advice is not Advice.REREAD or not cursor.startswith(_REPLAY):
                    raise fault.outcome from fault
            # Kept before the cursor moves, and the place is never asked for again.
            lost, cursor = _replay_id(cursor), EARLIEST
            yield Fetched([reread_body(self._topic, lost)], cursor)

    async def _from(self, cursor: str, refused: str) -> AsyncGenerator[Fetched, None]:
        opened = await self._client.subscribe(refused)
        # Counted here: what the server says is pending does not know of what it has not heard yet.
        outstanding = OUTSTANDING_MAX
        try:
            await opened.write(self._first(cursor))
            while (answer := await opened.read()) is not None:
                outstanding -= len(answer.events)
                if outstanding <= ASK_AT:
                    await opened.write(pubsub_pb2.FetchRequest(num_requested=OUTSTANDING_MAX - outstanding))
                    outstanding = OUTSTANDING_MAX
                if answer.events:
                    bodies = [await self._body(each) for each in answer.events]
                    yield Fetched(bodies, _cursor(answer.events[-1].replay_id))
                else:
                    yield Fetched((), _cursor(answer.latest_replay_id) if answer.latest_replay_id else cursor)
        finally:
            opened.close()

    def _first(self, cursor: str) -> pubsub_pb2.FetchRequest:
        if not cursor.startswith(_REPLAY):
            preset, replay_id = pubsub_pb2.EARLIEST, b""
        else:
            preset, replay_id = pubsub_pb2.CUSTOM, _replay_id(cursor)
        return pubsub_pb2.FetchRequest(
            topic_name=self._topic, replay_preset=preset, replay_id=replay_id, num_requested=OUTSTANDING_MAX
        )

    async def _body(self, came: pubsub_pb2.ConsumerEvent) -> bytes:
        event = came.event
        schema = await self._schemas.of_event(event.schema_id)
        return event_body(self._topic, event.id, event.schema_id, schema, came.replay_id, event.payload)


def stream(name: str, subscription_of: Callable[[Any], Subscription]) -> Stream:
    """A stream of the host's, of the subscription that a connection has."""
    return Stream(name, SILENCE, lambda connection, cursor: subscription_of(connection).listen(cursor))


def _cursor(replay_id: bytes) -> str:
    return _REPLAY + b64encode(replay_id).decode()


def _replay_id(cursor: str) -> bytes:
    return b64decode(cursor.removeprefix(_REPLAY))
