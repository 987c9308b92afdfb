"""FedEx: Advanced Integrated Visibility pushed to us, and Track for what a push that was lost left out."""

from collections.abc import Mapping
from typing import Any

from adapters.courier_fedex.client import FedexClient
from adapters.courier_fedex.port import TRACK
from adapters.courier_fedex.translate import PUSH, FedexReader
from adapters.manifest import Adapter, Webhook
from adapters.ports import courier


def settings(options: Mapping[str, Any]) -> None:
    """An account of FedEx has no options."""
    if options:
        raise ValueError(f"there is no option {', '.join(map(repr, options))}")


ADAPTER = Adapter(
    name="courier_fedex",
    port=courier.PORT,
    settings=settings,
    build=lambda _: FedexReader(),
    webhooks=(Webhook(PUSH, "/fedex/{account}"),),
    connect=lambda _, http: FedexClient(http),
    polls=(TRACK,),
)
