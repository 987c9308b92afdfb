"""The organisation of an account: its records over REST, and its event bus."""

import httpx

from adapters.crm_salesforce.pubsub.client import PubSubClient
from adapters.crm_salesforce.pubsub.publisher import EventPublisher
from adapters.crm_salesforce.pubsub.schemas import SchemaCache
from adapters.crm_salesforce.pubsub.subscription import Subscription
from adapters.crm_salesforce.rest.client import SalesforceRest
from adapters.crm_salesforce.settings import Settings
from adapters.mapping import Mapped


class SalesforceConnection:
    """What the account reaches; one bus, over one channel."""

    def __init__(self, given: Mapped, http: httpx.AsyncClient) -> None:
        options: Settings = given.settings
        self.settings, self.mapping = options, given.mapping
        self.rest = SalesforceRest(http, options.api_version, share=options.calls_percent_max / 100)
        self.bus = PubSubClient(http, options.pubsub_url)
        self.schemas = SchemaCache(self.bus)
        self._publisher: EventPublisher | None = None

    @property
    def given(self) -> Mapped:
        """Options and mapping."""
        return Mapped(self.settings, self.mapping)

    def subscription(self, topic: str) -> Subscription:
        """The events of a topic."""
        return Subscription(self.bus, self.schemas, topic)

    @property
    def publisher(self) -> EventPublisher:
        """Where changes of doses are published."""
        if self._publisher is None:
            self._publisher = EventPublisher(self.bus, self.schemas, f"/event/{self.settings.dose_event}")
        return self._publisher
