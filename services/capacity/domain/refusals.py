"""Why capacity says no. One class a reason; the facts say what a caller needs to go on."""

from services.kernel.errors import GatewayError, Kind, NotFound, Unavailable


class Refused(GatewayError):
    """Base of capacity's refusals."""

    kind = Kind.REFUSED


class RunUnknown(NotFound):
    """There is no such run, as far as the caller may see."""

    reason = "RUN_UNKNOWN"


class RunExists(Refused):
    """A run of the chosen id is there already."""

    reason = "RUN_EXISTS"


class RunState(Refused):
    """The run stands where this change is no longer, or not yet, possible."""

    reason = "RUN_STATE"


class CutoffPassed(Refused):
    """The run's claim cut-off has passed."""

    reason = "CUTOFF_PASSED"


class ShelfLifeExceeded(Refused):
    """The run says that it may be used for longer than its product's shelf life."""

    reason = "SHELF_LIFE_EXCEEDED"


class CapacityWouldGrow(Refused):
    """A cut may only lower what a run or an allotment has."""

    reason = "CAPACITY_WOULD_GROW"


class AllotmentUnknown(Refused):
    """The run has no allotment of this sponsor."""

    reason = "ALLOTMENT_UNKNOWN"


class AllotmentsExceedPledge(Refused):
    """The allotments would add up to more than the run pledges."""

    reason = "ALLOTMENTS_EXCEED_PLEDGE"


class NothingToCut(Refused):
    """The run yields no more than that already."""

    reason = "NOTHING_TO_CUT"


class RunChanging(Unavailable):
    """The ledger has a newer version of the run, which reaches this service in a moment."""

    reason = "RUN_CHANGING"
