"""UPS: Track Alert messages pushed to us, subscribed to for each package, and Track for what they leave out."""

from collections.abc import Mapping
from typing import Any

from adapters.courier_ups.client import UpsClient
from adapters.courier_ups.port import SUBSCRIBE, TRACK
from adapters.courier_ups.translate import ALERT, UpsPort
from adapters.manifest import Adapter, Webhook


def settings(options: Mapping[str, Any]) -> None:
    """An account of UPS has no options."""
    if options:
        raise ValueError(f"there is no option {', '.join(map(repr, options))}")


ADAPTER = Adapter(
    name="courier_ups",
    port="doselane.courier.v1",
    settings=settings,
    build=lambda _: UpsPort(),
    webhooks=(Webhook(ALERT, "/ups/{account}"),),
    connect=lambda _, http: UpsClient(http),
    polls=(TRACK,),
    reactions=(SUBSCRIBE,),
)
