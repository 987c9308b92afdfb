"""UPS: Track Alert messages pushed to us, subscribed to for each package, and Track for what they leave out."""

from collections.abc import Mapping
from typing import Any

from adapters.courier_ups.client import UpsClient
from adapters.courier_ups.port import SUBSCRIBE, TRACK
from adapters.courier_ups.translate import ALERT, UpsReader
from adapters.manifest import Adapter, Webhook
from adapters.ports import courier


def settings(options: Mapping[str, Any]) -> None:
    """An account of UPS has no options."""
    if options:
        raise ValueError(f"there is no option {', '.join(map(repr, options))}")


ADAPTER = Adapter(
    name="courier_ups",
    port=courier.PORT,
    settings=settings,
    build=lambda _: UpsReader(),
    webhooks=(Webhook(ALERT, "/ups/{account}"),),
    connect=lambda _, http: UpsClient(http),
    polls=(TRACK,),
    reactions=(SUBSCRIBE,),
)
