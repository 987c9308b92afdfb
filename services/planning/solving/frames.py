"""What the service and its solver process say to each other: pickles with their length before them."""

import pickle
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.planning.domain import limits
from services.planning.domain.editing import Judged, RunDraft
from services.planning.domain.plan import Serves
from services.planning.domain.resources import World
from services.planning.domain.scoring import Score

_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class ProposeTask:
    """Work out a plan for a world, within a time."""

    world: World
    limit_s: float


@dataclass(frozen=True, slots=True)
class JudgeTask:
    """Judge a planner's runs; `before`: whom runs served, by id, before the edit."""

    world: World
    drafts: Sequence[RunDraft]
    before: Mapping[str, Serves]


@dataclass(frozen=True, slots=True)
class ProgressFrame:
    """What is being done, the best objective so far, and what it cannot exceed."""

    phase: str
    objective: float | None
    bound: float | None


@dataclass(frozen=True, slots=True)
class Done:
    """The plan; with the greedy planner's score, if it was to be worked out."""

    judged: Judged
    greedy_score: Score | None = None


@dataclass(frozen=True, slots=True)
class LimitsFrame:
    """The runs break limits."""

    limits: tuple[limits.Broken, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """It could not be done."""

    text: str


Frame = ProgressFrame | Done | LimitsFrame | Failed
Task = ProposeTask | JudgeTask


def packed(content: Frame | Task) -> bytes:
    """A frame as bytes. Both ends are this very program, so that nobody else's pickles are read."""
    body = pickle.dumps(content, protocol=pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(body)) + body


def size_of(head: bytes) -> int:
    """How long the frame is whose head this is."""
    return int(_LENGTH.unpack(head)[0])
