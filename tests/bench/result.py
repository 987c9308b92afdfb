"""One result of a bench: a JSON line with the figure, its limit and the ratio of the two."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """What a load saw: how many a second, how long each took, and how each ended."""

    per_s: float
    p50_ms: float
    p99_ms: float
    outcomes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Line:
    """What `make bench` prints."""

    bench: str
    case: str
    doselane: float
    limit: float
    limit_is: str
    unit: str
    ratio: float
    goal: str
    p50_ms: float
    p99_ms: float
    outcomes: dict[str, int]
    note: str = ""


def line(
    bench: str, case: str, measured: Measured, limit: Measured, limit_is: str, unit: str, goal: str, note: str = ""
) -> Line:
    """A line for throughput: doselane over limit."""
    return Line(
        bench=bench,
        case=case,
        doselane=round(measured.per_s, 1),
        limit=round(limit.per_s, 1),
        limit_is=limit_is,
        unit=unit,
        ratio=round(measured.per_s / limit.per_s, 3) if limit.per_s else 0.0,
        goal=goal,
        p50_ms=round(measured.p50_ms, 3),
        p99_ms=round(measured.p99_ms, 3),
        outcomes=measured.outcomes,
        note=note,
    )


def show(result: Line) -> None:
    """Print a line at once."""
    print(json.dumps({name: value for name, value in asdict(result).items() if value != ""}), flush=True)


def percentile(sorted_values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed; nearest rank."""
    if not sorted_values:
        return 0.0
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]


def thinned(values: list[float], at_most: int = 2000) -> list[float]:
    """The values in order, evenly thinned out: as good for percentiles, and small enough for a pipe."""
    ordered = sorted(values)
    return ordered[:: -(-len(ordered) // at_most)] if ordered else []
