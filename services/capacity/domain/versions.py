"""The next version of a run, and whether the run stands where a change is possible."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.capacity.domain import refusals
from services.capacity.domain.run import Provenance, Run, State


def next_version(run: Run, by: Provenance, **changes: Any) -> Run:
    """The run after a change."""
    return replace(run, version=run.version + 1, changed=by, **changes)


def require_state(run: Run, now: datetime, allowed: frozenset[State]) -> None:
    """Refuse what a run that stands here cannot take."""
    state = run.state_at(now)
    if state not in allowed:
        raise refusals.RunInOtherState(
            f"The run is {state}.", run=run.name, state=state, allowed=",".join(sorted(allowed))
        )
