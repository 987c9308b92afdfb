"""Faults of a whole batch that pass by themselves, and so are tried again."""

import asyncpg


class SlotMoved(Exception):
    """A slot moved to another run between look-up and lock; load again."""


# The outcome of a commit is unknown after these; request ids make the second try safe.
LOST_CONNECTION = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    OSError,
)
# A unique violation is a twin of a request, committed by another process after our look: the second look finds it.
PASSING_FAULTS = (
    *LOST_CONNECTION,
    SlotMoved,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.UniqueViolationError,
)
