"""DHL: what its divisions push, and the unified tracking that is asked for what they leave out."""

from adapters.courier_dhl.client import DhlClient
from adapters.courier_dhl.port import TRACKED
from adapters.courier_dhl.settings import settings
from adapters.courier_dhl.translate import PUSH, DhlReader
from adapters.manifest import Adapter, Webhook
from adapters.ports import courier

ADAPTER = Adapter(
    name="courier_dhl",
    port=courier.PORT,
    settings=settings,
    build=DhlReader,
    webhooks=(Webhook(PUSH, "/dhl/{account}"),),
    connect=DhlClient,
    polls=(TRACKED,),
)
