"""Finds the adapters: every package under `adapters/` that has an ADAPTER. There is no list to keep."""

import importlib
import pkgutil
from collections.abc import Mapping

import adapters
from adapters.manifest import Adapter
from adapters.ports import Port


def discover() -> dict[str, Adapter]:
    """The adapters by name."""
    found: dict[str, Adapter] = {}
    for module in pkgutil.iter_modules(adapters.__path__):
        if not module.ispkg:
            continue
        declared = getattr(importlib.import_module(f"{adapters.__name__}.{module.name}"), "ADAPTER", None)
        if declared is None:
            continue
        if declared.name != module.name:
            raise TypeError(f"adapters/{module.name} declares the name {declared.name}")
        if (declared.polls or declared.streams or declared.reactions) and declared.connect is None:
            raise TypeError(f"adapters/{module.name} reaches out and does not say how it connects")
        found[module.name] = declared
    return found


def of_port(found: Mapping[str, Adapter], port: Port) -> dict[str, Adapter]:
    """Those that one process serves."""
    return {name: adapter for name, adapter in found.items() if adapter.port.name == port.name}
