"""Identifiers that sort by the time they were made (UUID version 7, RFC 9562)."""

import os
import threading
import time
from uuid import UUID

_NANOSECONDS_PER_MILLISECOND = 1_000_000
_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """A new id; ids of one process come in strictly rising order.

    The twelve bits beside the version hold the fraction of the millisecond (RFC 9562, method 3), and step on by one
    when the clock stands still or goes back.
    """
    global _last
    milliseconds, rest = divmod(time.time_ns(), _NANOSECONDS_PER_MILLISECOND)
    stamp = (milliseconds << 12) | (rest * 4096 // _NANOSECONDS_PER_MILLISECOND)
    with _lock:
        _last = stamp = max(stamp, _last + 1)
    tail = int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=(stamp >> 12 << 80) | (0x7 << 76) | ((stamp & 0xFFF) << 64) | (0b10 << 62) | tail)
