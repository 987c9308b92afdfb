"""Faults of a whole batch that pass by themselves, and so are tried again."""

import asyncpg

from services.kernel.db import passes_by_itself
from services.kernel.errors import Unavailable


class SlotMoved(Unavailable):
    """Between look-up and lock something came to concern the batch that it has not locked; load again.

    A slot moved to another run, an order joined a queue, or another run's hold ran out. Where nobody loads again at
    once, as for an event, it is a fault that passes by itself.
    """

    def __init__(self) -> None:
        super().__init__("The ledger changed while this waited.", retry_after_ms=10)


def passes(fault: BaseException) -> bool:
    """True if the same batch may succeed at the next try; a batch that fails for another reason holds a bad command.

    Whether a commit took effect is unknown after a lost connection; request ids make the second try safe. A unique
    violation is a twin of a request, committed by another process after our look: the second look finds it.
    """
    return isinstance(fault, (SlotMoved, asyncpg.UniqueViolationError)) or passes_by_itself(fault)
