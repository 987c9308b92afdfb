"""Says what in a newer AsyncAPI document would break a reader that was written for an older one.

A reader relies on topics, on which events are on each, on headers, and on what an event's message holds; all of it
travels to the reader, so it may grow and must not shrink. What the older document says may be gone by a day may.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from tests.contracts.openapi_breaks import Comparison, Pair

Json = Mapping[str, Any]
# What an event is on the wire, beside its payload.
_FORM = ("contentType", "x-protobuf-message")


def asyncapi_breaks(old: Json, new: Json, today: date = date.min) -> list[str]:
    """Each break with its place, as topic and event."""
    return list(_Events(old, new, today).breaks())


class _Events:
    def __init__(self, old: Json, new: Json, today: date) -> None:
        self._old, self._new = old, new
        self._comparison = Comparison(old, new, today)

    def breaks(self) -> Iterator[str]:
        for key, channel in self._old.get("channels", {}).items():
            now = self._new.get("channels", {}).get(key)
            topic = channel.get("address", key)
            if now is None:
                yield f"{topic}: topic removed"
                continue
            if channel.get("address") != now.get("address"):
                yield f"{topic}: address was {channel.get('address')}, is {now.get('address')}"
            yield from self._bindings(f"{topic}", channel, now)
            for event in channel.get("messages", {}):
                if event not in now.get("messages", {}):
                    yield f"{topic} {event}: event removed"
                else:
                    yield from self._event(f"{topic} {event}", event)

    def _event(self, where: str, event: str) -> Iterator[str]:
        old, new = _message(self._old, event), _message(self._new, event)
        for key in _FORM:
            if old.get(key) != new.get(key):
                yield f"{where}: {key} was {old.get(key)}, is {new.get(key)}"
        yield from self._bindings(where, old, new)
        yield from self._comparison.schemas(Pair(f"{where} headers", old.get("headers", {}), new.get("headers", {})))
        yield from self._comparison.schemas(Pair(where, old.get("payload", {}), new.get("payload", {})))

    def _bindings(self, where: str, old: Json, new: Json) -> Iterator[str]:
        for protocol, binding in old.get("bindings", {}).items():
            now = new.get("bindings", {}).get(protocol, {})
            for key in ("topic", "key"):
                before, after = _bare(binding.get(key)), _bare(now.get(key))
                if before != after:
                    yield f"{where}: {key} for {protocol} was {before}, is {after}"


def _message(document: Json, event: str) -> Json:
    found: Json = document["components"]["messages"][event]
    return found


def _bare(said: Any) -> Any:
    """What is said of a key or a topic, less its description."""
    return {name: value for name, value in said.items() if name != "description"} if isinstance(said, dict) else said
