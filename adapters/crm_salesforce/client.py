"""The organisation of an account: its records over REST, and its event bus."""

from collections.abc import Sequence

import httpx

from adapters.crm_salesforce.pubsub.client import PubSubClient
from adapters.crm_salesforce.pubsub.publisher import EventPublisher
from adapters.crm_salesforce.pubsub.schemas import SchemaCache
from adapters.crm_salesforce.pubsub.subscription import Subscription
from adapters.crm_salesforce.rest.client import SalesforceRest
from adapters.crm_salesforce.rest.records import Record, RecordOutcome, upsert_many
from adapters.crm_salesforce.settings import SOAP, Settings
from adapters.crm_salesforce.soap.client import SalesforceSoap
from adapters.mapping import Mapped


class SalesforceConnection:
    """What the account reaches; one bus, over one channel."""

    def __init__(self, given: Mapped, http: httpx.AsyncClient) -> None:
        options: Settings = given.settings
        self.settings, self.mapping = options, given.mapping
        self.rest = SalesforceRest(http, options.api_version, share=options.calls_percent_max / 100)
        self._soap = SalesforceSoap(http, options.api_version)
        self.bus = PubSubClient(http, options.pubsub_url)
        self.schemas = SchemaCache(self.bus)
        self._publisher: EventPublisher | None = None

    @property
    def given(self) -> Mapped:
        """Options and mapping."""
        return Mapped(self.settings, self.mapping)

    async def upsert_doses(self, field: str, records: Sequence[Record]) -> Sequence[RecordOutcome]:
        """Writes records of doses by their external id; what became of each, by position."""
        sobject = self.settings.dose_object
        if self.settings.doses_over == SOAP:
            return await self._soap.upsert_many(sobject, field, records)
        return await upsert_many(self.rest, sobject, field, records)

    def subscription(self, topic: str) -> Subscription:
        """The events of a topic."""
        return Subscription(self.bus, self.schemas, topic)

    @property
    def publisher(self) -> EventPublisher:
        """Where changes of doses are published."""
        if self._publisher is None:
            self._publisher = EventPublisher(self.bus, self.schemas, f"/event/{self.settings.dose_event}")
        return self._publisher
