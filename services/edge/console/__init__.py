"""The console: one page and its modules, as files. What it shows it asks of the public calls, by its reader's token."""

from services.edge.console.serving import routes

__all__ = ["routes"]
