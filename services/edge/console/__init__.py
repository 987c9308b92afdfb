"""The console: one page and its modules, as files; whatever it shows it asks of the public calls, with its reader's token."""

from services.edge.console.serving import routes

__all__ = ["routes"]
