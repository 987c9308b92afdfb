"""Other applications below a prefix, reached past the framework: a courier's push is the busiest path of the door."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Mounted:
    """What stands where a route would: its prefix names it in the metrics."""

    path: str
    app: ASGIApp


class Mounts:
    """Passes requests below a prefix, or at it, to the application mounted there, and the rest on."""

    def __init__(self, app: ASGIApp, mounts: Mapping[str, ASGIApp]) -> None:
        self._app = app
        # The longest prefix decides, so that a mount may lie below another.
        found = [Mounted(prefix.rstrip("/"), mounted) for prefix, mounted in mounts.items()]
        self._mounts = sorted(found, key=lambda mounted: -len(mounted.path))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] == "http":
            path = scope["path"]
            for mounted in self._mounts:
                if path.startswith(mounted.path) and path[len(mounted.path) : len(mounted.path) + 1] in ("", "/"):
                    scope["route"] = mounted
                    await mounted.app(_inner(scope, mounted.path, path), receive, send)
                    return
        await self._app(scope, receive, send)


def _inner(scope: Scope, prefix: str, path: str) -> Scope:
    root = scope.get("root_path", "")
    return {
        **scope,
        "root_path": root + prefix,
        "app_root_path": scope.get("app_root_path", root),
        "path": path if path != prefix else path + "/",
    }
