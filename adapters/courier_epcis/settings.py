"""The options of an account whose courier pushes EPCIS."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from doselane.courier.v1.courier_pb2 import Milestone

EVENTS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs from courier to courier."""

    # The courier's own business steps (URIs), and what they mean.
    steps: Mapping[str, Milestone.Kind] = field(default_factory=dict)
    # Most events in one document.
    events_max: int = EVENTS_MAX


def settings(options: Mapping[str, Any]) -> Settings:
    """Reads `{"steps": {"https://…": "OUT_FOR_DELIVERY"}, "events_max": 10000}`; both may be left out."""
    wrong = [f"there is no option {name!r}" for name in options if name not in ("steps", "events_max")]
    steps, events_max = options.get("steps", {}), options.get("events_max", EVENTS_MAX)
    if not isinstance(steps, dict):
        steps = {}
        wrong.append("steps must be an object: the courier's URI and the kind of milestone")
    kinds = set(Milestone.Kind.keys())
    wrong += [f"steps: {kind!r} is no kind of milestone" for kind in map(str, steps.values()) if kind not in kinds]
    if isinstance(events_max, bool) or not isinstance(events_max, int) or not 1 <= events_max <= EVENTS_MAX:
        wrong.append(f"events_max must be a whole number from 1 to {EVENTS_MAX}")
    if wrong:
        raise ValueError("; ".join(wrong))
    return Settings({step: Milestone.Kind.Value(kind) for step, kind in steps.items()}, events_max)
