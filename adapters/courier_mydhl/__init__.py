"""DHL Express by MyDHL API: its tracking, asked for many shipments at once."""

from collections.abc import Mapping
from typing import Any

from adapters.courier_mydhl.client import MyDhlClient
from adapters.courier_mydhl.port import TRACKED
from adapters.courier_mydhl.translate import MyDhlReader
from adapters.manifest import Adapter
from adapters.ports import courier


def settings(options: Mapping[str, Any]) -> None:
    """An account of MyDHL API has no options."""
    if options:
        raise ValueError(f"there is no option {', '.join(map(repr, options))}")


ADAPTER = Adapter(
    name="courier_mydhl",
    port=courier.PORT,
    settings=settings,
    build=lambda _: MyDhlReader(),
    connect=lambda _, http: MyDhlClient(http),
    polls=(TRACKED,),
)
