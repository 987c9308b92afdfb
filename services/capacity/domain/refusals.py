"""Why capacity says no. One class a reason; the facts say what a caller needs to go on."""

from services.kernel.errors import RuleViolation, Unavailable


class RunExists(RuleViolation):
    """A run of the chosen id is there already."""

    reason = "RUN_EXISTS"


class RunInOtherState(RuleViolation):
    """The run stands where this change is no longer, or not yet, possible."""

    reason = "RUN_STATE"


class ShelfLifeExceeded(RuleViolation):
    """The run says that it may be used for longer than its product's shelf life."""

    reason = "SHELF_LIFE_EXCEEDED"


class NothingToCut(RuleViolation):
    """The run yields no more than that already."""

    reason = "NOTHING_TO_CUT"


class RunChanging(Unavailable):
    """The ledger has a newer version of the run, which reaches this service in a moment."""

    reason = "RUN_CHANGING"


class AlreadyStarted(RuleViolation):
    """Production of the run has begun already."""

    reason = "ALREADY_STARTED"


class AlreadyProduced(RuleViolation):
    """The run's synthesis was recorded already; the facts say with what."""

    reason = "ALREADY_PRODUCED"


class AlreadyFailed(RuleViolation):
    """The run's failure was recorded already."""

    reason = "ALREADY_FAILED"


class EndOfSynthesisOffPlan(RuleViolation):
    """Synthesis ended further from the plan than the product tolerates."""

    reason = "END_OF_SYNTHESIS_OFF_PLAN"


class ProductionOrderTaken(RuleViolation):
    """Another run, which is not cancelled, is made by this production order."""

    reason = "PRODUCTION_ORDER_TAKEN"


class RunFixed(RuleViolation):
    """The production order says another product, line, instant or vial than the run that was promised."""

    reason = "RUN_FIXED"
