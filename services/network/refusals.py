"""Refusals that more than one service answers with, each with one meaning; the others stand in domains."""

from services.kernel.errors import NotFound, RuleViolation


class RunUnknown(NotFound):
    """There is no such run, as far as the caller may see."""

    reason = "RUN_UNKNOWN"


class ProductUnknown(NotFound):
    """There is no such product, as far as the caller may see."""

    reason = "PRODUCT_UNKNOWN"


class CutoffPassed(RuleViolation):
    """The run's claim cut-off has passed."""

    reason = "CUTOFF_PASSED"


class CapacityWouldGrow(RuleViolation):
    """A cut may only lower what a run or an allotment has."""

    reason = "CAPACITY_WOULD_GROW"


class AllotmentUnknown(RuleViolation):
    """The run has no allotment of this sponsor."""

    reason = "ALLOTMENT_UNKNOWN"


class AllotmentsExceedPledge(RuleViolation):
    """The allotments would add up to more than the run pledges."""

    reason = "ALLOTMENTS_EXCEED_PLEDGE"
