"""Salesforce: orders come by change events and platform events, and what becomes of them goes back record by record."""

from adapters.crm_salesforce.client import SalesforceConnection
from adapters.crm_salesforce.port import CHANGES, DOSES, OUTCOME, PUBLISHED, REQUESTS
from adapters.crm_salesforce.preflight import look
from adapters.crm_salesforce.settings import SHAPE, settings
from adapters.crm_salesforce.translate import SalesforceReader
from adapters.manifest import Adapter
from adapters.ports import crm

ADAPTER = Adapter(
    name="crm_salesforce",
    port=crm.PORT,
    settings=settings,
    build=SalesforceReader,
    connect=SalesforceConnection,
    streams=(CHANGES, REQUESTS),
    reactions=(OUTCOME, DOSES, PUBLISHED),
    mapping=SHAPE,
    preflight=look,
)
