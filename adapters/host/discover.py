"""Finds the adapters: every package under `adapters/` that has an ADAPTER. There is no list to keep."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping

import adapters
from adapters.manifest import Adapter
from adapters.ports import Port
from services.kernel.settings import SettingsError


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
        if (declared.polls or declared.streams or declared.reactions) and not declared.reaches_out:
            raise TypeError(f"adapters/{module.name} reaches out and does not say how it connects")
        if any(follower.reaction not in declared.reactions for follower in declared.followers):
            raise TypeError(f"adapters/{module.name} has a follower whose reaction is not among its reactions")
        found[module.name] = declared
    return found


def served(found: Mapping[str, Adapter], environ: Mapping[str, str]) -> list[Port]:
    """The ports that one process serves: those that DOSELANE_PORT names, separated by commas; without it, all."""
    known = ports_of(found)
    asked = {name.strip() for name in environ.get("DOSELANE_PORT", "").split(",")} - {""}
    if not asked <= {port.name for port in known}:
        raise SettingsError([f"DOSELANE_PORT must name some of {', '.join(port.name for port in known)}."])
    return [port for port in known if not asked or port.name in asked]


def topics_of(ports: Iterable[Port]) -> list[str]:
    """Where these ports publish. All of them lie in the host's schema, and can be heard before anybody publishes."""
    return [port.topic for port in ports]


def ports_of(found: Mapping[str, Adapter]) -> list[Port]:
    """The kinds of systems that some adapters are of, in the order of their names."""
    ports = {adapter.port.name: adapter.port for adapter in found.values()}
    return [ports[name] for name in sorted(ports)]
