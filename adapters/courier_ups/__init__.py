"""UPS: Track Alert messages pushed to us, subscribed to for each package, and Track for what they leave out."""

from adapters.courier_ups.client import UpsClient
from adapters.courier_ups.port import REDIRECT, RETURN, SUBSCRIBE, TRACK
from adapters.courier_ups.settings import settings
from adapters.courier_ups.translate import ALERT, UpsReader
from adapters.manifest import Adapter, Webhook
from adapters.ports import courier

ADAPTER = Adapter(
    name="courier_ups",
    port=courier.PORT,
    settings=settings,
    build=lambda _: UpsReader(),
    webhooks=(Webhook(ALERT, "/ups/{account}"),),
    connect=lambda read, http: UpsClient(http, read),
    polls=(TRACK,),
    reactions=(SUBSCRIBE, REDIRECT, RETURN),
)
