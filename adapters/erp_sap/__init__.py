"""SAP S/4HANA: documents are read when its business events name them, and what came of them is written back."""

from adapters.erp_sap import handshake
from adapters.erp_sap.client.connection import SapConnection
from adapters.erp_sap.functions.port import FUNCTION_REACTIONS
from adapters.erp_sap.idoc.port import IDOC_REACTIONS
from adapters.erp_sap.planned import PLANNED
from adapters.erp_sap.port import CHANGED, LISTENED, NOTIFIED, REACTIONS
from adapters.erp_sap.preflight import look
from adapters.erp_sap.settings import SHAPE, settings
from adapters.erp_sap.translate import EVENTS, IDOCS, SapReader
from adapters.manifest import Adapter, Page, Webhook
from adapters.ports import erp

_PATH = "/sap/{account}/events"
_KINDS = frozenset({"application/json", "application/cloudevents+json", "application/cloudevents-batch+json"})
_XML = frozenset({"text/xml", "application/xml", "application/soap+xml"})

ADAPTER = Adapter(
    name="erp_sap",
    port=erp.PORT,
    settings=settings,
    build=SapReader,
    webhooks=(Webhook(EVENTS, _PATH, _KINDS), Webhook(IDOCS, "/sap/{account}/idocs", _XML)),
    pages=(Page("OPTIONS", _PATH, handshake.page, public=handshake.answer),),
    connect_archived=SapConnection,
    polls=(NOTIFIED, *CHANGED, PLANNED),
    streams=(LISTENED,),
    reactions=(*REACTIONS, *IDOC_REACTIONS, *FUNCTION_REACTIONS),
    mapping=SHAPE,
    preflight=look,
)
