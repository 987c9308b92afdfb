"""What an adapter finds when it looks whether the other side has, allows and takes what an account is to do.

It only reads. The host gives it a connection of its own, bounds the time, and names file and line of the mapping.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much a finding matters: the words of doselane.exchange.v1."""

    ERROR = "ERROR"  # something that the account is to do would fail
    WARNING = "WARNING"  # it may fail, or will before long
    NOTE = "NOTE"


class Area(StrEnum):
    """What a finding is about: the words of doselane.exchange.v1."""

    LOGIN = "LOGIN"
    SERVICE = "SERVICE"
    OBJECT = "OBJECT"
    FIELD = "FIELD"
    PERMISSION = "PERMISSION"
    LIMIT = "LIMIT"
    MAPPING = "MAPPING"
    EVENT = "EVENT"
    CERTIFICATE = "CERTIFICATE"


@dataclass(frozen=True, slots=True)
class ConnectionFinding:
    """One thing that was found, and what to do about it."""

    severity: Severity
    area: Area
    detail: str
    remedy: str = ""
    theirs: str = ""  # where in the other system, such as `Dose__c.Run__c`
    ours: str = ""  # the same in our words, such as `dose.run`
    # Where a mapping says it: `("fields", "dose.run")`, `("tables", "site", "17100001")`. The host finds the line.
    mapped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SamplePayload:
    """What would be sent because of an example event, and why it would not be taken."""

    reaction: str
    subject: str
    body: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Preflight:
    """All that was found."""

    findings: Sequence[ConnectionFinding] = ()
    samples: Sequence[SamplePayload] = ()


# Looks, over a connection of the adapter that is made for it alone; raises Away or Declined where nothing can be asked.
LookAhead = Callable[[Any], Awaitable[Preflight]]
