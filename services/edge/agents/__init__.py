"""The agents' door: what may be read, searched and asked as `what if`, as tools of the Model Context Protocol."""

from services.edge.agents.app import PREFIX, app

__all__ = ["PREFIX", "app"]
