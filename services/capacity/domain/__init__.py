"""The rules of capacity: plain values and functions, no I/O; time is passed in."""

from services.capacity.domain.changing import LedgerCut, cancel, converge, cut, open_run, require_cancel, require_cut
from services.capacity.domain.planning import AllotmentDraft, Draft, plan_run
from services.capacity.domain.run import (
    Allotment,
    Changed,
    Cut,
    Happened,
    KnownProduct,
    Run,
    Signature,
    State,
    View,
    view_of,
)

__all__ = [
    "Allotment",
    "AllotmentDraft",
    "Changed",
    "Cut",
    "Draft",
    "Happened",
    "KnownProduct",
    "LedgerCut",
    "Run",
    "Signature",
    "State",
    "View",
    "cancel",
    "converge",
    "cut",
    "open_run",
    "plan_run",
    "require_cancel",
    "require_cut",
    "view_of",
]
