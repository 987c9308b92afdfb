"""The schemas that events are written in, by their id: an id is a fingerprint, so what was fetched holds for ever."""

from collections import OrderedDict

from adapters.crm_salesforce.pubsub.client import PubSubClient
from adapters.crm_salesforce.pubsub.faults import Advice, PubSubFault
from adapters.outbound import Away

KEPT_MAX = 64


class SchemaCache:
    """Schemas as they came, the latest so many."""

    def __init__(self, client: PubSubClient) -> None:
        self._client = client
        self._kept: OrderedDict[str, str] = OrderedDict()

    async def of(self, schema_id: str) -> str:
        """The schema's JSON. Raises PubSubFault, Away or Declined."""
        if schema_id not in self._kept:
            info = await self._client.schema(schema_id)
            if info.schema_id != schema_id or not info.schema_json:
                raise Away(f"asked for the schema {schema_id!r}, Salesforce gave {info.schema_id!r}")
            self._kept[schema_id] = info.schema_json
        self._kept.move_to_end(schema_id)
        while len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        return self._kept[schema_id]

    async def of_event(self, schema_id: str) -> str:
        """The schema of an event that came; empty where there is none by that id: the event is kept all the same."""
        try:
            return await self.of(schema_id)
        except PubSubFault as fault:
            if fault.advice is Advice.TELL and fault.name != "schema.meta.permission":
                return ""
            raise
