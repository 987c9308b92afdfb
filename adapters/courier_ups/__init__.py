"""UPS: Track Alert messages pushed to us."""

from collections.abc import Mapping
from typing import Any

from adapters.courier_ups.translate import UpsPort
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
    webhooks=(Webhook("ups.track-alert", "/ups/{account}"),),
)
