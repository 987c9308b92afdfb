"""The W3C trace context as a text: read, made and passed on without the cost of a tracing library."""

import re
from random import getrandbits

# Version 00 is written out in full; of later versions only the part that they must share with it is used.
_PATTERN = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_FULL_LENGTH = 55
_NOT_ZERO = 1 << 64 | 1


def valid(text: str | None) -> str | None:
    """`text` in its version 00 form, or None if it is no traceparent."""
    if not text or _PATTERN.fullmatch(text) is None:
        return None
    if text.startswith("00"):
        return text if len(text) == _FULL_LENGTH else None
    return "00" + text[2:_FULL_LENGTH]


def is_sampled(traceparent: str) -> bool:
    """Whether the caller records this trace; `traceparent` is a valid one."""
    return traceparent[-1] in "13579bdf"


def fresh(sampled: bool = False) -> str:
    """A new root. The ids identify, they protect nothing, so a quick source of randomness is enough."""
    # The set bit in each id keeps out zero, which means "none".
    ids = f"{getrandbits(192) | _NOT_ZERO:048x}"
    return f"00-{ids[:32]}-{ids[32:]}-{'01' if sampled else '00'}"


def trace_id(traceparent: str) -> str:
    """The trace id in a valid traceparent, or nothing."""
    return traceparent[3:35]
