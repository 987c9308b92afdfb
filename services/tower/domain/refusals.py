"""Why the tower says no. One class a reason; the facts say what a caller needs to go on."""

from services.kernel.errors import NotFound, RuleViolation


class BoardEntryUnknown(NotFound):
    """There is no such entry on the board, as far as the caller may see."""

    reason = "BOARD_ENTRY_UNKNOWN"


class IncidentUnknown(NotFound):
    """There is no such incident, as far as the caller may see."""

    reason = "INCIDENT_UNKNOWN"


class IncidentResolved(RuleViolation):
    """The incident is resolved; what comes of its cause anew opens another."""

    reason = "INCIDENT_RESOLVED"


class DosesTooMany(RuleViolation):
    """More doses than are planned for at once."""

    reason = "DOSES_TOO_MANY"


class ConsentUnknown(NotFound):
    """There is no such consent, as far as the caller may see."""

    reason = "CONSENT_UNKNOWN"


class ConsentClosed(RuleViolation):
    """The consent was answered, taken back, or its time is over."""

    reason = "CONSENT_CLOSED"


class ConsentMissing(RuleViolation):
    """A move needs the consent of the dose's sponsor, which is not there; the facts name the doses."""

    reason = "CONSENT_MISSING"


class RescueOutdated(RuleViolation):
    """A move of the plan cannot be made any more as it was planned; ask again what would help."""

    reason = "RESCUE_OUTDATED"


class DraftUnknown(NotFound):
    """There is no such draft, as far as the caller may see."""

    reason = "DRAFT_UNKNOWN"


class CallNotDrafted(RuleViolation):
    """Requests of this call are not drafted: there is no such call, it changes nothing, or no agent prepares it."""

    reason = "CALL_NOT_DRAFTED"


class DraftClosed(RuleViolation):
    """The draft does not stand where this could be done with it; the fact `state` says where it stands."""

    reason = "DRAFT_CLOSED"


class DraftOfAnotherAgent(RuleViolation):
    """Only the agent that drafted a request uses the consent to it."""

    reason = "DRAFT_OF_ANOTHER_AGENT"


class DraftDigestMismatch(RuleViolation):
    """The digest is not that of the request that was drafted."""

    reason = "DRAFT_DIGEST_MISMATCH"


class DraftsTooMany(RuleViolation):
    """As many drafts wait for the partner's people as may at once."""

    reason = "DRAFTS_TOO_MANY"


class LadderUnknown(NotFound):
    """There is no such ladder, as far as the caller may see."""

    reason = "LADDER_UNKNOWN"


class EscalationUnknown(NotFound):
    """There is no such escalation, as far as the caller may see."""

    reason = "ESCALATION_UNKNOWN"


class EscalationEnded(RuleViolation):
    """The incident of the escalation is resolved; what comes of its cause anew is told of by another."""

    reason = "ESCALATION_ENDED"


class LossReportUnknown(NotFound):
    """There is no such report, as far as the caller may see: the dose is not lost, or not known."""

    reason = "LOSS_REPORT_UNKNOWN"


class StatementUnknown(NotFound):
    """There is no such statement, as far as the caller may see."""

    reason = "STATEMENT_UNKNOWN"
