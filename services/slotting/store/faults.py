"""Faults of a whole batch that pass by themselves, and so are tried again."""

import asyncpg

from services.kernel.db import passes_by_itself


class SlotMoved(Exception):
    """A slot moved to another run between look-up and lock; load again."""


def passes(fault: BaseException) -> bool:
    """True if the same batch may succeed at the next try; a batch that fails for another reason holds a bad command.

    Whether a commit took effect is unknown after a lost connection; request ids make the second try safe. A unique
    violation is a twin of a request, committed by another process after our look: the second look finds it.
    """
    return isinstance(fault, (SlotMoved, asyncpg.UniqueViolationError)) or passes_by_itself(fault)
