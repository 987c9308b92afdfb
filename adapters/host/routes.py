"""Which webhook or page a request is for."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from adapters.manifest import Adapter, Page, Webhook


@dataclass(frozen=True, slots=True)
class Route:
    """One address with one method."""

    method: str
    segments: tuple[str, ...]
    adapter: Adapter
    target: Webhook | Page

    def parameters(self, segments: tuple[str, ...]) -> dict[str, str] | None:
        """What stands in the place of each {name}; None if the address is another one."""
        found: dict[str, str] = {}
        for ours, theirs in zip(self.segments, segments, strict=True):
            if ours[:1] == "{":
                found[ours[1:-1]] = unquote(theirs)
            elif ours != theirs:
                return None
        return found


class Routes:
    """All addresses of all adapters."""

    def __init__(self, adapters: Iterable[Adapter]) -> None:
        self._by_start: dict[tuple[str, int], list[Route]] = {}
        for adapter in adapters:
            for webhook in adapter.webhooks:
                self._add(Route(webhook.method, _segments(webhook.path), adapter, webhook))
            for page in adapter.pages:
                self._add(Route(page.method, _segments(page.path), adapter, page))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | frozenset[str]:
        """The route with its parameters; otherwise the methods that the address would take, if it is one at all."""
        segments = _segments(path)
        allowed: set[str] = set()
        for route in self._by_start.get((segments[0] if segments else "", len(segments)), ()):
            parameters = route.parameters(segments)
            if parameters is None:
                continue
            if route.method == method:
                return route, parameters
            allowed.add(route.method)
        return frozenset(allowed)

    def _add(self, route: Route) -> None:
        self._by_start.setdefault((route.segments[0], len(route.segments)), []).append(route)


def query_of(raw: bytes) -> tuple[tuple[str, str], ...]:
    """The parameters of a query, in their order."""
    pairs = (part.partition("=") for part in raw.decode("latin-1").split("&") if part)
    return tuple((unquote(name.replace("+", " ")), unquote(value.replace("+", " "))) for name, _, value in pairs)


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/")) if path.strip("/") else ()
